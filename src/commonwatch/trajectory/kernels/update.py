"""Measurement update of a Gaussian estimate: an iterated extended Kalman filter."""

from __future__ import annotations

import math

import numpy as np

from commonwatch.trajectory.kernels.jit import kernel
from commonwatch.trajectory.kernels.measurement import (
    BIAS_AT,
    BIASES,
    COMPONENTS_MAX,
    RANGE,
    RANGE_RATE,
    SENSOR,
    innovation,
    widen_by_biases,
)

ITERATIONS_MAX = 4
LOG_TWO_PI = math.log(2.0 * math.pi)

# Columns of a fit row.
LOG_LIKELIHOOD = 0
NIS = 1
COMPONENTS = 2
FIT_SIZE = 3


@kernel
def _biases(row: np.ndarray, n: int, variance: np.ndarray, columns: np.ndarray) -> None:
    """Fill each component's column of bias in a state of n numbers, -1 where there is none.

    Where the sensor declares biases that the state does not hold, the noise is widened by them.
    """
    columns[:] = -1
    if math.isnan(row[BIAS_AT]):
        return
    first = int(row[BIAS_AT])
    if n < first + BIASES:
        widen_by_biases(row, variance)
        return
    columns[0] = first + 1
    columns[1] = first + 2
    if not math.isnan(row[RANGE]):
        columns[2] = first


@kernel
def _measured(
    state: np.ndarray,
    row: np.ndarray,
    residual: np.ndarray,
    slope: np.ndarray,
    variance: np.ndarray,
    columns: np.ndarray,
) -> int:
    """`innovation` with the sensor's biases as the state has them; 0 components where behind."""
    m = innovation(state, row, residual, slope, variance)
    if m == 0:
        return 0
    _biases(row, state.size, variance, columns)
    for j in range(m):
        if columns[j] >= 0:
            residual[j] -= state[columns[j]]
    return m


@kernel
def _project(
    cov: np.ndarray,
    slope: np.ndarray,
    variance: np.ndarray,
    columns: np.ndarray,
    m: int,
    cross: np.ndarray,
    s: np.ndarray,
) -> None:
    """Fill cross = P H^T (n, m) and s = H P H^T + R (m, m); a bias has a slope of one."""
    n = cov.shape[0]
    for i in range(n):
        for j in range(m):
            total = 0.0
            for k in range(6):
                total += cov[i, k] * slope[j, k]
            if columns[j] >= 0:
                total += cov[i, columns[j]]
            cross[i, j] = total
    for i in range(m):
        for j in range(m):
            total = 0.0
            for k in range(6):
                total += slope[i, k] * cross[k, j]
            if columns[i] >= 0:
                total += cross[columns[i], j]
            s[i, j] = total
        s[i, i] += variance[i]


@kernel
def _root(s: np.ndarray, m: int, lower: np.ndarray) -> bool:
    """Fill the Cholesky root of the first m rows of s; False where they have none."""
    for i in range(m):
        for j in range(i + 1):
            total = s[i, j]
            for k in range(j):
                total -= lower[i, k] * lower[j, k]
            if i == j:
                if not (total > 0.0 and total < np.inf):
                    return False
                lower[i, i] = math.sqrt(total)
            else:
                lower[i, j] = total / lower[j, j]
    return True


@kernel
def _invert(s: np.ndarray, m: int, inverse: np.ndarray) -> bool:
    """Fill the inverse of the first m rows of s, by its root; False where there is none."""
    lower = np.zeros((COMPONENTS_MAX, COMPONENTS_MAX))
    if not _root(s, m, lower):
        return False
    column = np.zeros(COMPONENTS_MAX)
    for c in range(m):
        for i in range(m):
            total = 1.0 if i == c else 0.0
            for k in range(i):
                total -= lower[i, k] * column[k]
            column[i] = total / lower[i, i]
        for i in range(m - 1, -1, -1):
            total = column[i]
            for k in range(i + 1, m):
                total -= lower[k, i] * column[k]
            column[i] = total / lower[i, i]
        for i in range(m):
            inverse[i, c] = column[i]
    return True


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
    columns = np.empty(COMPONENTS_MAX, np.int64)
    m = _measured(mean, row, residual, slope, variance, columns)
    fit[COMPONENTS] = m
    if m == 0:
        fit[LOG_LIKELIHOOD] = -np.inf
        fit[NIS] = np.inf
        return 0
    _allow_curvature(mean, cov, row, variance)
    _project(cov, slope, variance, columns, m, cross, s)
    lower = np.zeros((COMPONENTS_MAX, COMPONENTS_MAX))
    if not _root(s, m, lower):
        fit[COMPONENTS] = 0
        fit[LOG_LIKELIHOOD] = -np.inf
        fit[NIS] = np.inf
        return 0
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
def _joseph(
    cov: np.ndarray,
    gain: np.ndarray,
    slope: np.ndarray,
    variance: np.ndarray,
    columns: np.ndarray,
    m: int,
    new_cov: np.ndarray,
) -> None:
    """Fill (I - K H) P (I - K H)^T + K R K^T, symmetric to the last bit."""
    n = cov.shape[0]
    keep = np.eye(n)
    for i in range(n):
        for k in range(6):
            total = 0.0
            for j in range(m):
                total += gain[i, j] * slope[j, k]
            keep[i, k] -= total
        for j in range(m):
            if columns[j] >= 0:
                keep[i, columns[j]] -= gain[i, j]
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


@kernel
def update(
    mean: np.ndarray, cov: np.ndarray, row: np.ndarray, new_mean: np.ndarray, new_cov: np.ndarray
) -> int:
    """Fill the estimate (n,), (n, n) after a measurement.

    The first six components and biases are measured. Iterated about the posterior (Bell and
    Cathey 1993, IEEE TAC 38-2), covariance in Joseph's form. Returns the number of components, 0
    where nothing was done.
    """
    n = mean.size
    residual = np.empty(COMPONENTS_MAX)
    slope = np.empty((COMPONENTS_MAX, 6))
    variance = np.empty(COMPONENTS_MAX)
    cross = np.empty((n, COMPONENTS_MAX))
    s = np.empty((COMPONENTS_MAX, COMPONENTS_MAX))
    gain = np.empty((n, COMPONENTS_MAX))
    inverse = np.empty((COMPONENTS_MAX, COMPONENTS_MAX))
    columns = np.empty(COMPONENTS_MAX, np.int64)
    point = mean.copy()
    m = 0
    for _ in range(ITERATIONS_MAX):
        m = _measured(point, row, residual, slope, variance, columns)
        if m == 0:
            new_mean[:] = mean
            new_cov[:] = cov
            return 0
        _project(cov, slope, variance, columns, m, cross, s)
        if not _invert(s, m, inverse):
            new_mean[:] = mean
            new_cov[:] = cov
            return 0
        for j in range(m):
            total = residual[j]
            for k in range(6):
                total -= slope[j, k] * (mean[k] - point[k])
            if columns[j] >= 0:
                total -= mean[columns[j]] - point[columns[j]]
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
    _joseph(cov, gain, slope, variance, columns, m, new_cov)
    return m
