"""New tracks beside others: held back a little, and taken for a lost one where one has been lost.

Where objects part, their plots may pull a track to the middle, where nothing is; it then loses them
all, and what begins anew beside it is no new object.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from commonwatch.estimate.motion import places_of, state_of
from commonwatch.estimate.powered_filter import PoweredFilter
from commonwatch.estimate.track import Track
from commonwatch.trajectory.kernels.bank import Bank

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

# What begins within this and three sigmas of a track may have parted from it, or be it.
BESIDE_M = 6_000.0
BESIDE_SIGMAS = 3.0
# What begins beside a track is told after so long at the latest.
HELD_BACK_S = 5.0
# And where it is known to be of another's event: that one may have lost its object to it.
PART_HELD_BACK_S = 10.0
# A track is lost once so many detections of it are missing.
LOST_SCANS = 3.0
# What it may be began no earlier than so long before its last plot.
BEGAN_BEFORE_S = 15.0
# How far a track that was pulled to where nothing is may be off, beyond what the estimates say.
OFF_M = 1_500.0
OFF_M_S = 200.0
OFF_SIGMAS = 4.0
# So many tracks are gone through sooner than a tree of them is made; what a tree or a bound leaves
# out is out by more than rounding.
FEW_TRACKS = 64
NEAR_SLACK = 1.0 + 1e-9


@dataclass(frozen=True, slots=True)
class Found:
    """A lost track, and the new one that is the same object."""

    lost: Track
    new: Track


@dataclass(frozen=True, slots=True)
class _Known:
    """A track with its state (7,) and covariance (7, 7)."""

    track: Track
    mean: Array
    cov: Array

    def spread_m2(self) -> float:
        """Trace of the place's covariance, with half of what a track may be off beyond it."""
        return float(self.cov[:3, :3].trace()) + 1.5 * OFF_M**2


class Surroundings:
    """Where tracks are while others begin: they are not carried on, and take no plots meanwhile."""

    def __init__(self, tracks: int) -> None:
        self._count = tracks
        self._places: Array | None = None
        self._tree: cKDTree | None = None

    def beside(
        self, state: PoweredFilter, tracks: Sequence[Track], bank: Bank
    ) -> tuple[Track, ...]:
        """The tracks that are so close to a new one's state that it may be a part of them.

        `tracks` are those of the beginning, in the same order, and those begun since.
        """
        sigma_m = float(np.sqrt(np.trace(state.cov[:3, :3])))
        within_m = BESIDE_M + BESIDE_SIGMAS * sigma_m
        place = state.mean[:3]
        if self._places is None:
            self._places = _places(tracks[: self._count], bank)
        old = self._near(self._places, place, within_m)
        new = np.linalg.norm(_places(tracks[self._count :], bank) - place, axis=1)
        near = [*old.tolist(), *(self._count + np.flatnonzero(new < within_m)).tolist()]
        return tuple(tracks[at] for at in near)

    def _near(self, places: Array, place: Array, within_m: float) -> Integers:
        """Which of the tracks of the beginning lie within a distance, in their order."""
        among = np.arange(self._count)
        if self._count > FEW_TRACKS:
            if self._tree is None:
                self._tree = cKDTree(places)
            near = self._tree.query_ball_point(place, NEAR_SLACK * within_m, return_sorted=True)
            among = np.array(near, np.int64)
        apart_m = np.linalg.norm(places[among] - place, axis=1)
        return np.asarray(among[apart_m < within_m])


def _places(tracks: Sequence[Track], bank: Bank) -> Array:
    """ECEF places (n, 3), m, of tracks."""
    return places_of(bank, np.array([track.row for track in tracks], np.int64))


def is_held_back(track: Track, now_s: float) -> bool:
    """Whether a track is not told yet, because what it is may be known in a moment."""
    since_s = now_s - track.confirmed_s
    may_be_part = track.parted_from is not None and track.parent is None and not track.own_lift_off
    if track.held_back and track.parent is not None:
        return since_s < PART_HELD_BACK_S
    return (track.held_back or may_be_part) and since_s < HELD_BACK_S


def found_again(tracks: Sequence[Track], bank: Bank) -> tuple[Found, ...]:
    """Lost tracks with the new ones beside them that are the same objects, nearest first."""
    lost = [track for track in tracks if track.missed_scans >= LOST_SCANS]
    if not lost:
        return ()
    beside = [track for track in tracks if track.beside and track.missed_scans <= 0.0]
    if not beside:
        return ()
    known = [_Known(track, *state_of(bank, track.row)) for track in beside]
    places = np.array([one.mean[:3] for one in known])
    spreads_m2 = np.array([one.spread_m2() for one in known])
    pairs = []
    for track in lost:
        old = _Known(track, *state_of(bank, track.row))
        square_m2 = np.square(places - old.mean[:3]).sum(axis=1)
        # No farther than this by the widest direction, whatever the normalised square is.
        near = square_m2 <= NEAR_SLACK * OFF_SIGMAS**2 * (spreads_m2 + old.spread_m2())
        for at in np.flatnonzero(near).tolist():
            if _may_be(track, beside[at]):
                off = _off(old, known[at])
                if off < OFF_SIGMAS**2:
                    pairs.append((off, track, beside[at]))
    found: list[Found] = []
    taken: set[str] = set()
    for _, was, new in sorted(pairs, key=lambda one: one[0]):
        if not taken & {was.id, new.id}:
            taken |= {was.id, new.id}
            found.append(Found(was, new))
    return tuple(found)


def _may_be(old: Track, new: Track) -> bool:
    """Whether a track began about when another was lost, and is seen."""
    if new.id == old.id or not new.beside or new.missed_scans > 0.0:
        return False
    if new.parent is not None and new.event != old.event:
        return False
    return new.first_s > old.last_plot_s - BEGAN_BEFORE_S and new.first_s > old.first_s


def _off(old: _Known, new: _Known) -> float:
    """Normalised square of what lies between two tracks' states, place or velocity, the greater."""
    worst = 0.0
    for part, more in ((slice(0, 3), OFF_M), (slice(3, 6), OFF_M_S)):
        apart = old.mean[part] - new.mean[part]
        cov = old.cov[part, part] + new.cov[part, part] + more**2 * np.eye(3)
        worst = max(worst, float(apart @ np.linalg.solve(cov, apart)))
    return worst


def as_found(found: Found, *, was_told: bool) -> Track:
    """The lost track as it goes on: its own past, the new one's place in the bank."""
    lost, new = found.lost, found.new
    return replace(
        lost,
        row=new.row,
        last_plot_s=new.last_plot_s,
        sources=tuple(sorted({*lost.sources, *new.sources})),
        slowest_scan_s=max(lost.slowest_scan_s, new.slowest_scan_s),
        seen_powered=lost.seen_powered or new.seen_powered,
        sight_only=lost.sight_only and new.sight_only,
        missed_scans=0.0,
        held_back=lost.held_back and not was_told,
        parted_from=None if was_told else lost.parted_from,
    )
