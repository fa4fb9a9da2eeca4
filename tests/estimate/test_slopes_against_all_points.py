"""Between full answers the impact leans on the last slopes: it is what all points would say."""

from __future__ import annotations

import math

import numpy as np
import pytest

from commonwatch.estimate.coast_filter import CoastFilter, coast_from
from commonwatch.estimate.predict import LEAN_FOR_S, Outlook, outlook_of_coast
from commonwatch.trajectory.kernels.bank_answers import coast_to
from commonwatch.trajectory.kernels.coast_step import COAST_WORK_ROWS

LOG_INVERSE_BC = -math.log(6000.0)
# Height (km), speed up and along (m/s): a lofted, a flat and a short flight.
FLIGHTS = {
    "lofted": (300.0, 6200.0, 1500.0),
    "flat": (200.0, 1500.0, 5000.0),
    "short": (90.0, 700.0, 1900.0),
}
SIGMAS = np.array([40.0] * 3 + [0.8] * 3 + [0.005])
PLACE_OFF_SIGMAS = 0.03
SPREAD_OFF = 0.03


def begun(name: str) -> CoastFilter:
    """A coast on the equator's plane and a little out of it, correlated as radars leave it."""
    height_km, up_m_s, along_m_s = FLIGHTS[name]
    mean = np.array(
        [6378137.0 + 1e3 * height_km, 0.0, 2e5, up_m_s, along_m_s, 300.0, LOG_INVERSE_BC]
    )
    rng = np.random.default_rng(3)
    turn = np.linalg.qr(rng.standard_normal((7, 7)))[0]
    correlated = turn @ np.diag(rng.uniform(0.3, 1.0, 7)) @ turn.T
    sizes = np.sqrt(np.diag(correlated))
    return coast_from(0.0, mean, np.outer(SIGMAS / sizes, SIGMAS / sizes) * correlated)


def a_second_later(coast: CoastFilter) -> CoastFilter:
    """Carried on, and known a little better, as after a plot; its mean moved by half a sigma."""
    mean, cov = coast.mean.copy(), coast.cov.copy()
    work = np.empty((COAST_WORK_ROWS, mean.size))
    coast_to(mean, cov, coast.time_s, coast.time_s + 1.0, -math.inf, 0.0, work)
    step = 0.5 * np.sqrt(0.04 * np.diag(cov)) * np.array([1, -1, 1, -1, 1, -1, 0])
    return coast_from(coast.time_s + 1.0, mean + step, 0.96 * cov)


def matrix_of(outlook: Outlook) -> np.ndarray:
    assert outlook.descent is not None
    return np.array(outlook.descent.cov_en_m2)


@pytest.mark.parametrize("name", FLIGHTS)
def test_what_leans_says_what_all_points_say(name):
    coast = begun(name)
    told = outlook_of_coast(coast)
    leant = 0
    for _ in range(25):
        coast = a_second_later(coast)
        told = outlook_of_coast(coast, told)
        full = outlook_of_coast(coast)
        assert told.slopes is not None
        leant += told.slopes.full_s < told.slopes.time_s
        assert coast.time_s - told.slopes.full_s <= LEAN_FOR_S
        one, other = told.descent, full.descent
        off_rad = np.array([one.lon_rad - other.lon_rad, one.lat_rad - other.lat_rad])
        off_m = 6.378e6 * off_rad * np.array([math.cos(other.lat_rad), 1.0])
        sigmas = math.sqrt(off_m @ np.linalg.solve(matrix_of(full), off_m))
        assert sigmas < PLACE_OFF_SIGMAS
        assert np.linalg.eigvals(
            np.linalg.solve(matrix_of(full), matrix_of(told))
        ) == pytest.approx(np.ones(2), abs=SPREAD_OFF)
        assert one.impact_sigma_s == pytest.approx(other.impact_sigma_s, rel=SPREAD_OFF)
        assert one.apogee_sigma_m == pytest.approx(other.apogee_sigma_m, rel=SPREAD_OFF)
        assert one.impact_s == pytest.approx(
            other.impact_s, abs=PLACE_OFF_SIGMAS * other.impact_sigma_s
        )
    assert leant >= 15


def test_an_estimate_that_has_widened_leans_on_nothing():
    coast = begun("lofted")
    told = outlook_of_coast(coast)
    later = a_second_later(coast)
    wide = coast_from(later.time_s, later.mean, 4.0 * later.cov)
    again = outlook_of_coast(wide, told)
    assert again.slopes is not None
    assert again.slopes.full_s == later.time_s
    assert matrix_of(again) == pytest.approx(matrix_of(outlook_of_coast(wide)), rel=1e-12)
