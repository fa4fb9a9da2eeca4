"""One object as the estimator holds it: which plots made it, how it moves, where it came from."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from commonwatch.acquire.plot import Plot
from commonwatch.estimate.launch import AscentFit, fit_launch
from commonwatch.estimate.measurement import SensorPlace, has_range
from commonwatch.estimate.motion import (
    Motion,
    burnout_s,
    coasting_probability,
    motion_at,
    motion_from,
    motion_updated,
)
from commonwatch.limits import ASCENT_PLOTS_MAX

Array = NDArray[np.float64]

# The launch is fitted to the plots of so long after the first; later ones add little and more
# staging.
LAUNCH_WINDOW_S = 30.0
LAUNCH_WINDOW_SCANS = 6.0
LAUNCH_REFIT_S = 2.0
SIGHT_REFIT_S = 10.0
LAUNCH_FIRST_AFTER_S = 3.0
LAUNCH_PLOTS_LEAST = 5
# An infrared scan is missed when its plot has not come by this share of a period after it was due.
MISSED_SHARE = 0.4


@dataclass(frozen=True, slots=True)
class Taken:
    """A plot that a track took, with its measurement row."""

    time_s: float
    row: Array


@dataclass(frozen=True, slots=True)
class InfraredWatch:
    """When an infrared sensor last saw the object burn; its period and chance to see (0 to 1)."""

    last_s: float
    period_s: float
    detection_probability: float


@dataclass(frozen=True, slots=True)
class Track:
    """A confirmed track; ids are stable.

    `sight_only`: no plot with range yet, so the ascent's fit is its state.
    """

    id: str
    event: str
    first_s: float
    confirmed_s: float
    last_plot_s: float
    sources: tuple[str, ...]
    motion: Motion
    early: tuple[Taken, ...]
    watches: dict[str, InfraredWatch]
    infrared_first: bool
    sight_only: bool
    launch: AscentFit | None
    launch_fitted_s: float
    seen_powered: bool
    slowest_scan_s: float


def missed_log(track: Track, now_s: float) -> float:
    """Logarithm of the chance that all infrared plots due were missed though the object burns."""
    total = 0.0
    for watch in track.watches.values():
        missed = math.floor((now_s - watch.last_s) / watch.period_s + 1.0 - MISSED_SHARE) - 1
        if missed > 0:
            total += missed * math.log(max(1.0 - watch.detection_probability, 1e-3))
    return total


def track_updated(track: Track, plot: Plot, row: Array, place: SensorPlace) -> Track:
    """A track with one more plot."""
    infrared = place.sensor.kind == "infrared"
    motion = motion_updated(
        track.motion, plot.time_s, row, infrared, missed_log(track, plot.time_s)
    )
    watches = track.watches
    if infrared:
        seen = InfraredWatch(
            plot.time_s, place.sensor.scan_period_s, place.sensor.detection_probability
        )
        watches = {**watches, plot.sensor: seen}
    early = track.early
    if track.sight_only or plot.time_s <= _launch_window_end_s(track):
        early = _thinned((*early, Taken(plot.time_s, row)))
    return replace(
        track,
        last_plot_s=max(track.last_plot_s, plot.time_s),
        sources=tuple(sorted({*track.sources, plot.sensor})),
        motion=motion,
        early=early,
        watches=watches,
        slowest_scan_s=max(track.slowest_scan_s, place.sensor.scan_period_s),
        sight_only=track.sight_only and not has_range(row),
    )


def _thinned(early: tuple[Taken, ...]) -> tuple[Taken, ...]:
    """Every second one of plots that have become too many, the newest always."""
    return early if len(early) <= ASCENT_PLOTS_MAX else early[1 - len(early) % 2 :: 2]


def track_at(track: Track, now_s: float) -> Track:
    """A track a moment later, its launch fitted anew where that is due."""
    missed = missed_log(track, now_s)
    moved = replace(track, motion=motion_at(track.motion, now_s, missed))
    powered = moved.motion.powered
    if powered is not None and coasting_probability(moved.motion, missed) < 0.5:
        moved = replace(
            moved, seen_powered=moved.seen_powered or now_s - moved.first_s > LAUNCH_FIRST_AFTER_S
        )
    return _launch_refitted(moved, now_s) if _launch_due(moved, now_s) else moved


def _launch_window_end_s(track: Track) -> float:
    """Until when plots count for the launch."""
    return track.first_s + max(LAUNCH_WINDOW_S, LAUNCH_WINDOW_SCANS * track.slowest_scan_s)


def _launch_due(track: Track, now_s: float) -> bool:
    """Whether new early plots may tell more of the launch."""
    if (
        not track.seen_powered
        or len(track.early) < LAUNCH_PLOTS_LEAST
        or track.motion.powered is None
    ):
        return False
    if track.launch is None or track.launch_fitted_s < _launch_window_end_s(track):
        return now_s >= track.launch_fitted_s + LAUNCH_REFIT_S
    # Of lines of sight alone, the whole ascent makes the state; a plot must have come since.
    newer = track.last_plot_s > track.launch_fitted_s
    return track.sight_only and newer and now_s >= track.launch_fitted_s + SIGHT_REFIT_S


def _launch_refitted(track: Track, now_s: float) -> Track:
    """The launch from all early plots; while there are only lines of sight, the state too."""
    early = _powered_part(track)
    if len(early) < LAUNCH_PLOTS_LEAST:
        return replace(track, launch_fitted_s=now_s)
    times_s = np.array([taken.time_s for taken in early])
    rows = np.array([taken.row for taken in early])
    state = None if track.sight_only else track.motion.powered
    fit = fit_launch(times_s, rows, track.infrared_first, state)
    if fit is None:
        return replace(track, launch_fitted_s=now_s)
    fitted = replace(track, launch=fit, launch_fitted_s=now_s)
    if track.sight_only and not track.motion.declared:
        fitted = replace(
            fitted, motion=motion_from(fit.last.at(now_s), track.motion.bias_variances)
        )
    return fitted


def _powered_part(track: Track) -> tuple[Taken, ...]:
    """The early plots up to the burnout, where one is thought of."""
    if not track.motion.declared or not track.motion.coasts:
        return track.early
    end_s = burnout_s(track.motion)
    return tuple(taken for taken in track.early if taken.time_s <= end_s)
