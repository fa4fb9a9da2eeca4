"""What is wrong with a sensor: the constant error that explains how its plots miss."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commonwatch.trajectory.kernels.residuals import (
    AZIMUTH,
    CLOCK_FAST,
    ELEVATION,
    OFFSET_RANGE,
    OFFSETS,
    SUM_COUNTS,
    SUM_MISSES,
    SUM_PLOTS,
    SUM_SQUARES,
    SUM_VECTOR,
    SUMS_SIZE,
)

Array = NDArray[np.float64]

# One error alone explains it where all together explain hardly more than it does.
ALONE_SHARE = 0.9
# Before anything is known: azimuth, elevation (rad), range (m), clock (s) may be off by so much.
OFFSET_SIGMAS = (0.2, 0.2, 50e3, 20.0)
LEAST_COUNT = 1e-9


@dataclass(frozen=True, slots=True)
class Offset:
    """The error that explains a sensor's misses best.

    `which` is AZIMUTH, ELEVATION (`size` in rad), OFFSET_RANGE (m) or CLOCK_FAST (s, positive is
    fast), or -1 where none alone does. `explained`: share of all squared misses, 0 to 1.
    """

    which: int
    size: float
    explained: float

    @property
    def text(self) -> str:
        """In words, for a reader of English."""
        if self.which == AZIMUTH:
            return f"its azimuth is off by {math.degrees(self.size):.2g} degrees"
        if self.which == ELEVATION:
            return f"its elevation is off by {math.degrees(self.size):.2g} degrees"
        if self.which == OFFSET_RANGE:
            return f"its range is off by {self.size:.2g} m"
        if self.which == CLOCK_FAST:
            word = "fast" if self.size > 0.0 else "slow"
            return f"its clock is {abs(self.size):.2g} s {word}"
        return "no single constant error explains it"


def offset_of(sums: Array) -> Offset:
    """The likeliest explanation of a sensor's sums (SUMS_SIZE,), by least squares."""
    matrix = sums[:SUM_VECTOR].reshape(OFFSETS, OFFSETS) + np.diag(1.0 / np.square(OFFSET_SIGMAS))
    vector = sums[SUM_VECTOR:SUM_SQUARES]
    squares = max(float(sums[SUM_SQUARES]), LEAST_COUNT)
    every = float(vector @ np.linalg.solve(matrix, vector))
    gains = vector**2 / np.diag(matrix)
    best = int(np.argmax(gains))
    if gains[best] < ALONE_SHARE * every:
        return Offset(-1, math.nan, every / squares)
    return Offset(best, float(vector[best] / matrix[best, best]), float(gains[best]) / squares)


def mean_misses(sums: Array) -> Array:
    """Means of each component of a sensor's misses in sigmas, 0 for what it does not measure.

    Of one sensor's sums (SUMS_SIZE,), or of those of many at once.
    """
    counts = np.maximum(sums[..., SUM_COUNTS:SUMS_SIZE], LEAST_COUNT)
    return np.asarray(sums[..., SUM_MISSES:SUM_COUNTS] / counts)


def plots_in(sums: Array) -> float:
    """How many plots the sums still remember."""
    return float(sums[SUM_PLOTS])
