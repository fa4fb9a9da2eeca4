"""The passes of the benchmark, and the rules by which trackers are scored on them."""

from __future__ import annotations

import json
import math
import shutil
from dataclasses import replace

import numpy as np
import pyproj
import pytest

from commonwatch.bench.followed import Moment, ToldImpact
from commonwatch.bench.our_run import assessed, moments_of
from commonwatch.bench.score import Score, score
from commonwatch.bench.summary import Outcome, contender, ratios
from commonwatch.bench.timing import Seconds, timed
from commonwatch.bench.watched_pass import lofted_pass, pass_of_folder
from commonwatch.errors import UnusableInput
from commonwatch.world.flight import interpolate_states
from commonwatch.world.make_passes import make_passes

from .passes import first_minute, whole_pass

WGS84 = pyproj.Geod(ellps="WGS84")
SIGMA_M = 100.0


def moments(tracks, *, off_m=0.0):
    """Moments on the true path, a metre-perfect tracker but for `off_m`, ids by `tracks(time)`."""
    watched = whole_pass()
    times_s = np.arange(math.ceil(watched.seen_s[0]), watched.impact_s)
    states = interpolate_states(watched.truth.times_s, watched.truth.states_ecef, times_s)
    covariance = np.diag([SIGMA_M**2] * 3 + [1.0] * 3)
    return tuple(
        Moment(tracks(t), float(t), s + np.array([off_m, 0, 0, 0, 0, 0]), covariance)
        for t, s in zip(times_s, states, strict=True)
    )


def test_a_seed_is_one_pass():
    assert lofted_pass(7).plots == lofted_pass(7).plots
    assert lofted_pass(7).plots != lofted_pass(8).plots


def test_a_pass_is_of_radars_of_both_nations_and_has_its_bounds():
    watched = whole_pass()
    assert {sensor.nation for sensor in watched.sensors} == {"JPN", "KOR"}
    assert all(plot.range_m is not None for plot in watched.plots)
    assert set(watched.bounds_m) == set(watched.marks_s)
    assert watched.bounds_m["impact-60s"] < watched.bounds_m["burnout+30s"]


def test_a_tracker_that_tells_the_truth_has_it_all():
    found = score(whole_pass(), moments(lambda _t: "t1"))
    assert found == Score(1.0, 0, 0.0, found.confirmed_after_s, 0.0, {})
    assert found.confirmed_after_s <= 1.0


def test_an_error_of_one_sigma_on_one_axis_is_a_nees_of_one():
    found = score(whole_pass(), moments(lambda _t: "t1", off_m=SIGMA_M))
    assert found.nees == pytest.approx(1.0)


def test_a_track_that_takes_another_id_is_a_break():
    half_s = whole_pass().truth.apogee_s
    found = score(whole_pass(), moments(lambda t: "t1" if t < half_s else "t2"))
    assert found.breaks == 1
    assert found.completeness == 1.0


def test_a_track_on_nothing_is_spurious_and_completes_nothing():
    found = score(whole_pass(), moments(lambda _t: "t1", off_m=50e3))
    assert found.spurious == 1.0
    assert found.completeness == 0.0
    assert found.confirmed_after_s is None


def test_half_of_the_time_is_half_complete():
    watched = whole_pass()
    begin_s, end_s = watched.seen_s[0] + 20.0, watched.seen_s[1]
    kept = [m for m in moments(lambda _t: "t1") if m.time_s > 0.5 * (begin_s + end_s)]
    assert score(watched, tuple(kept)).completeness == pytest.approx(0.5, abs=1e-3)


def test_impact_error_against_pyproj_and_its_place_in_the_ellipse():
    watched = whole_pass()
    mark = "burnout+60s"
    true = watched.truth.impact
    lon, lat, _back = WGS84.fwd(true.lon_deg, true.lat_deg, 30.0, 2000.0)
    told = ToldImpact(lat, lon, 4000.0, 1000.0, 30.0)
    with_impact = tuple(
        replace(m, impact=told) if m.time_s == math.floor(watched.marks_s[mark]) else m
        for m in moments(lambda _t: "t1")
    )
    found = score(watched, with_impact).impacts
    assert set(found) == {mark}
    assert found[mark].error_m == pytest.approx(2000.0, abs=0.1)
    assert found[mark].of_ellipse == pytest.approx(0.5, abs=1e-3)
    # One sigma of a 95 % semi-axis: chi-square with two degrees of freedom, -2 ln 0.05.
    sigma_m = 4000.0 / math.sqrt(-2.0 * math.log(0.05))
    assert found[mark].long_axis_over_bound == pytest.approx(
        sigma_m / watched.bounds_m[mark], abs=1e-3
    )


def test_our_estimator_has_the_object_within_the_first_minute():
    watched = first_minute()
    found = moments_of(assessed(watched.plots, watched.sensors))
    last = [m for m in found if m.time_s <= watched.plots[-1].time_s][-1]
    truth = interpolate_states(
        watched.truth.times_s, watched.truth.states_ecef, np.array([last.time_s])
    )[0]
    assert np.linalg.norm(last.state[:3] - truth[:3]) < 1000.0


def test_ratios_are_ours_over_theirs():
    watched = whole_pass()
    exact = score(watched, moments(lambda _t: "t1"))
    quick = contender("quick", [Outcome(exact, Seconds(0.5, 0.6, 3), 1000)])
    slow = contender("slow", [Outcome(exact, Seconds(t, t, 1), 1000) for t in (2.0, 4.0, 90.0)])
    assert slow.cpu_s == 4.0
    assert quick.cpu_us_a_plot == 500.0
    assert ratios(quick, slow).cpu == 0.125


def test_time_is_the_median_of_the_runs():
    calls = []
    _last, seconds = timed(lambda: calls.append(1), 3)
    assert len(calls) == seconds.runs == 3
    assert 0.0 <= seconds.cpu_s <= seconds.wall_s + 0.1


@pytest.fixture
def folder(tmp_path):
    return make_passes(tmp_path, "overflight", 3, 1)[0]


def test_a_pass_from_a_folder(folder):
    watched = pass_of_folder(folder)
    bounds = json.loads((folder / "bounds.json").read_bytes())["L1"]["ALL"]
    assert watched.name == folder.name
    assert {mark: axes["semi_axes_m"][0] for mark, axes in bounds.items()} == watched.bounds_m


@pytest.mark.parametrize("name", ["labels.json.gz", "bounds.json"])
def test_a_folder_without_a_part_of_the_truth(folder, name):
    (folder / name).unlink()
    with pytest.raises(UnusableInput, match=name):
        pass_of_folder(folder)


def test_a_folder_with_labels_of_another_pass(folder, tmp_path):
    other = make_passes(tmp_path, "overflight", 4, 1)[0]
    shutil.copy(other / "labels.json.gz", folder / "copy.gz")
    (folder / "labels.json.gz").write_bytes((folder / "copy.gz").read_bytes()[:40])
    with pytest.raises(UnusableInput, match=r"labels\.json\.gz"):
        pass_of_folder(folder)


def test_a_folder_with_several_objects(tmp_path):
    with pytest.raises(UnusableInput, match="one object"):
        pass_of_folder(make_passes(tmp_path, "pair", 3, 1)[0])
