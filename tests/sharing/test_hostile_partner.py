"""A partner, or who stands between, that forges, repeats, cuts out or tells two stories."""

from __future__ import annotations

import msgspec
import pytest

from commonwatch.identity import nation
from commonwatch.lineage import lineage_of
from commonwatch.mode import EXERCISE
from commonwatch.release.bulletin import bulletin_id
from commonwatch.release.order import SignedOrder
from commonwatch.share.envelope import open_recorded, parted, seal
from commonwatch.share.ledger import Refusal
from commonwatch.share.reconcile import Ledger, reconcile
from tests.sharing.builders import (
    KEYS,
    PUBLIC,
    T0_S,
    forged_bundle,
    kinds,
    label,
    ledger,
    open_node,
    records,
    sound_bulletin,
    world,
)

TRANSPORTS = ("embedded", "nats")


def test_t1_a_partner_that_speaks_for_anothers_sensor_is_refused_and_logged(three):
    sound = sound_bulletin(three)
    forged = [
        msgspec.structs.replace(
            sound,
            id=bulletin_id("KOR", "JPN", number),
            sequence=number,
            revision=number,
            lineage=lineage_of(("KOR",), ("USA-1",) if number % 2 else ("JPN-1",)),
        )
        for number in range(2, 1002)
    ]
    for first in range(0, 1000, 25):
        forged_bundle(three, "KOR", "JPN", *forged[first : first + 25])
    assert three.nodes["JPN"].receive(T0_S) == ()
    three.settle(T0_S)
    assert three.nodes["JPN"].held() == ()
    assert len(kinds(three, "JPN", "refused")) == 1000


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"mode": "LIVE"}, "mode"),
        ({"label": label("KOR", releasable_to=("USA",))}, "does not release it to JPN"),
        ({"label": label("KOR", originators=("USA",))}, "other originators"),
        ({"label": label("KOR", level="군사I급비밀")}, "has no equal"),
        ({"agreement": "KOR-USA"}, "no agreement"),
        ({"agreement_revision": 7}, "revision"),
        ({"lineage": lineage_of(("KOR", "USA"), ("KOR-1",))}, "more than its own sensors"),
        ({"lineage": lineage_of(("KOR",), ())}, "no sensor"),
        ({"originator": "USA", "id": "USA-JPN-1"}, "speaks for USA"),
    ],
)
def test_a_signed_bulletin_that_may_not_say_so_is_refused(three, changes, why):
    forged_bundle(three, "KOR", "JPN", msgspec.structs.replace(sound_bulletin(three), **changes))
    assert three.nodes["JPN"].receive(T0_S) == ()
    three.settle(T0_S)
    (refusal,) = kinds(three, "JPN", "refused")
    assert why in msgspec.msgpack.decode(refusal.body, type=Refusal).why


def test_t4_a_full_capture_replayed_after_a_restart_changes_nothing(tmp_path, new_bus, monkeypatch):
    made = world(tmp_path, ("KOR", "JPN"), new_bus(("KOR", "JPN")))
    capture = []
    real = made.bus.send

    def recorded(_bus, *envelope):
        capture.append(envelope)
        return real(*envelope)

    monkeypatch.setattr(type(made.bus), "send", recorded)
    for second in range(8):
        made.beat(T0_S + second)
    made.nodes["KOR"].order_suspend("KOR-JPN", T0_S + 8.0)
    made.beat(T0_S + 8.0)
    for code in ("KOR", "JPN"):
        made.nodes[code].order_restore("KOR-JPN", T0_S + 9.0)
    made.beat(T0_S + 9.0)
    made.settle(T0_S + 10.0)
    monkeypatch.undo()
    assert {lane for _sender, _recipient, lane, _raw, _urgency in capture} == {
        "live",
        "receipt",
        "control",
    }
    told = [(item.bulletin, item.equivalent_level) for item in made.nodes["JPN"].held()]
    made.nodes["JPN"].journal.store.close()
    made.nodes["JPN"] = node = open_node(tmp_path, "JPN", made.bus)
    assert [(item.bulletin, item.equivalent_level) for item in node.held()] == told
    held = node.held()
    agreements = node.agreements
    for step_s in (11.0, -3600.0, 86_400.0):  # the clock steps too
        for sender, recipient, lane, raw, _urgency in capture:
            if recipient == "JPN":
                made.bus.send(sender, recipient, lane, raw)
        assert node.receive(T0_S + step_s) == ()
        node.commit(T0_S + step_s)
        assert node.held() == held
        assert node.agreements == agreements
    made.close()


