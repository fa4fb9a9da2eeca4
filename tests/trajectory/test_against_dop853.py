"""Arcs against SciPy's DOP853 at a relative tolerance of 1e-13 on a plain right-hand side."""

from __future__ import annotations

import numpy as np
import pytest

from commonwatch.trajectory.kernels import arc
from commonwatch.trajectory.kernels.atmosphere import LAYER_BASE_M, air_density
from tests.trajectory import naive
from tests.trajectory.flights import (
    ANTIMERIDIAN,
    DESCENDING,
    LOFTED,
    OVERFLIGHT,
    POLAR,
    SHORT,
)

HEAVY = 1.0 / 6000.0
LIGHT = 1.0 / 500.0
BOUNDS_M = LAYER_BASE_M[1:].tolist()
FLIGHTS = {
    "lofted, heavy": (LOFTED, HEAVY),
    "lofted, no drag": (LOFTED, 0.0),
    "over Japan, heavy": (OVERFLIGHT, HEAVY),
    "over Japan, light": (OVERFLIGHT, LIGHT),
    "short, starts in the air, light": (SHORT, LIGHT),
    "over the pole": (POLAR, HEAVY),
    "over the date line": (ANTIMERIDIAN, HEAVY),
    "already coming down": (DESCENDING, LIGHT),
}


@pytest.fixture(scope="module")
def truth():
    """Each flight once by SciPy: time and state of the impact, time and height of the apogee."""
    return {
        name: naive.fly(state, inverse_bc, air_density, BOUNDS_M)
        for name, (state, inverse_bc) in FLIGHTS.items()
    }


def flown(name: str, tolerance_m: float):
    state, inverse_bc = FLIGHTS[name]
    event = np.empty(arc.EVENT_SIZE)
    assert arc.fly_to_ground_within(state, inverse_bc, 9000.0, tolerance_m, event) == arc.DONE
    return event


@pytest.mark.parametrize("name", FLIGHTS)
def test_impact_within_a_centimetre(truth, name):
    time_s, state, _ = truth[name]
    event = flown(name, arc.TOLERANCE_M)
    assert event[1:4] == pytest.approx(state[:3], abs=0.01)
    assert event[4:7] == pytest.approx(state[3:], abs=0.003)
    assert event[arc.IMPACT_TIME] == pytest.approx(time_s, abs=2e-5)
    assert naive.height_m(event[1:4]) == pytest.approx(0.0, abs=1e-5)


@pytest.mark.parametrize("name", FLIGHTS)
@pytest.mark.parametrize("tolerance_m", [0.01, 0.1, 1.0])
def test_the_tolerance_asked_for_is_met(truth, name, tolerance_m):
    _, state, _ = truth[name]
    miss_m = np.linalg.norm(flown(name, tolerance_m)[1:4] - state[:3])
    # Errors of steps may add up; a light body's impact holds 5 mm of the reference's own restarts.
    assert miss_m < 1.5 * tolerance_m + 0.005


@pytest.mark.parametrize("name", [n for n in FLIGHTS if n != "already coming down"])
def test_apogee(truth, name):
    _, _, (time_s, height_m) = truth[name]
    event = flown(name, arc.TOLERANCE_M)
    assert event[arc.APOGEE_HEIGHT] == pytest.approx(height_m, abs=0.01)
    # At the top of a lofted arc a millimetre of height is a hundredth of a second of time.
    assert event[arc.APOGEE_TIME] == pytest.approx(time_s, abs=1e-4)


@pytest.mark.parametrize(
    ("state", "inverse_bc", "duration_s"),
    [
        (LOFTED, HEAVY, 3600.0),
        (LOFTED, 0.0, 3600.0),
        (LOFTED, HEAVY, -60.0),
        (OVERFLIGHT, LIGHT, 900.0),
        (OVERFLIGHT, LIGHT, 0.3),
        (OVERFLIGHT, LIGHT, -5.0),
        (DESCENDING, HEAVY, 3.0),
    ],
)
def test_a_coast_forward_and_back(state, inverse_bc, duration_s):
    out = np.empty(6)
    back = np.empty(6)
    assert arc.coast(state, inverse_bc, duration_s, out) == arc.DONE
    expected = naive.coast(state, inverse_bc, air_density, duration_s)
    assert out[:3] == pytest.approx(expected[:3], abs=0.01)
    assert out[3:] == pytest.approx(expected[3:], abs=1e-5)
    assert arc.coast(out, inverse_bc, -duration_s, back) == arc.DONE
    assert back[:3] == pytest.approx(state[:3], abs=0.02)
    assert back[3:] == pytest.approx(state[3:], abs=2e-5)


def test_a_thousand_short_coasts_are_one_long_one():
    """Short coasts take another method: their errors must not add up over a pass at 10 Hz."""
    here, new, once = LOFTED.copy(), np.empty(6), np.empty(6)
    for _ in range(1000):
        assert arc.coast(here, HEAVY, 0.1, new) == arc.DONE
        here[:] = new
    assert arc.coast(LOFTED, HEAVY, 100.0, once) == arc.DONE
    assert here[:3] == pytest.approx(once[:3], abs=1e-3)
    assert here[3:] == pytest.approx(once[3:], abs=1e-6)
