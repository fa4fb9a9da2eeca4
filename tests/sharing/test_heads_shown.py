"""Heads of ledgers, shown to partners: two stories, a cut log, and what a head does not tell."""

from __future__ import annotations

import shutil
from itertools import pairwise

import msgspec
import pytest

from commonwatch.identity import nation
from commonwatch.limits import HEAD_INTERVAL_S
from commonwatch.mode import EXERCISE, LIVE
from commonwatch.node.agreements import worked_examples
from commonwatch.share.head_accounts import faults_of_heads, heads_out, heads_that_differ
from commonwatch.share.head_book import passes_on_to
from commonwatch.share.head_evidence import (
    Contradiction,
    what_it_proves,
)
from commonwatch.share.ledger import (
    Entry,
    Record,
    Refusal,
    appended,
    empty_head,
    read_record,
    record_hash,
    verify_chain,
)
from commonwatch.share.merkle import Tree
from commonwatch.share.shown_head import (
    HeadOut,
    opens,
    recorded_head,
    sealed_head,
)
from tests.sharing.builders import (
    KEYS,
    PUBLIC,
    TERMS,
    World,
    accounts,
    kinds,
    open_node,
    records,
    world,
)
from tests.sharing.heads import find_ledger_of, forged_head, heads_of, is_of_kor, run_for

KOR = KEYS[nation("KOR")]


@pytest.fixture
def allied(tmp_path, monkeypatch):
    """Three nations whom one agreement binds, besides those between each two."""
    for terms in worked_examples():
        if terms.id in {"TRILATERAL-2014", "REALTIME-2023"}:
            monkeypatch.setitem(TERMS, terms.id, terms)
    made = world(tmp_path)
    yield made
    made.close()


def test_every_partner_holds_the_same_heads_and_they_are_due_by_time_alone(three):
    run_for(three, 31)
    for holder, of in (("JPN", "KOR"), ("USA", "KOR"), ("KOR", "JPN"), ("USA", "JPN")):
        assert heads_of(three, holder, of) == [1, 2, 3, 4]
    shown = [
        msgspec.msgpack.decode(record.body, type=HeadOut)
        for record in kinds(three, "KOR", "head-out")
    ]
    times = [recorded_head(told.envelope).shown_s for told in shown]
    assert [later - earlier for earlier, later in pairwise(times)] == [HEAD_INTERVAL_S] * 3
    held = [
        record.body for record in kinds(three, "JPN", "head-in") if record.counterparty == "KOR"
    ]
    assert held == [told.envelope for told in shown]
    for told in shown:
        tree = Tree().with_leaves(
            item.hash for item in find_ledger_of(three, "KOR").read.stored[: told.opening.size]
        )
        assert (tree.size, tree.root) == (told.opening.size, told.opening.root)
        assert opens(recorded_head(told.envelope), told.opening)
    assert all(not node.equivocations for node in three.nodes.values())


def test_a_ledger_with_heads_verifies_and_reconciles(three):
    run_for(three, 15)
    for code in three.nodes:
        assert find_ledger_of(three, code).reasons() == ()
    assert not [one for told in accounts(three, "KOR", "JPN").values() for one in told.differences]


def test_t8_two_heads_of_one_number_both_victims_alarm(allied):
    """KOR shows JPN and the USA different heads of one number, each validly signed."""
    now_s = run_for(allied, 2)
    for recipient, text in (("JPN", b"one story"), ("USA", b"another")):
        allied.bus.send("KOR", recipient, "control", forged_head(7, text, now_s))
    alarmed = {}
    for second in range(30):
        for code in ("JPN", "USA"):
            allied.nodes[code].receive(now_s + second)
            if allied.nodes[code].equivocations:
                alarmed.setdefault(code, second)
    assert set(alarmed) == {"JPN", "USA"}
    assert max(alarmed.values()) <= 30
    allied.settle(now_s + 30)
    for code in ("JPN", "USA"):
        (found,) = allied.nodes[code].equivocations
        assert (found.nation, found.number) == ("KOR", 7)
        (record,) = kinds(allied, code, "equivocation")
        assert record.counterparty == "KOR"
        evidence = Contradiction("EXERCISE", found.evidence.first, found.evidence.second)
        assert "KOR signed two heads under the number 7" in what_it_proves(
            evidence, PUBLIC, EXERCISE
        )


