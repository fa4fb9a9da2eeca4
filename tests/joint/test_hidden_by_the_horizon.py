"""What is hidden below the horizon, against the radar engineer's rule and a plain twin."""

from __future__ import annotations

import math

import pytest

from commonwatch.trajectory.geodesic import Place, destination, distance_and_azimuth
from commonwatch.warn.joint.horizon import hidden_part, horizon_height_km
from commonwatch.warn.regions import Region, RegionNames


@pytest.mark.parametrize("distance_km", [20.0, 100.0, 300.0, 600.0])
def test_height_agrees_with_the_rule_of_4_12_root_h(distance_km):
    # Skolnik, Introduction to Radar Systems: d [km] = 4.12 sqrt(h [m]) with the 4/3 Earth.
    assert horizon_height_km(distance_km) * 1e3 == pytest.approx(
        (distance_km / 4.12) ** 2, rel=0.01
    )


def test_the_hidden_end_agrees_with_a_plain_search():
    start = Place(39.0, 126.0)
    island = destination(start, 90.0, 900e3)  # 300 km beyond an impact at 600 km
    ring = tuple((island.lat_deg, island.lon_deg) for _ in range(4))
    land = (Region("X-1", "JPN", RegionNames("x", "x", "x"), (), (ring,)),)
    found = hidden_part("JPN", land, start, 90.0, 50.0, 600.0)
    assert found is not None
    seen_km = 600.0
    while True:
        height_km = 4.0 * 50.0 * seen_km / 600.0 * (1.0 - seen_km / 600.0)
        from_island_km = distance_and_azimuth(
            destination(start, 90.0, seen_km * 1e3), island
        )[0] / 1e3  # fmt: skip
        radius_km = 6371.0 * 4.0 / 3.0
        if height_km > radius_km * (1.0 / math.cos(from_island_km / radius_km) - 1.0):
            break
        seen_km -= 0.5
    assert found.last_km == pytest.approx(600.0 - seen_km, abs=6.5)  # its step is 6 km
    assert found.impact_height_km == pytest.approx((300.0 / 4.12) ** 2 / 1e3, rel=0.03)


def test_without_a_map_of_land_nothing_is_said():
    assert hidden_part("USA", (), Place(39.0, 126.0), 90.0, 50.0, 600.0) is None
