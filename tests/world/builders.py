"""Flights that several tests look at, flown once, and how sensors should see them."""

import functools
import math
from dataclasses import replace

import numpy as np
from pyproj import Transformer

from commonwatch.trajectory.ascent import Steering
from commonwatch.trajectory.geodesic import Place
from commonwatch.world.boosters import LONG_RANGE, SHORT_RANGE
from commonwatch.world.flight import Lift, fly
from commonwatch.world.notional_sensors import notional_sensors

LIFT_OFF_S = 1_700_000_000.0


@functools.cache
def lofted_flight():
    """About 6,000 km up, with the booster and steering of the known lofted pass."""
    return fly(
        "L1",
        LIFT_OFF_S,
        Lift(
            Place(39.2, 125.67),
            50.0,
            LONG_RANGE.steered.booster,
            Steering(6.0, 40.0, 82.05, 71.58),
            241.65,
            6000.0,
        ),
    )


@functools.cache
def short_flight():
    """About 110 km up and 600 km far."""
    return fly(
        "S1",
        LIFT_OFF_S,
        Lift(
            Place(39.2, 125.67),
            50.0,
            SHORT_RANGE.steered.booster,
            Steering(4.0, 25.0, 36.6, 79.1),
            80.2,
            6000.0,
        ),
    )


def sensor(name, **changes):
    """One of the notional sensors, changed."""
    found = next(one for one in notional_sensors() if one.id == name)
    return replace(found, **changes)


def looks_through_pyproj(one, states):
    """Azimuth, elevation (deg) and range (m) by PROJ's topocentric conversion."""
    pipeline = (
        f"+proj=topocentric +ellps=WGS84 +lon_0={one.lon_deg} +lat_0={one.lat_deg} "
        f"+h_0={one.height_m}"
    )
    east, north, up = Transformer.from_pipeline(pipeline).transform(
        states[:, 0], states[:, 1], states[:, 2]
    )
    distance = np.sqrt(east**2 + north**2 + up**2)
    return (
        np.degrees(np.arctan2(east, north)) % 360.0,
        np.degrees(np.arcsin(up / distance)),
        distance,
    )


def columns(plots):
    return (
        np.array([plot.time_s for plot in plots]),
        np.array([plot.azimuth_deg for plot in plots]),
        np.array([plot.elevation_deg for plot in plots]),
        np.array([math.nan if plot.range_m is None else plot.range_m for plot in plots]),
        np.array(
            [math.nan if plot.range_rate_m_s is None else plot.range_rate_m_s for plot in plots]
        ),
    )
