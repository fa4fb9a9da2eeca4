"""Flights drawn by chance that leave nothing behind: single ones, two far apart, a glide, an orbit.

A ballistic kind is drawn by its figures; which are in `drawn_lift`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from commonwatch.trajectory.geodesic import Place, destination
from commonwatch.world.coefficients import draw_coefficient, draw_gliding_coefficient
from commonwatch.world.drawn_lift import (
    GLIDING,
    LOFTED,
    OVERFLIGHT,
    SHORT,
    TO_ORBIT,
    Kind,
    Start,
    draw_direction,
    draw_lift,
)
from commonwatch.world.flight import Flight, Lift, fly
from commonwatch.world.gliding_flight import Glide, fly_glide
from commonwatch.world.orbital_flight import fly_to_orbit, kick_for

KICK_M_S = 6000.0


def draw_one(kind: Kind, start: Start, rng: np.random.Generator) -> tuple[Flight, ...]:
    """One ballistic flight of a kind."""
    towards_deg = draw_direction(start, rng)
    coefficient = draw_coefficient(rng, start.shape)
    return (
        fly("L1", start.lift_off_s, draw_lift(kind, start.launch, towards_deg, rng, coefficient)),
    )


def draw_any(kinds: tuple[Kind, ...], start: Start, rng: np.random.Generator) -> tuple[Flight, ...]:
    """One ballistic flight of any of those kinds."""
    return draw_one(kinds[int(rng.integers(len(kinds)))], start, rng)


def draw_pair(start: Start, rng: np.random.Generator) -> tuple[Flight, ...]:
    """Two of a kind from places 150 to 300 km apart, within a minute and a half."""
    towards_deg = draw_direction(start, rng)
    kind = (LOFTED, OVERFLIGHT)[int(rng.integers(2))]
    other = beside(start.launch, start.azimuth_deg, rng)
    later_s = start.lift_off_s + float(np.floor(rng.uniform(0.0, 90.0)))
    one, two = (draw_coefficient(rng, start.shape) for _ in range(2))
    return (
        fly("L1", start.lift_off_s, draw_lift(kind, start.launch, towards_deg, rng, one)),
        fly("L2", later_s, draw_lift(kind, other, towards_deg, rng, two)),
    )


def beside(launch: Place, azimuth_deg: float, rng: np.random.Generator) -> Place:
    """A second launch place, 150 to 300 km to one side of the first."""
    side_deg = azimuth_deg + float(rng.choice([-90.0, 90.0]))
    place = destination(launch, side_deg, float(rng.uniform(150e3, 300e3)))
    return Place(round(place.lat_deg, 3), round(place.lon_deg, 3))


def draw_glide(start: Start, rng: np.random.Generator) -> tuple[Flight, ...]:
    """A short flight that pulls up at 30 to 42 km on the way down and glides straight on."""
    towards_deg = draw_direction(start, rng)
    lift = draw_lift(GLIDING, start.launch, towards_deg, rng, draw_gliding_coefficient(rng))
    glide = Glide(
        float(rng.uniform(30e3, 42e3)),
        float(rng.uniform(1.5, 3.0)),
        float(rng.uniform(20.0, 50.0)),
    )
    return (fly_glide("L1", start.lift_off_s, lift, glide),)


def draw_orbit(start: Start, rng: np.random.Generator) -> tuple[Flight, ...]:
    """A satellite launch that coasts to the top and is kicked into orbit there."""
    towards_deg = draw_direction(start, rng)
    coefficient = draw_coefficient(rng, start.shape)
    lift = draw_lift(TO_ORBIT, start.launch, towards_deg, rng, coefficient)
    kick = kick_for(KICK_M_S, float(rng.uniform(150.0, 250.0)), coefficient)
    return (fly_to_orbit("L1", start.lift_off_s, lift, kick),)


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
