"""Our estimator on a scan: all its tracks carried on, plots given to them, and each assessed."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from commonwatch.acquire.plot import Plot
from commonwatch.bench.speed.scene import SCAN_S, SEED, Scene, moved, seen
from commonwatch.bench.speed.setting import RADAR, plots_of
from commonwatch.estimate.assessment import Assessment
from commonwatch.estimate.estimator import Estimator

Array = NDArray[np.float64]
# So many objects come into view at once, the next ones some scans later.
BATCH = 1000
SCANS_A_BATCH = 4
# Since the last came into view: long enough that all are held to coast.
SCANS_SETTLED = 100
SCANS_MEASURED = 5


def scans_before(scene: Scene) -> Iterator[tuple[float, tuple[Plot, ...]]]:
    """Time and plots of each scan before a scene's own, objects coming into view in batches."""
    random = np.random.default_rng(SEED + 1)
    batches = math.ceil(len(scene.truth) / BATCH)
    scans = SCANS_A_BATCH * (batches - 1) + SCANS_SETTLED
    states = moved(scene.truth, -scans * SCAN_S)
    for scan in range(scans):
        in_view = states[: BATCH * (1 + scan // SCANS_A_BATCH)]
        now_s = scene.now_s - (scans - scan) * SCAN_S
        yield now_s, plots_of(in_view, np.full(len(in_view), now_s), random)
        states = moved(states, SCAN_S)


def scans_after(scene: Scene, count: int) -> Iterator[tuple[float, tuple[Plot, ...]]]:
    """Time and plots of so many scans from a scene's own on."""
    random = np.random.default_rng(SEED + 2)
    yield scene.now_s, scene.plots
    for scan in range(1, count):
        now_s = scene.now_s + scan * SCAN_S
        truth = moved(scene.truth, scan * SCAN_S)
        yield now_s, seen(truth, len(scene.plots), now_s, random)[0]


def warmed(scene: Scene) -> Estimator:
    """An estimator that has seen the scans before, untimed and untold."""
    estimator = Estimator((RADAR,))
    for now_s, plots in scans_before(scene):
        estimator.follow(plots, now_s)
    return estimator


@dataclass(frozen=True, slots=True)
class OurScan:
    """What is told after a scene's scan, and the least processor seconds of a scan's two parts.

    Following, to every track's state; telling, to its launch, apogee and impact.
    """

    lines: tuple[Assessment, ...]
    following_s: float
    telling_s: float


def least_scan(scene: Scene) -> OurScan:
    """Our estimator on a scene's scan and some after it."""
    estimator = warmed(scene)
    first: tuple[Assessment, ...] | None = None
    following_s = telling_s = math.inf
    for now_s, plots in scans_after(scene, SCANS_MEASURED):
        began_s = time.process_time()
        estimator.follow(plots, now_s)
        followed_s = time.process_time()
        lines = estimator.tell(now_s)
        telling_s = min(telling_s, time.process_time() - followed_s)
        following_s = min(following_s, followed_s - began_s)
        first = lines if first is None else first
    return OurScan(first or (), following_s, telling_s)


def nearest_m(scene: Scene, lines: Sequence[Assessment]) -> Array:
    """Each object's distance (n,), m, to the nearest track."""
    if not lines:
        return np.full(len(scene.truth), np.inf)
    places = cKDTree(np.array([line.state.position_m for line in lines]))
    return np.asarray(places.query(scene.truth[:, :3])[0])
