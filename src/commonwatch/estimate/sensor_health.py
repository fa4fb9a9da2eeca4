"""Which sensors can be believed: found from how their plots miss what other sensors agree on.

A sensor is sound, suspect (its plots count for less) or left out (its plots count for nothing).
Two ways lead there. A small error stays within the gates: its plots miss settled coasts, that other
radars see too, to one side. A large error makes a second track, seen by that radar alone, beside
one that it does not see though it should. To be left out takes two other radars that agree; where
two radars merely disagree, both are suspect.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from commonwatch.acquire.sensor import Sensor
from commonwatch.estimate.coverage import Coverage
from commonwatch.estimate.motion import place_of
from commonwatch.estimate.offsets import mean_misses, offset_of, plots_in
from commonwatch.estimate.sensor_rows import Scan
from commonwatch.estimate.track import Track
from commonwatch.estimate.track_bank import TrackBank
from commonwatch.limits import SENSOR_DISPUTES_MAX
from commonwatch.trajectory.kernels.measurement import (
    SIGMA_ACROSS,
    SIGMA_RANGE,
    SIGMA_RANGE_RATE,
    SIGMA_UPWARD,
)
from commonwatch.trajectory.kernels.partings import states_now
from commonwatch.trajectory.kernels.residuals import SUMS_SIZE, coast_high
from commonwatch.utc import format_utc

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

SOUND, SUSPECT, LEFT_OUT = "sound", "suspect", "left-out"

# Misses are remembered over a hundred plots or so.
KEPT_PER_PLOT = 0.99
# A track is seen by a radar whose last plot of it is no older than so many scans, and a second.
SEEN_SCANS = 2.5
# Not seen for so many scans where it should be: at a detection chance of 0.8 once in 15,000 times.
SILENT_SCANS = 6.0
# Only above the air is a miss the sensor's doing.
FREE_HEIGHT_M = 120e3
# Means of so many plots, in sigmas: white misses would reach it by chance at seven of their sigmas.
JUDGED_PLOTS = 50.0
COMPARED_PLOTS = 15.0
SUSPECT_MISS = 1.0
SOUND_MISS = 0.6
LEFT_OUT_MISS = 2.0
# Who misses nearly as much as the worst is suspect with it.
WORST_BY = 1.2
# So many plots after one verdict the next may be reached.
NEXT_AFTER_PLOTS = 60.0
OTHERS_TO_LEAVE_OUT = 2
# Two tracks run beside each other within this: a large error of a sensor, not another launch.
BESIDE_M = 150e3
# A verdict on a second track takes so many of its plots, and an error that explains them.
DISPUTE_PLOTS = 6.0
DISPUTE_MISS = 3.0
EXPLAINED_LEAST = 0.8
# Nothing was heard of a dispute for so long: who was suspect for it is sound again.
DISPUTE_FORGOTTEN_S = 30.0
# The way back: of so many detections expected such a share fits what others see.
BACK_EXPECTED = 40.0
BACK_SHARE = 0.7

SIGMA_COLUMNS = (SIGMA_ACROSS, SIGMA_UPWARD, SIGMA_RANGE, SIGMA_RANGE_RATE)


class SensorChange(msgspec.Struct, frozen=True, tag_field="kind", tag="sensor"):
    """A sensor that is believed more or less than before, and why."""

    time: str
    sensor: str
    state: str  # sound | suspect | left-out
    reason: str


@dataclass(slots=True)
class _Sensor:
    """What is held of one radar: its state, when it was last disputed, its way back."""

    state: str = SOUND
    disputed_s: float = -math.inf
    judged_after: float = JUDGED_PLOTS
    plots: float = 0.0
    expected: float = 0.0
    fitted: float = 0.0


@dataclass(slots=True)
class _Dispute:
    """A track that one radar alone sees beside one that others see: its plots' misses there."""

    ghost: str
    sensor: int
    row: int
    others: tuple[int, ...]
    heard_s: float
    sums: Array = field(default_factory=lambda: np.zeros((1, SUMS_SIZE)))


