"""The peers of `bench speed` compute what the bare filters do, and its figures come out."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from commonwatch.bench.machine import this_machine
from commonwatch.bench.speed.answer import (
    PassFigures,
    ScanFigures,
    ScanSet,
    SpeedAnswer,
    StepFigures,
)
from commonwatch.bench.speed.middle import RUNS_LEAST, median_s
from commonwatch.bench.speed.our_scan import median_scan, nearest_m
from commonwatch.bench.speed.scene import scene_of
from commonwatch.bench.speed.setting import lofted_setting
from commonwatch.bench.speed.table import lines_of

from .test_speed_yardstick import assert_same


@pytest.mark.parametrize("name", ["extended", "unscented"])
def test_stone_soup_gives_the_bare_answer(name):
    pytest.importorskip("stonesoup", reason="`make bench` runs this lane")
    from commonwatch.bench.speed import stonesoup_steps

    setting = lofted_setting(60)
    assert_same(setting, *getattr(stonesoup_steps, name)(setting))


@pytest.mark.parametrize("name", ["extended", "unscented"])
def test_filterpy_gives_the_bare_answer(name):
    pytest.importorskip("filterpy", reason="`make bench` runs this lane")
    from commonwatch.bench.speed import filterpy_steps

    setting = lofted_setting(60)
    assert_same(setting, *getattr(filterpy_steps, name)(setting))


def test_stone_soup_gives_plots_as_the_bare_scan_does():
    pytest.importorskip("stonesoup", reason="`make bench` runs this lane")
    from commonwatch.bench.speed.bare_scan import bare_scan_of
    from commonwatch.bench.speed.stonesoup_scan import prepared, scan

    scene = scene_of(30, 44)
    bare_means, bare_taken = bare_scan_of(scene)
    means, taken = scan(prepared(scene))
    assert taken.tolist() == bare_taken.tolist()
    # One azimuth sigma for all: metres.
    assert np.linalg.norm(means[:, :3] - bare_means[:, :3], axis=1).max() < 500.0


def test_our_estimator_follows_the_scans_objects():
    scene = scene_of(3, 5)
    ours = median_scan(scene)
    assert nearest_m(scene, ours.lines).max() < 10e3
    assert 0.0 < ours.following_s < 10.0
    assert 0.0 < ours.telling_s < 10.0


def test_the_median_time_is_of_prepared_runs():
    prepared, worked = [], []

    def prepare():
        prepared.append(len(prepared))
        return prepared[-1]

    result, seconds = median_s(prepare, lambda given: worked.append(given) or sum(range(200_000)))
    assert worked == prepared
    assert len(prepared) > RUNS_LEAST
    assert result == sum(range(200_000))
    assert 0.0 < seconds < 1.0


def test_the_tables_say_what_the_record_holds():
    answer = SpeedAnswer(
        "speed",
        this_machine(("numpy",)),
        (StepFigures("bare", 0.5, 1.0, 0.0), StepFigures("peer", 1234.5, 2469.0, 0.01)),
        (ScanSet(100, 145, (ScanFigures("bare", 0.25, 1.0, 1.0, 900.0),)),),
        PassFigures("a pass", 4092.0, 2631, 4092, 0.75, 285.1, 2.5, 300.0),
        PassFigures("a salvo", 600.0, 9000, 600, 1.25, 138.9, 3.5, 290.0),
        ("a note",),
    )
    lines = list(lines_of(answer))
    assert any(line.split() == ["peer", "1,234.50", "2,469.00", "0.010"] for line in lines)
    assert any(line.split() == ["bare", "0.250", "1.00", "1.0000", "900"] for line in lines)
    assert "a pass: 68.2 minutes, 2,631 plots" in lines
    assert "a salvo: 10.0 minutes, 9,000 plots" in lines
    assert msgspec.json.decode(msgspec.json.encode(answer), type=SpeedAnswer) == answer
