"""Intervals, bands and verdicts of calibration against SciPy, closed forms and simulation."""

from __future__ import annotations

import math

import numpy as np
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from commonwatch.bench.calibration.mark_figures import MEDIAN_NEES, mark_figures
from commonwatch.bench.calibration.rows import CheckRow, GroundRow, StateRow
from commonwatch.bench.calibration.statistics import (
    OFF,
    OK,
    UNSURE,
    clopper_pearson,
    mean_nees,
    median,
    nees_band,
    quantile,
    root_mean_square,
    share,
    verdict,
)
from commonwatch.bench.calibration.truth import is_inside, place_in_ellipse
from commonwatch.trajectory.ellipse import CHI_SQUARE_2_95, covariance_from_ellipse95
from commonwatch.trajectory.geodesic import Place

WGS84 = pyproj.Geod(ellps="WGS84")


@given(st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_binomial_interval_is_that_of_scipy(drawn):
    inside, count = drawn
    theirs = stats.binomtest(inside, count).proportion_ci(0.95, method="exact")
    assert clopper_pearson(inside, count) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


@pytest.mark.parametrize("count", [1, 20, 1000])
def test_binomial_interval_of_none_and_of_all_in_closed_form(count):
    edge = 0.025 ** (1.0 / count)
    assert clopper_pearson(0, count) == pytest.approx((0.0, 1.0 - edge))
    assert clopper_pearson(count, count) == pytest.approx((edge, 1.0))


def test_nees_band_of_one_pair_in_closed_form():
    # Chi-square with two degrees of freedom: the quantile of p is -2 ln(1 - p).
    assert nees_band(1, 2) == pytest.approx((-2.0 * math.log(0.975), -2.0 * math.log(0.025)))


def test_nees_band_holds_19_honest_means_of_20():
    rng = np.random.default_rng(1)
    means = rng.chisquare(6, (4000, 50)).mean(axis=1)
    low, high = nees_band(50, 6)
    assert np.mean((means >= low) & (means <= high)) == pytest.approx(0.95, abs=0.011)


def test_interval_of_the_median_holds_it_in_19_samples_of_20_or_more():
    rng = np.random.default_rng(2)
    found = [median(list(rng.exponential(1.0, 41))) for _ in range(1500)]
    held = np.mean([one.low <= math.log(2.0) <= one.high for one in found])
    assert 0.94 <= held <= 0.985


def test_interval_of_a_far_quantile():
    rng = np.random.default_rng(8)
    found = [quantile(list(rng.exponential(1.0, 200)), 0.95) for _ in range(1000)]
    held = np.mean([one.low <= -math.log(0.05) <= one.high for one in found])
    assert 0.93 <= held <= 0.985
    assert quantile([3.0], 0.95).value == 3.0


def test_interval_of_the_root_mean_square_of_normal_errors():
    rng = np.random.default_rng(3)
    found = [root_mean_square(list(rng.standard_normal(200) ** 2), (0, 9)) for _ in range(1500)]
    held = np.mean([one.low <= 1.0 <= one.high for one in found])
    assert 0.92 <= held <= 0.97


def test_verdicts():
    band = (0.93, 0.97)
    assert verdict(0.95, 0.90, 0.98, band) == OK
    assert verdict(0.92, 0.90, 0.94, band) == UNSURE
    assert verdict(0.91, 0.90, 0.92, band) == OFF
    assert verdict(0.99, 0.98, 1.00, band) == OFF
    assert share(948, 1000, band).verdict == OK
    assert share(900, 1000, band).verdict == OFF
    assert share(18, 20, band).verdict == UNSURE


@pytest.mark.parametrize("nominal", [0.5, 0.9, 0.95])
def test_scaled_ellipse_holds_its_share_of_normal_errors(nominal):
    axes_m, azimuth_deg = (4000.0, 700.0), 63.0
    rng = np.random.default_rng(4)
    covariance = covariance_from_ellipse95(*axes_m, azimuth_deg)
    told = Place(41.0, 136.0)
    inside = 0
    for east_m, north_m in rng.multivariate_normal(np.zeros(2), covariance, 4000):
        towards_deg = math.degrees(math.atan2(east_m, north_m))
        distance_m = math.hypot(east_m, north_m)
        lon, lat, _back = WGS84.fwd(told.lon_deg, told.lat_deg, towards_deg, distance_m)
        error_m, of_ellipse = place_in_ellipse(told, axes_m, azimuth_deg, Place(lat, lon))
        assert error_m == pytest.approx(distance_m, abs=1e-3)
        inside += is_inside(of_ellipse, nominal)
    assert inside / 4000 == pytest.approx(nominal, abs=4.0 * math.sqrt(0.25 / 4000))


SIGMAS_M = (900.0, 250.0)


def ground_rows(told_over_true, count=3000):
    """Impacts with errors as the bound has them, told with an ellipse so many times as large."""
    rng = np.random.default_rng(5)
    for along, across in rng.standard_normal((count, 2)):
        yield GroundRow(
            error_m=math.hypot(along * SIGMAS_M[0], across * SIGMAS_M[1]),
            of_ellipse=math.hypot(along, across) / math.sqrt(CHI_SQUARE_2_95) / told_over_true,
            axes_m=tuple(s * math.sqrt(CHI_SQUARE_2_95) * told_over_true for s in SIGMAS_M),
            time_error_s=0.0,
            time_sigma_s=1.0,
            bound_axes_m=SIGMAS_M,
            own_axes_m=SIGMAS_M,
        )


def state_rows(told_over_true, count=3000):
    """States of 1 m and 0.1 m/s sigma on each axis, told with other sigmas."""
    rng = np.random.default_rng(17)
    bound = (math.sqrt(3.0), 0.1 * math.sqrt(3.0))
    for unit in rng.standard_normal((count, 6)):
        squares = unit**2
        errors = (math.sqrt(squares[:3].sum()), 0.1 * math.sqrt(squares[3:].sum()))
        nees = squares[:3].sum() / told_over_true**2, squares.sum() / told_over_true**2
        yield StateRow(errors, float(nees[0]), float(nees[1]), bound, bound)


def figures(told_over_true):
    pairs = zip(state_rows(told_over_true), ground_rows(told_over_true), strict=True)
    return mark_figures("apogee", [CheckRow("apogee", *pair) for pair in pairs]).figures


def test_an_honest_estimator_at_the_bound_is_ok_throughout():
    found = figures(1.0)
    assert {one.verdict for one in found.values()} == {OK}
    assert {"in 50%", "in 90%", "in 95%", "area / bound", "NEES of state, 6"} < set(found)
    assert found["area / bound"].value == pytest.approx(1.0)
    assert found["impact rms / bound"].value == pytest.approx(1.0, abs=0.03)


@pytest.mark.parametrize(
    ("told_over_true", "off"),
    [
        (0.5, {"in 50%", "in 90%", "in 95%", "NEES of position, 3", "NEES of state, 6"}),
        (1.5, {"in 50%", "in 90%", "in 95%", "area / bound", "NEES of position, 3"}),
    ],
    ids=["too sure", "not sure enough"],
)
def test_what_is_told_too_small_or_too_large_is_off(told_over_true, off):
    found = figures(told_over_true)
    assert off <= {name for name, one in found.items() if one.verdict == OFF}
    # The errors themselves are as they were.
    assert found["impact rms / bound"].verdict == found["velocity rms / bound"].verdict == OK


def test_errors_twice_the_bound_are_off_even_where_they_are_told_honestly():
    doubled = [
        CheckRow(
            "apogee", None, GroundRow(2 * one.error_m, one.of_ellipse, one.axes_m, 0, 1, *axes)
        )
        for one in ground_rows(1.0)
        for axes in [(SIGMAS_M, SIGMAS_M)]
    ]
    found = mark_figures("apogee", doubled).figures
    assert found["in 95%"].verdict == OK
    assert found["impact rms / bound"].value == pytest.approx(2.0, abs=0.06)
    assert found["impact rms / bound"].verdict == found["impact rms / own bound"].verdict == OFF


def test_where_drag_decides_only_the_bound_that_does_not_know_it_counts():
    wide = (2.0 * SIGMAS_M[0], SIGMAS_M[1])
    rows = [
        CheckRow("apogee", None, GroundRow(r.error_m, r.of_ellipse, r.axes_m, 0, 1, SIGMAS_M, wide))
        for r in ground_rows(1.0, 100)
    ]
    found = mark_figures("apogee", rows).figures
    assert "impact rms / bound" not in found
    assert found["area / own bound"].value == pytest.approx(0.5)


def test_the_median_of_an_honest_nees():
    assert stats.chi2.median(6) == pytest.approx(MEDIAN_NEES, abs=0.005)
    assert figures(1.0)["NEES, median (5.35)"].value == pytest.approx(MEDIAN_NEES, abs=0.25)


def test_mean_nees_is_judged_by_its_band():
    assert mean_nees([6.0] * 1000, 6).verdict == OK
    assert mean_nees([7.0] * 1000, 6).verdict == OFF
    assert mean_nees([5.0] * 1000, 6).verdict == OFF
