"""The estimate of an object on which only gravity and drag act."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commonwatch.errors import require
from commonwatch.trajectory.kernels.arc import height_m
from commonwatch.trajectory.kernels.atmosphere import air_density
from commonwatch.trajectory.kernels.cubature import COAST_STATES, POINTS, carry, moments, spread
from commonwatch.trajectory.kernels.update import update

Array = NDArray[np.float64]

# Prior of the ballistic coefficient: notional, of slender re-entry bodies; sigma of its natural
# logarithm.
BALLISTIC_COEFFICIENT_PRIOR_KG_M2 = 6000.0
LOG_BALLISTIC_COEFFICIENT_SIGMA = 0.045
DRAG_PRIOR_MEAN = -math.log(BALLISTIC_COEFFICIENT_PRIOR_KG_M2)
DRAG_PRIOR_VARIANCE = LOG_BALLISTIC_COEFFICIENT_SIGMA**2
# Where drag is felt, the coefficient changes with speed and the air is not the standard's.
DRAG_WALK_PER_SQRT_S = 0.03
DRAG_FELT_M_S2 = 0.5
JITTER_SHARE = 1e-9


@dataclass(frozen=True, slots=True)
class CoastFilter:
    """Cubature points (POINTS, 7) at a time.

    ECEF position, velocity, logarithm of the inverse ballistic coefficient.
    """

    time_s: float
    points: Array
    mean: Array
    cov: Array

    def at(self, time_s: float) -> CoastFilter:
        """Carried to another time along the points' own arcs."""
        if time_s == self.time_s:
            return self
        moved = np.empty((POINTS, COAST_STATES))
        carry(self.points, time_s - self.time_s, moved)
        mean, cov = np.empty(COAST_STATES), np.empty((COAST_STATES, COAST_STATES))
        moments(moved, mean, cov)
        if time_s > self.time_s and drag_m_s2(mean) > DRAG_FELT_M_S2:
            cov[6, 6] += DRAG_WALK_PER_SQRT_S**2 * (time_s - self.time_s)
            return coast_from(time_s, mean, cov)
        return CoastFilter(time_s, moved, mean, cov)

    def updated(self, row: Array) -> CoastFilter:
        """With a measurement at this time."""
        mean, cov = np.empty(COAST_STATES), np.empty((COAST_STATES, COAST_STATES))
        update(self.mean, self.cov, row, mean, cov)
        return coast_from(self.time_s, mean, cov)


def drag_m_s2(mean: Array) -> float:
    """Size of the drag on a coasting state."""
    speed = float(np.linalg.norm(mean[3:6]))
    return 0.5 * air_density(height_m(mean[0:6])) * speed * speed * math.exp(mean[6])


def coast_from(time_s: float, mean: Array, cov: Array) -> CoastFilter:
    """A coasting estimate from mean (7,) and covariance (7, 7)."""
    points = np.empty((POINTS, COAST_STATES))
    if not spread(mean, cov, points):
        loose = cov + JITTER_SHARE * np.diag(np.diag(cov))
        require(spread(mean, loose, points), "a coasting covariance is not positive definite")
    return CoastFilter(time_s, points, mean, cov)


def coast_from_state(time_s: float, mean: Array, cov: Array) -> CoastFilter:
    """A coasting estimate from position and velocity (6,), (6, 6), with the prior of drag."""
    full_mean = np.empty(COAST_STATES)
    full_mean[0:6] = mean[0:6]
    full_mean[6] = DRAG_PRIOR_MEAN
    full_cov = np.zeros((COAST_STATES, COAST_STATES))
    full_cov[0:6, 0:6] = cov[0:6, 0:6]
    full_cov[6, 6] = DRAG_PRIOR_VARIANCE
    return coast_from(time_s, full_mean, full_cov)
