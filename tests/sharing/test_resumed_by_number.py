"""What was lost on the way is missed by its number and sent again out of the ledger."""

from __future__ import annotations

import sqlite3

import msgspec
import pytest

from commonwatch.identity import nation
from commonwatch.limits import PROGRESS_BYTES_MAX
from commonwatch.mode import EXERCISE, LIVE
from commonwatch.node.ledger_store import LEDGER_FILE
from commonwatch.node.resuming import AGAIN_AFTER_S, MISSED_AFTER_S
from commonwatch.share.envelope import RefusedEnvelope
from commonwatch.share.progress import Progress, open_progress, ranges_of, seal_progress
from tests.sharing.builders import (
    KEYS,
    PUBLIC,
    T0_S,
    accounts,
    all_accounts,
    kinds,
    open_node,
    records,
    world,
)

TRANSPORTS = ("embedded", "nats")


@pytest.fixture
def lossy(monkeypatch, three):
    """Loses every envelope that `loses` says; what a bus may do."""

    class Loss:
        def __init__(self):
            self.loses = lambda _sender, _recipient, _lane, _count: False
            self.lost, self.count = 0, 0

    loss, real = Loss(), type(three.bus).send

    def send(bus, sender, recipient, lane, raw, *more):
        loss.count += 1
        if loss.loses(sender, recipient, lane, loss.count):
            loss.lost += 1
            return True
        return real(bus, sender, recipient, lane, raw, *more)

    monkeypatch.setattr(type(three.bus), "send", send)
    return loss


def told_on(made, now_s: float, rounds: int = 4) -> float:
    """So often everybody says how far it is, hears it, and is heard."""
    for _ in range(rounds):
        now_s += max(MISSED_AFTER_S, AGAIN_AFTER_S) + 0.1
        for node in made.nodes.values():
            node.report_progress(now_s)
        for node in made.nodes.values():
            node.receive(now_s)
            node.commit(now_s)
    return now_s


@pytest.mark.parametrize("every", [2, 3, 7])
def test_what_was_lost_in_any_lane_comes_and_counts_once(three, lossy, every):
    lossy.loses = lambda _sender, _recipient, lane, count: lane != "progress" and not count % every
    for second in range(10):
        three.beat(T0_S + second)
    three.nodes["KOR"].order_suspend("KOR-JPN", T0_S + 10.0)
    lossy.loses = lambda *_: False
    told_on(three, T0_S + 10.0)
    assert lossy.lost > 10
    for account in all_accounts(three).values():
        assert account.differences == ()
        assert account.received == account.receipts
    # The order came too, though it may have been lost at first.
    assert not three.nodes["JPN"].orders.allows("KOR", T0_S + 20.0)
    for node in three.nodes.values():
        assert all(not window.gaps for window in node.receiving.inbound.windows.values())


def test_nothing_is_sent_again_where_nothing_was_lost(three, lossy):
    for second in range(5):
        three.beat(T0_S + second)
    three.settle(T0_S + 5.0)
    before = three.bus.bytes_sent
    before = {way: count for way, count in before.items() if way[2] != "progress"}
    told_on(three, T0_S + 6.0)
    after = {way: count for way, count in three.bus.bytes_sent.items() if way[2] != "progress"}
    assert after == before


def test_suspended_while_it_was_lost_it_is_never_sent_and_both_ledgers_say_so(three, lossy):
    three.beat(T0_S)
    lossy.loses = lambda sender, recipient, lane, _count: (
        lane == "live" and (sender, recipient) == ("KOR", "JPN")
    )
    three.beat(T0_S + 1.0)
    three.beat(T0_S + 2.0)
    lossy.loses = lambda *_: False
    three.nodes["KOR"].order_suspend("KOR-JPN", T0_S + 3.0)
    now_s = told_on(three, T0_S + 3.0)
    account = accounts(three, "KOR", "JPN")["KOR->JPN"]
    assert (account.released, account.received, account.differences) == (1, 1, ())
    # Restored by both, with what is in the air told on: what lay before the gap does not come.
    for code in ("KOR", "JPN"):
        three.nodes[code].order_restore("KOR-JPN", now_s + 1.0, resume_open_objects=True)
    told_on(three, now_s + 1.0)
    account = accounts(three, "KOR", "JPN")["KOR->JPN"]
    assert (account.released, account.received, account.differences) == (1, 1, ())
    assert kinds(three, "KOR", "purged")
    assert not three.nodes["JPN"].receiving.inbound.windows["KOR"].gaps


