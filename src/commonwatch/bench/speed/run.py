"""The speed benchmark: a filter step, a scan of many objects, a whole pass."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from commonwatch.bench.listing import SPEED
from commonwatch.bench.machine import this_machine
from commonwatch.bench.speed.answer import ScanFigures, ScanSet, SpeedAnswer, StepFigures
from commonwatch.bench.speed.bare_scan import bare_scan
from commonwatch.bench.speed.long_pass import salvo_pass, whole_pass
from commonwatch.bench.speed.middle import median_s
from commonwatch.bench.speed.our_scan import median_scan, nearest_m
from commonwatch.bench.speed.scene import Scene, scene_of
from commonwatch.bench.speed.setting import Setting, bare_plots_of, lofted_setting
from commonwatch.bench.speed.steps import (
    BARE_EXTENDED,
    BARE_UNSCENTED,
    OURS,
    StepContender,
    peers,
)

Array = NDArray[np.float64]

# Objects and plots. Stone Soup, which takes a tenth of a second for a hundred objects, is asked
# about the small one alone.
SCANS = ((100, 145), (10_000, 14_500))
STONE_SOUP_OBJECTS_MAX = 1000
# Ours finds its tracks scan by scan before it is measured: ten thousand take some minutes.
OUR_OBJECTS_MAX = 10_000
FOLLOWED_WITHIN_M = 15e3
BARE = "bare compiled EKF, gate, SciPy assignment"
NOTES = (
    "Medians of processor time over several runs of one process, compiled beforehand.",
    "Steps: predict 0.1 s and update with azimuth, elevation and range on a lofted arc. The bare "
    "filters have six states, gravity to J2 and nothing else; the peers the same motion, compiled; "
    "ours seven states, gravity to J4, air, and the likelihood of the plot.",
    "Scans: one radar, a third of the plots false. The bare scan and Stone Soup begin from tracks "
    "of known objects and end with updated states; ours has found its tracks itself, and ends with "
    "states, and with what is told of each: launch, apogee, and the impact with its ellipse.",
    "Whole passes: the estimator alone, after a first run; the command with start-up and files.",
)


def speed(seed: int, advance: Callable[[float, str], None]) -> SpeedAnswer:
    """All of them; `advance` hears which of the parts begins. Both peers must be installed."""
    SPEED.require_ready()
    advance(0, "steps")
    steps = step_figures((BARE_EXTENDED, BARE_UNSCENTED, *OURS, *peers()))
    scans = []
    for done, (objects, plots) in enumerate(SCANS, start=1):
        advance(done, f"a scan of {objects} objects")
        scans.append(scan_set(objects, plots))
    advance(len(SCANS) + 1, "a whole pass")
    of_pass = whole_pass(seed)
    advance(len(SCANS) + 2, "a salvo")
    of_salvo = salvo_pass(seed)
    versions = ("commonwatch", "stonesoup", "filterpy", "numpy", "scipy", "numba")
    return SpeedAnswer(
        "speed", this_machine(versions), steps, tuple(scans), of_pass, of_salvo, NOTES
    )


PARTS = 3 + len(SCANS)


def step_figures(contenders: tuple[StepContender, ...]) -> tuple[StepFigures, ...]:
    """Figures of each, the first being the bare extended filter."""
    bare = contenders[0]
    bare_us = _microseconds(bare, lofted_setting(bare.steps))[1]
    return tuple(_step(one, bare, bare_us) for one in contenders)


def _step(one: StepContender, bare: StepContender, bare_us: float) -> StepFigures:
    """One line of the steps."""
    setting = lofted_setting(one.steps)
    mean, us = _microseconds(one, setting)
    bare_mean, bare_cov = bare.follow(setting)
    off = mean - bare_mean
    apart = float(np.sqrt(off @ np.linalg.solve(bare_cov, off)))
    return StepFigures(one.name, round(us, 3), round(us / bare_us, 2), round(apart, 4))


def _microseconds(one: StepContender, setting: Setting) -> tuple[Array, float]:
    """Where a filter ends, and what a step of it takes."""
    (mean, _), seconds = median_s(lambda: setting, one.follow)
    return mean, 1e6 * seconds / one.steps


def scan_set(objects: int, plots: int) -> ScanSet:
    """The same scan by the yardstick, by Stone Soup where it is small, and by ours."""
    scene = scene_of(objects, plots)
    figures = [_bare(scene)]
    bare_ms = figures[0].ms
    if objects <= STONE_SOUP_OBJECTS_MAX:
        figures.append(_stone_soup(scene, bare_ms))
    if objects <= OUR_OBJECTS_MAX:
        figures.extend(_ours(scene, bare_ms))
    return ScanSet(objects, plots, tuple(figures))


def _bare(scene: Scene) -> ScanFigures:
    """The yardstick."""
    plots = bare_plots_of(scene.plots)

    def work(ready: tuple[Array, Array]) -> Array:
        bare_scan(*ready, scene.radar, plots)
        return ready[0]

    means, seconds = median_s(lambda: (scene.means.copy(), scene.covs.copy()), work)
    off_m = np.linalg.norm(means[:, :3] - scene.truth[:, :3], axis=1)
    return _figures(BARE, seconds, 1e3 * seconds, off_m)


def _stone_soup(scene: Scene, bare_ms: float) -> ScanFigures:
    """Stone Soup, its detections made beforehand."""
    from commonwatch.bench.speed.stonesoup_scan import prepared, scan

    (means, _), seconds = median_s(partial(prepared, scene), scan)
    off_m = np.linalg.norm(means[:, :3] - scene.truth[:, :3], axis=1)
    return _figures("Stone Soup GNN, KD-tree, EKF", seconds, bare_ms, off_m)


def _ours(scene: Scene, bare_ms: float) -> tuple[ScanFigures, ScanFigures]:
    """The estimator, which has found its tracks itself: to states, and to what is told."""
    ours = median_scan(scene)
    off_m = nearest_m(scene, ours.lines)
    whole_s = ours.following_s + ours.telling_s
    return (
        _figures("Commonwatch, to states", ours.following_s, bare_ms, off_m),
        _figures("Commonwatch, to assessments", whole_s, bare_ms, off_m),
    )


def _figures(name: str, seconds: float, bare_ms: float, off_m: Array) -> ScanFigures:
    """One line of a scan."""
    followed = off_m < FOLLOWED_WITHIN_M
    return ScanFigures(
        name,
        round(1e3 * seconds, 3),
        round(1e3 * seconds / bare_ms, 2),
        round(float(np.mean(followed)), 4),
        round(float(np.sqrt(np.mean(off_m[followed] ** 2))), 1) if followed.any() else 0.0,
    )
