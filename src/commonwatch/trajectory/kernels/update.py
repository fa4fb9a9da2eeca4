"""Measurement update of a Gaussian estimate: an iterated extended Kalman filter."""

from __future__ import annotations

import math

import numpy as np

from commonwatch.trajectory.kernels.jit import kernel
from commonwatch.trajectory.kernels.measurement import (
    COMPONENTS_MAX,
    RANGE,
    RANGE_RATE,
    SENSOR,
    innovation,
)

ITERATIONS_MAX = 4
LOG_TWO_PI = math.log(2.0 * math.pi)

# Columns of a fit row.
LOG_LIKELIHOOD = 0
NIS = 1
COMPONENTS = 2
FIT_SIZE = 3


@kernel
def _project(
    cov: np.ndarray,
    slope: np.ndarray,
    variance: np.ndarray,
    m: int,
    cross: np.ndarray,
    s: np.ndarray,
) -> None:
    """Fill cross = P H^T (n, m) and s = H P H^T + R (m, m)."""
    n = cov.shape[0]
    for i in range(n):
        for j in range(m):
            total = 0.0
            for k in range(6):
                total += cov[i, k] * slope[j, k]
            cross[i, j] = total
    for i in range(m):
        for j in range(m):
            total = 0.0
            for k in range(6):
                total += slope[i, k] * cross[k, j]
            s[i, j] = total
        s[i, i] += variance[i]


@kernel
def _allow_curvature(
    mean: np.ndarray, cov: np.ndarray, row: np.ndarray, variance: np.ndarray
) -> None:
    """Widen range and range rate by what a straight slope leaves out, where the estimate is wide.

    Second-order terms of the range: |displacement across the line of sight|^2 / (2 range);
    Bar-Shalom, Li and Kirubarajan 2001, section 10.3.3. Used to judge a plot, not to weigh it.
    """
    dx = mean[0] - row[SENSOR]
    dy = mean[1] - row[SENSOR + 1]
    dz = mean[2] - row[SENSOR + 2]
    distance = math.sqrt(dx * dx + dy * dy + dz * dz)
    spread_r = cov[0, 0] + cov[1, 1] + cov[2, 2]
    spread_v = cov[3, 3] + cov[4, 4] + cov[5, 5]
    m = 2
    if not math.isnan(row[RANGE]):
        variance[m] += (spread_r / distance) ** 2
        m += 1
    if not math.isnan(row[RANGE_RATE]):
        variance[m] += spread_r * spread_v / distance**2


@kernel
def judge(mean: np.ndarray, cov: np.ndarray, row: np.ndarray, fit: np.ndarray) -> int:
    """Fill fit (FIT_SIZE,): log likelihood, normalised innovation squared, components.

    Returns 0 where behind.
    """
    residual = np.empty(COMPONENTS_MAX)
    slope = np.empty((COMPONENTS_MAX, 6))
    variance = np.empty(COMPONENTS_MAX)
    cross = np.empty((cov.shape[0], COMPONENTS_MAX))
    s = np.empty((COMPONENTS_MAX, COMPONENTS_MAX))
    m = innovation(mean, row, residual, slope, variance)
    fit[COMPONENTS] = m
    if m == 0:
        fit[LOG_LIKELIHOOD] = -np.inf
        fit[NIS] = np.inf
        return 0
    _allow_curvature(mean, cov, row, variance)
    _project(cov, slope, variance, m, cross, s)
    lower = np.linalg.cholesky(s[:m, :m].copy())
    nis = 0.0
    log_det = 0.0
    y = np.empty(m)
    for i in range(m):
        total = residual[i]
        for j in range(i):
            total -= lower[i, j] * y[j]
        y[i] = total / lower[i, i]
        nis += y[i] * y[i]
        log_det += 2.0 * math.log(lower[i, i])
    fit[NIS] = nis
    fit[LOG_LIKELIHOOD] = -0.5 * (nis + log_det + m * LOG_TWO_PI)
    return m


@kernel
def update(
    mean: np.ndarray, cov: np.ndarray, row: np.ndarray, new_mean: np.ndarray, new_cov: np.ndarray
) -> int:
    """Fill the estimate (n,), (n, n) after a measurement.

    Only the first six components are measured. Iterated about the posterior (Bell and Cathey 1993,
    IEEE TAC 38-2), covariance in Joseph's form. Returns the number of components, 0 where nothing
    was done.
    """
    n = mean.size
    residual = np.empty(COMPONENTS_MAX)
    slope = np.empty((COMPONENTS_MAX, 6))
    variance = np.empty(COMPONENTS_MAX)
    cross = np.empty((n, COMPONENTS_MAX))
    s = np.empty((COMPONENTS_MAX, COMPONENTS_MAX))
    gain = np.empty((n, COMPONENTS_MAX))
    point = mean.copy()
    m = 0
    for _ in range(ITERATIONS_MAX):
        m = innovation(point, row, residual, slope, variance)
        if m == 0:
            new_mean[:] = mean
            new_cov[:] = cov
            return 0
        _project(cov, slope, variance, m, cross, s)
        inverse = np.linalg.inv(s[:m, :m].copy())
        for j in range(m):
            total = residual[j]
            for k in range(6):
                total -= slope[j, k] * (mean[k] - point[k])
            residual[j] = total
        moved = 0.0
        for i in range(n):
            step = 0.0
            for j in range(m):
                total = 0.0
                for k in range(m):
                    total += cross[i, k] * inverse[k, j]
                gain[i, j] = total
                step += total * residual[j]
            new = mean[i] + step
            if i < 3:
                moved += (new - point[i]) ** 2
            point[i] = new
        # A metre is a twentieth of the finest range sigma in use.
        if moved < 1.0:
            break
    new_mean[:] = point
    keep = np.eye(n)
    for i in range(n):
        for k in range(6):
            total = 0.0
            for j in range(m):
                total += gain[i, j] * slope[j, k]
            keep[i, k] -= total
    new_cov[:] = keep @ cov @ keep.T
    for i in range(n):
        for k in range(n):
            total = 0.0
            for j in range(m):
                total += gain[i, j] * variance[j] * gain[k, j]
            new_cov[i, k] += total
    for i in range(n):
        for k in range(i):
            even = 0.5 * (new_cov[i, k] + new_cov[k, i])
            new_cov[i, k] = even
            new_cov[k, i] = even
    return m
