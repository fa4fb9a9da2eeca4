"""One step of the Dormand-Prince method of order 8(5,3) for a coasting body, and one of order 4."""

from __future__ import annotations

import math

import numpy as np
from scipy.integrate import DOP853

from commonwatch.trajectory.kernels.dop853_stages import (
    HAIRER_A,
    STAGES,
    stage_1,
    stage_2,
    stage_3,
    stage_4,
    stage_5,
    stage_6,
    stage_7,
    stage_8,
    stage_9,
    stage_10,
    stage_11,
    step_end,
)
from commonwatch.trajectory.kernels.dynamics import acceleration_in_layer
from commonwatch.trajectory.kernels.jit import borrowing_kernel

HAIRER_E3 = np.ascontiguousarray(DOP853.E3[:STAGES])
HAIRER_E5 = np.ascontiguousarray(DOP853.E5[:STAGES])
HAIRER_E3A = HAIRER_E3 @ HAIRER_A
HAIRER_E5A = HAIRER_E5 @ HAIRER_A
# The others have no weight in an error.
ERROR_STAGES = (0, 3, 4, 5, 6, 7, 8, 9, 10, 11)


@borrowing_kernel
def dop853_step(
    state: np.ndarray,
    inverse_bc_m2_kg: float,
    layer: int,
    h_s: float,
    stages: np.ndarray,
    new: np.ndarray,
) -> None:
    """Fill `new` (6,), the state `h_s` later; `stages` (STAGES, 3) has row 0, gets rows 3 on."""
    b = inverse_bc_m2_kg
    h = h_s
    x, y, z, vx, vy, vz = state[0], state[1], state[2], state[3], state[4], state[5]
    i0, j0, k0 = stages[0, 0], stages[0, 1], stages[0, 2]
    q, qv = stage_1(x, vx, h, i0)
    r, rv = stage_1(y, vy, h, j0)
    s, sv = stage_1(z, vz, h, k0)
    i1, j1, k1 = acceleration_in_layer(q, r, s, qv, rv, sv, b, layer)
    q, qv = stage_2(x, vx, h, i0, i1)
    r, rv = stage_2(y, vy, h, j0, j1)
    s, sv = stage_2(z, vz, h, k0, k1)
    i2, j2, k2 = acceleration_in_layer(q, r, s, qv, rv, sv, b, layer)
    q, qv = stage_3(x, vx, h, i0, i1, i2)
    r, rv = stage_3(y, vy, h, j0, j1, j2)
    s, sv = stage_3(z, vz, h, k0, k1, k2)
    i3, j3, k3 = acceleration_in_layer(q, r, s, qv, rv, sv, b, layer)
    q, qv = stage_4(x, vx, h, i0, i1, i2, i3)
    r, rv = stage_4(y, vy, h, j0, j1, j2, j3)
    s, sv = stage_4(z, vz, h, k0, k1, k2, k3)
    i4, j4, k4 = acceleration_in_layer(q, r, s, qv, rv, sv, b, layer)
    q, qv = stage_5(x, vx, h, i0, i2, i3, i4)
    r, rv = stage_5(y, vy, h, j0, j2, j3, j4)
    s, sv = stage_5(z, vz, h, k0, k2, k3, k4)
    i5, j5, k5 = acceleration_in_layer(q, r, s, qv, rv, sv, b, layer)
    q, qv = stage_6(x, vx, h, i0, i2, i3, i4, i5)
    r, rv = stage_6(y, vy, h, j0, j2, j3, j4, j5)
    s, sv = stage_6(z, vz, h, k0, k2, k3, k4, k5)
    i6, j6, k6 = acceleration_in_layer(q, r, s, qv, rv, sv, b, layer)
    q, qv = stage_7(x, vx, h, i0, i2, i3, i4, i5, i6)
    r, rv = stage_7(y, vy, h, j0, j2, j3, j4, j5, j6)
    s, sv = stage_7(z, vz, h, k0, k2, k3, k4, k5, k6)
    i7, j7, k7 = acceleration_in_layer(q, r, s, qv, rv, sv, b, layer)
    q, qv = stage_8(x, vx, h, i0, i2, i3, i4, i5, i6, i7)
    r, rv = stage_8(y, vy, h, j0, j2, j3, j4, j5, j6, j7)
    s, sv = stage_8(z, vz, h, k0, k2, k3, k4, k5, k6, k7)
    i8, j8, k8 = acceleration_in_layer(q, r, s, qv, rv, sv, b, layer)
    q, qv = stage_9(x, vx, h, i0, i2, i3, i4, i5, i6, i7, i8)
    r, rv = stage_9(y, vy, h, j0, j2, j3, j4, j5, j6, j7, j8)
    s, sv = stage_9(z, vz, h, k0, k2, k3, k4, k5, k6, k7, k8)
    i9, j9, k9 = acceleration_in_layer(q, r, s, qv, rv, sv, b, layer)
    q, qv = stage_10(x, vx, h, i0, i2, i3, i4, i5, i6, i7, i8, i9)
    r, rv = stage_10(y, vy, h, j0, j2, j3, j4, j5, j6, j7, j8, j9)
    s, sv = stage_10(z, vz, h, k0, k2, k3, k4, k5, k6, k7, k8, k9)
    i10, j10, k10 = acceleration_in_layer(q, r, s, qv, rv, sv, b, layer)
    q, qv = stage_11(x, vx, h, i0, i2, i3, i4, i5, i6, i7, i8, i9, i10)
    r, rv = stage_11(y, vy, h, j0, j2, j3, j4, j5, j6, j7, j8, j9, j10)
    s, sv = stage_11(z, vz, h, k0, k2, k3, k4, k5, k6, k7, k8, k9, k10)
    i11, j11, k11 = acceleration_in_layer(q, r, s, qv, rv, sv, b, layer)
    new[0], new[3] = step_end(x, vx, h, i0, i3, i4, i5, i6, i7, i8, i9, i10, i11)
    new[1], new[4] = step_end(y, vy, h, j0, j3, j4, j5, j6, j7, j8, j9, j10, j11)
    new[2], new[5] = step_end(z, vz, h, k0, k3, k4, k5, k6, k7, k8, k9, k10, k11)
    stages[3, 0], stages[3, 1], stages[3, 2] = i3, j3, k3
    stages[4, 0], stages[4, 1], stages[4, 2] = i4, j4, k4
    stages[5, 0], stages[5, 1], stages[5, 2] = i5, j5, k5
    stages[6, 0], stages[6, 1], stages[6, 2] = i6, j6, k6
    stages[7, 0], stages[7, 1], stages[7, 2] = i7, j7, k7
    stages[8, 0], stages[8, 1], stages[8, 2] = i8, j8, k8
    stages[9, 0], stages[9, 1], stages[9, 2] = i9, j9, k9
    stages[10, 0], stages[10, 1], stages[10, 2] = i10, j10, k10
    stages[11, 0], stages[11, 1], stages[11, 2] = i11, j11, k11


