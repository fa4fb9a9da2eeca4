"""When a bulletin is due: changes at once, then on the grid of data time."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from commonwatch.identity import nation
from commonwatch.mode import EXERCISE
from commonwatch.node.policies import shipped_table
from commonwatch.release.agreement import Agreement, FieldGrant
from commonwatch.release.cadence import Heard, LastSaid, due, heard_of, said
from commonwatch.release.candidate import candidates_from
from commonwatch.release.decision import Candidate
from commonwatch.release.gate import decide
from tests.sharing.builders import SENSORS, T0_S, assessment, in_force, label, own_estimate

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


def heard(candidate: Candidate, agreement: Agreement = in_force("KOR-JPN")) -> Heard:  # noqa: B008
    """What JPN would notice of this candidate."""
    return heard_of(
        candidate,
        decide(
            candidate,
            "JPN",
            (agreement,),
            sensors=SENSORS,
            mode=EXERCISE,
            now_s=T0_S,
            table=shipped_table(),
        ),
    )


def times_told(candidate: Candidate, seconds: range) -> list[int]:
    """Seconds at which an unchanging candidate is put to the gate, told first at second 0."""
    noticed = heard(candidate)
    last: LastSaid | None = said(None, noticed, T0_S)
    told = []
    for second in seconds:
        if due(last, noticed, T0_S + second):
            told.append(second)
            last = said(last, noticed, T0_S + second)
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
    last = said(None, heard(in_phase("ballistic")), T0_S)
    assert due(last, heard(changed), T0_S + 0.1)


def test_an_end_is_told_once():
    ended = heard(replace(CANDIDATE, status="ended"))
    last = said(None, ended, T0_S)
    assert not any(due(last, ended, T0_S + second) for second in range(1, 100))


def test_after_a_withdrawal_nothing_more_is_said():
    last = said(None, heard(replace(CANDIDATE, status="withdrawn")), T0_S)
    assert not due(last, heard(CANDIDATE), T0_S + 1.0)


@pytest.mark.parametrize(
    "changed",
    [
        in_phase("descent"),
        in_phase("boost"),
        replace(CANDIDATE, coasting=True),
        replace(CANDIDATE, content=msgspec.structs.replace(CANDIDATE.content, impact=None)),
        replace(CANDIDATE, content=msgspec.structs.replace(CANDIDATE.content, path=None)),
    ],
)
def test_what_may_not_be_told_changes_no_beat(changed):
    """The launch point alone is granted: neither phase nor path nor impact may show in the beat."""
    agreement = in_force("KOR-JPN")
    launch_alone = replace(
        agreement, terms=replace(agreement.terms, fields=(FieldGrant("launch_point", "1"),))
    )
    before, after = heard(CANDIDATE, launch_alone), heard(changed, launch_alone)
    assert before == after
    last = said(None, before, T0_S)
    assert not due(last, after, T0_S + 0.1)
