"""Plots in, assessments out: the estimator that a live node and a recorded pass run alike."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from commonwatch.acquire.plot import Plot
from commonwatch.acquire.sensor import Sensor
from commonwatch.errors import require
from commonwatch.estimate.assess import Line, Told, own_estimate, told_at
from commonwatch.estimate.assessment import Assessment
from commonwatch.estimate.associate import frames_of, owners, widened
from commonwatch.estimate.coverage import Coverage
from commonwatch.estimate.events import linked
from commonwatch.estimate.found_again import (
    Found,
    Surroundings,
    as_found,
    found_again,
    is_held_back,
)
from commonwatch.estimate.initiate import LoosePlots, Start
from commonwatch.estimate.measurement import has_range
from commonwatch.estimate.motion import motion_of, place_of
from commonwatch.estimate.own_estimate import OwnEstimate
from commonwatch.estimate.parting import may_have_parted
from commonwatch.estimate.paths import Paths
from commonwatch.estimate.payload import Payloads
from commonwatch.estimate.sensor_health import LEFT_OUT, SensorChange, SensorHealth
from commonwatch.estimate.sensor_rows import Scan, SensorRows
from commonwatch.estimate.shared_biases import SharedBiases
from commonwatch.estimate.tangle import Tangle
from commonwatch.estimate.track import (
    LAUNCH_FIRST_AFTER_S,
    Taken,
    Track,
    is_launch_due,
    is_seen_as_before,
    refitted_launch,
    track_seen,
    track_with_plot,
)
from commonwatch.estimate.track_bank import TrackBank
from commonwatch.estimate.unseen import all_looked_for, is_hardly_borne_out
from commonwatch.limits import TRACKS_MAX
from commonwatch.trajectory.kernels import bank as layout
from commonwatch.trajectory.kernels.arc import height_m
from commonwatch.trajectory.kernels.bank_motion import burns_surely

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

# A burning object lost for so long is given up: where it is now nobody can say.
POWERED_LOST_S = 60.0
# A coast that is known no better than this is no longer known: nothing could take it up again.
LOST_SPREAD_M = 300e3
# Nor one that hardly a plot has borne out, sooner.
DOUBTFUL_SPREAD_M = 60e3
# An orbit, or a coast of which nobody knows the end, is not told for ever.
UNSEEN_MAX_S = 7200.0
# How long past its expected impact a track is kept, in sigmas and at most seconds.
OVERDUE_SIGMAS = 2.0
OVERDUE_MAX_S = 3.0
BELOW_GROUND_M = 2_000.0
# What is said to be higher than this has not come down, whenever that was expected.
MAY_BE_DOWN_BELOW_M = 50e3
# A part that so many detections should have shown since it fell silent is none.
MISSED_SCANS_MAX = 15.0
# An orbit that no sensor has seen for so long is others' to follow.
ORBIT_UNSEEN_S = 300.0
# It burns, as far as a launch is to be looked for, where a coast is less likely than this.
BURNING_BELOW = 0.5


@dataclass(frozen=True, slots=True)
class Moments:
    """When a track's first plot was measured, and when it was confirmed (POSIX seconds)."""

    first_plot_s: float
    confirmed_s: float


