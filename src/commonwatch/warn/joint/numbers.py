"""How a joint statement tells numbers: the same signs in every language."""

from __future__ import annotations

from commonwatch.utc import format_utc
from commonwatch.warn.joint.figures import Quantity

UTC_PLUS_9_S = 9 * 3600.0


def told(quantity: Quantity, value: float, *, exact: bool) -> str:
    """A value without its unit; a clock time in UTC+9, to the second where `exact`."""
    if quantity is Quantity.LAUNCH_TIME:
        clock = format_utc(round(value) + UTC_PLUS_9_S)[11:19]
        return clock if exact else clock[:5]
    return _plain(value)


def told_sigma(quantity: Quantity, sigma: float) -> str:
    """A standard deviation; that of a clock time is in seconds, and says so."""
    return f"{_plain(sigma)} s" if quantity is Quantity.LAUNCH_TIME else _plain(sigma)


def told_with_unit(quantity: Quantity, value: float) -> str:
    """A difference or an amount of that quantity."""
    unit = {
        Quantity.LAUNCH_TIME: " s",
        Quantity.APOGEE: " km",
        Quantity.RANGE: " km",
        Quantity.FLIGHT_TIME: " s",
        Quantity.MISSILES: "",
    }[quantity]
    return _plain(value) + unit


def _plain(value: float) -> str:
    return f"{value:,.1f}".removesuffix(".0")