def test_t8_nobody_but_its_own_key_can_make_evidence_against_a_nation(three):
    now_s = run_for(three, 2)
    key = KEYS[nation("USA")].private
    tree = Tree().with_leaves([bytes(32)])
    for forged in (
        sealed_head(tree, "KOR", 1, now_s, key, EXERCISE).envelope,
        sealed_head(tree, "KOR", 1, now_s, KOR.private, LIVE).envelope,
        forged_head(1)[:-1],
    ):
        three.bus.send("USA", "JPN", "control", forged)
    three.nodes["JPN"].receive(now_s)
    three.settle(now_s)
    assert three.nodes["JPN"].equivocations == ()
    assert len(kinds(three, "JPN", "refused")) == 3


def test_release_goes_on_after_an_equivocation_until_people_suspend(three):
    """Decision 23: it is told; what it means for an agreement is for people to decide."""
    now_s = run_for(three, 2)
    three.bus.send("KOR", "JPN", "control", forged_head(1))
    assert three.beat(now_s)["KOR"]
    assert three.nodes["JPN"].equivocations
    assert three.beat(now_s + 1)["KOR"], "a warning still reaches KOR"
    three.nodes["JPN"].order_suspend("KOR-JPN", now_s + 1.5)
    assert all(one.originator != "JPN" for one in three.beat(now_s + 2)["KOR"])


def test_t8_heads_and_alarms_outlive_a_restart(tmp_path):
    made = world(tmp_path)
    now_s = run_for(made, 12)
    made.bus.send("KOR", "JPN", "control", forged_head(2))
    made.nodes["JPN"].receive(now_s)
    made.settle(now_s)
    made.close()
    again = open_node(tmp_path, "JPN", made.bus)
    assert [found.number for found in again.equivocations] == [2]
    size = again.journal.store.head.size
    assert not again.show_head(now_s + 0.5), "the last one was shown less than an interval ago"
    assert again.show_head(now_s + HEAD_INTERVAL_S)
    # What was seen before the restart is known: nothing is recorded twice.
    for raw in (forged_head(2), *(r.body for r in records(made, "JPN") if r.kind == "head-in")):
        made.bus.send("KOR", "JPN", "control", raw)
    again.receive(now_s + 11)
    again.commit(now_s + 11)
    assert again.journal.store.head.size == size + 1
    again.journal.store.close()
    numbers = [
        recorded_head(msgspec.msgpack.decode(record.body, type=HeadOut).envelope).number
        for record in kinds(made, "JPN", "head-out")
    ]
    assert numbers == [1, 2, 3]


def test_a_ledger_put_back_from_an_old_copy_is_found_by_partners(tmp_path):
    made = world(tmp_path)
    now_s = run_for(made, 5)
    kor = made.nodes["KOR"]
    kor.journal.store.close()
    shutil.copytree(tmp_path / "KOR", tmp_path / "old")
    made.nodes["KOR"] = open_node(tmp_path, "KOR", made.bus)
    now_s = run_for(made, 20, now_s)
    assert len(heads_of(made, "JPN", "KOR")) == 3
    made.nodes["KOR"].journal.store.close()
    shutil.rmtree(tmp_path / "KOR")
    shutil.copytree(tmp_path / "old", tmp_path / "KOR")
    made.nodes["KOR"] = open_node(tmp_path, "KOR", made.bus)
    made.nodes["KOR"].show_head(now_s + HEAD_INTERVAL_S)
    made.nodes["JPN"].receive(now_s + HEAD_INTERVAL_S)
    assert [found.nation for found in made.nodes["JPN"].equivocations] == ["KOR"]
    made.close()


