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


@kernel
def geodetic_from_ecef(x_m: float, y_m: float, z_m: float) -> tuple[float, float, float]:
    """Latitude and longitude (rad) and height (m) of an ECEF point.

    Bowring's iteration on the parametric latitude (Bowring 1976, Survey Review 23-181, 323-327), twice:
    good to 1e-8 m from the ground to 40,000 km. Undefined within 50 km of the Earth's centre.
    """
    a = WGS84_SEMI_MAJOR_M
    b = WGS84_SEMI_MINOR_M
    p = math.sqrt(x_m * x_m + y_m * y_m)
    lon = math.atan2(y_m, x_m)
    # First guess of the parametric latitude: exact on the ellipsoid, close at any height.
    r = math.sqrt(p * p + z_m * z_m)
    tan_u_num = b * z_m * (1.0 + WGS84_SECOND_ECCENTRICITY_SQUARED * b / r)
    tan_u_den = a * p
    lat = 0.0
    for _ in range(3):
        norm = math.sqrt(tan_u_num * tan_u_num + tan_u_den * tan_u_den)
        sin_u = tan_u_num / norm
        cos_u = tan_u_den / norm
        lat_num = z_m + WGS84_SECOND_ECCENTRICITY_SQUARED * b * sin_u * sin_u * sin_u
        lat_den = p - WGS84_ECCENTRICITY_SQUARED * a * cos_u * cos_u * cos_u
        lat = math.atan2(lat_num, lat_den)
        tan_u_num = (1.0 - WGS84_FLATTENING) * lat_num
        tan_u_den = lat_den
    sin_lat = math.sin(lat)
    cos_lat = math.cos(lat)
    w = math.sqrt(1.0 - WGS84_ECCENTRICITY_SQUARED * sin_lat * sin_lat)
    # This form of the height has no singularity at the poles nor at the equator.
    height = p * cos_lat + z_m * sin_lat - a * w
    return lat, lon, height


@kernel
def ecef_from_geodetic(lat_rad: float, lon_rad: float, height_m: float) -> tuple[float, float, float]:
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
