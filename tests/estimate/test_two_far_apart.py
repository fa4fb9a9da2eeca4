"""Two flights at once, hundreds of kilometres apart: two events, each its own track, unmixed."""

from __future__ import annotations

import numpy as np
import pytest

from commonwatch.trajectory.geodesic import Place, distance_and_azimuth
from commonwatch.world.random_passes import draw_scene

from . import passes
from .scoring import following, last_before, marks_s, of_ellipse, spurious_share


@pytest.fixture(scope="module", params=[3, 4])
def pair(request):
    scene = draw_scene("pair", 0, np.random.default_rng(request.param))
    of = passes.Watched(scene.flights, scene.sensors, scene.observation)
    return of, passes.told_by(of)


def test_they_are_far_apart_and_fly_at_once(pair):
    one, other = pair[0].flights
    assert distance_and_azimuth(one.launch, other.launch)[0] > 100e3
    assert abs(one.lift_off_s - other.lift_off_s) < min(one.impact.time_s, other.impact.time_s)


def test_each_has_one_track_of_its_own_event(pair):
    of, told = pair
    found = [following(told.lines, one, of.seen_s(one.name)) for one in of.flights]
    assert [one.completeness >= 0.98 for one in found] == [True, True]
    assert [len(one.tracks) for one in found] == [1, 1]
    names = {one.tracks[0] for one in found}
    assert len(names) == 2
    assert spurious_share(told.lines, of.flights) <= 0.01
    events = {line.event for line in told.lines if line.track in names}
    assert len(events) == 2


def test_each_is_told_to_come_down_where_it_does(pair):
    of, told = pair
    for flight in of.flights:
        (track,) = following(told.lines, flight, of.seen_s(flight.name)).tracks
        mine = [line for line in told.lines if line.track == track]
        moment_s = marks_s(flight)["impact-60s"]
        impact = last_before(mine, moment_s).impact
        # The drag of a body of 3,000 to 9,000 kg/m2, of which the prior knows 6,000, moves the
        # impact by some hundreds of metres that no sensor sees before it is felt.
        off_m, _ = distance_and_azimuth(flight.impact.place, _place(impact))
        assert of_ellipse(impact, flight.impact.place) <= 1.5 or off_m < 1e3


def _place(told):
    return Place(told.lat_deg, told.lon_deg)
