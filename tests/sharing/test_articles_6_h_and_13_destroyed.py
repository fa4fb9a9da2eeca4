"""Destroyed with a certificate: by order, as time is up, in flight; the ledgers still hold."""

from __future__ import annotations

import sqlite3

import msgspec
import pytest
from sqlalchemy.exc import OperationalError

from commonwatch.errors import CheckFailed, UnusableInput
from commonwatch.identity import nation
from commonwatch.node.ledger_store import LEDGER_FILE, read_ledger
from commonwatch.release.bulletin import Bulletin
from commonwatch.release.order import OrderKind
from commonwatch.share.envelope import recorded_bundle
from commonwatch.share.message import message_digest
from tests.sharing.builders import (
    KEYS,
    T0_S,
    accounts,
    all_accounts,
    assessment,
    ledger,
    open_node,
    own_estimate,
)
from tests.sharing.items import (
    ids,
    restart,
)


def test_articles_6_h_and_13_destroyed_with_a_certificate_the_ledgers_still_hold(three):
    for second in range(3):
        three.beat(T0_S + second)
    three.settle(T0_S + 3.0)
    read = read_ledger(three.folder / "JPN")
    (body,) = (
        msgspec.msgpack.encode(item)
        for record in read.records()
        if record.kind == "received"
        for item in recorded_bundle(record.body, read.bodies).bulletins
        if item.id == "KOR-JPN-2"
    )
    (order,) = three.nodes["KOR"].items.order_destruction(
        ["KOR-JPN-2"], "no longer needed", T0_S + 60.0, T0_S + 4.0
    )
    three.settle(T0_S + 4.0)
    # Gone from every file of the folder, log and free pages included.
    for file in (three.folder / "JPN").iterdir():
        assert body not in file.read_bytes()
        assert body[:64] not in file.read_bytes()
    assert any(body in file.read_bytes() for file in (three.folder / "KOR").iterdir())
    key = KEYS[nation("JPN")].public["JPN"]
    assert read_ledger(three.folder / "JPN").reasons(key) == ()
    for account in all_accounts(three).values():
        assert account.differences == ()
    (told,) = accounts(three, "KOR", "JPN")["KOR->JPN"].destroyed
    assert told.startswith("KOR-JPN-2 destroyed 2023-03-15T22:10:04")
    digest = message_digest(order)
    assert digest.hex()[:16] in told
    certificate = three.nodes["KOR"].items.book.certified[digest]
    assert (certificate.items, certificate.remaining) == (("KOR-JPN-2",), ())
    assert ids(three, "JPN") == {"KOR-JPN-3", "USA-JPN-3"}
    restart(three, "JPN")
    restart(three, "KOR")
    assert ids(three, "JPN") == {"KOR-JPN-3", "USA-JPN-3"}
    three.beat(T0_S + 6.0)
    three.settle(T0_S + 7.0)
    assert all(not account.differences for account in all_accounts(three).values())


def test_a_bulletin_taken_away_without_an_order_is_found(three):
    three.beat(T0_S)
    three.settle(T0_S)
    three.close()
    with sqlite3.connect(three.folder / "JPN" / LEDGER_FILE) as raw:
        raw.execute("DELETE FROM body WHERE rowid = 1")
    raw.close()
    key = KEYS[nation("JPN")].public["JPN"]
    (why,) = read_ledger(three.folder / "JPN").reasons(key)
    assert "no order destroyed it" in why


def test_ordered_destroyed_while_in_flight_it_is_never_kept(three):
    giver = three.nodes["KOR"]
    giver.release((own_estimate(T0_S),), (assessment(T0_S),), T0_S)
    giver.items.order_destruction(["KOR-JPN-1"], "mistaken", T0_S + 9.0, T0_S)
    assert three.nodes["JPN"].receive(T0_S) == ()
    three.settle(T0_S + 1.0)
    held = ledger(three, "JPN")
    bulletins: list[Bulletin] = [
        item
        for record in held.records
        if record.kind == "received"
        for item in recorded_bundle(record.body, held.bodies).bulletins
    ]
    assert "KOR-JPN-1" not in {item.id for item in bulletins}
    key = KEYS[nation("JPN")].public["JPN"]
    assert read_ledger(three.folder / "JPN").reasons(key) == ()
    assert accounts(three, "KOR", "JPN")["KOR->JPN"].differences == ()


