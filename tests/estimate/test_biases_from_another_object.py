"""Sensors' constant errors, found while one object was tracked, serve the objects after it.

Each bound counts the plots of its own object and the declared errors alone: who is surer than that,
and right, has learnt from others.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from commonwatch.bench.calibration.flight import object_rows
from commonwatch.bench.calibration.following import followed, lines_by_track
from commonwatch.estimate.estimator import Estimator
from commonwatch.world.random_passes import draw_scene

CHI2_2DOF_95 = math.sqrt(5.991464547)
MARK = "burnout+60s"


@pytest.fixture(scope="module")
def impacts():
    """What is told of each missile a minute after its burnout, in order of lift-off, by pass."""
    passes = []
    for number in (2, 5):
        scene = draw_scene("salvo-biased", number, np.random.default_rng([61, number]))
        rows = object_rows(scene, followed(scene.flights, lines_by_track(scene, Estimator)))
        checks = [one for row in rows for one in row.checks if one.mark == MARK]
        passes.append([one.impact for one in checks])
    return passes


def over_bound(impact) -> float:
    return impact.axes_m[0] / CHI2_2DOF_95 / impact.bound_axes_m[0]


def test_the_later_ones_are_surer_than_their_own_plots_allow(impacts):
    first = [over_bound(one) for told in impacts for one in told[:1]]
    later = [over_bound(one) for told in impacts for one in told[2:]]
    assert np.median(first) > 0.93
    assert np.median(later) < 0.93
    assert np.median(later) < np.median(first) - 0.03


def test_and_they_are_right(impacts):
    off = [one.of_ellipse for told in impacts for one in told[2:]]
    assert len(off) >= 6
    assert np.mean(np.array(off) <= 1.0) >= 0.8
    assert max(off) < 1.6
