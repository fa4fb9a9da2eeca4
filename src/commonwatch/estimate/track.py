"""One object as the estimator holds it: which plots made it, and where it came from."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from commonwatch.estimate.launch import AscentFit, fit_launch
from commonwatch.estimate.motion import Motion
from commonwatch.limits import ASCENT_PLOTS_MAX

Array = NDArray[np.float64]

# The launch is fitted to the plots of so long after the first; later ones add little and more
# staging.
LAUNCH_WINDOW_S = 30.0
LAUNCH_WINDOW_SCANS = 6.0
# Fits come ever more seldom: after so long, and this much longer each time.
LAUNCH_REFIT_S = 2.0
LAUNCH_REFIT_GROWTH = 1.5
SIGHT_REFIT_S = 10.0
LAUNCH_FIRST_AFTER_S = 3.0
LAUNCH_PLOTS_LEAST = 5


@dataclass(frozen=True, slots=True)
class Taken:
    """A plot that a track took, with its measurement row."""

    time_s: float
    row: Array


class Track(msgspec.Struct, frozen=True, gc=False):
    """A confirmed track; ids are stable. `row` is its place in the bank.

    `sight_only`: no plot with range yet, so the ascent's fit is its state. `parent` is the track
    that it parted from, where it did. `missed_scans` counts the detections that should have come
    since it was last seen, `missed_coasting` since its burnout; `plots_burning` of its `plots` came
    before. `beside`: it began so close to another that it may be a part of that;
    `parted_from`: the one that it falls from, as its first plots allow;
    `held_back`: what it is is likely to be known in a moment, and not told before.
    """

    id: str
    event: str
    row: int
    first_s: float
    confirmed_s: float
    last_plot_s: float
    sources: tuple[str, ...]
    early: tuple[Taken, ...]
    infrared_first: bool
    sight_only: bool
    launch: AscentFit | None
    launch_fitted_s: float
    seen_powered: bool
    slowest_scan_s: float
    parent: str | None = None
    missed_scans: float = 0.0
    plots: int = 0
    plots_burning: int = 0
    missed_coasting: float = 0.0
    own_lift_off: bool = False
    beside: bool = False
    parted_from: str | None = None
    held_back: bool = False


def is_seen_as_before(track: Track, time_s: float, sensor: str) -> bool:
    """Whether a plot tells nothing of a track but that it is still there."""
    if track.sight_only or time_s < track.last_plot_s or sensor not in track.sources:
        return False
    # After `launch_window_end_s`, asked of each plot: written out.
    first_s = track.first_s
    if not time_s > first_s + LAUNCH_WINDOW_S:
        return False
    return time_s > first_s + LAUNCH_WINDOW_SCANS * track.slowest_scan_s


def track_seen(track: Track, time_s: float) -> Track:
    """A track that is still there."""
    return replace(track, last_plot_s=time_s, missed_scans=0.0, plots=track.plots + 1)


def track_with_plot(
    track: Track, time_s: float, sensor: str, row: Array, scan_period_s: float, *, ranged: bool
) -> Track:
    """A track with one more plot."""
    if is_seen_as_before(track, time_s, sensor):
        return track_seen(track, time_s)
    early = track.early
    if track.sight_only or time_s <= launch_window_end_s(track):
        early = _thinned((*early, Taken(time_s, row)))
    return replace(
        track,
        last_plot_s=max(track.last_plot_s, time_s),
        missed_scans=0.0,
        plots=track.plots + 1,
        sources=tuple(sorted({*track.sources, sensor})),
        early=early,
        slowest_scan_s=max(track.slowest_scan_s, scan_period_s),
        sight_only=track.sight_only and not ranged,
    )


def _thinned(early: tuple[Taken, ...]) -> tuple[Taken, ...]:
    """Every second one of plots that have become too many, the newest always."""
    return early if len(early) <= ASCENT_PLOTS_MAX else early[1 - len(early) % 2 :: 2]


def launch_window_end_s(track: Track) -> float:
    """Until when plots count for the launch."""
    return track.first_s + max(LAUNCH_WINDOW_S, LAUNCH_WINDOW_SCANS * track.slowest_scan_s)


def is_launch_due(track: Track, now_s: float) -> bool:
    """Whether new early plots of a track that may burn may tell more of its launch."""
    if not track.seen_powered or len(track.early) < LAUNCH_PLOTS_LEAST or track.parent is not None:
        return False
    end_s = launch_window_end_s(track)
    if track.launch is None or track.launch_fitted_s < end_s:
        seen_s = max(track.launch_fitted_s - track.first_s, 0.0)
        next_s = min(
            max(
                track.launch_fitted_s + LAUNCH_REFIT_S, track.first_s + LAUNCH_REFIT_GROWTH * seen_s
            ),
            max(end_s, track.launch_fitted_s + LAUNCH_REFIT_S),
        )
        return now_s >= next_s
    # Of lines of sight alone, the whole ascent makes the state; a plot must have come since.
    newer = track.last_plot_s > track.launch_fitted_s
    return track.sight_only and newer and now_s >= track.launch_fitted_s + SIGHT_REFIT_S


def refitted_launch(track: Track, motion: Motion) -> AscentFit | None:
    """The launch from all early plots of the ascent; None where they give none."""
    end_s = motion.burnout_s if motion.coasts else np.inf
    early = [taken for taken in track.early if taken.time_s <= end_s]
    if len(early) < LAUNCH_PLOTS_LEAST:
        return None
    times_s = np.array([taken.time_s for taken in early])
    rows = np.array([taken.row for taken in early])
    state = None if track.sight_only else motion.powered
    return fit_launch(times_s, rows, track.infrared_first, state)
