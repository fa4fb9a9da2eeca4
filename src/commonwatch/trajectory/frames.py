"""Frames: Earth-fixed (ECEF), inertial (ECI), geodetic, and east-north-up at a place.

The Earth turns at the constant rate of WGS-84 about the z axis; precession, nutation and polar
motion are left out, as no flight here lasts longer than hours. ECI is the frame that coincides with
ECEF turned back by the Earth rotation angle.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from commonwatch.limits import FRAME_ROWS_MAX
from commonwatch.trajectory.checked_arrays import (
    finite_rows,
    finite_vector,
    number_in,
    outside_the_earth,
)
from commonwatch.trajectory.kernels.dynamics import WGS84_ROTATION_RAD_S
from commonwatch.trajectory.kernels.geodesy import enu_from_ecef_rotation
from commonwatch.trajectory.kernels.rows import ecef_rows, geodetic_rows

IERS_2010_ERA_AT_J2000_TURNS = 0.7790572732640
IERS_2010_ERA_RATE_TURNS_DAY = 1.00273781191135448
HEIGHT_MAX_M = 1e9


@dataclass(frozen=True, slots=True)
class Site:
    """A place on or near the Earth: geodetic WGS-84 latitude, longitude (deg) and height (m)."""

    lat_deg: float
    lon_deg: float
    height_m: float

    def __post_init__(self) -> None:
        """Refuse a latitude beyond 90, a longitude beyond 360 and a height deep underground."""
        number_in("site latitude", self.lat_deg, -90.0, 90.0)
        number_in("site longitude", self.lon_deg, -360.0, 360.0)
        number_in("site height", self.height_m, -1e5, HEIGHT_MAX_M)


@dataclass(frozen=True, slots=True)
class LookAngles:
    """Directions and distances from a site: arrays (n,); azimuth from north by east, 0 to 360."""

    azimuth_deg: NDArray[np.float64]
    elevation_deg: NDArray[np.float64]
    range_m: NDArray[np.float64]


def earth_rotation_angle_rad(ut1_days_from_j2000: float) -> float:
    """Earth rotation angle, 0 to 2 pi, at UT1 days from 2000-01-01 12:00 (IERS 2010, eq. 5.15).

    UTC serves for UT1 where 0.9 s, 400 m at the equator, do not matter.
    """
    number_in("days from J2000", ut1_days_from_j2000, -1e6, 1e6)
    day_share = math.fmod(ut1_days_from_j2000, 1.0)
    turns = (
        day_share
        + IERS_2010_ERA_AT_J2000_TURNS
        + (IERS_2010_ERA_RATE_TURNS_DAY - 1.0) * ut1_days_from_j2000
    )
    return math.tau * (turns - math.floor(turns))


def eci_from_ecef(states_ecef: ArrayLike, rotation_angle_rad: float) -> NDArray[np.float64]:
    """Inertial states (n, 6), m and m/s, of Earth-fixed ones when the Earth has turned that far."""
    states = finite_rows("ECEF states", states_ecef, 6, FRAME_ROWS_MAX)
    turn = _turn(number_in("rotation angle", rotation_angle_rad, -1e9, 1e9))
    position = states[:, :3] @ turn.T
    velocity = states[:, 3:] @ turn.T
    return np.hstack([position, velocity + _swept(position)])


def ecef_from_eci(states_eci: ArrayLike, rotation_angle_rad: float) -> NDArray[np.float64]:
    """Earth-fixed states (n, 6), m and m/s, of inertial ones: the inverse of `eci_from_ecef`."""
    states = finite_rows("ECI states", states_eci, 6, FRAME_ROWS_MAX)
    turn = _turn(number_in("rotation angle", rotation_angle_rad, -1e9, 1e9))
    return np.hstack([states[:, :3] @ turn, (states[:, 3:] - _swept(states[:, :3])) @ turn])


def geodetic_from_ecef(positions_ecef_m: ArrayLike) -> NDArray[np.float64]:
    """Rows of latitude, longitude (deg) and height (m) of ECEF points (n, 3), m."""
    positions = finite_rows("ECEF positions", positions_ecef_m, 3, FRAME_ROWS_MAX)
    outside_the_earth("ECEF positions", positions)
    out = np.empty_like(positions)
    geodetic_rows(positions, out)
    out[:, :2] = np.degrees(out[:, :2])
    return out


def ecef_from_geodetic(geodetic: ArrayLike) -> NDArray[np.float64]:
    """ECEF points (n, 3), m, of rows of latitude, longitude (deg) and height (m)."""
    rows = finite_rows("geodetic positions", geodetic, 3, FRAME_ROWS_MAX).copy()
    for latitude_deg in rows[:, 0]:
        number_in("latitude", float(latitude_deg), -90.0, 90.0)
    rows[:, :2] = np.radians(rows[:, :2])
    out = np.empty_like(rows)
    ecef_rows(rows, out)
    return out


def enu_from_ecef(site: Site) -> NDArray[np.float64]:
    """Rotation (3, 3) whose rows are east, north and up at a site, in ECEF."""
    rotation = np.empty((3, 3))
    enu_from_ecef_rotation(math.radians(site.lat_deg), math.radians(site.lon_deg), rotation)
    return rotation


def look_from(site: Site, positions_ecef_m: ArrayLike) -> LookAngles:
    """Azimuth, elevation and range from a site to ECEF points (n, 3); straight up azimuth is 0."""
    positions = finite_rows("ECEF positions", positions_ecef_m, 3, FRAME_ROWS_MAX)
    enu = (positions - _site_ecef_m(site)) @ enu_from_ecef(site).T
    east, north, up = enu.T
    return LookAngles(
        # Twice: of a hair west of north the first remainder is rounded up to 360 itself.
        azimuth_deg=np.degrees(np.arctan2(east, north)) % 360.0 % 360.0,
        elevation_deg=np.degrees(np.arctan2(up, np.hypot(east, north))),
        range_m=np.sqrt((enu**2).sum(axis=1)),
    )


def seen_at(
    site: Site, azimuth_deg: float, elevation_deg: float, range_m: float
) -> NDArray[np.float64]:
    """ECEF point (3,), m, that a site sees there: the inverse of `look_from`."""
    azimuth = math.radians(number_in("azimuth", azimuth_deg, -360.0, 360.0))
    elevation = math.radians(number_in("elevation", elevation_deg, -90.0, 90.0))
    distance_m = number_in("range", range_m, 0.0, HEIGHT_MAX_M)
    level = math.cos(elevation)
    enu = distance_m * finite_vector(
        "direction",
        [level * math.sin(azimuth), level * math.cos(azimuth), math.sin(elevation)],
        3,
    )
    return np.asarray(_site_ecef_m(site) + enu @ enu_from_ecef(site), dtype=np.float64)


def _site_ecef_m(site: Site) -> NDArray[np.float64]:
    row = ecef_from_geodetic([[site.lat_deg, site.lon_deg, site.height_m]])
    return np.asarray(row[0], dtype=np.float64)


def _turn(angle_rad: float) -> NDArray[np.float64]:
    """Rotation (3, 3) from ECEF to ECI: about z by the angle, eastward."""
    c = math.cos(angle_rad)
    s = math.sin(angle_rad)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def _swept(position_eci_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """Inertial velocity (n, 3), m/s, of what rests on the turning Earth at those points."""
    swept = np.zeros_like(position_eci_m)
    swept[:, 0] = -WGS84_ROTATION_RAD_S * position_eci_m[:, 1]
    swept[:, 1] = WGS84_ROTATION_RAD_S * position_eci_m[:, 0]
    return swept
