"""The bound with the drag known or not, against a slow twin and against what any bound obeys."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest

from commonwatch.trajectory.kernels import arc
from commonwatch.trajectory.kernels.geodesy import enu_from_ecef_rotation
from commonwatch.world.bounds import checkpoints_s, impact_bounds
from commonwatch.world.coast_bounds import coast_bounds, coast_information
from commonwatch.world.flight import coast_to_ground
from commonwatch.world.notional_sensors import notional_sensors
from commonwatch.world.sensing import observe, sight, site_of
from tests.world.builders import short_flight

SIGMA = 0.3
STEPS = np.array([10.0, 10.0, 10.0, 0.01, 0.01, 0.01, 0.01])


@cache
def a_pass():
    flight = short_flight()
    sensors = tuple(one for one in notional_sensors() if one.id in {"KOR-1", "KOR-2"})
    return flight, sensors, observe((flight,), sensors, np.random.default_rng(3))


def own_plots():
    flight, _sensors, seen = a_pass()
    return [
        plot for plot, label in zip(seen.plots, seen.labels, strict=True) if label == flight.name
    ]


@cache
def known():
    flight, sensors, _seen = a_pass()
    moments_s = np.array([*checkpoints_s(flight, flight.impact).values()])
    return coast_information(flight, flight.impact, sensors, own_plots(), moments_s)


def slow_covariance(until_s, sigma):
    """Every plot's measurement derived by state and drag, one number at a time; (7, 7)."""
    flight, sensors, _seen = a_pass()
    by_id = {one.id: one for one in sensors}
    information = np.zeros((7, 7))
    information[6, 6] = sigma**-2
    for plot in own_plots():
        after_s = plot.time_s - flight.lift_off_s - flight.burnout_s - 5.0
        if not 0.0 <= after_s <= until_s - flight.burnout_s - 5.0:
            continue
        one = by_id[plot.sensor]
        elevation = measured(one, slow_state(np.zeros(7), after_s))[1]
        sigmas = [
            math.radians(one.sigma_azimuth_deg) / math.cos(elevation),
            math.radians(one.sigma_elevation_deg),
            one.sigma_range_m or math.inf,
            one.sigma_range_rate_m_s or math.inf,
        ]
        rows = slopes(lambda step, one=one, s=after_s: measured(one, slow_state(step, s)))
        white = rows / np.array(sigmas)[:, None]
        information += white.T @ white
    scale = 1.0 / np.sqrt(np.diag(information))
    return scale[:, None] * np.linalg.inv(information * np.outer(scale, scale)) * scale


def measured(one, state):
    look = sight(site_of(one), state[None, :])
    return np.array(
        [look.azimuth_rad[0], look.elevation_rad[0], look.range_m[0], look.range_rate_m_s[0]]
    )


def slow_start(step):
    """State 5 s after burnout and inverse coefficient, shifted by (7,); the last of a logarithm."""
    flight, _sensors, _seen = a_pass()
    coefficient = flight.ballistic_coefficient_kg_m2 * math.exp(step[6])
    return flight.state_after_burnout() + step[:6], 1.0 / coefficient


def slow_state(step, after_s):
    out = np.empty(6)
    assert arc.coast(*slow_start(step), after_s, out) == arc.DONE
    return out


def slow_ground(step):
    flight, _sensors, _seen = a_pass()
    axes = np.empty((3, 3))
    place = flight.impact.place
    enu_from_ecef_rotation(math.radians(place.lat_deg), math.radians(place.lon_deg), axes)
    end = coast_to_ground(*slow_start(step))
    return axes[:2] @ end[arc.IMPACT_STATE : arc.IMPACT_STATE + 3]


def slopes(function):
    columns = []
    for k in range(7):
        step = np.zeros(7)
        step[k] = STEPS[k]
        columns.append((function(step) - function(-step)) / (2.0 * STEPS[k]))
    return np.column_stack(columns)


@pytest.mark.parametrize("mark", ["burnout+120s", "impact-60s"])
def test_covariances_are_those_of_the_slow_twin(mark):
    flight, _sensors, _seen = a_pass()
    at_s = checkpoints_s(flight, flight.impact)[mark]
    fast = coast_bounds(known(), SIGMA)[[*checkpoints_s(flight, flight.impact)].index(mark)]
    slow = slow_covariance(at_s, SIGMA)
    forward = slopes(lambda step: slow_state(step, at_s - flight.burnout_s - 5.0))
    state = forward @ slow @ forward.T
    scale = np.sqrt(np.diag(state))
    assert fast.state / np.outer(scale, scale) == pytest.approx(
        state / np.outer(scale, scale), abs=2e-3
    )
    ground = slopes(slow_ground)
    assert fast.impact_en_m2 == pytest.approx(ground @ slow @ ground.T, rel=5e-3)


def test_with_the_drag_known_it_is_the_bound_of_a_pass_folder():
    flight, sensors, seen = a_pass()
    told = impact_bounds((flight,), sensors, seen)[flight.name]["ALL"]
    marks = checkpoints_s(flight, flight.impact)
    for mark, bound in zip(marks, coast_bounds(known()), strict=True):
        axes_m = np.sqrt(np.linalg.eigvalsh(bound.impact_en_m2))[::-1]
        assert told[mark]["semi_axes_m"] == pytest.approx(axes_m, rel=1e-3, abs=0.06)
        assert told[mark]["plots"] == bound.plots


def test_to_know_less_of_the_drag_never_makes_it_better():
    before = coast_bounds(known())
    # A prior that is all but certain is one.
    for least, now in zip(before, coast_bounds(known(), 1e-6), strict=True):
        assert now.impact_en_m2 == pytest.approx(least.impact_en_m2, rel=1e-4)
    for sigma in (0.005, 0.05, 0.5, 5.0):
        wider = coast_bounds(known(), sigma)
        for least, now in zip(before, wider, strict=True):
            difference = now.impact_en_m2 - least.impact_en_m2
            assert np.linalg.eigvalsh(difference)[0] > -1e-6 * np.trace(now.impact_en_m2)
            assert np.trace(now.state[:3, :3]) >= (1.0 - 1e-9) * np.trace(least.state[:3, :3])
        before = wider


def test_too_few_plots_and_no_ground():
    flight, sensors, _seen = a_pass()
    moments_s = flight.burnout_s + np.array([5.2, 60.0])
    first = own_plots()[0]
    known_little = coast_information(flight, None, sensors, own_plots(), moments_s)
    nothing, something = coast_bounds(known_little, SIGMA)
    assert nothing is None
    assert something.impact_en_m2 is None
    assert np.linalg.eigvalsh(something.state)[0] > 0.0
    assert coast_bounds(coast_information(flight, None, sensors, [first], moments_s)) == (
        None,
        None,
    )
