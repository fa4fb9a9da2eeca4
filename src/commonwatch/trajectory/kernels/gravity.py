"""Gravitation of the Earth with zonal harmonics J2 to J4."""

from __future__ import annotations

import math

from commonwatch.trajectory.kernels.jit import kernel

WGS84_GM_M3_S2 = 3.986004418e14
EGM96_RADIUS_M = 6378137.0
EGM96_J2 = 1.08262668e-3
EGM96_J3 = -2.53265649e-6
EGM96_J4 = -1.61962159e-6


@kernel
def gravity_j4(x_m: float, y_m: float, z_m: float) -> tuple[float, float, float]:
    """Gravitational acceleration (m/s2, ECEF; without the centrifugal part) at an ECEF point outside the Earth.

    Gradient of the zonal potential, Vallado, Fundamentals of Astrodynamics, 4th ed., section 8.7.1.
    """
    r2 = x_m * x_m + y_m * y_m + z_m * z_m
    r = math.sqrt(r2)
    s = z_m / r
    s2 = s * s
    q = EGM96_RADIUS_M / r
    q2 = q * q
    # Acceleration = -GM/r2 * [(1 + radial) * r_hat + polar * z_hat], from U = GM/r (1 - sum Jn q^n Pn(s)):
    # radial_n = -Jn q^n ((n + 1) Pn + s Pn'),  polar_n = +Jn q^n Pn'.
    p2 = 0.5 * (3.0 * s2 - 1.0)
    dp2 = 3.0 * s
    p3 = 0.5 * s * (5.0 * s2 - 3.0)
    dp3 = 0.5 * (15.0 * s2 - 3.0)
    p4 = 0.125 * (35.0 * s2 * s2 - 30.0 * s2 + 3.0)
    dp4 = 0.5 * s * (35.0 * s2 - 15.0)
    c2 = EGM96_J2 * q2
    c3 = EGM96_J3 * q2 * q
    c4 = EGM96_J4 * q2 * q2
    radial = -(c2 * (3.0 * p2 + s * dp2) + c3 * (4.0 * p3 + s * dp3) + c4 * (5.0 * p4 + s * dp4))
    polar = c2 * dp2 + c3 * dp3 + c4 * dp4
    g = -WGS84_GM_M3_S2 / r2
    f = g * (1.0 + radial) / r
    return f * x_m, f * y_m, f * z_m + g * polar
