"""Several plots of one instant, and the same plot again: nothing counts twice, nothing breaks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from commonwatch.estimate.measurement import seen_columns, seen_numbers

from . import passes
from .scoring import following, last_before, of_ellipse, spurious_share


def first_minutes():
    of = passes.known("overflight", "here")
    (flight,) = of.flights
    until_s = flight.lift_off_s + flight.burnout_s + 90.0
    return of, flight, [plot for plot in of.observation.plots if plot.time_s <= until_s], until_s


@pytest.mark.parametrize("copies", [2, 3, 10])
def test_a_feed_that_repeats_itself_adds_nothing_but_bytes(copies):
    """No track is made of one plot told several times; the ellipse is not a root of it smaller."""
    of, flight, plots, until_s = first_minutes()
    once = passes.told_by(of.with_plots(plots)).lines
    often = passes.told_by(of.with_plots([p for p in plots for _ in range(copies)])).lines
    assert spurious_share(often, of.flights) <= 0.01
    assert len(following(often, flight, of.seen_s(flight.name)[: len(plots)]).tracks) == 1
    alone, repeated = (last_before(lines, until_s).impact for lines in (once, often))
    assert of_ellipse(repeated, flight.impact.place) <= 1.5
    assert repeated.ellipse95.semi_major_m > 0.9 * alone.ellipse95.semi_major_m


def test_one_plot_a_hundred_times():
    of, flight, plots, _ = first_minutes()
    for k in (20, 120, 250):
        lines = passes.told_by(
            of.with_plots([*plots[:k], *[plots[k]] * 100, *plots[k + 1 :]])
        ).lines
        assert spurious_share(lines, of.flights) <= 0.01
        assert len(following(lines, flight, of.seen_s(flight.name)[:-1]).tracks) == 1


def test_all_sensors_at_once():
    """Clocks of whole seconds: plots of four sensors bear one time; the flight is still followed.

    Half a second at 5 km/s is 2.5 km, so that sensors say their clocks' error by their range.
    """
    of, flight, plots, until_s = first_minutes()
    rounded = sorted((replace(p, time_s=float(round(p.time_s))) for p in plots), key=_time)
    vague = tuple(
        replace(one, sigma_azimuth_deg=0.3, sigma_elevation_deg=0.3, sigma_range_m=1500.0)
        if one.kind == "radar"
        else one
        for one in of.sensors
    )
    lines = passes.told_by(replace(of, sensors=vague).with_plots(rounded)).lines
    found = following(lines, flight, [rounded[0].time_s + 40.0, until_s])
    assert found.completeness >= 0.95


def _time(plot) -> float:
    return plot.time_s


def test_many_plots_in_columns_are_each_as_one_alone():
    of, _, plots, _ = first_minutes()
    some = [*plots[:40], replace(plots[40], range_m=None), replace(plots[41], range_rate_m_s=3.0)]
    by_id = {sensor.id: sensor for sensor in of.sensors}
    sensors = [by_id[plot.sensor] for plot in some]
    has_range = np.array([one.sigma_range_m is not None for one in sensors])
    has_rate = np.array([one.sigma_range_rate_m_s is not None for one in sensors])
    alone = [seen_numbers(plot, one) for plot, one in zip(some, sensors, strict=True)]
    together = seen_columns(some, has_range, has_rate)
    assert np.array_equal(together, np.array(alone), equal_nan=True)
