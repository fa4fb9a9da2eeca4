"""Measurement update of a Gaussian estimate: an iterated extended Kalman filter."""

from __future__ import annotations

import math

import numpy as np

from commonwatch.trajectory.kernels.jit import kernel
from commonwatch.trajectory.kernels.measurement import (
    BIAS_AT,
    BIAS_SIGMA_CLOCK,
    BIASES,
    COMPONENTS_MAX,
    RANGE,
    RANGE_RATE,
    SENSOR,
    SIGMA_RANGE,
    innovation,
    widen_by_biases,
)

ITERATIONS_MAX = 4
# A step whose second-order part moves the range by less than this share of its sigma is the last.
CURVED_SHARE = 0.002
RANGE_SIGMA_IF_NONE_M = 100.0
LOG_TWO_PI = math.log(2.0 * math.pi)

# Columns of a fit row.
LOG_LIKELIHOOD = 0
NIS = 1
COMPONENTS = 2
FIT_SIZE = 3

# Rows of the scratch of an update of n states: (SCRATCH_ROWS, max(n, 6)).
RESIDUAL = 0
VARIANCE = 1
CLOCK = 2
COLUMN = 3
SLOPE = 4
CROSS = 8
GAIN = 12
SPREAD = 16
ROOT = 20
POINT = 24
SCRATCH_ROWS = 25


@kernel
def linearised(point: np.ndarray, row: np.ndarray, work: np.ndarray) -> int:
    """Fill residual, variance and slopes of a measurement about `point`, biases and clock included.

    Returns the number of components, 0 where the point lies behind the sensor. A sensor's constant
    errors are states where `point` is long enough to hold them; else they widen the noise. A clock
    that is fast by c tells of the state c earlier: slope minus the rate of what is measured.
    """
    m = innovation(point, row, work[RESIDUAL], work[SLOPE : SLOPE + COMPONENTS_MAX], work[VARIANCE])
    for j in range(m):
        work[COLUMN, j] = -1.0
        work[CLOCK, j] = 0.0
    if m == 0 or math.isnan(row[BIAS_AT]):
        return m
    first = int(row[BIAS_AT])
    if row[BIAS_SIGMA_CLOCK] > 0.0:
        for j in range(m):
            slope = work[SLOPE + j]
            work[CLOCK, j] = -(slope[0] * point[3] + slope[1] * point[4] + slope[2] * point[5])
    if point.size < first + BIASES:
        widen_by_biases(row, work[VARIANCE])
        for j in range(m):
            work[VARIANCE, j] += (work[CLOCK, j] * row[BIAS_SIGMA_CLOCK]) ** 2
            work[CLOCK, j] = 0.0
        return m
    work[COLUMN, 0] = first + 1
    work[COLUMN, 1] = first + 2
    if not math.isnan(row[RANGE]):
        work[COLUMN, 2] = first
    for j in range(m):
        if work[COLUMN, j] >= 0.0:
            work[RESIDUAL, j] -= point[int(work[COLUMN, j])]
        work[RESIDUAL, j] -= work[CLOCK, j] * point[first + 3]
    return m


@kernel
def _project(cov: np.ndarray, row: np.ndarray, m: int, work: np.ndarray) -> None:
    """Fill cross = (P H^T)^T (m, n) and spread = H P H^T + R (m, m)."""
    n = cov.shape[0]
    clock_at = -1
    if not math.isnan(row[BIAS_AT]) and row[BIAS_SIGMA_CLOCK] > 0.0:
        clock_at = int(row[BIAS_AT]) + 3
        if n <= clock_at:
            clock_at = -1
    for j in range(m):
        slope = work[SLOPE + j]
        column = int(work[COLUMN, j])
        for i in range(n):
            total = 0.0
            for k in range(6):
                total += cov[i, k] * slope[k]
            if column >= 0:
                total += cov[i, column]
            if clock_at >= 0:
                total += cov[i, clock_at] * work[CLOCK, j]
            work[CROSS + j, i] = total
    for i in range(m):
        slope = work[SLOPE + i]
        column = int(work[COLUMN, i])
        for j in range(i + 1):
            total = 0.0
            for k in range(6):
                total += slope[k] * work[CROSS + j, k]
            if column >= 0:
                total += work[CROSS + j, column]
            if clock_at >= 0:
                total += work[CROSS + j, clock_at] * work[CLOCK, i]
            work[SPREAD + i, j] = total
            work[SPREAD + j, i] = total
        work[SPREAD + i, i] += work[VARIANCE, i]


