"""Half a false plot a scan and radar: the object is followed, and nothing else is made up."""

from __future__ import annotations

import pytest

from tests.estimate.drawn import drawn, followers, told_of
from tests.estimate.scoring import following, spurious_share

NUMBERS = (0, 1, 2)


@pytest.mark.parametrize("number", NUMBERS)
def test_no_time_is_spent_on_nothing(number):
    of = drawn("clutter", number)
    radars = [sensor for sensor in of.sensors if sensor.kind == "radar"]
    assert all(sensor.false_plots_per_scan == 0.5 for sensor in radars)
    assert of.observation.labels.count(None) > 200
    assert spurious_share(told_of("clutter", number).lines, of.flights) <= 0.005


@pytest.mark.parametrize("number", NUMBERS)
def test_the_object_is_one_track(number):
    of = drawn("clutter", number)
    (flight,) = of.flights
    assert len(followers("clutter", number)["L1"]) == 1
    seen_s = of.seen_s(flight.name)
    assert following(told_of("clutter", number).lines, flight, seen_s).completeness > 0.98
