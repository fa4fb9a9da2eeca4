"""New tracks beside others: held back a little, and taken for a lost one where one has been lost.

Where objects part, their plots may pull a track to the middle, where nothing is; it then loses them
all, and what begins anew beside it is no new object.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace

from commonwatch.estimate.motion import places_of, state_of
from commonwatch.estimate.powered_filter import PoweredFilter
from commonwatch.estimate.track import Track
from commonwatch.trajectory.kernels.bank import Bank

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


@dataclass(frozen=True, slots=True)
class Found:
    """A lost track, and the new one that is the same object."""

    lost: Track
    new: Track


def tracks_beside(state: PoweredFilter, tracks: Sequence[Track], bank: Bank) -> tuple[Track, ...]:
    """The tracks that are so close to a new one's state that it may be a part of them."""
    if not tracks:
        return ()
    sigma_m = float(np.sqrt(np.trace(state.cov[:3, :3])))
    places = places_of(bank, np.array([track.row for track in tracks], np.int64))
    apart_m = np.linalg.norm(places - state.mean[:3], axis=1)
    near = np.flatnonzero(apart_m < BESIDE_M + BESIDE_SIGMAS * sigma_m)
    return tuple(tracks[place] for place in near.tolist())


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
    pairs = []
    beside = [track for track in tracks if track.beside and track.missed_scans <= 0.0]
    for old in lost:
        for new in beside:
            if _may_be(old, new):
                off = _off(bank, old, new)
                if off < OFF_SIGMAS**2:
                    pairs.append((off, old, new))
    found: list[Found] = []
    taken: set[str] = set()
    for _, old, new in sorted(pairs, key=lambda one: one[0]):
        if not taken & {old.id, new.id}:
            taken |= {old.id, new.id}
            found.append(Found(old, new))
    return tuple(found)


def _may_be(old: Track, new: Track) -> bool:
    """Whether a track began about when another was lost, and is seen."""
    if new.id == old.id or not new.beside or new.missed_scans > 0.0:
        return False
    if new.parent is not None and new.event != old.event:
        return False
    return new.first_s > old.last_plot_s - BEGAN_BEFORE_S and new.first_s > old.first_s


def _off(bank: Bank, old: Track, new: Track) -> float:
    """Normalised square of what lies between two tracks' states, place or velocity, the greater."""
    one, one_cov = state_of(bank, old.row)
    two, two_cov = state_of(bank, new.row)
    worst = 0.0
    for part, more in ((slice(0, 3), OFF_M), (slice(3, 6), OFF_M_S)):
        apart = one[part] - two[part]
        cov = one_cov[part, part] + two_cov[part, part] + more**2 * np.eye(3)
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