def rewritten(
    whole: tuple[Record, ...], drop: int | None, alter: int | None, *, heads_too: bool
) -> tuple[tuple[Record, ...], list[bytes]]:
    """A log as an insider with its key leaves it: one record less or another, the chain mended.

    With `heads_too`, every head that it showed is made anew for what it now holds.
    """
    head, stored, number = empty_head("KOR", "EXERCISE"), [], 0
    for record in whole:
        if record.sequence == drop:
            continue
        body = b"another story" if record.sequence == alter else record.body
        if record.kind == "head-out" and heads_too and record.sequence != alter:
            told = msgspec.msgpack.decode(body, type=HeadOut)
            number, now_s = number + 1, recorded_head(told.envelope).shown_s
            size = min(told.opening.size, len(stored))
            tree = Tree().with_leaves(item.hash for item in stored[:size])
            body = msgspec.msgpack.encode(
                sealed_head(tree, "KOR", number, now_s, KOR.private, EXERCISE)
            )
        entry = Entry(record.kind, record.counterparty, record.subject, body)
        head, (item,) = appended(head, [entry], record.time_s)
        stored.append(item)
    assert verify_chain(stored, head) == ()
    return tuple(read_record(item) for item in stored), [item.hash for item in stored]


@pytest.fixture(scope="module")
def told(base):
    """KOR's log after some heads, and JPN's, which holds them."""
    made = world(base / "told")
    run_for(made, 22)
    made.close()
    return records(made, "KOR"), records(made, "JPN")


@pytest.mark.parametrize("how", ["drop", "alter"])
def test_t9_a_log_rewritten_with_its_own_key_at_every_index_does_not_fit_its_heads(told, how):
    whole, _jpn = told
    shown = heads_out(whole)
    last = max(item.opening.size for _record, item in shown.values())
    for index in range(1, last + 1):
        change = {"drop": None, "alter": None, how: index}
        altered, leaves = rewritten(whole, **change, heads_too=False)
        assert list(faults_of_heads(altered, leaves, PUBLIC, EXERCISE))
    leaves = [record_hash(msgspec.msgpack.encode(record)) for record in whole]
    assert list(faults_of_heads(whole, leaves, PUBLIC, EXERCISE)) == []


@pytest.mark.parametrize("how", ["drop", "alter"])
def test_t9_a_log_rewritten_with_its_heads_is_found_by_what_a_partner_holds(told, how):
    whole, jpn = told
    shown = heads_out(whole)
    last = max(item.opening.size for _record, item in shown.values())
    assert list(heads_that_differ("KOR", whole, "JPN", jpn)) == []
    proven = 0
    for index in range(1, last + 1):
        change = {"drop": None, "alter": None, how: index}
        altered, _leaves = rewritten(whole, **change, heads_too=True)
        assert list(heads_that_differ("KOR", altered, "JPN", jpn)), index
        if altered[index - 1].kind == "head-out" or whole[index - 1].kind == "head-out":
            continue  # one head is missing or unreadable: found, and no signed contradiction
        held = {recorded_head(item.body).number: item.body for item in jpn if is_of_kor(item)}
        number, (_record, again) = max(heads_out(altered).items())
        evidence = Contradiction("EXERCISE", held[number], again.envelope)
        assert "two stories" in what_it_proves(evidence, PUBLIC, EXERCISE)
        proven += 1
    assert proven > last / 2


def test_two_holders_that_were_told_two_stories_find_it_when_they_reconcile(three):
    """No agreement binds all three, so that nothing is passed on: people compare."""
    now_s = run_for(three, 2)
    for recipient, text in (("JPN", b"one story"), ("USA", b"another")):
        three.bus.send("KOR", recipient, "control", forged_head(7, text, now_s))
    three.settle(now_s)
    assert not three.nodes["JPN"].equivocations
    differences = [
        one for item in accounts(three, "JPN", "USA").values() for one in item.differences
    ]
    assert differences == ["JPN and USA were shown two different heads 7 of KOR's ledger"]


