"""A body with lift in the air: it levels off, flies on and may turn, until the ground."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from commonwatch.trajectory.kernels.arc import height_m
from commonwatch.trajectory.kernels.atmosphere import air_density
from commonwatch.trajectory.kernels.dynamics import coast_acceleration
from commonwatch.trajectory.kernels.jit import kernel

NOT_DOWN = -1

# Columns of the row that tells what lift there is.
INVERSE_BALLISTIC_COEFFICIENT = 0
LIFT_OVER_DRAG = 1
LIFT_MAX_M_S2 = 2
# How strongly lift answers a climb rate that is not the one wanted (1/s).
ANSWER_PER_S = 3
BODY_COLUMNS = 4

# Columns of the turns: from when on, and how much to the right (negative: to the left).
TURN_BEGINS_S = 0
TURN_RIGHT_M_S2 = 1
TURN_COLUMNS = 2


@kernel
def asked_right_m_s2(time_s, turns):
    """Acceleration to the right asked for at a time: the last turn begun, 0 before the first."""
    asked = 0.0
    for i in range(turns.shape[0]):
        if time_s >= turns[i, TURN_BEGINS_S]:
            asked = turns[i, TURN_RIGHT_M_S2]
    return asked


@kernel
def lifted_slope(
    state: NDArray[np.float64],
    body: NDArray[np.float64],
    right_m_s2: float,
    slope: NDArray[np.float64],
) -> None:
    """Fill velocity and acceleration (6,): a coast, lift that levels off, and a turn.

    Lift acts across the velocity, and is no more than the air or the body bears. What levels the
    path off comes first; the turn gets what is left.
    """
    coast_acceleration(state, body[INVERSE_BALLISTIC_COEFFICIENT], slope[3:])
    speed = math.sqrt(state[3] ** 2 + state[4] ** 2 + state[5] ** 2)
    radius = math.sqrt(state[0] ** 2 + state[1] ** 2 + state[2] ** 2)
    climb = (state[0] * state[3] + state[1] * state[4] + state[2] * state[5]) / radius
    falling = (state[0] * slope[3] + state[1] * slope[4] + state[2] * slope[5]) / radius
    share = climb / speed**2
    across = np.empty(3)
    for k in range(3):
        slope[k] = state[3 + k]
        across[k] = state[k] / radius - share * state[3 + k]
    length = max(math.sqrt(across[0] ** 2 + across[1] ** 2 + across[2] ** 2), 1e-9)
    density = air_density(height_m(state))
    drag = 0.5 * density * speed**2 * body[INVERSE_BALLISTIC_COEFFICIENT]
    most = min(drag * body[LIFT_OVER_DRAG], body[LIFT_MAX_M_S2])
    lift = min(max(-falling - body[ANSWER_PER_S] * climb, 0.0), most)
    left_over = math.sqrt(max(most * most - lift * lift, 0.0))
    turn = min(max(right_m_s2, -left_over), left_over)
    for k in range(3):
        across[k] /= length
    # To the right of the motion: velocity cross up.
    right = (
        (state[4] * across[2] - state[5] * across[1]) / speed,
        (state[5] * across[0] - state[3] * across[2]) / speed,
        (state[3] * across[1] - state[4] * across[0]) / speed,
    )
    for k in range(3):
        slope[3 + k] += lift * across[k] + turn * right[k]


@kernel
def lifted_step(state, step_s, body, right_m_s2, work, out):
    """One classical Runge-Kutta step into `out`; `work` (5, 6) is scratch memory."""
    lifted_slope(state, body, right_m_s2, work[0])
    for order in range(1, 4):
        share = 1.0 if order == 3 else 0.5
        for k in range(6):
            work[4, k] = state[k] + share * step_s * work[order - 1, k]
        lifted_slope(work[4], body, right_m_s2, work[order])
    for k in range(6):
        total = work[0, k] + 2.0 * work[1, k] + 2.0 * work[2, k] + work[3, k]
        out[k] = state[k] + step_s * total / 6.0


@kernel
def lifted_path(
    body: NDArray[np.float64],
    turns: NDArray[np.float64],
    step_s: float,
    states: NDArray[np.float64],
    times_s: NDArray[np.float64],
) -> int:
    """Fly on from `states[0]` (n, 6 ECEF) in equal steps until the ground, the last one cut short.

    Fills rows and their times from 0 on, which turns are counted from as well; a turn begins at a
    step. Returns the number of rows; NOT_DOWN where they do not suffice.
    """
    work = np.empty((5, 6))
    times_s[0] = 0.0
    for i in range(1, states.shape[0]):
        begun_s = (i - 1) * step_s
        right_m_s2 = asked_right_m_s2(begun_s, turns)
        lifted_step(states[i - 1], step_s, body, right_m_s2, work, states[i])
        times_s[i] = begun_s + step_s
        below = height_m(states[i])
        if below <= 0.0:
            above = height_m(states[i - 1])
            part_s = step_s * above / (above - below)
            lifted_step(states[i - 1], part_s, body, right_m_s2, work, states[i])
            times_s[i] = begun_s + part_s
            return i + 1
    return NOT_DOWN