def test_a_restarted_sender_still_has_what_was_missed(tmp_path, new_bus, monkeypatch):
    made = world(tmp_path, ("KOR", "JPN"), new_bus(("KOR", "JPN")))
    real = type(made.bus).send
    monkeypatch.setattr(type(made.bus), "send", lambda *_: True)
    made.beat(T0_S)
    monkeypatch.setattr(type(made.bus), "send", real)
    for code in ("KOR", "JPN"):
        made.nodes[code].journal.store.close()
        made.nodes[code] = open_node(tmp_path, code, made.bus)
    told_on(made, T0_S + 1.0)
    for account in accounts(made, "KOR", "JPN").values():
        assert (account.released, account.received, account.receipts) == (1, 1, 1)
        assert account.differences == ()
    made.close()


@pytest.mark.parametrize("table", ["record", "body"])
def test_t20_what_was_altered_in_the_ledger_is_not_sent_and_nothing_more_is(three, lossy, table):
    lossy.loses = lambda _sender, _recipient, lane, _count: lane == "live"
    three.beat(T0_S)
    lossy.loses = lambda *_: False
    spoiler = sqlite3.connect(three.folder / "KOR" / LEDGER_FILE)
    (number,) = (r.sequence for r in kinds(three, "KOR", "sent") if r.counterparty == "JPN")
    if table == "record":
        spoiler.execute(
            "UPDATE record SET record = CAST(replace(record, 'KOR', 'KOS') AS BLOB)"
            " WHERE sequence = ?",
            (number,),
        )
    else:
        spoiler.execute("UPDATE body SET body = CAST(body || x'00' AS BLOB)")
    assert spoiler.total_changes
    spoiler.commit()
    spoiler.close()
    told_on(three, T0_S + 1.0)
    assert "altered" in (three.nodes["KOR"].stopped or "")
    held = {item.bulletin.originator for item in three.nodes["JPN"].held()}
    assert held == {"USA"}


def test_an_older_word_of_a_partner_moves_nothing(three, lossy):
    lossy.loses = lambda *_: True
    three.beat(T0_S)
    lossy.loses = lambda *_: False
    kor = three.nodes["KOR"]
    words = [
        seal_progress(
            Progress(mode="EXERCISE", sender="JPN", recipient="KOR", at_s=T0_S + at_s, sealed=0,
                     missing=((1, 1),)),
            KEYS[nation("JPN")].private, EXERCISE,
        )
        for at_s in (5.0, 5.0, 4.0)
    ]  # fmt: skip
    for number, word in enumerate(words):
        three.bus.send("JPN", "KOR", "progress", word)
        again = kor.resuming.take(T0_S + 10.0 * (number + 1))
        assert again == (1 if number == 0 else 0)


PROGRESS = Progress(
    mode="EXERCISE", sender="KOR", recipient="JPN", at_s=T0_S, sealed=9, missing=((2, 3), (7, 7))
)
RAW = seal_progress(PROGRESS, KEYS[nation("KOR")].private, EXERCISE)


def test_t3_every_flipped_bit_of_a_word_is_refused():
    assert open_progress(RAW, PUBLIC, EXERCISE, "JPN") == PROGRESS
    for bit in range(8 * len(RAW)):
        altered = bytearray(RAW)
        altered[bit // 8] ^= 1 << bit % 8
        with pytest.raises(RefusedEnvelope):
            open_progress(bytes(altered), PUBLIC, EXERCISE, "JPN")


@pytest.mark.parametrize(
    ("raw", "recipient", "why"),
    [
        (RAW, "USA", "not from its signer to this node"),
        (bytes(PROGRESS_BYTES_MAX + 1), "JPN", "at most"),
        (seal_progress(PROGRESS, KEYS[nation("USA")].private, EXERCISE), "JPN", "not from its"),
        (seal_progress(PROGRESS, KEYS[nation("KOR")].private, LIVE), "JPN", "payload type"),
        (
            seal_progress(
                msgspec.structs.replace(PROGRESS, mode="LIVE"), KEYS[nation("KOR")].private,
                EXERCISE,
            ),
            "JPN",
            "mode LIVE",
        ),
    ],
)  # fmt: skip
def test_a_word_of_another_to_another_or_of_another_mode_is_refused(raw, recipient, why):
    with pytest.raises(RefusedEnvelope, match=why):
        open_progress(raw, PUBLIC, EXERCISE, recipient)


def test_numbers_as_ranges():
    assert ranges_of([1, 2, 3, 7, 9, 10]) == ((1, 3), (7, 7), (9, 10))
    assert len(ranges_of(list(range(1, 1000, 2)))) == 64


def test_a_word_is_no_transfer_and_is_in_no_ledger(three):
    before = {code: len(records(three, code)) for code in three.nodes}
    told_on(three, T0_S)
    assert {code: len(records(three, code)) for code in three.nodes} == before
