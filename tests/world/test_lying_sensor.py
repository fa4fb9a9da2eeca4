"""A sensor that lies: by as much as told, from the moment told on, and nobody else does."""

from dataclasses import replace

import numpy as np
import pytest

from commonwatch.errors import UnusableInput
from commonwatch.world.lying_sensor import LIES, draw_lie, watch_of
from commonwatch.world.notional_sensors import notional_sensors
from commonwatch.world.pass_folder import truth_record
from commonwatch.world.random_passes import draw_scene
from commonwatch.world.scene import Scene
from commonwatch.world.sensing import observe
from commonwatch.world.sensor_errors import Lie, SensorBias
from tests.world.builders import (
    columns,
    lofted_flight,
    looks_through_pyproj,
    sensor,
    short_flight,
)

ALL_AT_ONCE = SensorBias(3000.0, 0.4, 1.0, 0.0)


@pytest.mark.parametrize("begins", [None, 100.0])
def test_it_errs_as_told_from_the_moment_told(begins):
    """Residuals against PROJ's own frames: none before, all of the error from then on."""
    flight, one = short_flight(), sensor("KOR-2", false_plots_per_scan=0.0)
    from_s = None if begins is None else flight.lift_off_s + begins
    lie = Lie("KOR-2", from_s, ALL_AT_ONCE)
    seen = observe((flight,), (one,), np.random.default_rng(1), (lie,))
    assert seen.lies == (lie,)
    times, azimuth, elevation, distance = columns(seen.plots)[:4]
    after = times - flight.lift_off_s
    true = looks_through_pyproj(one, flight.states_at(after))
    lying = np.ones(after.size, dtype=bool) if begins is None else after >= begins
    assert lying.sum() > 50
    assert begins is None or (~lying).sum() > 10
    off_range = distance - true[2]
    off_elevation = elevation - true[1]
    off_azimuth = ((azimuth - true[0] + 180.0) % 360.0 - 180.0) * np.cos(np.radians(true[1]))
    for rows, share in ((lying, 1.0), (~lying, 0.0)):
        if not rows.any():
            continue
        few = 5.0 / np.sqrt(rows.sum())
        assert off_range[rows].mean() == pytest.approx(3000.0 * share, abs=20.0 * few)
        assert off_elevation[rows].mean() == pytest.approx(1.0 * share, abs=0.05 * few)
        assert off_azimuth[rows].mean() == pytest.approx(0.4 * share, abs=0.05 * few)


def test_a_clock_that_lies_tells_late_times_and_the_plots_stay_in_order():
    flight = short_flight()
    sensors = (sensor("KOR-1"), sensor("KOR-2"))
    lie = Lie("KOR-1", None, SensorBias(0.0, 0.0, 0.0, 1.5))
    honest = observe((flight,), sensors, np.random.default_rng(1))
    seen = observe((flight,), sensors, np.random.default_rng(1), (lie,))
    assert [plot.time_s for plot in seen.plots] == sorted(plot.time_s for plot in seen.plots)

    def times(which, name):
        rows = zip(which.plots, which.labels, strict=True)
        return np.array([p.time_s for p, label in rows if p.sensor == name and label])

    assert times(seen, "KOR-1") - times(honest, "KOR-1") == pytest.approx(1.5, abs=1e-5)
    assert np.array_equal(times(seen, "KOR-2"), times(honest, "KOR-2"))


def test_only_a_radar_that_sees_the_flight_for_a_minute_is_drawn():
    sensors = notional_sensors()
    assert watch_of(lofted_flight(), sensor("USA-1")) is None
    assert watch_of(short_flight(), sensor("KOR-1", max_range_m=1000.0)) is None
    drawn = {draw_lie(lofted_flight(), sensors, np.random.default_rng(n)) for n in range(60)}
    assert len({lie.sensor for lie in drawn}) == 5
    assert {lie.error for lie in drawn} == set(LIES)
    begins = [lie.from_s for lie in drawn]
    assert None in begins
    for lie in drawn:
        if lie.from_s is not None:
            watch = watch_of(lofted_flight(), sensor(lie.sensor))
            assert watch.first_s <= lie.from_s <= watch.last_s
    blind = tuple(replace(one, max_range_m=1000.0) for one in sensors)
    with pytest.raises(UnusableInput, match="none can lie"):
        draw_lie(lofted_flight(), blind, np.random.default_rng(1))


def test_the_sensors_file_does_not_say_who_lies_and_the_truth_does():
    scene = draw_scene("lying", 0, np.random.default_rng(3))
    (lie,) = scene.observation.lies
    told = truth_record(scene, scene.flights[0].lift_off_s)["undeclared_errors"]
    assert [row["sensor"] for row in told] == [lie.sensor]
    honest = draw_scene("lofted", 0, np.random.default_rng(3))
    for one in scene.sensors:
        like = next(other for other in honest.sensors if other.id == one.id)
        assert (one.bias_sigma_range_m, one.clock_sigma_s) == (0.0, 0.0)
        assert one.sigma_range_m == like.sigma_range_m
    plain = Scene(scene.name, scene.flights, scene.sensors, replace(scene.observation, lies=()))
    assert "undeclared_errors" not in truth_record(plain, scene.flights[0].lift_off_s)
