"""Rules that the schema cannot hold, on areas: CAP 1.2, section 3.2.4 and 3.3.1 (WGS 84)."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import shapely
from shapely.geometry import Polygon

from commonwatch.limits import CAP_POLYGON_CORNERS_MAX
from commonwatch.marking.reason import shown
from commonwatch.warn.cap import GEOCODE_ISO_3166_2
from commonwatch.warn.cap_reason import OWN_RULE, child, children, error, text_of, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

    from commonwatch.warn.cap_reason import CapReason

POLYGON = "CAP 1.2, 3.2.4 polygon"
CIRCLE = "CAP 1.2, 3.2.4 circle"
WGS_84 = "CAP 1.2, 3.3.1"
CIRCLE_RADIUS_MAX_KM = 20_004.0  # half the Earth's circumference
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)"
_PAIR = re.compile(rf"({_NUMBER}),({_NUMBER})")
_RADIUS = re.compile(_NUMBER)
_ISO_3166_2 = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")

Corner = tuple[float, float]
"""Latitude and longitude, degrees."""


def areas_are_named(alert: etree._Element) -> Iterator[CapReason]:
    """An area has a name in words, and a place that a machine can find."""
    for area in _areas(alert):
        named = child(area, "areaDesc")
        if named is not None and not text_of(named):
            yield error(named, "CAP 1.2, 3.2.4 areaDesc", "is empty; must be given")
        if all(child(area, name) is None for name in ("polygon", "circle", "geocode")):
            yield warning(area, "CAP 1.2, 3.2.4 area", "no polygon, circle or geocode: words alone")
        for geocode in children(area, "geocode"):
            yield from _geocode(geocode)


def polygons_are_sound(alert: etree._Element) -> Iterator[CapReason]:
    """A polygon is closed, of four pairs or more, on the Earth, and does not cross itself."""
    for area in _areas(alert):
        for polygon in children(area, "polygon"):
            yield from _polygon(polygon)


def circles_are_sound(alert: etree._Element) -> Iterator[CapReason]:
    """A circle is a pair and a radius in kilometres."""
    for area in _areas(alert):
        for circle in children(area, "circle"):
            parts = text_of(circle).split()
            if len(parts) != 2 or not _RADIUS.fullmatch(parts[1]):
                said = f"{shown(text_of(circle))} is not `latitude,longitude radius`"
                yield error(circle, CIRCLE, said)
                continue
            corners = _corners(parts[:1])
            if isinstance(corners, str):
                yield error(circle, CIRCLE, f"{shown(corners)} is not `latitude,longitude`")
            else:
                yield from _on_earth(circle, corners)
            if not 0.0 <= float(parts[1]) <= CIRCLE_RADIUS_MAX_KM:
                said = f"radius {shown(parts[1])} km is not within 0 to {CIRCLE_RADIUS_MAX_KM:.0f}"
                yield error(circle, CIRCLE, said)


def ceilings_have_altitudes(alert: etree._Element) -> Iterator[CapReason]:
    """A ceiling stands above an altitude, never alone."""
    for area in _areas(alert):
        ceiling, altitude = child(area, "ceiling"), child(area, "altitude")
        if ceiling is None:
            continue
        if altitude is None:
            yield error(ceiling, "CAP 1.2, 3.2.4 ceiling", "must not be used without altitude")
        elif _decimal(ceiling) < _decimal(altitude):
            yield error(ceiling, "CAP 1.2, 3.2.4 ceiling", "is below the altitude")


def _polygon(polygon: etree._Element) -> Iterator[CapReason]:
    pairs = text_of(polygon).split()
    if len(pairs) > CAP_POLYGON_CORNERS_MAX:
        yield error(polygon, OWN_RULE, f"more than {CAP_POLYGON_CORNERS_MAX} pairs")
        return
    corners = _corners(pairs)
    if isinstance(corners, str):
        yield error(polygon, POLYGON, f"{shown(corners)} is not `latitude,longitude`")
        return
    off_earth = tuple(_on_earth(polygon, corners))
    yield from off_earth
    if len(corners) < 4:
        yield error(polygon, POLYGON, f"{len(corners)} pairs; must be at least 4")
    if corners and corners[0] != corners[-1]:
        yield error(polygon, POLYGON, "the last pair is not the first: the polygon is open")
    if len(corners) >= 4 and corners[0] == corners[-1] and not off_earth:
        yield from _crossing(polygon, corners)


def _crossing(polygon: etree._Element, corners: list[Corner]) -> Iterator[CapReason]:
    """A ring is refused only if it crosses itself on the plain chart and read round the Earth."""
    flaws = [_flaw(reading) for reading in _readings(corners)]
    if all(flaws):
        if all(flaw.startswith("Ring Self-intersection") for flaw in flaws):
            yield warning(polygon, OWN_RULE, "touches itself")
        else:
            yield error(polygon, OWN_RULE, "crosses itself or encloses nothing")


def _readings(corners: list[Corner]) -> list[list[tuple[float, float]]]:
    """The ring on the plain chart, and with each step taken the short way across longitude 180."""
    plain = [(lon, lat) for lat, lon in corners]
    unrolled = plain[:1]
    for lon, lat in plain[1:]:
        step = (lon - unrolled[-1][0] + 180.0) % 360.0 - 180.0
        unrolled.append((unrolled[-1][0] + step, lat))
    turned_deg = unrolled[-1][0] - unrolled[0][0]
    if abs(turned_deg) < 180.0:
        return [plain, unrolled]
    # It goes round a pole: look at it from above that pole.
    south = sum(lat for lat, _ in corners) < 0.0
    above = [((90.0 + lat if south else 90.0 - lat), math.radians(lon)) for lat, lon in corners]
    return [plain, [(far * math.cos(lon), far * math.sin(lon)) for far, lon in above]]


def _flaw(reading: list[tuple[float, float]]) -> str:
    """What is wrong with a ring on a plane, or nothing."""
    ring = Polygon(reading)
    valid = ring.is_valid and ring.area > 0.0
    return "" if valid else str(shapely.is_valid_reason(ring)) or "no area"


def _geocode(geocode: etree._Element) -> Iterator[CapReason]:
    clause = "CAP 1.2, 3.2.4 geocode"
    name, value = text_of(child(geocode, "valueName")), text_of(child(geocode, "value"))
    if not name or not value:
        yield error(geocode, clause, "must have a valueName and a value")
    elif name == GEOCODE_ISO_3166_2 and not _ISO_3166_2.fullmatch(value):
        yield error(geocode, clause, f"{shown(value)} is no ISO 3166-2 code")


def _on_earth(where: etree._Element, corners: list[Corner]) -> Iterator[CapReason]:
    for lat, lon in corners:
        if abs(lat) > 90.0:
            yield error(where, WGS_84, f"latitude {lat:g} is not within -90 to 90")
        if abs(lon) > 180.0:
            yield error(where, WGS_84, f"longitude {lon:g} is not within -180 to 180")


def _corners(pairs: list[str]) -> list[Corner] | str:
    """The corners, or the first pair that is none."""
    corners = []
    for pair in pairs:
        found = _PAIR.fullmatch(pair)
        if found is None:
            return pair
        corners.append((float(found[1]), float(found[2])))
    return corners


def _decimal(element: etree._Element) -> float:
    """The number an element holds; not a number where it holds none, which the schema tells."""
    text = text_of(element)
    return float(text) if _RADIUS.fullmatch(text) else math.nan


def _areas(alert: etree._Element) -> Iterator[etree._Element]:
    for info in children(alert, "info"):
        yield from children(info, "area")


AREA_RULES = (areas_are_named, polygons_are_sound, circles_are_sound, ceilings_have_altitudes)
