"""What the estimator made of one true object of a pass."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commonwatch.acquire.plot import Plot
from commonwatch.acquire.sensor import Sensor
from commonwatch.bench.calibration.classes import MISSILE, STAGES
from commonwatch.bench.calibration.following import ON_NOTHING, Followed, LineLike
from commonwatch.bench.calibration.rows import CheckRow, GroundRow, ObjectRow, StateRow
from commonwatch.bench.calibration.truth import (
    Checkpoint,
    checkpoints,
    place_in_ellipse,
    pull_up_s,
    sigma_axes_m,
)
from commonwatch.bench.score import SETTLE_S
from commonwatch.estimate.assessment import GroundPoint
from commonwatch.trajectory.geodesic import Place
from commonwatch.utc import parse_utc
from commonwatch.world.coast_bounds import CoastBound
from commonwatch.world.flight import Flight

LAUNCH_TOLD_AFTER_BURNOUT_S = 30.0
ORBIT_TOLD_AFTER_S = 20.0
NO_IMPACT_AFTER_S = 5.0
# A track was on the missile to the end of its thrust if so long before, or less.
FOLLOWED_UNTIL_S = 3.0
DIGITS = 6

# A moment (POSIX s) and what was told then.
Told = tuple[float, LineLike]


@dataclass(frozen=True, slots=True)
class Seen:
    """An object, its plots, and its tracks; `index` is the flight's in its scene."""

    index: int
    flight: Flight
    plots: list[Plot]
    tracks: tuple[Followed, ...]

    def lines(self) -> list[Told]:
        """All lines of its tracks, by time."""
        rows = [
            row
            for track in self.tracks
            for row in zip(track.times_s.tolist(), track.lines, strict=True)
        ]
        return sorted(rows, key=lambda row: row[0])

    def lines_on_it(self, held: tuple[Followed, ...]) -> list[Told]:
        """All lines of any track while that is on it, by time."""
        rows = [
            (time_s, line)
            for track in held
            for time_s, line, on in zip(
                track.times_s.tolist(), track.lines, track.on.tolist(), strict=True
            )
            if on == self.index
        ]
        return sorted(rows, key=lambda row: row[0])


def object_row(seen: Seen, sensors: tuple[Sensor, ...], held: tuple[Followed, ...]) -> ObjectRow:
    """All figures of one object; `held` are all tracks of the pass, whosesoever they are."""
    flight = seen.flight
    lines, on_it = seen.lines(), seen.lines_on_it(held)
    first_s = seen.plots[0].time_s if seen.plots else math.nan
    marks = checkpoints(flight, sensors, seen.plots) if seen.plots else ()
    impact_s = next((time_s for time_s, line in on_it if line.impact is not None), None)
    ended = end_told(seen, held) if flight.powered else (None, False)
    turned = _manoeuvring(flight, lines)
    orbit = _orbit(flight, lines) if flight.impact is None else (None, None)
    return ObjectRow(
        flight.name,
        MISSILE if flight.powered else STAGES,
        round(flight.ballistic_coefficient_kg_m2, 3),
        len(seen.plots),
        _completeness(seen, held),
        max(len(seen.tracks) - 1, 0),
        round(on_it[0][0] - first_s, DIGITS) if on_it else None,
        None if impact_s is None else round(impact_s - first_s, DIGITS),
        tuple(check_row(seen, mark) for mark in marks),
        _launch(flight, lines) if flight.powered else None,
        *ended,
        *turned,
        *orbit,
    )


def check_row(seen: Seen, mark: Checkpoint) -> CheckRow:
    """What was told at one checkpoint, by the track that is nearest then."""
    at_s = round(seen.flight.lift_off_s + mark.after_s)
    has_impact = mark.impact is not None
    told: tuple[float, int, Followed] | None = None
    for track in seen.tracks:
        there = np.flatnonzero((track.times_s == at_s) & (track.on == seen.index))
        if there.size:
            k = int(there[0])
            off = track.states[k] - mark.state
            square = _nees(off[:3], track.covariances[k, :3, :3])
            if told is None or square < told[0]:
                told = (square, k, track)
    if told is None:
        return CheckRow(mark.mark, None, None, has_impact)
    _square, k, track = told
    line = track.lines[k]
    state = state_row(track.states[k] - mark.state, track.covariances[k], mark)
    if line.impact is None or mark.impact is None:
        return CheckRow(mark.mark, state, None, has_impact)
    true_s = seen.flight.lift_off_s + mark.impact.time_s
    row = ground_row(line.impact, mark.impact.place, true_s, mark.bound, mark.own)
    return CheckRow(mark.mark, state, row, has_impact)


def state_row(
    off: NDArray[np.float64], covariance: NDArray[np.float64], at: Checkpoint
) -> StateRow:
    """A told state that is `off` (6,) by, with its covariance (6, 6), beside the bounds."""
    return StateRow(
        (_rounded(np.linalg.norm(off[:3])), _rounded(np.linalg.norm(off[3:]))),
        _rounded(_nees(off[:3], covariance[:3, :3])),
        _rounded(_nees(off, covariance)),
        _roots(at.bound),
        _roots(at.own),
    )


