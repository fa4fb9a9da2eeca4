"""A notional satellite launch: an ascent, a coast to the top, and a kick into orbit there."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from commonwatch.errors import BrokenInvariant, UnusableInput
from commonwatch.limits import ASCENT_STEPS_MAX
from commonwatch.trajectory.ascent import ASCENT_STEP_MAX_S, Stage, fly_ascent
from commonwatch.trajectory.kernels import arc
from commonwatch.trajectory.kernels import ascent as kernel
from commonwatch.trajectory.kernels.dynamics import WGS84_ROTATION_RAD_S
from commonwatch.trajectory.kernels.geodesy import WGS84_SEMI_MAJOR_M
from commonwatch.trajectory.kernels.gravity import WGS84_GM_M3_S2
from commonwatch.world.flight import Flight, Lift, coast_table, coast_to_ground

PERIGEE_MIN_M = 180_000.0
FOLLOWED_S = 3000.0
# The thrust of the kick keeps its direction from the first moment on: elevation 0, no pitch-over.
LEVEL_STEERING = np.array([-2.0, -1.0, 0.0])


def fly_to_orbit(name: str, lift_off_s: float, lift: Lift, kick: Stage) -> Flight:
    """Fly a booster, coast, and burn `kick` level about the apogee until the perigee is 180 km up.

    Raises UnusableInput where the booster's arc has no apogee to burn at, or the kick is too weak.
    """
    ascent = fly_ascent(
        lift.launch.lat_deg,
        lift.launch.lon_deg,
        lift.height_m,
        lift.booster,
        lift.steering,
        lift.cutoff_s,
    )
    burnt = ascent.states_ecef[-1]
    inverse = 1.0 / lift.ballistic_coefficient_kg_m2
    event = coast_to_ground(burnt, inverse)
    if event is None or not event[arc.APOGEE_TIME] > 0.5 * kick.burn_s + 1.0:
        raise UnusableInput(
            f"flight {name}: its apogee comes too soon after burnout, or never, for a kick of "
            f"{kick.burn_s:g} s about it; a higher arc would do"
        )
    kick_s = ascent.burnout_s + float(event[arc.APOGEE_TIME]) - 0.5 * kick.burn_s
    coast_s, coast = coast_table(ascent.burnout_s, burnt, inverse, kick_s)
    burn_s, burn = burn_level(coast[-1], kick)
    perigees = perigee_heights_m(burn)
    enough = np.flatnonzero(perigees >= PERIGEE_MIN_M)
    if enough.size == 0:
        raise UnusableInput(
            f"flight {name}: the kick raises the perigee to {perigees.max() / 1e3:.0f} km only; "
            "a stronger one would reach orbit"
        )
    last = int(enough[0])
    end_s = kick_s + float(burn_s[last])
    orbit_s, orbit = coast_table(end_s, burn[last], inverse, end_s + FOLLOWED_S)
    times_s = np.concatenate([ascent.times_s, coast_s, kick_s + burn_s[1 : last + 1], orbit_s])
    states = np.concatenate([ascent.states_ecef, coast, burn[1 : last + 1], orbit])
    heights_m = np.array([arc.height_m(state) for state in states])
    highest = int(np.argmax(heights_m))
    return Flight(
        name,
        lift_off_s,
        lift.launch,
        lift.ballistic_coefficient_kg_m2,
        times_s,
        states,
        ((0.0, ascent.burnout_s), (kick_s, end_s)),
        float(times_s[highest]),
        float(heights_m[highest]),
        None,
    )


def burn_level(
    start: NDArray[np.float64], stage: Stage
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Times (n,) and ECEF states (n, 6) of a stage burning along the level inertial velocity."""
    up = start[:3] / np.linalg.norm(start[:3])
    velocity = inertial_velocity(start[None, :])[0]
    level = velocity - (velocity @ up) * up
    frame = np.array([level / np.linalg.norm(level), up])
    nodes_s = np.append(np.arange(0.0, stage.burn_s, 1.0), stage.burn_s)
    states = np.empty((nodes_s.size, 6))
    states[0] = start
    row = np.array(
        [
            [
                0.0,
                stage.initial_acceleration_m_s2,
                stage.mass_loss_per_s,
                1.0 / stage.ballistic_coefficient_kg_m2,
            ]
        ]
    )
    status = kernel.ascend(
        nodes_s,
        np.zeros(nodes_s.size - 1, dtype=np.int64),
        row,
        LEVEL_STEERING,
        frame,
        ASCENT_STEP_MAX_S,
        ASCENT_STEPS_MAX,
        states,
    )
    if status != kernel.DONE:
        raise BrokenInvariant(f"burn into orbit failed with status {status}")
    return nodes_s, states


def inertial_velocity(states_ecef: NDArray[np.float64]) -> NDArray[np.float64]:
    """Velocities (n, 3) against the fixed stars, along the ECEF axes of the moment."""
    spin = np.array([0.0, 0.0, WGS84_ROTATION_RAD_S])
    velocity: NDArray[np.float64] = states_ecef[:, 3:] + np.cross(spin, states_ecef[:, :3])
    return velocity


def perigee_heights_m(states_ecef: NDArray[np.float64]) -> NDArray[np.float64]:
    """Heights (n,) above the equatorial radius of the perigees of the two-body orbits.

    Vallado, Fundamentals of Astrodynamics, 4th ed., section 2.4. States at escape speed count as
    orbits whose perigee is their present distance at most.
    """
    position, velocity = states_ecef[:, :3], inertial_velocity(states_ecef)
    radius = np.linalg.norm(position, axis=1)
    energy = 0.5 * np.sum(velocity**2, axis=1) - WGS84_GM_M3_S2 / radius
    momentum = np.linalg.norm(np.cross(position, velocity), axis=1)
    parameter = momentum**2 / WGS84_GM_M3_S2
    eccentricity = np.sqrt(np.maximum(0.0, 1.0 + 2.0 * energy * parameter / WGS84_GM_M3_S2))
    height: NDArray[np.float64] = parameter / (1.0 + eccentricity) - WGS84_SEMI_MAJOR_M
    return height


def kick_for(speed_gained_m_s: float, burn_s: float, coefficient_kg_m2: float) -> Stage:
    """A notional kick stage that gains a speed (m/s) in a time (s), its mass falling to a third."""
    ratio = 3.0
    acceleration = speed_gained_m_s * (1.0 - 1.0 / ratio) / (burn_s * math.log(ratio))
    return Stage(burn_s, acceleration, ratio, coefficient_kg_m2)
