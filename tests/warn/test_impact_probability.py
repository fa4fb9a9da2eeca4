"""The probability of an impact near a region, beside known integrals and a Monte Carlo twin."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod, Transformer
from scipy.stats import norm
from shapely.geometry import Polygon

from commonwatch.trajectory.ellipse import covariance_from_ellipse95
from commonwatch.warn.impact_probability import impact_probability, normal_over_polygon
from commonwatch.warn_files import warning_regions
from tests.warn.forecasts import TSUGARU, forecasts_near_japan_and_korea

REGIONS = warning_regions()
bounds = st.floats(-6.0, 6.0)


@given(bounds, bounds, st.floats(0.01, 6.0), st.floats(0.01, 6.0))
def test_over_a_rectangle_it_is_a_product_of_normal_distributions(west, south, width, height):
    east, north = west + width, south + height
    corners = np.array([(west, south), (east, south), (east, north), (west, north)])
    product = (norm.cdf(east) - norm.cdf(west)) * (norm.cdf(north) - norm.cdf(south))
    assert normal_over_polygon(corners) == pytest.approx(product, abs=1e-12)
    assert normal_over_polygon(corners[::-1]) == pytest.approx(-product, abs=1e-12)


@given(st.floats(0.05, 5.0), st.floats(0.0, 6.28))
def test_over_a_disc_it_is_the_rayleigh_distribution(radius, turned):
    angle = turned + np.linspace(0.0, 2.0 * math.pi, 2000, endpoint=False)
    disc = radius * np.column_stack((np.cos(angle), np.sin(angle)))
    assert normal_over_polygon(disc) == pytest.approx(1 - math.exp(-(radius**2) / 2), abs=5e-6)


def test_corners_on_the_centre_and_edges_through_it_do_no_harm():
    quarter = np.array([(0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0), (0.0, 9.0)])
    assert normal_over_polygon(quarter) == pytest.approx(0.25, abs=1e-12)


def monte_carlo_twin(forecast, region, margin_m, draws=40_000):
    """Slow and plain: throw points on the ellipsoid, measure each one's distance to the outline."""
    rng = np.random.default_rng(7)
    covariance_m2 = covariance_from_ellipse95(
        forecast.semi_major_m, forecast.semi_minor_m, forecast.azimuth_deg
    )
    east_m, north_m = rng.multivariate_normal((0.0, 0.0), covariance_m2, draws).T
    azimuth_deg = np.degrees(np.arctan2(east_m, north_m))
    start = np.full(draws, forecast.lon_deg), np.full(draws, forecast.lat_deg)
    lons, lats, _ = Geod(ellps="WGS84").fwd(*start, azimuth_deg, np.hypot(east_m, north_m))
    # Distances on a projection about the region, not about the impact.
    lat_0, lon_0 = region.rings[0][0]
    to_plane = Transformer.from_crs(
        "EPSG:4326", f"+proj=aeqd +ellps=WGS84 +lat_0={lat_0} +lon_0={lon_0}", always_xy=True
    )
    shape = shapely.union_all(
        [Polygon(list(zip(*to_plane.transform(*np.array(r)[:, ::-1].T), strict=True)))
         for r in region.rings]
    )  # fmt: skip
    points = shapely.points(*to_plane.transform(lons, lats))
    shapely.prepare(shape)
    return float(np.mean(shapely.dwithin(shape, points, margin_m)))


@pytest.mark.parametrize(
    ("region_id", "change", "margin_m"),
    [
        ("JP-02", {}, 20_000.0),
        ("JP-01", {"azimuth_deg": 160.0}, 0.0),
        ("JP-47", {"lat_deg": 26.0, "lon_deg": 127.0, "semi_major_m": 300_000.0}, 15_000.0),
        ("JP-13", {"lat_deg": 33.0, "lon_deg": 140.0, "semi_minor_m": 45_000.0}, 5_000.0),
        ("KR-46", {"lat_deg": 34.5, "lon_deg": 126.2}, 10_000.0),
        ("KR-49", {"lat_deg": 33.0, "lon_deg": 126.0, "azimuth_deg": 20.0}, 30_000.0),
    ],
)
def test_against_monte_carlo(region_id, change, margin_m):
    forecast = replace(TSUGARU, **change)
    region = REGIONS.named(region_id)
    exact = impact_probability(forecast, region, margin_m)
    drawn = monte_carlo_twin(forecast, region, margin_m)
    # Five sigma of the draws, and one percent for the buffer's corners and the two projections.
    assert exact == pytest.approx(drawn, abs=5 * math.sqrt(0.25 / 40_000) + 0.01)
    assert 0.02 < exact < 0.999


def test_a_small_island_counts_through_its_margin():
    # Minamitorishima, one square kilometre, 1,900 km from the rest of Tokyo.
    forecast = replace(
        TSUGARU, lat_deg=24.29, lon_deg=153.98, semi_major_m=10_000.0, semi_minor_m=10_000.0
    )
    assert impact_probability(forecast, REGIONS.named("JP-13"), 20_000.0) > 0.99
    assert impact_probability(forecast, REGIONS.named("JP-01"), 20_000.0) == 0.0


@given(st.floats(0.0, 60_000.0), st.floats(0.0, 60_000.0))
def test_a_wider_margin_never_lowers_it(margin_m, more_m):
    region = REGIONS.named("JP-02")
    narrow = impact_probability(TSUGARU, region, margin_m)
    assert impact_probability(TSUGARU, region, margin_m + more_m) >= narrow - 1e-9


@settings(max_examples=150, deadline=None)
@given(forecasts_near_japan_and_korea(), st.sampled_from(REGIONS.all))
def test_a_region_is_passed_over_only_where_a_closer_look_finds_less(forecast, region):
    looked = impact_probability(forecast, region, 20_000.0, least=0.0)
    quick = impact_probability(forecast, region, 20_000.0, least=0.0005)
    assert quick == looked or (quick == 0.0 and looked < 0.0005)


def test_far_away_and_at_the_antipode_it_is_nothing():
    for lat, lon in ((-41.0, -40.0), (0.0, 0.0), (90.0, 0.0), (-90.0, 180.0)):
        forecast = replace(TSUGARU, lat_deg=lat, lon_deg=lon)
        assert impact_probability(forecast, REGIONS.named("JP-01"), 20_000.0) == 0.0
