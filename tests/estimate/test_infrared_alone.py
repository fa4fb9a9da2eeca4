"""One infrared sensor that sees only what burns: a launch is told, and how vague all else is."""

from __future__ import annotations

import math

import pytest

from . import passes
from .scoring import live, of_ellipse, sigmas_off, time_error_sigmas


@pytest.fixture(scope="module", params=[("lofted", "here"), ("overflight", "south")])
def alone(request):
    of = passes.known(*request.param)
    return of, of.flights[0], passes.told_of_known(*request.param, "USA").lines


def test_it_is_told_within_half_a_minute_of_its_first_plot(alone):
    of, flight, lines = alone
    assert lines[0].time_s - of.seen_s(flight.name, ("USA",))[0] <= 30.0
    assert lines[0].phase == "boost"
    assert {source for line in lines for source in line.sources} == {"USA-1"}


def test_while_it_burns_it_is_followed_by_one_track(alone):
    of, flight, lines = alone
    seen_s = of.seen_s(flight.name, ("USA",))
    burning = [line for line in live(lines) if seen_s[0] + 20.0 < line.time_s < seen_s[-1]]
    assert len(burning) >= math.floor(seen_s[-1]) - math.ceil(seen_s[0] + 20.0)
    assert {line.track for line in lines} == {lines[0].track}
    assert {line.phase for line in burning} == {"boost"}


def test_one_eye_sees_no_depth_and_says_so(alone):
    """Far off along the line of sight, yet never farther than it says."""
    _, flight, lines = alone
    off = [sigmas_off(line, flight) for line in live(lines)]
    assert max(off) <= 6.0
    # Three numbers of a normal distribution: a mean square of 3.
    assert sum(k * k for k in off) / len(off) <= 6.0


def test_the_launch_lies_in_its_ellipse(alone):
    _, flight, lines = alone
    launch = [line.launch for line in lines if line.launch is not None][-1]
    assert of_ellipse(launch, flight.launch) <= 1.5
    assert abs(time_error_sigmas(launch, flight.lift_off_s)) <= 3.0


def test_an_impact_told_after_burnout_holds_the_true_one():
    flight = passes.known("overflight", "south").flights[0]
    lines = passes.told_of_known("overflight", "south", "USA").lines
    after_s = flight.lift_off_s + flight.burnout_s + 5.0
    told = [line.impact for line in lines if line.impact and line.time_s > after_s]
    assert len(told) > 10
    assert all(of_ellipse(impact, flight.impact.place) <= 1.5 for impact in told)
