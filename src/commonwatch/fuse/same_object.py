"""Which contributions, of different originators or by different routes, are of one object?"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from commonwatch.estimate.assessment import GroundPoint
from commonwatch.fuse.contribution import Contribution, position_and_velocity
from commonwatch.trajectory.ellipse import covariance_from_ellipse95
from commonwatch.trajectory.geodesic import Place, distance_and_azimuth
from commonwatch.utc import parse_utc

# Normalised squared difference of two states of six numbers: a chance of 1e-10 where both are
# honest.
SAME_OBJECT_GATE = 60.0
# A state this wide, of lines of sight alone or long extrapolated, is no normal distribution any
# more; such a one is known by its launch, to this normalised squared difference of three numbers.
VAGUE_SPREAD_M = 10e3
SAME_LAUNCH_GATE = 25.0


Array = NDArray[np.float64]
State = tuple[Array, Array]


def groups(
    contributions: Sequence[Contribution], now_s: float
) -> tuple[tuple[Contribution, ...], ...]:
    """Contributions of one object together, one at most by each route, in order of key.

    Greedy, nearest first, as objects that nations tell each other of are far apart for their
    errors; the answer depends on the set alone, not on its order.
    """
    ordered = sorted(contributions, key=lambda one: one.key)
    states = [position_and_velocity(one, now_s) for one in ordered]
    pairs = []
    for i, first in enumerate(ordered):
        for j in range(i + 1, len(ordered)):
            if first.route != ordered[j].route:
                distance = state_distance(states[i], states[j])
                if distance < SAME_OBJECT_GATE:
                    pairs.append((distance, i, j))
                elif max(_spread_m(states[i]), _spread_m(states[j])) > VAGUE_SPREAD_M:
                    apart = _launch_distance(first, ordered[j])
                    if apart < SAME_LAUNCH_GATE:
                        pairs.append((SAME_OBJECT_GATE + apart, i, j))
    group = list(range(len(ordered)))
    for _distance, i, j in sorted(pairs):
        joined = [k for k in range(len(ordered)) if group[k] in (group[i], group[j])]
        if group[i] != group[j] and len({ordered[k].route for k in joined}) == len(joined):
            for k in joined:
                group[k] = min(group[i], group[j])
    return tuple(
        tuple(ordered[k] for k in range(len(ordered)) if group[k] == name)
        for name in sorted(set(group))
    )


def state_distance(first: State, second: State) -> float:
    """Normalised squared difference of two independent states, mean (6,) and covariance (6, 6)."""
    apart = first[0] - second[0]
    return float(apart @ np.linalg.solve(first[1] + second[1], apart))


def _spread_m(state: State) -> float:
    """Root of the summed variances of position."""
    return float(np.sqrt(np.trace(state[1][:3, :3])))


def _launch_distance(first: Contribution, second: Contribution) -> float:
    """Normalised squared difference of two launches in time, east, north; infinite if unknown."""
    one, other = first.estimate.launch, second.estimate.launch
    if one is None or other is None:
        return math.inf
    distance_m, azimuth_deg = distance_and_azimuth(
        Place(one.lat_deg, one.lon_deg), Place(other.lat_deg, other.lon_deg)
    )
    azimuth = math.radians(azimuth_deg)
    apart_en = distance_m * np.array([math.sin(azimuth), math.cos(azimuth)])
    in_place = float(apart_en @ np.linalg.solve(_covariance(one) + _covariance(other), apart_en))
    elapsed_s = parse_utc(one.time) - parse_utc(other.time)
    return in_place + elapsed_s**2 / (one.time_sigma_s**2 + other.time_sigma_s**2)


def _covariance(point: GroundPoint) -> Array:
    """East-north covariance (2, 2), m2, of a ground point."""
    ellipse = point.ellipse95
    return covariance_from_ellipse95(
        ellipse.semi_major_m, ellipse.semi_minor_m, ellipse.azimuth_deg
    )
