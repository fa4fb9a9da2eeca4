"""Many short flights at once, drawn by chance: pairs from several places, crossings, files."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from commonwatch.trajectory.geodesic import Place, destination, distance_and_azimuth
from commonwatch.trajectory.kernels.geodesy import ecef_from_geodetic
from commonwatch.world.coefficients import draw_coefficient
from commonwatch.world.drawn_lift import SHORT, Start, draw_lift
from commonwatch.world.flight import Flight, Lift, fly

OBJECTS_CROSSING = (8, 12)
# Objects from one place follow each other so closely, and hardly fly in other directions.
FILE_DELAY_S = (2.0, 5.0)
FILE_TURN_DEG = 0.05
# Where paths cross, how far from there the places lie, and how far they go on beyond.
CROSSING_AHEAD_M = 250e3
CROSSING_ASIDE_M = 120e3
CROSSING_WITHIN_S = 6.0
CROSSING_PLACES = (2, 4)


def draw_salvo(start: Start, rng: np.random.Generator) -> tuple[Flight, ...]:
    """Two to four places within 150 km, each with a pair of short flights seconds apart."""
    flights: list[Flight] = []
    lift_off_s = start.lift_off_s
    for _ in range(int(rng.integers(2, 5))):
        aside_deg, apart_m = float(rng.uniform(0.0, 360.0)), float(rng.uniform(0.0, 150e3))
        place = destination(start.launch, aside_deg, apart_m)
        towards_deg = (start.azimuth_deg + float(rng.uniform(-6.0, 6.0))) % 360.0
        coefficients = [draw_coefficient(rng, start.shape) for _ in range(2)]
        lift = draw_lift(SHORT, place, towards_deg, rng, coefficients[0])
        flights.append(fly(f"L{len(flights) + 1}", lift_off_s, lift))
        delay_s = float(np.floor(rng.uniform(5.0, 20.0)))
        second = turned(lift, float(rng.uniform(-0.5, 0.5)), coefficients[1])
        flights.append(fly(f"L{len(flights) + 1}", lift_off_s + delay_s, second))
        lift_off_s += float(np.floor(rng.uniform(40.0, 400.0)))
    return tuple(flights)


def turned(lift: Lift, by_deg: float, coefficient_kg_m2: float) -> Lift:
    """The same lift in a slightly other direction, of another payload."""
    azimuth_deg = (lift.steering.azimuth_deg + by_deg) % 360.0
    return replace(
        lift,
        steering=replace(lift.steering, azimuth_deg=azimuth_deg),
        ballistic_coefficient_kg_m2=coefficient_kg_m2,
    )


def draw_crossing_salvo(start: Start, rng: np.random.Generator) -> tuple[Flight, ...]:
    """Eight to twelve short flights, in files from a few places, over one crossing of all paths.

    In a file one follows the other by 2 to 5 s at nearly the same velocity. The files' first
    objects meet within seconds where the paths cross, if one does not count the height.
    """
    low, high = OBJECTS_CROSSING
    count = int(rng.integers(low, high + 1))
    files = int(rng.integers(CROSSING_PLACES[0], CROSSING_PLACES[1] + 1))
    crossing = destination(start.launch, start.azimuth_deg, CROSSING_AHEAD_M)
    asides_m = np.linspace(-CROSSING_ASIDE_M, CROSSING_ASIDE_M, files)
    flights: list[Flight] = []
    reaches_s = start.lift_off_s + float(np.floor(rng.uniform(150.0, 200.0)))
    for number, aside_m in enumerate(asides_m):
        place = destination(
            start.launch,
            (start.azimuth_deg + 90.0) % 360.0,
            float(aside_m + rng.uniform(-20e3, 20e3)),
        )
        lift = lift_over(crossing, place, start, rng)
        first = fly("L1", 0.0, lift)
        at_s = reaches_s + float(rng.uniform(-CROSSING_WITHIN_S, CROSSING_WITHIN_S))
        lift_off_s = round(at_s - nearest_s(first, crossing), 3)
        for _ in range(len(flights), count * (number + 1) // files):
            other = turned(
                lift,
                float(rng.uniform(-FILE_TURN_DEG, FILE_TURN_DEG)),
                draw_coefficient(rng, start.shape),
            )
            flights.append(fly(f"L{len(flights) + 1}", lift_off_s, other))
            lift_off_s = round(lift_off_s + float(rng.uniform(*FILE_DELAY_S)), 3)
    return from_a_whole_second(flights)


def from_a_whole_second(flights: list[Flight]) -> tuple[Flight, ...]:
    """The flights a part of a second earlier, so that the first lifts off at a whole one.

    Whoever steps through a pass by seconds, from its beginning, then meets the whole seconds.
    """
    first_s = min(flight.lift_off_s for flight in flights)
    early_s = first_s - float(np.floor(first_s))
    return tuple(
        replace(flight, lift_off_s=round(flight.lift_off_s - early_s, 3)) for flight in flights
    )


def lift_over(crossing: Place, place: Place, start: Start, rng: np.random.Generator) -> Lift:
    """A short flight from a place that passes over a crossing; it must go beyond."""
    distance_m, azimuth_deg = distance_and_azimuth(place, crossing)
    beyond = replace(SHORT, range_km=(distance_m / 1e3 + 80.0, distance_m / 1e3 + 350.0))
    return draw_lift(beyond, place, azimuth_deg, rng, draw_coefficient(rng, start.shape))


def nearest_s(flight: Flight, place: Place) -> float:
    """When a flight is nearest to the vertical of a place (s after lift-off)."""
    ground = np.array(ecef_from_geodetic(np.radians(place.lat_deg), np.radians(place.lon_deg), 0.0))
    up = ground / np.linalg.norm(ground)
    offset = flight.states_ecef[:, :3] - ground
    level = offset - (offset @ up)[:, None] * up
    return float(flight.times_s[int(np.argmin(np.linalg.norm(level, axis=1)))])
