"""The peer is given our sensors and physics rightly, and follows the object as it should."""

from __future__ import annotations

import math
from datetime import timedelta

import numpy as np
import pytest

pytest.importorskip("stonesoup", reason="Stone Soup is not installed: `make bench` runs this lane")

from stonesoup.types.array import StateVectors
from stonesoup.types.state import State, StateVector

from commonwatch.bench.beside_stonesoup import impact_of, with_impacts
from commonwatch.bench.followed import Moment
from commonwatch.bench.stonesoup_models import Arc, PlotReader
from commonwatch.bench.stonesoup_run import Thrust, follow
from commonwatch.trajectory.geodesic import Place, distance_and_azimuth
from commonwatch.world.flight import interpolate_states
from commonwatch.world.sensing import sight, site_of

from .passes import first_minute, whole_pass


def true_states(times_s):
    truth = whole_pass().truth
    return interpolate_states(truth.times_s, truth.states_ecef, np.asarray(times_s))


def test_its_measurement_model_sees_what_the_simulated_sensor_sees():
    watched = whole_pass()
    reader = PlotReader(watched.sensors)
    seen = [p for p in watched.plots if p.time_s > watched.truth.burnout_s][:40]
    assert len({plot.sensor for plot in seen}) >= 3
    by_id = {sensor.id: sensor for sensor in watched.sensors}
    for plot in seen:
        state = true_states([plot.time_s])
        model = reader.detection(plot).measurement_model
        told = np.asarray(model.function(State(StateVector(state[0]))), dtype=float).ravel()
        look = sight(site_of(by_id[plot.sensor]), state)
        bearing = math.pi / 2.0 - look.azimuth_rad[0]
        assert told[0] == pytest.approx(look.elevation_rad[0], abs=1e-9)
        assert math.remainder(told[1] - bearing, 2.0 * math.pi) == pytest.approx(0.0, abs=1e-9)
        assert told[2] == pytest.approx(look.range_m[0], abs=1e-3)
        if len(told) == 4:
            assert told[3] == pytest.approx(look.range_rate_m_s[0], abs=1e-6)


def test_its_sigmas_are_those_of_the_errors():
    watched = whole_pass()
    reader = PlotReader(watched.sensors)
    squares = []
    for plot in watched.plots:
        state = true_states([plot.time_s])[0]
        if not np.isfinite(state).all():
            continue
        detection = reader.detection(plot)
        model = detection.measurement_model
        told = np.asarray(detection.state_vector, dtype=float).ravel()
        mean = np.asarray(model.function(State(StateVector(state))), dtype=float).ravel()
        off = told - mean
        off[1] = math.remainder(off[1], 2.0 * math.pi)
        each = off**2 / np.diag(np.asarray(model.covar()))
        if each.max() < 40.0:  # not a false plot
            squares.append(each[:3])
    mean = np.mean(squares, axis=0)
    # The mean of n squared unit normals scatters by sqrt(2 / n).
    assert mean == pytest.approx(np.ones(3), abs=4.0 * math.sqrt(2.0 / len(squares)))


def test_its_transition_is_the_true_arc():
    watched = whole_pass()
    start_s = watched.truth.burnout_s + 10.0
    states = true_states([start_s, start_s + 60.0])
    points = StateVectors(np.column_stack([states[0], states[0]]))
    moved = Arc(0.0).function(State(points), time_interval=timedelta(seconds=60.0))
    # The truth's ballistic coefficient is not the one assumed, but up there is no air.
    assert pytest.approx(states[[1, 1], :3], abs=0.5) == np.asarray(moved, dtype=float)[:3].T


def test_its_process_noise_is_that_of_white_acceleration():
    # Two steps of one second are one of two: F Q F' + Q = Q(2).
    one = np.asarray(Arc(9.0).covar(time_interval=timedelta(seconds=1.0)))
    two = np.asarray(Arc(9.0).covar(time_interval=timedelta(seconds=2.0)))
    step = np.eye(6) + np.eye(6, k=3)
    assert step @ one @ step.T + one == pytest.approx(two)


@pytest.mark.parametrize("thrust", list(Thrust))
def test_it_follows_the_first_minute(thrust):
    watched = first_minute()
    last_s = math.floor(watched.plots[-1].time_s)
    found = [moment for moment in follow(watched, thrust, last_s) if moment.time_s == last_s]
    assert len(found) == 1
    assert np.linalg.norm(found[0].state[:3] - true_states([last_s])[0, :3]) < 2000.0


def test_the_true_state_leads_to_the_true_impact():
    watched = whole_pass()
    at_s = math.floor(watched.marks_s["apogee"])
    state = true_states([at_s])[0]
    moment = Moment("t1", at_s, state, np.diag([1.0, 1.0, 1.0, 1e-6, 1e-6, 1e-6]))
    told = impact_of(moment)
    true = watched.truth.impact
    off_m = distance_and_azimuth(Place(told.lat_deg, told.lon_deg), true)[0]
    # Drag with a ballistic coefficient that is only near the true one: tens of metres.
    assert off_m < 100.0
    assert with_impacts(watched, [moment])[0].impact == told
