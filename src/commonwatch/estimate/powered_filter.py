"""The estimate of an object under an unknown force: position, velocity, specific force."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commonwatch.trajectory.kernels import update as fit_column
from commonwatch.trajectory.kernels.powered import POWERED_STATES, powered_forward
from commonwatch.trajectory.kernels.update import FIT_SIZE, judge, update

Array = NDArray[np.float64]

# Thrust of a stage rises by 0.3 to 1.5 m/s2 a second; a stage's end is met by `loosened`.
FORCE_WALK_PSD_M2_S5 = 3.0**2
# A stage that burns out or ignites changes the specific force by up to 50 m/s2 at once.
FORCE_STEP_SIGMA_M_S2 = 25.0
SPEED_FIRST_SIGMA_M_S = 3000.0
FORCE_FIRST_SIGMA_M_S2 = 30.0


@dataclass(frozen=True, slots=True)
class Fit:
    """How a plot fits a prediction.

    Log likelihood (SI), normalised innovation squared, components (0: not seen).
    """

    log_likelihood: float
    nis: float
    components: int


def judged(mean: Array, cov: Array, row: Array) -> Fit:
    """How a row fits a Gaussian prediction that begins with ECEF position and velocity."""
    fit = np.empty(FIT_SIZE)
    components = judge(mean, cov, row, fit)
    return Fit(float(fit[fit_column.LOG_LIKELIHOOD]), float(fit[fit_column.NIS]), components)


@dataclass(frozen=True, slots=True)
class PoweredFilter:
    """Nine states at a time, with covariance (9, 9).

    ECEF position (m), velocity (m/s), specific force (m/s2).
    """

    time_s: float
    mean: Array
    cov: Array

    def at(self, time_s: float) -> PoweredFilter:
        """Carried forward; an earlier time gives it as it is."""
        if time_s <= self.time_s:
            return self
        mean, cov = self.mean.copy(), self.cov.copy()
        powered_forward(mean, cov, time_s - self.time_s, FORCE_WALK_PSD_M2_S5)
        return PoweredFilter(time_s, mean, cov)

    def updated(self, row: Array) -> PoweredFilter:
        """With a measurement at this time."""
        mean, cov = np.empty(POWERED_STATES), np.empty((POWERED_STATES, POWERED_STATES))
        update(self.mean, self.cov, row, mean, cov)
        return PoweredFilter(self.time_s, mean, cov)

    def loosened(self) -> PoweredFilter:
        """As if a stage had just burnt out or ignited: the force may be anything near."""
        cov = self.cov.copy()
        cov[6:9, 6:9] += FORCE_STEP_SIGMA_M_S2**2 * np.eye(3)
        return PoweredFilter(self.time_s, self.mean, cov)


def powered_from_point(time_s: float, position_ecef_m: Array, cov_m2: Array) -> PoweredFilter:
    """A first estimate from one point in space: nothing known of speed and force but their size."""
    mean = np.zeros(POWERED_STATES)
    mean[0:3] = position_ecef_m
    cov = np.zeros((POWERED_STATES, POWERED_STATES))
    cov[0:3, 0:3] = cov_m2
    cov[3:6, 3:6] = SPEED_FIRST_SIGMA_M_S**2 * np.eye(3)
    cov[6:9, 6:9] = FORCE_FIRST_SIGMA_M_S2**2 * np.eye(3)
    return PoweredFilter(time_s, mean, cov)
