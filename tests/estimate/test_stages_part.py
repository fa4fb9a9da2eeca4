"""A missile leaves spent stages behind: one lift-off, and each object its own track."""

from __future__ import annotations

import pytest

from tests.estimate.drawn import drawn, followers, told_of
from tests.estimate.scoring import last_before, of_ellipse

NUMBERS = (1, 2)
UNBROKEN = (2, 5)


@pytest.mark.parametrize("number", NUMBERS)
def test_all_is_one_event(number):
    assert len(told_of("staged", number).summary.events) == 1


@pytest.mark.parametrize("number", UNBROKEN)
def test_the_missile_is_one_track_from_lift_off_to_impact(number):
    assert len(followers("staged", number)["L1"]) == 1


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("before_s", [300.0, 120.0, 20.0])
def test_where_a_stage_falls_is_in_its_ellipse(number, before_s):
    of, told = drawn("staged", number), told_of("staged", number)
    stage = of.flights[1]
    assert stage.name == "S1"
    tracks = followers("staged", number)["S1"]
    assert tracks
    moment_s = stage.lift_off_s + stage.impact.time_s - before_s
    line = last_before([line for line in told.lines if line.track in tracks], moment_s)
    assert of_ellipse(line.impact, stage.impact.place) <= 1.0
