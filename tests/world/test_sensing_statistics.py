"""What the simulated sensors say has the statistics that sensors.toml promises."""

import math

import numpy as np
import pytest
from scipy import stats

from commonwatch.errors import UnusableInput
from commonwatch.trajectory.kernels.geodesy import geodetic_from_ecef
from commonwatch.world.notional_sensors import notional_sensors
from commonwatch.world.sensing import (
    LISTEN_AFTER_S,
    LISTEN_BEFORE_S,
    OPAQUE_TO_M,
    SCAN_WANDER,
    observe,
    sight,
    site_of,
)
from commonwatch.world.sensor_errors import NO_BIAS
from tests.world.builders import (
    LIFT_OFF_S,
    columns,
    lofted_flight,
    looks_through_pyproj,
    sensor,
    short_flight,
)

# A figure outside its two-sided band at this level would be a fault; the seeds are fixed.
LEVEL = 1e-4


def true_plots(seen, name):
    return [
        plot
        for plot, label in zip(seen.plots, seen.labels, strict=True)
        if label is not None and plot.sensor == name
    ]


def errors_in_sigmas(one, flight, plots):
    """Errors (n, m) of what a sensor measures, the truth taken through PROJ, over its sigmas."""
    times, azimuth, elevation, distance, rate = columns(plots)
    states = flight.states_at(times - flight.lift_off_s)
    true_azimuth, true_elevation, true_range = looks_through_pyproj(one, states)
    turn = (azimuth - true_azimuth + 180.0) % 360.0 - 180.0
    found = [
        turn * np.cos(np.radians(true_elevation)) / one.sigma_azimuth_deg,
        (elevation - true_elevation) / one.sigma_elevation_deg,
    ]
    if one.sigma_range_m is not None:
        found.append((distance - true_range) / one.sigma_range_m)
    if one.sigma_range_rate_m_s is not None:
        later = flight.states_at(times - flight.lift_off_s + 0.01)
        earlier = flight.states_at(times - flight.lift_off_s - 0.01)
        true_rate = (
            looks_through_pyproj(one, later)[2] - looks_through_pyproj(one, earlier)[2]
        ) / 0.02
        found.append((rate - true_rate) / one.sigma_range_rate_m_s)
    return np.array(found).T


@pytest.mark.parametrize("one", notional_sensors(), ids=lambda one: one.id)
def test_errors_are_normal_with_the_sigmas_told(one):
    flight = lofted_flight()
    seen = observe((flight,), (one,), np.random.default_rng(7))
    errors = errors_in_sigmas(one, flight, true_plots(seen, one.id))
    low, high = stats.chi2.interval(1.0 - LEVEL, errors.size)
    assert low < float(np.sum(errors**2)) < high
    for column in errors.T:
        assert abs(column.mean()) < stats.norm.isf(LEVEL / 2) / math.sqrt(column.size)
        assert stats.kstest(column, "norm").pvalue > LEVEL


def test_each_sensor_measures_only_what_it_measures():
    seen = observe((lofted_flight(),), notional_sensors(), np.random.default_rng(7))
    for one in notional_sensors():
        plots = true_plots(seen, one.id)
        assert plots
        assert {plot.range_m is None for plot in plots} == {one.sigma_range_m is None}
        assert {plot.range_rate_m_s is None for plot in plots} == {one.sigma_range_rate_m_s is None}


def test_detections_are_as_frequent_as_promised():
    one = sensor("JPN-1", max_range_m=1e9, min_elevation_deg=-90.0, detection_probability=0.8)
    flight = lofted_flight()
    plots = true_plots(observe((flight,), (one,), np.random.default_rng(3)), one.id)
    # The Earth hides the first and last minute from it; in between every scan could have seen it.
    times = columns(plots)[0]
    inside = (times > LIFT_OFF_S + 300.0) & (times < LIFT_OFF_S + 3900.0)
    low, high = stats.binom.interval(1.0 - LEVEL, 3600, 0.8)
    assert low <= np.count_nonzero(inside) <= high


def test_scans_keep_their_period_and_wander_little():
    one = sensor("JPN-1", scan_period_s=4.0, detection_probability=1.0)
    times = columns(
        true_plots(observe((lofted_flight(),), (one,), np.random.default_rng(5)), one.id)
    )[0]
    phase = np.angle(np.mean(np.exp(2j * np.pi * times / 4.0))) * 4.0 / (2.0 * np.pi)
    wander = (times - phase + 2.0) % 4.0 - 2.0
    assert np.abs(wander).max() <= 4.0 * SCAN_WANDER * 1.05
    assert np.ptp(wander) > 4.0 * SCAN_WANDER


def test_nothing_is_seen_out_of_reach():
    one = sensor("KOR-1")
    flight = lofted_flight()
    times = columns(true_plots(observe((flight,), (one,), np.random.default_rng(1)), one.id))[0]
    states = flight.states_at(times - LIFT_OFF_S)
    _, elevation, distance = looks_through_pyproj(one, states)
    assert elevation.min() >= one.min_elevation_deg
    assert elevation.min() < one.min_elevation_deg + 0.5
    assert distance.max() <= one.max_range_m
    assert distance.max() > 0.98 * one.max_range_m


