"""One step of the Dormand-Prince method of order 8(5,3) for a coasting body."""

from __future__ import annotations

import math

import numpy as np
from scipy.integrate import DOP853

from commonwatch.trajectory.kernels.dynamics import coast_acceleration
from commonwatch.trajectory.kernels.jit import kernel

# Coefficients of Hairer, Norsett, Wanner, Solving Ordinary Differential Equations I, section II.5, as SciPy carries them.
HAIRER_A = np.ascontiguousarray(DOP853.A[:12, :12])
HAIRER_B = np.ascontiguousarray(DOP853.B)
HAIRER_E3 = np.ascontiguousarray(DOP853.E3)
HAIRER_E5 = np.ascontiguousarray(DOP853.E5)
STAGES = 12
WORK_ROWS = STAGES + 2


@kernel
def dop853_step(state: np.ndarray, inverse_bc_m2_kg: float, h_s: float, new: np.ndarray, work: np.ndarray) -> None:
    """Fill `new` with the state `h_s` later; `work` (WORK_ROWS, 6) holds the stages' derivatives after it."""
    point = work[STAGES + 1]
    for i in range(STAGES):
        for k in range(6):
            s = 0.0
            for j in range(i):
                s += HAIRER_A[i, j] * work[j, k]
            point[k] = state[k] + h_s * s
        work[i, 0] = point[3]
        work[i, 1] = point[4]
        work[i, 2] = point[5]
        coast_acceleration(point, inverse_bc_m2_kg, work[i, 3:6])
    for k in range(6):
        s = 0.0
        for j in range(STAGES):
            s += HAIRER_B[j] * work[j, k]
        new[k] = state[k] + h_s * s


@kernel
def dop853_error(
    state: np.ndarray, new: np.ndarray, h_s: float, work: np.ndarray, atol_m: float, rtol: float
) -> float:
    """Scaled error norm of the step that `dop853_step` just made: at most 1 where it is good enough.

    Positions are held to atol_m + rtol*|r|, velocities to a thousandth of atol_m a second + rtol*|v|.
    """
    r = math.sqrt(new[0] ** 2 + new[1] ** 2 + new[2] ** 2)
    v = math.sqrt(new[3] ** 2 + new[4] ** 2 + new[5] ** 2)
    scale_r = atol_m + rtol * r
    scale_v = 1e-3 * atol_m + rtol * v
    e5 = 0.0
    e3 = 0.0
    for k in range(6):
        s5 = 0.0
        s3 = 0.0
        for j in range(STAGES):
            s5 += HAIRER_E5[j] * work[j, k]
            s3 += HAIRER_E3[j] * work[j, k]
        scale = scale_r if k < 3 else scale_v
        e5 += (s5 / scale) ** 2
        e3 += (s3 / scale) ** 2
    if e5 == 0.0 and e3 == 0.0:
        return 0.0
    return abs(h_s) * e5 / math.sqrt((e5 + 0.01 * e3) * 6.0)
