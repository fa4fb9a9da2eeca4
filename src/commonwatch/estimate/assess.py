"""A track at one moment, told as an assessment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commonwatch.errors import BrokenInvariant
from commonwatch.estimate.assessment import Apogee, Assessment, GroundPoint, Impact, StateEstimate
from commonwatch.estimate.coast_filter import (
    DRAG_FELT_M_S2,
    DRAG_PRIOR_MEAN,
    DRAG_PRIOR_VARIANCE,
    CoastFilter,
    drag_m_s2,
)
from commonwatch.estimate.glide import outlook_of_glide
from commonwatch.estimate.ground import apogee_point, impact_point, launch_point
from commonwatch.estimate.motion import Motion
from commonwatch.estimate.own_estimate import CoastInformation, OwnEstimate, PoweredState
from commonwatch.estimate.predict import Outlook, outlook_if_thrust_ends, outlook_of_coast
from commonwatch.estimate.track import Track
from commonwatch.estimate.unseen import is_hardly_borne_out
from commonwatch.trajectory.kernels.arc import height_m, height_rate_m_s
from commonwatch.trajectory.kernels.bank_answers import TAIL_OFF_S
from commonwatch.utc import format_utc

Array = NDArray[np.float64]

# No plots for so long, and for so many scans of its slowest sensor: it coasts.
COASTING_AFTER_S = 6.0
COASTING_AFTER_SCANS = 2.5
# Re-entry: below this height the air is felt by a fast body.
REENTRY_HEIGHT_M = 100e3
ORBITAL = 0.9
# A burnout is told only where the burning was seen before it.
BURNOUT_SEEN_S = 3.0


@dataclass(frozen=True, slots=True)
class Told:
    """A track and what was last worked out of it, so that nothing is worked out twice."""

    track: Track
    motion: Motion
    outlook: Outlook
    outlook_plot_s: float
    launch: GroundPoint | None
    apogee: Apogee | None
    impact: Impact | None
    status: str
    phase: str


def told_at(before: Told | None, track: Track, motion: Motion, now_s: float) -> Told:
    """What there is to tell of a track whose motion is known as of `now_s`."""
    outlook = _outlook(before, track, motion)
    phase = _phase(motion, outlook)
    descent = outlook.descent
    same = before is not None and before.outlook is outlook and before.phase == phase
    apogee = before.apogee if before is not None else None
    impact = before.impact if before is not None and same else None
    if not same and descent is not None:
        impact = impact_point(descent, phase == "boost")
        if motion.coasts and descent.apogee_s > now_s:
            apogee = apogee_point(descent)
    launch = before.launch if before is not None else None
    if track.launch is not None and (before is None or before.track.launch is not track.launch):
        launch = launch_point(track.launch)
    silent_s = max(COASTING_AFTER_S, COASTING_AFTER_SCANS * track.slowest_scan_s)
    status = "coasting" if now_s - track.last_plot_s > silent_s else "confirmed"
    return Told(track, motion, outlook, track.last_plot_s, launch, apogee, impact, status, phase)


def _outlook(before: Told | None, track: Track, motion: Motion) -> Outlook:
    """What is ahead: as before, where nothing has been seen since of a coast beyond doubt."""
    if motion.coast is not None and motion.coasts:
        if before is not None and before.motion.settled and motion.settled and _same(before, track):
            return before.outlook
        settled = before is not None and before.motion.settled and motion.settled
        return outlook_of_coast(motion.coast, before.outlook if before and settled else None)
    if motion.powered is None:
        return Outlook(None, 0.0)
    if motion.glides:
        unchanged = before is not None and before.outlook_plot_s == track.last_plot_s
        if before is not None and unchanged and before.phase == "glide":
            return before.outlook
        return outlook_of_glide(motion.powered)
    return outlook_if_thrust_ends(motion.powered)


def _same(before: Told, track: Track) -> bool:
    """Whether a track has neither been seen since, nor been widened."""
    return before.outlook_plot_s == track.last_plot_s and not is_hardly_borne_out(track)


def _phase(motion: Motion, outlook: Outlook) -> str:
    """Boost, ballistic, descent, glide or orbit."""
    if motion.glides:
        return "glide"
    if motion.coast is None or not motion.coasts:
        return "boost"
    if outlook.orbital_probability > ORBITAL:
        return "orbit"
    return coasting_phase(motion.coast)


def coasting_phase(coast: CoastFilter) -> str:
    """Ballistic, or descent where it falls back into air that a fast body feels."""
    state = coast.mean[:6]
    falling = height_rate_m_s(state) < 0.0 and height_m(state) < REENTRY_HEIGHT_M
    return "descent" if falling else "ballistic"


def _state(motion: Motion) -> tuple[Array, Array]:
    """Mean (6,) and covariance (6, 6) now."""
    if motion.coast is not None and motion.coasts:
        return motion.coast.mean[:6], motion.coast.cov[:6, :6]
    if motion.powered is None:
        raise BrokenInvariant("a track without any answer to how it moves")
    return motion.powered.mean[:6], motion.powered.cov[:6, :6]


def _rows(matrix: Array) -> tuple[tuple[float, ...], ...]:
    """A matrix as nested tuples."""
    return tuple(map(tuple, matrix.tolist()))


def _burnout_s(told: Told) -> float | None:
    """When the thrust ended, where that was seen."""
    track, motion = told.track, told.motion
    if not motion.coasts:
        return None
    seen = track.seen_powered and motion.burnout_s > track.first_s + BURNOUT_SEEN_S
    return motion.burnout_s if seen else None


def assessment(told: Told, now_s: float, reason: str | None = None) -> Assessment:
    """The line that is told of a track; with a reason it is its last one."""
    track = told.track
    mean, cov = _state(told.motion)
    burning = told.phase == "boost"
    end_s = _burnout_s(told)
    return Assessment(
        time=format_utc(now_s),
        track=track.id,
        event=track.event,
        status="ended" if reason else told.status,
        phase=told.phase,
        sources=track.sources,
        state=StateEstimate(
            tuple(mean[:3].tolist()),
            tuple(mean[3:6].tolist()),
            _rows(cov),
        ),
        launch=told.launch,
        burnout_time=None if end_s is None else format_utc(end_s),
        apogee=told.apogee,
        impact=told.impact,
        orbital_probability=round(told.outlook.orbital_probability if not burning else 0.0, 4),
        manoeuvring=told.motion.glides,
        reason=reason,
    )


def _information(coast: CoastFilter) -> CoastInformation:
    """A coasting estimate as information, without the common prior of the ballistic coefficient."""
    coast = coast.without_biases()
    matrix = np.linalg.inv(coast.cov)
    matrix = 0.5 * (matrix + matrix.T)
    matrix[6, 6] -= 1.0 / DRAG_PRIOR_VARIANCE
    vector = np.zeros(coast.mean.size)
    vector[6] = (coast.mean[6] - DRAG_PRIOR_MEAN) / DRAG_PRIOR_VARIANCE
    return CoastInformation(
        tuple(float(v) for v in coast.mean), tuple(float(v) for v in vector), _rows(matrix)
    )


def own_estimate(told: Told, now_s: float) -> OwnEstimate:
    """What the node's own sensors say of a track: as of `now_s`, in a coast as of its last plot."""
    track, motion = told.track, told.motion
    coast = motion.coast if motion.coasts or motion.powered is None else None
    if coast is not None and _coasts_freely(track, motion, coast):
        # The same information, told where it is closest to a normal distribution.
        coast = coast.at(track.last_plot_s)
    end_s = _burnout_s(told)
    powered = motion.powered
    return OwnEstimate(
        track=track.id,
        event=track.event,
        epoch_s=now_s if coast is None else coast.time_s,
        last_plot_s=track.last_plot_s,
        sources=track.sources,
        status=told.status,
        phase=told.phase,
        launch=told.launch,
        burnout_s=end_s,
        coast=None if coast is None else _information(coast),
        powered=None
        if coast is not None or powered is None
        else PoweredState(tuple(float(v) for v in powered.mean), _rows(powered.cov)),
        first_plot_s=track.first_s,
    )


def _coasts_freely(track: Track, motion: Motion, coast: CoastFilter) -> bool:
    """Whether nothing but gravity has acted since the last plot, so that the way back is exact."""
    after_tail_off = track.last_plot_s > motion.burnout_s + TAIL_OFF_S
    return motion.settled and after_tail_off and drag_m_s2(coast.mean) < DRAG_FELT_M_S2
