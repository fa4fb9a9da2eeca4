"""Remakes src/commonwatch/warn/data/regions.json: the regions that a warning names.

Outlines: layer `states_provinces` of world_map.gpkg in Debian's package qgis-common 3.22, which is
Natural Earth 4.1.0 (public domain). Nothing is simplified: small islands are what a distance is
measured to. Names: warning_region_names.csv beside this script, typed and then compared with the
Unicode CLDR 47 (npm package cldr 7.9.0) and with ISO 3166-2 (pycountry 26.2.16); the README beside
the result says where they differ and why.

    apt-get download qgis-common && dpkg -x qgis-common_*.deb unpacked
    python builders/build_warning_regions.py unpacked/usr/share/qgis/resources/data/world_map.gpkg
    python builders/build_warning_regions.py --check-names package/3rdparty/cldr/common/subdivisions

Needs shapely. The same package gives the same bytes.
"""

from __future__ import annotations

import csv
import json
import re
import sqlite3
import sys
from pathlib import Path

import shapely
from shapely import wkb
from shapely.geometry.polygon import orient

HERE = Path(__file__).parent
NAMES = HERE / "warning_region_names.csv"
RESULT = HERE.parent / "src/commonwatch/warn/data/regions.json"
DECIMALS = 4  # of a degree: 11 m, far below the source's own generalisation
# Regions this close are neighbours: a common border, or a strait that one warning should cover.
NEIGHBOUR_DEG = 0.25
GPKG_ENVELOPE_BYTES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}  # OGC GeoPackage 1.3, clause 2.1.3


def read_geometry(blob: bytes) -> shapely.Geometry:
    """A shapely geometry from a GeoPackage geometry blob."""
    envelope = GPKG_ENVELOPE_BYTES[(blob[3] >> 1) & 0b111]
    return wkb.loads(bytes(blob[8 + envelope :]))


def rings_of(geometry: shapely.Geometry) -> list[list[list[float]]]:
    """Outer rings as [[lat, lon], ...], closed, counter-clockwise."""
    rings = []
    for part in geometry.geoms:
        corners = [
            [round(lat, DECIMALS), round(lon, DECIMALS)]
            for lon, lat in orient(part).exterior.coords
        ]
        rings.append(corners)
    return sorted(rings, key=len, reverse=True)


def holes_of(geometry: shapely.Geometry) -> list[list[list[float]]]:
    """Inner rings in the same form: a metropolitan city inside its province."""
    return [
        [[round(lat, DECIMALS), round(lon, DECIMALS)] for lon, lat in hole.coords]
        for part in geometry.geoms
        for hole in orient(part).interiors
    ]


def build(gpkg: str) -> None:
    """Write regions.json from world_map.gpkg."""
    database = sqlite3.connect(f"file:{gpkg}?mode=ro", uri=True)
    with NAMES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    geometries = {}
    for row in rows:
        found = database.execute(
            "select geom from states_provinces where adm0_a3 = ? and name = ?",
            (row["nation"], row["natural_earth_name"]),
        ).fetchall()
        if len(found) != 1:
            sys.exit(
                f"{row['id']}: {len(found)} features named {row['natural_earth_name']}, need one"
            )
        geometries[row["id"]] = read_geometry(found[0][0])
    regions = [
        {
            "id": row["id"],
            "nation": row["nation"],
            "names": {"en": row["en"], "ja": row["ja"], "ko": row["ko"]},
            "neighbours": sorted(
                other
                for other, geometry in geometries.items()
                if other != row["id"] and geometry.distance(geometries[row["id"]]) <= NEIGHBOUR_DEG
            ),
            "rings": rings_of(geometries[row["id"]]),
            "holes": holes_of(geometries[row["id"]]),
        }
        for row in rows
    ]
    lines = ",\n".join(
        json.dumps(region, ensure_ascii=False, separators=(",", ":")) for region in regions
    )
    RESULT.write_text(
        f'{{"source":"Natural Earth 4.1.0, public domain","regions":[\n{lines}\n]}}\n', "utf-8"
    )
    print(f"{len(regions)} regions, {RESULT.stat().st_size} bytes")


def check_names(subdivisions: str) -> None:
    """Print every name that differs from the CLDR's, but for spaces inside Korean names."""
    with NAMES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for language in ("en", "ja", "ko"):
        text = (Path(subdivisions) / f"{language}.xml").read_text(encoding="utf-8")
        theirs = dict(re.findall(r'<subdivision type="(\w+)"[^>]*>([^<]*)<', text))
        for row in rows:
            name = theirs.get(row["id"].lower().replace("-", ""), "")
            if name.replace(" ", "") != row[language].replace(" ", ""):
                print(f"{row['id']} {language}: {row[language]}; CLDR: {name}")


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "--check-names":
        check_names(sys.argv[2])
    elif len(sys.argv) == 2:
        build(sys.argv[1])
    else:
        sys.exit(__doc__)
