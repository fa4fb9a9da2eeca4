"""Whole nodes in one process: what crosses, what does not, and what the ledgers say of it."""

from __future__ import annotations

import sqlite3

import msgspec
import pytest
from sqlalchemy.exc import OperationalError

from commonwatch.errors import UnusableInput
from commonwatch.node.ledger_store import read_ledger
from commonwatch.release.decision import Decision
from commonwatch.share.envelope import joined
from commonwatch.share.ledger import Refusal
from tests.sharing.builders import (
    T0_S,
    accounts,
    all_accounts,
    assessment,
    kinds,
    label,
    ledger,
    open_node,
    own_estimate,
    sent_bundles,
    world,
)

TRANSPORTS = ("embedded", "nats")


def test_what_each_releases_every_partner_receives_and_receipts(three):
    for second in range(12):
        three.beat(T0_S + second)
    three.settle(T0_S + 12.0)
    for account in all_accounts(three).values():
        assert account.differences == ()
        assert account.released == account.received == account.receipts == 12
    held = {
        (item.bulletin.originator, item.bulletin.revision) for item in three.nodes["KOR"].held()
    }
    assert held == {("JPN", 12), ("USA", 12)}


def test_article_4_the_receiver_adds_its_own_marking_and_keeps_the_givers(three):
    three.beat(T0_S)
    (held,) = (item for item in three.nodes["JPN"].held() if item.bulletin.originator == "KOR")
    # The giver's marking as it is; of those it is releasable to, the parties of this agreement.
    assert held.bulletin.label == label("KOR", releasable_to=("JPN",))
    assert held.equivalent_level == "秘"


def test_decision_and_envelope_are_on_disk_before_anything_is_on_the_bus(three, monkeypatch):
    real = three.bus.send
    sent = []

    def send(sender, recipient, lane, raw, urgency):
        held = ledger(three, sender)
        durable = {
            joined(record.body, held.bodies) if record.kind == "sent" else record.body
            for record in held.records
        }
        assert raw in durable
        sent.append(lane)
        return real(sender, recipient, lane, raw, urgency)

    monkeypatch.setattr(type(three.bus), "send", lambda bus, *arguments: send(*arguments))
    three.beat(T0_S)
    three.settle(T0_S + 1.0)
    assert {"live", "receipt"} <= set(sent)


def test_suspension_bites_on_the_next_question_to_the_gate(three):
    three.beat(T0_S)
    three.settle(T0_S)
    before = three.bus.bytes_sent[("KOR", "JPN", "live")]
    three.nodes["KOR"].order_suspend("KOR-JPN", T0_S + 1.0)
    for second in range(1, 20):
        three.beat(T0_S + second)
    assert three.bus.bytes_sent[("KOR", "JPN", "live")] == before
    assert three.bus.bytes_sent[("JPN", "KOR", "live")] > 0
    pair = accounts(three, "KOR", "JPN")
    assert pair["KOR->JPN"].released == pair["JPN->KOR"].released == 1
    assert pair["KOR->JPN"].withheld >= 19
    # The third goes on undisturbed.
    assert accounts(three, "KOR", "USA")["KOR->USA"].withheld == 0


def test_a_suspension_is_proven_by_a_canary_that_both_gates_refuse(three):
    three.nodes["KOR"].order_suspend("KOR-JPN", T0_S)
    three.beat(T0_S)
    for code, partner in (("KOR", "JPN"), ("JPN", "KOR")):
        (canary,) = kinds(three, code, "canary")
        decision = msgspec.msgpack.decode(canary.body, type=Decision)
        assert (decision.outcome, decision.recipient) == ("withhold", partner)
        assert any("suspended" in rule for rule in decision.rules)


def test_suspended_while_in_flight_in_the_own_queue_is_purged(three):
    source = three.nodes["KOR"]
    source.release((own_estimate(T0_S),), (assessment(T0_S),), T0_S)
    source.order_suspend("KOR-JPN", T0_S)
    assert three.nodes["JPN"].receive(T0_S) == ()
    assert three.bus.bytes_sent[("KOR", "JPN", "live")] == 0
    assert kinds(three, "KOR", "purged")
    three.settle(T0_S + 1.0)
    account = accounts(three, "KOR", "JPN")["KOR->JPN"]
    assert (account.released, account.received, account.differences) == (0, 0, ())
    # The third still gets what was released to it.
    assert len(three.nodes["USA"].held()) == 1


def test_suspended_while_in_flight_from_the_partner_is_refused_and_accounted_for(three):
    giver, taker = three.nodes["KOR"], three.nodes["JPN"]
    giver.release((own_estimate(T0_S),), (assessment(T0_S),), T0_S)
    # The order is given at the other end while the bulletin is under way.
    taker.order_suspend("KOR-JPN", T0_S)
    assert taker.receive(T0_S) == ()
    assert taker.held() == ()
    three.settle(T0_S + 1.0)
    account = accounts(three, "KOR", "JPN")["KOR->JPN"]
    assert (account.released, account.received, account.receipts) == (1, 0, 1)
    assert account.differences == ()
    (refusal,) = kinds(three, "JPN", "refused")
    assert "suspended" in msgspec.msgpack.decode(refusal.body, type=Refusal).why


