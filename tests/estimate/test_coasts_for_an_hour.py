"""An hour without a plot: the track is told all the while, grows vague, and is taken up again."""

from __future__ import annotations

import pytest

from . import passes
from .scoring import following, last_before, of_ellipse

SEEN_AFTER_BURNOUT_S = 60.0
SEEN_AGAIN_BEFORE_IMPACT_S = 120.0


@pytest.fixture(scope="module")
def gap():
    of = passes.known("lofted", "here")
    (flight,) = of.flights
    begin_s = flight.lift_off_s + flight.burnout_s + SEEN_AFTER_BURNOUT_S
    end_s = flight.lift_off_s + flight.impact.time_s - SEEN_AGAIN_BEFORE_IMPACT_S
    plots = [p for p in of.observation.plots if not begin_s < p.time_s < end_s]
    return flight, begin_s, end_s, passes.told_by(of.with_plots(plots)).lines


def test_it_is_one_track_all_the_way(gap):
    flight, _, _, lines = gap
    begin_s, end_s = lines[0].time_s, flight.lift_off_s + flight.impact.time_s - 2.0
    found = following(lines, flight, [begin_s, end_s])
    assert found.completeness >= 0.999
    assert len(found.tracks) == 1


def test_it_says_that_it_is_extrapolated(gap):
    _, begin_s, end_s, lines = gap
    between = [line for line in lines if begin_s + 10.0 < line.time_s < end_s]
    assert end_s - begin_s > 3600.0
    assert len(between) >= 3600
    assert {line.status for line in between} == {"coasting"}
    after = [line for line in lines if end_s + 10.0 < line.time_s][:-1]
    assert {line.status for line in after} == {"confirmed"}


def test_its_answer_stays_right_and_sharpens_again(gap):
    flight, begin_s, end_s, lines = gap
    middle = last_before(lines, 0.5 * (begin_s + end_s)).impact
    assert of_ellipse(middle, flight.impact.place) <= 1.5
    last = last_before(lines, end_s + SEEN_AGAIN_BEFORE_IMPACT_S - 60.0).impact
    assert of_ellipse(last, flight.impact.place) <= 1.5
    assert last.ellipse95.semi_major_m < 0.1 * middle.ellipse95.semi_major_m


def test_what_is_known_of_its_place_grows_vague_in_the_gap(gap):
    _, begin_s, _, lines = gap
    spread = [
        sum(line.state.covariance[k][k] for k in range(3)) ** 0.5
        for line in lines
        if line.time_s in {round(begin_s) + 10.0, round(begin_s) + 1000.0}
    ]
    assert spread[1] > 5.0 * spread[0]
