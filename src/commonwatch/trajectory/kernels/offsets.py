"""How the plots of a sensor tell where an object is that flies close to a path which is known."""

from __future__ import annotations

import math

import numpy as np

from commonwatch.trajectory.kernels.coast_step import COAST_WORK_ROWS, coast_forward
from commonwatch.trajectory.kernels.jit import kernel
from commonwatch.trajectory.kernels.measurement import (
    ACROSS,
    RANGE,
    RANGE_RATE,
    SENSOR,
    SIGHT,
    SIGMA_ACROSS,
    SIGMA_RANGE,
    SIGMA_RANGE_RATE,
    SIGMA_UPWARD,
    UPWARD,
)

UNKNOWNS = 6


@kernel
def _add_row(
    slope: np.ndarray, residual: float, sigma: float, matrix: np.ndarray, vector: np.ndarray
) -> float:
    """Add one measured number to normal equations; its normalised square."""
    missed = residual / sigma
    for i in range(UNKNOWNS):
        weighed = slope[i] / sigma
        vector[i] += weighed * missed
        for j in range(UNKNOWNS):
            matrix[i, j] += weighed * (slope[j] / sigma)
    return missed * missed


@kernel
def _fill_slope(by_place: np.ndarray, share: float, after_s: float, slope: np.ndarray) -> None:
    """Fill the slope (6,) by an offset of place and velocity now of what depends on place then."""
    for k in range(3):
        slope[k] = share * by_place[k]
        slope[3 + k] = after_s * slope[k]


@kernel
def add_offsets(
    between: np.ndarray,
    after_s: np.ndarray,
    rows: np.ndarray,
    matrix: np.ndarray,
    vector: np.ndarray,
) -> tuple[float, int]:
    """Add plots with range to the normal equations (6, 6), (6,) of an offset from a path now.

    `between` (7,) is the path's coasting state now, ECEF; the offset, in place (m) and velocity
    (m/s), moves straight. Plots (n), measurement rows at seconds after now, in falling order and
    none above 0. Returns the sum of normalised squares of what was measured, and how many numbers.
    """
    mean, cov = between.copy(), np.zeros((7, 7))
    work = np.empty((COAST_WORK_ROWS, 7))
    apart, towards, slope = np.empty(3), np.empty(3), np.empty(UNKNOWNS)
    squares = 0.0
    count = 0
    at_s = 0.0
    for n in range(after_s.size):
        row, then_s = rows[n], after_s[n]
        coast_forward(mean, cov, then_s - at_s, work)
        at_s = then_s
        along = across = upward = square = 0.0
        for k in range(3):
            apart[k] = mean[k] - row[SENSOR + k]
            along += apart[k] * row[SIGHT + k]
            across += apart[k] * row[ACROSS + k]
            upward += apart[k] * row[UPWARD + k]
            square += apart[k] * apart[k]
        distance = math.sqrt(square)
        rate = 0.0
        for k in range(3):
            towards[k] = apart[k] / distance
            rate += towards[k] * mean[3 + k]
        _fill_slope(row[ACROSS : ACROSS + 3], 1.0 / along, then_s, slope)
        squares += _add_row(slope, -across / along, row[SIGMA_ACROSS], matrix, vector)
        _fill_slope(row[UPWARD : UPWARD + 3], 1.0 / along, then_s, slope)
        squares += _add_row(slope, -upward / along, row[SIGMA_UPWARD], matrix, vector)
        _fill_slope(towards, 1.0, then_s, slope)
        squares += _add_row(slope, row[RANGE] - distance, row[SIGMA_RANGE], matrix, vector)
        count += 3
        if not math.isnan(row[RANGE_RATE]):
            for k in range(3):
                by_place = (mean[3 + k] - rate * towards[k]) / distance
                slope[k] = by_place
                slope[3 + k] = then_s * by_place + towards[k]
            missed = row[RANGE_RATE] - rate
            squares += _add_row(slope, missed, row[SIGMA_RANGE_RATE], matrix, vector)
            count += 1
    return squares, count