@kernel
def _root(m: int, work: np.ndarray, extra: np.ndarray) -> bool:
    """Fill the Cholesky root of the spread plus a diagonal; False where it has none."""
    for i in range(m):
        for j in range(i + 1):
            total = work[SPREAD + i, j]
            if i == j:
                total += extra[i]
            for k in range(j):
                total -= work[ROOT + i, k] * work[ROOT + j, k]
            if i == j:
                if not (total > 0.0 and total < np.inf):
                    return False
                work[ROOT + i, i] = math.sqrt(total)
            else:
                work[ROOT + i, j] = total / work[ROOT + j, j]
    return True


@kernel
def _curvature(
    mean: np.ndarray, cov: np.ndarray, row: np.ndarray, m: int, extra: np.ndarray
) -> None:
    """Variance of range and range rate that a straight slope leaves out, where wide.

    Second-order terms of the range: |displacement across the line of sight|^2 / (2 range);
    Bar-Shalom, Li and Kirubarajan 2001, section 10.3.3. Used to judge a plot, not to weigh it.
    """
    for j in range(m):
        extra[j] = 0.0
    dx = mean[0] - row[SENSOR]
    dy = mean[1] - row[SENSOR + 1]
    dz = mean[2] - row[SENSOR + 2]
    distance = math.sqrt(dx * dx + dy * dy + dz * dz)
    spread_r = cov[0, 0] + cov[1, 1] + cov[2, 2]
    j = 2
    if not math.isnan(row[RANGE]):
        extra[j] = (spread_r / distance) ** 2
        j += 1
    if not math.isnan(row[RANGE_RATE]):
        extra[j] = spread_r * (cov[3, 3] + cov[4, 4] + cov[5, 5]) / distance**2


@kernel
def _density(m: int, work: np.ndarray, fit: np.ndarray) -> None:
    """Fill the fit from the residual and the root."""
    nis = 0.0
    log_det = 0.0
    for i in range(m):
        total = work[RESIDUAL, i]
        for j in range(i):
            total -= work[ROOT + i, j] * work[GAIN, j]
        work[GAIN, i] = total / work[ROOT + i, i]
        nis += work[GAIN, i] * work[GAIN, i]
        log_det += 2.0 * math.log(work[ROOT + i, i])
    fit[NIS] = nis
    fit[LOG_LIKELIHOOD] = -0.5 * (nis + log_det + m * LOG_TWO_PI)
    fit[COMPONENTS] = m


@kernel
def _no_fit(fit: np.ndarray) -> int:
    """Fill the fit of what cannot be seen."""
    fit[LOG_LIKELIHOOD] = -np.inf
    fit[NIS] = np.inf
    fit[COMPONENTS] = 0
    return 0


@kernel
def judge_in(
    mean: np.ndarray, cov: np.ndarray, row: np.ndarray, work: np.ndarray, fit: np.ndarray
) -> int:
    """`judge` with scratch (SCRATCH_ROWS, n) given: nothing is allocated but four numbers."""
    m = linearised(mean, row, work)
    if m == 0:
        return _no_fit(fit)
    _project(cov, row, m, work)
    extra = work[POINT]
    _curvature(mean, cov, row, m, extra)
    if not _root(m, work, extra):
        return _no_fit(fit)
    _density(m, work, fit)
    return m


@kernel
def _whiten(n: int, m: int, work: np.ndarray) -> None:
    """Turn cross into cross times the inverse of the root's transpose, in GAIN: P = P - G^T G."""
    for j in range(m):
        for i in range(n):
            total = work[CROSS + j, i]
            for k in range(j):
                total -= work[ROOT + j, k] * work[GAIN + k, i]
            work[GAIN + j, i] = total / work[ROOT + j, j]