class Estimator:
    """All tracks from the plots of some sensors.

    Time is that of the data, and only goes forward.
    """

    def __init__(self, sensors: tuple[Sensor, ...], begun: int = 0) -> None:
        """Begin to watch; `begun` tracks were named before, and no name of theirs is given anew."""
        self._sensors = SensorRows(sensors)
        self._bank = TrackBank(self._sensors.infrared, self._sensors.bias_variances)
        self._health = SensorHealth(sensors, self._bank)
        self._biases = SharedBiases(self._sensors.bias_variances)
        self._tracks: tuple[Track, ...] = ()
        self._told: dict[str, Told] = {}
        self._loose = LoosePlots()
        self._started = begun
        self._paths = Paths()
        self._payloads = Payloads()
        self._coverage = Coverage(sensors)
        self._tangle = Tangle()
        self._moments: dict[str, Moments] = {}
        self._same_instant: set[Plot] | list[Plot] = set()
        self._instant_s = -math.inf
        self._ended_early: tuple[Line, ...] = ()

    @property
    def alive(self) -> bool:
        """Whether there is any track that has not ended."""
        return bool(self._tracks)

    @property
    def begun(self) -> int:
        """How many tracks have been named, those of before this estimator included."""
        return self._started

    @property
    def sensor_changes(self) -> tuple[SensorChange, ...]:
        """Sensors that are believed more or less since the last `advance`."""
        return self._health.changes

    @property
    def sensors_not_sound(self) -> dict[str, str]:
        """Sensors that are suspect or left out now, by id."""
        return self._health.not_sound

    def moments(self, track: str) -> Moments:
        """When a track, live or ended, began."""
        return self._moments[track]

    def advance(self, plots: Sequence[Plot], now_s: float) -> tuple[Assessment, ...]:
        """Take plots up to `now_s`, in order of time, and tell every confirmed track as of then.

        Call it for every whole second of data time while `alive`. A track that ends is told once
        more, with the reason.
        """
        self.follow(plots, now_s)
        return self.tell(now_s)

    def follow(self, plots: Sequence[Plot], now_s: float) -> None:
        """Take plots up to `now_s`, in order of time, and carry every track on to then."""
        future = any(plot.time_s > now_s for plot in plots)
        require(not future, "a plot from the future of the data's own time")
        new = self._new_of(plots)
        if new:
            self._take(self._sensors.scan(new))
        if self._tracks:
            self._carry(now_s)
        self._judge_sensors(now_s)

    def own_estimates(self, now_s: float) -> tuple[OwnEstimate, ...]:
        """What the sensors say of every live track, in a form that adds up.

        After `advance` to the same moment.
        """
        return tuple(
            own_estimate(self._told[track.id], now_s)
            for track in self._tracks
            if track.id in self._told
        )

    def _new_of(self, plots: Sequence[Plot]) -> Sequence[Plot]:
        """Plots without repetitions, in order of time."""
        if not plots or plots[0].time_s <= self._instant_s or _may_repeat(plots):
            return [plot for plot in plots if self._is_new(plot)]
        self._instant_s = plots[-1].time_s
        self._same_instant = [plot for plot in plots if plot.time_s == self._instant_s]
        return plots

    def _is_new(self, plot: Plot) -> bool:
        """Whether a plot is no repetition: a feed that says a thing twice measured it once."""
        if plot.time_s > self._instant_s:
            self._same_instant, self._instant_s = set(), plot.time_s
        if not isinstance(self._same_instant, set):
            self._same_instant = set(self._same_instant)
        if plot in self._same_instant:
            return False
        self._same_instant.add(plot)
        return True

    def _take(self, scan: Scan) -> None:
        """Give plots to the tracks that they fit best; begin tracks from what is left over."""
        rows = np.array([track.row for track in self._tracks], np.int64)
        measured = self._health.without_left_out(scan, rows)
        if not measured.plots:
            return
        scan = self._health.widened(measured)
        pairs, likelihoods = self._bank.pairs(rows, scan.times_s, scan.rows)
        frames = frames_of(scan.times_s, scan.sensors, self._sensors.periods_s)
        owner, doubts = owners(pairs, likelihoods, frames, rows.size)
        sensors = [plot.sensor for plot in scan.plots]
        self._tangle.hear(self._tracks, scan, sensors, owner, doubts)
        self._health.weigh(measured, self._tracks, owner)
        used = widened(scan.rows, doubts, lambda place: place_of(self._bank.bank, int(rows[place])))
        taken = np.flatnonzero(owner >= 0)
        self._give(dataclasses.replace(scan, rows=used), owner[taken], taken)
        left = np.flatnonzero(owner < 0)
        if left.size:
            self._begin(scan, left)

    def _give(self, scan: Scan, places: Integers, chosen: Integers) -> None:
        """Bring plots into tracks, by their places in the list of tracks."""
        if not chosen.size:
            return
        tracks = list(self._tracks)
        rows = np.array([tracks[place].row for place in places.tolist()], np.int64)
        self._bank.take(rows, chosen, scan.times_s, scan.rows, scan.infrared)
        self._health.seen(rows, scan.sensors[chosen], scan.times_s[chosen])
        times_s = scan.times_s[chosen].tolist()
        for place, k, time_s in zip(places.tolist(), chosen.tolist(), times_s, strict=True):
            if is_seen_as_before(tracks[place], time_s, scan.plots[k].sensor):
                tracks[place] = track_seen(tracks[place], time_s)
                continue
            sensor = self._sensors.of(scan, k)
            row = scan.rows[k]
            tracks[place] = track_with_plot(
                tracks[place],
                time_s,
                sensor.id,
                row,
                sensor.scan_period_s,
                ranged=has_range(row),
            )
        self._tracks = tuple(tracks)

    def _begin(self, scan: Scan, left: Integers) -> None:
        """Begin tracks from plots that no track took, in order of time.

        A plot that a track begun since may have is that one's sooner than another beginning.
        """
        plots = [scan.plots[k] for k in left.tolist()]
        sensors = [self._sensors.of(scan, k) for k in left.tolist()]
        self._loose.hear(plots, sensors, scan.times_s[left], scan.rows[left])
        first, begun = self._loose.at, len(self._tracks)
        around = Surroundings(begun)
        while True:
            start = self._loose.next_start(may_start=len(self._tracks) < TRACKS_MAX)
            place = len(self._tracks)
            if start is None:
                k = self._loose.at - first
                if k == left.size:
                    return
                place = self._given_to_new(scan, int(left[k]), begun)
                if place >= 0:
                    self._loose.take_out()
                else:
                    start, place = self._loose.let_be(), len(self._tracks)
            if start is not None:
                self._tracks = (*self._tracks, self._track_of(start, around))
            if place < len(self._tracks):
                self._loose.halt_at(self._may_have(scan, left[self._loose.at - first :], place))

    def _may_have(self, scan: Scan, numbers: Integers, place: int) -> Integers:
        """Which of some plots, by their place among these, a track may have, as it is now."""
        if not numbers.size:
            return numbers
        row = np.array([self._tracks[place].row], np.int64)
        pairs, _ = self._bank.pairs(row, scan.times_s[numbers], scan.rows[numbers])
        return pairs[:, 1]

    def _given_to_new(self, scan: Scan, k: int, begun: int) -> int:
        """Give a left over plot to one of the tracks that began since; its place, -1 for none."""
        rows = np.array([track.row for track in self._tracks[begun:]], np.int64)
        if not rows.size:
            return -1
        one = slice(k, k + 1)
        pairs, likelihoods = self._bank.pairs(rows, scan.times_s[one], scan.rows[one])
        if not len(pairs):
            return -1
        place = begun + int(pairs[int(np.argmax(likelihoods)), 0])
        self._give(scan, np.array([place]), np.array([k]))
        return place

    def _track_of(self, start: Start, around: Surroundings) -> Track:
        """A confirmed track with the next id; every lift-off is an event."""
        self._started += 1
        first, last = start.plots[0].plot, start.plots[-1].plot
        beside = around.beside(start.state, self._tracks, self._bank.bank)
        row = self._bank.take_row(start.state, layout.KNOWN_BODY, last.time_s)
        self._health.begin(row, [one.plot.sensor for one in start.plots], last.time_s)
        parted_from = self._parted_from(row, start, beside)
        is_infrared = False
        for one in start.plots:
            number = self._sensors.infrared_number(one.plot.sensor)
            if number >= 0:
                is_infrared = True
                self._bank.bank.infrared_last_s[row, number] = one.plot.time_s
        self._moments[f"t{self._started}"] = Moments(first.time_s, last.time_s)
        return Track(
            id=f"t{self._started}",
            event=f"e{self._started}",
            row=row,
            first_s=first.time_s,
            confirmed_s=last.time_s,
            last_plot_s=last.time_s,
            sources=tuple(sorted({one.plot.sensor for one in start.plots})),
            early=tuple(Taken(one.plot.time_s, one.row) for one in start.plots),
            infrared_first=is_infrared,
            sight_only=not any(has_range(one.row) for one in start.plots),
            launch=start.launch,
            launch_fitted_s=last.time_s if start.launch is not None else -math.inf,
            seen_powered=is_infrared,
            slowest_scan_s=max(one.sensor.scan_period_s for one in start.plots),
            beside=bool(beside),
            parted_from=parted_from,
            held_back=any(self._is_parting(track) for track in beside),
        )

    def _parted_from(self, row: int, start: Start, beside: tuple[Track, ...]) -> str | None:
        """The track beside a new one from which it may fall; how it does is added to its row."""
        if not all(has_range(one.row) for one in start.plots):
            return None
        times_s = [one.plot.time_s for one in start.plots]
        plots = [one.row for one in start.plots]
        for parted in may_have_parted(times_s[0], beside, self._paths, self._bank.bank):
            if self._bank.add_falls(row, parted.falls, times_s, plots):
                return parted.parent
        return None

    def _is_parting(self, track: Track) -> bool:
        """Whether what begins beside a track is a part of it sooner than another lift-off."""
        burns = bool(burns_surely(self._bank.bank, track.row))
        return not burns or self._tangle.holds(track.id)

    def _carry(self, now_s: float) -> None:
        """All tracks a moment later, their launches fitted anew where that is due."""
        self._tangle.settle(self._tracks, self._bank)
        rows = np.array([track.row for track in self._tracks], np.int64)
        coasting = self._bank.forward(rows, now_s)
        self._tangle.uncross(self._tracks, self._bank, now_s)
        self._biases.hand_on(self._tracks, self._bank, now_s)
        powered = self._bank.bank.integers[rows, layout.POWERED] == 1
        tracks = list(self._tracks)
        for place in np.flatnonzero(powered).tolist():
            track = tracks[place]
            seen = now_s - track.first_s > LAUNCH_FIRST_AFTER_S and not track.seen_powered
            if (
                seen
                and coasting[place] < BURNING_BELOW
                and burns_surely(self._bank.bank, track.row)
            ):
                track = replace(track, seen_powered=True)
            if is_launch_due(track, now_s):
                track = self._refitted(track, now_s)
            tracks[place] = track
        self._tracks = tuple(tracks)
        self._paths.remember(self._tracks, self._bank.bank, now_s)
        self._tracks = all_looked_for(self._tracks, self._coverage, self._bank, now_s)
        self._tracks = linked(self._tracks, self._bank, self._paths, self._payloads, now_s)
        for found in found_again(self._tracks, self._bank.bank):
            self._go_on(found, now_s)

    def _go_on(self, found: Found, now_s: float) -> None:
        """A lost track goes on as what was found; what that was told as ends."""
        lost, new = found.lost, found.new
        before = self._told.pop(new.id, None)
        if before is not None:
            told = told_at(before, new, motion_of(self._bank.bank, new.row), now_s)
            reason = f"withdrawn: it is {lost.id}, found again"
            self._ended_early += (Line(told, now_s, reason),)
        was_told = self._told.pop(lost.id, None) is not None
        self._bank.give_back(lost.row)
        self._tracks = tuple(
            as_found(found, was_told=was_told) if track.id == lost.id else track
            for track in self._tracks
            if track.id != new.id
        )

    def _is_stage(self, track: Track) -> bool:
        """Whether a track is held for a stage or other part."""
        return bool(self._bank.bank.integers[track.row, layout.BODY] == layout.STAGE_BODY)

    def _refitted(self, track: Track, now_s: float) -> Track:
        """The launch fitted anew; while there are only lines of sight, the state too."""
        motion = motion_of(self._bank.bank, track.row)
        fit = refitted_launch(track, motion)
        if fit is None:
            return replace(track, launch_fitted_s=now_s)
        if track.sight_only and not motion.declared:
            self._bank.start_anew(track.row, fit.last.at(now_s))
        return replace(track, launch=fit, launch_fitted_s=now_s)

    def _judge_sensors(self, now_s: float) -> None:
        """Which sensors can be believed; what was heard of those left out is forgotten."""
        self._health.judge(self._tracks, now_s)
        out = {one.sensor for one in self._health.changes if one.state == LEFT_OUT}
        if out:
            self._loose.forget(out)

    def tell(self, now_s: float) -> tuple[Assessment, ...]:
        """A line of every confirmed track; those that end are let go. After `follow` to then."""
        return tuple(line.assessment() for line in self.lines(now_s))

    def lines(self, now_s: float) -> tuple[Line, ...]:
        """What `tell` tells, of which all that is ahead is worked out only when it is looked at."""
        lines = list(self._ended_early)
        self._ended_early = ()
        kept: list[Track] = []
        for track in self._tracks:
            motion = motion_of(self._bank.bank, track.row)
            told = told_at(self._told.get(track.id), track, motion, now_s)
            reason = self._health.withdrawal(track.id)
            reason = reason or _end_reason(told, now_s, is_stage=self._is_stage(track))
            held = track.id not in self._told and is_held_back(track, now_s)
            if not held:
                self._note_confirmed(track, now_s)
                lines.append(Line(told, now_s, reason))
            if reason is None:
                kept.append(track)
                if not held:
                    self._told[track.id] = told
            else:
                self._told.pop(track.id, None)
                self._bank.give_back(track.row)
        self._tracks = tuple(kept)
        return tuple(lines)

    def _note_confirmed(self, track: Track, now_s: float) -> None:
        """What was held back is confirmed with its first line."""
        may_be_part = track.held_back or track.parted_from is not None
        if may_be_part and track.id not in self._told:
            began_s = self._moments[track.id].first_plot_s
            self._moments[track.id] = Moments(began_s, now_s)


