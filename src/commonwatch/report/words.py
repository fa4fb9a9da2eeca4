"""How the report says numbers, times and names."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

RATIO_TOLD_MAX = 10_000
"""Beyond this "times smaller" only says that the larger of the two was no answer."""
NATION_NAMES = {"KOR": "Republic of Korea", "JPN": "Japan", "USA": "United States"}
NATIONS_WITH_ARTICLE = frozenset({"KOR", "USA"})
NOTHING = "–"
NBSP = "\u00a0"
"""Keeps a figure and its unit on one line."""


def nation(code: str) -> str:
    """A nation's name for a heading; a code that is not known stands for itself."""
    return NATION_NAMES.get(code, code)


def the_nation(code: str) -> str:
    """A nation's name inside a sentence."""
    return f"the {nation(code)}" if code in NATIONS_WITH_ARTICLE else nation(code)


def capitalised(sentence: str) -> str:
    """The sentence with its first letter a capital."""
    return sentence[:1].upper() + sentence[1:]


def figure(value: float, digits: int = 3) -> str:
    """A quantity with `digits` significant digits, thousands set off; no exponent above 1e-5."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else NOTHING
    rounded = round(value, digits - 1 - math.floor(math.log10(abs(value))))
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(rounded))))
    return f"{rounded:,.{min(decimals, 6)}f}"


def area(area_km2: float | None) -> str:
    """An area in the unit that reads best."""
    if area_km2 is None:
        return NOTHING
    if area_km2 < 0.01:
        return f"{figure(area_km2 * 1e6, 2)}{NBSP}m²"
    return f"{figure(area_km2, 2 if area_km2 < 1 else 3)}{NBSP}km²"


def length(metres: float | None) -> str:
    """A length in metres below ten kilometres, in kilometres above."""
    if metres is None:
        return NOTHING
    return (
        f"{figure(metres, 3)}{NBSP}m" if metres < 10_000 else f"{figure(metres / 1000, 3)}{NBSP}km"
    )


def times(ratio: float | None) -> str:
    """How many times smaller: two digits, for no more of them mean anything."""
    if ratio is None:
        return NOTHING
    if ratio > RATIO_TOLD_MAX:
        return f"> {RATIO_TOLD_MAX:,}{NBSP}×"
    return f"{figure(ratio, 2)}{NBSP}×"


def clock(seconds: float | None) -> str:
    """Minutes and seconds after lift-off: +5:02."""
    if seconds is None:
        return NOTHING
    whole = round(abs(seconds))
    return f"{'−' if seconds < 0 else '+'}{whole // 60}:{whole % 60:02d}"


def duration(seconds: float) -> str:
    """A duration in words: 69 min, or 45 s."""
    return f"{figure(seconds / 60, 2)}{NBSP}min" if seconds >= 90 else f"{round(seconds)}{NBSP}s"


def count(value: int, singular: str, plural: str | None = None) -> str:
    """A number with its noun."""
    return f"{value:,} {singular if value == 1 else plural or singular + 's'}"


def size(octets: int) -> str:
    """Bytes in the unit that reads best."""
    for unit, scale in (("MB", 1e6), ("kB", 1e3)):
        if octets >= scale:
            return f"{figure(octets / scale, 3)}{NBSP}{unit}"
    return count(octets, "byte")


def listed(items: Sequence[str]) -> str:
    """One, two and three."""
    if len(items) < 2:
        return "".join(items)
    return ", ".join(items[:-1]) + " and " + items[-1]


def coordinates(lat_deg: float, lon_deg: float) -> str:
    """A place to a hundredth of a degree."""
    north = f"{abs(lat_deg):.2f}°{NBSP}{'N' if lat_deg >= 0 else 'S'}"
    return f"{north}, {abs(lon_deg):.2f}°{NBSP}{'E' if lon_deg >= 0 else 'W'}"


def moment(iso_time: str, after_s: float = 0.0, offset_h: int = 0) -> str:
    """Time of day and date, `offset_h` hours east of UTC.

    Text that is no time stands for itself.
    """
    try:
        lift_off = datetime.fromisoformat(iso_time)
    except ValueError:
        return iso_time
    zone = timezone(timedelta(hours=offset_h))
    return (lift_off + timedelta(seconds=after_s)).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
