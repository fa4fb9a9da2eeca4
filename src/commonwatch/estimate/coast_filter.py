"""The estimate of an object on which only gravity and drag act."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commonwatch.errors import require
from commonwatch.estimate.bodies import KNOWN
from commonwatch.trajectory.kernels.bank import COAST_LEAST_STATES as COAST_STATES
from commonwatch.trajectory.kernels.bank_answers import coast_to, drag_of
from commonwatch.trajectory.kernels.coast_step import COAST_WORK_ROWS
from commonwatch.trajectory.kernels.cubature import spread
from commonwatch.trajectory.kernels.update import update

Array = NDArray[np.float64]

# Prior of the ballistic coefficient: that of the bodies that are known.
BALLISTIC_COEFFICIENT_PRIOR_KG_M2 = KNOWN.ballistic_coefficient_kg_m2
DRAG_PRIOR_MEAN = -math.log(BALLISTIC_COEFFICIENT_PRIOR_KG_M2)
DRAG_PRIOR_VARIANCE = KNOWN.log_sigma**2
DRAG_FELT_M_S2 = 0.5
JITTER_SHARE = 1e-12
SMALLEST_VARIANCE = 1e-18


@dataclass(frozen=True, slots=True)
class CoastFilter:
    """Mean (n,) and covariance (n, n) at a time.

    ECEF position, velocity, logarithm of the inverse ballistic coefficient; then, where sensors
    declare constant errors, four for each of them: range (m), across and upward (rad), clock (s).
    """

    time_s: float
    mean: Array
    cov: Array

    def points(self) -> Array:
        """Cubature points (2 n, n) of the estimate."""
        points = np.empty((2 * self.mean.size, self.mean.size))
        if not spread(self.mean, self.cov, points):
            wide = _widened(self.cov)
            require(spread(self.mean, wide, points), "a coasting covariance is not one")
        return points

    def at(self, time_s: float) -> CoastFilter:
        """Carried to another time along the mean's own arc."""
        if time_s == self.time_s:
            return self
        mean, cov = self.mean.copy(), self.cov.copy()
        work = np.empty((COAST_WORK_ROWS, mean.size))
        coast_to(mean, cov, self.time_s, time_s, -math.inf, KNOWN.log_walk_per_root_s, work)
        return coast_from(time_s, mean, cov)

    def updated(self, row: Array) -> CoastFilter:
        """With a measurement at this time."""
        mean, cov = np.empty_like(self.mean), np.empty_like(self.cov)
        update(self.mean, self.cov, row, mean, cov)
        return coast_from(self.time_s, mean, cov)

    def without_biases(self) -> CoastFilter:
        """What is known of the object alone: its seven states, the sensors' errors averaged out."""
        if self.mean.size == COAST_STATES:
            return self
        mean, cov = self.mean[:COAST_STATES], self.cov[:COAST_STATES, :COAST_STATES]
        return coast_from(self.time_s, mean.copy(), cov.copy())


def drag_m_s2(mean: Array) -> float:
    """Size of the drag on a coasting state."""
    return float(drag_of(mean))


def coast_from(time_s: float, mean: Array, cov: Array) -> CoastFilter:
    """A coasting estimate from mean (n,) and covariance (n, n), 7 states and the biases.

    A covariance that rounding has made indefinite is made positive definite by widening it.
    """
    points = np.empty((2 * mean.size, mean.size))
    if not spread(mean, cov, points):
        cov = _widened(cov)
        require(spread(mean, cov, points), "a coasting covariance is not positive definite")
    return CoastFilter(time_s, mean, cov)


def _widened(cov: Array) -> Array:
    """The covariance with no direction narrower than a rounding error in its states' units."""
    sigma = np.sqrt(np.maximum(np.diag(cov), SMALLEST_VARIANCE))
    values, vectors = np.linalg.eigh(cov / np.outer(sigma, sigma))
    values = np.maximum(values, JITTER_SHARE)
    return np.asarray(((vectors * values) @ vectors.T) * np.outer(sigma, sigma))


def coast_from_state(time_s: float, mean: Array, cov: Array) -> CoastFilter:
    """A coasting estimate from position and velocity (6,), (6, 6), with the prior of drag."""
    full_mean = np.zeros(COAST_STATES)
    full_mean[0:6] = mean[0:6]
    full_mean[6] = DRAG_PRIOR_MEAN
    full_cov = np.zeros((COAST_STATES, COAST_STATES))
    full_cov[0:6, 0:6] = cov[0:6, 0:6]
    full_cov[6, 6] = DRAG_PRIOR_VARIANCE
    return coast_from(time_s, full_mean, full_cov)
