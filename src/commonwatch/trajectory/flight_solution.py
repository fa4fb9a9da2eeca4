"""Steering and cutoff of a ballistic flight that meets a given apogee and impact."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commonwatch.trajectory.ascent import Steering, fly_ascent
from commonwatch.trajectory.ballistic_flight import BallisticFlight, fly
from commonwatch.trajectory.geodesic import Place
from commonwatch.trajectory.keplerian_arc import IUGG_MEAN_RADIUS_M
from commonwatch.trajectory.kernels.dynamics import WGS84_ROTATION_RAD_S
from commonwatch.trajectory.kernels.gravity import WGS84_GM_M3_S2
from commonwatch.trajectory.notional_booster import (
    COASTING_BALLISTIC_COEFFICIENT_KG_M2,
    SteeredBooster,
)

NEWTON_STEPS_MAX = 60
HALVINGS_MAX = 12
# Relative in apogee and range: 1 mm in 10 km, and far below what is published.
TOLERANCE = 1e-7
# The unknowns: how far the thrust leans from the vertical to the east and to the north (deg), which
# unlike elevation and azimuth has no singularity overhead, and the cutoff (share of the burn).
DIFFERENCE = np.array([1e-3, 1e-3, 1e-5])
STEP_MAX = np.array([10.0, 10.0, 0.1])
GUESSED_ELEVATIONS_DEG = (
    -8.0, -3.0, 2.0, 8.0, 14.0, 20.0, 28.0, 36.0, 45.0, 55.0, 65.0, 75.0, 80.0, 84.0, 88.0,
)  # fmt: skip
GUESSES_MAX = 5
LEAN_MAX_DEG = 110.0
CUTOFF_SHARE_MIN, CUTOFF_SHARE_MAX = 0.02, 1.0


@dataclass(frozen=True, slots=True)
class FlightGoal:
    """Where a flight starts, how high it goes above the ellipsoid and where it comes down."""

    launch: Place
    apogee_m: float
    impact: Place


def flight_to(
    goal: FlightGoal,
    steered: SteeredBooster,
    ballistic_coefficient_kg_m2: float = COASTING_BALLISTIC_COEFFICIENT_KG_M2,
) -> BallisticFlight | None:
    """The flight of that booster that meets apogee and impact; None where none is found.

    Newton's method with step halving on the direction of the thrust and the time at which it is cut
    off, from the likeliest of many first guesses.
    """
    for guess in _guesses(goal, steered, ballistic_coefficient_kg_m2):
        flight = _newton(goal, steered, ballistic_coefficient_kg_m2, guess)
        if flight is not None:
            return flight
    return None


def _guesses(
    goal: FlightGoal, steered: SteeredBooster, ballistic_coefficient_kg_m2: float
) -> list[NDArray[np.float64]]:
    """First guesses of lean and cutoff, the one that comes down nearest first.

    How a booster flies does not depend on when its thrust will end, so one ascent for each
    elevation tells the time at which the arc that would follow reaches up to the apogee.
    """
    azimuth_deg = math.degrees(math.atan2(*_offset(goal.launch, goal.impact)))
    ranked = []
    for elevation_deg in GUESSED_ELEVATIONS_DEG:
        steering = Steering(
            steered.vertical_s, steered.pitch_over_end_s, elevation_deg, azimuth_deg
        )
        ascent = fly_ascent(
            goal.launch.lat_deg, goal.launch.lon_deg, 0.0, steered.booster, steering
        )
        reached = np.flatnonzero(_apogees_m(ascent.states_ecef) >= goal.apogee_m)
        if reached.size == 0:
            continue
        share = float(ascent.times_s[reached[0]]) / steered.booster.burn_s
        lean_deg = 90.0 - elevation_deg
        guess = np.array(
            [
                lean_deg * math.sin(math.radians(azimuth_deg)),
                lean_deg * math.cos(math.radians(azimuth_deg)),
                min(max(share, 0.03), 0.999),
            ]
        )
        miss, flight = _miss(goal, steered, ballistic_coefficient_kg_m2, guess)
        if flight is not None:
            ranked.append((float(np.linalg.norm(miss)), guess))
    ranked.sort(key=lambda pair: pair[0])
    return [guess for _miss_size, guess in ranked[:GUESSES_MAX]]


def _apogees_m(states_ecef: NDArray[np.float64]) -> NDArray[np.float64]:
    """Height (n,) above the mean Earth of the highest point of the arc from each state (n, 6).

    Infinite where the state has the speed to escape.
    """
    position = states_ecef[:, :3]
    spin = np.array([0.0, 0.0, WGS84_ROTATION_RAD_S])
    velocity = states_ecef[:, 3:] + np.cross(spin, position)
    radius = np.linalg.norm(position, axis=1)
    energy = 0.5 * np.sum(velocity**2, axis=1) - WGS84_GM_M3_S2 / radius
    momentum = np.linalg.norm(np.cross(position, velocity), axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        semi_major = np.where(energy < 0.0, -0.5 * WGS84_GM_M3_S2 / energy, math.inf)
        eccentricity = np.sqrt(
            np.maximum(0.0, 1.0 + 2.0 * energy * (momentum / WGS84_GM_M3_S2) ** 2)
        )
    highest_m: NDArray[np.float64] = semi_major * (1.0 + eccentricity) - IUGG_MEAN_RADIUS_M
    return highest_m


def _newton(
    goal: FlightGoal,
    steered: SteeredBooster,
    ballistic_coefficient_kg_m2: float,
    guess: NDArray[np.float64],
) -> BallisticFlight | None:
    def flown(x: NDArray[np.float64]) -> tuple[NDArray[np.float64], BallisticFlight | None]:
        return _miss(goal, steered, ballistic_coefficient_kg_m2, x)

    x = guess
    miss, flight = flown(x)
    for _ in range(NEWTON_STEPS_MAX):
        if flight is None or np.max(np.abs(miss)) < TOLERANCE:
            return flight
        slope = np.empty((3, 3))
        for column, difference in enumerate(DIFFERENCE):
            nudge = np.zeros(3)
            # Away from the upper bounds, of which a guess may stand close.
            nudge[column] = -difference
            slope[:, column] = (flown(x + nudge)[0] - miss) / -difference
        if not np.all(np.isfinite(slope)) or np.linalg.cond(slope) > 1e12:
            return None
        step = -np.linalg.solve(slope, miss)
        step /= max(1.0, float(np.max(np.abs(step) / STEP_MAX)))
        for _halving in range(HALVINGS_MAX):
            new_miss, new_flight = flown(x + step)
            if np.linalg.norm(new_miss) < np.linalg.norm(miss):
                break
            step *= 0.5
        else:
            return None
        x, miss, flight = x + step, new_miss, new_flight
    return None


def _miss(
    goal: FlightGoal,
    steered: SteeredBooster,
    ballistic_coefficient_kg_m2: float,
    x: NDArray[np.float64],
) -> tuple[NDArray[np.float64], BallisticFlight | None]:
    """Miss in apogee (logarithm) and, east and north, in range; infinite where none flies."""
    lean_east_deg, lean_north_deg, share = (float(value) for value in x)
    lean_deg = math.hypot(lean_east_deg, lean_north_deg)
    if lean_deg > LEAN_MAX_DEG or not CUTOFF_SHARE_MIN <= share <= CUTOFF_SHARE_MAX:
        return np.full(3, math.inf), None
    azimuth_deg = math.degrees(math.atan2(lean_east_deg, lean_north_deg))
    flight = fly(
        goal.launch,
        steered.booster,
        Steering(steered.vertical_s, steered.pitch_over_end_s, 90.0 - lean_deg, azimuth_deg),
        share * steered.booster.burn_s,
        ballistic_coefficient_kg_m2,
    )
    if flight is None or flight.apogee_m <= 0.0:
        return np.full(3, math.inf), None
    east, north = _offset(goal.launch, flight.impact)
    wanted_east, wanted_north = _offset(goal.launch, goal.impact)
    wanted = math.hypot(wanted_east, wanted_north)
    apogee = math.log(flight.apogee_m / goal.apogee_m)
    miss = np.array([apogee, (east - wanted_east) / wanted, (north - wanted_north) / wanted])
    return miss, flight


def _offset(start: Place, end: Place) -> tuple[float, float]:
    """Angle (rad) between two places on a sphere, split to the east and north of the first.

    Smooth coordinates of an impact, not its range: the goal's impact was found on the ellipsoid,
    and where these two agree, the places agree.
    """
    lat1, lat2 = math.radians(start.lat_deg), math.radians(end.lat_deg)
    apart = math.radians(end.lon_deg - start.lon_deg)
    east = math.cos(lat2) * math.sin(apart)
    north = math.cos(lat1) * math.sin(lat2) - math.sin(lat1) * math.cos(lat2) * math.cos(apart)
    up = math.sin(lat1) * math.sin(lat2) + math.cos(lat1) * math.cos(lat2) * math.cos(apart)
    level = math.hypot(east, north)
    if level == 0.0:
        return 0.0, 0.0
    angle = math.atan2(level, up)
    return angle * east / level, angle * north / level
