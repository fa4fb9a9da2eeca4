"""WGS-84 geodesy: Earth-centred Earth-fixed (ECEF) against latitude, longitude and height."""

from __future__ import annotations

import math

import numpy as np

from commonwatch.trajectory.kernels.jit import kernel

WGS84_SEMI_MAJOR_M = 6378137.0
WGS84_FLATTENING = 1.0 / 298.257223563
WGS84_SEMI_MINOR_M = WGS84_SEMI_MAJOR_M * (1.0 - WGS84_FLATTENING)
WGS84_ECCENTRICITY_SQUARED = WGS84_FLATTENING * (2.0 - WGS84_FLATTENING)
WGS84_SECOND_ECCENTRICITY_SQUARED = WGS84_ECCENTRICITY_SQUARED / (1.0 - WGS84_FLATTENING) ** 2
BOWRING_ITERATIONS = 3


@kernel
def height_and_normal(x_m: float, y_m: float, z_m: float) -> tuple[float, float, float, float]:
    """Height (m) of an ECEF point and the ellipsoid's unit normal there (ECEF), without angles.

    Bowring's iteration on the parametric latitude (Bowring 1976, Survey Review 23-181, 323-327),
    three times: good to 1e-8 m from the ground to 40,000 km. Undefined within 50 km of the Earth's
    centre. On the axis of rotation the normal points along it.
    """
    a = WGS84_SEMI_MAJOR_M
    b = WGS84_SEMI_MINOR_M
    p = math.sqrt(x_m * x_m + y_m * y_m)
    # First guess of the parametric latitude: exact on the ellipsoid, close at any height.
    r = math.sqrt(p * p + z_m * z_m)
    up = b * z_m * (1.0 + WGS84_SECOND_ECCENTRICITY_SQUARED * b / r)
    out = a * p
    for _ in range(BOWRING_ITERATIONS):
        inverse_norm = 1.0 / math.sqrt(up * up + out * out)
        sin_u = up * inverse_norm
        cos_u = out * inverse_norm
        up = z_m + WGS84_SECOND_ECCENTRICITY_SQUARED * b * sin_u * sin_u * sin_u
        out = p - WGS84_ECCENTRICITY_SQUARED * a * cos_u * cos_u * cos_u
        up_geodetic = up
        out_geodetic = out
        up *= 1.0 - WGS84_FLATTENING
    inverse_norm = 1.0 / math.sqrt(up_geodetic * up_geodetic + out_geodetic * out_geodetic)
    sin_lat = up_geodetic * inverse_norm
    cos_lat = out_geodetic * inverse_norm
    w = math.sqrt(1.0 - WGS84_ECCENTRICITY_SQUARED * sin_lat * sin_lat)
    # This form of the height has no singularity at the poles nor at the equator.
    height = p * cos_lat + z_m * sin_lat - a * w
    share = cos_lat / p if p > 0.0 else 0.0
    return height, share * x_m, share * y_m, sin_lat


@kernel
def height_from_distance(inverse_r_1_m: float, sin2_geocentric: float) -> float:
    """Height (m) from one over the geocentric distance and the squared sine of the latitude there.

    Within 1 mm of the exact one from -10 km up: the height is r cos(d) - a sqrt(1 - e2 sin2(lat)),
    least sensitive to the angle d between the two latitudes exactly where that is right (the
    nearest point of the ellipsoid), so that two terms of d in the eccentricity suffice.
    """
    s2 = sin2_geocentric
    g1 = WGS84_ECCENTRICITY_SQUARED * WGS84_SEMI_MAJOR_M * inverse_r_1_m
    # d = g * sin * cos of the geocentric latitude.
    g = g1 * (1.0 + g1 * (1.0 - 2.0 * s2) + 0.5 * WGS84_ECCENTRICITY_SQUARED * s2)
    m2 = s2 * (1.0 - s2)
    d2 = g * g * m2
    sin2_lat = s2 + 2.0 * g * m2 + (1.0 - 2.0 * s2) * d2
    w = math.sqrt(1.0 - WGS84_ECCENTRICITY_SQUARED * sin2_lat)
    return (1.0 - 0.5 * d2) / inverse_r_1_m - WGS84_SEMI_MAJOR_M * w


@kernel
def geodetic_from_ecef(x_m: float, y_m: float, z_m: float) -> tuple[float, float, float]:
    """Latitude, longitude (rad), height (m) of an ECEF point, as exact as `height_and_normal`."""
    height, nx, ny, nz = height_and_normal(x_m, y_m, z_m)
    lat = math.atan2(nz, math.sqrt(nx * nx + ny * ny))
    return lat, math.atan2(y_m, x_m), height


@kernel
def ecef_from_geodetic(
    lat_rad: float, lon_rad: float, height_m: float
) -> tuple[float, float, float]:
    """ECEF point (m) of a latitude, longitude (rad) and ellipsoidal height (m)."""
    sin_lat = math.sin(lat_rad)
    cos_lat = math.cos(lat_rad)
    n = WGS84_SEMI_MAJOR_M / math.sqrt(1.0 - WGS84_ECCENTRICITY_SQUARED * sin_lat * sin_lat)
    return (
        (n + height_m) * cos_lat * math.cos(lon_rad),
        (n + height_m) * cos_lat * math.sin(lon_rad),
        (n * (1.0 - WGS84_ECCENTRICITY_SQUARED) + height_m) * sin_lat,
    )


@kernel
def enu_from_ecef_rotation(lat_rad: float, lon_rad: float, rotation: np.ndarray) -> None:
    """Fill a 3x3 matrix whose rows are east, north and up (ellipsoid normal) in ECEF."""
    sl = math.sin(lat_rad)
    cl = math.cos(lat_rad)
    so = math.sin(lon_rad)
    co = math.cos(lon_rad)
    rotation[0, 0] = -so
    rotation[0, 1] = co
    rotation[0, 2] = 0.0
    rotation[1, 0] = -sl * co
    rotation[1, 1] = -sl * so
    rotation[1, 2] = cl
    rotation[2, 0] = cl * co
    rotation[2, 1] = cl * so
    rotation[2, 2] = sl
