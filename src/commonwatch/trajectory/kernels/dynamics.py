"""Acceleration of an unpowered body in the Earth-fixed frame."""

from __future__ import annotations

import math

import numpy as np

from commonwatch.trajectory.kernels.atmosphere import (
    SPACE,
    VACUUM,
    density_in_layer,
    layer_at,
)
from commonwatch.trajectory.kernels.geodesy import height_from_distance
from commonwatch.trajectory.kernels.gravity import zonal_gravity
from commonwatch.trajectory.kernels.jit import kernel

WGS84_ROTATION_RAD_S = 7.292115e-5


@kernel
def acceleration_in_layer(
    x_m: float,
    y_m: float,
    z_m: float,
    vx_m_s: float,
    vy_m_s: float,
    vz_m_s: float,
    inverse_bc_m2_kg: float,
    layer: int,
) -> tuple[float, float, float]:
    """ECEF acceleration (m/s2) of a coasting body, the air by the law of one layer.

    SPACE and VACUUM have no air. Gravity to J4, rotation, and drag -rho/2 |v| v / beta with the
    air at rest in the rotating frame.
    """
    r2 = x_m * x_m + y_m * y_m + z_m * z_m
    inverse_r = 1.0 / math.sqrt(r2)
    factor, along_z = zonal_gravity(z_m, inverse_r)
    w = WGS84_ROTATION_RAD_S
    across = factor + w * w
    ax = across * x_m + 2.0 * w * vy_m_s
    ay = across * y_m - 2.0 * w * vx_m_s
    az = factor * z_m + along_z
    if layer >= SPACE:
        return ax, ay, az
    s = z_m * inverse_r
    density = density_in_layer(height_from_distance(inverse_r, s * s), layer)
    speed = math.sqrt(vx_m_s * vx_m_s + vy_m_s * vy_m_s + vz_m_s * vz_m_s)
    k = -0.5 * density * speed * inverse_bc_m2_kg
    return ax + k * vx_m_s, ay + k * vy_m_s, az + k * vz_m_s


@kernel
def drag_layer(height_m: float, inverse_bc_m2_kg: float) -> int:
    """Layer whose law holds for a body at that height (m): VACUUM for one without drag."""
    return layer_at(height_m) if inverse_bc_m2_kg > 0.0 else VACUUM


@kernel
def coast_acceleration(
    state: np.ndarray, inverse_bc_m2_kg: float, acceleration: np.ndarray
) -> None:
    """Fill the ECEF acceleration (m/s2) of a coasting body: gravity to J4, rotation, drag.

    `state` is ECEF position and velocity (6,), m and m/s; `inverse_bc_m2_kg` is one over the
    ballistic coefficient m/(Cd A), 0 for no drag.
    """
    layer = VACUUM
    r2 = state[0] * state[0] + state[1] * state[1] + state[2] * state[2]
    if inverse_bc_m2_kg > 0.0:
        inverse_r = 1.0 / math.sqrt(r2)
        s = state[2] * inverse_r
        layer = layer_at(height_from_distance(inverse_r, s * s))
    ax, ay, az = acceleration_in_layer(
        state[0], state[1], state[2], state[3], state[4], state[5], inverse_bc_m2_kg, layer
    )
    acceleration[0] = ax
    acceleration[1] = ay
    acceleration[2] = az
