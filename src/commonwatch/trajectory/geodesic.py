"""Geodesics on the WGS-84 ellipsoid: how far, in which direction, and where that leads."""

from __future__ import annotations

import math
from dataclasses import dataclass

from commonwatch.errors import UnusableInput
from commonwatch.trajectory.kernels.geodesy import (
    WGS84_FLATTENING,
    WGS84_SECOND_ECCENTRICITY_SQUARED,
    WGS84_SEMI_MINOR_M,
)

VINCENTY_ITERATIONS_MAX = 200
VINCENTY_TOLERANCE_RAD = 1e-12  # 6 micrometres on the ground


@dataclass(frozen=True, slots=True)
class Place:
    """A place on the ellipsoid: geodetic latitude -90 to 90 and longitude -180 to 180, degrees."""

    lat_deg: float
    lon_deg: float


@dataclass(frozen=True, slots=True)
class _Series:
    # Vincenty's A and B (eq. 3 and 4) for a geodesic of given azimuth at the equator.
    a: float
    b: float


def destination(start: Place, azimuth_deg: float, distance_m: float) -> Place:
    """The place that lies `distance_m` along the geodesic with that azimuth at `start`.

    Azimuth in degrees clockwise from north, distance at most half way round the Earth. Vincenty
    1975, Survey Review 23(176), 88-93, direct formula: within 0.1 mm of the exact geodesic.
    """
    azimuth = math.radians(azimuth_deg)
    sin_azimuth, cos_azimuth = math.sin(azimuth), math.cos(azimuth)
    u1 = _reduced_latitude(start.lat_deg)
    sin_u1, cos_u1 = math.sin(u1), math.cos(u1)
    sigma1 = math.atan2(sin_u1, cos_u1 * cos_azimuth)
    sin_alpha = cos_u1 * sin_azimuth
    cos2_alpha = 1.0 - sin_alpha * sin_alpha
    series = _series(cos2_alpha)
    sigma = first = distance_m / (WGS84_SEMI_MINOR_M * series.a)
    for _ in range(VINCENTY_ITERATIONS_MAX):
        cos_2m = math.cos(2.0 * sigma1 + sigma)
        refined = first + _delta_sigma(series, sigma, cos_2m)
        moved, sigma = abs(refined - sigma), refined
        if moved < VINCENTY_TOLERANCE_RAD:
            break
    cos_2m = math.cos(2.0 * sigma1 + sigma)
    sin_s, cos_s = math.sin(sigma), math.cos(sigma)
    across = sin_u1 * sin_s - cos_u1 * cos_s * cos_azimuth
    lat = math.atan2(
        sin_u1 * cos_s + cos_u1 * sin_s * cos_azimuth,
        (1.0 - WGS84_FLATTENING) * math.hypot(sin_alpha, across),
    )
    lam = math.atan2(sin_s * sin_azimuth, cos_u1 * cos_s - sin_u1 * sin_s * cos_azimuth)
    lon = lam - _longitude_excess(cos2_alpha, sin_alpha, sigma, cos_2m)
    return Place(math.degrees(lat), _wrapped_deg(start.lon_deg + math.degrees(lon)))


def distance_and_azimuth(start: Place, end: Place) -> tuple[float, float]:
    """Length of the geodesic (m) and its azimuth at `start` (deg clockwise from north, 0 to 360).

    Vincenty 1975, inverse formula. Raises UnusableInput for nearly opposite places, where it does
    not settle (and the direction is not defined to any use).
    """
    u1, u2 = _reduced_latitude(start.lat_deg), _reduced_latitude(end.lat_deg)
    sin_u1, cos_u1, sin_u2, cos_u2 = math.sin(u1), math.cos(u1), math.sin(u2), math.cos(u2)
    apart = math.radians(_wrapped_deg(end.lon_deg - start.lon_deg))
    lam = apart
    for _ in range(VINCENTY_ITERATIONS_MAX):
        east = cos_u2 * math.sin(lam)
        north = cos_u1 * sin_u2 - sin_u1 * cos_u2 * math.cos(lam)
        sin_s = math.hypot(east, north)
        if sin_s == 0.0 and lam == 0.0:
            return 0.0, 0.0
        cos_s = sin_u1 * sin_u2 + cos_u1 * cos_u2 * math.cos(lam)
        sigma = math.atan2(sin_s, cos_s)
        sin_alpha = cos_u1 * cos_u2 * math.sin(lam) / sin_s if sin_s > 0.0 else 0.0
        cos2_alpha = 1.0 - sin_alpha * sin_alpha
        # Along the equator there is no highest latitude; the term is then multiplied by zero.
        cos_2m = cos_s - 2.0 * sin_u1 * sin_u2 / cos2_alpha if cos2_alpha > 1e-15 else 0.0
        refined = apart + _longitude_excess(cos2_alpha, sin_alpha, sigma, cos_2m)
        moved, lam = abs(refined - lam), refined
        if moved < VINCENTY_TOLERANCE_RAD:
            series = _series(cos2_alpha)
            length_m = WGS84_SEMI_MINOR_M * series.a * (sigma - _delta_sigma(series, sigma, cos_2m))
            return length_m, math.degrees(math.atan2(east, north)) % 360.0
    raise UnusableInput(
        f"{start.lat_deg:g},{start.lon_deg:g} and {end.lat_deg:g},{end.lon_deg:g} lie nearly "
        "opposite each other on the Earth, where no direction leads from one to the other; "
        "give places less than 19,900 km apart"
    )


def _reduced_latitude(lat_deg: float) -> float:
    return math.atan((1.0 - WGS84_FLATTENING) * math.tan(math.radians(lat_deg)))


def _wrapped_deg(lon_deg: float) -> float:
    return (lon_deg + 180.0) % 360.0 - 180.0


def _series(cos2_alpha: float) -> _Series:
    u2 = cos2_alpha * WGS84_SECOND_ECCENTRICITY_SQUARED
    return _Series(
        1.0 + u2 / 16384.0 * (4096.0 + u2 * (-768.0 + u2 * (320.0 - 175.0 * u2))),
        u2 / 1024.0 * (256.0 + u2 * (-128.0 + u2 * (74.0 - 47.0 * u2))),
    )


def _delta_sigma(series: _Series, sigma: float, cos_2m: float) -> float:
    # Vincenty's eq. 6.
    sin_s, cos_s = math.sin(sigma), math.cos(sigma)
    c2 = cos_2m * cos_2m
    third = series.b / 6.0 * cos_2m * (4.0 * sin_s * sin_s - 3.0) * (4.0 * c2 - 3.0)
    return series.b * sin_s * (cos_2m + series.b / 4.0 * (cos_s * (2.0 * c2 - 1.0) - third))


def _longitude_excess(cos2_alpha: float, sin_alpha: float, sigma: float, cos_2m: float) -> float:
    # Vincenty's eq. 10 and 11: longitude on the auxiliary sphere less that on the ellipsoid.
    f = WGS84_FLATTENING
    c = f / 16.0 * cos2_alpha * (4.0 + f * (4.0 - 3.0 * cos2_alpha))
    inner = cos_2m + c * math.cos(sigma) * (2.0 * cos_2m * cos_2m - 1.0)
    return (1.0 - c) * f * sin_alpha * (sigma + c * math.sin(sigma) * inner)
