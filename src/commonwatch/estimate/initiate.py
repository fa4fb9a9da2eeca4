"""Tracks start by themselves from plots that no track took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commonwatch.acquire.plot import Plot
from commonwatch.estimate.launch import AscentFit, fit_launch
from commonwatch.estimate.measurement import SensorPlace, has_range, position_and_covariance
from commonwatch.estimate.powered_filter import PoweredFilter, judged, powered_from_point
from commonwatch.trajectory.kernels.measurement import SIGHT

Array = NDArray[np.float64]

# Plots wait for others that fit: so many scans of their sensor, and so long at least.
WAIT_SCANS = 3.5
POINT_WAIT_S = 8.0
SIGHT_WAIT_S = 14.0
# So many plots of one path make a track: false ones are too thin in space for a chance chain of
# three.
CHAIN_LEAST = 3
CHAIN_GATE_NIS = 16.0
SPEED_MAX_M_S = 9_000.0
SPEED_LEAST_M_S = 150.0
# As seen from far, nothing that rises from the ground moves faster across the sky than this.
SIGHT_RATE_MAX_RAD_S = 5e-4
SIGHT_COST_PER_COMPONENT_MAX = 6.0
# Known no better than this, it is somewhere, but no track yet: more lines of sight are waited for.
SIGHT_SPREAD_MAX_M = 45e3


@dataclass(frozen=True, slots=True)
class Loose:
    """A plot that no track took, with its measurement row."""

    plot: Plot
    row: Array
    scan_period_s: float

    @property
    def wait_s(self) -> float:
        """How long it waits for others."""
        least_s = POINT_WAIT_S if has_range(self.row) else SIGHT_WAIT_S
        return max(least_s, WAIT_SCANS * self.scan_period_s)


@dataclass(frozen=True, slots=True)
class Start:
    """What a new track begins with."""

    plots: tuple[Loose, ...]
    state: PoweredFilter
    launch: AscentFit | None


def still_waiting(loose: Sequence[Loose], now_s: float) -> tuple[Loose, ...]:
    """Without the plots that have waited too long."""
    return tuple(one for one in loose if now_s - one.plot.time_s <= one.wait_s)


def start_from_points(loose: Sequence[Loose], newest: Loose) -> Start | None:
    """A track from plots with range that lie on one path which ends in the newest, or None."""
    end, _cov = position_and_covariance(newest.row)
    near = [one for one in loose if has_range(one.row) and _reachable(one, newest, end)]
    best: Start | None = None
    for i, anchor in enumerate(near):
        start = _chain(anchor, [*near[i + 1 :], newest])
        if start is not None and (best is None or len(start.plots) > len(best.plots)):
            best = start
    return best


def _reachable(one: Loose, newest: Loose, end_ecef_m: Array) -> bool:
    """Whether something could have flown from one plot to the newest."""
    elapsed_s = newest.plot.time_s - one.plot.time_s
    point, cov = position_and_covariance(one.row)
    allowed_m = SPEED_MAX_M_S * elapsed_s + 4.0 * float(np.sqrt(np.trace(cov)))
    return 0.0 <= elapsed_s <= one.wait_s and float(np.linalg.norm(end_ecef_m - point)) <= allowed_m


def _chain(anchor: Loose, later: Sequence[Loose]) -> Start | None:
    """The plots after an anchor that one filter takes, where enough, the last among them."""
    state = powered_from_point(anchor.plot.time_s, *position_and_covariance(anchor.row))
    taken = [anchor]
    for one in later:
        ahead = state.at(one.plot.time_s)
        fit = judged(ahead.mean, ahead.cov, one.row)
        if fit.components and fit.nis < CHAIN_GATE_NIS:
            state = ahead.updated(one.row)
            taken.append(one)
    enough = len(taken) >= CHAIN_LEAST and taken[-1] is later[-1]
    speed = float(np.linalg.norm(state.mean[3:6]))
    return (
        Start(tuple(taken), state, None)
        if enough and SPEED_LEAST_M_S < speed < SPEED_MAX_M_S
        else None
    )


def start_from_sights(loose: Sequence[Loose], newest: Loose, place: SensorPlace) -> Start | None:
    """A track from lines of sight to something that rises from the ground, or None.

    Only an infrared sensor's count: what it sees, burns.
    """
    if place.sensor.kind != "infrared":
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
