"""An order to suspend bites and is recorded within a few statements of a long release.

The release is cut where orders are looked at; the bytes that go to a partner show none of it.
"""

from __future__ import annotations

import msgspec
import pytest

from commonwatch.limits import (
    BUNDLE_MESSAGES_MAX,
    RECORDS_BETWEEN_LOOKS_MAX,
    STATEMENTS_BETWEEN_LOOKS_MAX,
)
from commonwatch.mode import EXERCISE
from commonwatch.node import releasing
from commonwatch.release.decision import Decision
from commonwatch.release.order import OrderKind
from commonwatch.share.envelope import envelope_digest, open_envelope
from commonwatch.share.ledger import Purge, Refusal
from tests.sharing.builders import PUBLIC, T0_S, assessment, kinds, own_estimate, world

TRACKS = 70


def release(made, now_s: float, sources: tuple[str, ...] = ("KOR-1",), **more: tuple[str, ...]):
    """As many tracks of the radar, and after each third one of what `more` names."""
    by_track = {}
    for number in range(TRACKS):
        by_track[f"t{number}"] = sources
        if number % 3 == 0:
            by_track |= {f"{name}{number}": seen_by for name, seen_by in more.items()}
    estimates = tuple(own_estimate(now_s, name, seen_by) for name, seen_by in by_track.items())
    told = tuple(assessment(now_s, name, seen_by) for name, seen_by in by_track.items())
    return made.nodes["KOR"].release(estimates, told, now_s)


def at_question(monkeypatch, which: dict[int, object]) -> list[str]:
    """Have these called when the gate is asked for the n-th time, as another thread might."""
    asked: list[str] = []
    real = releasing.decide

    def decide(candidate, recipient, *rest, **named):
        asked.append(recipient)
        if len(asked) in which:
            which[len(asked)]()
        return real(candidate, recipient, *rest, **named)

    monkeypatch.setattr(releasing, "decide", decide)
    return asked


def purged_of(made, code: str) -> set[bytes]:
    return {
        digest
        for one in kinds(made, code, "purged")
        for digest in msgspec.msgpack.decode(one.body, type=Purge).digests
    }


@pytest.mark.parametrize("question", [1, 8, 9, 40, TRACKS, TRACKS + 1, 2 * TRACKS])
def test_asked_for_in_a_release_it_is_recorded_a_few_statements_later(three, monkeypatch, question):
    release(three, T0_S)  # is queued and was not taken yet
    queued = three.bus.drain("JPN", "live")
    for raw in queued:
        three.bus.send("KOR", "JPN", "live", raw)
    node, seen = three.nodes["KOR"], []

    def look() -> None:
        orders = [one for one in kinds(three, "KOR", "order") if one.time_s == T0_S + 10.0]
        seen.append((len(orders), purged_of(three, "KOR")))

    when = {
        question: lambda: node.suspend_at_once("KOR-JPN"),
        question + STATEMENTS_BETWEEN_LOOKS_MAX: look,
    }
    at_question(monkeypatch, when)
    release(three, T0_S + 10.0)
    if not seen:  # it was asked for at the end: the next beat begins with it
        node.obey(T0_S + 10.0)
        look()
    assert seen[0][0] == 1
    assert {envelope_digest(raw) for raw in queued} <= seen[0][1]
    assert three.bus.drain("JPN", "live") == ()
    assert three.bus.drain("USA", "live"), "the others go on"
    three.settle(T0_S + 10.0)
    (canary,) = kinds(three, "KOR", "canary")
    assert msgspec.msgpack.decode(canary.body, type=Decision).outcome == "withhold"
    sent = {
        bytes.fromhex(one.subject)
        for one in kinds(three, "KOR", "sent")
        if one.counterparty == "JPN" and one.time_s >= T0_S + 10.0
    }
    assert sent <= purged_of(three, "KOR"), "what was recorded and did not leave is told so"
    # The partner heard of it, as of any order.
    assert not three.nodes["JPN"].orders.allows("KOR", T0_S + 11.0)


def test_a_partners_order_that_comes_in_a_release_is_obeyed_in_it(three, monkeypatch):
    question = 20
    # The partner's order travels on the control lane and lies there from this question on.
    when = {question: lambda: three.nodes["JPN"].order_suspend("KOR-JPN", T0_S + 0.001)}
    asked = at_question(monkeypatch, when)
    outcome = release(three, T0_S)
    assert asked.count("JPN") == TRACKS
    told = [one for one in outcome.decisions if one.recipient == "JPN" and one.outcome == "release"]
    assert question - 1 <= len(told) <= question + STATEMENTS_BETWEEN_LOOKS_MAX
    assert three.bus.drain("JPN", "live") == ()
    assert len(kinds(three, "KOR", "canary")) == 1


def test_asked_for_while_a_partners_bulletins_come_in(three, monkeypatch):
    release(three, T0_S)
    node, opened = three.nodes["JPN"], []
    real = node.receiving._open

    def counted(raw, lane):
        if lane == "live":
            opened.append(len(kinds(three, "JPN", "canary")))
            if len(opened) == 1:
                node.suspend_at_once("KOR-JPN")
        return real(raw, lane)

    monkeypatch.setattr(node.receiving, "_open", counted)
    accepted = node.receive(T0_S + 1.0)
    assert opened[:2] == [0, 1]
    assert len(accepted) <= BUNDLE_MESSAGES_MAX, "what comes after the order is not taken"


def test_what_may_not_be_suspended_stays_closed_and_that_is_recorded(three):
    node = three.nodes["KOR"]
    for party in ("KOR", "JPN"):
        end(three, party)
    node.suspend_at_once("KOR-JPN")
    node.obey(T0_S + 2.0)
    node.commit(T0_S + 2.0)
    (refused,) = kinds(three, "KOR", "order-refused")
    assert "ended" in msgspec.msgpack.decode(refused.body, type=Refusal).why
    assert node.orders.holds_back("JPN")


def end(made, party: str) -> None:
    made.nodes[party]._order("KOR-JPN", OrderKind.END, T0_S + 1.0)
    made.settle(T0_S + 1.0)


def test_where_bundles_end_shows_nothing_of_what_stays(tmp_path):
    """Korea's radar beyond the horizon is not covered: with and without it the same bytes leave."""
    sent = []
    for name, more in (("without", {}), ("with", {"x": ("KOR-X",)})):
        made = world(tmp_path / name)
        for now_s in (T0_S, T0_S + 10.0):
            release(made, now_s, **more)
        sent.append({code: made.bus.drain(code, "live") for code in ("JPN", "USA")})
        made.close()
    assert sent[0] == sent[1]
    bundles = [open_envelope(raw, PUBLIC, EXERCISE).bundle for raw in sent[0]["JPN"]]
    sizes = [len(one.messages) for one in bundles]
    full, rest = divmod(TRACKS, BUNDLE_MESSAGES_MAX)
    assert sizes == 2 * [*[BUNDLE_MESSAGES_MAX] * full, rest]


def test_few_records_wait_for_the_disk_at_any_moment(three, monkeypatch):
    node, groups = three.nodes["KOR"], []
    real = node.journal.store.append

    def counted(entries, *rest):
        groups.append(len(entries))
        return real(entries, *rest)

    monkeypatch.setattr(node.journal.store, "append", counted)
    release(three, T0_S)
    # What is noted between two looks, and the bundles sealed there, come on top.
    bound = RECORDS_BETWEEN_LOOKS_MAX + 2 * STATEMENTS_BETWEEN_LOOKS_MAX
    assert max(groups) <= bound
    assert sum(groups) > RECORDS_BETWEEN_LOOKS_MAX
