"""How a track moves, as the bank's answers together say: what an assessment is told from."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commonwatch.estimate.coast_filter import CoastFilter
from commonwatch.estimate.powered_filter import PoweredFilter
from commonwatch.trajectory.kernels import bank as layout
from commonwatch.trajectory.kernels.bank import Bank
from commonwatch.trajectory.kernels.bank_answers import best_answer
from commonwatch.trajectory.kernels.bank_motion import (
    LIFT_BELOW_M,
    burnout_of,
    burns_surely,
    coast_moments,
)
from commonwatch.trajectory.kernels.coast_step import height_of

Array = NDArray[np.float64]

# From here on what is told is told of the known body alone: the region then holds the truth as
# often as it says, within the chance that it is another.
KNOWN_BODY_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class Motion:
    """All answers at one time. `declared`: it is held to coast; `lifted`: a force came on later.

    `burns`: a force along the path acts, without doubt.

    `burnout_s` and its sigma (s) where there are coasts. `settled`: it coasts, without doubt.
    """

    time_s: float
    declared: bool
    lifted: bool
    settled: bool
    burns: bool
    powered: PoweredFilter | None
    coast: CoastFilter | None
    burnout_s: float
    burnout_sigma_s: float

    @property
    def coasts(self) -> bool:
        """Whether nothing is held to act but gravity and drag."""
        return self.coast is not None and (self.declared or self.powered is None)

    @property
    def glides(self) -> bool:
        """Whether something that is no thrust bends its path in the air."""
        if self.coasts or self.powered is None or not self.lifted or self.burns:
            return False
        return bool(height_of(self.powered.mean) < LIFT_BELOW_M)


def motion_of(bank: Bank, row: int) -> Motion:
    """How the track in a row of the bank moves."""
    integers, numbers = bank.integers[row], bank.numbers[row]
    count = int(integers[layout.COUNT])
    is_powered = bool(integers[layout.POWERED])
    declared = bool(integers[layout.DECLARED]) or not is_powered
    powered = coast = None
    burnout_s = sigma_s = math.nan
    if is_powered:
        powered = PoweredFilter(
            float(numbers[layout.POWERED_TIME]),
            bank.powered_mean[row].copy(),
            bank.powered_cov[row].copy(),
        )
    if count and declared:
        burnout_s, variance_s2 = _burnout_of(bank, row, count)
        sigma_s = math.sqrt(variance_s2 + 1.0 / 12.0)
        coast = _coast_of(bank, row, count)
    return Motion(
        float(numbers[layout.POWERED_TIME]) if coast is None else coast.time_s,
        declared,
        bool(integers[layout.LIFTED]),
        not is_powered,
        not declared and bool(burns_surely(bank, row)),
        powered,
        coast,
        burnout_s,
        sigma_s,
    )


def _burnout_of(bank: Bank, row: int, count: int) -> tuple[float, float]:
    """When the force ended (s), and the variance of that (s2), over the coasting answers."""
    if count == 1:
        return float(bank.since_s[bank.slots[row, 0]]), 0.0
    moments = np.empty(2)
    burnout_of(bank, row, moments)
    return float(moments[0]), float(moments[1])


def _coast_of(bank: Bank, row: int, count: int) -> CoastFilter:
    """The coasting answers as one estimate: those of the known body where it is the likely one."""
    first = int(bank.slots[row, 0])
    if count == 1:
        return CoastFilter(
            float(bank.time_s[first]), bank.mean[first].copy(), bank.cov[first].copy()
        )
    mean, cov = np.empty(bank.mean.shape[1]), np.empty(bank.cov.shape[1:])
    share = coast_moments(bank, row, layout.KNOWN_BODY, mean, cov)
    if share < KNOWN_BODY_SHARE:
        coast_moments(bank, row, -1, mean, cov)
    return CoastFilter(float(bank.time_s[first]), mean, cov)


def state_of(bank: Bank, row: int) -> tuple[Array, Array]:
    """Mean (7,) and covariance (7, 7) now of a track's likeliest answer.

    While it may burn nothing is known of its drag.
    """
    best = int(best_answer(bank, row))
    powered = bool(bank.integers[row, layout.POWERED])
    if best >= 0 and (bool(bank.integers[row, layout.DECLARED]) or not powered):
        return bank.mean[best, :7].copy(), bank.cov[best, :7, :7].copy()
    mean, cov = np.zeros(7), np.zeros((7, 7))
    mean[:6], cov[:6, :6] = bank.powered_mean[row, :6], bank.powered_cov[row, :6, :6]
    mean[6], cov[6, 6] = bank.body_prior[0, 0], 1.0
    return mean, cov


def places_of(bank: Bank, rows: NDArray[np.int64]) -> Array:
    """ECEF places (n, 3), m, of the tracks in some rows: of any one of the answers that count."""
    integers = bank.integers[rows]
    burns = (integers[:, layout.POWERED] == 1) & (integers[:, layout.DECLARED] == 0)
    coasting = bank.mean[bank.slots[rows, 0], :3]
    return np.where(burns[:, None], bank.powered_mean[rows, :3], coasting)


def place_of(bank: Bank, row: int) -> Array:
    """ECEF place (3,), m, of a track's likeliest answer."""
    return state_of(bank, row)[0][:3]
