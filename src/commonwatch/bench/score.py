"""How well a tracker followed the one object of a pass: the same rules for ours and for a peer."""

from __future__ import annotations

import math
from collections import Counter

import msgspec
import numpy as np

from commonwatch.bench.followed import Moment, ToldImpact
from commonwatch.bench.watched_pass import WatchedPass
from commonwatch.trajectory.ellipse import CHI_SQUARE_2_95
from commonwatch.trajectory.geodesic import Place, distance_and_azimuth
from commonwatch.world.flight import interpolate_states

# A tracker has so long from the first plot until it must have the object.
SETTLE_S = 20.0
# A track is on the object within 6 sigma, where it claims to know the place at all, or within 5 km.
ON_SIGMAS = 6.0
SIGMA_MAX_M = 60e3
ON_M = 5e3
# Rounding of states that are told; without it a covariance that is all but zero would say nothing.
SLACK_M2 = 400.0
# An answer at a mark is the last one, and not older than this.
FRESH_S = 2.5
# From so long after burnout on, a coast must be told with an honest covariance.
COASTING_FROM_S = 10.0
LEAST_MOMENTS = 3


class ImpactScore(msgspec.Struct, frozen=True):
    """An impact told at a mark: how far off, where in its 95 % ellipse (1: on the edge), how sure.

    `long_axis_over_bound` is the told 1-sigma long axis over the smallest that is possible.
    """

    error_m: float
    of_ellipse: float
    long_axis_over_bound: float | None


class Score(msgspec.Struct, frozen=True):
    """Completeness and spurious are shares of time (0 to 1); nees is 3 where honest."""

    completeness: float
    breaks: int
    spurious: float
    confirmed_after_s: float | None
    nees: float | None
    impacts: dict[str, ImpactScore]


def score(watched: WatchedPass, moments: tuple[Moment, ...]) -> Score:
    """Score what a tracker told against the truth, second by second."""
    truth = watched.truth
    times_s = np.array([moment.time_s for moment in moments])
    states = interpolate_states(truth.times_s, truth.states_ecef, times_s)
    on = [
        bool(np.isfinite(state[0])) and is_on(moment, state[:3])
        for moment, state in zip(moments, states, strict=True)
    ]
    must_s = (watched.seen_s[0] + SETTLE_S, watched.seen_s[1])
    owners = Counter(
        moment.track
        for moment, it_is in zip(moments, on, strict=True)
        if it_is and moment.time_s > must_s[0]
    )
    mine = [moment for moment in moments if owners[moment.track] >= LEAST_MOMENTS]
    wanted_s = np.arange(math.floor(must_s[0]) + 1.0, math.ceil(must_s[1]))
    held_s = {moment.time_s for moment, it_is in zip(moments, on, strict=True) if it_is}
    return Score(
        completeness=round(sum(at_s in held_s for at_s in wanted_s) / len(wanted_s), 4),
        breaks=max(sum(count >= LEAST_MOMENTS for count in owners.values()) - 1, 0),
        spurious=round(1.0 - sum(on) / len(on), 4) if on else 0.0,
        confirmed_after_s=round(mine[0].time_s - watched.seen_s[0], 2) if mine else None,
        nees=_nees(watched, moments, states, on),
        impacts=_impacts(watched, mine),
    )


def is_on(moment: Moment, position_ecef_m: np.ndarray) -> bool:
    """Whether a track is on something at that place."""
    off = moment.state[:3] - position_ecef_m
    if float(np.linalg.norm(off)) < ON_M:
        return True
    cov = moment.covariance[:3, :3]
    if float(np.trace(cov)) >= 3.0 * SIGMA_MAX_M**2:
        return False
    return float(off @ np.linalg.solve(cov + SLACK_M2 * np.eye(3), off)) < ON_SIGMAS**2


def _nees(
    watched: WatchedPass, moments: tuple[Moment, ...], states: np.ndarray, on: list[bool]
) -> float | None:
    """Mean of the position error's normalised square while it coasts."""
    squares = []
    for moment, state, it_is in zip(moments, states, on, strict=True):
        if it_is and moment.time_s > watched.truth.burnout_s + COASTING_FROM_S:
            off = moment.state[:3] - state[:3]
            squares.append(float(off @ np.linalg.solve(moment.covariance[:3, :3], off)))
    return round(float(np.mean(squares)), 2) if squares else None


def _impacts(watched: WatchedPass, mine: list[Moment]) -> dict[str, ImpactScore]:
    """The last impact told before each mark, scored."""
    impacts = {}
    for mark, at_s in watched.marks_s.items():
        told = [one.impact for one in mine if at_s - FRESH_S < one.time_s <= at_s and one.impact]
        if told:
            impacts[mark] = impact_score(watched, mark, told[-1])
    return impacts


def impact_score(watched: WatchedPass, mark: str, told: ToldImpact) -> ImpactScore:
    """One told impact against the true one and the bound."""
    true = watched.truth.impact
    assert true is not None
    error_m, towards_deg = distance_and_azimuth(Place(told.lat_deg, told.lon_deg), true)
    turned = math.radians(towards_deg - told.azimuth_deg)
    of_ellipse = math.hypot(
        error_m * math.cos(turned) / max(told.semi_major_m, 1e-9),
        error_m * math.sin(turned) / max(told.semi_minor_m, 1e-9),
    )
    bound_m = watched.bounds_m.get(mark)
    sigma_m = told.semi_major_m / math.sqrt(CHI_SQUARE_2_95)
    ratio = None if bound_m is None else round(sigma_m / bound_m, 3)
    return ImpactScore(round(error_m, 1), round(of_ellipse, 3), ratio)
