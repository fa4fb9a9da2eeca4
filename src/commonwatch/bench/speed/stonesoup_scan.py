"""Stone Soup's global nearest neighbour on a scan, its extended filter with the compiled motion.

Its KD-tree looks for plots near in range, as the yardstick does; it asks for one measurement model
of all, so that the azimuth's sigma is that of the middle elevation.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from stonesoup.dataassociator.tree import DetectionKDTreeGNN2D
from stonesoup.hypothesiser.distance import DistanceHypothesiser
from stonesoup.measures import Mahalanobis
from stonesoup.predictor.kalman import ExtendedKalmanPredictor
from stonesoup.types.array import CovarianceMatrix, StateVector
from stonesoup.types.detection import Detection
from stonesoup.types.state import GaussianState
from stonesoup.types.track import Track
from stonesoup.updater.kalman import ExtendedKalmanUpdater

from commonwatch.bench.speed.bare_scan import GATE_SIGMAS
from commonwatch.bench.speed.scene import SCAN_S, Scene
from commonwatch.bench.speed.setting import RADAR
from commonwatch.bench.speed.stonesoup_steps import Motion, analytic_model
from commonwatch.bench.stonesoup_models import PlotReader, moment_of

Array = NDArray[np.float64]
# Six sigmas of plot and prediction together.
RANGE_GATE_M = 600.0


@dataclass(frozen=True, slots=True)
class Prepared:
    """Tracks in the order of the objects, detections in that of the plots, and their associator."""

    tracks: tuple[Track, ...]
    detections: tuple[Detection, ...]
    associator: DetectionKDTreeGNN2D
    updater: ExtendedKalmanUpdater
    now: datetime


def prepared(scene: Scene) -> Prepared:
    """A scene in Stone Soup's terms, untimed."""
    then = moment_of(scene.now_s - SCAN_S)
    tracks = tuple(
        Track([GaussianState(StateVector(mean), CovarianceMatrix(cov), timestamp=then)])
        for mean, cov in zip(scene.means, scene.covs, strict=True)
    )
    reader = PlotReader((RADAR,))
    found = [reader.detection(plot) for plot in scene.plots]
    by_elevation = sorted(found, key=lambda one: float(one.state_vector[0, 0]))
    model = analytic_model(by_elevation[len(found) // 2].measurement_model, scene.radar)
    for detection in found:
        detection.measurement_model = model
    predictor, updater = ExtendedKalmanPredictor(Motion()), ExtendedKalmanUpdater(None)
    hypothesiser = DistanceHypothesiser(predictor, updater, Mahalanobis(), GATE_SIGMAS)
    associator = DetectionKDTreeGNN2D(hypothesiser, predictor, updater, max_distance=RANGE_GATE_M)
    return Prepared(tracks, tuple(found), associator, updater, moment_of(scene.now_s))


def scan(ready: Prepared) -> tuple[Array, NDArray[np.int64]]:
    """Associate and update; the means after it (n, 6), and which plot each object took."""
    given: dict[Track, Any] = ready.associator.associate(
        set(ready.tracks), set(ready.detections), ready.now
    )
    at = {id(detection): k for k, detection in enumerate(ready.detections)}
    means, taken = np.empty((len(ready.tracks), 6)), np.full(len(ready.tracks), -1)
    for k, track in enumerate(ready.tracks):
        hypothesis = given[track]
        after = ready.updater.update(hypothesis) if hypothesis else hypothesis.prediction
        if hypothesis:
            taken[k] = at[id(hypothesis.measurement)]
        means[k] = np.asarray(after.state_vector, dtype=np.float64).ravel()
    return means, taken
