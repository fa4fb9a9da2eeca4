"""One step of the Dormand-Prince method of order 8(5,3) for a coasting body, and one of order 4.

Positions are integrals of velocities, so the stages need the accelerations alone: a stage's velocity is
v + h sum a_ij acc_j and its position r + c_i h v + h2 sum b_ij acc_j with b = a a. The result is that of
the method applied to position and velocity together; it costs half.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.integrate import DOP853

from commonwatch.trajectory.kernels.dynamics import acceleration_in_layer
from commonwatch.trajectory.kernels.jit import kernel

# Hairer, Norsett, Wanner, Solving Ordinary Differential Equations I, section II.5, as SciPy has them.
STAGES = 12
HAIRER_A = np.ascontiguousarray(DOP853.A[:STAGES, :STAGES])
HAIRER_AA = HAIRER_A @ HAIRER_A
HAIRER_C = HAIRER_A.sum(axis=1)
HAIRER_B = np.ascontiguousarray(DOP853.B)
HAIRER_BA = HAIRER_B @ HAIRER_A
HAIRER_E3 = np.ascontiguousarray(DOP853.E3[:STAGES])
HAIRER_E5 = np.ascontiguousarray(DOP853.E5[:STAGES])
HAIRER_E3A = HAIRER_E3 @ HAIRER_A
HAIRER_E5A = HAIRER_E5 @ HAIRER_A


@kernel
def fill_first_stage(state: np.ndarray, inverse_bc_m2_kg: float, layer: int, stages: np.ndarray) -> None:
    """Fill row 0 of `stages` (STAGES, 3) with the acceleration at `state`, which `dop853_step` needs."""
    stages[0, 0], stages[0, 1], stages[0, 2] = acceleration_in_layer(
        state[0], state[1], state[2], state[3], state[4], state[5], inverse_bc_m2_kg, layer
    )


@kernel
def dop853_step(
    state: np.ndarray, inverse_bc_m2_kg: float, layer: int, h_s: float, stages: np.ndarray, new: np.ndarray
) -> None:
    """Fill `new` (6,) with the state `h_s` later, and rows 1 on of `stages` with the accelerations between."""
    x, y, z, vx, vy, vz = state[0], state[1], state[2], state[3], state[4], state[5]
    h2 = h_s * h_s
    for i in range(1, STAGES):
        sx = sy = sz = tx = ty = tz = 0.0
        for j in range(i):
            a = HAIRER_A[i, j]
            b = HAIRER_AA[i, j]
            sx += a * stages[j, 0]
            sy += a * stages[j, 1]
            sz += a * stages[j, 2]
            tx += b * stages[j, 0]
            ty += b * stages[j, 1]
            tz += b * stages[j, 2]
        ch = HAIRER_C[i] * h_s
        stages[i, 0], stages[i, 1], stages[i, 2] = acceleration_in_layer(
            x + ch * vx + h2 * tx,
            y + ch * vy + h2 * ty,
            z + ch * vz + h2 * tz,
            vx + h_s * sx,
            vy + h_s * sy,
            vz + h_s * sz,
            inverse_bc_m2_kg,
            layer,
        )
    for k in range(3):
        s = t = 0.0
        for j in range(STAGES):
            s += HAIRER_B[j] * stages[j, k]
            t += HAIRER_BA[j] * stages[j, k]
        new[k] = state[k] + h_s * state[3 + k] + h2 * t
        new[3 + k] = state[3 + k] + h_s * s


@kernel
def dop853_error(h_s: float, stages: np.ndarray, scale_m: float, scale_m_s: float) -> float:
    """Error norm of the step just made, positions over `scale_m`, velocities over `scale_m_s`: good up to 1."""
    e5 = 0.0
    e3 = 0.0
    per_velocity = 1.0 / scale_m_s
    per_position = h_s / scale_m
    for k in range(3):
        s5 = s3 = t5 = t3 = 0.0
        for j in range(STAGES):
            s5 += HAIRER_E5[j] * stages[j, k]
            s3 += HAIRER_E3[j] * stages[j, k]
            t5 += HAIRER_E5A[j] * stages[j, k]
            t3 += HAIRER_E3A[j] * stages[j, k]
        e5 += (s5 * per_velocity) ** 2 + (t5 * per_position) ** 2
        e3 += (s3 * per_velocity) ** 2 + (t3 * per_position) ** 2
    if e5 == 0.0 and e3 == 0.0:
        return 0.0
    return abs(h_s) * e5 / math.sqrt((e5 + 0.01 * e3) * 6.0)


@kernel
def rk4_step(
    state: np.ndarray, inverse_bc_m2_kg: float, layer: int, h_s: float, stages: np.ndarray, new: np.ndarray
) -> None:
    """Fill `new` (6,) with the state `h_s` later by the classical method of order 4; row 0 of `stages` given.

    `new` may be `state` itself.
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
