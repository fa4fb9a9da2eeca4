"""A radar whose clock is fast or slow, undeclared: the clock is what is found to be wrong."""

from __future__ import annotations

import re

import numpy as np
import pytest

from commonwatch.estimate.offsets import offset_of
from commonwatch.trajectory.kernels.residuals import (
    AZIMUTH,
    CLOCK_FAST,
    MISS_SIZE,
    OFFSET_RANGE,
    SUMS_SIZE,
    add_misses,
)

from . import passes
from .test_lying_sensor import radars_by_plots, with_error


@pytest.mark.parametrize("fast_s", [1.5, -1.5])
def test_the_clock_is_named_with_its_size(fast_s):
    of = passes.known("overflight", "here")
    liar = radars_by_plots(of)[1]
    changes = passes.told_by(with_error(of, liar, time_s=fast_s)).changes
    (told,) = [one for one in changes if one.state == "left-out"]
    assert told.sensor == liar
    found = re.search(r"clock is ([\d.]+) s (fast|slow)", told.reason)
    assert found is not None, told.reason
    assert float(found[1]) == pytest.approx(1.5, rel=0.2)
    assert found[2] == ("fast" if fast_s > 0.0 else "slow")


@pytest.mark.parametrize(
    ("which", "size"), [(AZIMUTH, 0.01), (OFFSET_RANGE, 300.0), (CLOCK_FAST, 0.2)]
)
def test_offsets_are_those_of_an_ordinary_least_squares(which, size):
    rng = np.random.default_rng(4)
    sigmas = np.array([1e-3, 1e-3, 30.0])
    sums, design, seen = np.zeros(SUMS_SIZE), [], []
    for _ in range(80):
        level = rng.uniform(0.4, 1.0)
        rates = np.array([rng.normal(0.0, 5e-3), rng.normal(0.0, 5e-3), rng.normal(0.0, 4e3)])
        jacobian = np.zeros((3, 4))
        jacobian[0, 0], jacobian[1, 1], jacobian[2, 2] = level, 1.0, 1.0
        jacobian[:, 3] = -rates
        off = jacobian[:, which] * size + sigmas * rng.normal(size=3)
        design.append(jacobian / sigmas[:, None])
        seen.append(off / sigmas)
        row = np.zeros(23)
        row[0] = 6.4e6
        row[9], row[10] = level, np.sqrt(1.0 - level**2)
        misses = np.full((4, MISS_SIZE), np.nan)
        misses[:3] = np.stack([off, sigmas, -rates], axis=1)
        add_misses(row, misses, 1.0, sums)
    column = np.concatenate(design)[:, [which]]
    expected = np.linalg.lstsq(column, np.concatenate(seen), rcond=None)[0][0]
    found = offset_of(sums)
    assert found.which == which
    assert found.size == pytest.approx(expected, rel=1e-3)
    assert found.explained > 0.5
