"""A track at one moment, told as an assessment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commonwatch.errors import BrokenInvariant
from commonwatch.estimate.ahead import Ahead
from commonwatch.estimate.assessment import Assessment, GroundPoint, Impact, StateEstimate
from commonwatch.estimate.coast_filter import (
    DRAG_FELT_M_S2,
    DRAG_PRIOR_MEAN,
    DRAG_PRIOR_VARIANCE,
    CoastFilter,
    drag_m_s2,
)
from commonwatch.estimate.ground import launch_point
from commonwatch.estimate.motion import Motion
from commonwatch.estimate.own_estimate import CoastInformation, OwnEstimate, PoweredState
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
    """A track and what there is to tell of it at a moment; of what is ahead, as it is asked for."""

    track: Track
    motion: Motion
    ahead: Ahead
    ahead_plot_s: float
    launch: GroundPoint | None
    status: str

    @property
    def orbits(self) -> bool:
        """Whether it coasts and is held not to come down."""
        return self.motion.coasts and self.ahead.outlook.orbital_probability > ORBITAL

    @property
    def phase(self) -> str:
        """Boost, ballistic, descent, glide or orbit."""
        motion = self.motion
        if motion.glides:
            return "glide"
        if motion.coast is None or not motion.coasts:
            return "boost"
        return "orbit" if self.orbits else coasting_phase(motion.coast)


def told_at(before: Told | None, track: Track, motion: Motion, now_s: float) -> Told:
    """What there is to tell of a track whose motion is known as of `now_s`."""
    launch = before.launch if before is not None else None
    if track.launch is not None and (before is None or before.track.launch is not track.launch):
        launch = launch_point(track.launch)
    silent_s = max(COASTING_AFTER_S, COASTING_AFTER_SCANS * track.slowest_scan_s)
    status = "coasting" if now_s - track.last_plot_s > silent_s else "confirmed"
    ahead = _ahead(before, track, motion, now_s)
    return Told(track, motion, ahead, track.last_plot_s, launch, status)


def _ahead(before: Told | None, track: Track, motion: Motion, now_s: float) -> Ahead:
    """What is ahead: as before, where nothing has been seen since of a coast beyond doubt."""
    if before is None:
        return Ahead(motion, now_s, None, may_lean=False)
    settled = motion.coasts and motion.settled and before.motion.settled
    if settled and _same(before, track):
        return before.ahead
    unchanged = before.ahead_plot_s == track.last_plot_s
    if motion.glides and before.motion.glides and unchanged:
        return before.ahead
    return Ahead(motion, now_s, before.ahead, may_lean=settled)


def _same(before: Told, track: Track) -> bool:
    """Whether a track has neither been seen since, nor been widened."""
    return before.ahead_plot_s == track.last_plot_s and not is_hardly_borne_out(track)


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


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is told of a track at a moment (POSIX s); with a reason it is its last one.

    It reads like the assessment that it becomes; what is ahead is worked out when it is looked at.
    """

    told: Told
    now_s: float
    reason: str | None = None

    @property
    def track(self) -> str:
        """The track's id."""
        return self.told.track.id

    @property
    def event(self) -> str:
        """The id of the launch event."""
        return self.told.track.event

    @property
    def status(self) -> str:
        """Confirmed, coasting or ended."""
        return "ended" if self.reason else self.told.status

    @property
    def phase(self) -> str:
        """Boost, ballistic, descent, glide or orbit."""
        return self.told.phase

    @property
    def state(self) -> StateEstimate:
        """Where it is and how fast, ECEF."""
        mean, cov = _state(self.told.motion)
        return StateEstimate(tuple(mean[:3].tolist()), tuple(mean[3:6].tolist()), _rows(cov))

    @property
    def launch(self) -> GroundPoint | None:
        """Where it lifted off."""
        return self.told.launch

    @property
    def impact(self) -> Impact | None:
        """Where it comes down."""
        return self.told.ahead.impact

    @property
    def orbital_probability(self) -> float:
        """How likely it does not come down."""
        burning = not self.told.motion.glides and not self.told.motion.coasts
        return round(0.0 if burning else self.told.ahead.outlook.orbital_probability, 4)

    @property
    def manoeuvring(self) -> bool:
        """Whether something that is no thrust bends its path."""
        return self.told.motion.glides

    def assessment(self) -> Assessment:
        """All of it."""
        end_s = _burnout_s(self.told)
        return Assessment(
            time=format_utc(self.now_s),
            track=self.track,
            event=self.event,
            status=self.status,
            phase=self.phase,
            sources=self.told.track.sources,
            state=self.state,
            launch=self.launch,
            burnout_time=None if end_s is None else format_utc(end_s),
            apogee=self.told.ahead.apogee,
            impact=self.impact,
            orbital_probability=self.orbital_probability,
            manoeuvring=self.manoeuvring,
            reason=self.reason,
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
