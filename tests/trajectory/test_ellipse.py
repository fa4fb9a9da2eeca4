"""Error ellipses against eigenvectors, the chi-square quantile of SciPy, and drawn points."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

from commonwatch.errors import UnusableInput
from commonwatch.trajectory.ellipse import (
    CHI_SQUARE_2_95,
    covariance_from_ellipse95,
    ellipse95,
    ellipse_area_m2,
)

AXES = st.tuples(st.floats(1e-3, 1e6), st.floats(0.01, 1.0))
AZIMUTHS = st.floats(0.0, 179.99)


def test_the_quantile_is_that_of_chi_square():
    assert pytest.approx(chi2.ppf(0.95, 2), rel=1e-14) == CHI_SQUARE_2_95


@given(AXES, AZIMUTHS)
def test_axes_are_those_of_the_eigenvectors(axes, azimuth_deg):
    major_m, ratio = axes
    covariance = covariance_from_ellipse95(major_m, ratio * major_m, azimuth_deg)
    values, vectors = np.linalg.eigh(covariance)
    ours_major, ours_minor, ours_azimuth = ellipse95(covariance)
    assert [ours_minor, ours_major] == pytest.approx(np.sqrt(chi2.ppf(0.95, 2) * values), rel=1e-6)
    if ratio < 0.999:
        along = np.array(
            [math.sin(math.radians(ours_azimuth)), math.cos(math.radians(ours_azimuth))]
        )
        assert abs(along @ vectors[:, 1]) == pytest.approx(1.0, abs=1e-7)


@given(AXES, AZIMUTHS)
def test_an_ellipse_becomes_a_covariance_and_back(axes, azimuth_deg):
    major_m, ratio = axes
    back = ellipse95(covariance_from_ellipse95(major_m, ratio * major_m, azimuth_deg))
    assert back[:2] == pytest.approx((major_m, ratio * major_m), rel=1e-7)
    if ratio < 0.999:
        assert math.remainder(back[2] - azimuth_deg, 180.0) == pytest.approx(0.0, abs=1e-4)


def test_it_holds_95_percent_of_drawn_points():
    covariance = covariance_from_ellipse95(3000.0, 400.0, 70.0)
    points = np.random.default_rng(20230316).multivariate_normal([0.0, 0.0], covariance, 100_000)
    along = points @ [math.sin(math.radians(70.0)), math.cos(math.radians(70.0))]
    across = points @ [math.cos(math.radians(70.0)), -math.sin(math.radians(70.0))]
    inside = (along / 3000.0) ** 2 + (across / 400.0) ** 2 <= 1.0
    assert inside.mean() == pytest.approx(0.95, abs=4.0 * math.sqrt(0.95 * 0.05 / 100_000))


def test_special_shapes():
    two = math.sqrt(CHI_SQUARE_2_95)
    assert ellipse95(np.eye(2)) == pytest.approx((two, two, 0.0))
    assert ellipse95(np.diag([4.0, 1.0])) == pytest.approx((2.0 * two, two, 90.0))
    assert ellipse95(np.zeros((2, 2))) == (0.0, 0.0, 0.0)
    # All in one direction, north-east.
    assert ellipse95(np.full((2, 2), 1.0)) == pytest.approx((two * math.sqrt(2.0), 0.0, 45.0))
    assert ellipse_area_m2(2.0, 1.0) == pytest.approx(2.0 * math.pi)


@pytest.mark.parametrize(
    ("covariance", "message"),
    [
        (np.eye(3), r"shape \(3, 3\)"),
        ([[1.0, math.nan], [0.0, 1.0]], "not finite"),
        ([[1.0, 0.5], [0.0, 1.0]], "not symmetric"),
        ([[1.0, 2.0], [2.0, 1.0]], "not positive semidefinite"),
        ([[-1.0, 0.0], [0.0, 1.0]], "not positive semidefinite"),
    ],
)
def test_what_is_no_covariance(covariance, message):
    with pytest.raises(UnusableInput, match=message):
        ellipse95(np.array(covariance))


@pytest.mark.parametrize("axes", [(1.0, 2.0, 0.0), (1.0, -1.0, 0.0), (math.inf, 1.0, 0.0)])
def test_what_is_no_ellipse(axes):
    with pytest.raises(UnusableInput, match="ellipse"):
        covariance_from_ellipse95(*axes)
