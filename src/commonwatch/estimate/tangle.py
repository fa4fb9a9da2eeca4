"""Tracks so close together that the plots of one may be another's, and what that leaves unknown.

A plot of which nobody knows whose it is has more noise, which `associate.widened` adds; but what
keeps two objects apart persists, and no number of such plots makes it known.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from commonwatch.estimate.associate import Doubt
from commonwatch.estimate.crossed import SeenPlot, uncrossed
from commonwatch.estimate.motion import motion_of
from commonwatch.estimate.sensor_rows import Scan
from commonwatch.estimate.track import Track
from commonwatch.estimate.track_bank import TrackBank
from commonwatch.trajectory.kernels import bank as layout

Integers = NDArray[np.int64]

# How fast the mean chance of wrong plots follows that of each second.
FOLLOWS = 0.3
# Below this mean chance a track is by itself.
TANGLED_ABOVE = 0.05
# Parts leave each other at metres a second: while it is in full doubt whose plots are whose, the
# velocity is let wander by so much a root second.
WANDERS_M_S = 1.0
# A part lately in doubt whose plots misfit by more than this has taken another's.
MISFIT_ABOVE = 15.0
MISFIT_WANDERS_M = 30.0
MISFIT_WANDERS_M_S = 8.0
# Plots of so long, and so many of a track, are looked at for sensors whose plots are crossed, and
# so long after the last doubt; ever so often.
CROSSED_OVER_S = 60.0
CROSSED_PLOTS_MAX = 512
CROSSED_EVERY_S = 5.0
CROSSED_PAIRS_MAX = 32
# Before that a thrust tails off.
AFTER_BURNOUT_S = 5.0


class Tangle:
    """The chance that a track's plots are another track's, as a mean over its last seconds."""

    def __init__(self) -> None:
        self._mean: dict[str, float] = {}
        self._silent_s: dict[str, float] = {}
        self._plots: dict[str, int] = {}
        self._wrong: dict[str, float] = {}
        self._last_doubt_s: dict[tuple[str, str], float] = {}
        self._seen: dict[str, deque[SeenPlot]] = {}
        self._asked_s = -np.inf

    def hear(
        self,
        tracks: Sequence[Track],
        scan: Scan,
        sensors: Sequence[str],
        owner: Integers,
        doubts: Sequence[Doubt],
    ) -> None:
        """Count the plots that tracks, by place, are given, and those that may be another's.

        `sensors` (n,) names the plots' sensors.
        """
        for doubt in doubts:
            if doubt.other_track >= 0:
                name, other = tracks[doubt.track].id, tracks[doubt.other_track].id
                self._wrong[name] = self._wrong.get(name, 0.0) + doubt.chance
                pair = (min(name, other), max(name, other))
                self._last_doubt_s[pair] = float(scan.times_s[doubt.plot])
        in_doubt = {name for pair in self._last_doubt_s for name in pair}
        asked = in_doubt.union(self._wrong, self._mean)
        if not asked:
            return
        is_asked = np.array([track.id in asked for track in tracks], np.bool_)
        taken = np.flatnonzero(owner >= 0)
        for k in taken[is_asked[owner[taken]]].tolist():
            name = tracks[int(owner[k])].id
            self._plots[name] = self._plots.get(name, 0) + 1
            if name in in_doubt:
                seen = self._seen.setdefault(name, deque(maxlen=CROSSED_PLOTS_MAX))
                seen.append(SeenPlot(float(scan.times_s[k]), sensors[k], scan.rows[k]))

    def settle(self, tracks: Sequence[Track], bank: TrackBank) -> None:
        """Take up what was heard in the last second, and let those in doubt wander.

        Once no plots come none is taken from another.
        """
        if not self._plots and not self._mean:
            self._wrong.clear()
            return
        for name, plots in self._plots.items():
            before = self._mean.get(name, 0.0)
            here = self._wrong.get(name, 0.0) / plots
            self._mean[name] = before + FOLLOWS * (here - before)
        heard = set(self._plots)
        self._plots.clear()
        self._wrong.clear()
        self._mean = {track.id: self._mean[track.id] for track in tracks if track.id in self._mean}
        self._silent_s = {
            name: 0.0 if name in heard else self._silent_s[name] + 1.0 for name in self._mean
        }
        events = Counter(track.event for track in tracks)
        parts = {track.id for track in tracks if events[track.event] > 1}
        mixed = parts & heard & {name for pair in self._last_doubt_s for name in pair}
        for track in tracks:
            misfit = bank.bank.numbers[track.row, layout.MISFIT]
            if misfit > MISFIT_ABOVE and track.id in mixed:
                bank.shake(track.row, MISFIT_WANDERS_M_S, MISFIT_WANDERS_M)
            elif self.holds(track.id) and self._silent_s[track.id] <= track.slowest_scan_s:
                doubt = min(2.0 * self._mean[track.id], 1.0)
                bank.shake(track.row, WANDERS_M_S * float(np.sqrt(doubt)))

    def holds(self, track: str) -> bool:
        """Whether a track's plots may well be another's."""
        return self._mean.get(track, 0.0) > TANGLED_ABOVE

    def uncross(self, tracks: Sequence[Track], bank: TrackBank, now_s: float) -> None:
        """Put right pairs of tracks that have one object's plots by one sensor only.

        After `forward` to the same moment; the pairs latest in doubt.
        """
        if not self._last_doubt_s or now_s - self._asked_s < CROSSED_EVERY_S:
            return
        self._asked_s = now_s
        self._forget(tracks, now_s)
        by_id = {track.id: track for track in tracks}
        latest = sorted(self._last_doubt_s, key=self._last_doubt_s.__getitem__)
        for one, other in latest[-CROSSED_PAIRS_MAX:]:
            self._uncross_pair(by_id[one], by_id[other], bank, now_s)

    def _uncross_pair(self, one: Track, other: Track, bank: TrackBank, now_s: float) -> None:
        """Put right two tracks that coast, if their sensors' plots are crossed."""
        motions = [motion_of(bank.bank, track.row) for track in (one, other)]
        coasts = [motion.coast for motion in motions if motion.coasts]
        if len(coasts) < 2 or coasts[0] is None or coasts[1] is None:
            return
        since_s = max(motion.burnout_s for motion in motions) + AFTER_BURNOUT_S
        seen = [
            tuple(plot for plot in self._seen.get(track.id, ()) if plot.time_s > since_s)
            for track in (one, other)
        ]
        between = 0.5 * (coasts[0].mean[:7] + coasts[1].mean[:7])
        found = uncrossed(now_s, between, *seen)
        if found is not None:
            bank.put_path(one.row, *found.first)
            bank.put_path(other.row, *found.second)
            self._seen[one.id].clear()
            self._seen[other.id].clear()

    def _forget(self, tracks: Sequence[Track], now_s: float) -> None:
        """Let go of plots and doubts that are long past, and of tracks that have ended."""
        alive = {track.id for track in tracks}
        since_s = now_s - CROSSED_OVER_S
        self._last_doubt_s = {
            pair: at_s
            for pair, at_s in self._last_doubt_s.items()
            if at_s > since_s and alive.issuperset(pair)
        }
        in_doubt = {name for pair in self._last_doubt_s for name in pair}
        self._seen = {name: seen for name, seen in self._seen.items() if name in in_doubt}
        for seen in self._seen.values():
            while seen and seen[0].time_s < since_s:
                seen.popleft()