class SensorHealth:
    """The states of all sensors, as the plots come."""

    def __init__(self, sensors: Sequence[Sensor], bank: TrackBank) -> None:
        self._heard = False
        self.changes: tuple[SensorChange, ...] = ()
        self._ids = tuple(sensor.id for sensor in sensors)
        self._bank = bank
        self._coverage = Coverage(sensors)
        self._is_radar = np.array([sensor.kind == "radar" for sensor in sensors])
        self._radars = int(self._is_radar.sum())
        self._seen_for_s = SEEN_SCANS * np.array([one.scan_period_s for one in sensors]) + 1.0
        self._periods_s = np.array([sensor.scan_period_s for sensor in sensors])
        self._held = [_Sensor() for _ in sensors]
        self._sums = np.zeros((len(sensors), SUMS_SIZE))
        self._last_s = np.full((bank.rows, len(sensors)), -math.inf)
        self._disputes: dict[str, _Dispute] = {}
        self._withdrawn: dict[str, str] = {}

    @property
    def not_sound(self) -> dict[str, str]:
        """State of every sensor that is not sound, by its id."""
        both = zip(self._ids, self._held, strict=True)
        return {name: one.state for name, one in both if one.state != SOUND}

    def withdrawal(self, track: str) -> str | None:
        """Why a track is to be withdrawn that only a sensor in error has seen, or None."""
        return self._withdrawn.get(track)

    def begin(self, row: int, sensors: Sequence[str], time_s: float) -> None:
        """A track has begun in a row of the bank with plots of these sensors."""
        if row >= len(self._last_s):
            fresh = np.full((self._bank.rows, len(self._ids)), -math.inf)
            fresh[: len(self._last_s)] = self._last_s
            self._last_s = fresh
        self._last_s[row] = -math.inf
        for sensor in sensors:
            self._last_s[row, self._ids.index(sensor)] = time_s

    def seen(self, rows: Integers, sensors: Integers, times_s: Array) -> None:
        """Tracks in rows of the bank have taken plots of sensors."""
        self._last_s[rows, sensors] = times_s

    def without_left_out(self, scan: Scan, rows: Integers) -> Scan:
        """A scan without the plots of sensors left out, which only show whether they fit again."""
        if all(one.state != LEFT_OUT for one in self._held):
            return scan
        out = np.array([one.state == LEFT_OUT for one in self._held])[scan.sensors]
        self._look_back(scan, np.flatnonzero(out), rows)
        return scan.chosen(np.flatnonzero(~out))

    def widened(self, scan: Scan) -> Scan:
        """A scan whose plots of suspect sensors count for less: by as much as they miss."""
        rows = scan.rows
        for number, one in enumerate(self._held):
            if one.state != SUSPECT or plots_in(self._sums[number]) < JUDGED_PLOTS:
                continue
            rows = rows.copy() if rows is scan.rows else rows
            mine = np.flatnonzero(scan.sensors == number)
            wider = np.sqrt(1.0 + mean_misses(self._sums[number]) ** 2)
            for column, factor in zip(SIGMA_COLUMNS, wider, strict=True):
                rows[mine, column] *= factor
        return replace(scan, rows=rows)

    def weigh(self, scan: Scan, tracks: Sequence[Track], owner: Integers) -> None:
        """Note how plots miss what was predicted, before their owners take them."""
        taken = np.flatnonzero((owner >= 0) & self._is_radar[scan.sensors])
        if not taken.size or self._radars < OTHERS_TO_LEAVE_OUT:
            return
        rows = np.array([track.row for track in tracks], np.int64)
        free = self._free(rows)
        recent = self._recent(rows, float(scan.times_s[-1]))
        place, sensor = owner[taken], scan.sensors[taken]
        others = recent[place].sum(axis=1) - recent[place, sensor]
        judged = free[place] & (others >= 1)
        at = taken[judged]
        self._heard = True
        if at.size:
            self._bank.weigh(rows[owner[at]], at, scan.sensors[at], scan, KEPT_PER_PLOT, self._sums)
        for number in scan.sensors[at].tolist():
            self._held[number].plots += 1.0
        places = {track.id: k for k, track in enumerate(tracks)} if self._disputes else {}
        for dispute in self._disputes.values():
            at = taken[(place == places.get(dispute.ghost, -1)) & (sensor == dispute.sensor)]
            self._bank.weigh(
                np.full(at.size, dispute.row), at, np.zeros_like(at), scan, 1.0, dispute.sums
            )

    def judge(self, tracks: Sequence[Track], now_s: float) -> None:
        """Change states where the evidence is enough; once a second of data time."""
        self.changes = ()
        self._withdrawn = {}
        if self._radars < OTHERS_TO_LEAVE_OUT:
            return
        believed = all(one.state == SOUND for one in self._held)
        if self._heard or not believed:
            self._judge_misses(now_s)
        self._heard = False
        if len(tracks) > 1 or self._disputes or not believed:
            self._judge_disputes(tracks, now_s)
            self._judge_way_back(tracks, now_s)

    def _free(self, rows: Integers) -> NDArray[np.bool_]:
        """Which rows coast without doubt, above the air."""
        free = np.empty(rows.size, np.bool_)
        coast_high(self._bank.bank, rows, FREE_HEIGHT_M, free)
        return free

    def _recent(self, rows: Integers, now_s: float) -> NDArray[np.bool_]:
        """Which radars (rows, sensors) see which tracks of late."""
        late = now_s - self._last_s[rows] <= self._seen_for_s
        return np.asarray(late & self._is_radar)

    def _judge_misses(self, now_s: float) -> None:
        """Small errors: sensors whose plots miss to one side what the others' agree on."""
        known = [i for i, sums in enumerate(self._sums) if plots_in(sums) >= COMPARED_PLOTS]
        if not known:
            return
        most = np.abs(mean_misses(self._sums)).max(axis=1).tolist()
        worst = {i: most[i] for i in known}
        agreeing = [i for i in known if worst[i] < SOUND_MISS and self._held[i].state == SOUND]
        top = max(worst.values(), default=0.0)
        for i in known:
            one, miss = self._held[i], worst[i]
            if one.plots < one.judged_after or plots_in(self._sums[i]) < JUDGED_PLOTS:
                continue
            # Of two alone nobody can say which one is wrong.
            stands_out = miss * WORST_BY > top or len(known) <= OTHERS_TO_LEAVE_OUT
            if one.state == SOUND and miss > SUSPECT_MISS and stands_out:
                self._set(i, SUSPECT, self._miss_text(i, miss), now_s)
            elif one.state == SUSPECT and miss > LEFT_OUT_MISS and miss == top:
                if len([j for j in agreeing if j != i]) >= OTHERS_TO_LEAVE_OUT:
                    self._set(i, LEFT_OUT, self._miss_text(i, miss), now_s)
            elif one.state == SUSPECT and miss < SOUND_MISS and self._is_undisputed(i, now_s):
                self._set(i, SOUND, "its plots fit those of others again", now_s)
        self._forget_bent()

    def _forget_bent(self) -> None:
        """Misses of sensors against tracks that another, believed less from now on, has bent."""
        states = {change.state for change in self.changes}
        for i, one in enumerate(self._held):
            if LEFT_OUT in states or (SUSPECT in states and one.state == SOUND):
                self._sums[i] = 0.0
                one.plots = 0.0

    def _miss_text(self, i: int, miss: float) -> str:
        """Why a sensor is believed less, from its own misses."""
        text = offset_of(self._sums[i]).text
        return f"its plots miss those of others by {miss:.1f} sigmas to one side: {text}"

    def _is_undisputed(self, i: int, now_s: float) -> bool:
        """Whether no second track has been heard of lately."""
        return now_s - self._held[i].disputed_s > DISPUTE_FORGOTTEN_S

    def _set(self, i: int, state: str, reason: str, now_s: float) -> None:
        """Change a sensor's state, and tell it."""
        one = self._held[i]
        if one.state == state:
            return
        one.state, one.judged_after = state, NEXT_AFTER_PLOTS
        one.plots = one.expected = one.fitted = 0.0
        if state != SUSPECT:
            self._sums[i] = 0.0
        told = SensorChange(format_utc(now_s), self._ids[i], state, reason)
        self.changes = (*self.changes, told)

    def _judge_disputes(self, tracks: Sequence[Track], now_s: float) -> None:
        """Large errors: a track that one radar alone sees beside one that others see."""
        rows = np.array([track.row for track in tracks], np.int64)
        found = self._found(tracks, rows, now_s) if len(tracks) > 1 else []
        kept = {}
        for new in found[:SENSOR_DISPUTES_MAX]:
            old = self._disputes.get(new.ghost)
            if old is not None and (old.row, old.sensor) == (new.row, new.sensor):
                new.sums = old.sums
            kept[new.ghost] = new
        self._disputes = kept
        self._withdraw_orphans(tracks, rows, now_s)
        for dispute in kept.values():
            self._settle(dispute, now_s)
        for i, one in enumerate(self._held):
            fits = plots_in(self._sums[i]) < JUDGED_PLOTS
            if one.state == SUSPECT and fits and self._is_undisputed(i, now_s):
                self._set(i, SOUND, "no other sensor disagrees with it any more", now_s)

    def _withdraw_orphans(self, tracks: Sequence[Track], rows: Integers, now_s: float) -> None:
        """Withdraw what only a sensor left out has seen, though another should have."""
        for i, one in enumerate(self._held):
            if one.state != LEFT_OUT:
                continue
            ever = np.isfinite(self._last_s[rows]) & self._is_radar
            for place in np.flatnonzero(ever[:, i] & (ever.sum(axis=1) == 1)).tolist():
                row, since_s = int(rows[place]), tracks[place].confirmed_s
                at = place_of(self._bank.bank, row)
                others = [j for j in np.flatnonzero(self._is_radar).tolist() if j != i]
                others = [j for j in others if self._held[j].state != LEFT_OUT]
                if any(self._is_silent(row, j, at, since_s, now_s) for j in others):
                    reason = f"withdrawn: {self._ids[i]}, now left out, alone saw it"
                    self._withdrawn[tracks[place].id] = reason

    def _settle(self, dispute: _Dispute, now_s: float) -> None:
        """Leave a sensor out where a constant error explains its second track; else suspect two."""
        offset = offset_of(dispute.sums[0])
        enough = plots_in(dispute.sums[0]) >= DISPUTE_PLOTS
        miss = float(np.abs(mean_misses(dispute.sums[0])).max())
        i = dispute.sensor
        if not enough or miss < DISPUTE_MISS or offset.explained < EXPLAINED_LEAST:
            return
        names = ", ".join(self._ids[j] for j in dispute.others)
        if len(dispute.others) >= OTHERS_TO_LEAVE_OUT:
            reason = f"what it alone sees runs beside what {names} see: {offset.text}"
            self._set(i, LEFT_OUT, reason, now_s)
            self._withdrawn[dispute.ghost] = f"withdrawn: {self._ids[i]} is left out: {offset.text}"
            return
        for j, other in ((i, names), (dispute.others[0], self._ids[i])):
            self._held[j].disputed_s = now_s
            if self._held[j].state == SOUND:
                self._set(j, SUSPECT, f"it and {other} see one object in two places", now_s)

    def _found(self, tracks: Sequence[Track], rows: Integers, now_s: float) -> list[_Dispute]:
        """Tracks seen by one radar alone beside one that it does not see though it should."""
        recent = self._recent(rows, now_s)
        solo = np.flatnonzero(recent.sum(axis=1) == 1)
        # Where one radar sees all that is seen, nothing lies beside what it alone sees.
        if not solo.size or recent[recent.any(axis=1)].all(axis=0).any():
            return []
        states = np.empty((rows.size, 6))
        states_now(self._bank.bank, rows, states)
        places = states[:, :3]
        tree = cKDTree(places)
        found = []
        for g in solo.tolist():
            sensor = int(np.flatnonzero(recent[g])[0])
            near = np.array(tree.query_ball_point(places[g], BESIDE_M, return_sorted=True))
            near = near[recent[near].any(axis=1) & ~recent[near, sensor]]
            apart_m = np.linalg.norm(places[near] - places[g], axis=1)
            for r in near[np.argsort(apart_m)].tolist():
                both_s = max(tracks[g].confirmed_s, tracks[r].confirmed_s)
                if not self._is_silent(rows[r], sensor, places[r], both_s, now_s):
                    continue
                others = tuple(
                    j
                    for j in np.flatnonzero(recent[r]).tolist()
                    if self._is_silent(rows[g], j, places[g], both_s, now_s)
                    and self._held[j].state != LEFT_OUT
                )
                enough = len(others) >= OTHERS_TO_LEAVE_OUT
                if enough or len(others) == int(recent[r].sum()) > 0:
                    found.append(_Dispute(tracks[g].id, sensor, int(rows[r]), others, now_s))
                    break
        return found

    def _is_silent(self, row: int, sensor: int, place: Array, both_s: float, now_s: float) -> bool:
        """Whether a radar should have seen a track for some scans, and has not."""
        since_s = max(float(self._last_s[row, sensor]), both_s)
        if now_s - since_s < SILENT_SCANS * self._periods_s[sensor]:
            return False
        return self._coverage.scans_by(self._ids[sensor], place) > 0.0

    def _look_back(self, scan: Scan, at: Integers, rows: Integers) -> None:
        """Count plots of sensors left out that fit what two others see."""
        if not at.size or not rows.size:
            return
        seen = self._recent(rows, float(scan.times_s[at[-1]])).sum(axis=1)
        rows = rows[(seen >= OTHERS_TO_LEAVE_OUT) & self._free(rows)]
        if not rows.size:
            return
        pairs, _ = self._bank.pairs(rows, scan.times_s[at], scan.rows[at])
        plots, first = np.unique(pairs[:, 1], return_index=True)
        fit, sensors = at[plots], scan.sensors[at[plots]]
        self._bank.weigh(rows[pairs[first, 0]], fit, sensors, scan, KEPT_PER_PLOT, self._sums)
        for number in sensors.tolist():
            self._held[number].fitted += 1.0

    def _judge_way_back(self, tracks: Sequence[Track], now_s: float) -> None:
        """Sensors left out whose plots fit again, most of those that should have come."""
        out = [i for i, one in enumerate(self._held) if one.state == LEFT_OUT]
        if not out or not tracks:
            return
        rows = np.array([track.row for track in tracks], np.int64)
        seen = self._recent(rows, now_s).sum(axis=1) >= OTHERS_TO_LEAVE_OUT
        for row in rows[seen & self._free(rows)].tolist():
            for i in out:
                place = place_of(self._bank.bank, row)
                self._held[i].expected += self._coverage.scans_by(self._ids[i], place)
        for i in out:
            one = self._held[i]
            if one.expected < BACK_EXPECTED:
                continue
            miss = float(np.abs(mean_misses(self._sums[i])).max())
            if one.fitted > BACK_SHARE * one.expected and miss < SOUND_MISS:
                self._set(i, SOUND, "its plots fit those of others again", now_s)
            one.expected = one.fitted = 0.0
            self._sums[i] = 0.0
