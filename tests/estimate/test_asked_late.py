"""What is ahead is worked out when it is asked for: asked each second or seldom, it is the same."""

from __future__ import annotations

import math

import numpy as np
import pytest

from commonwatch.bench.calibration.classes import chosen_classes
from commonwatch.bench.calibration.flight import Errand, drawn
from commonwatch.estimate.assess import Line
from commonwatch.estimate.estimator import Estimator

SEED = 20230315
# Seldom, and never at the same distance: between two full answers, at them, after many.
ASKED_AT = (1, 2, 7, 8, 30, 41, 42, 43, 90, 110, 111, 160, 240, 300)


def lines_of(scene, *, late: bool) -> list[Line]:
    """Every line of a scene, all looked at as they come, or none before the end."""
    estimator = Estimator(scene.sensors)
    plots, lines, at = scene.observation.plots, [], 0
    now_s = math.ceil(plots[0].time_s) - 1.0
    while at < len(plots) or estimator.alive:
        now_s += 1.0
        until = at + int(np.searchsorted([plot.time_s for plot in plots[at:]], now_s, "right"))
        estimator.follow(plots[at:until], now_s)
        new = estimator.lines(now_s)
        if not late:
            for line in new:
                line.assessment()
        lines += new
        at = until
    return lines


# A payload whose drag is known, and stages, whose answers leave nothing to lean on.
@pytest.mark.parametrize("kind", ["short", "failed"])
def test_a_line_looked_at_late_says_what_it_said_at_once(kind):
    (of_class,) = chosen_classes([kind])
    scene = drawn(Errand(of_class, 1, SEED))
    at_once = [line.assessment() for line in lines_of(scene, late=False)]
    late = lines_of(scene, late=True)
    assert len(late) == len(at_once) > max(ASKED_AT)
    for k in reversed(ASKED_AT):
        assert late[k].impact == at_once[k].impact
    for k in ASKED_AT:
        assert late[k].assessment() == at_once[k]
    assert [line.assessment() for line in late] == at_once
    assert any(line.impact is not None and line.phase != "boost" for line in at_once)
