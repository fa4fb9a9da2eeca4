"""How well tracks follow true flights, and where points told lie in their ellipses."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from pyproj import Geod
from scipy.stats import chi2

from commonwatch.trajectory.geodesic import Place
from commonwatch.world.flight import Flight
from tests.assessment_contract import Ground, Line, seconds

WGS84 = Geod(ellps="WGS84")
# An ellipse that holds 95 % of a normal distribution of two numbers is so many sigmas long.
SIGMAS_OF_ELLIPSE95 = math.sqrt(chi2.ppf(0.95, 2))
SETTLED_AFTER_S = 20.0
NEAR_M = 5e3
NEAR_SIGMAS = 6.0
VAGUE_SIGMA_M = 60e3


@dataclass(frozen=True)
class Following:
    """Share of the time in view that some track is on the object, and which tracks those were."""

    completeness: float
    tracks: tuple[str, ...]


def sigmas_off(line: Line, flight: Flight) -> float:
    """Distance of the position told from the true one, in its own sigmas."""
    truth = flight.states_at(np.array([line.time_s - flight.lift_off_s]))[0, :3]
    off = np.array(line.state.position_m) - truth
    cov = np.array(line.state.covariance)[:3, :3]
    return math.sqrt(float(off @ np.linalg.solve(cov, off)))


def is_on(line: Line, flight: Flight) -> bool:
    """Whether a track is where the object truly is at that moment."""
    truth = flight.states_at(np.array([line.time_s - flight.lift_off_s]))[0, :3]
    if not np.isfinite(truth).all():
        return False
    off = np.array(line.state.position_m) - truth
    if float(np.linalg.norm(off)) < NEAR_M:
        return True
    vague = float(np.trace(np.array(line.state.covariance)[:3, :3])) > 3.0 * VAGUE_SIGMA_M**2
    return not vague and sigmas_off(line, flight) < NEAR_SIGMAS


def live(lines: Iterable[Line]) -> list[Line]:
    """Lines of whole seconds of tracks that have not ended."""
    return [line for line in lines if line.status != "ended" and line.time.endswith(".000000Z")]


def following(lines: Sequence[Line], flight: Flight, seen_s: Sequence[float]) -> Following:
    """From 20 s after the first plot of an object to its last one."""
    begin_s, end_s = seen_s[0] + SETTLED_AFTER_S, seen_s[-1]
    on = [line for line in live(lines) if begin_s < line.time_s < end_s and is_on(line, flight)]
    moments = range(math.ceil(begin_s), math.floor(end_s) + 1)
    held = {round(line.time_s) for line in on}
    return Following(
        sum(second in held for second in moments) / len(moments),
        tuple(dict.fromkeys(line.track for line in on)),
    )


def spurious_share(lines: Sequence[Line], flights: Sequence[Flight]) -> float:
    """Share of all track time that is on no object."""
    alive = live(lines)
    off = sum(not any(is_on(line, flight) for flight in flights) for line in alive)
    return off / max(len(alive), 1)


def of_ellipse(told: Ground, truth: Place) -> float:
    """Where a true point lies for the ellipse told: 0 in its middle, 1 on its edge."""
    azimuth, _, distance = WGS84.inv(told.lon_deg, told.lat_deg, truth.lon_deg, truth.lat_deg)
    turned = math.radians(azimuth - told.ellipse95.azimuth_deg)
    along, across = distance * math.cos(turned), distance * math.sin(turned)
    return math.hypot(along / told.ellipse95.semi_major_m, across / told.ellipse95.semi_minor_m)


def long_sigma_m(told: Ground) -> float:
    """Standard deviation along the long axis."""
    return told.ellipse95.semi_major_m / SIGMAS_OF_ELLIPSE95


def last_before(lines: Sequence[Line], moment_s: float) -> Line:
    """The last line with an impact in the five seconds until a moment."""
    told = [line for line in lines if moment_s - 5.0 < line.time_s <= moment_s and line.impact]
    assert told, f"no impact is told in the 5 s before {moment_s}"
    return told[-1]


def marks_s(flight: Flight) -> dict[str, float]:
    """Checkpoints from burnout+30 s on (POSIX s), by the names under which bounds are told."""
    burnt_s = flight.lift_off_s + flight.burnout_s
    assert flight.impact is not None
    return {
        "burnout+30s": burnt_s + 30.0,
        "burnout+60s": burnt_s + 60.0,
        "burnout+120s": burnt_s + 120.0,
        "apogee": flight.lift_off_s + flight.apogee_s,
        "impact-60s": flight.lift_off_s + flight.impact.time_s - 60.0,
    }


def time_error_sigmas(told: Ground, truth_s: float) -> float:
    """Error of a time told, in its sigmas."""
    return (seconds(told.time) - truth_s) / told.time_sigma_s


def tracks_of(
    lines: Sequence[Line], flights: Sequence[Flight], seen_s: dict[str, list[float]]
) -> dict[str, tuple[str, ...]]:
    """For each object the tracks that were on it for longer than on any other: one, if unbroken.

    A track is on the one object that it is nearest to in its sigmas. Counted from 20 s after an
    object's first plot to its last.
    """
    spent: dict[str, Counter[str]] = defaultdict(Counter)
    for line in live(lines):
        near = [
            (sigmas_off(line, flight), flight.name) for flight in flights if is_on(line, flight)
        ]
        if near:
            name = min(near)[1]
            times = seen_s[name]
            if times and times[0] + SETTLED_AFTER_S < line.time_s < times[-1]:
                spent[line.track][name] += 1
    most = {track: names.most_common(1)[0] for track, names in spent.items()}
    return {
        flight.name: tuple(track for track, (name, _) in most.items() if name == flight.name)
        for flight in flights
    }
