"""Flights drawn by chance that leave nothing behind: single ones, two far apart, glides, an orbit.

A ballistic kind is drawn by its figures; which are in `drawn_lift`.
"""

from __future__ import annotations

import numpy as np

from commonwatch.trajectory.geodesic import Place, destination
from commonwatch.world.coefficients import draw_coefficient, draw_gliding_coefficient
from commonwatch.world.drawn_lift import (
    GLIDING,
    LOFTED,
    OVERFLIGHT,
    TO_ORBIT,
    Kind,
    Start,
    draw_direction,
    draw_lift,
)
from commonwatch.world.flight import Flight, fly
from commonwatch.world.gliding_flight import Glide, Turn, fly_glide
from commonwatch.world.orbital_flight import fly_to_orbit, kick_for

KICK_M_S = 6000.0
TURNS_PROBABILITY = 0.75
TURN_M_S2 = (5.0, 30.0)


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


def draw_pull_up(start: Start, rng: np.random.Generator) -> tuple[Flight, ...]:
    """As `draw_glide`, but it mostly turns aside once or more after it has pulled up."""
    towards_deg = draw_direction(start, rng)
    lift = draw_lift(GLIDING, start.launch, towards_deg, rng, draw_gliding_coefficient(rng))
    turns = draw_turns(rng) if rng.random() < TURNS_PROBABILITY else ()
    glide = Glide(
        float(rng.uniform(30e3, 42e3)),
        float(rng.uniform(1.5, 3.0)),
        float(rng.uniform(25.0, 60.0)),
        turns,
    )
    return (fly_glide("L1", start.lift_off_s, lift, glide),)


def draw_turns(rng: np.random.Generator) -> tuple[Turn, ...]:
    """One to three turns to either side, and straight flight between them."""
    turns = []
    time_s = float(rng.uniform(15.0, 60.0))
    for _ in range(int(rng.integers(1, 4))):
        right_m_s2 = float(rng.choice([-1.0, 1.0]) * rng.uniform(*TURN_M_S2))
        turns.append(Turn(time_s, right_m_s2))
        time_s += float(rng.uniform(8.0, 40.0))
        turns.append(Turn(time_s, 0.0))
        time_s += float(rng.uniform(5.0, 40.0))
    return tuple(turns)
