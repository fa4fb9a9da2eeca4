"""Starts of flights for the tests: published passes' kind, and random ones anywhere on Earth."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from commonwatch.trajectory.kernels.geodesy import ecef_from_geodetic, enu_from_ecef_rotation


def start(
    lat_deg: float,
    lon_deg: float,
    height_m: float,
    speed_m_s: float,
    elevation_deg: float,
    azimuth_deg: float,
) -> NDArray[np.float64]:
    """ECEF state (6,) of a body there that moves in that direction, over the turning ground."""
    lat, lon = math.radians(lat_deg), math.radians(lon_deg)
    el, az = math.radians(elevation_deg), math.radians(azimuth_deg)
    enu_rotation = np.empty((3, 3))
    enu_from_ecef_rotation(lat, lon, enu_rotation)
    direction = np.array([math.cos(el) * math.sin(az), math.cos(el) * math.cos(az), math.sin(el)])
    return np.concatenate(
        [ecef_from_geodetic(lat, lon, height_m), speed_m_s * direction @ enu_rotation]
    )


# Notional bodies after burnout, of the kinds that were published: lofted, over Japan, short.
LOFTED = start(40.1, 126.3, 700e3, 7000.0, 79.0, 90.0)
OVERFLIGHT = start(40.6, 130.5, 220e3, 5800.0, 29.0, 95.0)
SHORT = start(39.1, 126.5, 50e3, 1500.0, 45.0, 80.0)
POLAR = start(85.0, 30.0, 150e3, 5000.0, 40.0, 0.0)
ANTIMERIDIAN = start(45.0, 170.0, 200e3, 5500.0, 35.0, 90.0)
DESCENDING = start(38.0, 140.0, 120e3, 6500.0, -60.0, 90.0)

ANYWHERE = st.builds(
    start,
    lat_deg=st.floats(-90.0, 90.0),
    lon_deg=st.floats(-180.0, 180.0),
    height_m=st.floats(100e3, 800e3),
    speed_m_s=st.floats(500.0, 7000.0),
    elevation_deg=st.floats(-80.0, 90.0),
    azimuth_deg=st.floats(0.0, 360.0),
)
