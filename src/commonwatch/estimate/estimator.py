"""Plots in, assessments out: the estimator that a live node and a recorded pass run alike."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from commonwatch.acquire.plot import Plot
from commonwatch.acquire.sensor import Sensor
from commonwatch.errors import require
from commonwatch.estimate.assess import Told, assessment, is_coast, own_estimate, told_at
from commonwatch.estimate.assessment import Assessment
from commonwatch.estimate.initiate import (
    Loose,
    Start,
    start_from_points,
    start_from_sights,
    still_waiting,
)
from commonwatch.estimate.measurement import (
    SensorPlace,
    bias_sigmas,
    has_biases,
    has_range,
    measurement_row,
    place_sensor,
)
from commonwatch.estimate.motion import coasting_estimate, fit_of, motion_from
from commonwatch.estimate.own_estimate import OwnEstimate
from commonwatch.estimate.track import InfraredWatch, Taken, Track, track_at, track_updated
from commonwatch.limits import LOOSE_PLOTS_MAX, TRACKS_MAX
from commonwatch.trajectory.kernels.cubature import COAST_STATES
from commonwatch.trajectory.kernels.measurement import BIASES

# Chance of one in a million for four components; wider while the force may change.
GATE_NIS_COAST = 33.0
GATE_NIS_POWERED = 45.0
# A burning object lost for so long is given up: where it is now nobody can say.
POWERED_LOST_S = 60.0
# A coast that is known no better than this is no longer known: nothing could take it up again.
LOST_SPREAD_M = 300e3
# An orbit, or a coast of which nobody knows the end, is not told for ever.
UNSEEN_MAX_S = 7200.0
# How long past its expected impact a track is kept, in sigmas and at most seconds.
OVERDUE_SIGMAS = 2.0
OVERDUE_MAX_S = 3.0


@dataclass(frozen=True, slots=True)
class Moments:
    """When a track's first plot was measured, and when it was confirmed (POSIX seconds)."""

    first_plot_s: float
    confirmed_s: float


