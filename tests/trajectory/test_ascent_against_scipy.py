"""The compiled ascent against SciPy's DOP853, integrated in an inertial frame by another route."""

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from commonwatch.errors import UnusableInput
from commonwatch.trajectory.ascent import Booster, Stage, Steering, fly_ascent
from commonwatch.trajectory.kernels.atmosphere import air_density
from commonwatch.trajectory.kernels.geodesy import ecef_from_geodetic, geodetic_from_ecef
from commonwatch.trajectory.kernels.gravity import gravity_j4

ROTATION = np.array([0.0, 0.0, 7.292115e-5])
THREE = Booster(
    "three",
    (
        Stage(80.0, 20.0, 2.75, 6000.0),
        Stage(80.0, 25.0, 3.4, 6500.0),
        Stage(90.0, 28.0, 3.0357, 7000.0),
    ),
)
ONE = Booster("one", (Stage(85.0, 28.0, 3.0357, 4500.0),))


def turned(angle):
    return np.array(
        [
            [math.cos(angle), -math.sin(angle), 0.0],
            [math.sin(angle), math.cos(angle), 0.0],
            [0.0, 0.0, 1.0],
        ]
    )


def inertial_right_hand_side(lat, lon, booster, steering):
    """Newton in the frame frozen at lift-off: what the kernel does in the turning one."""
    la, lo, az = math.radians(lat), math.radians(lon), math.radians(steering.azimuth_deg)
    up = np.array([math.cos(la) * math.cos(lo), math.cos(la) * math.sin(lo), math.sin(la)])
    east = np.cross([0.0, 0.0, 1.0], up)
    east /= np.linalg.norm(east)
    flat = math.sin(az) * east + math.cos(az) * np.cross(up, east)
    starts = np.cumsum([0.0] + [stage.burn_s for stage in booster.stages])

    def slope(t, y):
        position, velocity = y[:3], y[3:]
        fixed = turned(-ROTATION[2] * t) @ position
        gravity = turned(ROTATION[2] * t) @ np.array(gravity_j4(*fixed))
        height = geodetic_from_ecef(*fixed)[2]
        wind = velocity - np.cross(ROTATION, position)
        number = min(int(np.searchsorted(starts, t, side="right")) - 1, len(booster.stages) - 1)
        stage = booster.stages[number]
        drag = -0.5 * air_density(height) * np.linalg.norm(wind) * wind
        share = (t - starts[number]) / stage.burn_s
        thrust = stage.initial_acceleration_m_s2 / (1.0 - (1.0 - 1.0 / stage.mass_ratio) * share)
        over = (t - steering.vertical_s) / (steering.pitch_over_end_s - steering.vertical_s)
        elevation = math.radians(90.0 + min(max(over, 0.0), 1.0) * (steering.elevation_deg - 90.0))
        direction = math.cos(elevation) * flat + math.sin(elevation) * up
        total = gravity + drag / stage.ballistic_coefficient_kg_m2 + thrust * direction
        return np.concatenate([velocity, total])

    return slope


def flown_by_scipy(lat, lon, height, booster, steering, cutoff):
    start = np.array(ecef_from_geodetic(math.radians(lat), math.radians(lon), height))
    state = np.concatenate([start, np.cross(ROTATION, start)])
    slope = inertial_right_hand_side(lat, lon, booster, steering)
    stops = {0.0, cutoff, steering.vertical_s, steering.pitch_over_end_s}
    stops |= set(np.cumsum([stage.burn_s for stage in booster.stages]))
    stops = sorted(stop for stop in stops if stop <= cutoff)
    for begin, end in pairwise(stops):
        # A hair inside each leg, so that the stage read at its end is the one that burnt.
        part = solve_ivp(
            slope, (begin, end - 1e-9), state, "DOP853", rtol=1e-11, atol=1e-6, max_step=1.0
        )
        state = part.y[:, -1]
    back = turned(-ROTATION[2] * cutoff)
    velocity = state[3:] - np.cross(ROTATION, state[:3])
    return np.concatenate([back @ state[:3], back @ velocity])


