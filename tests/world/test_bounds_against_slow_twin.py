"""The impact bound against a slow, obvious twin, and the properties that any such bound has."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from commonwatch.trajectory.kernels import arc
from commonwatch.trajectory.kernels.geodesy import enu_from_ecef_rotation
from commonwatch.world.bounds import impact_bounds
from commonwatch.world.flight import coast_to_ground
from commonwatch.world.notional_sensors import notional_sensors
from commonwatch.world.sensing import observe, sight, site_of
from commonwatch.world.staged_flight import Parting, part
from tests.world.builders import short_flight

MARK = "burnout+120s"


def measured(one, state):
    """Azimuth and elevation (rad), range, range rate of one state: what a plot would say."""
    look = sight(site_of(one), state[None, :])
    return np.array(
        [look.azimuth_rad[0], look.elevation_rad[0], look.range_m[0], look.range_rate_m_s[0]]
    )


def slow_semi_axes(flight, sensors, seen, until_s):
    """Every plot's measurement derived by the whole state and all biases, one number at a time."""
    start_s = flight.burnout_s + 5.0
    start = flight.state_after_burnout()
    inverse = 1.0 / flight.ballistic_coefficient_kg_m2
    nudges = np.array([10.0, 10.0, 10.0, 0.01, 0.01, 0.01])
    by_id = {one.id: one for one in sensors}
    unknowns = 6 + 4 * len(sensors)
    information = np.zeros((unknowns, unknowns))

    def at(nudged, after_s):
        out = np.empty(6)
        assert arc.coast(nudged, inverse, after_s, out) == arc.DONE
        return out

    for plot, label in zip(seen.plots, seen.labels, strict=True):
        after_s = plot.time_s - flight.lift_off_s - start_s
        if label is None or plot.sensor not in by_id or not 0.0 <= after_s <= until_s - start_s:
            continue
        one = by_id[plot.sensor]
        first = 6 + 4 * sensors.index(one)
        cosine = math.cos(measured(one, at(start, after_s))[1])
        rows = np.zeros((4, unknowns))
        for k in range(6):
            step = np.zeros(6)
            step[k] = nudges[k]
            rows[:, k] = measured(one, at(start + step, after_s))
            rows[:, k] -= measured(one, at(start - step, after_s))
            rows[:, k] /= 2.0 * nudges[k]
        rows[0, first] = 1.0 / cosine
        rows[1, first + 1] = 1.0
        rows[2, first + 2] = 1.0
        # A clock that is late by c tells at t what it measured at t - c.
        late, early = (measured(one, at(start, after_s - c)) for c in (0.01, -0.01))
        rows[:, first + 3] = (late - early) / 0.02
        sigmas = [
            math.radians(one.sigma_azimuth_deg) / cosine,
            math.radians(one.sigma_elevation_deg),
            one.sigma_range_m or math.inf,
            one.sigma_range_rate_m_s or math.inf,
        ]
        white = rows / np.array(sigmas)[:, None]
        information += white.T @ white
    for number, one in enumerate(sensors):
        prior = [
            math.radians(one.bias_sigma_azimuth_deg),
            math.radians(one.bias_sigma_elevation_deg),
            one.bias_sigma_range_m,
            one.clock_sigma_s,
        ]
        for k, sigma in enumerate(prior):
            information[6 + 4 * number + k, 6 + 4 * number + k] += 1.0 / max(sigma, 1e-9) ** 2
    scale = 1.0 / np.sqrt(np.diag(information))
    covariance = scale[:, None] * np.linalg.inv(information * np.outer(scale, scale)) * scale
    axes = np.empty((3, 3))
    place = flight.impact.place
    enu_from_ecef_rotation(math.radians(place.lat_deg), math.radians(place.lon_deg), axes)
    ground = np.empty((2, 6))
    for k in range(6):
        step = np.zeros(6)
        step[k] = nudges[k]
        ends = [coast_to_ground(start + sign * step, inverse) for sign in (1.0, -1.0)]
        places = [end[arc.IMPACT_STATE : arc.IMPACT_STATE + 3] for end in ends]
        ground[:, k] = axes[:2] @ (places[0] - places[1]) / (2.0 * nudges[k])
    return np.sqrt(np.linalg.eigvalsh(ground @ covariance[:6, :6] @ ground.T))[::-1]


def with_bias(one, range_m, angle_deg, clock_s=0.0):
    return replace(
        one,
        bias_sigma_range_m=range_m,
        bias_sigma_azimuth_deg=angle_deg,
        bias_sigma_elevation_deg=angle_deg,
        clock_sigma_s=clock_s,
    )


