"""The two known kinds of flight, here, far south and across the date line, by all and alone.

What a track has to be: complete, one, about where the bound on any estimate lies, and right within
what it says of itself. One pass proves no calibration: tests/estimate/test_calibration.py does.
"""

from __future__ import annotations

import pytest

from tests.assessment_contract import seconds

from . import passes
from .scoring import (
    following,
    last_before,
    long_sigma_m,
    marks_s,
    of_ellipse,
    spurious_share,
    time_error_sigmas,
)

GROUPS = ("", "JPN", "KOR")
WATCHED = [
    *(("lofted", "here", group) for group in GROUPS),
    *(("overflight", "here", group) for group in GROUPS),
    ("lofted", "south", ""),
    ("lofted", "south", "JPN"),
    ("overflight", "south", ""),
    ("overflight", "south", "KOR"),
    ("lofted", "date line", ""),
    ("lofted", "date line", "KOR"),
    ("overflight", "date line", ""),
    ("overflight", "date line", "JPN"),
]
OF_ELLIPSE_MAX = 1.5
OVER_BOUND_MAX = 1.35
OVER_BOUND_MIN = 0.85
OR_WITHIN_M = 50.0


def ids(case) -> str:
    kind, where, group = case
    return f"{kind}-{where}-{group or 'all'}"


@pytest.fixture(params=WATCHED, ids=ids, scope="module")
def case(request):
    kind, where, group = request.param
    of = passes.known(kind, where)
    return of, of.flights[0], group, passes.told_of_known(kind, where, group).lines


def test_an_object_in_view_has_its_track_and_keeps_it(case):
    of, flight, group, lines = case
    found = following(lines, flight, of.seen_s(flight.name, (group,) if group else ()))
    assert found.completeness >= 0.98
    assert len(found.tracks) == 1


def test_there_are_no_tracks_on_nothing(case):
    of, _, _, lines = case
    assert spurious_share(lines, of.flights) <= 0.01


def test_launch_and_burnout_are_where_they_were(case):
    _, flight, _, lines = case
    told = [line for line in lines if line.launch is not None]
    # A nation whose radars see the object after its burnout only has no launch to tell.
    if told:
        launch = told[-1].launch
        assert of_ellipse(launch, flight.launch) <= OF_ELLIPSE_MAX
        assert abs(time_error_sigmas(launch, flight.lift_off_s)) <= 3.0
    burnt = [line.burnout_time for line in lines if line.burnout_time is not None]
    if burnt:
        assert seconds(burnt[-1]) == pytest.approx(flight.lift_off_s + flight.burnout_s, abs=5.0)


def test_the_impact_is_within_what_is_said_of_it(case):
    _, flight, _, lines = case
    for mark, moment_s in marks_s(flight).items():
        impact = last_before(lines, moment_s).impact
        assert of_ellipse(impact, flight.impact.place) <= OF_ELLIPSE_MAX, mark
        off = time_error_sigmas(impact, flight.lift_off_s + flight.impact.time_s)
        assert abs(off) <= 3.5, mark


def test_the_impact_is_as_sure_as_the_plots_allow(case):
    of, flight, group, lines = case
    bounds = of.bounds[flight.name][group or "ALL"]
    for mark, moment_s in marks_s(flight).items():
        told_m = long_sigma_m(last_before(lines, moment_s).impact)
        bound_m = bounds[mark]["semi_axes_m"][0]
        assert told_m <= max(OVER_BOUND_MAX * bound_m, bound_m + OR_WITHIN_M), mark
        if mark not in {"burnout+30s", "burnout+60s"}:
            assert told_m >= min(OVER_BOUND_MIN * bound_m, bound_m - OR_WITHIN_M), mark


def test_the_apogee_is_within_what_is_said_of_it(case):
    _, flight, _, lines = case
    apogee = last_before(lines, marks_s(flight)["apogee"]).apogee
    off_m = apogee.height_m - flight.apogee_height_m
    # The truth's apogee is told from its states of whole seconds: to some metres.
    assert abs(off_m) <= 3.5 * apogee.height_sigma_m + 10.0


def test_phases_follow_each_other(case):
    _, flight, _, lines = case
    phases = list(dict.fromkeys(line.phase for line in lines))
    assert phases in (["boost", "ballistic", "descent"], ["ballistic", "descent"])
    assert lines[-1].status == "ended"
    assert lines[-1].reason == "came down"
    down_s = flight.lift_off_s + flight.impact.time_s
    assert lines[-1].time_s == pytest.approx(down_s, abs=10.0)
