"""The closed form of the two-body arc agrees with the arc integrated step by step."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from commonwatch.trajectory.keplerian_arc import (
    IUGG_MEAN_RADIUS_M,
    keplerian_arc,
    longest_range_m,
)
from commonwatch.trajectory.kernels.gravity import WGS84_GM_M3_S2


def thrown(speed_m_s: float, elevation_deg: float) -> tuple[float, float, float]:
    """Time, apogee and range of a body thrown from a round Earth, by SciPy's DOP853."""
    r = IUGG_MEAN_RADIUS_M

    def fall(_t, state):
        return (*state[2:], *(-WGS84_GM_M3_S2 * state[:2] / np.linalg.norm(state[:2]) ** 3))

    def ground(_t, state):
        return np.linalg.norm(state[:2]) - r

    def summit(_t, state):
        return state[:2] @ state[2:]

    ground.terminal, ground.direction = True, -1.0
    summit.direction = -1.0
    up = math.radians(elevation_deg)
    start = np.array([r, 0.0, speed_m_s * math.sin(up), speed_m_s * math.cos(up)])
    flown = solve_ivp(
        fall, (0.0, 1e5), start, "DOP853", events=(ground, summit), rtol=1e-12, atol=1e-6
    )
    end, top = flown.y_events[0][-1], flown.y_events[1][0]
    angle = math.atan2(end[1], end[0]) % (2.0 * math.pi)
    return flown.t_events[0][-1], float(np.linalg.norm(top[:2])) - r, angle * r


@pytest.mark.parametrize(
    ("apogee_km", "range_km"),
    [(50, 850), (120, 400), (550, 2700), (1000, 12000), (6045, 1000.2), (7687.5, 1001.2)],
)
def test_time_speed_and_angle(apogee_km, range_km):
    arc = keplerian_arc(apogee_km * 1e3, range_km * 1e3)
    time_s, apogee_m, range_m = thrown(arc.speed_m_s, arc.elevation_deg)
    assert arc.flight_time_s == pytest.approx(time_s, abs=0.01)
    assert apogee_km * 1e3 == pytest.approx(apogee_m, abs=10.0)
    assert range_km * 1e3 == pytest.approx(range_m, abs=10.0)


@pytest.mark.parametrize("speed_m_s", [1500.0, 4000.0, 7000.0])
def test_no_elevation_goes_farther_than_the_longest_range(speed_m_s):
    reached = [thrown(speed_m_s, elevation)[2] for elevation in np.arange(20.0, 46.0, 0.5)]
    assert max(reached) <= longest_range_m(speed_m_s) * (1.0 + 1e-9)
    assert max(reached) == pytest.approx(longest_range_m(speed_m_s), rel=1e-3)


def test_with_the_speed_of_a_satellite_every_place_is_reached():
    assert longest_range_m(7910.0) == pytest.approx(math.pi * IUGG_MEAN_RADIUS_M)
