"""A launch fails while it burns: that the thrust has ended is told within seconds."""

from __future__ import annotations

import pytest

from tests.assessment_contract import seconds
from tests.estimate.drawn import drawn, followers, told_of
from tests.estimate.scoring import last_before, of_ellipse

WHOLE = (0, 1)
NUMBERS = (*WHOLE, 3)
TOLD_WITHIN_S = 5.0


@pytest.mark.parametrize("number", NUMBERS)
def test_the_end_of_thrust_is_told_within_five_seconds(number):
    flight = drawn("failed", number).flights[0]
    burnt_s = flight.lift_off_s + flight.burnout_s
    lines = told_of("failed", number).lines
    after = [line for line in lines if line.time_s >= burnt_s and line.phase != "boost"]
    assert after[0].time_s <= burnt_s + TOLD_WITHIN_S
    assert after[0].track == lines[0].track
    settled = [line for line in after if line.time_s >= burnt_s + 20.0]
    assert seconds(settled[0].burnout_time) == pytest.approx(burnt_s, abs=3.0)


@pytest.mark.parametrize("number", NUMBERS)
def test_whole_or_in_pieces_it_is_one_event(number):
    told = told_of("failed", number)
    assert len(told.summary.events) == 1
    assert told.summary.tracks == len(drawn("failed", number).flights)


@pytest.mark.parametrize("number", WHOLE)
def test_where_it_falls_is_in_its_ellipse(number):
    flight = drawn("failed", number).flights[0]
    tracks = followers("failed", number)["L1"]
    lines = [line for line in told_of("failed", number).lines if line.track in tracks]
    for after_s in (30.0, 60.0):
        line = last_before(lines, flight.lift_off_s + flight.burnout_s + after_s)
        assert of_ellipse(line.impact, flight.impact.place) <= 1.0
