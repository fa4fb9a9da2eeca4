"""Motion under an unknown specific force (thrust, lift): a nine-state estimate carried forward."""

from __future__ import annotations

import math

import numpy as np

from commonwatch.trajectory.kernels.coast_step import (
    carry_covariance,
    fill_transition,
    slopes,
    step_mean,
)
from commonwatch.trajectory.kernels.jit import borrowing_kernel, kernel

POWERED_STATES = 9
STEP_MAX_S = 1.0
STEPS_MAX = 10_000
# Rows of scratch that a step takes, of nine columns at least.
POWERED_WORK_ROWS = 22


@borrowing_kernel
def add_force_walk(cov: np.ndarray, h_s: float, jerk_psd: float) -> None:
    """Add what a random walk of the force (m2/s5) makes of position, velocity and force.

    Bar-Shalom, Li and Kirubarajan 2001, section 6.2.3 (Wiener-process acceleration).
    """
    h2 = h_s * h_s
    h3 = h2 * h_s
    for i in range(3):
        cov[i, i] += jerk_psd * h3 * h2 / 20.0
        cov[i, 3 + i] += jerk_psd * h2 * h2 / 8.0
        cov[3 + i, i] += jerk_psd * h2 * h2 / 8.0
        cov[i, 6 + i] += jerk_psd * h3 / 6.0
        cov[6 + i, i] += jerk_psd * h3 / 6.0
        cov[3 + i, 3 + i] += jerk_psd * h3 / 3.0
        cov[3 + i, 6 + i] += jerk_psd * h2 / 2.0
        cov[6 + i, 3 + i] += jerk_psd * h2 / 2.0
        cov[6 + i, 6 + i] += jerk_psd * h_s


@borrowing_kernel
def powered_forward_in(
    mean: np.ndarray, cov: np.ndarray, duration_s: float, jerk_psd: float, work: np.ndarray
) -> None:
    """`powered_forward` with scratch (POWERED_WORK_ROWS, 9) given."""
    steps = min(max(1, int(math.ceil(duration_s / STEP_MAX_S))), STEPS_MAX)
    h = duration_s / steps
    by_position = work[0:3, 0:3]
    by_velocity = work[0:3, 3:6]
    by_force = work[3:6, 0:3]
    by_drag = work[6]
    for i in range(3):
        for j in range(3):
            by_force[i, j] = 1.0 if i == j else 0.0
    phi = work[7:13, 0:9]
    for _ in range(steps):
        slopes(mean, 0.0, False, by_position, by_velocity, by_drag)
        fill_transition(h, by_position, by_velocity, by_force, phi)
        step_mean(mean, h, 0.0, mean[6:9], False)
        carry_covariance(cov, phi, work[13:19])
        add_force_walk(cov, h, jerk_psd)


@kernel
def powered_forward(mean: np.ndarray, cov: np.ndarray, duration_s: float, jerk_psd: float) -> None:
    """Carry a nine-state estimate (ECEF position, velocity, specific force) forward in place.

    The force is a random walk of power spectral density `jerk_psd` (m2/s5).
    """
    work = np.empty((POWERED_WORK_ROWS, POWERED_STATES))
    powered_forward_in(mean, cov, duration_s, jerk_psd, work)
