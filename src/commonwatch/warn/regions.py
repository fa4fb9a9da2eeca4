"""Regions that a warning can name: prefectures and provinces, their outlines and names."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from commonwatch.errors import UnusableInput
from commonwatch.limits import WARN_CORNERS_MAX, WARN_REGIONS_MAX
from commonwatch.untrusted_json import decode_json

Ring = tuple[tuple[float, float], ...]
"""A closed line of (latitude, longitude) pairs, degrees; the first equals the last."""


class RegionNames(msgspec.Struct, frozen=True):
    """What a region is called in each language of the warnings."""

    en: str
    ja: str
    ko: str


class Region(msgspec.Struct, frozen=True):
    """A prefecture or province: `id` is its ISO 3166-2 code, `nation` an ISO 3166-1 alpha-3 code.

    `rings` are outlines, largest first, small islands included; `holes` are other regions inside.
    `neighbours` are the ids of regions across a border or a narrow strait.
    """

    id: str
    nation: str
    names: RegionNames
    neighbours: tuple[str, ...]
    rings: tuple[Ring, ...]
    holes: tuple[Ring, ...] = ()


class _File(msgspec.Struct, frozen=True):
    source: str
    regions: tuple[Region, ...]


@dataclass(frozen=True, slots=True)
class Regions:
    """All regions that come with the program, in the order of their ids."""

    source: str
    all: tuple[Region, ...]

    def of(self, nation: str) -> tuple[Region, ...]:
        """Those of one nation."""
        return tuple(region for region in self.all if region.nation == nation)

    def named(self, region_id: str) -> Region:
        """The region of that ISO 3166-2 code; raises UnusableInput where there is none."""
        for region in self.all:
            if region.id == region_id:
                return region
        raise UnusableInput(f"no region `{region_id}`: need an ISO 3166-2 code of {self.source}")


def parse_regions(raw: bytes, source: str) -> Regions:
    """Regions from the bytes of a regions.json.

    Raises UnusableInput where it is not one, a ring is open or short, or an id stands twice.
    """
    found = decode_json(raw, _File, f"{source}: no regions", "need a regions.json")
    regions = tuple(sorted(found.regions, key=lambda region: region.id))
    if len(regions) > WARN_REGIONS_MAX or len({region.id for region in regions}) != len(regions):
        raise UnusableInput(f"{source}: need at most {WARN_REGIONS_MAX} regions, each id once")
    corners = 0
    for region in regions:
        for ring in region.rings + region.holes:
            corners += len(ring)
            _check_ring(ring, f"{source}: region {region.id}")
        if not region.rings:
            raise UnusableInput(f"{source}: region {region.id} has no outline")
    if corners > WARN_CORNERS_MAX:
        raise UnusableInput(f"{source}: {corners} corners, need at most {WARN_CORNERS_MAX}")
    return Regions(source=found.source, all=regions)


def _check_ring(ring: Ring, where: str) -> None:
    if len(ring) < 4 or ring[0] != ring[-1]:
        raise UnusableInput(f"{where}: an outline of {len(ring)} corners: need 4 or more, closed")
    if not all(-90.0 <= lat <= 90.0 and -180.0 <= lon <= 180.0 for lat, lon in ring):
        raise UnusableInput(f"{where}: a corner lies outside latitude 90, longitude 180")
