"""Flights that several tests look at, flown once."""

import functools
from dataclasses import replace

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
