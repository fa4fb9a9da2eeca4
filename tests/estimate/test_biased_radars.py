"""Radars with constant errors that they declare: estimated while tracking, counted until then."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from commonwatch.world.random_passes import with_bias
from commonwatch.world.sensing import observe

from . import passes
from .scoring import following, last_before, long_sigma_m, marks_s, of_ellipse

# With the true biases as nuisance parameters in the bound, a little is lost while they settle.
OVER_BOUND_MAX = 1.4
OVER_BOUND_MIN = 0.85
OR_WITHIN_M = 50.0


@pytest.fixture(scope="module", params=[1, 2])
def case(request):
    plain = passes.known("lofted", "here")
    sensors = tuple(
        with_bias(one) if one.kind == "radar" else one for one in passes.sensors_about("here")
    )
    seen = observe(plain.flights, sensors, np.random.default_rng(request.param))
    of = replace(plain, sensors=sensors, observation=seen)
    assert any(abs(bias.range_m) > 1.0 for bias in seen.biases.values())
    return of, of.flights[0], passes.told_by(of).lines


def test_it_is_one_track_throughout(case):
    of, flight, lines = case
    found = following(lines, flight, of.seen_s(flight.name))
    assert found.completeness >= 0.98
    assert len(found.tracks) == 1


def test_the_ellipse_holds_the_impact_and_is_about_the_bound(case):
    of, flight, lines = case
    bounds = of.bounds[flight.name]["ALL"]
    for mark, moment_s in marks_s(flight).items():
        impact = last_before(lines, moment_s).impact
        assert of_ellipse(impact, flight.impact.place) <= 1.5, mark
        told_m, bound_m = long_sigma_m(impact), bounds[mark]["semi_axes_m"][0]
        assert told_m <= max(OVER_BOUND_MAX * bound_m, bound_m + OR_WITHIN_M), mark
        if mark not in {"burnout+30s", "burnout+60s"}:
            assert told_m >= min(OVER_BOUND_MIN * bound_m, bound_m - OR_WITHIN_M), mark
