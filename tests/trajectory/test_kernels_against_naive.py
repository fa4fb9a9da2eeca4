"""Each kernel against its slow twin in naive.py, compiled and, in one test, interpreted."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from commonwatch.trajectory.kernels import arc, atmosphere, dop853, dop853_stages, dynamics, gravity
from tests.trajectory import naive
from tests.trajectory.flights import ANYWHERE, LOFTED, OVERFLIGHT, SHORT

INTERPRETED = os.environ.get("NUMBA_DISABLE_JIT") == "1"
# Nothing that flies decelerates so hard, and no step that says so is taken.
STEEPEST_M_S2 = 1e4
INVERSE_BC = st.sampled_from([0.0, 1.0 / 6000.0, 1.0 / 300.0])


@given(ANYWHERE)
def test_gravity_is_the_gradient_of_the_potential(state):
    ours = np.array(gravity.gravity_j4(*state[:3]))
    assert ours == pytest.approx(naive.gravity(state[:3]), abs=1e-14 * 9.8 * 10)


@given(ANYWHERE, INVERSE_BC)
def test_acceleration_of_a_coasting_body(state, inverse_bc):
    out = np.empty(3)
    dynamics.coast_acceleration(state, inverse_bc, out)
    expected = naive.acceleration(state, inverse_bc, atmosphere.air_density)
    # Height to half a millimetre, 1e-7 of the density.
    drag = np.linalg.norm(expected - naive.acceleration(state, 0.0, atmosphere.air_density))
    assert out == pytest.approx(expected, abs=1e-12 + 1e-6 * drag)


@given(ANYWHERE)
def test_height_and_its_rate(state):
    assert arc.height_m(state) == pytest.approx(naive.height_m(state[:3]), abs=3e-8)
    later, earlier = state[:3] + 0.5 * state[3:], state[:3] - 0.5 * state[3:]
    centred = naive.height_m(later) - naive.height_m(earlier)
    # The height of a straight line's third derivative is below 1e-3 m/s3.
    assert arc.height_rate_m_s(state) == pytest.approx(centred, abs=1e-3)


@given(ANYWHERE, INVERSE_BC, st.floats(-30.0, 30.0))
@settings(max_examples=30)
def test_a_step_is_the_butcher_table_of_the_method(state, inverse_bc, h_s):
    """The sums written out, positions by the squared table, against the plain 6-vector method."""
    stages, new = np.empty((dop853_stages.STAGES, 3)), np.empty(6)
    layer = dynamics.drag_layer(arc.height_m(state), inverse_bc)
    dop853.fill_first_stage(state, inverse_bc, layer, stages)
    dop853.dop853_step(state, inverse_bc, layer, h_s, stages, new)
    slopes = np.zeros((dop853_stages.STAGES, 6))
    for i in range(dop853_stages.STAGES):
        point = state + h_s * (dop853_stages.HAIRER_A[i] @ slopes)
        slopes[i] = [*point[3:], *dynamics.acceleration_in_layer(*point, inverse_bc, layer)]
    # Far below its layer a body would meet air without measure, and both sums its rounding.
    assume(np.abs(slopes[:, 3:]).max() < STEEPEST_M_S2)
    expected = state + h_s * (np.array(dop853_stages.V12) @ slopes)
    assert new[:3] == pytest.approx(expected[:3], abs=1e-7)
    assert new[3:] == pytest.approx(expected[3:], abs=1e-9)


@pytest.mark.parametrize(
    ("step", "order", "h_s"), [(dop853.rk4_step, 4, 40.0), (dop853.dop853_step, 8, 400.0)]
)
def test_the_order_of_the_methods(step, order, h_s):
    """Steps half as long err 2 ** order times less in all."""

    def end(parts: int) -> np.ndarray:
        here, new, stages = LOFTED.copy(), np.empty(6), np.empty((dop853_stages.STAGES, 3))
        for _ in range(parts):
            dop853.fill_first_stage(here, 0.0, atmosphere.VACUUM, stages)
            step(here, 0.0, atmosphere.VACUUM, h_s / parts, stages, new)
            here[:] = new
        return here[:3]

    coarse, fine = (np.linalg.norm(end(parts) - end(32)) for parts in (2, 4))
    assert math.log2(coarse / fine) == pytest.approx(order, abs=0.4)


@pytest.mark.parametrize("state", [LOFTED, OVERFLIGHT, SHORT], ids=["lofted", "over", "short"])
def test_events_lie_on_the_path(state):
    """At the apogee the height rate is zero, at the impact the height."""
    event, out = np.empty(arc.EVENT_SIZE), np.empty(6)
    inverse_bc = 1.0 / 6000.0
    assert arc.fly_to_ground(state, inverse_bc, 9000.0, event) == arc.DONE
    assert arc.coast(state, inverse_bc, event[arc.APOGEE_TIME], out) == arc.DONE
    assert arc.height_rate_m_s(out) == pytest.approx(0.0, abs=1e-4)
    assert arc.height_m(out) == pytest.approx(event[arc.APOGEE_HEIGHT], abs=0.01)
    assert arc.coast(state, inverse_bc, event[arc.IMPACT_TIME], out) == arc.DONE
    assert out[:3] == pytest.approx(event[1:4], abs=0.05)


@pytest.mark.skipif(INTERPRETED, reason="this is the interpreted run itself")
def test_all_of_this_holds_interpreted_too():
    """Without Numba the same lines run as plain Python: what compiling changes would show."""
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "HYPOTHESIS_MAX_EXAMPLES": "20"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(Path(__file__))]
    root = Path(__file__).parents[2]
    run = subprocess.run(
        command, env=environment, cwd=root, capture_output=True, text=True, timeout=240, check=False
    )
    assert run.returncode == 0, run.stdout[-4000:]
    assert "1 skipped" in run.stdout
