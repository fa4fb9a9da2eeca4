"""Acceleration of an unpowered body in the Earth-fixed frame."""

from __future__ import annotations

import math

import numpy as np

from commonwatch.trajectory.kernels.atmosphere import ATMOSPHERE_TOP_M, air_density
from commonwatch.trajectory.kernels.geodesy import geodetic_from_ecef
from commonwatch.trajectory.kernels.gravity import gravity_j4
from commonwatch.trajectory.kernels.jit import kernel

WGS84_ROTATION_RAD_S = 7.292115e-5
# No point within this distance of the centre is above the atmosphere's top at any latitude.
ATMOSPHERE_RADIUS_M = 6378137.0 + ATMOSPHERE_TOP_M


@kernel
def coast_acceleration(state: np.ndarray, inverse_bc_m2_kg: float, acceleration: np.ndarray) -> None:
    """Fill the ECEF acceleration (m/s2) of a coasting body: gravity to J4, rotation, drag.

    `state` is ECEF position and velocity (6,), m and m/s. Drag is -rho/2 |v| v / beta with the air at rest
    in the rotating frame; `inverse_bc_m2_kg` is 1/beta, 0 for none.
    """
    x = state[0]
    y = state[1]
    z = state[2]
    vx = state[3]
    vy = state[4]
    vz = state[5]
    gx, gy, gz = gravity_j4(x, y, z)
    w = WGS84_ROTATION_RAD_S
    ax = gx + w * w * x + 2.0 * w * vy
    ay = gy + w * w * y - 2.0 * w * vx
    az = gz
    if inverse_bc_m2_kg > 0.0 and x * x + y * y + z * z < ATMOSPHERE_RADIUS_M * ATMOSPHERE_RADIUS_M:
        _lat, _lon, height = geodetic_from_ecef(x, y, z)
        speed = math.sqrt(vx * vx + vy * vy + vz * vz)
        k = -0.5 * air_density(height) * speed * inverse_bc_m2_kg
        ax += k * vx
        ay += k * vy
        az += k * vz
    acceleration[0] = ax
    acceleration[1] = ay
    acceleration[2] = az
