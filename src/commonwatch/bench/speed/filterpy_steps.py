"""FilterPy's filters with the yardstick's compiled motion and measurement: only they differ.

Its unscented filter has Merwe's points with alpha 1, beta 0 and kappa 0: the yardstick's weights.
"""

from __future__ import annotations

import math

import numpy as np
from filterpy.kalman import ExtendedKalmanFilter, MerweScaledSigmaPoints, UnscentedKalmanFilter
from numpy.typing import NDArray

from commonwatch.bench.speed.bare_filter import COMPONENTS, looked_at, slope_of_look
from commonwatch.bench.speed.bare_motion import STATES, carried, transition
from commonwatch.bench.speed.setting import INTERVAL_S, Setting

Array = NDArray[np.float64]


class _Extended(ExtendedKalmanFilter):
    """FilterPy's, carried on by the compiled motion and its slope, as its users do it."""

    x: Array
    F: Array

    def predict_x(self, u: object = 0) -> None:  # noqa: ARG002  # nothing is controlled
        """What FilterPy asks of a nonlinear motion."""
        ahead = np.empty(STATES)
        transition(self.x, INTERVAL_S, self.F)
        carried(self.x, INTERVAL_S, ahead)
        self.x = ahead


def extended(setting: Setting) -> tuple[Array, Array]:
    """Its extended filter over all plots."""
    radar = setting.radar
    filter_ = _Extended(dim_x=STATES, dim_z=COMPONENTS)
    filter_.x, filter_.P = setting.mean.copy(), setting.cov.copy()
    filter_.F = np.eye(STATES)
    filter_.Q = np.zeros((STATES, STATES))
    look, by_position = np.empty(COMPONENTS), np.empty((COMPONENTS, 3))

    def jacobian(state: Array) -> Array:
        slope = np.zeros((COMPONENTS, STATES))
        slope_of_look(state, radar, look, by_position)
        slope[:, :3] = by_position
        return slope

    def predicted(state: Array) -> Array:
        out = np.empty(COMPONENTS)
        looked_at(state, radar, out)
        return out

    for plot in setting.bare_plots:
        filter_.predict()
        noise = np.diag(plot[COMPONENTS:])
        filter_.update(plot[:COMPONENTS], jacobian, predicted, R=noise, residual=residual)
    return filter_.x, filter_.P


def unscented(setting: Setting) -> tuple[Array, Array]:
    """Its unscented filter over all plots."""
    radar = setting.radar

    def moved(state: Array, duration_s: float) -> Array:
        out = np.empty(STATES)
        carried(state, duration_s, out)
        return out

    def predicted(state: Array) -> Array:
        out = np.empty(COMPONENTS)
        looked_at(state, radar, out)
        return out

    points = MerweScaledSigmaPoints(STATES, alpha=1.0, beta=0.0, kappa=0.0)
    filter_ = UnscentedKalmanFilter(
        STATES, COMPONENTS, INTERVAL_S, hx=predicted, fx=moved, points=points, residual_z=residual
    )
    filter_.x, filter_.P = setting.mean.copy(), setting.cov.copy()
    filter_.Q = np.zeros((STATES, STATES))
    for plot in setting.bare_plots:
        filter_.predict()
        filter_.update(plot[:COMPONENTS], R=np.diag(plot[COMPONENTS:]))
    return filter_.x, filter_.P


def residual(measured: Array, predicted: Array) -> Array:
    """A difference whose azimuth does not jump at north."""
    off: Array = measured - predicted
    off[0] = math.remainder(off[0], 2.0 * math.pi)
    return off
