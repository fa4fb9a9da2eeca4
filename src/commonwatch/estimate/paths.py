"""Where the tracks that burnt have been, as long as something may part from them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from commonwatch.estimate.track import Track
from commonwatch.limits import PATH_STATES_MAX
from commonwatch.trajectory.kernels.bank import Bank
from commonwatch.trajectory.kernels.coast_step import COAST_WORK_ROWS
from commonwatch.trajectory.kernels.partings import (
    BACK_MAX_S,
    last_burning,
    parting_of,
    states_now,
)

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

# So long after its burnout something may part from a track.
AFTER_BURNOUT_S = 90.0
# From one of so many others, the nearest, a part may have come.
PATHS_MAX = 32
ROOMS_FIRST = 8


class Paths:
    """Rooms for paths, in arrays that grow: a ring of the last seconds each, by whole seconds."""

    def __init__(self) -> None:
        self._rooms: dict[str, int] = {}
        self._names = [""] * ROOMS_FIRST
        self._unused = list(range(ROOMS_FIRST - 1, -1, -1))
        self._times_s = np.full((ROOMS_FIRST, PATH_STATES_MAX), np.nan)
        self._states = np.empty((ROOMS_FIRST, PATH_STATES_MAX, 6))
        self._ends = np.empty((ROOMS_FIRST, 3))
        self._first_s = np.empty(ROOMS_FIRST)
        self._last_s = np.empty(ROOMS_FIRST)
        self._work = np.empty((COAST_WORK_ROWS, 7))
        self._in_tree = np.empty(0, np.int64)
        self._tree: cKDTree | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is no path at all."""
        return not self._rooms

    def remember(self, tracks: Sequence[Track], bank: Bank, now_s: float) -> None:
        """Note where each track that burnt lately is now; forget those that have not."""
        burnt = [track for track in tracks if track.seen_powered or track.parent is not None]
        self._tree = None
        if burnt:
            rows = np.array([track.row for track in burnt], np.int64)
            last_s = np.empty(rows.size)
            last_burning(bank, rows, last_s)
            lately = np.flatnonzero(now_s - last_s < AFTER_BURNOUT_S)
            states = np.empty((lately.size, 6))
            states_now(bank, rows[lately], states)
            for place, state in zip(lately.tolist(), states, strict=True):
                self._note(burnt[place].id, now_s, state)
        if self._rooms:
            alive = {track.id for track in tracks}
            for name, room in tuple(self._rooms.items()):
                if name not in alive or now_s - self._last_s[room] >= BACK_MAX_S:
                    self._forget(name)

    def at(self, name: str, time_s: float) -> tuple[float, Array] | None:
        """The whole second until a time and a track's ECEF state (6,) then; None if forgotten."""
        room, second_s = self._rooms.get(name, -1), float(np.floor(time_s))
        place = int(second_s) % PATH_STATES_MAX
        if room < 0 or self._times_s[room, place] != second_s:
            return None
        return second_s, self._states[room, place].copy()

    def _note(self, name: str, now_s: float, state: Array) -> None:
        """One second more of a path."""
        room = self._rooms.get(name, -1)
        if room < 0:
            room = self._rooms[name] = self._new_room()
            self._names[room] = name
            self._first_s[room] = now_s
        at = int(now_s) % PATH_STATES_MAX
        self._times_s[room, at] = self._last_s[room] = now_s
        self._states[room, at] = state
        self._ends[room] = state[:3]

    def _new_room(self) -> int:
        """A room that is not used."""
        if not self._unused:
            old = len(self._names)
            self._unused = list(range(2 * old - 1, old - 1, -1))
            self._names += [""] * old
            self._times_s = np.concatenate([self._times_s, np.full_like(self._times_s, np.nan)])
            self._states = np.concatenate([self._states, np.empty_like(self._states)])
            self._ends = np.concatenate([self._ends, np.empty_like(self._ends)])
            self._first_s = np.concatenate([self._first_s, np.empty_like(self._first_s)])
            self._last_s = np.concatenate([self._last_s, np.empty_like(self._last_s)])
        return self._unused.pop()

    def _forget(self, name: str) -> None:
        """A path from which nothing can part any more."""
        room = self._rooms.pop(name)
        self._times_s[room] = np.nan
        self._unused.append(room)

    def _nearest(self, track: str, place_ecef_m: Array) -> Integers:
        """Rooms of other tracks' paths that end nearest to a place (3,): of so many at most."""
        own = self._rooms.get(track, -1)
        if len(self._rooms) - (own >= 0) <= PATHS_MAX:
            return np.array([room for room in self._rooms.values() if room != own], np.int64)
        if self._tree is None:
            self._in_tree = np.fromiter(self._rooms.values(), np.int64, len(self._rooms))
            self._tree = cKDTree(self._ends[self._in_tree])
        _, nearest = self._tree.query(place_ecef_m, PATHS_MAX + 1)
        rooms = self._in_tree[nearest]
        return np.asarray(rooms[rooms != own][:PATHS_MAX])

    def parent_of(self, track: str, time_s: float, mean: Array, cov: Array) -> str | None:
        """The track from whose path a falling one (7,), (7, 7) parted, None where from none."""
        rooms = self._nearest(track, mean[:3])
        if not rooms.size:
            return None
        room, _ = parting_of(
            mean.copy(),
            cov.copy(),
            time_s,
            float(self._first_s[rooms].min()),
            rooms,
            self._times_s,
            self._states,
            self._work,
        )
        return self._names[room] if room >= 0 else None
