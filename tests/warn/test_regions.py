"""The regions that come with the program, beside ISO 3166-2 and facts of geography."""

from __future__ import annotations

import msgspec
import pytest
from shapely.geometry import Point, Polygon

from commonwatch.errors import UnusableInput
from commonwatch.warn.region_outline import told_outline
from commonwatch.warn.regions import parse_regions
from commonwatch.warn_files import warning_regions

REGIONS = warning_regions()
# ISO 3166-2:KR and KP, as pycountry 26.2.16 has them. Nampo and Kaesong are not separate in the
# source.
KOREA_SOUTH = {11, 26, 27, 28, 29, 30, 31, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50}
KOREA_NORTH = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13}


def shape(rings):
    return [Polygon([(lon, lat) for lat, lon in ring]) for ring in rings]


def covers(region, lat, lon):
    point = Point(lon, lat)
    in_hole = any(hole.contains(point) for hole in shape(region.holes))
    return not in_hole and any(part.contains(point) for part in shape(region.rings))


def test_every_outline_is_simple():
    for region in REGIONS.all:
        assert all(part.is_valid for part in shape(region.rings + region.holes)), region.id


def test_every_code_of_iso_3166_2_is_there_once():
    codes = {region.id for region in REGIONS.all}
    assert codes == (
        {f"JP-{number:02}" for number in range(1, 48)}
        | {f"KR-{number:02}" for number in KOREA_SOUTH}
        | {f"KP-{number:02}" for number in KOREA_NORTH}
    )


def test_every_name_is_in_its_script_and_stands_for_one_region_of_its_nation():
    for region in REGIONS.all:
        assert region.names.en.isascii()
        assert any(
            "\u4e00" <= letter <= "\u9fff" or "ァ" <= letter <= "ヶ" for letter in region.names.ja
        )
        assert all("가" <= letter <= "힣" for letter in region.names.ko)
    for nation in ("JPN", "KOR", "PRK"):
        for language in ("en", "ja", "ko"):
            names = [getattr(region.names, language) for region in REGIONS.of(nation)]
            assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("region_id", "lat", "lon"),
    [
        ("JP-01", 43.06, 141.35),  # Sapporo
        ("JP-13", 35.69, 139.69),  # Shinjuku
        ("JP-13", 27.07, 142.21),  # Chichijima
        ("JP-42", 34.40, 129.30),  # Tsushima
        ("JP-46", 28.38, 129.49),  # Amami: Natural Earth 4.1.0 gives it to Okinawa
        ("JP-47", 24.66, 124.70),  # Tarama, which it leaves out
        ("KR-28", 37.95, 124.67),  # Baengnyeong: it gives it to Gyeonggi
        ("KR-28", 37.75, 126.49),  # Ganghwa: as Baengnyeong
        ("KR-47", 36.99, 129.40),  # Uljin: it gives it to Gangwon
        ("KR-27", 36.24, 128.57),  # Gunwi, Daegu's since 2023
        ("JP-47", 24.40, 124.17),  # Ishigaki
        ("KR-11", 37.55, 126.99),  # Seoul
        ("KR-47", 37.50, 130.87),  # Ulleungdo
        ("KR-49", 33.38, 126.55),  # Jeju
        ("KP-01", 39.03, 125.75),  # Pyongyang
    ],
)
def test_a_known_place_lies_in_or_by_its_region(region_id, lat, lon):
    region = REGIONS.named(region_id)
    assert min(part.distance(Point(lon, lat)) for part in shape(region.rings)) < 0.02
    elsewhere = [other for other in REGIONS.of(region.nation) if other is not region]
    holding = [other.id for other in elsewhere if covers(other, lat, lon)]
    assert holding == []


def test_neighbours_are_mutual_and_of_one_land():
    for region in REGIONS.all:
        for neighbour in region.neighbours:
            assert region.id in REGIONS.named(neighbour).neighbours
    assert "JP-01" in REGIONS.named("JP-02").neighbours  # across the Tsugaru strait
    assert not any(name.startswith("K") for r in REGIONS.of("JPN") for name in r.neighbours)


def test_the_outline_that_is_told_leaves_out_no_island():
    for region in REGIONS.all:
        told = shape(told_outline(region))
        assert all(part.is_valid for part in told)
        for part in shape(region.rings):
            assert any(whole.covers(part) for whole in told), region.id


def test_no_name_of_a_sea_stands_in_the_data():
    # 海 stands inside names of land too: 北海道, 黄海南道.
    for region in REGIONS.all:
        for name in msgspec.to_builtins(region.names).values():
            assert not name.endswith(("海", "해", "Sea", "바다", "湾", "만"))


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "need a regions.json"),
        (b"\xff\xfe", "need a regions.json"),
        (b'{"source":"x","regions":[{"id":1}]}', "need a regions.json"),
        (b'{"source":"x","regions":[%s]}' % b"A", "need a regions.json"),
    ],
)
def test_a_file_that_is_none_is_refused(raw, why):
    with pytest.raises(UnusableInput, match=why):
        parse_regions(raw, "regions.json")


def test_an_open_outline_and_a_twice_told_region_are_refused():
    names = {"en": "A", "ja": "A", "ko": "A"}
    ring = [[0, 0], [0, 1], [1, 1], [0, 0]]
    region = {"id": "X", "nation": "JPN", "names": names, "neighbours": [], "rings": [ring]}

    def parse(*regions):
        return parse_regions(msgspec.json.encode({"source": "s", "regions": regions}), "f")

    assert parse(region).named("X").names.en == "A"
    with pytest.raises(UnusableInput, match="no region `Y`"):
        parse(region).named("Y")
    with pytest.raises(UnusableInput, match="each id once"):
        parse(region, region)
    with pytest.raises(UnusableInput, match="need 4 or more, closed"):
        parse({**region, "rings": [ring[:-1]]})
    with pytest.raises(UnusableInput, match="outside latitude 90"):
        parse({**region, "rings": [[[0, 0], [0, 1], [91, 1], [0, 0]]]})
    with pytest.raises(UnusableInput, match="no outline"):
        parse({**region, "rings": []})
