"""Which steering and which cutoff make a flight as high and as far as a published one was.

Replay needs it: what is published of a test launch is where it rose, how high and how far it went.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from commonwatch.errors import UnusableInput
from commonwatch.trajectory.ascent import Steering, fly_ascent
from commonwatch.trajectory.kernels import arc
from commonwatch.trajectory.kernels.geodesy import geodetic_from_ecef
from commonwatch.world.boosters import Template
from commonwatch.world.flight import Flight, Place, coast_to_ground, fly

IUGG_MEAN_RADIUS_M = 6371008.8
ELEVATIONS_DEG = np.array([87.0, 84.0, 81.0, 77.0, 72.0, 66.0, 59.0, 51.0, 43.0, 35.0, 27.0, 20.0])
# Good enough for any scene, and far below what is published.
MISS_MAX_M = 100.0
NEVER_M = 1e8


@dataclass(frozen=True, slots=True)
class Figures:
    """What a flight should come to: bearing and distance of its impact, height of its apogee."""

    azimuth_deg: float
    apogee_m: float
    range_m: float


def great_circle(
    from_lat_deg: float, from_lon_deg: float, to_lat_deg: float, to_lon_deg: float
) -> tuple[float, float]:
    """Distance (m) on the mean sphere, and bearing at the start (rad, clockwise from north)."""
    p1, p2 = math.radians(from_lat_deg), math.radians(to_lat_deg)
    dl = math.radians(to_lon_deg - from_lon_deg)
    s = math.sin((p2 - p1) / 2) ** 2 + math.cos(p1) * math.cos(p2) * math.sin(dl / 2) ** 2
    bearing = math.atan2(
        math.sin(dl) * math.cos(p2),
        math.cos(p1) * math.sin(p2) - math.sin(p1) * math.cos(p2) * math.cos(dl),
    )
    return 2 * IUGG_MEAN_RADIUS_M * math.asin(math.sqrt(min(s, 1.0))), bearing


def reach(
    name: str, lift_off_s: float, launch: Place, template: Template, figures: Figures
) -> Flight:
    """The flight of a template that has those figures, to within 100 m each.

    Raises UnusableInput where the template cannot fly them.
    """
    guess = first_guess(launch, template, figures)
    if guess is None:
        raise UnusableInput(
            f"flight {name}: {template.booster.name} cannot fly {figures.apogee_m / 1e3:.0f} km "
            f"high and {figures.range_m / 1e3:.0f} km far; a stronger booster could"
        )
    burn_s = template.booster.burn_s

    def miss_km(unknowns: NDArray[np.float64]) -> NDArray[np.float64]:
        return miss_m(launch, template, figures, unknowns) / 1e3

    answer = least_squares(
        miss_km,
        guess,
        bounds=([-10.0, 5.0, guess[2] - 90.0], [89.99, burn_s, guess[2] + 90.0]),
        x_scale=np.array([1.0, 1.0, 1.0]),
        xtol=1e-12,
        ftol=1e-12,
        gtol=1e-14,
        max_nfev=60,
    )
    if float(np.abs(answer.fun).max()) * 1e3 > MISS_MAX_M:
        raise UnusableInput(
            f"flight {name}: no steering of {template.booster.name} found for "
            f"{figures.apogee_m / 1e3:.0f} km up and {figures.range_m / 1e3:.0f} km far"
        )
    elevation_deg, cutoff_s, azimuth_deg = (float(v) for v in answer.x)
    return fly(
        name,
        lift_off_s,
        launch,
        template.booster,
        Steering(
            template.vertical_s, template.pitch_over_end_s, elevation_deg, azimuth_deg % 360.0
        ),
        cutoff_s,
        template.ballistic_coefficient_kg_m2,
    )


def miss_m(
    launch: Place, template: Template, figures: Figures, unknowns: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Apogee, distance and sideways miss (3,) of elevation (deg), cutoff (s) and azimuth (deg)."""
    steering = Steering(
        template.vertical_s, template.pitch_over_end_s, float(unknowns[0]), float(unknowns[2])
    )
    ascent = fly_ascent(
        launch.lat_deg,
        launch.lon_deg,
        launch.height_m,
        template.booster,
        steering,
        float(unknowns[1]),
        step_s=template.booster.burn_s,
    )
    end = ascent.states_ecef[-1]
    event = coast_to_ground(end, 1.0 / template.ballistic_coefficient_kg_m2)
    if event is None:
        return np.full(3, NEVER_M)
    distance_m, bearing = impact_from(launch, event)
    turn = math.remainder(bearing - math.radians(figures.azimuth_deg), 2 * math.pi)
    return np.array(
        [
            event[arc.APOGEE_HEIGHT] - figures.apogee_m,
            distance_m - figures.range_m,
            turn * figures.range_m,
        ]
    )


def impact_from(launch: Place, event: NDArray[np.float64]) -> tuple[float, float]:
    """Great-circle distance (m) and bearing (rad) of an impact event."""
    x, y, z = event[arc.IMPACT_STATE : arc.IMPACT_STATE + 3]
    lat, lon, _height = geodetic_from_ecef(x, y, z)
    return great_circle(launch.lat_deg, launch.lon_deg, math.degrees(lat), math.degrees(lon))


def first_guess(
    launch: Place, template: Template, figures: Figures
) -> NDArray[np.float64] | None:
    """Elevation, cutoff and azimuth near the answer: the steepest bracket of the wanted distance.

    At each elevation of a coarse grid the cutoff that gives the apogee is bisected; the distance
    then falls with elevation, so the answer lies where it crosses the wanted one.
    """
    last: tuple[float, float, float] | None = None
    for elevation_deg in ELEVATIONS_DEG:
        found = cutoff_for_apogee(launch, template, figures, float(elevation_deg))
        if found is None:
            continue
        cutoff_s, distance_m = found
        if distance_m >= figures.range_m:
            if last is None:
                return np.array([elevation_deg, cutoff_s, figures.azimuth_deg])
            share = (figures.range_m - last[2]) / max(distance_m - last[2], 1.0)
            return np.array(
                [
                    last[0] + share * (elevation_deg - last[0]),
                    last[1] + share * (cutoff_s - last[1]),
                    figures.azimuth_deg,
                ]
            )
        last = (float(elevation_deg), cutoff_s, distance_m)
    return None


def cutoff_for_apogee(
    launch: Place, template: Template, figures: Figures, elevation_deg: float
) -> tuple[float, float] | None:
    """Whole-second cutoff (s) that just reaches the apogee, and the distance (m) it then flies."""
    steering = Steering(
        template.vertical_s, template.pitch_over_end_s, elevation_deg, figures.azimuth_deg
    )
    ascent = fly_ascent(
        launch.lat_deg, launch.lon_deg, launch.height_m, template.booster, steering
    )
    inverse = 1.0 / template.ballistic_coefficient_kg_m2

    def apogee_m(row: int) -> float:
        event = coast_to_ground(ascent.states_ecef[row], inverse)
        return math.inf if event is None else float(event[arc.APOGEE_HEIGHT])

    low, high = min(10, ascent.times_s.size - 2), ascent.times_s.size - 1
    if apogee_m(high) < figures.apogee_m or apogee_m(low) > figures.apogee_m:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        if apogee_m(middle) < figures.apogee_m:
            low = middle
        else:
            high = middle
    event = coast_to_ground(ascent.states_ecef[low], inverse)
    if event is None:
        return None
    return float(ascent.times_s[low]), impact_from(launch, event)[0]
