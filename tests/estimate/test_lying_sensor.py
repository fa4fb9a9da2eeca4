"""A radar in error, undeclared: named, left out, and what it alone saw withdrawn.

The sensors are notional; the errors are put onto the plots of one of them after they were made.
"""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from . import passes
from .scoring import following, last_before, marks_s, of_ellipse, spurious_share

SPURIOUS_MAX = 0.03


def with_error(of, sensor, from_s=-math.inf, until_s=math.inf, **added):
    """A pass in which a sensor's plots are off by something in some of their numbers."""
    plots = [
        replace(plot, **{name: getattr(plot, name) + by for name, by in added.items()})
        if plot.sensor == sensor and from_s <= plot.time_s < until_s
        else plot
        for plot in of.observation.plots
    ]
    order = sorted(range(len(plots)), key=lambda k: plots[k].time_s)
    seen = replace(
        of.observation,
        plots=tuple(plots[k] for k in order),
        labels=tuple(of.observation.labels[k] for k in order),
    )
    return replace(of, observation=seen)


def radars_by_plots(of):
    """Radars, the one that saw most first."""
    count = {one.id: 0 for one in of.sensors if one.kind == "radar"}
    for plot in of.observation.plots:
        if plot.sensor in count:
            count[plot.sensor] += 1
    return sorted(count, key=lambda name: -count[name])


@pytest.mark.parametrize(
    ("error", "word"),
    [
        ({"range_m": 3000.0}, "range"),
        ({"azimuth_deg": 1.0}, "azimuth"),
        ({"elevation_deg": 1.0}, "elevation"),
    ],
)
def test_it_is_named_and_left_out_and_its_second_track_withdrawn(error, word):
    of = passes.known("overflight", "here")
    liar = radars_by_plots(of)[1]
    told = passes.told_by(with_error(of, liar, **error))
    left_out = [one for one in told.changes if one.state == "left-out"]
    assert [one.sensor for one in left_out] == [liar]
    assert word in left_out[0].reason
    assert spurious_share(told.lines, of.flights) < SPURIOUS_MAX
    withdrawn = [line.reason for line in told.lines if line.reason and liar in line.reason]
    assert withdrawn
    flight = of.flights[0]
    assert following(told.lines, flight, of.seen_s(flight.name)).completeness >= 0.97
    for mark in ("apogee", "impact-60s"):
        impact = last_before(told.lines, marks_s(flight)[mark]).impact
        assert of_ellipse(impact, flight.impact.place) <= 1.5, mark
    assert told.summary.sensors == {liar: "left-out"}


def test_it_is_believed_again_once_its_plots_fit():
    of = passes.known("overflight", "here")
    liar = radars_by_plots(of)[1]
    first_s = min(plot.time_s for plot in of.observation.plots if plot.sensor == liar)
    bent = with_error(of, liar, until_s=first_s + 200.0, range_m=3000.0)
    states = [
        (one.sensor, one.state) for one in passes.told_by(bent).changes if one.state != "suspect"
    ]
    assert states[-1] == (liar, "sound")
    assert (liar, "left-out") in states


def test_of_two_that_disagree_neither_is_left_out():
    of = passes.known("overflight", "here")
    first, second = radars_by_plots(of)[:2]
    two = replace(of, sensors=tuple(one for one in of.sensors if one.id in (first, second)))
    kept = [
        (plot, label)
        for plot, label in zip(of.observation.plots, of.observation.labels, strict=True)
        if plot.sensor in (first, second)
    ]
    seen = replace(
        of.observation,
        plots=tuple(plot for plot, _ in kept),
        labels=tuple(label for _, label in kept),
    )
    told = passes.told_by(with_error(replace(two, observation=seen), second, range_m=3000.0))
    assert {one.sensor for one in told.changes if one.state == "suspect"} == {first, second}
    assert not [one for one in told.changes if one.state == "left-out"]


@pytest.mark.parametrize("kind", ["lofted", "overflight"])
def test_sound_sensors_stay_sound(kind):
    assert passes.told_of_known(kind, "here").changes == ()


def test_a_small_error_makes_suspect_and_does_no_harm():
    of = passes.known("overflight", "here")
    flight = of.flights[0]
    liar = radars_by_plots(of)[1]
    sigma_m = next(one.sigma_range_m for one in of.sensors if one.id == liar)
    told = passes.told_by(with_error(of, liar, range_m=6.0 * sigma_m))
    assert liar in {one.sensor for one in told.changes}
    assert {one.sensor for one in told.changes if one.state == "left-out"} <= {liar}
    assert spurious_share(told.lines, of.flights) < SPURIOUS_MAX
    assert following(told.lines, flight, of.seen_s(flight.name)).completeness >= 0.98