def test_t12_a_head_tells_a_partner_nothing_of_dealings_with_others(base):
    """With and without the USA: the same heads at the same times, but for what they commit to."""
    heads = []
    for name, codes in (("two", ("KOR", "JPN")), ("all", ("KOR", "JPN", "USA"))):
        made = world(base / name, codes)
        run_for(made, 25)
        made.close()
        found = find_ledger_of(made, "KOR").read.head.size
        heads.append((found, [item.body for item in records(made, "JPN") if is_of_kor(item)]))
    (size, without), (larger, with_usa) = heads
    assert larger > size + 20, "there was something to tell"
    assert [len(raw) for raw in without] == [len(raw) for raw in with_usa]
    for one, other in zip(without, with_usa, strict=True):
        hidden = {"commitment": bytes(32)}
        assert msgspec.structs.replace(recorded_head(one), **hidden) == msgspec.structs.replace(
            recorded_head(other), **hidden
        )


def test_a_commitment_cannot_be_tried_out_without_the_key(three):
    """Who guesses size and root right still cannot tell: the blinding is a secret of the key."""
    run_for(three, 12)
    told = [
        msgspec.msgpack.decode(item.body, type=HeadOut) for item in kinds(three, "KOR", "head-out")
    ]
    for item in told:
        shown = recorded_head(item.envelope)
        assert opens(shown, item.opening)
        for guess in (bytes(32), *(other.opening.blind for other in told if other is not item)):
            assert not opens(shown, msgspec.structs.replace(item.opening, blind=guess))
    assert all(item.opening.blind not in raw for raw in everything_sent(three) for item in told)


def everything_sent(made: World) -> list[bytes]:
    """All that partners recorded of what came to them."""
    return [record.body for code in ("JPN", "USA") for record in records(made, code)]


def test_heads_far_ahead_or_far_behind_are_refused(three):
    now_s = run_for(three, 2)
    for number in (2_000_000_000, 5000, 10):
        three.bus.send("KOR", "JPN", "control", forged_head(number))
    three.nodes["JPN"].receive(now_s)
    three.settle(now_s)
    whys = [
        msgspec.msgpack.decode(item.body, type=Refusal).why
        for item in kinds(three, "JPN", "refused")
    ]
    assert [why.split()[2] for why in whys] == ["jumps", "is"]


def test_a_head_of_our_own_that_we_never_showed_is_refused_and_recorded(three):
    now_s = run_for(three, 2)
    three.bus.send("USA", "KOR", "control", forged_head(9))
    three.nodes["KOR"].receive(now_s)
    three.settle(now_s)
    (record,) = kinds(three, "KOR", "refused")
    assert "who else has our key" in msgspec.msgpack.decode(record.body, type=Refusal).why


def test_a_head_is_passed_on_along_the_ring():
    parties = ("AUS", "JPN", "KOR", "PHL", "USA")
    assert passes_on_to("KOR", "JPN", parties) == ("PHL", "USA")
    assert passes_on_to("KOR", "USA", parties) == ("AUS", "JPN")
    assert passes_on_to("KOR", "JPN", ("JPN", "KOR")) == ()


@pytest.mark.parametrize("count", [3, 4, 7, 10])
def test_however_two_stories_are_dealt_out_neighbours_compare(count):
    """Every way to split the holders in two: some pair of neighbours holds both."""
    holders = [f"N{number:02}" for number in range(count)]
    for split in range(1, 2**count - 1):
        story = {name: split >> index & 1 for index, name in enumerate(holders)}
        assert any(
            story[name] != story[other]
            for name in holders
            for other in passes_on_to("KOR", name, [*holders, "KOR"])
        )