@pytest.mark.parametrize(
    "bias",
    [(0.0, 0.0, 0.0), (20.0, 0.05, 0.0), (0.0, 0.0, 0.15), (20.0, 0.05, 0.2)],
    ids=["exact", "biased", "clocked", "biased and clocked"],
)
@pytest.mark.parametrize("what", ["payload", "spent stage"])
def test_semi_axes_are_those_of_the_slow_twin(bias, what):
    flight = short_flight()
    if what == "spent stage":
        flight = part(flight, Parting("S1", flight.burnout_s - 20.0, np.ones(3), 1200.0))
    sensors = tuple(
        with_bias(one, *bias) for one in notional_sensors() if one.id in {"KOR-1", "KOR-2"}
    )
    # Which plots there are must not depend on the errors, about the truth of which all is linear.
    exact = tuple(with_bias(one, 0.0, 0.0) for one in sensors)
    seen = observe((flight,), exact, np.random.default_rng(1))
    fast = impact_bounds((flight,), sensors, seen)[flight.name]["ALL"][MARK]
    slow = slow_semi_axes(flight, sensors, seen, flight.burnout_s + 120.0)
    assert fast["semi_axes_m"] == pytest.approx(slow, rel=2e-3, abs=0.06)


def test_an_unknown_clock_moves_no_impact_of_one_radar_and_costs_where_two_must_agree():
    """Gravity, air and the Earth's turning are steady: late by c, the same arc is flown, later."""
    flight = short_flight()
    radars = tuple(one for one in notional_sensors() if one.id in {"KOR-1", "KOR-2"})
    seen = observe((flight,), radars, np.random.default_rng(1))
    axes = {}
    for clock_s in (0.0, 0.05, 0.2):
        late = tuple(replace(one, clock_sigma_s=clock_s) for one in radars)
        for group in (late, late[:1]):
            bound = impact_bounds((flight,), group, seen)[flight.name]["ALL"]["burnout+60s"]
            axes[len(group), clock_s] = bound["semi_axes_m"]
    assert axes[1, 0.0] == pytest.approx(axes[1, 0.2], rel=1e-3)
    areas = [math.prod(axes[2, clock_s]) for clock_s in (0.0, 0.05, 0.2)]
    assert areas[0] < 0.9 * areas[1] < areas[1] < areas[2] < math.prod(axes[1, 0.2])


def test_more_plots_more_nations_and_fewer_biases_never_make_it_worse():
    flight = short_flight()
    sensors = notional_sensors()
    seen = observe((flight,), sensors, np.random.default_rng(1))
    bounds = impact_bounds((flight,), sensors, seen)[flight.name]
    marks = [*bounds["ALL"]]
    for earlier, later in pairwise(marks):
        if bounds["ALL"][earlier]["at_s"] <= bounds["ALL"][later]["at_s"]:
            assert bounds["ALL"][later]["semi_axes_m"] <= bounds["ALL"][earlier]["semi_axes_m"]
    for group in ("JPN", "KOR"):
        for mark, bound in bounds[group].items():
            for all_axis, axis in zip(
                bounds["ALL"][mark]["semi_axes_m"], bound["semi_axes_m"], strict=True
            ):
                assert all_axis <= axis
    previous = bounds["ALL"][MARK]["semi_axes_m"]
    for size in (0.01, 0.05, 0.5):
        biased = tuple(with_bias(one, 1000.0 * size, size) for one in sensors)
        now = impact_bounds((flight,), biased, seen)[flight.name]["ALL"][MARK]["semi_axes_m"]
        assert now[0] > previous[0]
        assert now[1] >= previous[1]
        previous = now


def test_a_nation_without_plots_after_burnout_has_no_bound():
    flight = short_flight()
    sensors = notional_sensors()
    seen = observe((flight,), sensors, np.random.default_rng(1))
    assert "USA" not in impact_bounds((flight,), sensors, seen)[flight.name]


def test_two_directions_determine_no_state_of_six_numbers():
    flight = short_flight()
    radar = next(one for one in notional_sensors() if one.id == "KOR-1")
    blind = replace(radar, sigma_range_m=None, scan_period_s=70.0, detection_probability=1.0)
    seen = observe((flight,), (blind,), np.random.default_rng(1))
    bounds = impact_bounds((flight,), (blind,), seen)[flight.name]["ALL"]
    assert "burnout+60s" not in bounds
    assert bounds["impact-60s"]["plots"] >= 3
