"""Our estimator on a scan: all its tracks carried on, plots given to them, and each assessed."""

from __future__ import annotations

import math
import pickle
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from commonwatch.acquire.plot import Plot
from commonwatch.bench.speed.middle import RUNS_LEAST
from commonwatch.bench.speed.scene import SCAN_S, SEED, Scene, moved
from commonwatch.bench.speed.setting import RADAR, plots_of
from commonwatch.estimate.assessment import Assessment
from commonwatch.estimate.estimator import Estimator

Array = NDArray[np.float64]
# So many objects come into view at once, the next ones some scans later.
BATCH = 1000
SCANS_A_BATCH = 4
# Since the last came into view: long enough that all are held to coast.
SCANS_SETTLED = 100
RUNS_OF_A_SMALL_ONE = 25


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


def warmed(scene: Scene) -> Estimator:
    """An estimator that has seen the scans before, untimed and untold."""
    estimator = Estimator((RADAR,))
    for now_s, plots in scans_before(scene):
        estimator.follow(plots, now_s)
    return estimator


@dataclass(frozen=True, slots=True)
class OurScan:
    """What is told after a scene's scan, and the median processor seconds of its two parts.

    Following, to every track's state; telling, to its launch, apogee and impact.
    """

    lines: tuple[Assessment, ...]
    following_s: float
    telling_s: float


def median_scan(scene: Scene) -> OurScan:
    """Our estimator on a scene's scan, several times from the same state.

    Each run begins from a copy; it has told its objects before, and takes the scene's own scan.
    """
    kept = pickle.dumps(warmed(scene))
    following_s, telling_s = [], []
    lines: tuple[Assessment, ...] = ()
    for _ in range(RUNS_LEAST if len(scene.truth) > BATCH else RUNS_OF_A_SMALL_ONE):
        estimator: Estimator = pickle.loads(kept)  # noqa: S301  # our own, of a moment ago
        estimator.tell(scene.now_s - SCAN_S)
        began_s = time.process_time()
        estimator.follow(scene.plots, scene.now_s)
        followed_s = time.process_time()
        lines = estimator.tell(scene.now_s)
        telling_s.append(time.process_time() - followed_s)
        following_s.append(followed_s - began_s)
    return OurScan(lines, statistics.median(following_s), statistics.median(telling_s))


def nearest_m(scene: Scene, lines: Sequence[Assessment]) -> Array:
    """Each object's distance (n,), m, to the nearest track."""
    if not lines:
        return np.full(len(scene.truth), np.inf)
    places = cKDTree(np.array([line.state.position_m for line in lines]))
    return np.asarray(places.query(scene.truth[:, :3])[0])
