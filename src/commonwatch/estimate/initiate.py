"""Tracks start by themselves from plots that no track took."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commonwatch.acquire.plot import Plot
from commonwatch.acquire.sensor import Sensor
from commonwatch.estimate.launch import AscentFit, fit_launch
from commonwatch.estimate.measurement import has_range
from commonwatch.estimate.powered_filter import PoweredFilter
from commonwatch.limits import LOOSE_PLOTS_MAX
from commonwatch.trajectory.kernels.chains import longest_chain
from commonwatch.trajectory.kernels.measurement import MEASUREMENT_SIZE, SIGHT
from commonwatch.trajectory.kernels.powered import POWERED_STATES

Array = NDArray[np.float64]

# Plots wait for others that fit: so many scans of their sensor, and so long at least.
WAIT_SCANS = 3.5
POINT_WAIT_S = 8.0
LOOSE_FIRST = 64
SIGHT_WAIT_S = 14.0
# So many plots of one path make a track: false ones are too thin in space for a chance chain of
# three.
CHAIN_LEAST = 3
# As seen from far, nothing that rises from the ground moves faster across the sky than this.
SIGHT_RATE_MAX_RAD_S = 5e-4
SIGHT_COST_PER_COMPONENT_MAX = 6.0
# Known no better than this, it is somewhere, but no track yet: more lines of sight are waited for.
SIGHT_SPREAD_MAX_M = 45e3


@dataclass(frozen=True, slots=True)
class Loose:
    """A plot that no track took, with its measurement row and its sensor."""

    plot: Plot
    row: Array
    sensor: Sensor

    @property
    def wait_s(self) -> float:
        """How long it waits for others."""
        least_s = POINT_WAIT_S if has_range(self.row) else SIGHT_WAIT_S
        return max(least_s, WAIT_SCANS * self.sensor.scan_period_s)


@dataclass(frozen=True, slots=True)
class Start:
    """What a new track begins with."""

    plots: tuple[Loose, ...]
    state: PoweredFilter
    launch: AscentFit | None


class LoosePlots:
    """Plots that no track took, in order of time, also in arrays for kernels; each waits."""

    def __init__(self) -> None:
        self._plots: list[Loose] = []
        self._times_s = np.empty(LOOSE_FIRST)
        self._rows = np.empty((LOOSE_FIRST, MEASUREMENT_SIZE))
        self._waits_s = np.empty(LOOSE_FIRST)

    def add(self, one: Loose) -> None:
        """One more, the newest; those that have waited too long are dropped, or the oldest."""
        now_s = one.plot.time_s
        held = len(self._plots)
        keep = now_s - self._times_s[:held] <= self._waits_s[:held]
        if held >= LOOSE_PLOTS_MAX:
            keep[0] = False
        if not keep.all():
            self._keep(keep)
        held = len(self._plots)
        if held == len(self._times_s):
            self._times_s = np.concatenate([self._times_s, np.empty(held)])
            self._rows = np.concatenate([self._rows, np.empty((held, MEASUREMENT_SIZE))])
            self._waits_s = np.concatenate([self._waits_s, np.empty(held)])
        self._plots.append(one)
        self._times_s[held], self._rows[held] = now_s, one.row
        self._waits_s[held] = one.wait_s

    def forget(self, sensors: Collection[str]) -> None:
        """Drop the plots of some sensors."""
        self._keep(np.array([one.plot.sensor not in sensors for one in self._plots], np.bool_))

    def _keep(self, keep: NDArray[np.bool_]) -> None:
        """Drop all but some."""
        held = len(self._plots)
        left = int(keep.sum())
        self._plots = [one for one, kept in zip(self._plots, keep.tolist(), strict=True) if kept]
        self._times_s[:left] = self._times_s[:held][keep]
        self._rows[:left] = self._rows[:held][keep]
        self._waits_s[:left] = self._waits_s[:held][keep]

    def taken_start(self) -> Start | None:
        """A track that the newest plot completes, its plots no longer loose; or None."""
        newest = self._plots[-1]
        if has_range(newest.row):
            start = self._start_from_points(newest)
        else:
            start = start_from_sights(self._plots[:-1], newest)
        if start is not None:
            gone = {id(one) for one in start.plots}
            self._keep(np.array([id(one) not in gone for one in self._plots]))
        return start

    def _start_from_points(self, newest: Loose) -> Start | None:
        """A track from plots with range that lie on one path which ends in the newest, or None."""
        held = len(self._plots)
        if held < CHAIN_LEAST:
            return None
        chain = np.empty(held, np.int64)
        mean, cov = np.empty(POWERED_STATES), np.empty((POWERED_STATES, POWERED_STATES))
        count = longest_chain(
            self._times_s[:held], self._rows[:held], self._waits_s[:held], chain, mean, cov
        )
        if count < CHAIN_LEAST:
            return None
        taken = tuple(self._plots[k] for k in chain[:count].tolist())
        return Start(taken, PoweredFilter(newest.plot.time_s, mean, cov), None)


def start_from_sights(loose: Sequence[Loose], newest: Loose) -> Start | None:
    """A track from lines of sight to something that rises from the ground, or None.

    Only an infrared sensor's count: what it sees, burns.
    """
    if newest.sensor.kind != "infrared":
        return None
    chain = [
        one for one in loose if one.plot.sensor == newest.plot.sensor and _one_path(one, newest)
    ]
    chain.append(newest)
    if len(chain) < CHAIN_LEAST:
        return None
    times_s = np.array([one.plot.time_s for one in chain])
    fit = fit_launch(times_s, np.array([one.row for one in chain]), True, None)
    if fit is None or fit.cost > SIGHT_COST_PER_COMPONENT_MAX * fit.components:
        return None
    if float(np.sqrt(np.trace(fit.last.cov[:3, :3]))) > SIGHT_SPREAD_MAX_M:
        return None
    return Start(tuple(chain), fit.last, fit)


def _one_path(one: Loose, newest: Loose) -> bool:
    """Whether two lines of sight may be of one rising object."""
    if has_range(one.row):
        return False
    elapsed_s = newest.plot.time_s - one.plot.time_s
    turn_rad = float(np.linalg.norm(newest.row[SIGHT : SIGHT + 3] - one.row[SIGHT : SIGHT + 3]))
    return turn_rad <= SIGHT_RATE_MAX_RAD_S * elapsed_s + 5e-4
