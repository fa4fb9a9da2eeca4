"""Lift in the air: the compiled path beside a plain twin, what lift may do, and turns."""

import numpy as np
import pytest

from commonwatch.errors import UnusableInput
from commonwatch.trajectory.ascent import Steering
from commonwatch.trajectory.geodesic import Place
from commonwatch.trajectory.kernels import arc, lifted
from commonwatch.trajectory.kernels.atmosphere import air_density
from commonwatch.trajectory.kernels.dynamics import coast_acceleration
from commonwatch.world.boosters import SHORT_RANGE
from commonwatch.world.flight import Lift
from commonwatch.world.gliding_flight import Glide, Turn, body_row, fly_glide, glide_table

SHORT = Lift(
    Place(39.41, 127.53),
    50.0,
    SHORT_RANGE.steered.booster,
    Steering(4.0, 25.0, 36.2, 70.0),
    75.0,
    5000.0,
)
TURNS = (Turn(20.0, 15.0), Turn(45.0, 0.0), Turn(60.0, -25.0), Turn(80.0, 0.0))
GLIDE = Glide(38e3, 2.5, 30.0, TURNS)


def slow_slope(state, glide, coefficient, right_m_s2):
    """Gravity and drag from the coast, lift and turn in vectors."""
    acceleration = np.empty(3)
    coast_acceleration(state, 1.0 / coefficient, acceleration)
    velocity = state[3:]
    speed = np.linalg.norm(velocity)
    up = state[:3] / np.linalg.norm(state[:3])
    across = up - (up @ velocity) / speed**2 * velocity
    across /= np.linalg.norm(across)
    pressure = 0.5 * air_density(arc.height_m(state)) * speed**2
    most = min(glide.lift_over_drag * pressure / coefficient, glide.lift_max_m_s2)
    lift = float(np.clip(-(acceleration @ up) - 0.35 * (velocity @ up), 0.0, most))
    rest = np.sqrt(most**2 - lift**2)
    right = np.cross(velocity / speed, across)
    turn = float(np.clip(right_m_s2, -rest, rest))
    return np.concatenate([velocity, acceleration + lift * across + turn * right])


def slow_path(start, glide, coefficient, step_s, count):
    """Classical Runge-Kutta, Hairer, Norsett and Wanner, Solving ODE I, table 1.2."""
    states = [start]
    for number in range(count - 1):
        begun_s = number * step_s
        right = 0.0
        for turn in glide.turns:
            if begun_s >= turn.begins_s - 1e-9:
                right = turn.right_m_s2
        y = states[-1]
        k1 = slow_slope(y, glide, coefficient, right)
        k2 = slow_slope(y + 0.5 * step_s * k1, glide, coefficient, right)
        k3 = slow_slope(y + 0.5 * step_s * k2, glide, coefficient, right)
        k4 = slow_slope(y + step_s * k3, glide, coefficient, right)
        states.append(y + step_s / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4))
    return np.array(states)


def sinking_state(flight):
    """The state in which lift sets in: from there on the states are a tenth of a second apart."""
    first = int(np.flatnonzero(np.diff(flight.times_s) < 0.1 + 1e-6)[-1])
    while abs(flight.times_s[first] - flight.times_s[first - 1] - 0.1) < 1e-6:
        first -= 1
    return flight.times_s[first], flight.states_ecef[first]


def test_the_compiled_path_is_the_plain_twins():
    _, start = sinking_state(fly_glide("L1", 0.0, SHORT, GLIDE))
    times, states = glide_table(start, body_row(GLIDE, 5000.0), TURNS)
    twin = slow_path(start, GLIDE, 5000.0, 0.1, 1000)
    assert times[:1000] == pytest.approx(0.1 * np.arange(1000), abs=1e-9)
    assert np.max(np.abs(states[:1000, :3] - twin[:, :3])) < 1e-3
    assert np.max(np.abs(states[:1000, 3:] - twin[:, 3:])) < 1e-5


def test_lift_never_exceeds_what_the_air_or_the_limit_gives():
    flight = fly_glide("L1", 0.0, SHORT, GLIDE)
    body, free = body_row(GLIDE, 5000.0), body_row(Glide(38e3, 0.0, 0.0), 5000.0)
    vacuum = free.copy()
    vacuum[lifted.INVERSE_BALLISTIC_COEFFICIENT] = 0.0
    for right_m_s2 in (0.0, 40.0, -8.0):
        for state in flight.states_ecef[flight.times_s > flight.apogee_s][::200]:
            rows = np.empty((3, 6))
            lifted.lifted_slope(state, body, right_m_s2, rows[0])
            lifted.lifted_slope(state, free, 0.0, rows[1])
            lifted.lifted_slope(state, vacuum, 0.0, rows[2])
            lift, drag = (rows[0] - rows[1])[3:], (rows[1] - rows[2])[3:]
            assert np.linalg.norm(lift) <= min(30.0, 2.5 * np.linalg.norm(drag)) * (1.0 + 1e-6)
            assert abs(lift @ state[3:]) <= 1e-6 * np.linalg.norm(state[3:]) + 1e-9


def test_a_turn_to_the_right_leads_to_the_right_and_none_leads_straight_on():
    straight = fly_glide("L1", 0.0, SHORT, Glide(38e3, 2.5, 30.0))
    start_s, start = sinking_state(straight)
    side = np.cross(start[3:], start[:3])
    side /= np.linalg.norm(side)
    ends = {}
    for asked in (0.0, 15.0, -15.0):
        turns = (Turn(30.0, asked), Turn(50.0, 0.0))
        flight = fly_glide("L1", 0.0, SHORT, Glide(38e3, 2.5, 30.0, turns))
        before = flight.states_at(np.array([start_s + 29.9]))[0]
        assert before == pytest.approx(straight.states_at(np.array([start_s + 29.9]))[0], abs=1e-3)
        moved = flight.states_at(np.array([start_s + 70.0]))[0]
        ends[asked] = float((moved[:3] - start[:3]) @ side)
    assert ends[15.0] > ends[0.0] + 2e3
    assert ends[-15.0] < ends[0.0] - 2e3


def test_what_flies_on_for_too_long_is_refused(monkeypatch):
    monkeypatch.setattr("commonwatch.world.gliding_flight.GLIDE_STEPS_MAX", 100)
    with pytest.raises(UnusableInput, match="still in the air"):
        fly_glide("L1", 0.0, SHORT, GLIDE)
