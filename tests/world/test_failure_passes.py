"""Passes after 2022-11-03 and 2023-04-13: the published figures, and how little is seen."""

import functools

import numpy as np
import pytest
from pyproj import Geod

from commonwatch.catalogue.published import load
from commonwatch.utc import parse_utc
from commonwatch.world.failure_passes import LOST_2022_11_03, LOST_2023_04_13
from commonwatch.world.notional_sensors import notional_sensors
from commonwatch.world.random_passes import draw_scene

WGS84 = Geod(ellps="WGS84")


@functools.cache
def scene_of(kind, number):
    return draw_scene(kind, number, np.random.default_rng([1, number]))


def figures(flight):
    launch, impact = flight.launch, flight.impact.place
    _, _, distance_m = WGS84.inv(launch.lon_deg, launch.lat_deg, impact.lon_deg, impact.lat_deg)
    return flight.apogee_height_m / 1e3, distance_m / 1e3


def seen_after_lift_off(scene, *names):
    start_s = scene.flights[0].lift_off_s
    rows = zip(scene.observation.plots, scene.observation.labels, strict=True)
    return np.array([plot.time_s - start_s for plot, label in rows if label in names])


@pytest.mark.parametrize("number", range(3))
def test_2022_11_03_flies_as_published_and_is_lost_about_the_top(number):
    """ROK Joint Chiefs of Staff: 760 km far, 1,920 km up, failed with its second stage."""
    published = load().find("NK20221102-01")
    scene = scene_of(LOST_2022_11_03, number)
    body, first = scene.flights
    apogee_km, range_km = figures(body)
    assert apogee_km == pytest.approx(published.apogee_km, abs=25.0)
    assert range_km == pytest.approx(published.ground_range_km, abs=15.0)
    assert body.lift_off_s == parse_utc(published.launch_time)
    assert body.launch.lat_deg == pytest.approx(published.launch.lat_deg, abs=0.01)
    assert first.parted_s + 10.0 < body.burnout_s
    seen = seen_after_lift_off(scene, "L1")
    assert np.any(seen < body.burnout_s)
    assert seen.max() > body.burnout_s
    assert seen.max() < body.apogee_s + 60.0
    assert body.impact.time_s - seen.max() > 600.0


@pytest.mark.parametrize("number", range(3))
def test_2023_04_13_leaves_few_plots_after_the_last_stage_parted_and_falls_into_the_sea(number):
    """Ministry of Defense of Japan: a track made from limited detections; nothing reached land."""
    scene = scene_of(LOST_2023_04_13, number)
    body = scene.flights[0]
    by_name = {flight.name: flight for flight in scene.flights}
    assert set(by_name) == {"L1", "S1", "S2", "D1"}
    assert by_name["S1"].parted_s < by_name["S2"].parted_s < body.burnout_s
    assert by_name["D1"].parted_s == body.burnout_s
    seen = seen_after_lift_off(scene, "L1", "S2", "D1")
    assert np.count_nonzero(seen < by_name["S2"].parted_s) > 100
    assert 3 <= np.count_nonzero(seen >= by_name["S2"].parted_s) <= 10
    assert seen.max() < by_name["S2"].parted_s + 120.0
    for name in ("L1", "S2", "D1"):
        place = by_name[name].impact.place
        # Between the coasts of Korea and of Japan's main islands at that latitude.
        assert 129.6 < place.lon_deg < 138.5
        assert 39.0 < place.lat_deg < 43.5


@pytest.mark.parametrize("kind", [LOST_2022_11_03, LOST_2023_04_13])
def test_the_sensors_are_the_notional_ones_and_false_plots_stay(kind):
    scene = scene_of(kind, 0)
    assert scene.sensors == notional_sensors()
    last_s = seen_after_lift_off(scene, "L1").max() + scene.flights[0].lift_off_s
    assert any(
        label is None and plot.time_s > last_s
        for plot, label in zip(scene.observation.plots, scene.observation.labels, strict=True)
    )
