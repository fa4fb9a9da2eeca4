"""An hour in which nothing flies: false plots alone make no track."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from commonwatch.world.notional_sensors import notional_sensors
from commonwatch.world.sensing import Observation, false_plots, site_of

from . import passes

HOUR_S = 3600.0
LEAST_PER_SCAN = 0.02
LISTENED = [(seed, 1.0) for seed in range(5)] + [(5, 10.0)]


def an_hour_of_nothing(seed: int, more: float) -> passes.Watched:
    """False plots of all sensors, `more` times as many as each has by its table.

    The infrared sensor has so few that an hour would hold none.
    """
    rng = np.random.default_rng(seed)
    sensors = tuple(
        replace(one, false_plots_per_scan=more * max(one.false_plots_per_scan, LEAST_PER_SCAN))
        for one in notional_sensors()
    )
    plots = []
    for sensor in sensors:
        middles_s = passes.LIFT_OFF_S + np.arange(0.0, HOUR_S, sensor.scan_period_s)
        plots += false_plots(site_of(sensor), middles_s, rng)
    plots.sort(key=lambda plot: (plot.time_s, plot.sensor))
    return passes.Watched((), sensors, Observation(tuple(plots), (None,) * len(plots), {}))


@pytest.mark.parametrize(("seed", "more"), LISTENED)
def test_no_track_of_nothing(seed, more):
    of = an_hour_of_nothing(seed, more)
    assert len(of.observation.plots) > 100 * more
    assert {plot.sensor for plot in of.observation.plots} == {one.id for one in of.sensors}
    told = passes.told_by(of)
    assert told.lines == ()
    assert told.summary.tracks == 0
