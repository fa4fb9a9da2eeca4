"""The estimate of an object on which only gravity and drag act."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commonwatch.errors import require
from commonwatch.trajectory.kernels.arc import height_m
from commonwatch.trajectory.kernels.atmosphere import air_density
from commonwatch.trajectory.kernels.cubature import COAST_STATES, carry, moments, spread
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
JITTER_SHARE = 1e-12
SMALLEST_VARIANCE = 1e-18


@dataclass(frozen=True, slots=True)
class CoastFilter:
    """Cubature points (2 n, n) at a time.

    ECEF position, velocity, logarithm of the inverse ballistic coefficient; then, where sensors
    declare constant errors, three for each of them: range (m), across and upward (rad).
    """

    time_s: float
    points: Array
    mean: Array
    cov: Array

    def at(self, time_s: float) -> CoastFilter:
        """Carried to another time along the points' own arcs."""
        if time_s == self.time_s:
            return self
        moved = np.empty_like(self.points)
        carry(self.points, time_s - self.time_s, moved)
        mean, cov = np.empty_like(self.mean), np.empty_like(self.cov)
        moments(moved, mean, cov)
        if time_s > self.time_s and drag_m_s2(mean) > DRAG_FELT_M_S2:
            cov[6, 6] += DRAG_WALK_PER_SQRT_S**2 * (time_s - self.time_s)
            return coast_from(time_s, mean, cov)
        return CoastFilter(time_s, moved, mean, cov)

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
    speed = float(np.linalg.norm(mean[3:6]))
    return 0.5 * air_density(height_m(mean[0:6])) * speed * speed * math.exp(mean[6])


def coast_from(time_s: float, mean: Array, cov: Array) -> CoastFilter:
    """A coasting estimate from mean (n,) and covariance (n, n), 7 states and the biases.

    A covariance that rounding has made indefinite is made positive definite by widening it.
    """
    points = np.empty((2 * mean.size, mean.size))
    if not spread(mean, cov, points):
        cov = _widened(cov)
        require(spread(mean, cov, points), "a coasting covariance is not positive definite")
    return CoastFilter(time_s, points, mean, cov)


def _widened(cov: Array) -> Array:
    """The covariance with no direction narrower than a rounding error in its states' units."""
    sigma = np.sqrt(np.maximum(np.diag(cov), SMALLEST_VARIANCE))
    values, vectors = np.linalg.eigh(cov / np.outer(sigma, sigma))
    values = np.maximum(values, JITTER_SHARE)
    return np.asarray(((vectors * values) @ vectors.T) * np.outer(sigma, sigma))


def coast_from_state(
    time_s: float, mean: Array, cov: Array, bias_variances: tuple[float, ...] = ()
) -> CoastFilter:
    """A coasting estimate from position and velocity (6,), (6, 6), with the prior of drag.

    `bias_variances` are those of the sensors' constant errors, of which nothing is known yet.
    """
    states = COAST_STATES + len(bias_variances)
    full_mean = np.zeros(states)
    full_mean[0:6] = mean[0:6]
    full_mean[6] = DRAG_PRIOR_MEAN
    full_cov = np.zeros((states, states))
    full_cov[0:6, 0:6] = cov[0:6, 0:6]
    full_cov[range(6, states), range(6, states)] = (DRAG_PRIOR_VARIANCE, *bias_variances)
    return coast_from(time_s, full_mean, full_cov)
