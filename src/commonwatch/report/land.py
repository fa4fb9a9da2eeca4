"""Land, coasts and province lines: Natural Earth as TopoJSON that comes with the package."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

import msgspec

from commonwatch.report.projection import Vector, dot, normalised, unit_vector

Place = tuple[float, float]
"""Latitude and longitude, degrees."""


class Transform(msgspec.Struct, frozen=True):
    """How quantised TopoJSON coordinates become degrees."""

    scale: tuple[float, float]
    translate: tuple[float, float]


class Names(msgspec.Struct, frozen=True):
    """What a region is called; empty in a file of land alone."""

    id: str = ""
    a3: str = ""
    en: str = ""
    ja: str = ""
    ko: str = ""


class Polygon(msgspec.Struct, frozen=True, tag_field="type", tag="Polygon"):
    """One area with its holes: rings as lists of arc numbers (~k: arc k backwards)."""

    arcs: list[list[int]]
    properties: Names = Names()

    def rings(self) -> list[list[int]]:
        """Outer ring and holes."""
        return self.arcs


class MultiPolygon(msgspec.Struct, frozen=True, tag_field="type", tag="MultiPolygon"):
    """Several areas, each with its holes."""

    arcs: list[list[list[int]]]
    properties: Names = Names()

    def rings(self) -> list[list[int]]:
        """All outer rings and holes."""
        return [ring for polygon in self.arcs for ring in polygon]


class Collection(msgspec.Struct, frozen=True):
    """One layer."""

    geometries: list[Polygon | MultiPolygon]


class Topology(msgspec.Struct, frozen=True):
    """A TopoJSON file."""

    arcs: list[list[tuple[int, int]]]
    transform: Transform
    objects: dict[str, Collection]


class Line(msgspec.Struct, frozen=True):
    """A line on the ground, also as unit vectors; the cap `middle`, `reach_rad` holds it."""

    places: tuple[Place, ...]
    directions: tuple[Vector, ...]
    middle: Vector
    reach_rad: float

    def may_reach(self, centre: Vector, radius_rad: float) -> bool:
        """Whether the line can have a point within `radius_rad` of `centre`."""
        angle = math.acos(min(1.0, max(-1.0, dot(self.middle, centre))))
        return angle <= self.reach_rad + radius_rad


class Region(msgspec.Struct, frozen=True):
    """A region's names and its rings (outer ones and holes alike: fill by the even-odd rule)."""

    names: Names
    rings: tuple[Line, ...]


class BaseMap(msgspec.Struct, frozen=True):
    """Regions and the lines between them, each line once."""

    regions: tuple[Region, ...]
    outlines: tuple[Line, ...]
    province_lines: tuple[Line, ...]
    border_lines: tuple[Line, ...]


def line_of(places: Iterable[Place]) -> Line:
    """A line with the cap about its mean direction."""
    kept = tuple(places)
    directions = tuple(unit_vector(lat, lon) for lat, lon in kept)
    middle: Vector = (
        math.fsum(x for x, _, _ in directions),
        math.fsum(y for _, y, _ in directions),
        math.fsum(z for _, _, z in directions),
    )
    if dot(middle, middle) < 1e-12:
        return Line(kept, directions, (0.0, 0.0, 1.0), math.pi)
    middle = normalised(middle)
    farthest = min(dot(middle, direction) for direction in directions)
    return Line(kept, directions, middle, math.acos(min(1.0, max(-1.0, farthest))))


def _decoded_arcs(topology: Topology) -> list[list[Place]]:
    """Arcs as places; TopoJSON's are running sums of quantised steps of longitude and latitude."""
    (scale_lon, scale_lat), (lon0, lat0) = topology.transform.scale, topology.transform.translate
    decoded = []
    for arc in topology.arcs:
        x = y = 0
        places = []
        for step_x, step_y in arc:
            x, y = x + step_x, y + step_y
            places.append((y * scale_lat + lat0, x * scale_lon + lon0))
        decoded.append(places)
    return decoded


def _ring_places(ring: list[int], arcs: list[list[Place]]) -> tuple[Place, ...]:
    """A ring's places; where two arcs meet the place stands once."""
    places: list[Place] = []
    for number in ring:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        places.extend(arc[1:] if places else arc)
    return tuple(places)


def _is_cut(line: tuple[Place, ...]) -> bool:
    """Whether a line is the edge of the flat world, not a coast."""
    return all(abs(lon) > 179.99 or lat < -89.9 for lat, lon in line)


def read_base_map(topology: Topology, layers: tuple[str, ...]) -> BaseMap:
    """A topology's regions; an arc owned once is an outline, twice a province line or a border."""
    arcs = _decoded_arcs(topology)
    owners: dict[int, list[Names]] = {}
    regions = []
    for layer in layers:
        for geometry in topology.objects[layer].geometries:
            rings = geometry.rings()
            for number in (number for ring in rings for number in ring):
                owners.setdefault(number if number >= 0 else ~number, []).append(
                    geometry.properties
                )
            regions.append(
                Region(
                    geometry.properties, tuple(line_of(_ring_places(ring, arcs)) for ring in rings)
                )
            )
    outlines, province_lines, border_lines = [], [], []
    for number, names in owners.items():
        line = line_of(arcs[number])
        if len(names) == 1 and not _is_cut(line.places):
            outlines.append(line)
        elif len(names) > 1 and names[0].a3 == names[1].a3:
            province_lines.append(line)
        elif len(names) > 1:
            border_lines.append(line)
    return BaseMap(tuple(regions), tuple(outlines), tuple(province_lines), tuple(border_lines))


@cache
def world_land() -> BaseMap:
    """Land of the whole world at 1:50 million."""
    raw = files("commonwatch.report").joinpath("data/land-50m.json").read_bytes()
    return read_base_map(msgspec.json.decode(raw, type=Topology), ("land",))


@cache
def east_asia() -> BaseMap:
    """Japanese prefectures and Korean provinces, and their neighbours' land, at close range."""
    raw = files("commonwatch.warn").joinpath("data/admin1.topo.json").read_bytes()
    return read_base_map(msgspec.json.decode(raw, type=Topology), ("core", "neighbours"))


@cache
def graticule(step_deg: int) -> tuple[Line, ...]:
    """Parallels and meridians `step_deg` apart, a point a degree; the poles are left out."""
    parallels = [
        line_of((float(lat), float(lon)) for lon in range(-180, 181))
        for lat in range(-90 + step_deg, 90, step_deg)
    ]
    meridians = [
        line_of((float(lat), float(lon)) for lat in range(-85, 86))
        for lon in range(-180, 180, step_deg)
    ]
    return (*parallels, *meridians)


def region_name(ident: str, language: str) -> str:
    """A region's name in en, ja or ko by its ISO 3166-2 id; an unknown id stands for itself."""
    for region in east_asia().regions:
        if region.names.id == ident:
            names = {"en": region.names.en, "ja": region.names.ja, "ko": region.names.ko}
            return names[language]
    return ident