@borrowing_kernel
def fill_first_stage(
    state: np.ndarray, inverse_bc_m2_kg: float, layer: int, stages: np.ndarray
) -> None:
    """Fill row 0 of `stages` (STAGES, 3), the acceleration at `state`, for `dop853_step`."""
    stages[0, 0], stages[0, 1], stages[0, 2] = acceleration_in_layer(
        state[0], state[1], state[2], state[3], state[4], state[5], inverse_bc_m2_kg, layer
    )


@borrowing_kernel
def dop853_error(h_s: float, stages: np.ndarray, scale_m: float, scale_m_s: float) -> float:
    """Error norm of the step just made, in units of the scales: good up to 1."""
    e5 = 0.0
    e3 = 0.0
    per_velocity = 1.0 / scale_m_s
    per_position = h_s / scale_m
    for k in range(3):
        s5 = s3 = t5 = t3 = 0.0
        for j in ERROR_STAGES:
            s5 += HAIRER_E5[j] * stages[j, k]
            s3 += HAIRER_E3[j] * stages[j, k]
            t5 += HAIRER_E5A[j] * stages[j, k]
            t3 += HAIRER_E3A[j] * stages[j, k]
        e5 += (s5 * per_velocity) ** 2 + (t5 * per_position) ** 2
        e3 += (s3 * per_velocity) ** 2 + (t3 * per_position) ** 2
    if e5 == 0.0 and e3 == 0.0:
        return 0.0
    return abs(h_s) * e5 / math.sqrt((e5 + 0.01 * e3) * 6.0)


@borrowing_kernel
def rk4_step(
    state: np.ndarray,
    inverse_bc_m2_kg: float,
    layer: int,
    h_s: float,
    stages: np.ndarray,
    new: np.ndarray,
) -> None:
    """Fill `new` (6,) with the state `h_s` later by the classical method of order 4.

    Row 0 of `stages` is given. `new` may be `state` itself.
    """
    x, y, z, vx, vy, vz = state[0], state[1], state[2], state[3], state[4], state[5]
    h = 0.5 * h_s
    ax, ay, az = stages[0, 0], stages[0, 1], stages[0, 2]
    ux, uy, uz = vx + h * ax, vy + h * ay, vz + h * az
    bx, by, bz = acceleration_in_layer(
        x + h * vx, y + h * vy, z + h * vz, ux, uy, uz, inverse_bc_m2_kg, layer
    )
    wx, wy, wz = vx + h * bx, vy + h * by, vz + h * bz
    cx, cy, cz = acceleration_in_layer(
        x + h * ux, y + h * uy, z + h * uz, wx, wy, wz, inverse_bc_m2_kg, layer
    )
    qx, qy, qz = vx + h_s * cx, vy + h_s * cy, vz + h_s * cz
    dx, dy, dz = acceleration_in_layer(
        x + h_s * wx, y + h_s * wy, z + h_s * wz, qx, qy, qz, inverse_bc_m2_kg, layer
    )
    s = h_s / 6.0
    new[0] = x + s * (vx + 2.0 * (ux + wx) + qx)
    new[1] = y + s * (vy + 2.0 * (uy + wy) + qy)
    new[2] = z + s * (vz + 2.0 * (uz + wz) + qz)
    new[3] = vx + s * (ax + 2.0 * (bx + cx) + dx)
    new[4] = vy + s * (ay + 2.0 * (by + cy) + dy)
    new[5] = vz + s * (az + 2.0 * (bz + cz) + dz)
