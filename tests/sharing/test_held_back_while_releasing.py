"""An order to suspend that comes in the middle of a release bites there, not at its end."""

from __future__ import annotations

import msgspec
import pytest

from commonwatch.errors import UnusableInput
from commonwatch.node import releasing
from commonwatch.share.ledger import Purge
from tests.sharing.builders import T0_S, assessment, kinds, own_estimate

TRACKS = tuple(f"t{number}" for number in range(1, 7))


def release(made, now_s: float):
    estimates = tuple(own_estimate(now_s, track) for track in TRACKS)
    return made.nodes["KOR"].release(
        estimates, tuple(assessment(now_s, track) for track in TRACKS), now_s
    )


@pytest.mark.parametrize("at_question", range(1, 2 * len(TRACKS) + 1))
def test_held_back_at_any_question_to_the_gate_nothing_of_that_release_leaves(
    three, monkeypatch, at_question
):
    """The other thread's call comes at a question, as the interpreter may let it."""
    node, asked = three.nodes["KOR"], []
    real = releasing.decide

    def decide(candidate, recipient, *rest, **named):
        asked.append(recipient)
        if len(asked) == at_question:
            node.hold_back("KOR-JPN")
        return real(candidate, recipient, *rest, **named)

    monkeypatch.setattr(releasing, "decide", decide)
    release(three, T0_S)
    assert three.bus.drain("JPN", "live") == ()
    assert three.bus.drain("USA", "live"), "the others go on"
    node.order_suspend("KOR-JPN", T0_S + 0.01)
    three.settle(T0_S + 0.02)
    sent = {one.subject for one in kinds(three, "KOR", "sent") if one.counterparty == "JPN"}
    purged = {
        digest.hex()
        for one in kinds(three, "KOR", "purged")
        for digest in msgspec.msgpack.decode(one.body, type=Purge).digests
    }
    assert sent <= purged, "what was recorded and did not leave is told so"
    assert len(kinds(three, "KOR", "canary")) == 1


def test_of_what_was_held_back_before_nothing_is_asked_counted_or_sealed(three):
    """The journal would stop it too, but only after it was numbered and recorded as let go."""
    node = three.nodes["KOR"]
    node.hold_back("KOR-JPN")
    outcome = release(three, T0_S)
    assert {one.recipient for one in outcome.released} == {"USA"}
    assert {one.recipient for one in outcome.decisions} == {"USA"}
    told = kinds(three, "KOR", "decision") + kinds(three, "KOR", "sent")
    assert {one.counterparty for one in told} == {"USA"}


def test_it_stays_closed_until_it_is_suspended_and_restored_by_both(three):
    node = three.nodes["KOR"]
    node.hold_back("KOR-JPN")
    release(three, T0_S)
    assert three.bus.drain("JPN", "live") == ()
    node.order_suspend("KOR-JPN", T0_S + 1.0)
    assert not node.orders.allows("JPN", T0_S + 1.0)
    three.settle(T0_S + 1.0)
    for code in ("KOR", "JPN"):
        three.nodes[code].order_restore("KOR-JPN", T0_S + 2.0, resume_open_objects=True)
        three.settle(T0_S + 2.0)
    release(three, T0_S + 3.0)
    assert three.bus.drain("JPN", "live")


def test_an_agreement_that_is_not_there_is_not_held_back(three):
    with pytest.raises(UnusableInput, match="this node's agreements are"):
        three.nodes["KOR"].hold_back("KOR-AUS")
    release(three, T0_S)
    assert three.bus.drain("JPN", "live")
