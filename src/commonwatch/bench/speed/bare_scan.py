"""The yardstick's scan: extended filters, a gate, SciPy's assignment, and the updates."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

from commonwatch.bench.speed.bare_filter import (
    COMPONENTS,
    FULL_TURN,
    VARIANCES,
    extended_predict,
    extended_update,
    slope_of_look,
)
from commonwatch.bench.speed.scene import SCAN_S, Scene
from commonwatch.bench.speed.setting import bare_plots_of
from commonwatch.errors import require
from commonwatch.trajectory.kernels.jit import kernel

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

GATE_SIGMAS = 6.0
GATE = GATE_SIGMAS**2
PAIRS_A_TRACK_MAX = 32


@kernel
def _predict_all(means: Array, covs: Array, radar: Array, looks: Array, spreads: Array) -> None:
    """Move all tracks on in place; fill what each is looked at (3,) and its spread (3, 3)."""
    h = np.empty((COMPONENTS, 3))
    for t in range(means.shape[0]):
        extended_predict(means[t], covs[t], SCAN_S)
        slope_of_look(means[t], radar, looks[t], h)
        for m in range(COMPONENTS):
            for n in range(COMPONENTS):
                total = 0.0
                for i in range(3):
                    for j in range(3):
                        total += h[m, i] * covs[t, i, j] * h[n, j]
                spreads[t, m, n] = total


@kernel
def _squared(look: Array, spread: Array, plot: Array) -> float:
    """Normalised innovation squared of a plot, by elimination."""
    s = spread.copy()
    y = np.empty(COMPONENTS)
    total = 0.0
    for m in range(COMPONENTS):
        s[m, m] += plot[VARIANCES + m]
        y[m] = plot[m] - look[m]
    y[0] -= FULL_TURN * math.floor(y[0] / FULL_TURN + 0.5)
    for m in range(COMPONENTS):
        for n in range(m):
            factor = s[m, n] / s[n, n]
            y[m] -= factor * y[n]
            for k in range(n, COMPONENTS):
                s[m, k] -= factor * s[n, k]
        total += y[m] * y[m] / s[m, m]
    return total


@kernel
def _gated(
    looks: Array, spreads: Array, plots: Array, order: Whole, pairs: Whole, nis: Array
) -> int:
    """Fill the pairs (n, 2) of track and plot within the gate; -1 where there are too many.

    `order` sorts the plots by range, so that a gate in range leaves few to be judged.
    """
    ranges = plots[order, 2]
    count = 0
    for t in range(looks.shape[0]):
        reach = GATE_SIGMAS * math.sqrt(spreads[t, 2, 2] + plots[0, VARIANCES + 2])
        first = np.searchsorted(ranges, looks[t, 2] - reach)
        last = np.searchsorted(ranges, looks[t, 2] + reach)
        for k in range(first, last):
            square = _squared(looks[t], spreads[t], plots[order[k]])
            if square < GATE:
                if count == nis.size:
                    return -1
                pairs[count, 0], pairs[count, 1], nis[count] = t, order[k], square
                count += 1
    return count


@kernel
def _update_all(means: Array, covs: Array, radar: Array, plots: Array, taken: Whole) -> None:
    """Give each track the plot that it takes, -1 for none."""
    for t in range(means.shape[0]):
        if taken[t] >= 0:
            extended_update(means[t], covs[t], radar, plots[taken[t]])


def assigned(pairs: Whole, nis: Array, count: int, plot_count: int) -> Whole:
    """The plot that each track takes, -1 for none, so that the sum of squares is least.

    A track may go without at the price of the gate, by a column of its own.
    """
    own = np.arange(count)
    weights = np.concatenate([nis, np.full(count, GATE)])
    rows = np.concatenate([pairs[:, 0], own])
    columns = np.concatenate([pairs[:, 1], plot_count + own])
    graph = csr_array((weights, (rows, columns)), shape=(count, plot_count + count))
    _, column = min_weight_full_bipartite_matching(graph)
    return np.where(column < plot_count, column, -1)


def bare_scan(means: Array, covs: Array, radar: Array, plots: Array) -> Whole:
    """Take a scan in place (means (n, 6), covs (n, 6, 6)); tell which plot each track took."""
    count = len(means)
    looks, spreads = np.empty((count, COMPONENTS)), np.empty((count, COMPONENTS, COMPONENTS))
    _predict_all(means, covs, radar, looks, spreads)
    size = PAIRS_A_TRACK_MAX * count
    pairs, nis = np.empty((size, 2), np.int64), np.empty(size)
    found = _gated(looks, spreads, plots, np.argsort(plots[:, 2]), pairs, nis)
    require(found >= 0, "more plots within the gates than there is room for")
    taken = assigned(pairs[:found], nis[:found], count, len(plots))
    _update_all(means, covs, radar, plots, taken)
    return taken


def bare_scan_of(scene: Scene) -> tuple[Array, Whole]:
    """A scene's scan; the means after it (n, 6), and which plot each object took."""
    means, covs = scene.means.copy(), scene.covs.copy()
    taken = bare_scan(means, covs, scene.radar, bare_plots_of(scene.plots))
    return means, taken
