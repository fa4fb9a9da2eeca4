"""Measurement update of a Gaussian estimate: an iterated extended Kalman filter."""

from __future__ import annotations

import math

import numpy as np

from commonwatch.trajectory.kernels.coast_step import LEAST_STATES
from commonwatch.trajectory.kernels.jit import borrowing_kernel, inlined_kernel, kernel
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
OVER_ROOT = 25
WHITE = 26
SCRATCH_ROWS = 27
# Components that are directions, the first ones of every measurement.
DIRECTIONS = 2


@borrowing_kernel
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


@inlined_kernel
def _project(cov: np.ndarray, row: np.ndarray, m: int, work: np.ndarray, n: int) -> None:
    """Fill cross = (P H^T)^T (m, n) and spread = H P H^T + R (m, m).

    Only the range rate has a slope by the velocity.
    """
    clock_at = -1
    if not math.isnan(row[BIAS_AT]) and row[BIAS_SIGMA_CLOCK] > 0.0:
        clock_at = int(row[BIAS_AT]) + 3
        if n <= clock_at:
            clock_at = -1
    rate_at = -1 if math.isnan(row[RANGE_RATE]) else m - 1
    for j in range(m):
        h0, h1, h2 = work[SLOPE + j, 0], work[SLOPE + j, 1], work[SLOPE + j, 2]
        for i in range(n):
            work[CROSS + j, i] = cov[0, i] * h0 + cov[1, i] * h1 + cov[2, i] * h2
        if j == rate_at:
            h0, h1, h2 = work[SLOPE + j, 3], work[SLOPE + j, 4], work[SLOPE + j, 5]
            for i in range(n):
                work[CROSS + j, i] += cov[3, i] * h0 + cov[4, i] * h1 + cov[5, i] * h2
        column = int(work[COLUMN, j])
        if column >= 0:
            for i in range(n):
                work[CROSS + j, i] += cov[column, i]
        if clock_at >= 0:
            for i in range(n):
                work[CROSS + j, i] += cov[clock_at, i] * work[CLOCK, j]
    for i in range(m):
        h0, h1, h2 = work[SLOPE + i, 0], work[SLOPE + i, 1], work[SLOPE + i, 2]
        column = int(work[COLUMN, i])
        for j in range(i + 1):
            at = CROSS + j
            total = h0 * work[at, 0] + h1 * work[at, 1] + h2 * work[at, 2]
            if i == rate_at:
                for k in range(3, 6):
                    total += work[SLOPE + i, k] * work[at, k]
            if column >= 0:
                total += work[at, column]
            if clock_at >= 0:
                total += work[at, clock_at] * work[CLOCK, i]
            work[SPREAD + i, j] = total
            work[SPREAD + j, i] = total
        work[SPREAD + i, i] += work[VARIANCE, i]


@borrowing_kernel
def _root(m: int, work: np.ndarray, first: int, widened: bool) -> bool:
    """Fill the rows from `first` on of the Cholesky root of the spread; False where it has none.

    Where `widened`, the diagonal is more by what `_curvature` said.
    """
    for i in range(first, m):
        for j in range(i):
            total = work[SPREAD + i, j]
            for k in range(j):
                total -= work[ROOT + i, k] * work[ROOT + j, k]
            work[ROOT + i, j] = total * work[OVER_ROOT, j]
        total = work[SPREAD + i, i]
        if widened:
            total += work[POINT, i]
        for k in range(i):
            total -= work[ROOT + i, k] * work[ROOT + i, k]
        if not (total > 0.0 and total < np.inf):
            return False
        work[ROOT + i, i] = math.sqrt(total)
        work[OVER_ROOT, i] = 1.0 / work[ROOT + i, i]
    return True


@borrowing_kernel
def _curvature(
    mean: np.ndarray, cov: np.ndarray, row: np.ndarray, m: int, work: np.ndarray
) -> None:
    """Fill POINT with the variance of each component that a straight slope leaves out.

    Second-order terms of the range, |displacement across the line of sight|^2 / (2 range), and of
    the range rate: Bar-Shalom, Li and Kirubarajan 2001, section 10.3.3. The first DIRECTIONS
    components have none. Used to judge a plot, not to weigh it.
    """
    for j in range(m):
        work[POINT, j] = 0.0
    dx = mean[0] - row[SENSOR]
    dy = mean[1] - row[SENSOR + 1]
    dz = mean[2] - row[SENSOR + 2]
    square = dx * dx + dy * dy + dz * dz
    spread_r = cov[0, 0] + cov[1, 1] + cov[2, 2]
    j = DIRECTIONS
    if not math.isnan(row[RANGE]):
        work[POINT, j] = spread_r * spread_r / square
        j += 1
    if not math.isnan(row[RANGE_RATE]):
        work[POINT, j] = spread_r * (cov[3, 3] + cov[4, 4] + cov[5, 5]) / square


@borrowing_kernel
def _density(m: int, work: np.ndarray, fit: np.ndarray) -> None:
    """Fill the fit from the residual and the root."""
    nis = 0.0
    det_root = 1.0
    for i in range(m):
        total = work[RESIDUAL, i]
        for j in range(i):
            total -= work[ROOT + i, j] * work[GAIN, j]
        work[GAIN, i] = total * work[OVER_ROOT, i]
        nis += work[GAIN, i] * work[GAIN, i]
        det_root *= work[ROOT + i, i]
    log_det = 2.0 * math.log(det_root)
    fit[NIS] = nis
    fit[LOG_LIKELIHOOD] = -0.5 * (nis + log_det + m * LOG_TWO_PI)
    fit[COMPONENTS] = m


