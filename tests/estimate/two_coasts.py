"""Two objects that coast side by side, and what radars about them see: SciPy and plain formulas.

Every radar is notional. Times count from when the first plots come.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp
from scipy.optimize import least_squares

from commonwatch.estimate.crossed import SeenPlot
from commonwatch.trajectory.kernels.measurement import RANGE_RATE
from tests.trajectory import naive
from tests.trajectory.flights import OVERFLIGHT
from tests.trajectory.naive_filters import Watcher
from tests.trajectory.simulated_plots import watcher_of

Array = NDArray[np.float64]

NOW_S = 60.0
PARTED_BEFORE_S = 40.0
NOT_MEASURED = math.nan


@dataclass(frozen=True)
class Radar:
    """Degrees north and east of below the flight; sigmas (rad, rad, m, m/s); scans a second."""

    name: str
    aside: tuple[float, float]
    sigmas: tuple[float, float, float, float]
    period_s: float = 2.0


RADARS = (
    Radar("R1", (-3.5, -3.0), (9e-4, 8e-4, 30.0, NOT_MEASURED)),
    Radar("R2", (-2.5, 3.5), (5e-4, 5e-4, 20.0, 2.0)),
    Radar("R3", (1.0, 9.0), (6e-4, 7e-4, 25.0, NOT_MEASURED)),
)


@dataclass(frozen=True)
class Seen:
    """A plot as it was made, with all that a twin needs of it."""

    plot: SeenPlot
    watcher: Watcher


def parted(speed_m_s: float, direction: Sequence[float]) -> tuple[Array, Array]:
    """States (6,) at time 0 of two objects above the air that parted some time before."""
    velocity = speed_m_s * np.array(direction) / np.linalg.norm(direction)
    return OVERFLIGHT, OVERFLIGHT + np.concatenate([PARTED_BEFORE_S * velocity, velocity])


def arc(state: Array, times_s: Array, force: Array | float = 0.0) -> Array:
    """States (n, 6) of a flight above the air at times (n,); a force (3,), m/s2, burns."""

    def slope(_t: float, y: Array) -> Array:
        return np.concatenate([y[3:], naive.acceleration(y, 0.0, None) + force])

    times, back = np.unique(times_s, return_inverse=True)
    found = solve_ivp(
        slope, (0.0, max(times[-1], 1.0)), state, "DOP853", times, rtol=1e-10, atol=1e-6
    )
    states: Array = found.y.T[back]
    return states


def seen_by(
    radar: Radar, state: Array, rng: np.random.Generator, force: Array | float = 0.0
) -> list[Seen]:
    """All plots that a radar makes of an object in the time."""
    times_s = np.arange(rng.uniform(0.0, radar.period_s), NOW_S, radar.period_s)
    seen = []
    for at_s, there in zip(times_s.tolist(), arc(state, times_s, force), strict=True):
        watcher = watcher_of(there, rng, radar.sigmas, radar.aside)
        row = watcher.row()
        if math.isnan(radar.sigmas[3]):
            row[RANGE_RATE] = math.nan
        seen.append(Seen(SeenPlot(at_s, radar.name, row), watcher))
    return seen


def pair_seen(
    states: tuple[Array, Array],
    radars: Sequence[Radar],
    rng: np.random.Generator,
    force: Array | float = 0.0,
) -> tuple[dict[str, list[Seen]], dict[str, list[Seen]]]:
    """Plots of both objects, by radar."""
    one, two = (
        {radar.name: seen_by(radar, state, rng, force) for radar in radars} for state in states
    )
    return one, two


def tracks_of(
    one: dict[str, list[Seen]], two: dict[str, list[Seen]], crossed: Sequence[str]
) -> tuple[list[SeenPlot], list[SeenPlot]]:
    """Plots of two tracks, by time, where those of some radars went to the wrong one."""
    pair = []
    for mine, others in ((one, two), (two, one)):
        seen = [
            each.plot for name in mine for each in (others[name] if name in crossed else mine[name])
        ]
        pair.append(sorted(seen, key=lambda plot: plot.time_s))
    return pair[0], pair[1]


def between(states: tuple[Array, Array], off: Array | float = 0.0) -> Array:
    """A coasting state (7,) now between two objects, and off by something (6,)."""
    ends = [arc(state, np.array([NOW_S]))[0] for state in states]
    return np.append(0.5 * (ends[0] + ends[1]) + off, -math.log(6000.0))


def squares(path: tuple[Array, Array], state: Array) -> float:
    """Normalised square of a path's error now."""
    off = path[0] - arc(state, np.array([NOW_S]))[0]
    return float(off @ np.linalg.solve(path[1], off))


@dataclass(frozen=True)
class Fit:
    """A path through plots: state (6,) now, covariance (6, 6), sum of normalised squares."""

    state: Array
    cov: Array
    misfit: float


def fitted(start: Array, seen: Sequence[Seen]) -> Fit:
    """Least squares over real arcs that are flown anew for every guess, from a state at time 0."""
    times_s = np.array([each.plot.time_s for each in seen])
    scale = np.array([100.0] * 3 + [10.0] * 3)

    def told(guess: Array) -> Array:
        path = arc(start + guess * scale, times_s)
        both = zip(seen, path, strict=True)
        missed = [each.watcher.residual(state) / each.watcher.sigmas for each, state in both]
        flat = np.concatenate(missed)
        return flat[~np.isnan(flat)]

    found = least_squares(told, np.zeros(6), xtol=1e-10, ftol=1e-12, gtol=1e-10)
    at_start = start + found.x * scale
    by_start = np.linalg.inv(found.jac.T @ found.jac) * np.outer(scale, scale)
    slope = np.empty((6, 6))
    for k, step in enumerate(scale):
        nudge = np.zeros(6)
        nudge[k] = step
        ends = [arc(at_start + sign * nudge, np.array([NOW_S]))[0] for sign in (1.0, -1.0)]
        slope[:, k] = (ends[0] - ends[1]) / (2.0 * step)
    now = arc(at_start, np.array([NOW_S]))[0]
    return Fit(now, slope @ by_start @ slope.T, 2.0 * found.cost)


def best_pairing(
    states: tuple[Array, Array], one: dict[str, list[Seen]], two: dict[str, list[Seen]]
) -> tuple[Fit, Fit, tuple[str, ...]]:
    """Of all ways to pair the radars' plots the one that real arcs fit best, and who is crossed.

    `one` and `two` are the plots of two tracks by radar.
    """
    names = sorted(one)
    found: list[tuple[float, Fit, Fit, tuple[str, ...]]] = []
    for swapped in product((False, True), repeat=len(names) - 1):
        crossed = tuple(name for name, swap in zip(names[1:], swapped, strict=True) if swap)
        mine = [each for name in names for each in (two if name in crossed else one)[name]]
        others = [each for name in names for each in (one if name in crossed else two)[name]]
        first, second = fitted(states[0], mine), fitted(states[1], others)
        found.append((first.misfit + second.misfit, first, second, crossed))
    _misfit, first, second, crossed = min(found, key=lambda each: each[0])
    return first, second, crossed
