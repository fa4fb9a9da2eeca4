"""Paths, axes, land and labels."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonwatch.report import land
from commonwatch.report.axes import flight_time_axis, log_axis, pleasant_step
from commonwatch.report.labels import Labels
from commonwatch.report.map_frame import clip_area
from commonwatch.report.svg import Canvas, path_data

COORDINATE = st.floats(-2000.0, 2000.0)
POINTS = st.lists(st.tuples(COORDINATE, COORDINATE), min_size=2, max_size=40)


def walked(data: str) -> list[tuple[float, float]]:
    """Where the pen of a browser comes: the naive reading of a path."""
    numbers = [float(text) for text in re.findall(r"-?\d+(?:\.\d+)?", data)]
    x, y = numbers[:2]
    points = [(x, y)]
    for dx, dy in zip(numbers[2::2], numbers[3::2], strict=True):
        x, y = x + dx, y + dy
        points.append((x, y))
    return points


@given(POINTS)
def test_relative_steps_do_not_drift(points):
    data = path_data(points, least_px=0.0)
    if data:
        last = walked(data)[-1]
        assert last == pytest.approx(points[-1], abs=0.051)


@given(POINTS, st.floats(0.0, 50.0))
def test_thinning_keeps_the_line_within_reach(points, least_px):
    data = path_data(points, least_px=least_px)
    kept = walked(data) if data else [points[0]]
    for x, y in points:
        nearest = min(((x - u) ** 2 + (y - v) ** 2) ** 0.5 for u, v in kept)
        assert nearest <= least_px + 0.2


@given(st.floats(30.0, 400.0), st.floats(401.0, 7000.0), st.floats(0.0, 1.0))
def test_time_axis_is_its_own_inverse_and_rises(burnout_s, end_s, share):
    axis = flight_time_axis(50.0, 900.0, burnout_s, end_s)
    at_s = share * end_s
    assert axis.seconds(axis.x(at_s)) == pytest.approx(at_s, abs=1e-6 * end_s)
    assert 50.0 <= axis.x(at_s) <= 900.0 + 1e-9
    ticks = [axis.x(tick) for tick in axis.ticks(40.0)]
    assert all(b - a >= 31.9 for a, b in pairwise(ticks))


@given(st.lists(st.floats(1e-8, 1e9), min_size=1, max_size=20))
def test_log_axis_holds_every_value(values):
    axis = log_axis(10.0, 210.0, values)
    for value in values:
        assert 10.0 <= axis.y(value) <= 210.0
    assert axis.y(10.0**axis.least_exponent) == pytest.approx(210.0)
    assert axis.y(10.0**axis.greatest_exponent) == pytest.approx(10.0)


@given(st.floats(1e-3, 1e6), st.integers(2, 12))
def test_steps_are_one_two_five_and_few(span, most):
    step = pleasant_step(span, most)
    assert f"{step:e}"[0] in "125"
    assert span / step <= most * (1 + 1e-9)


@given(POINTS.filter(lambda points: len(points) > 2))
def test_clipped_areas_stay_in_the_picture(points):
    for x, y in clip_area(points, 400.0, 300.0):
        assert -24.01 <= x <= 424.01
        assert -24.01 <= y <= 324.01


def test_an_area_about_the_picture_fills_it():
    around = [(-1e4, -1e4), (1e4, -1e4), (1e4, 1e4), (-1e4, 1e4)]
    corners = {(round(x), round(y)) for x, y in clip_area(around, 400.0, 300.0)}
    assert corners == {(-24, -24), (424, -24), (424, 324), (-24, 324)}


def test_labels_never_cover_each_other():
    labels = Labels(Canvas("x", 300.0, 300.0, "t", "d"))
    for k in range(40):
        labels.put((150.0 + k, 150.0), "a label", "t")
    boxes = labels.taken
    for k, one in enumerate(boxes):
        for other in boxes[:k]:
            assert (one[2] < other[0] or one[0] > other[2]
                    or one[3] < other[1] or one[1] > other[3])  # fmt: skip


def holds(region: land.Region, lat: float, lon: float) -> bool:
    """Even-odd rule on the flat map of degrees."""
    inside = False
    for ring in region.rings:
        for (a, b), (c, d) in pairwise(ring.places):
            if (a > lat) != (c > lat) and lon < b + (lat - a) * (d - b) / (c - a):
                inside = not inside
    return inside


@pytest.mark.parametrize(
    ("ident", "lat", "lon"),
    [
        ("JP-13", 35.69, 139.69),  # the seats of government, from an atlas
        ("JP-01", 43.06, 141.35),
        ("JP-02", 40.82, 140.74),
        ("KR-11", 37.57, 126.98),
        ("KR-49", 33.40, 126.55),
        ("KP-01", 39.03, 125.75),
    ],
)
def test_seats_of_government_lie_in_their_regions(ident, lat, lon):
    found = [region.names.id for region in land.east_asia().regions if holds(region, lat, lon)]
    assert found == [ident]


def test_the_coarse_map_knows_land_from_sea():
    (world,) = land.world_land().regions
    assert holds(world, 48.9, 2.35)
    assert holds(world, 39.0, 125.8)
    assert not holds(world, 40.0, 133.0)
    assert not holds(world, 0.0, -30.0)


def test_caps_hold_their_lines():
    for line in land.world_land().outlines[:200]:
        assert all(line.may_reach(at, 1e-6) for at in line.directions)
