"""Two objects that fly close together, seen by several sensors: whose plots go with whose?

Each sensor alone keeps two objects apart by range. Which of its two goes with which of another
sensor's two only the angles tell, and slowly: tracks may be made of one object's plots by one
sensor and of the other's by the next. Here all ways to pair them are fitted and compared.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from commonwatch.trajectory.kernels.measurement import RANGE
from commonwatch.trajectory.kernels.offsets import add_offsets

Array = NDArray[np.float64]

# Another pairing must fit so much better, in the sum of normalised squares.
BETTER_BY = 16.0
# The pairing that fits best has to fit: so many sigmas over the squares' mean at most.
FITS_SIGMAS = 4.0
# Of each sensor's plots on a track at least so many.
PLOTS_LEAST = 4
# Pairings grow as a power of the sensors.
SENSORS_MAX = 8
# How far from the path between them two close objects may be at all.
SPREAD_M = 3_000.0
SPREAD_M_S = 60.0


@dataclass(frozen=True, slots=True)
class SeenPlot:
    """A plot that a track took: POSIX seconds, sensor, measurement row."""

    time_s: float
    sensor: str
    row: Array


@dataclass(frozen=True, slots=True)
class Uncrossed:
    """Paths of the two objects now: ECEF states (6,) and covariances (6, 6)."""

    first: tuple[Array, Array]
    second: tuple[Array, Array]


@dataclass(frozen=True, slots=True)
class _Normal:
    """Normal equations of an offset (6,) from the path between: matrix, vector, sum of squares.

    `count` is how many numbers were measured.
    """

    matrix: Array
    vector: Array
    squares: float
    count: int

    def __add__(self, other: _Normal) -> _Normal:
        return _Normal(
            self.matrix + other.matrix,
            self.vector + other.vector,
            self.squares + other.squares,
            self.count + other.count,
        )

    def misfit(self) -> float:
        """What the best offset leaves."""
        return self.squares - float(self.vector @ np.linalg.solve(self.matrix, self.vector))


_PRIOR = _Normal(np.diag([SPREAD_M**-2.0] * 3 + [SPREAD_M_S**-2.0] * 3), np.zeros(6), 0.0, 0)


def uncrossed(
    now_s: float, between: Array, first: Sequence[SeenPlot], second: Sequence[SeenPlot]
) -> Uncrossed | None:
    """The two paths, where another pairing of the sensors' plots fits much better; else None.

    `between` (7,) is a coasting state between the two tracks now, from which neither is farther
    than a few kilometres: an offset from its path moves straight. Least squares for each pairing.
    """
    mine, others = _by_sensor(now_s, between, first), _by_sensor(now_s, between, second)
    sensors = sorted(mine.keys() & others.keys())[:SENSORS_MAX]
    if len(sensors) < 2:
        return None
    best: tuple[float, _Normal, _Normal] | None = None
    as_is = 0.0
    for swapped in product((False, True), repeat=len(sensors) - 1):
        one, two = _PRIOR + mine[sensors[0]], _PRIOR + others[sensors[0]]
        for sensor, swap in zip(sensors[1:], swapped, strict=True):
            a, b = mine[sensor], others[sensor]
            one, two = (one + b, two + a) if swap else (one + a, two + b)
        misfit = one.misfit() + two.misfit()
        if not any(swapped):
            as_is = misfit
        if best is None or misfit < best[0]:
            best = (misfit, one, two)
    if best is None or as_is - best[0] < BETTER_BY:
        return None
    freedom = best[1].count + best[2].count - 12
    if best[0] > freedom + FITS_SIGMAS * math.sqrt(2.0 * max(freedom, 1)):
        return None
    return Uncrossed(_path(between, best[1]), _path(between, best[2]))


def _path(between: Array, normal: _Normal) -> tuple[Array, Array]:
    """State and covariance of an offset path."""
    cov = np.linalg.inv(normal.matrix)
    return between[:6] + cov @ normal.vector, 0.5 * (cov + cov.T)


def _by_sensor(now_s: float, between: Array, plots: Sequence[SeenPlot]) -> dict[str, _Normal]:
    """Normal equations of the plots of each sensor that has enough of them."""
    grouped: dict[str, list[SeenPlot]] = {}
    for plot in plots:
        if not math.isnan(plot.row[RANGE]):
            grouped.setdefault(plot.sensor, []).append(plot)
    return {
        sensor: _normal(now_s, between, group)
        for sensor, group in grouped.items()
        if len(group) >= PLOTS_LEAST
    }


def _normal(now_s: float, between: Array, plots: Sequence[SeenPlot]) -> _Normal:
    """Normal equations of some plots of one sensor."""
    newest_first = sorted(plots, key=lambda plot: -plot.time_s)
    rows = np.array([plot.row for plot in newest_first])
    after_s = np.array([plot.time_s for plot in newest_first]) - now_s
    matrix, vector = np.zeros((6, 6)), np.zeros(6)
    squares, count = add_offsets(between, after_s, rows, matrix, vector)
    return _Normal(matrix, vector, squares, count)
