"""A notional flight that does not stay ballistic: it pulls up on the way down and glides on.

The kind of 2019-07-25. An estimator must notice that the motion fits gravity and drag no longer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from commonwatch.errors import UnusableInput
from commonwatch.limits import GLIDE_STEPS_MAX
from commonwatch.trajectory.geodesic import Place
from commonwatch.trajectory.kernels import arc
from commonwatch.trajectory.kernels.atmosphere import air_density
from commonwatch.trajectory.kernels.dynamics import coast_acceleration
from commonwatch.trajectory.kernels.geodesy import geodetic_from_ecef
from commonwatch.world.flight import Flight, GroundEvent, Lift, fly

STEP_S = 0.1
# How strongly lift answers a climb rate that is not the one wanted (1/s).
ANSWER_PER_S = 0.35


@dataclass(frozen=True, slots=True)
class Glide:
    """Where lift sets in on the way down (m), lift over drag, and the most lift (m/s2)."""

    from_height_m: float
    lift_over_drag: float
    lift_max_m_s2: float


def fly_glide(name: str, lift_off_s: float, lift: Lift, glide: Glide) -> Flight:
    """Fly a ballistic flight until it sinks through the glide's height, then let lift carry it.

    Lift acts across the velocity in the vertical plane, as much as levels the path off and no more
    than the air gives. Raises UnusableInput where the flight never sinks through that height.
    """
    ballistic = fly(name, lift_off_s, lift)
    heights_m = np.array([arc.height_m(state) for state in ballistic.states_ecef])
    sinking = np.flatnonzero(
        (ballistic.times_s > ballistic.apogee_s) & (heights_m < glide.from_height_m)
    )
    if sinking.size == 0 or ballistic.apogee_height_m <= glide.from_height_m:
        raise UnusableInput(
            f"flight {name}: it never sinks through {glide.from_height_m:.0f} m after its apogee "
            f"at {ballistic.apogee_height_m:.0f} m; glide from a lower height"
        )
    first = int(sinking[0])
    times_s, states = glide_table(
        float(ballistic.times_s[first]), ballistic.states_ecef[first],
        1.0 / lift.ballistic_coefficient_kg_m2, glide,
    )  # fmt: skip
    lat, lon, _height = geodetic_from_ecef(states[-1, 0], states[-1, 1], states[-1, 2])
    return replace(
        ballistic,
        times_s=np.concatenate([ballistic.times_s[:first], times_s]),
        states_ecef=np.concatenate([ballistic.states_ecef[:first], states]),
        impact=GroundEvent(float(times_s[-1]), Place(math.degrees(lat), math.degrees(lon))),
        ballistic=False,
    )


def glide_table(
    start_s: float, start: NDArray[np.float64], inverse_bc_m2_kg: float, glide: Glide
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Times and states under lift, every 0.1 s, until the ground (the last one on it)."""
    states = [start]
    for _ in range(GLIDE_STEPS_MAX):
        new = glide_step(states[-1], STEP_S, inverse_bc_m2_kg, glide)
        below = arc.height_m(new)
        if below <= 0.0:
            above = arc.height_m(states[-1])
            part_s = STEP_S * above / (above - below)
            states.append(glide_step(states[-1], part_s, inverse_bc_m2_kg, glide))
            times_s = start_s + STEP_S * np.arange(len(states), dtype=np.float64)
            times_s[-1] = times_s[-2] + part_s
            return times_s, np.array(states)
        states.append(new)
    raise UnusableInput(f"glide: still in the air after {GLIDE_STEPS_MAX * STEP_S:.0f} s")


def glide_step(
    state: NDArray[np.float64], step_s: float, inverse_bc_m2_kg: float, glide: Glide
) -> NDArray[np.float64]:
    """One classical Runge-Kutta step under gravity, drag and lift."""
    k1 = glide_slope(state, inverse_bc_m2_kg, glide)
    k2 = glide_slope(state + 0.5 * step_s * k1, inverse_bc_m2_kg, glide)
    k3 = glide_slope(state + 0.5 * step_s * k2, inverse_bc_m2_kg, glide)
    k4 = glide_slope(state + step_s * k3, inverse_bc_m2_kg, glide)
    new: NDArray[np.float64] = state + step_s / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    return new


def glide_slope(
    state: NDArray[np.float64], inverse_bc_m2_kg: float, glide: Glide
) -> NDArray[np.float64]:
    """Velocity and acceleration (6,): a coast, and lift that brings the sink rate to nothing."""
    acceleration = np.empty(3)
    coast_acceleration(state, inverse_bc_m2_kg, acceleration)
    velocity = state[3:]
    speed = float(np.linalg.norm(velocity))
    up = state[:3] / np.linalg.norm(state[:3])
    climb = float(velocity @ up)
    across = up - climb / speed**2 * velocity
    across /= max(float(np.linalg.norm(across)), 1e-9)
    height = arc.height_m(state)
    available = 0.5 * air_density(height) * speed**2 * inverse_bc_m2_kg * glide.lift_over_drag
    wanted = -float(acceleration @ up) - ANSWER_PER_S * climb
    lift = min(max(wanted, 0.0), available, glide.lift_max_m_s2)
    return np.concatenate([velocity, acceleration + lift * across])
