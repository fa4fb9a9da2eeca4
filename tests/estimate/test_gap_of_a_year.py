"""One plot that bears a time of next year: in order, so not refused, and it must cost nothing."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from commonwatch.node.observation_files import Observations
from commonwatch.node.track_pass import track_pass
from commonwatch.world.random_passes import draw_scene
from tests.assessment_contract import read_told

YEAR_S = 365.0 * 86400.0
# A pass of an hour and two more of coasting, told every second, for two tracks.
LINES_MAX = 20_000


@pytest.mark.parametrize("kind", ["overflight", "orbit"])
def test_a_plot_of_next_year(kind):
    scene = draw_scene(kind, 0, np.random.default_rng(1))
    seen = scene.observation.plots
    late = replace(seen[-1], time_s=seen[-1].time_s + YEAR_S)
    observed = Observations((*seen, late), 0, (), scene.sensors)
    told = track_pass(observed, (), lambda done, what="": None)
    lines = list(itertools.islice(told, LINES_MAX))
    assert len(lines) < LINES_MAX
    read = read_told("".join(lines))
    assert read.summary.plots == len(seen) + 1
    assert read.lines[-1].time_s < seen[-1].time_s + 3.0 * 3600.0
    assert read.lines[-1].status == "ended"