def test_older_and_doubled_versions_change_nothing_in_whatever_order(three):
    first = sound_bulletin(three)
    versions = [
        msgspec.structs.replace(
            first, id=bulletin_id("KOR", "JPN", number), sequence=number, revision=number
        )
        for number in (3, 1, 4, 2)
    ]
    for version in versions:
        forged_bundle(three, "KOR", "JPN", version)
    taken = [item.revision for item in three.nodes["JPN"].receive(T0_S)]
    assert taken == [3, 4]
    (held,) = three.nodes["JPN"].held()
    assert held.bulletin.revision == 4


def test_a_forged_order_moves_nothing_and_is_recorded(three):
    three.nodes["KOR"].order_suspend("KOR-JPN", T0_S)
    three.beat(T0_S)
    # KOR alone tries to restore in JPN's name.
    three.nodes["KOR"].order_restore("KOR-JPN", T0_S + 1.0)
    order = three.nodes["JPN"].orders
    state = order.agreement("KOR-JPN")
    last = msgspec.msgpack.decode(kinds(three, "KOR", "order")[-1].body, type=SignedOrder)
    fake = msgspec.structs.replace(last, order=msgspec.structs.replace(last.order, by="JPN"))
    order.take_from_partner("KOR", fake, T0_S + 2.0)
    assert order.agreement("KOR-JPN") == state
    three.beat(T0_S + 3.0)
    assert kinds(three, "JPN", "order-refused")


def test_reconciling_names_what_one_side_cut_out(three):
    for second in range(5):
        three.beat(T0_S + second)
    three.settle(T0_S + 5.0)
    one, other = records(three, "KOR"), records(three, "JPN")

    def without(all_records, kind, index):
        pair = ("KOR", "JPN")
        of_kind = [r for r in all_records if r.kind == kind and r.counterparty in pair]
        cut = of_kind[index]
        return tuple(record for record in all_records if record is not cut)

    def differences(first, second):
        pair = reconcile(Ledger("KOR", first), Ledger("JPN", second), PUBLIC, EXERCISE)
        return [reason for account in pair for reason in account.differences]

    assert not differences(one, other)
    for index in range(5):
        assert any(
            "never released" in item for item in differences(without(one, "sent", index), other)
        )
        assert any(
            "never received" in item for item in differences(one, without(other, "received", index))
        )
        assert any(
            "not receipted" in item for item in differences(one, without(other, "receipted", index))
        )
        assert any(
            "did not arrive" in item for item in differences(without(one, "receipt", index), other)
        )


def test_t8_two_stories_for_one_place_are_evidence(three):
    three.beat(T0_S)
    three.settle(T0_S)
    sent = next(record for record in kinds(three, "KOR", "sent") if record.counterparty == "JPN")
    told = open_recorded(sent.body, ledger(three, "KOR").bodies, PUBLIC, EXERCISE).bundle
    other = msgspec.structs.replace(told, sent_s=told.sent_s + 1.0)
    lie = msgspec.structs.replace(
        sent, body=parted(seal(other, KEYS[nation("KOR")].private, EXERCISE))[0]
    )
    pair = reconcile(
        Ledger("KOR", (*records(three, "KOR"), lie)),
        Ledger("JPN", records(three, "JPN")),
        PUBLIC,
        EXERCISE,
    )
    assert any("claim one place" in reason for reason in pair[0].differences)
