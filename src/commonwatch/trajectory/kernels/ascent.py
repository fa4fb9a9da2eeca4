"""Powered flight: Runge-Kutta of order four through thrust, gravity, drag and rotation."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from commonwatch.trajectory.kernels.dynamics import WGS84_ROTATION_RAD_S, coast_acceleration
from commonwatch.trajectory.kernels.jit import kernel

DONE = 0
NOT_FINITE = 1
TOO_MANY_STEPS = 2

# Columns of the stage table that `ascend` reads.
STAGE_START_S = 0
STAGE_ACCELERATION_M_S2 = 1
STAGE_MASS_LOSS_PER_S = 2
STAGE_INVERSE_BALLISTIC_COEFFICIENT = 3
STAGE_COLUMNS = 4

# Columns of the steering row: end of vertical flight, end of the pitch-over, elevation kept then.
STEERING_VERTICAL_S = 0
STEERING_PITCH_OVER_END_S = 1
STEERING_ELEVATION_RAD = 2


@kernel
def thrust_elevation_rad(time_s, steering):
    """Elevation of the thrust: vertical, then falling linearly, then kept."""
    if time_s <= steering[0]:
        return 0.5 * math.pi
    if time_s >= steering[1]:
        return steering[2]
    share = (time_s - steering[0]) / (steering[1] - steering[0])
    return 0.5 * math.pi + share * (steering[2] - 0.5 * math.pi)


@kernel
def powered_acceleration(
    time_s: float,
    state: NDArray[np.float64],
    stage: NDArray[np.float64],
    steering: NDArray[np.float64],
    downrange_and_up: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Fill the ECEF acceleration (m/s2) under thrust; `downrange_and_up` are ECEF at lift-off.

    The thrust direction is inertial (the frame frozen at lift-off), so it is turned back by the
    Earth's rotation since then.
    """
    mass_share = 1.0 - stage[2] * (time_s - stage[0])
    coast_acceleration(state, stage[3], out)
    elevation = thrust_elevation_rad(time_s, steering)
    flat = math.cos(elevation) * stage[1] / mass_share
    steep = math.sin(elevation) * stage[1] / mass_share
    x = flat * downrange_and_up[0, 0] + steep * downrange_and_up[1, 0]
    y = flat * downrange_and_up[0, 1] + steep * downrange_and_up[1, 1]
    z = flat * downrange_and_up[0, 2] + steep * downrange_and_up[1, 2]
    cosine = math.cos(WGS84_ROTATION_RAD_S * time_s)
    sine = math.sin(WGS84_ROTATION_RAD_S * time_s)
    out[0] += cosine * x + sine * y
    out[1] += cosine * y - sine * x
    out[2] += z


@kernel
def powered_step(
    time_s: float,
    step_s: float,
    state: NDArray[np.float64],
    stage: NDArray[np.float64],
    steering: NDArray[np.float64],
    downrange_and_up: NDArray[np.float64],
    work: NDArray[np.float64],
) -> None:
    """One classical Runge-Kutta step in place; `work` (6, 6) is scratch memory."""
    for order in range(4):
        share = 0.0 if order == 0 else (1.0 if order == 3 else 0.5)
        for i in range(6):
            work[4, i] = state[i] + (share * step_s * work[order - 1, i] if order > 0 else 0.0)
        powered_acceleration(
            time_s + share * step_s, work[4], stage, steering, downrange_and_up, work[5]
        )
        for i in range(3):
            work[order, i] = work[4, 3 + i]
            work[order, 3 + i] = work[5, i]
    for i in range(6):
        total = work[0, i] + 2.0 * work[1, i] + 2.0 * work[2, i] + work[3, i]
        state[i] += step_s * total / 6.0


@kernel
def ascend(
    nodes_s: NDArray[np.float64],
    stage_of_leg: NDArray[np.int64],
    stages: NDArray[np.float64],
    steering: NDArray[np.float64],
    downrange_and_up: NDArray[np.float64],
    step_max_s: float,
    steps_max: int,
    states: NDArray[np.float64],
) -> int:
    """Fly from `states[0]` (n, 6 ECEF) at `nodes_s[0]` and write the state at every node.

    Every instant at which the thrust is not smooth must be a node, so that no step straddles it;
    leg i, from node i to node i + 1, burns stage `stage_of_leg[i]`. Returns a status code.
    """
    work = np.zeros((6, 6))
    state = states[0].copy()
    spent = 0
    for leg in range(nodes_s.shape[0] - 1):
        length_s = nodes_s[leg + 1] - nodes_s[leg]
        count = max(1, math.ceil(length_s / step_max_s - 1e-9))
        spent += count
        if spent > steps_max:
            return TOO_MANY_STEPS
        stage = stages[stage_of_leg[leg]]
        step_s = length_s / count
        for i in range(count):
            start_s = nodes_s[leg] + i * step_s
            powered_step(start_s, step_s, state, stage, steering, downrange_and_up, work)
        for i in range(6):
            if not math.isfinite(state[i]):
                return NOT_FINITE
            states[leg + 1, i] = state[i]
    return DONE