@kernel
def _toward(
    mean: np.ndarray, point: np.ndarray, row: np.ndarray, m: int, work: np.ndarray
) -> float:
    """Move the point to where the linearisation about it leads; return how far (m).

    The residual counts from the prior mean: Bell and Cathey 1993, IEEE TAC 38-2, eq. 9.
    """
    n = mean.size
    first = -1 if math.isnan(row[BIAS_AT]) else int(row[BIAS_AT])
    white = np.empty(COMPONENTS_MAX)
    for j in range(m):
        slope = work[SLOPE + j]
        total = work[RESIDUAL, j]
        for k in range(6):
            total -= slope[k] * (mean[k] - point[k])
        column = int(work[COLUMN, j])
        if column >= 0:
            total -= mean[column] - point[column]
        if work[CLOCK, j] != 0.0 and n > first + 3:
            total -= work[CLOCK, j] * (mean[first + 3] - point[first + 3])
        for k in range(j):
            total -= work[ROOT + j, k] * white[k]
        white[j] = total / work[ROOT + j, j]
    moved = 0.0
    for i in range(n):
        new = mean[i]
        for j in range(m):
            new += work[GAIN + j, i] * white[j]
        if i < 3:
            moved += (new - point[i]) ** 2
        point[i] = new
    return moved


@kernel
def update_in(
    mean: np.ndarray, cov: np.ndarray, row: np.ndarray, work: np.ndarray, fit: np.ndarray
) -> int:
    """Bring a measurement into an estimate (n,), (n, n) in place; fill its fit as `judge` does.

    Iterated about the posterior where that curves. Returns the number of components, 0 where
    nothing was done. `work` is (SCRATCH_ROWS, max(n, 6)).
    """
    n = mean.size
    m = judge_in(mean, cov, row, work, fit)
    if m == 0:
        return 0
    point = work[POINT]
    none = np.zeros(COMPONENTS_MAX)
    if not _root(m, work, none):
        return _no_fit(fit)
    for i in range(n):
        point[i] = mean[i]
    sigma_m = row[SIGMA_RANGE] if not math.isnan(row[RANGE]) else RANGE_SIGMA_IF_NONE_M
    for iteration in range(ITERATIONS_MAX):
        if iteration > 0:
            if linearised(point, row, work) == 0:
                return _no_fit(fit)
            _project(cov, row, m, work)
            if not _root(m, work, none):
                return _no_fit(fit)
        _whiten(n, m, work)
        moved = _toward(mean, point, row, m, work)
        dx = point[0] - row[SENSOR]
        dy = point[1] - row[SENSOR + 1]
        dz = point[2] - row[SENSOR + 2]
        if moved < 2.0 * CURVED_SHARE * sigma_m * math.sqrt(dx * dx + dy * dy + dz * dz):
            break
    for i in range(n):
        mean[i] = point[i]
        for k in range(i + 1):
            total = cov[i, k]
            for j in range(m):
                total -= work[GAIN + j, i] * work[GAIN + j, k]
            cov[i, k] = total
            cov[k, i] = total
    return m


@kernel
def judge(mean: np.ndarray, cov: np.ndarray, row: np.ndarray, fit: np.ndarray) -> int:
    """Fill fit (FIT_SIZE,): log likelihood, normalised innovation squared, components.

    Returns 0 where behind.
    """
    return judge_in(mean, cov, row, np.empty((SCRATCH_ROWS, max(mean.size, 6))), fit)


@kernel
def update(
    mean: np.ndarray, cov: np.ndarray, row: np.ndarray, new_mean: np.ndarray, new_cov: np.ndarray
) -> int:
    """Fill the estimate (n,), (n, n) after a measurement; `update_in` with its own scratch."""
    new_mean[:] = mean
    new_cov[:] = cov
    work = np.empty((SCRATCH_ROWS, max(mean.size, 6)))
    return update_in(new_mean, new_cov, row, work, np.empty(FIT_SIZE))
