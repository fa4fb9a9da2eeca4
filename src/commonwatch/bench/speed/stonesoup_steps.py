"""Stone Soup's filters with the yardstick's compiled motion, so that only they differ.

Its own measurement model, by way of `PlotReader`; for the extended filter both models have an
analytic, compiled Jacobian, as its default differences are slower and go wrong in ECEF. Detections
are made beforehand, untimed, and states are filtered on one by one, without tracks.
"""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from stonesoup.models.measurement.nonlinear import CartesianToElevationBearingRange
from stonesoup.predictor.kalman import ExtendedKalmanPredictor, UnscentedKalmanPredictor
from stonesoup.types.array import CovarianceMatrix, StateVector, StateVectors
from stonesoup.types.detection import Detection
from stonesoup.types.hypothesis import SingleHypothesis
from stonesoup.types.state import GaussianState
from stonesoup.updater.kalman import ExtendedKalmanUpdater, UnscentedKalmanUpdater

from commonwatch.bench.speed.bare_filter import COMPONENTS, slope_of_look
from commonwatch.bench.speed.bare_motion import STATES, carried, transition
from commonwatch.bench.speed.setting import BEGIN_S, RADAR, Setting
from commonwatch.bench.stonesoup_models import PlotReader, moment_of

Array = NDArray[np.float64]


class Motion:
    """Stone Soup's transition model: the yardstick's motion, without process noise."""

    ndim_state = STATES

    def function(
        self,
        state: Any,
        noise: object = None,  # noqa: ARG002  # there is none
        *,
        time_interval: timedelta,
        control_input: object = None,  # noqa: ARG002  # nothing is controlled
        points_noise: object = None,  # noqa: ARG002  # as noise
    ) -> Any:
        """One state (6, 1), or all sigma points (6, n)."""
        points = np.ascontiguousarray(np.asarray(state.state_vector, dtype=np.float64).T)
        moved = np.empty_like(points)
        for point, out in zip(points, moved, strict=True):
            carried(point, time_interval.total_seconds(), out)
        return StateVector(moved[0]) if len(moved) == 1 else StateVectors(moved.T)

    def jacobian(
        self,
        state: Any,
        *,
        time_interval: timedelta,
        control_input: object = None,  # noqa: ARG002  # nothing is controlled
        noise: object = None,  # noqa: ARG002  # there is none
    ) -> Array:
        """The slope (6, 6)."""
        slope = np.empty((STATES, STATES))
        mean = np.asarray(state.state_vector, dtype=np.float64).ravel()
        transition(mean, time_interval.total_seconds(), slope)
        return slope

    def covar(self, *, time_interval: timedelta) -> CovarianceMatrix:  # noqa: ARG002  # none
        """No process noise."""
        return CovarianceMatrix(np.zeros((STATES, STATES)))


class Look(CartesianToElevationBearingRange):
    """Stone Soup's elevation, bearing and range, with the yardstick's slope."""

    radar: Array

    def jacobian(self, state: Any) -> Array:
        """The slope (3, 6); the bearing is counted against the azimuth."""
        look, by_position = np.empty(COMPONENTS), np.empty((COMPONENTS, 3))
        mean = np.asarray(state.state_vector, dtype=np.float64).ravel()
        slope_of_look(mean, self.radar, look, by_position)
        slope = np.zeros((COMPONENTS, STATES))
        slope[0, :3], slope[1, :3], slope[2, :3] = by_position[1], -by_position[0], by_position[2]
        return slope


def detections(setting: Setting, *, analytic: bool) -> list[Detection]:
    """All plots, each with the measurement model of its sigmas."""
    reader = PlotReader((RADAR,))
    found = [reader.detection(plot) for plot in setting.plots]
    if analytic:
        for detection in found:
            detection.measurement_model = analytic_model(detection.measurement_model, setting.radar)
    return found


def analytic_model(model: Any, radar: Array) -> Look:
    """The same model with an analytic slope."""
    look = Look(
        ndim_state=STATES,
        mapping=model.mapping,
        noise_covar=model.noise_covar,
        translation_offset=model.translation_offset,
        rotation_offset=model.rotation_offset,
    )
    look.radar = radar
    return look


def extended(setting: Setting) -> tuple[Array, Array]:
    """Its extended filter over all plots."""
    found = detections(setting, analytic=True)
    return filtered(setting, found, ExtendedKalmanPredictor(Motion()), ExtendedKalmanUpdater(None))


def unscented(setting: Setting) -> tuple[Array, Array]:
    """Its unscented filter over all plots, with its default points."""
    found = detections(setting, analytic=False)
    updater = UnscentedKalmanUpdater(None, force_symmetric_covariance=True)
    return filtered(setting, found, UnscentedKalmanPredictor(Motion()), updater)


def filtered(
    setting: Setting, found: list[Detection], predictor: Any, updater: Any
) -> tuple[Array, Array]:
    """Mean (6,) and covariance (6, 6) after all detections."""
    state: Any = GaussianState(
        StateVector(setting.mean), CovarianceMatrix(setting.cov), timestamp=moment_of(BEGIN_S)
    )
    for detection in found:
        predicted = predictor.predict(state, timestamp=detection.timestamp)
        state = updater.update(SingleHypothesis(predicted, detection))
    mean = np.asarray(state.state_vector, dtype=np.float64).ravel()
    return mean, np.asarray(state.covar, dtype=np.float64)


def azimuth_of(bearing_rad: float) -> float:
    """A bearing, counted from east to north, as an azimuth."""
    return math.pi / 2.0 - bearing_rad