def test_a_copy_outside_keeps_the_duty_open_until_somebody_certifies_it(three):
    three.beat(T0_S)
    desk = three.nodes["JPN"].items
    export = desk.copied(["KOR-JPN-1"], "sato", "paper, room 4", T0_S + 1.0)
    three.nodes["KOR"].items.order_destruction(["KOR-JPN-1"], "", T0_S + 9.0, T0_S + 2.0)
    three.settle(T0_S + 2.0)
    (duty,) = three.nodes["KOR"].items.book.duties()
    assert duty.wants == f"destruction of {export}"
    assert duty.age_s(T0_S + 5.0) == 3.0
    desk.copy_destroyed(export, "sato", T0_S + 6.0)
    three.settle(T0_S + 6.0)
    assert three.nodes["KOR"].items.book.duties() == ()
    with pytest.raises(UnusableInput, match="no such item or copy is here"):
        desk.copied(["KOR-JPN-9"], "sato", "paper", T0_S + 7.0)
    with pytest.raises(UnusableInput, match="no such copy"):
        desk.copy_destroyed("copy-0", "sato", T0_S + 7.0)


def test_time_is_up_the_holder_destroys_and_certifies_without_an_order(three):
    three.beat(T0_S)
    three.settle(T0_S)
    three.nodes["JPN"].items.destroy_received(["KOR-JPN-1"], "90 days", T0_S + 1.0)
    three.settle(T0_S + 1.0)
    assert "KOR-JPN-1" not in ids(three, "JPN")
    (told,) = accounts(three, "KOR", "JPN")["KOR->JPN"].destroyed
    assert "no order, 90 days" in told
    restart(three, "JPN")
    assert "KOR-JPN-1" not in ids(three, "JPN")


def test_article_21_protection_survives_the_end_of_the_agreement(three):
    three.beat(T0_S)
    three.nodes["KOR"]._order("KOR-JPN", OrderKind.GIVE_NOTICE, T0_S + 1.0)
    three.settle(T0_S + 1.0)
    ended_s = T0_S + 366.0 * 86_400.0  # one year, and notice was given in time
    assert not three.nodes["KOR"].orders.allows("JPN", ended_s)
    three.nodes["KOR"].items.order_destruction(["KOR-JPN-1"], "ended", ended_s + 9.0, ended_s)
    three.settle(ended_s)
    assert "KOR-JPN-1" not in ids(three, "JPN")
    assert three.nodes["KOR"].items.book.duties() == ()


@pytest.mark.parametrize("column", ["body", "digest"])
def test_t20_a_bulletin_altered_on_disk_does_not_open(three, column):
    three.beat(T0_S)
    three.settle(T0_S)
    three.close()
    with sqlite3.connect(three.folder / "JPN" / LEDGER_FILE) as raw:
        raw.execute(f"UPDATE body SET {column} = zeroblob(32) WHERE rowid = 1")
    raw.close()
    with pytest.raises(CheckFailed, match=r"altered|not there"):
        open_node(three.folder, "JPN", three.bus)


def test_a_crash_before_the_commit_of_a_destruction_leaves_all_of_it_or_nothing(three, monkeypatch):
    three.beat(T0_S)
    three.settle(T0_S)
    three.nodes["KOR"].items.order_destruction(["KOR-JPN-1"], "", T0_S + 9.0, T0_S + 1.0)
    node = three.nodes["JPN"]
    connection = node.journal.store._connection

    def fail(_connection):
        raise OperationalError("COMMIT", {}, sqlite3.OperationalError("disk I/O error"))

    node.obey(T0_S + 1.0)  # followed, and waiting for its group
    monkeypatch.setattr(connection.dialect, "do_commit", fail)
    assert not node.commit(T0_S + 1.0)
    monkeypatch.undo()
    assert three.bus.drain("KOR", "control") == (), "no certificate before it is done"
    read = read_ledger(three.folder / "JPN")
    assert read.reasons(KEYS[nation("JPN")].public["JPN"]) == ()
    # Nothing of the group is there after the restart; the order is still owed, and said again.
    restart(three, "JPN")
    assert "KOR-JPN-1" in ids(three, "JPN")
    assert three.nodes["KOR"].items.remind(T0_S + 2.0) == 1
    three.settle(T0_S + 2.0)
    assert "KOR-JPN-1" not in ids(three, "JPN")
    assert three.nodes["KOR"].items.book.duties() == ()
    assert accounts(three, "KOR", "JPN")["KOR->JPN"].destroyed
