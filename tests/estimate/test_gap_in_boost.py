"""Nobody sees it for some seconds while it burns: the same track goes on."""

from __future__ import annotations

import pytest

from . import passes
from .scoring import following, last_before, marks_s, of_ellipse

SEEN_UNTIL_S = 90.0


@pytest.mark.parametrize("gap_s", [8.0, 12.0])
@pytest.mark.parametrize("kind", ["lofted", "overflight"])
def test_a_gap_in_boost(kind, gap_s):
    of = passes.known(kind, "here")
    (flight,) = of.flights
    begin_s = flight.lift_off_s + SEEN_UNTIL_S
    assert SEEN_UNTIL_S + gap_s < flight.burnout_s
    plots = [p for p in of.observation.plots if not begin_s < p.time_s < begin_s + gap_s]
    assert len(plots) < len(of.observation.plots) - 10
    lines = passes.told_by(of.with_plots(plots)).lines
    found = following(lines, flight, of.seen_s(flight.name))
    assert found.completeness >= 0.98
    assert len(found.tracks) == 1
    for mark, moment_s in marks_s(flight).items():
        impact = last_before(lines, moment_s).impact
        assert of_ellipse(impact, flight.impact.place) <= 1.5, mark