def ground_row(
    told: GroundPoint,
    true: Place,
    true_s: float,
    bound: CoastBound | None = None,
    own: CoastBound | None = None,
) -> GroundRow:
    """A told point on the ground beside the true one (place, POSIX s) and the bounds."""
    axes_m = (told.ellipse95.semi_major_m, told.ellipse95.semi_minor_m)
    error_m, of_ellipse = place_in_ellipse(
        Place(told.lat_deg, told.lon_deg), axes_m, told.ellipse95.azimuth_deg, true
    )
    return GroundRow(
        _rounded(error_m),
        _rounded(of_ellipse),
        axes_m,
        _rounded(parse_utc(told.time) - true_s),
        told.time_sigma_s,
        _axes(bound),
        _axes(own),
    )


def _nees(off: NDArray[np.float64], covariance: NDArray[np.float64]) -> float:
    return float(off @ np.linalg.solve(covariance, off))


def _rounded(value: float | np.floating[Any]) -> float:
    return round(float(value), DIGITS)


def _roots(bound: CoastBound | None) -> tuple[float, float] | None:
    if bound is None:
        return None
    variances = np.diag(bound.state)
    return _rounded(math.sqrt(variances[:3].sum())), _rounded(math.sqrt(variances[3:].sum()))


def _axes(bound: CoastBound | None) -> tuple[float, float] | None:
    if bound is None or bound.impact_en_m2 is None:
        return None
    major_m, minor_m = sigma_axes_m(bound.impact_en_m2)
    return _rounded(major_m), _rounded(minor_m)


def _completeness(seen: Seen, held: tuple[Followed, ...]) -> float | None:
    """Share of the seconds from 20 s after its first plot to its last with a track on it."""
    if not seen.plots:
        return None
    wanted = np.arange(
        math.floor(seen.plots[0].time_s + SETTLE_S) + 1.0, math.ceil(seen.plots[-1].time_s)
    )
    if not wanted.size:
        return None
    on = [track.times_s[track.on == seen.index] for track in held]
    return _rounded(np.isin(wanted, np.concatenate([*on, np.empty(0)])).mean())


def _launch(flight: Flight, lines: list[Told]) -> GroundRow | None:
    """The launch as told 30 s after the end of the thrust."""
    until_s = flight.lift_off_s + flight.burnout_s + LAUNCH_TOLD_AFTER_BURNOUT_S
    told = [line.launch for time_s, line in lines if time_s <= until_s and line.launch is not None]
    return ground_row(told[-1], flight.launch, flight.lift_off_s) if told else None


def end_told(seen: Seen, held: tuple[Followed, ...]) -> tuple[float | None, bool]:
    """Seconds from the end of the thrust until told, and whether it was told before.

    What breaks up lies within metres for seconds, and a track is on any of it: the one that was
    last on the missile before the end tells of it, on whichever piece it goes on.
    """
    end_s = seen.flight.lift_off_s + seen.flight.burnout_s
    on_it = seen.lines_on_it(held)
    after = [
        time_s
        for time_s, line in on_it + _followed_it(seen, held, end_s)
        if time_s >= end_s and line.phase != "boost"
    ]
    before = [line.phase for time_s, line in on_it if end_s - 3.0 <= time_s <= end_s - 1.0]
    early = bool(before) and before[-1] != "boost"
    return (_rounded(min(after) - end_s) if after else None), early


def _followed_it(seen: Seen, held: tuple[Followed, ...], until_s: float) -> list[Told]:
    """All lines, while it is on any object, of the track that was last on this one until then."""
    last: tuple[float, Followed] | None = None
    for track in held:
        times_s = track.times_s[(track.on == seen.index) & (track.times_s < until_s)]
        if times_s.size and (last is None or times_s[-1] > last[0]):
            last = float(times_s[-1]), track
    if last is None or until_s - last[0] > FOLLOWED_UNTIL_S:
        return []
    track = last[1]
    there = np.flatnonzero(track.on != ON_NOTHING).tolist()
    return [(float(track.times_s[k]), track.lines[k]) for k in there]


def _manoeuvring(flight: Flight, lines: list[Told]) -> tuple[float | None, int]:
    """Seconds from the pull-up until told, and seconds told while it did no such thing."""
    pulled_s = pull_up_s(flight)
    told_s = [time_s - flight.lift_off_s for time_s, line in lines if line.manoeuvring]
    if pulled_s is None:
        return None, len(told_s)
    right = [time_s for time_s in told_s if time_s >= pulled_s]
    return (_rounded(right[0] - pulled_s) if right else None), len(told_s) - len(right)


def _orbit(flight: Flight, lines: list[Told]) -> tuple[float | None, int | None]:
    """Probability of an orbit told 20 s after insertion, and seconds with an impact told in it."""
    insertion_s = flight.lift_off_s + flight.burnout_s
    told = [one for time_s, one in lines if time_s <= insertion_s + ORBIT_TOLD_AFTER_S]
    impacts = sum(
        time_s > insertion_s + NO_IMPACT_AFTER_S and line.impact is not None
        for time_s, line in lines
    )
    return (told[-1].orbital_probability if told else None), impacts
