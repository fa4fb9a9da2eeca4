"""Articles 6 e and 7: clearance, authorisation, need-to-know, all three; readings are recorded."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError

from commonwatch.errors import CheckFailed, UnusableInput
from commonwatch.identity import nation
from commonwatch.label import LevelTable
from commonwatch.node.held_register import hold_register
from commonwatch.node.ledger_store import LedgerUnavailable
from commonwatch.node.reading import Custody
from commonwatch.release.custody import (
    Need,
    Person,
    Protected,
    Register,
    reasons_against_reading,
)
from commonwatch.release.custody_file import parse_register
from commonwatch.share.inventory import affected_items, inventory, items_due
from commonwatch.share.item_records import Reading
from tests.house_rules import ROOT
from tests.sharing.builders import T0_S, TERMS, kinds, label, ledger

TABLE = TERMS["KOR-JPN"].levels
JPN = nation("JPN")
SATO = Person("sato", JPN, "極秘", T0_S - 1e6, T0_S + 1e6, (Need("KOR-JPN"),))
# The top clearance and every rank, and no task that asks for it.
GENERAL = replace(SATO, id="general", needs=(), role="administrator")
LOW = replace(SATO, id="low", clearance="秘")
REGISTER = Register(JPN, (SATO, GENERAL, LOW), (("KOR-JPN", 30.0),))
CUSTODY = Custody(REGISTER, bytes(32))
ITEM = Protected("KOR-JPN-1", "KOR-JPN", "launch warning", "KOR:e1", label("KOR"), TABLE)


def against(person: Person, asked: Protected = ITEM, at_s: float = T0_S) -> tuple[str, ...]:
    return reasons_against_reading(asked, person.id, Register(JPN, (person,)), at_s)


def readings(made, kind: str) -> list[Reading]:
    return [msgspec.msgpack.decode(item.body, type=Reading) for item in kinds(made, "JPN", kind)]


def test_all_three_give_access_and_each_one_missing_takes_it():
    assert against(SATO) == ()
    secret = replace(ITEM, label=label("KOR", level="군사II급비밀"))
    assert against(SATO, secret) == ()
    assert against(LOW, secret) == ("low is cleared below the level of KOR-JPN-1",)
    assert against(SATO, at_s=SATO.authorised_until_s) == ("sato is not authorised at this time",)
    assert against(SATO, at_s=SATO.authorised_from_s - 1.0)
    assert "no need to know" in against(GENERAL)[0]
    assert "not in the register" in reasons_against_reading(ITEM, "nobody", REGISTER, T0_S)[0]
    assert "of KOR" in against(replace(SATO, nation=nation("KOR")))[0]


@pytest.mark.parametrize(
    "need",
    [
        Need("JPN-USA"),
        Need("KOR"),  # not by prefix
        Need("KOR-JPN", "another product"),
        Need("KOR-JPN", "launch warning", ("KOR:e2",)),
        Need("KOR-JPN", None, ("KOR:e",)),
    ],
)
def test_a_need_for_something_else_is_none(need):
    assert against(replace(SATO, needs=(need,)))


def test_unknown_levels_can_only_restrict():
    assert against(SATO, replace(ITEM, label=label("KOR", level="군사I급비밀")))
    assert against(SATO, replace(ITEM, label=label("KOR", level="")))
    assert against(replace(SATO, clearance="SECRET"))
    assert against(SATO, replace(ITEM, levels=LevelTable(())))


@given(
    clearance=st.sampled_from(["秘", "極秘", "特定秘密", "軍機", ""]),
    level=st.sampled_from(["군사III급비밀", "군사II급비밀", "군사I급비밀", ""]),
    role=st.sampled_from(["", "administrator", "root", "minister"]),
    needs=st.lists(
        st.builds(
            Need,
            st.sampled_from(["KOR-JPN", "JPN-USA"]),
            st.none() | st.sampled_from(["launch warning", "other"]),
            st.lists(st.sampled_from(["KOR:e1", "KOR:e2"]), max_size=2).map(tuple),
        ),
        max_size=3,
    ),
    at_s=st.sampled_from([T0_S - 2e6, T0_S, T0_S + 2e6]),
)
def test_the_rule_equals_a_twin_written_from_the_article(clearance, level, role, needs, at_s):
    rank_of_clearance = {"秘": 1, "極秘": 2, "特定秘密": 2}.get(clearance)
    rank_of_level = {"군사III급비밀": 1, "군사II급비밀": 2}.get(level)
    cleared = (
        rank_of_clearance is not None
        and rank_of_level is not None
        and rank_of_clearance >= rank_of_level
    )
    needed = any(
        need.agreement == "KOR-JPN"
        and need.product in {None, "launch warning"}
        and (need.incidents == () or "KOR:e1" in need.incidents)
        for need in needs
    )
    person = replace(SATO, clearance=clearance, role=role, needs=tuple(needs))
    asked = replace(ITEM, label=label("KOR", level=level))
    assert (against(person, asked, at_s) == ()) == (cleared and needed and at_s == T0_S)


def test_top_clearance_without_need_to_know_is_refused_and_recorded(three):
    three.beat(T0_S)
    with pytest.raises(CheckFailed, match="no need to know"):
        three.nodes["JPN"].reading.read("KOR-JPN-1", "general", "curiosity", CUSTODY, T0_S)
    (told,) = readings(three, "read-refused")
    assert (told.person, told.item, told.purpose) == ("general", "KOR-JPN-1", "curiosity")
    assert told.reasons
    assert readings(three, "read") == []


def test_a_reading_is_on_disk_before_anything_is_shown(three, monkeypatch):
    three.beat(T0_S)
    desk = three.nodes["JPN"].reading
    shown = desk.read("KOR-JPN-1", "sato", "watch", CUSTODY, T0_S)
    assert shown.bulletin.id == "KOR-JPN-1"
    (told,) = readings(three, "read")
    assert (told.person, told.reasons) == ("sato", ())
    connection = three.nodes["JPN"].journal.store._connection

    def fail(_connection):
        raise OperationalError("COMMIT", {}, sqlite3.OperationalError("disk I/O error"))

    monkeypatch.setattr(connection.dialect, "do_commit", fail)
    with pytest.raises(LedgerUnavailable):
        desk.read("KOR-JPN-1", "sato", "watch", CUSTODY, T0_S + 1.0)
    monkeypatch.undo()
    # Stopped until it is opened anew, for readers too.
    with pytest.raises(LedgerUnavailable):
        desk.read("KOR-JPN-1", "sato", "watch", CUSTODY, T0_S + 2.0)


def test_recalled_relabelled_destroyed_or_never_there_it_is_refused_and_recorded(three):
    for second in range(3):
        three.beat(T0_S + second)
    source, desk = three.nodes["KOR"].items, three.nodes["JPN"].reading
    source.recall(["KOR-JPN-1"], "", T0_S + 3.0)
    source.relabel(["KOR-JPN-2"], label("KOR", level="군사II급비밀"), "", T0_S + 3.0)
    source.order_destruction(["KOR-JPN-3"], "", T0_S + 9.0, T0_S + 3.0)
    three.settle(T0_S + 4.0)
    for person, item, why in (
        ("sato", "KOR-JPN-1", "was recalled"),
        ("low", "KOR-JPN-2", "cleared below"),
        ("sato", "KOR-JPN-3", "destroyed"),
        ("sato", "KOR-JPN-4", "no such item"),
    ):
        with pytest.raises(CheckFailed, match=why):
            desk.read(item, person, "watch", CUSTODY, T0_S + 5.0)
    assert desk.read("KOR-JPN-2", "sato", "watch", CUSTODY, T0_S + 5.0).marking.label.level == (
        "군사II급비밀"
    )
    assert len(readings(three, "read-refused")) == 4


def test_article_6_f_the_ledger_says_where_each_copy_is_and_who_saw_it(three):
    three.beat(T0_S)
    node = three.nodes["JPN"]
    node.reading.read("KOR-JPN-1", "sato", "watch", CUSTODY, T0_S + 1.0)
    export = node.items.copied(["KOR-JPN-1"], "sato", "paper, room 4", T0_S + 2.0)
    translation = node.items.copied([export], "low", "translation", T0_S + 3.0)
    three.settle(T0_S + 4.0)
    accounts = {account.item: account for account in inventory(ledger(three, "JPN"))}
    assert set(accounts) == {"KOR-JPN-1", "USA-JPN-1", "JPN-KOR-1", "JPN-USA-1"}
    account = accounts["KOR-JPN-1"]
    assert (account.originator, account.sent, account.here, account.receipt) == (
        "KOR", False, True, "accepted",
    )  # fmt: skip
    holders = {copy.copy: copy.holder for copy in account.copies}
    assert holders == {export: "sato", translation: "low"}
    assert [(one.person, one.allowed) for one in account.readings] == [("sato", True)]
    assert accounts["USA-JPN-1"].copies == ()
    # The originator sees that it was taken, and that nothing is owed.
    (given,) = (one for one in inventory(ledger(three, "KOR")) if one.item == "KOR-JPN-1")
    assert (given.sent, given.receipt, given.duties) == (True, "accepted", ())


def test_article_17_affected_are_exactly_the_items_seen_held_or_copied_through_it(three):
    for second in range(3):
        three.beat(T0_S + second)
    node = three.nodes["JPN"]
    node.reading.read("KOR-JPN-1", "sato", "watch", CUSTODY, T0_S + 3.0)
    with pytest.raises(CheckFailed):
        node.reading.read("KOR-JPN-3", "general", "watch", CUSTODY, T0_S + 3.0)
    export = node.items.copied(["KOR-JPN-2", "USA-JPN-1"], "low", "disc", T0_S + 4.0)
    accounts = inventory(ledger(three, "JPN"))
    assert affected_items(accounts, persons=["sato"]) == ("KOR-JPN-1",)
    assert affected_items(accounts, persons=["general"]) == (), "who was refused saw nothing"
    assert set(affected_items(accounts, persons=["low"])) == {"KOR-JPN-2", "USA-JPN-1"}
    assert set(affected_items(accounts, copies=[export])) == {"KOR-JPN-2", "USA-JPN-1"}
    held = {f"{code}-JPN-{number}" for code in ("KOR", "USA") for number in (1, 2, 3)}
    assert set(affected_items(accounts, store=True)) == held
    assert affected_items(accounts) == ()
    # What was destroyed before the store was lost is not in it; who saw it before, did.
    node.items.destroy_received(["KOR-JPN-1"], "", T0_S + 5.0)
    accounts = inventory(ledger(three, "JPN"))
    assert set(affected_items(accounts, store=True)) == held - {"KOR-JPN-1"}
    assert affected_items(accounts, persons=["sato"]) == ("KOR-JPN-1",)


def test_articles_6_h_and_13_what_is_due_is_listed_from_its_time_on(three):
    three.beat(T0_S)
    three.settle(T0_S)
    accounts = inventory(ledger(three, "JPN"))
    keep_s = REGISTER.keep_s
    assert items_due(accounts, keep_s, T0_S + 30.0 * 86_400.0 - 1.0) == ()
    (due,) = items_due(accounts, keep_s, T0_S + 30.0 * 86_400.0)
    assert due.item == "KOR-JPN-1"
    three.nodes["JPN"].items.destroy_received([due.item], "30 days", T0_S + 31.0 * 86_400.0)
    assert items_due(inventory(ledger(three, "JPN")), keep_s, T0_S + 32.0 * 86_400.0) == ()


EXAMPLE = (ROOT / "docs/examples/readers.toml").read_text("utf-8")


def test_the_example_register_holds_three_persons():
    register = parse_register(EXAMPLE, "readers.toml")
    assert [person.id for person in register.persons] == ["sato", "administrator", "tanaka"]
    assert register.keep_s == {"KOR-JPN": 365 * 86_400.0}


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('nation = "JPN"', 'nation = "Japan"', "ISO 3166-1"),
        ('id = "tanaka"', 'id = "sato"', "must differ"),
        ("2023-01-01T00:00:00Z", "1 January", "not UTC"),
        ("2023-01-01T00:00:00Z", "2100-01-01T00:00:00Z", "until before from"),
        ('incidents = ["KOR:e1"]', "incidents = []", "needs nothing"),
        ('role = "administrator"', "may_read_all = true", "may_read_all"),
        ("days = 365", "days = -1", "days"),
        ("days = 365", "days = nan", "days"),
        ('clearance = "極秘"', "", "clearance"),
        ("[[person]]", "[[person]", "readers.toml"),
    ],
)  # fmt: skip
def test_a_register_that_does_not_hold_is_refused_with_the_reason(old, new, why):
    assert old in EXAMPLE
    with pytest.raises(UnusableInput, match=why):
        parse_register(EXAMPLE.replace(old, new, 1), "readers.toml")


def test_a_register_of_another_nation_is_not_held(three, tmp_path: Path):
    file = tmp_path / "readers.toml"
    file.write_text(EXAMPLE)
    assert hold_register(three.nodes["JPN"], file, "tanaka", T0_S).register.nation == "JPN"
    with pytest.raises(UnusableInput, match="the register of JPN, not of KOR"):
        hold_register(three.nodes["KOR"], file, "tanaka", T0_S)
