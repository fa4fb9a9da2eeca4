"""The floor is coarse on purpose, and never claims more than its estimate knows (invariant 7)."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest
from pyproj import Geod

from commonwatch.release.bulletin import Content, FloorContent, GroundStatement
from commonwatch.release.grid import CannotCoarsen, floor_of
from commonwatch.trajectory.ellipse import covariance_from_ellipse95
from tests.sharing.builders import T0_S, TERMS

AGREED = TERMS["KOR-JPN"].floor
GEOD = Geod(a=6_371_008.8, b=6_371_008.8)
DRAWN = 3000
# Of so many draws a share of 95 % comes out lower than this once in a thousand times.
LEAST_SHARE = 0.95 - 3.1 * math.sqrt(0.95 * 0.05 / DRAWN)


def place(lat_deg: float, lon_deg: float, semis: tuple[float, float, float]) -> GroundStatement:
    return GroundStatement(T0_S, 5.0, lat_deg, lon_deg, *semis)


def told(launch: GroundStatement, impact: GroundStatement | None = None) -> FloorContent:
    assert AGREED is not None
    return floor_of(Content(launch=launch, impact=impact), AGREED)


def estimates(
    lat_deg: float, lon_deg: float, semis: tuple[float, float, float]
) -> list[GroundStatement]:
    """What sensors say of a launch from there, as often as it is drawn."""
    rng = np.random.default_rng(20231219)
    cov = covariance_from_ellipse95(*semis)
    places = []
    for east_m, north_m in rng.multivariate_normal([0.0, 0.0], cov, DRAWN):
        heading = math.degrees(math.atan2(east_m, north_m))
        lon, lat, _back = GEOD.fwd(lon_deg, lat_deg, heading, math.hypot(east_m, north_m))
        places.append(place(lat, lon, semis))
    return places


@pytest.mark.parametrize(
    ("lat_deg", "semis", "precision_m"),
    [
        (39.2, (2e3, 1e3, 10.0), 50e3),
        (39.2, (35e3, 35e3, 0.0), 50e3),
        (39.2, (36e3, 20e3, 0.0), 100e3),
        (39.2, (300e3, 150e3, 30.0), 800e3),
        (65.0, (300e3, 300e3, 0.0), 800e3),
        (5.0, (560e3, 560e3, 0.0), 800e3),
    ],
)
def test_the_truth_lies_within_the_precision_that_is_told_95_times_of_100(
    lat_deg, semis, precision_m
):
    floors = [told(item) for item in estimates(lat_deg, 125.67, semis)]
    assert {item.precision_m for item in floors} == {precision_m}, "a step of the agreed one"
    inside = sum(
        GEOD.inv(125.67, lat_deg, item.lon_deg, item.lat_deg)[2] <= item.precision_m
        for item in floors
    )
    assert inside / DRAWN >= LEAST_SHARE


@pytest.mark.parametrize(
    ("sigma_s", "precision_s"), [(1.0, 60.0), (25.0, 60.0), (26.0, 120.0), (300.0, 960.0)]
)
def test_the_launch_lies_within_the_time_that_is_told_95_times_of_100(sigma_s, precision_s):
    rng = np.random.default_rng(20231219)
    inside = 0
    for error_s in rng.normal(0.0, sigma_s, DRAWN):
        seen = msgspec.structs.replace(
            place(39.2, 125.67, (2e3, 1e3, 10.0)), time_s=T0_S + error_s, time_sigma_s=sigma_s
        )
        floor = told(seen)
        assert floor.time_precision_s == precision_s
        inside += abs(floor.time_s - T0_S) <= floor.time_precision_s
    assert inside / DRAWN >= LEAST_SHARE


def test_a_heading_that_is_not_known_so_well_is_not_told():
    launch = place(39.2, 125.67, (2e3, 1e3, 10.0))
    assert told(launch, place(40.5, 135.0, (100e3, 50e3, 0.0))).heading_deg == 90.0
    assert told(launch, place(39.3, 125.7, (100e3, 50e3, 0.0))).heading_deg is None
    assert told(place(39.2, 125.67, (400e3, 3e5, 0.0)), place(40.5, 130.0, (1e3, 1e3, 0.0))) == (
        told(place(39.2, 125.67, (400e3, 3e5, 0.0)))
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"semi_major_m": 3e6},
        {"semi_major_m": math.nan},
        {"semi_major_m": -1.0},
        {"time_sigma_s": 1e5},
        {"time_sigma_s": math.inf},
    ],
)
def test_what_tells_no_place_or_no_time_any_more_is_withheld(changes):
    launch = msgspec.structs.replace(place(39.2, 125.67, (2e3, 1e3, 10.0)), **changes)
    with pytest.raises(CannotCoarsen, match="launch"):
        told(launch)
