"""Which plot belongs to which track: the likeliest joint answer of each sensor's scan."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from commonwatch.trajectory.kernels.association import PLOT, TRACK, settle_plain

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

# Worse than any plot within its gate, so that no track goes without a plot that it could have.
UNASSIGNED_COST = 1e4
# Plots of one sensor closer in time than this share of its period are of one scan.
SCAN_SHARE = 0.6


def frames_of(times_s: Array, sensors: Integers, periods_s: Array) -> Integers:
    """Number of each plot's frame (n,): one scan of one sensor, in which an object shows once."""
    frames = np.empty(times_s.size, np.int64)
    begun: dict[int, tuple[int, float]] = {}
    count = 0
    for i, (at_s, sensor) in enumerate(zip(times_s.tolist(), sensors.tolist(), strict=True)):
        frame, since_s = begun.get(sensor, (-1, -np.inf))
        if at_s - since_s >= SCAN_SHARE * periods_s[sensor]:
            frame, count = count, count + 1
            begun[sensor] = (frame, at_s)
        frames[i] = frame
    return frames


def owners(pairs: Integers, likelihoods: Array, frames: Integers, tracks: int) -> Integers:
    """For each plot (n,) the place of the track that has it, -1 for none.

    Global nearest neighbour: in each frame the assignment of greatest likelihood in which no track
    has two plots, worked out for each group of tracks and plots that contend (Blackman and Popoli
    1999, section 6.4).
    """
    owner = np.full(frames.size, -1, np.int64)
    if not len(pairs):
        return owner
    contested = np.zeros(len(pairs), np.bool_)
    frame_count = int(frames.max()) + 1
    settle_plain(pairs, frames, tracks, frame_count, owner, contested)
    if contested.any():
        _settle_contested(pairs[contested], likelihoods[contested], frames, frame_count, owner)
    return owner


def _settle_contested(
    pairs: Integers, likelihoods: Array, frames: Integers, frame_count: int, owner: Integers
) -> None:
    """Fill the owners of plots over which tracks contend, group by group."""
    keys, left = np.unique(
        pairs[:, TRACK] * frame_count + frames[pairs[:, PLOT]], return_inverse=True
    )
    plots, right = np.unique(pairs[:, PLOT], return_inverse=True)
    size = keys.size + plots.size
    links = coo_array((np.ones(len(pairs)), (left, keys.size + right)), shape=(size, size))
    groups, group_of = connected_components(links, directed=False)
    order = np.argsort(group_of[left], kind="stable")
    edges = np.searchsorted(group_of[left][order], np.arange(groups + 1))
    for group in range(groups):
        members = order[edges[group] : edges[group + 1]]
        if members.size == 0:
            continue
        of, at = np.unique(left[members], return_inverse=True)
        to, column = np.unique(right[members], return_inverse=True)
        cost = np.full((of.size, to.size), UNASSIGNED_COST)
        cost[at, column] = -likelihoods[members]
        for i, j in zip(*linear_sum_assignment(cost), strict=True):
            if cost[i, j] < UNASSIGNED_COST:
                owner[plots[to[j]]] = keys[of[i]] // frame_count