@borrowing_kernel
def _no_fit(fit: np.ndarray) -> int:
    """Fill the fit of what cannot be seen."""
    fit[LOG_LIKELIHOOD] = -np.inf
    fit[NIS] = np.inf
    fit[COMPONENTS] = 0
    return 0


@borrowing_kernel
def judge_in(
    mean: np.ndarray, cov: np.ndarray, row: np.ndarray, work: np.ndarray, fit: np.ndarray
) -> int:
    """`judge` with scratch (SCRATCH_ROWS, n) given: nothing is allocated."""
    m = linearised(mean, row, work)
    if m == 0:
        return _no_fit(fit)
    n = mean.size
    if n == LEAST_STATES:
        _project(cov, row, m, work, LEAST_STATES)
    else:
        _project(cov, row, m, work, n)
    _curvature(mean, cov, row, m, work)
    if not _root(m, work, 0, True):
        return _no_fit(fit)
    _density(m, work, fit)
    return m


@inlined_kernel
def _whiten(m: int, work: np.ndarray, n: int) -> None:
    """Turn cross into cross times the inverse of the root's transpose, in GAIN: P = P - G^T G."""
    for j in range(m):
        over = work[OVER_ROOT, j]
        if j == 0:
            for i in range(n):
                work[GAIN, i] = work[CROSS, i] * over
        elif j == 1:
            f0 = work[ROOT + 1, 0]
            for i in range(n):
                work[GAIN + 1, i] = (work[CROSS + 1, i] - f0 * work[GAIN, i]) * over
        else:
            f0, f1 = work[ROOT + j, 0], work[ROOT + j, 1]
            f2 = work[ROOT + j, 2] if j > 2 else 0.0
            for i in range(n):
                total = work[CROSS + j, i] - f0 * work[GAIN, i] - f1 * work[GAIN + 1, i]
                if j > 2:
                    total -= f2 * work[GAIN + 2, i]
                work[GAIN + j, i] = total * over


@inlined_kernel
def _toward(mean: np.ndarray, row: np.ndarray, m: int, work: np.ndarray, n: int) -> float:
    """Move the point to where the linearisation about it leads; return how far, squared (m2).

    The residual counts from the prior mean: Bell and Cathey 1993, IEEE TAC 38-2, eq. 9.
    """
    first = -1 if math.isnan(row[BIAS_AT]) else int(row[BIAS_AT])
    for j in range(m):
        total = work[RESIDUAL, j]
        for k in range(6):
            total -= work[SLOPE + j, k] * (mean[k] - work[POINT, k])
        column = int(work[COLUMN, j])
        if column >= 0:
            total -= mean[column] - work[POINT, column]
        if work[CLOCK, j] != 0.0 and n > first + 3:
            total -= work[CLOCK, j] * (mean[first + 3] - work[POINT, first + 3])
        for k in range(j):
            total -= work[ROOT + j, k] * work[WHITE, k]
        work[WHITE, j] = total * work[OVER_ROOT, j]
    x, y, z = work[POINT, 0], work[POINT, 1], work[POINT, 2]
    for i in range(n):
        work[POINT, i] = mean[i]
    for j in range(m):
        white = work[WHITE, j]
        for i in range(n):
            work[POINT, i] += work[GAIN + j, i] * white
    dx, dy, dz = work[POINT, 0] - x, work[POINT, 1] - y, work[POINT, 2] - z
    return dx * dx + dy * dy + dz * dz


@inlined_kernel
def _settled(mean: np.ndarray, cov: np.ndarray, m: int, work: np.ndarray, n: int) -> None:
    """Make the point the mean, and P - G^T G the covariance: of a symmetric one a symmetric one."""
    for i in range(n):
        mean[i] = work[POINT, i]
        for j in range(m):
            gain = work[GAIN + j, i]
            for k in range(n):
                cov[i, k] -= gain * work[GAIN + j, k]


@inlined_kernel
def _bring_in(
    mean: np.ndarray, cov: np.ndarray, row: np.ndarray, m: int, work: np.ndarray, n: int
) -> bool:
    """Bring a measurement that was judged into an estimate in place; False where it cannot be."""
    # The directions' rows of the root are those by which it was judged.
    if not _root(m, work, DIRECTIONS, False):
        return False
    for i in range(n):
        work[POINT, i] = mean[i]
    sigma_m = row[SIGMA_RANGE] if not math.isnan(row[RANGE]) else RANGE_SIGMA_IF_NONE_M
    for iteration in range(ITERATIONS_MAX):
        if iteration > 0:
            if linearised(work[POINT], row, work) == 0:
                return False
            _project(cov, row, m, work, n)
            if not _root(m, work, 0, False):
                return False
        _whiten(m, work, n)
        moved2 = _toward(mean, row, m, work, n)
        dx = work[POINT, 0] - row[SENSOR]
        dy = work[POINT, 1] - row[SENSOR + 1]
        dz = work[POINT, 2] - row[SENSOR + 2]
        if moved2 < 2.0 * CURVED_SHARE * sigma_m * math.sqrt(dx * dx + dy * dy + dz * dz):
            break
    _settled(mean, cov, m, work, n)
    return True


@borrowing_kernel
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
    if n == LEAST_STATES:
        brought = _bring_in(mean, cov, row, m, work, LEAST_STATES)
    else:
        brought = _bring_in(mean, cov, row, m, work, n)
    return m if brought else _no_fit(fit)


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