def test_what_was_withheld_is_not_delivered_after_restoring(three):
    three.beat(T0_S)
    three.nodes["JPN"].order_suspend("KOR-JPN", T0_S + 1.0)
    for second in range(1, 30):
        three.beat(T0_S + second)
    three.nodes["JPN"].order_restore("KOR-JPN", T0_S + 30.0, resume_open_objects=True)
    three.beat(T0_S + 30.0)
    assert accounts(three, "KOR", "JPN")["KOR->JPN"].released == 1, "restoring takes both"
    three.nodes["KOR"].order_restore("KOR-JPN", T0_S + 31.0, resume_open_objects=True)
    for second in range(31, 36):
        three.beat(T0_S + second)
    three.settle(T0_S + 36.0)
    account = accounts(three, "KOR", "JPN")["KOR->JPN"]
    assert (account.released, account.received, account.differences) == (6, 6, ())
    issued = [
        item.issued_s - T0_S
        for bundle in sent_bundles(three, "KOR")
        for item in bundle.bulletins
        if item.recipient == "JPN"
    ]
    assert issued == [0.0, 31.0, 32.0, 33.0, 34.0, 35.0]


@pytest.mark.parametrize("by", ["KOR", "JPN"])
@pytest.mark.parametrize("at_event", range(0, 12, 2))
def test_t13_suspended_at_every_step_nothing_crosses_after_the_order(
    tmp_path, new_bus, by, at_event
):
    """The steps of four seconds: each node's release and receive, in turn.

    The order comes in between.
    """
    made = world(tmp_path, ("KOR", "JPN"), new_bus(("KOR", "JPN")))
    event, before = 0, {}
    for second in range(4):
        now_s = T0_S + second
        for step in ("release", "receive"):
            for code, node in made.nodes.items():
                if event == at_event:
                    made.nodes[by].order_suspend("KOR-JPN", now_s)
                    before = dict(made.bus.bytes_sent)
                event += 1
                if step == "release":
                    node.release(
                        (own_estimate(now_s, sources=(f"{code}-1",)),),
                        (assessment(now_s, sources=(f"{code}-1",)),),
                        now_s,
                    )
                else:
                    node.receive(now_s)
    made.settle(T0_S + 4.0)
    for way in (("KOR", "JPN", "live"), ("JPN", "KOR", "live")):
        # Purging may take bytes back that had not crossed; nothing is ever added.
        assert made.bus.bytes_sent.get(way, 0) <= before.get(way, 0)
    for account in accounts(made, "KOR", "JPN").values():
        assert account.differences == ()
    made.close()


def test_a_restarted_node_goes_on_numbering_where_it_was(tmp_path, new_bus):
    made = world(tmp_path, ("KOR", "JPN"), new_bus(("KOR", "JPN")))
    for second in range(3):
        made.beat(T0_S + second)
    made.settle(T0_S + 3.0)
    made.nodes["KOR"].journal.store.close()
    made.nodes["KOR"] = open_node(tmp_path, "KOR", made.bus)
    made.beat(T0_S + 4.0)
    made.settle(T0_S + 5.0)
    (held,) = made.nodes["JPN"].held()
    assert (held.bulletin.object, held.bulletin.revision, held.bulletin.sequence) == ("o1", 4, 4)
    assert all(not item.differences for item in accounts(made, "KOR", "JPN").values())
    made.close()


@pytest.mark.parametrize("stored", [False, True], ids=["failed", "failed but stored"])
def test_a_ledger_that_cannot_write_stops_release_and_not_the_own_picture(
    tmp_path, monkeypatch, new_bus, stored
):
    made = world(tmp_path, ("KOR", "JPN"), new_bus(("KOR", "JPN")))
    made.beat(T0_S)
    made.settle(T0_S)
    node = made.nodes["KOR"]
    connection = node.journal.store._connection
    raw = connection.connection.driver_connection

    def fail(_connection):
        if stored:
            raw.commit()
        raise OperationalError("COMMIT", {}, sqlite3.OperationalError("disk I/O error"))

    monkeypatch.setattr(connection.dialect, "do_commit", fail)
    before = dict(made.bus.bytes_sent)
    outcome = node.release((own_estimate(T0_S + 1.0),), (assessment(T0_S + 1.0),), T0_S + 1.0)
    assert outcome.released == ()
    assert "I/O error" in (outcome.stopped or "")
    monkeypatch.undo()
    again = node.release((own_estimate(T0_S + 2.0),), (assessment(T0_S + 2.0),), T0_S + 2.0)
    assert again.stopped, "stopped until it is opened anew"
    assert made.bus.bytes_sent == before
    # What a partner sends still serves the own picture, and gets no receipt.
    made.nodes["JPN"].release(
        (own_estimate(T0_S + 2.0, sources=("JPN-1",)),),
        (assessment(T0_S + 2.0, sources=("JPN-1",)),),
        T0_S + 2.0,
    )
    assert len(node.receive(T0_S + 2.0)) == 1
    node.commit(T0_S + 2.0)
    assert made.bus.bytes_sent.get(("KOR", "JPN", "receipt")) == before[("KOR", "JPN", "receipt")]

    node.journal.store.close()
    made.nodes["KOR"] = node = open_node(tmp_path, "KOR", made.bus)
    assert node.stopped is None
    assert node.resend_unacknowledged(T0_S + 3.0) == (1 if stored else 0)
    assert made.nodes["JPN"].journal.store.head.size
    # The partner, whose bulletin got no receipt, sends it again on its own restart.
    made.nodes["JPN"].commit(T0_S + 3.0)
    made.nodes["JPN"].journal.store.close()
    made.nodes["JPN"] = open_node(tmp_path, "JPN", made.bus)
    assert made.nodes["JPN"].resend_unacknowledged(T0_S + 3.0) == 1
    made.beat(T0_S + 4.0)
    made.settle(T0_S + 5.0)
    for account in accounts(made, "KOR", "JPN").values():
        assert account.differences == ()
        assert account.released == account.received == account.receipts
    made.close()


