"""A notional satellite launch whose stages burn one after another straight into orbit.

Direct ascent, without a coast. The thrust turns over for most of the ascent, and is cut off once
the perigee is high enough. Spent stages fall back.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from commonwatch.errors import UnusableInput
from commonwatch.trajectory.ascent import Ascent, Booster, Steering, fly_ascent
from commonwatch.trajectory.geodesic import Place
from commonwatch.trajectory.kernels import arc
from commonwatch.trajectory.kernels.geodesy import WGS84_SEMI_MAJOR_M
from commonwatch.trajectory.kernels.gravity import WGS84_GM_M3_S2
from commonwatch.world.flight import Flight, coast_table
from commonwatch.world.orbital_flight import inertial_velocity, perigee_heights_m

PERIGEE_MIN_M = 180_000.0
INSERTION_MAX_M = 900_000.0
FOLLOWED_S = 1500.0
ELEVATION_SPAN_DEG = (-60.0, 60.0)
BISECTIONS = 14


@dataclass(frozen=True, slots=True)
class Launcher:
    """What is launched from where: place, height (m), booster, azimuth, and what reaches orbit.

    Steering is vertical for `vertical_s`, and turns over until `pitch_over_end_s`.
    """

    launch: Place
    height_m: float
    booster: Booster
    azimuth_deg: float
    vertical_s: float
    pitch_over_end_s: float
    ballistic_coefficient_kg_m2: float


def fly_into_orbit(name: str, lift_off_s: float, launcher: Launcher) -> Flight:
    """Fly a launcher so that it moves level at the moment it has the speed of a circular orbit.

    Thrust ends once the perigee is 180 km up. Raises UnusableInput where the launcher is too weak
    for orbit, or would be too low or too high at that moment.
    """
    ascent = level_ascent(launcher)
    perigees_m = perigee_heights_m(ascent.states_ecef)
    enough = np.flatnonzero(perigees_m >= PERIGEE_MIN_M)
    if enough.size == 0:
        raise UnusableInput(
            f"flight {name}: its perigee rises to {perigees_m.max() / 1e3:.0f} km only; "
            "a stronger or steeper launcher would reach orbit"
        )
    last = int(enough[0])
    times_s, states = ascent.times_s[: last + 1], ascent.states_ecef[: last + 1]
    height_m = arc.height_m(states[-1])
    if height_m > INSERTION_MAX_M:
        raise UnusableInput(f"flight {name}: {height_m / 1e3:.0f} km is too high for an insertion")
    end_s = float(times_s[-1])
    orbit_s, orbit = coast_table(
        end_s, states[-1], 1.0 / launcher.ballistic_coefficient_kg_m2, end_s + FOLLOWED_S
    )
    times_s, states = np.concatenate([times_s, orbit_s]), np.concatenate([states, orbit])
    heights_m = np.array([arc.height_m(state) for state in states])
    highest = int(np.argmax(heights_m))
    return Flight(
        name,
        lift_off_s,
        launcher.launch,
        launcher.ballistic_coefficient_kg_m2,
        times_s,
        states,
        ((0.0, end_s),),
        float(times_s[highest]),
        float(heights_m[highest]),
        None,
    )


def level_ascent(launcher: Launcher) -> Ascent:
    """The whole burn with the final elevation that moves level at the speed of a circular orbit."""
    low_deg, high_deg = ELEVATION_SPAN_DEG
    ascent = ascent_at(launcher, high_deg)
    for _ in range(BISECTIONS):
        middle_deg = 0.5 * (low_deg + high_deg)
        ascent = ascent_at(launcher, middle_deg)
        if climbs_at_circular_speed(ascent):
            high_deg = middle_deg
        else:
            low_deg = middle_deg
    return ascent


def ascent_at(launcher: Launcher, elevation_deg: float) -> Ascent:
    """The whole burn with a final elevation of the thrust (deg)."""
    return fly_ascent(
        launcher.launch.lat_deg,
        launcher.launch.lon_deg,
        launcher.height_m,
        launcher.booster,
        Steering(
            launcher.vertical_s, launcher.pitch_over_end_s, elevation_deg, launcher.azimuth_deg
        ),
    )


def climbs_at_circular_speed(ascent: Ascent) -> bool:
    """Whether it still climbs when it first has the speed of a circular orbit, or never has it."""
    states = ascent.states_ecef
    radius = np.linalg.norm(states[:, :3], axis=1)
    speed = np.linalg.norm(inertial_velocity(states), axis=1)
    reached = np.flatnonzero(speed**2 * radius >= WGS84_GM_M3_S2)
    sunk = np.flatnonzero(radius < WGS84_SEMI_MAJOR_M - 30e3)
    if reached.size == 0:
        return sunk.size == 0
    state = states[reached[0]]
    return bool(state[:3] @ state[3:] > 0.0) and sunk.size == 0
