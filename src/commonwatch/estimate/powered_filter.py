"""The estimate of an object under an unknown force: position, velocity, specific force."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commonwatch.trajectory.kernels.bank_answers import FORCE_WALK_PSD_M2_S5
from commonwatch.trajectory.kernels.powered import powered_forward

Array = NDArray[np.float64]


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