def test_t12_what_jpn_may_not_know_leaves_no_trace_in_what_jpn_is_sent(tmp_path, new_bus):
    """KOR's over-the-horizon sensor is under no agreement: with and without it, the same bytes."""
    captured = []
    for name, tracks in (("with", ("t1", "t2", "t3")), ("without", ("t1", "t3"))):
        made = world(tmp_path / name, ("KOR", "JPN"), new_bus(("KOR", "JPN")))
        crossed = []
        for second in range(15):
            now_s = T0_S + second
            own = [
                own_estimate(now_s, track, ("KOR-X",) if track == "t2" else ("KOR-1",))
                for track in tracks
                if second >= int(track[1])
            ]
            made.nodes["KOR"].release(own, (), now_s)
            crossed.append(made.bus.drain("JPN", "live"))
            for raw in crossed[-1]:
                made.bus.send("KOR", "JPN", "live", raw)
            made.nodes["JPN"].receive(now_s)
        captured.append(crossed)
        withheld = accounts(made, "KOR", "JPN")["KOR->JPN"].withheld
        assert (withheld > 0) == (name == "with")
        made.close()
    assert captured[0] == captured[1]
    assert any(captured[0])


def test_third_party_what_the_usa_gets_from_kor_is_never_in_what_it_sends_to_jpn(three):
    three.nodes["KOR"].order_suspend("KOR-JPN", T0_S)
    for second in range(10):
        three.beat(T0_S + second)
    sources = {
        name
        for bundle in sent_bundles(three, "USA")
        for item in bundle.bulletins
        if item.recipient == "JPN"
        for name in item.lineage.sensors
    }
    assert sources == {"USA-1"}
    assert {item.bulletin.originator for item in three.nodes["JPN"].held()} == {"USA"}


def test_a_withdrawn_track_is_taken_back_at_every_partner_that_was_told_of_it(three):
    three.beat(T0_S)
    ended = assessment(T0_S + 1.0, status="ended", reason="withdrawn: lost while it may have burnt")
    three.nodes["KOR"].release((), (ended,), T0_S + 1.0)
    for code in ("JPN", "USA"):
        (bulletin,) = three.nodes[code].receive(T0_S + 1.0)
        assert bulletin.status == "withdrawn"
        assert "KOR" not in {item.bulletin.originator for item in three.nodes[code].held()}


def test_a_track_that_came_down_is_closed_once(three):
    three.beat(T0_S)
    for second in (1.0, 2.0, 3.0):
        ended = assessment(T0_S + second, status="ended", reason="came down")
        three.nodes["KOR"].release((), (ended,) if second == 1.0 else (), T0_S + second)
    statuses = [item.status for item in three.nodes["JPN"].receive(T0_S + 3.0)]
    assert statuses == ["ended"]


def test_the_same_orders_and_estimates_give_the_same_ledgers(tmp_path, new_bus):
    heads = []
    for name in ("one", "two"):
        made = world(tmp_path / name, bus=new_bus())
        for second in range(6):
            made.beat(T0_S + second)
        made.nodes["JPN"].order_suspend("KOR-JPN", T0_S + 6.0)
        made.beat(T0_S + 6.0)
        made.settle(T0_S + 7.0)
        heads.append({code: read_ledger(made.folder / code).head for code in made.nodes})
        made.close()
    assert heads[0] == heads[1]


def test_orders_that_are_out_of_place_are_told_as_unusable(three):
    with pytest.raises(UnusableInput, match="KOR-JPN: it is in force, not suspended"):
        three.nodes["KOR"].order_restore("KOR-JPN", T0_S)
    with pytest.raises(UnusableInput, match="this node's agreements are JPN-USA, KOR-JPN"):
        three.nodes["JPN"].order_suspend("AUKUS", T0_S)