@pytest.mark.parametrize(
    ("lat", "lon", "height", "booster", "steering", "cutoff"),
    [
        (39.2, 125.67, 50.0, THREE, Steering(6.0, 40.0, 82.05, 71.58), 241.652),
        (-61.9, -179.97, 900.0, THREE, Steering(4.3, 51.7, 35.0, 290.0), 250.0),
        (78.1, 179.99, 0.0, ONE, Steering(4.0, 25.0, 36.6, 181.0), 80.2),
        (0.0, 0.0, 0.0, ONE, Steering(0.0, 10.0, 60.0, 90.0), 33.3),
    ],
)
def test_burnout_state_is_that_of_dop853(lat, lon, height, booster, steering, cutoff):
    ascent = fly_ascent(lat, lon, height, booster, steering, cutoff)
    expected = flown_by_scipy(lat, lon, height, booster, steering, cutoff)
    difference = ascent.states_ecef[-1] - expected
    assert np.linalg.norm(difference[:3]) < 0.05
    assert np.linalg.norm(difference[3:]) < 0.001


def test_a_slow_twin_with_tiny_steps_gives_the_same():
    """Step length is no part of the answer: output every 7 s and every 0.05 s agree."""
    steering = Steering(6.0, 40.0, 70.0, 45.0)
    coarse = fly_ascent(10.0, 20.0, 0.0, THREE, steering, step_s=7.0)
    fine = fly_ascent(10.0, 20.0, 0.0, THREE, steering, step_s=0.05)
    shared = np.searchsorted(fine.times_s, coarse.times_s - 1e-6)
    difference = coarse.states_ecef - fine.states_ecef[shared]
    assert np.abs(difference[:, :3]).max() < 0.05
    assert np.abs(difference[:, 3:]).max() < 0.001


def test_without_air_and_far_from_start_the_rocket_equation_holds():
    """Above the air, gravity taken off, a stage gains exhaust velocity times ln(mass ratio)."""
    stage = Stage(60.0, 30.0, 3.0, 6000.0)
    long = Booster("long", (Stage(100.0, 30.0, 2.0, 6000.0), stage))
    steering = Steering(1.0, 2.0, 90.0, 0.0)
    ascent = fly_ascent(0.0, 0.0, 0.0, long, steering)
    high = ascent.times_s >= 100.0
    times, states = ascent.times_s[high], ascent.states_ecef[high]
    pull = np.array([np.linalg.norm(gravity_j4(*state[:3])) for state in states])
    spin = ROTATION[2]
    # Radial equation on the equator, in the turning frame: centrifugal and Coriolis help the climb.
    helping = spin**2 * np.hypot(states[:, 0], states[:, 1]) + 2.0 * spin * states[:, 4]
    gained = states[-1, 3] - states[0, 3] + np.trapezoid(pull - helping, times)
    exhaust = 30.0 * 60.0 / (1.0 - 1.0 / 3.0)
    assert gained == pytest.approx(exhaust * math.log(3.0), rel=2e-3)


def test_states_come_every_step_and_at_each_change_of_thrust():
    ascent = fly_ascent(39.2, 125.67, 50.0, THREE, Steering(6.5, 40.25, 82.0, 71.0), 241.652)
    assert np.all(np.diff(ascent.times_s) > 0.0)
    assert {0.0, 1.0, 80.0, 160.0, 241.0, 241.652} <= set(ascent.times_s)
    assert 6.5 not in ascent.times_s
    assert np.all(ascent.states_ecef[0, 3:] == 0.0)


@pytest.mark.parametrize(
    ("booster", "steering", "cutoff", "reason"),
    [
        (Booster("x", ()), Steering(6.0, 40.0, 80.0, 0.0), None, "no stage"),
        (
            Booster("x", (Stage(80.0, 20.0, 1.0, 6e3),)),
            Steering(6.0, 40.0, 80.0, 0.0),
            None,
            "mass",
        ),
        (Booster("x", (Stage(80.0, 9.0, 2.0, 6e3),)), Steering(6.0, 40.0, 80.0, 0.0), None, "lift"),
        (ONE, Steering(40.0, 6.0, 80.0, 0.0), None, "pitch-over"),
        (ONE, Steering(6.0, 40.0, math.nan, 0.0), None, "elevation"),
        (ONE, Steering(6.0, 40.0, 80.0, 0.0), 86.0, "cutoff"),
        (ONE, Steering(6.0, 40.0, 80.0, 0.0), math.nan, "cutoff"),
    ],
)
def test_what_cannot_be_flown_is_refused(booster, steering, cutoff, reason):
    with pytest.raises(UnusableInput, match=reason):
        fly_ascent(39.2, 125.67, 0.0, booster, steering, cutoff)


def test_too_many_states_are_refused():
    with pytest.raises(UnusableInput, match="longer step"):
        fly_ascent(39.2, 125.67, 0.0, ONE, Steering(6.0, 40.0, 80.0, 0.0), step_s=0.001)
