"""When a bulletin is due: changes at once, then on the grid of data time."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from commonwatch.identity import nation
from commonwatch.mode import EXERCISE
from commonwatch.release.cadence import LastSaid, due, said
from commonwatch.release.candidate import candidates_from
from commonwatch.release.decision import Candidate
from tests.sharing.builders import T0_S, assessment, label, own_estimate

(CANDIDATE,) = candidates_from(
    (own_estimate(T0_S),),
    (assessment(T0_S),),
    originator=nation("KOR"),
    label=label("KOR"),
    mode=EXERCISE,
)


def in_phase(phase: str, **changes: object) -> Candidate:
    content = msgspec.structs.replace(CANDIDATE.content, phase=phase)
    return replace(CANDIDATE, content=content, **changes)  # type: ignore[arg-type]


def times_told(candidate: Candidate, seconds: range) -> list[int]:
    """Seconds at which an unchanging candidate is put to the gate, told first at second 0."""
    last: LastSaid | None = said(None, candidate, T0_S)
    told = []
    for second in seconds:
        if due(last, candidate, T0_S + second):
            told.append(second)
            last = said(last, candidate, T0_S + second)
    return told


@pytest.mark.parametrize(
    ("candidate", "interval_s"),
    [
        (in_phase("boost"), 1),
        (in_phase("descent"), 1),
        (in_phase("ballistic"), 5),
        (in_phase("ballistic", coasting=True), 30),
        (in_phase("descent", coasting=True), 10),
    ],
)
def test_the_beat_follows_the_phase(candidate, interval_s):
    # T0_S is a whole minute, so that the grid of data time starts with it.
    told = times_told(candidate, range(1, 301))
    assert [second for second in told if second > 60] == list(
        range(60 + interval_s, 301, interval_s)
    )


def test_the_first_minute_after_a_change_is_brisk():
    assert times_told(in_phase("ballistic"), range(1, 60)) == list(range(1, 60))


@pytest.mark.parametrize(
    "changed",
    [
        in_phase("descent"),
        replace(CANDIDATE, status="ended"),
        replace(CANDIDATE, status="withdrawn"),
        replace(CANDIDATE, content=msgspec.structs.replace(CANDIDATE.content, impact=None)),
    ],
)
def test_a_change_is_told_within_the_second(changed):
    last = said(None, in_phase("ballistic"), T0_S)
    assert due(last, changed, T0_S + 0.1)


def test_an_end_is_told_once():
    ended = replace(CANDIDATE, status="ended")
    last = said(None, ended, T0_S)
    assert not any(due(last, ended, T0_S + second) for second in range(1, 100))


def test_after_a_withdrawal_nothing_more_is_said():
    last = said(None, replace(CANDIDATE, status="withdrawn"), T0_S)
    assert not due(last, CANDIDATE, T0_S + 1.0)
