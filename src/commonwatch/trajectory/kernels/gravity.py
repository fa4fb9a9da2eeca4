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
def zonal_gravity(z_m: float, inverse_r_1_m: float) -> tuple[float, float]:
    """Factor (1/s2) of the position vector and addend (m/s2) along z of the gravitation to J4.

    `inverse_r_1_m` is one over the distance from the Earth's centre. Gradient of the potential
    GM/r (1 - sum Jn q^n Pn(s)), q = R/r, s = z/r: Vallado, Fundamentals of Astrodynamics, 4th ed.,
    section 8.7.1, written as a nested polynomial in s2.
    """
    s = z_m * inverse_r_1_m
    s2 = s * s
    q = EGM96_RADIUS_M * inverse_r_1_m
    q2 = q * q
    c2 = EGM96_J2 * q2
    c3 = EGM96_J3 * q2 * q
    c4 = EGM96_J4 * q2 * q2
    # Along the position: -Jn q^n ((n + 1) Pn + s Pn'); along z: Jn q^n Pn'.
    radial = (
        c2 * (7.5 * s2 - 1.5)
        + c3 * s * (17.5 * s2 - 7.5)
        + c4 * ((39.375 * s2 - 26.25) * s2 + 1.875)
    )
    polar = c2 * 3.0 * s + c3 * (7.5 * s2 - 1.5) + c4 * s * (17.5 * s2 - 7.5)
    g = -WGS84_GM_M3_S2 * inverse_r_1_m * inverse_r_1_m
    return g * (1.0 - radial) * inverse_r_1_m, g * polar


@kernel
def gravity_j4(x_m: float, y_m: float, z_m: float) -> tuple[float, float, float]:
    """Gravitational acceleration (m/s2, ECEF, no centrifugal part) at an ECEF point in space."""
    factor, along_z = zonal_gravity(z_m, 1.0 / math.sqrt(x_m * x_m + y_m * y_m + z_m * z_m))
    return factor * x_m, factor * y_m, factor * z_m + along_z
