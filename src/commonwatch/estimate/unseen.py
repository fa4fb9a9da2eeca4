"""What is silent where it should be seen: how long, and what that leaves unknown of where it is."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from msgspec.structs import replace

from commonwatch.estimate.coverage import Coverage
from commonwatch.estimate.motion import place_of, state_of
from commonwatch.estimate.track import Track
from commonwatch.estimate.track_bank import TrackBank
from commonwatch.trajectory.kernels import bank as layout

# So long after a plot a track counts as silent.
SILENT_S = 2.0
# What is silent for longer is looked for so seldom.
LONG_SILENT_S = 60.0
SELDOM_S = 10.0
# A coast that so many detections should have shown since its burnout, and fewer plots than these
# and than this share did: it may have burnt on, or broken up.
MISSED_SCANS = 12.0
PLOTS_FEW = 12
PLOTS_SHARE = 0.3
# It is off by no more than this, in all.
OFF_MOST_M_S = 150.0


def all_looked_for(
    tracks: Sequence[Track], coverage: Coverage, bank: TrackBank, now_s: float
) -> tuple[Track, ...]:
    """`looked_for` of each; most are seen every second, and stay as they are."""
    integers = bank.bank.integers[[track.row for track in tracks]]
    coasts = (integers[:, layout.DECLARED] == 1) | (integers[:, layout.POWERED] == 0)
    return tuple(
        track
        if (coasting or track.plots_burning == track.plots)
        and now_s - track.last_plot_s < SILENT_S
        and track.missed_coasting < MISSED_SCANS
        else looked_for(track, coverage, bank, now_s)
        for track, coasting in zip(tracks, coasts.tolist(), strict=True)
    )


def looked_for(track: Track, coverage: Coverage, bank: TrackBank, now_s: float) -> Track:
    """A track a second later, with the detections that should have come of it and did not.

    What hardly a plot has borne out is widened.
    """
    coasts = _is_declared(bank, track)
    if not coasts and track.plots_burning != track.plots:
        track = replace(track, plots_burning=track.plots, missed_coasting=0.0)
    silent_s = now_s - track.last_plot_s
    every_s = 1.0 if silent_s < LONG_SILENT_S else SELDOM_S
    if silent_s >= SILENT_S and math.fmod(now_s, every_s) < 1.0:
        scans = coverage.scans_a_second(place_of(bank.bank, track.row))
        missed = every_s * scans
        track = replace(
            track,
            missed_scans=track.missed_scans + missed,
            missed_coasting=track.missed_coasting + missed,
        )
    if coasts and is_hardly_borne_out(track):
        cov = state_of(bank.bank, track.row)[1]
        if float(np.trace(cov[3:6, 3:6])) < OFF_MOST_M_S**2:
            bank.loosen(track.row)
    return track


def is_hardly_borne_out(track: Track) -> bool:
    """Whether a coast rests on few plots, while many more should have come."""
    came = track.plots - track.plots_burning
    if track.missed_coasting < MISSED_SCANS or came >= PLOTS_FEW:
        return False
    return came < PLOTS_SHARE * track.missed_coasting


def _is_declared(bank: TrackBank, track: Track) -> bool:
    """Whether a track is held to coast."""
    integers = bank.bank.integers[track.row]
    return bool(integers[layout.DECLARED] == 1 or integers[layout.POWERED] == 0)
