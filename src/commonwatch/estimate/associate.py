"""Which plot belongs to which track: the likeliest joint answer of each sensor's scan."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from commonwatch.trajectory.kernels.association import PLOT, TRACK, number_frames, settle_plain
from commonwatch.trajectory.kernels.measurement import (
    ACROSS,
    RANGE,
    SENSOR,
    SIGHT,
    SIGMA_ACROSS,
    SIGMA_RANGE,
    SIGMA_UPWARD,
    UPWARD,
)

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

# Worse than any plot within its gate, so that no track goes without a plot that it could have.
UNASSIGNED_COST = 1e4
# An answer so much less likely than the best is out of the question.
DOUBT_LOG = 12.0
# Likelihoods are those of states that earlier doubts may have bent: they count for less.
DOUBT_TRUST = 0.4
# Plots of one sensor closer in time than this share of its period are of one scan.
SCAN_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Doubt:
    """A plot whose owner, by place in the list of tracks, is in doubt: the chance that it is wrong.

    Right would then be another plot of the frame, or another track (-1: none such).
    """

    plot: int
    track: int
    chance: float
    other_plot: int
    other_track: int


def frames_of(times_s: Array, sensors: Integers, periods_s: Array) -> Integers:
    """Number of each plot's frame (n,): one scan of one sensor, in which an object shows once."""
    frames = np.empty(times_s.size, np.int64)
    number_frames(times_s, sensors, periods_s, SCAN_SHARE, frames)
    return frames


def owners(
    pairs: Integers, likelihoods: Array, frames: Integers, tracks: int
) -> tuple[Integers, tuple[Doubt, ...]]:
    """For each plot (n,) the place of the track that has it, -1 for none; and what is in doubt.

    Global nearest neighbour: in each frame the assignment of greatest likelihood in which no track
    has two plots, worked out for each group of tracks and plots that contend (Blackman and Popoli
    1999, section 6.4).
    """
    owner = np.full(frames.size, -1, np.int64)
    if not len(pairs):
        return owner, ()
    contested = np.zeros(len(pairs), np.bool_)
    frame_count = int(frames.max()) + 1
    settle_plain(pairs, frames, tracks, frame_count, owner, contested)
    if not contested.any():
        return owner, ()
    pairs, likelihoods = pairs[contested], likelihoods[contested]
    _settle_contested(pairs, likelihoods, frames, frame_count, owner)
    return owner, _doubts(pairs, likelihoods, frames, owner)


def _settle_contested(
    pairs: Integers, likelihoods: Array, frames: Integers, frame_count: int, owner: Integers
) -> None:
    """Fill the owners of plots over which tracks contend, group by group."""
    keys = (pairs[:, TRACK] * frame_count + frames[pairs[:, PLOT]]).tolist()
    plots, values = pairs[:, PLOT].tolist(), likelihoods.tolist()
    for members in _contending(keys, plots):
        of = sorted({keys[k] for k in members})
        to = sorted({plots[k] for k in members})
        row, column = ({one: i for i, one in enumerate(ones)} for ones in (of, to))
        cost = np.full((len(of), len(to)), UNASSIGNED_COST)
        for k in members:
            cost[row[keys[k]], column[plots[k]]] = -values[k]
        for i, j in zip(*linear_sum_assignment(cost), strict=True):
            if cost[i, j] < UNASSIGNED_COST:
                owner[to[j]] = of[i] // frame_count


def _contending(keys: Sequence[int], plots: Sequence[int]) -> Iterable[list[int]]:
    """Pairs, by number, in groups that have neither a key nor a plot in common."""
    group_of: dict[int, list[int]] = {}
    for k, (key, plot) in enumerate(zip(keys, plots, strict=True)):
        # Keys and plots both count from 0 on; the complement tells them apart.
        mine, other = group_of.get(key), group_of.get(~plot)
        if mine is None or other is None or mine is other:
            group = mine or other or []
        else:
            group, merged = (mine, other) if len(mine) >= len(other) else (other, mine)
            group += merged
            for one in merged:
                group_of[keys[one]] = group_of[~plots[one]] = group
        group.append(k)
        group_of[key] = group_of[~plot] = group
    return {id(group): group for group in group_of.values()}.values()


