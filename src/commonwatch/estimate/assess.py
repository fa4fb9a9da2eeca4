"""A track at one moment, told as an assessment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commonwatch.estimate.assessment import Apogee, Assessment, StateEstimate
from commonwatch.estimate.coast_filter import (
    DRAG_FELT_M_S2,
    DRAG_PRIOR_MEAN,
    DRAG_PRIOR_VARIANCE,
    CoastFilter,
    drag_m_s2,
)
from commonwatch.estimate.ground import apogee_point, impact_point, launch_point
from commonwatch.estimate.motion import TAIL_OFF_S, burnout_s, coasting_estimate
from commonwatch.estimate.own_estimate import CoastInformation, OwnEstimate, PoweredState
from commonwatch.estimate.predict import Outlook, outlook_if_thrust_ends, outlook_of_coast
from commonwatch.estimate.track import Track
from commonwatch.trajectory.kernels.arc import height_m, height_rate_m_s
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
    outlook: Outlook
    outlook_plot_s: float
    apogee: Apogee | None
    status: str
    phase: str


def is_coast(track: Track) -> bool:
    """Whether nothing is held to burn."""
    return track.motion.declared and bool(track.motion.coasts)


def told_at(before: Told | None, track: Track, now_s: float) -> Told:
    """What there is to tell of a track that has been carried to `now_s`."""
    coasting = is_coast(track)
    settled = (
        before is not None
        and coasting
        and len(track.motion.coasts) == 1
        and track.motion.powered is None
        and len(before.track.motion.coasts) == 1
        and before.outlook_plot_s == track.last_plot_s
    )
    if settled and before is not None:
        outlook = before.outlook
    elif coasting:
        outlook = outlook_of_coast(coasting_estimate(track.motion))
    else:
        powered = track.motion.powered
        outlook = Outlook(None, 0.0) if powered is None else outlook_if_thrust_ends(powered)
    apogee = before.apogee if before is not None else None
    if coasting and outlook.descent is not None and outlook.descent.apogee_s > now_s:
        apogee = apogee_point(outlook.descent)
    silent_s = max(COASTING_AFTER_S, COASTING_AFTER_SCANS * track.slowest_scan_s)
    status = "coasting" if now_s - track.last_plot_s > silent_s else "confirmed"
    return Told(track, outlook, track.last_plot_s, apogee, status, _phase(track, outlook))


def _phase(track: Track, outlook: Outlook) -> str:
    """Boost, ballistic, descent or orbit."""
    if not is_coast(track):
        return "boost"
    if outlook.orbital_probability > ORBITAL:
        return "orbit"
    return coasting_phase(coasting_estimate(track.motion))


def coasting_phase(coast: CoastFilter) -> str:
    """Ballistic, or descent where it falls back into air that a fast body feels."""
    state = coast.mean[:6]
    falling = height_rate_m_s(state) < 0.0 and height_m(state) < REENTRY_HEIGHT_M
    return "descent" if falling else "ballistic"


def _state(track: Track) -> tuple[Array, Array]:
    """Mean (6,) and covariance (6, 6) now."""
    if is_coast(track) or track.motion.powered is None:
        estimate = coasting_estimate(track.motion)
        return estimate.mean[:6], estimate.cov[:6, :6]
    return track.motion.powered.mean[:6], track.motion.powered.cov[:6, :6]


def _rows(matrix: Array) -> tuple[tuple[float, ...], ...]:
    """A matrix as nested tuples."""
    return tuple(tuple(float(v) for v in row) for row in matrix)


def _burnout_s(track: Track) -> float | None:
    """When the thrust ended, where that was seen."""
    if not is_coast(track):
        return None
    end_s = burnout_s(track.motion)
    return end_s if track.seen_powered and end_s > track.first_s + BURNOUT_SEEN_S else None


def assessment(told: Told, now_s: float, reason: str | None = None) -> Assessment:
    """The line that is told of a track; with a reason it is its last one."""
    track = told.track
    mean, cov = _state(track)
    burning = told.phase == "boost"
    end_s = _burnout_s(track)
    descent = told.outlook.descent
    return Assessment(
        time=format_utc(now_s),
        track=track.id,
        event=track.event,
        status="ended" if reason else told.status,
        phase=told.phase,
        sources=track.sources,
        state=StateEstimate(
            (float(mean[0]), float(mean[1]), float(mean[2])),
            (float(mean[3]), float(mean[4]), float(mean[5])),
            _rows(cov),
        ),
        launch=None if track.launch is None else launch_point(track.launch),
        burnout_time=None if end_s is None else format_utc(end_s),
        apogee=told.apogee,
        impact=None if descent is None else impact_point(descent, burning),
        orbital_probability=round(told.outlook.orbital_probability if not burning else 0.0, 4),
        manoeuvring=False,
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
    track = told.track
    powered = track.motion.powered
    coast = coasting_estimate(track.motion) if is_coast(track) or powered is None else None
    if coast is not None and _coasts_freely(track, coast):
        # The same information, told where it is closest to a normal distribution.
        coast = coast.at(track.last_plot_s)
    return OwnEstimate(
        track=track.id,
        event=track.event,
        epoch_s=now_s if coast is None else coast.time_s,
        last_plot_s=track.last_plot_s,
        sources=track.sources,
        status=told.status,
        phase=told.phase,
        launch=None if track.launch is None else launch_point(track.launch),
        burnout_s=_burnout_s(track),
        coast=None if coast is None else _information(coast),
        powered=None
        if coast is not None or powered is None
        else PoweredState(tuple(float(v) for v in powered.mean), _rows(powered.cov)),
    )


def _coasts_freely(track: Track, coast: CoastFilter) -> bool:
    """Whether nothing but gravity has acted since the last plot, so that the way back is exact."""
    settled = len(track.motion.coasts) == 1 and track.motion.powered is None
    after_tail_off = track.last_plot_s > burnout_s(track.motion) + TAIL_OFF_S
    return settled and after_tail_off and drag_m_s2(coast.mean) < DRAG_FELT_M_S2
