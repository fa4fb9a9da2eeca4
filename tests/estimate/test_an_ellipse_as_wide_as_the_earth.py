"""Just short of an orbit a little speed more is half the Earth: then there is no impact to tell."""

from __future__ import annotations

import math

import numpy as np
import pytest

from commonwatch.estimate.coast_filter import coast_from_state
from commonwatch.estimate.predict import outlook_of_coast
from commonwatch.trajectory.kernels.geodesy import WGS84_SEMI_MAJOR_M
from commonwatch.trajectory.kernels.gravity import WGS84_GM_M3_S2

RADIUS_M = WGS84_SEMI_MAJOR_M + 200e3
CIRCULAR_M_S = math.sqrt(WGS84_GM_M3_S2 / RADIUS_M)
ROTATION_M_S = 7.292115e-5 * RADIUS_M
# A quarter of the meridian: what the metre was first defined by.
QUARTER_ROUND_M = 10_000e3
SIGMAS_95 = math.sqrt(-2.0 * math.log(0.05))


def level_flight(short_of_orbit_m_s, sigma_m_s):
    """Eastward over the equator at 200 km, so much slower than a circular orbit there."""
    speed_m_s = CIRCULAR_M_S - ROTATION_M_S - short_of_orbit_m_s
    mean = np.array([RADIUS_M, 0.0, 0.0, 0.0, speed_m_s, 0.0])
    cov = np.diag([100.0**2] * 3 + [sigma_m_s**2] * 3)
    return outlook_of_coast(coast_from_state(0.0, mean, cov))


def reach_m(descent):
    return SIGMAS_95 * math.sqrt(max(np.linalg.eigvalsh(np.array(descent.cov_en_m2))))


@pytest.mark.parametrize("short_of_orbit_m_s", range(0, 301, 20))
def test_no_ellipse_reaches_further_than_a_quarter_round_the_earth(short_of_orbit_m_s):
    for sigma_m_s in (10.0, 30.0, 100.0):
        descent = level_flight(short_of_orbit_m_s, sigma_m_s).descent
        assert descent is None or reach_m(descent) <= QUARTER_ROUND_M


def test_what_is_well_short_of_an_orbit_has_an_impact_all_the_same():
    outlook = level_flight(300.0, 10.0)
    assert outlook.descent is not None
    assert outlook.orbital_probability == 0.0