def _doubts(
    pairs: Integers, likelihoods: Array, frames: Integers, owner: Integers
) -> tuple[Doubt, ...]:
    """Of each plot with an owner, the next best answer, where that is not out of the question."""
    likelihood = {
        (track, plot): value
        for (track, plot), value in zip(pairs.tolist(), likelihoods.tolist(), strict=True)
    }
    by_track: dict[tuple[int, int], list[int]] = {}
    by_plot: dict[int, list[int]] = {}
    for track, plot in likelihood:
        by_track.setdefault((track, int(frames[plot])), []).append(plot)
        by_plot.setdefault(plot, []).append(track)
    has = {(int(owner[plot]), int(frames[plot])): plot for plot in by_plot if owner[plot] >= 0}
    found = []
    for (track, frame), mine in has.items():
        here = likelihood[track, mine]
        lead, other_plot, other_track = DOUBT_LOG, -1, -1
        for plot in by_track[track, frame]:
            if plot == mine:
                continue
            rival = int(owner[plot])
            swapped = likelihood[track, plot]
            swapped += likelihood.get((rival, mine), -np.inf) if rival >= 0 else 0.0
            ahead = here + (likelihood[rival, plot] if rival >= 0 else 0.0) - swapped
            if ahead < lead:
                lead, other_plot, other_track = ahead, plot, rival
        for rival in by_plot[mine]:
            if rival != track and (rival, frame) not in has:
                ahead = here - likelihood[rival, mine]
                if ahead < lead:
                    lead, other_plot, other_track = ahead, -1, rival
        if other_plot >= 0 or other_track >= 0:
            chance = 1.0 / (1.0 + float(np.exp(DOUBT_TRUST * lead)))
            found.append(Doubt(mine, track, chance, other_plot, other_track))
    return tuple(found)


def widened(rows: Array, doubts: Sequence[Doubt], places: Callable[[int], Array]) -> Array:
    """Rows of plots with the noise that a doubtful owner adds.

    Were the plot another's, it would be off by what lies between the two answers: the variance
    grows by the chance of that times its square, in each component. Between two plots that is what
    they measured; of one plot and two tracks, what lies between their places, as `places` gives
    them (ECEF m) by place in the list of tracks.
    """
    if not doubts:
        return rows
    rows = rows.copy()
    apart = [_apart(rows, doubt, places) for doubt in doubts]
    for doubt, (across, upward, range_m) in zip(doubts, apart, strict=True):
        row = rows[doubt.plot]
        for column, off in (
            (SIGMA_ACROSS, across),
            (SIGMA_UPWARD, upward),
            (SIGMA_RANGE, range_m),
        ):
            row[column] = np.sqrt(row[column] ** 2 + doubt.chance * off * off)
    return rows


def _apart(rows: Array, doubt: Doubt, places: Callable[[int], Array]) -> tuple[float, float, float]:
    """What lies between the two answers: across, upward (rad), range (m)."""
    if doubt.other_plot >= 0:
        return _between_plots(rows, doubt)
    return _between_tracks(rows[doubt.plot], doubt, places)


def _between_plots(rows: Array, doubt: Doubt) -> tuple[float, float, float]:
    """What two plots of one sensor measured apart."""
    row, other = rows[doubt.plot], rows[doubt.other_plot]
    sight, range_m = other[SIGHT : SIGHT + 3], float(row[RANGE] - other[RANGE])
    across = float(row[ACROSS : ACROSS + 3] @ sight)
    return across, float(row[UPWARD : UPWARD + 3] @ sight), range_m


def _between_tracks(
    row: Array, doubt: Doubt, places: Callable[[int], Array]
) -> tuple[float, float, float]:
    """What a sensor would measure between two tracks."""
    mine = places(doubt.track)
    off = places(doubt.other_track) - mine
    distance = float(np.linalg.norm(mine - row[SENSOR : SENSOR + 3]))
    across = float(row[ACROSS : ACROSS + 3] @ off) / distance
    upward = float(row[UPWARD : UPWARD + 3] @ off) / distance
    return across, upward, float(row[SIGHT : SIGHT + 3] @ off)
