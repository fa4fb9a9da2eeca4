"""Motion under an unknown specific force (thrust, lift): a nine-state estimate carried forward."""

from __future__ import annotations

import math

import numpy as np

from commonwatch.trajectory.kernels.dynamics import WGS84_ROTATION_RAD_S, coast_acceleration
from commonwatch.trajectory.kernels.gravity import WGS84_GM_M3_S2
from commonwatch.trajectory.kernels.jit import kernel

POWERED_STATES = 9
STEP_MAX_S = 1.0
STEPS_MAX = 10_000


@kernel
def _rk4(state: np.ndarray, h_s: float) -> None:
    """Move by one Runge-Kutta step under gravity, rotation and the constant force state[6:9]."""
    k = np.empty((4, 6))
    point = np.empty(6)
    for i in range(4):
        share = 0.0 if i == 0 else (1.0 if i == 3 else 0.5)
        for j in range(6):
            point[j] = state[j] + (share * h_s * k[i - 1, j] if i > 0 else 0.0)
        k[i, 0:3] = point[3:6]
        coast_acceleration(point, 0.0, k[i, 3:6])
        for j in range(3):
            k[i, 3 + j] += state[6 + j]
    for j in range(6):
        state[j] += h_s / 6.0 * (k[0, j] + 2.0 * k[1, j] + 2.0 * k[2, j] + k[3, j])


@kernel
def _transition(state: np.ndarray, h_s: float, phi: np.ndarray) -> None:
    """Fill the transition matrix (9, 9) over `h_s`.

    Second order in the step; gravity's gradient is that of a point mass.
    """
    a = np.zeros((9, 9))
    r2 = state[0] ** 2 + state[1] ** 2 + state[2] ** 2
    r = math.sqrt(r2)
    g = WGS84_GM_M3_S2 / (r2 * r)
    w = WGS84_ROTATION_RAD_S
    for i in range(3):
        a[i, 3 + i] = 1.0
        a[3 + i, 6 + i] = 1.0
        for j in range(3):
            a[3 + i, j] = 3.0 * g * state[i] * state[j] / r2
        a[3 + i, i] -= g
    a[3, 0] += w * w
    a[4, 1] += w * w
    a[3, 4] = 2.0 * w
    a[4, 3] = -2.0 * w
    phi[:] = np.eye(9) + h_s * a + 0.5 * h_s * h_s * (a @ a)


@kernel
def powered_forward(mean: np.ndarray, cov: np.ndarray, duration_s: float, jerk_psd: float) -> None:
    """Carry a nine-state estimate (ECEF position, velocity, specific force) forward in place.

    The force is a random walk of power spectral density `jerk_psd` (m2/s5); Bar-Shalom, Li and
    Kirubarajan 2001, section 6.2.3 (Wiener-process acceleration).
    """
    steps = min(max(1, int(math.ceil(duration_s / STEP_MAX_S))), STEPS_MAX)
    h = duration_s / steps
    phi = np.empty((9, 9))
    q = jerk_psd
    for _ in range(steps):
        _transition(mean, h, phi)
        _rk4(mean, h)
        cov[:] = phi @ cov @ phi.T
        for i in range(POWERED_STATES):
            for j in range(i):
                cov[i, j] = cov[j, i]
        for i in range(3):
            cov[i, i] += q * h**5 / 20.0
            cov[i, 3 + i] += q * h**4 / 8.0
            cov[3 + i, i] += q * h**4 / 8.0
            cov[i, 6 + i] += q * h**3 / 6.0
            cov[6 + i, i] += q * h**3 / 6.0
            cov[3 + i, 3 + i] += q * h**3 / 3.0
            cov[3 + i, 6 + i] += q * h * h / 2.0
            cov[6 + i, 3 + i] += q * h * h / 2.0
            cov[6 + i, 6 + i] += q * h
