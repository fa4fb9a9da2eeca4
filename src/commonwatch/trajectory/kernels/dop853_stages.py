"""Sums of the twelve stages of the Dormand-Prince method of order 8, written out without zeros.

Positions are integrals of velocities, so the accelerations k of the stages are all that is kept:
with a step h the velocity of stage i is v + h sum a_ij k_j, its position p + c_i h v + h2 sum b_ij
k_j with b = a a. That is the method applied to position and velocity together, for half the work.
As loops over the whole tables these sums took as long as the accelerations themselves. Each
function does one coordinate: (position, velocity) of a stage from position p and velocity v at the
start of the step.
"""

from __future__ import annotations

import numpy as np
from scipy.integrate import DOP853

from commonwatch.trajectory.kernels.jit import kernel

# Hairer, Norsett, Wanner, Solving Ordinary Differential Equations I, section II.5, as SciPy
# has them.
STAGES = 12
HAIRER_A = np.ascontiguousarray(DOP853.A[:STAGES, :STAGES])


def _rows(table: np.ndarray) -> tuple[tuple[float, ...], ...]:
    """Rows of a table as tuples, which compiled code takes as constants."""
    return tuple(tuple(row) for row in table.tolist())


# Row i of V gives the velocity of stage i, of P its position; row 12 the end of the step.
V1, V2, V3, V4, V5, V6, V7, V8, V9, V10, V11, V12 = _rows(np.vstack([HAIRER_A[1:], DOP853.B]))
P1, P2, P3, P4, P5, P6, P7, P8, P9, P10, P11, P12 = _rows(
    np.vstack([HAIRER_A[1:] @ HAIRER_A, DOP853.B @ HAIRER_A])
)
C = tuple(HAIRER_A.sum(axis=1).tolist())


@kernel
def stage_1(p, v, h, k0):
    """Position and velocity of stage 1."""
    velocity = V1[0] * k0
    return p + h * C[1] * v, v + h * velocity


@kernel
def stage_2(p, v, h, k0, k1):
    """Position and velocity of stage 2."""
    velocity = V2[0] * k0 + V2[1] * k1
    position = P2[0] * k0
    return p + h * (C[2] * v + h * position), v + h * velocity


@kernel
def stage_3(p, v, h, k0, k1, k2):
    """Position and velocity of stage 3."""
    velocity = V3[0] * k0 + V3[2] * k2
    position = P3[0] * k0 + P3[1] * k1
    return p + h * (C[3] * v + h * position), v + h * velocity


@kernel
def stage_4(p, v, h, k0, k1, k2, k3):
    """Position and velocity of stage 4."""
    velocity = V4[0] * k0 + V4[2] * k2 + V4[3] * k3
    position = P4[0] * k0 + P4[1] * k1 + P4[2] * k2
    return p + h * (C[4] * v + h * position), v + h * velocity


@kernel
def stage_5(p, v, h, k0, k2, k3, k4):
    """Position and velocity of stage 5."""
    velocity = V5[0] * k0 + V5[3] * k3 + V5[4] * k4
    position = P5[0] * k0 + P5[2] * k2 + P5[3] * k3
    return p + h * (C[5] * v + h * position), v + h * velocity


@kernel
def stage_6(p, v, h, k0, k2, k3, k4, k5):
    """Position and velocity of stage 6."""
    velocity = V6[0] * k0 + V6[3] * k3 + V6[4] * k4 + V6[5] * k5
    position = P6[0] * k0 + P6[2] * k2 + P6[3] * k3 + P6[4] * k4
    return p + h * (C[6] * v + h * position), v + h * velocity


@kernel
def stage_7(p, v, h, k0, k2, k3, k4, k5, k6):
    """Position and velocity of stage 7."""
    velocity = V7[0] * k0 + V7[3] * k3 + V7[4] * k4 + V7[5] * k5 + V7[6] * k6
    position = P7[0] * k0 + P7[2] * k2 + P7[3] * k3 + P7[4] * k4 + P7[5] * k5
    return p + h * (C[7] * v + h * position), v + h * velocity


@kernel
def stage_8(p, v, h, k0, k2, k3, k4, k5, k6, k7):
    """Position and velocity of stage 8."""
    velocity = V8[0] * k0 + V8[3] * k3 + V8[4] * k4 + V8[5] * k5 + V8[6] * k6 + V8[7] * k7
    position = P8[0] * k0 + P8[2] * k2 + P8[3] * k3 + P8[4] * k4 + P8[5] * k5 + P8[6] * k6
    return p + h * (C[8] * v + h * position), v + h * velocity


@kernel
def stage_9(p, v, h, k0, k2, k3, k4, k5, k6, k7, k8):
    """Position and velocity of stage 9."""
    velocity = (
        V9[0] * k0 + V9[3] * k3 + V9[4] * k4 + V9[5] * k5 + V9[6] * k6 + V9[7] * k7 + V9[8] * k8
    )
    position = (
        P9[0] * k0 + P9[2] * k2 + P9[3] * k3 + P9[4] * k4 + P9[5] * k5 + P9[6] * k6 + P9[7] * k7
    )
    return p + h * (C[9] * v + h * position), v + h * velocity


@kernel
def stage_10(p, v, h, k0, k2, k3, k4, k5, k6, k7, k8, k9):
    """Position and velocity of stage 10."""
    velocity = (
        V10[0] * k0
        + V10[3] * k3
        + V10[4] * k4
        + V10[5] * k5
        + V10[6] * k6
        + V10[7] * k7
        + V10[8] * k8
        + V10[9] * k9
    )
    position = (
        P10[0] * k0
        + P10[2] * k2
        + P10[3] * k3
        + P10[4] * k4
        + P10[5] * k5
        + P10[6] * k6
        + P10[7] * k7
        + P10[8] * k8
    )
    return p + h * (C[10] * v + h * position), v + h * velocity


@kernel
def stage_11(p, v, h, k0, k2, k3, k4, k5, k6, k7, k8, k9, k10):
    """Position and velocity of stage 11."""
    velocity = (
        V11[0] * k0
        + V11[3] * k3
        + V11[4] * k4
        + V11[5] * k5
        + V11[6] * k6
        + V11[7] * k7
        + V11[8] * k8
        + V11[9] * k9
        + V11[10] * k10
    )
    position = (
        P11[0] * k0
        + P11[2] * k2
        + P11[3] * k3
        + P11[4] * k4
        + P11[5] * k5
        + P11[6] * k6
        + P11[7] * k7
        + P11[8] * k8
        + P11[9] * k9
    )
    return p + h * (C[11] * v + h * position), v + h * velocity


@kernel
def step_end(p, v, h, k0, k3, k4, k5, k6, k7, k8, k9, k10, k11):
    """Position and velocity at the end of the step."""
    velocity = (
        V12[0] * k0
        + V12[5] * k5
        + V12[6] * k6
        + V12[7] * k7
        + V12[8] * k8
        + V12[9] * k9
        + V12[10] * k10
        + V12[11] * k11
    )
    position = (
        P12[0] * k0
        + P12[3] * k3
        + P12[4] * k4
        + P12[5] * k5
        + P12[6] * k6
        + P12[7] * k7
        + P12[8] * k8
        + P12[9] * k9
        + P12[10] * k10
    )
    return p + h * (v + h * position), v + h * velocity