class Estimator:
    """All tracks from the plots of some sensors.

    Time is that of the data, and only goes forward.
    """

    def __init__(self, sensors: tuple[Sensor, ...]) -> None:
        biased = [sensor for sensor in sensors if has_biases(sensor)]
        places = {sensor.id: COAST_STATES + BIASES * i for i, sensor in enumerate(biased)}
        self._places: dict[str, SensorPlace] = {
            sensor.id: place_sensor(sensor, places.get(sensor.id)) for sensor in sensors
        }
        self._bias_variances = tuple(sigma**2 for sensor in biased for sigma in bias_sigmas(sensor))
        self._tracks: tuple[Track, ...] = ()
        self._told: dict[str, Told] = {}
        self._loose: tuple[Loose, ...] = ()
        self._started = 0
        self._moments: dict[str, Moments] = {}
        self._same_instant: frozenset[Plot] = frozenset()
        self._instant_s = -math.inf

    @property
    def alive(self) -> bool:
        """Whether there is any track that has not ended."""
        return bool(self._tracks)

    def moments(self, track: str) -> Moments:
        """When a track, live or ended, began."""
        return self._moments[track]

    def advance(self, plots: Sequence[Plot], now_s: float) -> tuple[Assessment, ...]:
        """Take plots up to `now_s`, in order of time, and tell every confirmed track as of then.

        Call it for every whole second of data time while `alive`. A track that ends is told once
        more, with the reason.
        """
        for plot in plots:
            require(plot.time_s <= now_s, "a plot from the future of the data's own time")
            if self._is_new(plot):
                self._take(plot)
        self._tracks = tuple(track_at(track, now_s) for track in self._tracks)
        lines: list[Assessment] = []
        kept: list[Track] = []
        for track in self._tracks:
            told = told_at(self._told.get(track.id), track, now_s)
            self._told[track.id] = told
            reason = _end_reason(told, now_s)
            lines.append(assessment(told, now_s, reason))
            if reason is None:
                kept.append(track)
            else:
                del self._told[track.id]
        self._tracks = tuple(kept)
        return tuple(lines)

    def own_estimates(self, now_s: float) -> tuple[OwnEstimate, ...]:
        """What the sensors say of every live track, in a form that adds up.

        After `advance` to the same moment.
        """
        return tuple(own_estimate(self._told[track.id], now_s) for track in self._tracks)

    def _is_new(self, plot: Plot) -> bool:
        """Whether a plot is no repetition: a feed that says a thing twice measured it once."""
        if plot.time_s > self._instant_s:
            self._same_instant, self._instant_s = frozenset(), plot.time_s
        if plot in self._same_instant:
            return False
        self._same_instant |= {plot}
        return True

    def _take(self, plot: Plot) -> None:
        """Give a plot to the track that it fits best, or keep it for a new one."""
        place = self._places[plot.sensor]
        row = measurement_row(plot, place)
        best = -1
        best_score = -math.inf
        for i, track in enumerate(self._tracks):
            fit = fit_of(track.motion, plot.time_s, row)
            gate = (
                GATE_NIS_COAST
                if is_coast(track) and track.motion.powered is None
                else GATE_NIS_POWERED
            )
            if fit.components and fit.nis < gate and fit.log_likelihood > best_score:
                best, best_score = i, fit.log_likelihood
        if best >= 0:
            updated = track_updated(self._tracks[best], plot, row, place)
            self._tracks = (*self._tracks[:best], updated, *self._tracks[best + 1 :])
        else:
            self._try_start(Loose(plot, row, place.sensor.scan_period_s), place)

    def _try_start(self, newest: Loose, place: SensorPlace) -> None:
        """A new track from loose plots, or one loose plot more."""
        loose = still_waiting(self._loose, newest.plot.time_s)
        if has_range(newest.row):
            start = start_from_points(loose, newest)
        else:
            start = start_from_sights(loose, newest, place)
        if start is None or len(self._tracks) >= TRACKS_MAX:
            self._loose = (*loose, newest)[-LOOSE_PLOTS_MAX:]
            return
        taken = {id(one) for one in start.plots}
        self._loose = tuple(one for one in loose if id(one) not in taken)
        self._tracks = (*self._tracks, self._track_of(start))

    def _track_of(self, start: Start) -> Track:
        """A confirmed track with the next id; every lift-off is an event."""
        self._started += 1
        first, last = start.plots[0].plot, start.plots[-1].plot
        infrared = {
            one.plot.sensor: InfraredWatch(
                one.plot.time_s,
                self._places[one.plot.sensor].sensor.scan_period_s,
                self._places[one.plot.sensor].sensor.detection_probability,
            )
            for one in start.plots
            if self._places[one.plot.sensor].sensor.kind == "infrared"
        }
        self._moments[f"t{self._started}"] = Moments(first.time_s, last.time_s)
        return Track(
            id=f"t{self._started}",
            event=f"e{self._started}",
            first_s=first.time_s,
            confirmed_s=last.time_s,
            last_plot_s=last.time_s,
            sources=tuple(sorted({one.plot.sensor for one in start.plots})),
            motion=motion_from(start.state, self._bias_variances),
            early=tuple(Taken(one.plot.time_s, one.row) for one in start.plots),
            watches=infrared,
            infrared_first=bool(infrared),
            sight_only=not any(has_range(one.row) for one in start.plots),
            launch=start.launch,
            launch_fitted_s=last.time_s if start.launch is not None else -math.inf,
            seen_powered=bool(infrared),
            slowest_scan_s=max(one.scan_period_s for one in start.plots),
        )


def _end_reason(told: Told, now_s: float) -> str | None:
    """Why a track ends now, or None."""
    track = told.track
    descent = told.outlook.descent
    if now_s - track.last_plot_s > UNSEEN_MAX_S:
        return "withdrawn: not seen for two hours"
    if is_coast(track):
        spread_m = float(np.sqrt(np.trace(coasting_estimate(track.motion).cov[:3, :3])))
        if told.status == "coasting" and spread_m > LOST_SPREAD_M:
            return f"withdrawn: lost; its place is known to no better than {spread_m / 1e3:.0f} km"
        if descent is None:
            return None
        overdue_s = min(OVERDUE_SIGMAS * descent.impact_sigma_s, OVERDUE_MAX_S)
        return "came down" if now_s > descent.impact_s + overdue_s else None
    if now_s - track.last_plot_s > POWERED_LOST_S:
        return "withdrawn: lost while it may have burnt"
    return None
