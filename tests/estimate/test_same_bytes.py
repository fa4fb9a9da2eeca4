"""The same input gives the same bytes, whatever ran before and in whatever portions it came."""

from __future__ import annotations

import msgspec

from commonwatch.estimate.estimator import Estimator
from commonwatch.node.track_pass import seconds_of

from . import passes


def first_minutes():
    of = passes.known("overflight", "here")
    until_s = of.flights[0].lift_off_s + of.flights[0].burnout_s + 60.0
    return of, [plot for plot in of.observation.plots if plot.time_s <= until_s]


def test_a_pass_tracked_twice():
    of, plots = first_minutes()
    once = passes.told_text(of.with_plots(plots))
    passes.told_text(passes.known("overflight", "south").with_plots(()))
    assert passes.told_text(of.with_plots(plots)) == once
    assert '"impact":{' in once


def test_sensors_in_another_order():
    of, plots = first_minutes()
    turned = passes.Watched(of.flights, of.sensors[::-1], of.observation)
    assert passes.told_text(turned.with_plots(plots)) == passes.told_text(of.with_plots(plots))


def test_two_estimators_side_by_side_do_not_mix():
    of, plots = first_minutes()
    alone, beside, other = (Estimator(of.sensors) for _ in range(3))
    expected = [alone.advance(new, now_s) for now_s, new in seconds_of(plots, alone)]
    got = []
    for now_s, new in seconds_of(plots, beside):
        got.append(beside.advance(new, now_s))
        other.advance(new[::2], now_s)
    assert msgspec.json.encode(got) == msgspec.json.encode(expected)


def test_a_nation_alone_is_as_if_there_were_no_other_sensors():
    of, plots = first_minutes()
    korean = tuple(sensor for sensor in of.sensors if sensor.nation == "KOR")
    seen = [plot for plot in plots if of.nation_of(plot) == "KOR"]
    apart = passes.Watched(of.flights, korean, of.observation).with_plots(seen)
    assert passes.told_text(of.with_plots(plots), ("KOR",)) == passes.told_text(apart)
