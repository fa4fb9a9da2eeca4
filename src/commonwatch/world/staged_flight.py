"""Flights that leave something behind: spent stages and pieces part and fall back by themselves.

A part takes over the state of what carries it, and a small velocity of its own, at one instant.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commonwatch.errors import UnusableInput
from commonwatch.limits import FLIGHT_TIME_MAX_S
from commonwatch.trajectory.ascent import Booster
from commonwatch.trajectory.kernels import arc
from commonwatch.world.coefficients import draw_tumbling_coefficient
from commonwatch.world.flight import Flight, coast_table, coast_to_ground, ground_event

# How fast a spent stage and a piece move away from what carried them (m/s).
STAGE_PARTS_M_S = (1.0, 5.0)
PIECE_PARTS_M_S = (3.0, 25.0)


@dataclass(frozen=True, slots=True)
class Parting:
    """What parts when: name, time after lift-off (s), velocity gained (3,) ECEF (m/s), drag."""

    name: str
    at_s: float
    velocity_ecef_m_s: NDArray[np.float64]
    ballistic_coefficient_kg_m2: float


def stage_ends_s(booster: Booster, cutoff_s: float) -> tuple[float, ...]:
    """When the stages before the last one that burns are burnt out (s after lift-off)."""
    ends = np.cumsum([stage.burn_s for stage in booster.stages])
    return tuple(float(end) for end in ends if end < cutoff_s)


def part(carrier: Flight, parting: Parting) -> Flight:
    """What parts from a flight, as an object that falls by itself from that moment on.

    Raises UnusableInput where the carrier does not fly then, or where the part does not come down.
    """
    state = carrier.states_at(np.array([parting.at_s]))[0]
    if not np.isfinite(state).all():
        raise UnusableInput(
            f"part {parting.name}: {carrier.name} does not fly {parting.at_s:g} s after lift-off; "
            f"it flies from {carrier.times_s[0]:g} to {carrier.times_s[-1]:g} s"
        )
    state[3:] += parting.velocity_ecef_m_s
    inverse = 1.0 / parting.ballistic_coefficient_kg_m2
    event = coast_to_ground(state, inverse)
    if event is None:
        raise UnusableInput(
            f"part {parting.name}: it is not down {FLIGHT_TIME_MAX_S:.0f} s after it parted at "
            f"{parting.at_s:g} s; an earlier moment would bring it down"
        )
    down_s = parting.at_s + float(event[arc.IMPACT_TIME])
    times_s, states = coast_table(parting.at_s, state, inverse, down_s)
    return Flight(
        parting.name,
        carrier.lift_off_s,
        carrier.launch,
        parting.ballistic_coefficient_kg_m2,
        np.concatenate([[parting.at_s], times_s]),
        np.vstack([state, states]),
        (),
        parting.at_s + float(event[arc.APOGEE_TIME]),
        float(event[arc.APOGEE_HEIGHT]),
        ground_event(down_s, event[arc.IMPACT_STATE : arc.IMPACT_STATE + 6]),
        parted_s=parting.at_s,
    )


def draw_stage_parting(
    name: str, carrier: Flight, at_s: float, rng: np.random.Generator
) -> Parting:
    """A spent stage that falls behind: 1 to 5 m/s in any direction but ahead."""
    velocity = random_direction(rng) * float(rng.uniform(*STAGE_PARTS_M_S))
    ahead = carrier.states_at(np.array([at_s]))[0, 3:]
    if velocity @ ahead > 0.0:
        velocity = -velocity
    return Parting(name, at_s, velocity, draw_tumbling_coefficient(rng))


def draw_piece_parting(name: str, at_s: float, rng: np.random.Generator) -> Parting:
    """A small piece: 3 to 25 m/s in any direction."""
    velocity = random_direction(rng) * float(rng.uniform(*PIECE_PARTS_M_S))
    return Parting(name, at_s, velocity, draw_tumbling_coefficient(rng))


def random_direction(rng: np.random.Generator) -> NDArray[np.float64]:
    """A unit vector (3,), no direction likelier than another."""
    vector = rng.standard_normal(3)
    direction: NDArray[np.float64] = vector / np.linalg.norm(vector)
    return direction