def test_the_earth_hides_what_is_behind_it():
    """A sensor on the far side that may look down and as far as it likes sees only what rises."""
    far = sensor("JPN-1", lat_deg=-39.2, lon_deg=-54.33, max_range_m=1e9, min_elevation_deg=-90.0)
    seen = observe((short_flight(),), (far,), np.random.default_rng(1))
    assert not true_plots(seen, far.id)


def test_infrared_sees_burning_above_the_opaque_layer_alone():
    one = sensor("USA-1", scan_period_s=0.5)
    flight = lofted_flight()
    seen = observe((flight,), (one,), np.random.default_rng(2))
    after = columns(true_plots(seen, one.id))[0] - LIFT_OFF_S
    assert after.max() <= flight.burnout_s
    assert after.max() > flight.burnout_s - 3.0
    first = flight.states_at(after[:1])[0]
    height = geodetic_from_ecef(*first[:3])[2]
    assert OPAQUE_TO_M - 60.0 <= height < OPAQUE_TO_M + 1500.0
    # The known passes: first infrared plots 35 to 45 s after lift-off.
    assert 35.0 < after.min() < 45.0


def test_false_plots_are_poisson_and_uniform_over_the_coverage():
    one = sensor("KOR-2", false_plots_per_scan=0.5)
    flight = lofted_flight()
    seen = observe((flight,), (one,), np.random.default_rng(11))
    plots = [p for p, label in zip(seen.plots, seen.labels, strict=True) if label is None]
    duration = flight.times_s[-1] + LISTEN_BEFORE_S + LISTEN_AFTER_S
    low, high = stats.poisson.interval(1.0 - LEVEL, 0.5 * duration)
    assert low <= len(plots) <= high
    times, azimuth, elevation, distance, _ = columns(plots)
    assert stats.kstest(azimuth / 360.0, "uniform").pvalue > LEVEL
    assert stats.kstest((elevation - 1.0) / 69.0, "uniform").pvalue > LEVEL
    assert stats.kstest((distance - 80e3) / 920e3, "uniform").pvalue > LEVEL
    assert times.min() < LIFT_OFF_S
    assert times.max() > LIFT_OFF_S + flight.times_s[-1]


def test_false_infrared_plots_point_at_the_earth():
    one = sensor("USA-1", false_plots_per_scan=1.0)
    seen = observe((short_flight(),), (one,), np.random.default_rng(4))
    elevation = columns(
        [p for p, label in zip(seen.plots, seen.labels, strict=True) if label is None]
    )[2]
    # From geostationary height the Earth's disc has a radius of 8.7 degrees about the nadir.
    assert elevation.max() < -81.2
    assert np.percentile(elevation, 50) == pytest.approx(-90.0 + 8.7 / math.sqrt(2.0), abs=0.6)


def test_biases_are_constant_over_the_pass_and_as_large_as_told():
    flight = lofted_flight()
    drawn = []
    for seed in range(30):
        one = sensor(
            "JPN-2",
            bias_sigma_range_m=20.0,
            bias_sigma_azimuth_deg=0.05,
            bias_sigma_elevation_deg=0.05,
            scan_period_s=5.0,
        )
        seen = observe((flight,), (one,), np.random.default_rng(seed))
        bias = seen.biases[one.id]
        errors = errors_in_sigmas(one, flight, true_plots(seen, one.id))
        sigmas = (one.sigma_azimuth_deg, one.sigma_elevation_deg, one.sigma_range_m)
        told = (bias.azimuth_deg, bias.elevation_deg, bias.range_m)
        for column, sigma, value in zip(errors.T, sigmas, told, strict=True):
            left = column.mean() - value / sigma
            assert abs(left) < stats.norm.isf(LEVEL / 2) / math.sqrt(column.size)
        drawn += [bias.azimuth_deg / 0.05, bias.elevation_deg / 0.05, bias.range_m / 20.0]
    low, high = stats.chi2.interval(1.0 - LEVEL, len(drawn))
    assert low < float(np.sum(np.square(drawn))) < high


def test_a_wrong_clock_shifts_the_times_told():
    """The object of a late clock is told where it was: along-track, range rate times the delay."""
    one = sensor("JPN-1", clock_sigma_s=0.5, sigma_range_m=1e-3)
    flight = lofted_flight()
    seen = observe((flight,), (one,), np.random.default_rng(8))
    late_s = seen.biases[one.id].clock_s
    assert abs(late_s) > 0.05
    times, _, _, distance, _ = columns(true_plots(seen, one.id))
    then = sight(site_of(one), flight.states_at(times - LIFT_OFF_S - late_s))
    assert np.abs(distance - then.range_m).max() < 0.1


def test_the_same_seed_gives_the_same_plots_and_another_one_others():
    flights, sensors = (short_flight(),), notional_sensors()
    first = observe(flights, sensors, np.random.default_rng(1))
    again = observe(flights, sensors, np.random.default_rng(1))
    other = observe(flights, sensors, np.random.default_rng(2))
    assert first == again
    assert first.plots != other.plots
    assert all(bias == NO_BIAS for bias in first.biases.values())
    assert [p.time_s for p in first.plots] == sorted(p.time_s for p in first.plots)


def test_nothing_to_observe_and_too_much_are_refused():
    with pytest.raises(UnusableInput, match="no flight"):
        observe((), notional_sensors(), np.random.default_rng(1))
    hasty = sensor("KOR-1", scan_period_s=0.001)
    with pytest.raises(UnusableInput, match="fewer"):
        observe((lofted_flight(),) * 2, (hasty,), np.random.default_rng(1))
