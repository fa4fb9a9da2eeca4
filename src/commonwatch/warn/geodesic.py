"""Distances and directions on the WGS-84 ellipsoid from one centre to many points, and back.

T. Vincenty, "Direct and inverse solutions of geodesics on the ellipsoid with application of
nested equations", Survey Review XXIII, 176 (1975). Together, the two are the azimuthal equidistant
projection about the centre: true distance and direction from there, whatever meridian or pole lies
between.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from commonwatch.errors import UnusableInput

Values = NDArray[np.float64]

WGS84_SEMI_MAJOR_M = 6_378_137.0
WGS84_FLATTENING = 1.0 / 298.257_223_563
WGS84_SEMI_MINOR_M = WGS84_SEMI_MAJOR_M * (1.0 - WGS84_FLATTENING)
# The inverse solution converges slowly or not at all towards the antipode; nothing that far is
# asked for.
INVERSE_RANGE_MAX_M = 15_000_000.0
ITERATIONS_MAX = 100
CONVERGED_RAD = 1e-13  # under a micrometre on the ground


def points_at(
    lat_deg: float, lon_deg: float, east_m: Values, north_m: Values
) -> tuple[Values, Values]:
    """Latitudes and longitudes (deg, (n,)) of points at offsets (m, (n,)) from a centre.

    The offset's length is the geodesic distance and its direction the azimuth at the centre.
    Longitudes lie in -180 to 180. Source: Vincenty (1975), equations 1 to 11.
    """
    distance_m = np.hypot(east_m, north_m)
    azimuth_rad = np.arctan2(east_m, north_m)
    flattening = WGS84_FLATTENING
    tan_u1 = (1.0 - flattening) * math.tan(math.radians(lat_deg))
    cos_u1 = 1.0 / math.hypot(1.0, tan_u1)
    sin_u1 = tan_u1 * cos_u1
    sin_az, cos_az = np.sin(azimuth_rad), np.cos(azimuth_rad)
    sigma1 = np.arctan2(tan_u1, cos_az)
    sin_alpha = cos_u1 * sin_az
    cos2_alpha = 1.0 - sin_alpha**2
    big_a, big_b = _series(cos2_alpha)
    sigma0 = distance_m / (WGS84_SEMI_MINOR_M * big_a)
    sigma = sigma0
    for _ in range(ITERATIONS_MAX):
        cos_2m = np.cos(2.0 * sigma1 + sigma)
        following = sigma0 + _delta_sigma(big_b, sigma, cos_2m)
        done = bool(np.all(np.abs(following - sigma) < CONVERGED_RAD))
        sigma = following
        if done:
            break
    cos_2m = np.cos(2.0 * sigma1 + sigma)
    sin_s, cos_s = np.sin(sigma), np.cos(sigma)
    down = sin_u1 * sin_s - cos_u1 * cos_s * cos_az
    lat_rad = np.arctan2(
        sin_u1 * cos_s + cos_u1 * sin_s * cos_az, (1.0 - flattening) * np.hypot(sin_alpha, down)
    )
    lambda_rad = np.arctan2(sin_s * sin_az, cos_u1 * cos_s - sin_u1 * sin_s * cos_az)
    lon_rad = lambda_rad - _longitude_lag(sin_alpha, cos2_alpha, sigma, cos_2m)
    return np.degrees(lat_rad), _wrapped(lon_deg + np.degrees(lon_rad))


def offsets_of(
    lat_deg: float, lon_deg: float, lats_deg: Values, lons_deg: Values
) -> tuple[Values, Values]:
    """East and north offsets (m, (n,)) of points (deg, (n,)) from a centre.

    The inverse of `points_at`. Raises UnusableInput for a point more than 15,000 km away.
    Source: Vincenty (1975), equations 13 to 20.
    """
    flattening = WGS84_FLATTENING
    u1 = math.atan2(
        (1.0 - flattening) * math.sin(math.radians(lat_deg)), math.cos(math.radians(lat_deg))
    )
    u2 = np.arctan2((1.0 - flattening) * np.sin(np.radians(lats_deg)), np.cos(np.radians(lats_deg)))
    sin_u1, cos_u1 = math.sin(u1), math.cos(u1)
    sin_u2, cos_u2 = np.sin(u2), np.cos(u2)
    lon_rad = np.radians(_wrapped(lons_deg - lon_deg))
    lambda_rad = lon_rad
    for _ in range(ITERATIONS_MAX):
        east = cos_u2 * np.sin(lambda_rad)
        north = cos_u1 * sin_u2 - sin_u1 * cos_u2 * np.cos(lambda_rad)
        sin_s = np.hypot(east, north)
        cos_s = sin_u1 * sin_u2 + cos_u1 * cos_u2 * np.cos(lambda_rad)
        sigma = np.arctan2(sin_s, cos_s)
        _refuse_far(sigma)
        sin_alpha = np.divide(cos_u1 * east, sin_s, out=np.zeros_like(sin_s), where=sin_s > 0.0)
        cos2_alpha = 1.0 - sin_alpha**2
        # On the equator cos2_alpha is 0 and the term has no meaning: 0 (Vincenty, after equation
        # 18).
        cos_2m = cos_s - np.divide(
            2.0 * sin_u1 * sin_u2,
            cos2_alpha,
            out=np.zeros_like(sin_s) + cos_s,
            where=cos2_alpha > 1e-15,
        )
        following = lon_rad + _longitude_lag(sin_alpha, cos2_alpha, sigma, cos_2m)
        done = bool(np.all(np.abs(following - lambda_rad) < CONVERGED_RAD))
        lambda_rad = following
        if done:
            break
    big_a, big_b = _series(cos2_alpha)
    distance_m = WGS84_SEMI_MINOR_M * big_a * (sigma - _delta_sigma(big_b, sigma, cos_2m))
    azimuth_rad = np.arctan2(east, north)
    return distance_m * np.sin(azimuth_rad), distance_m * np.cos(azimuth_rad)


def rough_distance_m(lat_deg: float, lon_deg: float, lats_deg: Values, lons_deg: Values) -> Values:
    """Great-circle distances (m, (n,)) on a sphere of mean radius: within 0.6 % of the geodesic."""
    lat1, lats = math.radians(lat_deg), np.radians(lats_deg)
    dlon = np.radians(lons_deg - lon_deg)
    half = (
        np.sin((lats - lat1) / 2.0) ** 2 + math.cos(lat1) * np.cos(lats) * np.sin(dlon / 2.0) ** 2
    )
    mean_radius_m = (2.0 * WGS84_SEMI_MAJOR_M + WGS84_SEMI_MINOR_M) / 3.0
    return np.asarray(2.0 * mean_radius_m * np.arcsin(np.sqrt(np.minimum(half, 1.0))))


def _refuse_far(sigma: Values) -> None:
    if sigma.size and float(np.max(sigma)) * WGS84_SEMI_MINOR_M > INVERSE_RANGE_MAX_M:
        raise UnusableInput("geodesic: a point lies more than 15,000 km from the centre")


def _series(cos2_alpha: Values) -> tuple[Values, Values]:
    """A and B of equations 3 and 4."""
    a2, b2 = WGS84_SEMI_MAJOR_M**2, WGS84_SEMI_MINOR_M**2
    u2 = cos2_alpha * (a2 - b2) / b2
    big_a = 1.0 + u2 / 16384.0 * (4096.0 + u2 * (-768.0 + u2 * (320.0 - 175.0 * u2)))
    big_b = u2 / 1024.0 * (256.0 + u2 * (-128.0 + u2 * (74.0 - 47.0 * u2)))
    return big_a, big_b


def _delta_sigma(big_b: Values, sigma: Values, cos_2m: Values) -> Values:
    """Equation 6."""
    sin_s, cos_s = np.sin(sigma), np.cos(sigma)
    last = big_b / 6.0 * cos_2m * (-3.0 + 4.0 * sin_s**2) * (-3.0 + 4.0 * cos_2m**2)
    return big_b * sin_s * (cos_2m + big_b / 4.0 * (cos_s * (-1.0 + 2.0 * cos_2m**2) - last))


def _longitude_lag(sin_alpha: Values, cos2_alpha: Values, sigma: Values, cos_2m: Values) -> Values:
    """Equations 10 and 11: longitude on the auxiliary sphere less that on the ellipsoid."""
    flattening = WGS84_FLATTENING
    c = flattening / 16.0 * cos2_alpha * (4.0 + flattening * (4.0 - 3.0 * cos2_alpha))
    inner = cos_2m + c * np.cos(sigma) * (-1.0 + 2.0 * cos_2m**2)
    return (1.0 - c) * flattening * sin_alpha * (sigma + c * np.sin(sigma) * inner)


def _wrapped(lon_deg: Values) -> Values:
    """Longitudes (deg) brought into -180 (included) to 180."""
    return np.asarray((lon_deg + 180.0) % 360.0 - 180.0, dtype=np.float64)