def _may_repeat(plots: Sequence[Plot]) -> bool:
    """Whether one of some plots may be another's repetition: two have the same azimuth."""
    return len({plot.azimuth_deg for plot in plots}) < len(plots)


def _end_reason(told: Told, now_s: float, *, is_stage: bool) -> str | None:
    """Why a track ends now, or None."""
    track, motion = told.track, told.motion
    if is_stage and track.missed_scans > MISSED_SCANS_MAX:
        return "withdrawn: not seen where it should be"
    if now_s - track.last_plot_s > ORBIT_UNSEEN_S and told.orbits:
        return "withdrawn: in orbit, and out of sight"
    if now_s - track.last_plot_s > UNSEEN_MAX_S:
        return "withdrawn: not seen for two hours"
    if motion.coast is not None and motion.coasts:
        spread_m = math.sqrt(float(np.trace(motion.coast.cov[:3, :3])))
        most_m = DOUBTFUL_SPREAD_M if is_hardly_borne_out(track) else LOST_SPREAD_M
        if told.status == "coasting" and spread_m > most_m:
            return f"withdrawn: lost; its place is known to no better than {spread_m / 1e3:.0f} km"
        above_m = height_m(motion.coast.mean)
        if above_m < -BELOW_GROUND_M:
            return "came down"
        descent = told.ahead.outlook.descent if above_m < MAY_BE_DOWN_BELOW_M else None
        if descent is None:
            return None
        overdue_s = min(OVERDUE_SIGMAS * descent.impact_sigma_s, OVERDUE_MAX_S)
        return "came down" if now_s > descent.impact_s + overdue_s else None
    if motion.powered is not None and height_m(motion.powered.mean[:6]) < -BELOW_GROUND_M:
        return "came down"
    if now_s - track.last_plot_s > POWERED_LOST_S:
        return "withdrawn: lost while it may have burnt"
    return None
