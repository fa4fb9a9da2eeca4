"""The yardstick's physics: gravity to J2 and rotation, one classical Runge-Kutta step, compiled.

No air, no layers, no checks: what any filter of a lofted arc must at least compute.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from commonwatch.trajectory.kernels.dynamics import WGS84_ROTATION_RAD_S
from commonwatch.trajectory.kernels.gravity import EGM96_J2, EGM96_RADIUS_M, WGS84_GM_M3_S2
from commonwatch.trajectory.kernels.jit import kernel

Array = NDArray[np.float64]
STATES = 6


@kernel
def acceleration(state: Array, out: Array) -> None:
    """Fill the ECEF acceleration (3,), m/s2; Vallado, 4th ed., section 8.7.1, J2 alone."""
    x, y, z = state[0], state[1], state[2]
    inverse_r2 = 1.0 / (x * x + y * y + z * z)
    inverse_r = math.sqrt(inverse_r2)
    k = -WGS84_GM_M3_S2 * inverse_r2 * inverse_r
    j = 1.5 * EGM96_J2 * EGM96_RADIUS_M * EGM96_RADIUS_M * inverse_r2
    s2 = z * z * inverse_r2
    level = k * (1.0 + j * (1.0 - 5.0 * s2))
    w = WGS84_ROTATION_RAD_S
    out[0] = (level + w * w) * x + 2.0 * w * state[4]
    out[1] = (level + w * w) * y - 2.0 * w * state[3]
    out[2] = k * (1.0 + j * (3.0 - 5.0 * s2)) * z


@kernel
def carried(state: Array, duration_s: float, out: Array) -> None:
    """Fill the state (6,) that long later: one Runge-Kutta step of order 4."""
    a1, a2, a3, a4 = np.empty(3), np.empty(3), np.empty(3), np.empty(3)
    at = np.empty(STATES)
    h, half = duration_s, 0.5 * duration_s
    acceleration(state, a1)
    for k in range(3):
        at[k] = state[k] + half * state[3 + k]
        at[3 + k] = state[3 + k] + half * a1[k]
    acceleration(at, a2)
    for k in range(3):
        at[k] = state[k] + half * (state[3 + k] + half * a1[k])
        at[3 + k] = state[3 + k] + half * a2[k]
    acceleration(at, a3)
    for k in range(3):
        at[k] = state[k] + h * (state[3 + k] + half * a2[k])
        at[3 + k] = state[3 + k] + h * a3[k]
    acceleration(at, a4)
    for k in range(3):
        v = state[3 + k]
        out[k] = state[k] + h * (v + h / 6.0 * (a1[k] + a2[k] + a3[k]))
        out[3 + k] = v + h / 6.0 * (a1[k] + 2.0 * a2[k] + 2.0 * a3[k] + a4[k])


@kernel
def transition(state: Array, duration_s: float, out: Array) -> None:
    """Fill the slope (6, 6) of `carried` for a short duration: I + F h + F F h h / 2.

    F has the gradient of a point mass's gravity, and the turning frame.
    """
    x, y, z = state[0], state[1], state[2]
    r2 = x * x + y * y + z * z
    k = -WGS84_GM_M3_S2 / (r2 * math.sqrt(r2))
    w = WGS84_ROTATION_RAD_S
    h, square = duration_s, 0.5 * duration_s * duration_s
    out[:] = 0.0
    for i in range(3):
        for j in range(3):
            gradient = -3.0 * k * state[i] * state[j] / r2
            if i == j:
                gradient += k + (w * w if i < 2 else 0.0)
            out[i, j] = square * gradient
            out[3 + i, j] = h * gradient
            out[3 + i, 3 + j] = square * gradient
        out[i, i] += 1.0
        out[i, 3 + i] = h
        out[3 + i, 3 + i] += 1.0
    turn = 2.0 * w
    out[0, 4] += square * turn
    out[1, 3] -= square * turn
    out[3, 4] += h * turn
    out[4, 3] -= h * turn
    # Of F F: the frame's turning of the gradient's force, and of itself.
    for j in range(3):
        first, second = out[3, j], out[4, j]
        out[3, j] += 0.5 * h * turn * second
        out[4, j] -= 0.5 * h * turn * first
    out[3, 3] -= square * turn * turn
    out[4, 4] -= square * turn * turn
