"""Tracks start by themselves from plots that no track took."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commonwatch.acquire.plot import Plot
from commonwatch.acquire.sensor import Sensor
from commonwatch.estimate.associate import SCAN_SHARE
from commonwatch.estimate.launch import AscentFit, fit_launch
from commonwatch.estimate.measurement import has_range
from commonwatch.estimate.powered_filter import PoweredFilter
from commonwatch.limits import LOOSE_PLOTS_MAX
from commonwatch.trajectory.kernels.chains import next_start, place_loose
from commonwatch.trajectory.kernels.grid import Grid, gridded
from commonwatch.trajectory.kernels.measurement import MEASUREMENT_SIZE, RANGE, SIGHT
from commonwatch.trajectory.kernels.powered import POWERED_STATES

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
Objects = NDArray[np.object_]

# Plots wait for others that fit: so many scans of their sensor, and so long at least.
WAIT_SCANS = 3.5
POINT_WAIT_S = 8.0
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


@dataclass(frozen=True, slots=True)
class Start:
    """What a new track begins with."""

    plots: tuple[Loose, ...]
    state: PoweredFilter
    launch: AscentFit | None


class LoosePlots:
    """Plots that no track took, in order of time, also in arrays for kernels; each waits.

    The plots of a scan are heard at once and then gone through one by one.
    """

    def __init__(self) -> None:
        self._plots = _objects(())
        self._sensors = _objects(())
        self._times_s = np.empty(0)
        self._rows = np.empty((0, MEASUREMENT_SIZE))
        self._waits_s = np.empty(0)
        self._scans_s = np.empty(0)
        self._gone = np.empty(0, np.bool_)
        self._halts = np.empty(0, np.bool_)
        self._places = np.empty((0, 4))
        self._grid: Grid = gridded(self._places, self._gone, 0.0)
        self._at = 0

    def hear(
        self, plots: Sequence[Plot], sensors: Sequence[Sensor], times_s: Array, rows: Array
    ) -> None:
        """More plots (n), the newest; what has waited too long is dropped, or the oldest."""
        keep = ~self._gone & (times_s[0] - self._times_s <= self._waits_s)
        over = int(keep.sum()) + len(plots) - LOOSE_PLOTS_MAX
        if over > 0:
            keep[np.flatnonzero(keep)[:over]] = False
        self._keep(keep)
        self._at = len(self._plots)
        ranged = ~np.isnan(rows[:, RANGE])
        least_s = np.where(ranged, POINT_WAIT_S, SIGHT_WAIT_S)
        periods_s = np.array([sensor.scan_period_s for sensor in sensors])
        self._plots = np.concatenate([self._plots, _objects(plots)])
        self._sensors = np.concatenate([self._sensors, _objects(sensors)])
        self._times_s = np.concatenate([self._times_s, times_s])
        self._rows = np.concatenate([self._rows, rows])
        self._waits_s = np.concatenate([self._waits_s, np.maximum(least_s, WAIT_SCANS * periods_s)])
        self._scans_s = np.concatenate([self._scans_s, SCAN_SHARE * periods_s])
        self._gone = np.concatenate([self._gone, np.zeros(len(plots), np.bool_)])
        self._halts = np.concatenate([self._halts, ~ranged])
        self._places = np.empty((len(self._plots), 4))
        widest_m = place_loose(self._rows, self._waits_s, self._places)
        self._grid = gridded(self._places, self._gone, widest_m)

    def forget(self, sensors: Collection[str]) -> None:
        """Drop the plots of some sensors."""
        self._keep(np.array([plot.sensor not in sensors for plot in self._plots], np.bool_))

    def _keep(self, keep: NDArray[np.bool_]) -> None:
        """Drop all but some, which have all been gone through."""
        if keep.all():
            return
        left = np.flatnonzero(keep)
        self._plots, self._sensors = self._plots[left], self._sensors[left]
        self._times_s, self._rows = self._times_s[left], self._rows[left]
        self._waits_s, self._gone = self._waits_s[left], self._gone[left]
        self._halts, self._scans_s = self._halts[left], self._scans_s[left]

    @property
    def at(self) -> int:
        """Number of the next plot to be gone through; numbers hold until more are heard."""
        return self._at

    def halt_at(self, ahead: Integers) -> None:
        """Some plots ahead, counted from `at`, may be of a track that has begun: halt at each."""
        self._halts[self._at + ahead] = True

    def next_start(self, *, may_start: bool) -> Start | None:
        """Go on to the next plot that completes a track, which is taken out; None where it halts.

        It halts where it was told to, at lines of sight, and when all have been gone through.
        """
        if not may_start:
            self._at = len(self._plots)
        chain = np.empty(len(self._plots), np.int64)
        mean, cov = np.empty(POWERED_STATES), np.empty((POWERED_STATES, POWERED_STATES))
        self._at, count = next_start(
            self._times_s,
            self._rows,
            self._waits_s,
            self._scans_s,
            self._places,
            self._gone,
            self._halts,
            self._grid,
            self._at,
            CHAIN_LEAST,
            chain,
            mean,
            cov,
        )
        if count == 0:
            return None
        self._at += 1
        taken = chain[:count]
        self._gone[taken] = True
        plots = tuple(self._loose(k) for k in taken.tolist())
        return Start(plots, PoweredFilter(plots[-1].plot.time_s, mean, cov), None)

    def take_out(self) -> None:
        """The plot at which it halted is a track's."""
        self._gone[self._at] = True
        self._at += 1

    def let_be(self) -> Start | None:
        """The plot at which it halted is no track's. A line of sight may complete a new one."""
        newest = self._at
        if has_range(self._rows[newest]):
            self._halts[newest] = False
            return None
        self._at += 1
        waiting = self._times_s[newest] - self._times_s[:newest] <= self._waits_s[:newest]
        sights = waiting & ~self._gone[:newest] & np.isnan(self._rows[:newest, RANGE])
        before = np.flatnonzero(sights).tolist()
        start = start_from_sights([self._loose(k) for k in before], self._loose(newest))
        if start is not None:
            taken = {id(one.plot) for one in start.plots}
            self._gone[[k for k in (*before, newest) if id(self._plots[k]) in taken]] = True
        return start

    def _loose(self, number: int) -> Loose:
        """One of the plots with what belongs to it."""
        return Loose(self._plots[number], self._rows[number], self._sensors[number])


def _objects(some: Sequence[object]) -> Objects:
    """Some objects in an array, of which many are chosen at once."""
    found = np.empty(len(some), np.object_)
    found[:] = some
    return found


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
