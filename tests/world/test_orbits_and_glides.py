"""Flights that are not simply ballistic: one that reaches orbit, one that pulls up and glides."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from commonwatch.errors import UnusableInput
from commonwatch.trajectory.ascent import Steering
from commonwatch.trajectory.geodesic import Place
from commonwatch.trajectory.kernels import arc
from commonwatch.world.boosters import MIDDLE_RANGE, SHORT_RANGE
from commonwatch.world.bounds import impact_bounds
from commonwatch.world.flight import Lift
from commonwatch.world.gliding_flight import Glide, fly_glide
from commonwatch.world.notional_sensors import notional_sensors
from commonwatch.world.orbital_flight import (
    PERIGEE_MIN_M,
    fly_to_orbit,
    kick_for,
    perigee_heights_m,
)
from commonwatch.world.sensing import observe
from tests.world.builders import sensor

TO_APOGEE = Lift(
    Place(39.66, 124.7),
    50.0,
    MIDDLE_RANGE.steered.booster,
    Steering(6.0, 40.0, 43.0, 180.0),
    184.0,
    6000.0,
)
SHORT = Lift(
    Place(39.41, 127.53),
    50.0,
    SHORT_RANGE.steered.booster,
    Steering(4.0, 25.0, 36.2, 70.0),
    75.0,
    6000.0,
)
GM, SPIN = 3.986004418e14, np.array([0.0, 0.0, 7.292115e-5])


def orbit():
    return fly_to_orbit("S1", 0.0, TO_APOGEE, kick_for(6000.0, 200.0, 6000.0))


def test_it_stays_up_for_a_whole_revolution():
    """Two-body motion by SciPy from the state after the kick: never below the perigee."""
    flight = orbit()
    assert flight.impact is None
    state = flight.states_ecef[-1]
    inertial = np.concatenate([state[:3], state[3:] + np.cross(SPIN, state[:3])])

    def two_bodies(_, y):
        return np.concatenate([y[3:], -GM / np.linalg.norm(y[:3]) ** 3 * y[:3]])

    path = solve_ivp(two_bodies, (0.0, 7000.0), inertial, "DOP853", rtol=1e-10, max_step=30.0)
    lowest = np.linalg.norm(path.y[:3], axis=0).min() - 6378137.0
    # The oblate Earth moves the osculating perigee by some 10 km.
    assert lowest > PERIGEE_MIN_M - 15e3
    assert lowest == pytest.approx(perigee_heights_m(state[None, :])[0], abs=500.0)


def test_infrared_sees_both_burns_and_not_the_coast_between():
    flight = orbit()
    (_, first_end), (second_begin, second_end) = flight.burns_s
    one = sensor("USA-1", scan_period_s=0.5)
    times = np.array([p.time_s for p in observe((flight,), (one,), np.random.default_rng(1)).plots])
    assert np.any(times < first_end)
    assert np.any((times > second_begin) & (times < second_end))
    assert not np.any((times > first_end) & (times < second_begin))
    assert not np.any(times > second_end)


def test_a_kick_too_weak_or_too_late_is_refused():
    with pytest.raises(UnusableInput, match="stronger"):
        fly_to_orbit("S1", 0.0, TO_APOGEE, kick_for(500.0, 100.0, 6000.0))
    with pytest.raises(UnusableInput, match="higher"):
        fly_to_orbit("S1", 0.0, TO_APOGEE, kick_for(6000.0, 2000.0, 6000.0))


def test_it_pulls_up_and_goes_farther_than_it_would_fall():
    ballistic = fly_glide("L1", 0.0, SHORT, Glide(1000.0, 0.01, 0.01))
    glide = fly_glide("L1", 0.0, SHORT, Glide(38e3, 2.5, 30.0))
    assert glide.impact.time_s > ballistic.impact.time_s + 60.0
    late = glide.times_s > glide.apogee_s
    heights = np.array([arc.height_m(state) for state in glide.states_ecef[late]])
    speeds = np.linalg.norm(glide.states_ecef[late, 3:], axis=1)
    level = np.abs(np.diff(heights) / np.diff(glide.times_s[late])) < 2.0
    assert np.count_nonzero(level & (heights[1:] > 3e3) & (heights[1:] < 38e3)) > 100
    assert np.all(np.diff(speeds[heights < 30e3]) < 1.0)
    assert heights[-1] == pytest.approx(0.0, abs=1.0)


def test_a_glide_from_above_the_apogee_is_refused():
    with pytest.raises(UnusableInput, match="lower"):
        fly_glide("L1", 0.0, SHORT, Glide(500e3, 2.5, 30.0))


def test_neither_has_an_impact_bound():
    flights = (orbit(), fly_glide("L1", 0.0, SHORT, Glide(38e3, 2.5, 30.0)))
    seen = observe(flights, notional_sensors(), np.random.default_rng(1))
    assert impact_bounds(flights, notional_sensors(), seen) == {}
