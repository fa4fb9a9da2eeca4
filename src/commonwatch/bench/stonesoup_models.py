"""Our sensors and physics in Stone Soup's terms, so that only the estimator differs.

Its state is ECEF position and velocity (6,), m and m/s. Stone Soup counts a bearing from its first
axis towards its second; with east, north, up that is 90 degrees less the azimuth.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation
from stonesoup.models.measurement.nonlinear import (
    CartesianToElevationBearingRange,
    CartesianToElevationBearingRangeRate,
)
from stonesoup.types.angle import Bearing, Elevation
from stonesoup.types.array import CovarianceMatrix, StateVector, StateVectors
from stonesoup.types.detection import Detection
from stonesoup.types.hypothesis import SingleHypothesis
from stonesoup.types.track import Track
from stonesoup.types.update import GaussianStateUpdate

from commonwatch.acquire.plot import Plot
from commonwatch.acquire.sensor import Sensor
from commonwatch.estimate.coast_filter import BALLISTIC_COEFFICIENT_PRIOR_KG_M2
from commonwatch.estimate.measurement import SensorPlace, measurement_row, place_sensor
from commonwatch.estimate.measurement import position_and_covariance as point_of
from commonwatch.trajectory.kernels.arc import coast
from commonwatch.trajectory.kernels.chains import SPEED_FIRST_SIGMA_M_S

STATES = 6
POSITION = (0, 1, 2)
VELOCITY = (3, 4, 5)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment_of(time_s: float) -> datetime:
    """POSIX seconds as Stone Soup's time."""
    return _EPOCH + timedelta(microseconds=round(time_s * 1e6))


class Arc:
    """Stone Soup's transition model: our compiled arc, and white noise on the acceleration.

    Gravity to J4, rotation, and drag with the ballistic coefficient that our own filter starts
    from. `noise_psd_m2_s3` is the spectral density of the acceleration's noise on each axis.
    """

    ndim_state = STATES

    def __init__(self, noise_psd_m2_s3: float) -> None:
        self._noise_psd = noise_psd_m2_s3

    def function(
        self,
        state: Any,
        noise: object = None,  # noqa: ARG002  # the noise comes in by `covar`
        *,
        time_interval: timedelta,
        control_input: object = None,  # noqa: ARG002  # nothing is controlled
        points_noise: object = None,  # noqa: ARG002  # as noise
    ) -> StateVectors:
        """All sigma points (6, n) that long later, each along its own arc."""
        points = np.ascontiguousarray(np.asarray(state.state_vector, dtype=np.float64).T)
        moved = np.empty_like(points)
        for point, out in zip(points, moved, strict=True):
            coast(
                point, 1.0 / BALLISTIC_COEFFICIENT_PRIOR_KG_M2, time_interval.total_seconds(), out
            )
        return StateVectors(moved.T)

    def covar(self, *, time_interval: timedelta) -> CovarianceMatrix:
        """Process noise (6, 6); Bar-Shalom, Li and Kirubarajan 2001, section 6.2.2."""
        t = time_interval.total_seconds()
        axis = np.array([[t**3 / 3.0, t**2 / 2.0], [t**2 / 2.0, t]])
        return CovarianceMatrix(self._noise_psd * np.kron(axis, np.eye(3)))


class PlotReader:
    """Plots as detections, each with the measurement model of its sensor."""

    def __init__(self, sensors: Sequence[Sensor]) -> None:
        self._places = {sensor.id: place_sensor(sensor) for sensor in sensors}
        self._turns = {name: rotation_offset(place) for name, place in self._places.items()}

    def detection(self, plot: Plot) -> Detection:
        """A plot with range; the azimuth's sigma is that of the arc on the sky over cos(el)."""
        place = self._places[plot.sensor]
        sensor = place.sensor
        elevation = math.radians(plot.elevation_deg)
        across = math.radians(sensor.sigma_azimuth_deg) / math.cos(elevation)
        values = [
            Elevation(elevation),
            Bearing(math.radians(90.0 - plot.azimuth_deg)),
            plot.range_m,
        ]
        sigmas = [math.radians(sensor.sigma_elevation_deg), across, sensor.sigma_range_m]
        model_of, more = CartesianToElevationBearingRange, {}
        if plot.range_rate_m_s is not None:
            values.append(plot.range_rate_m_s)
            sigmas.append(sensor.sigma_range_rate_m_s)
            model_of, more = CartesianToElevationBearingRangeRate, {"velocity_mapping": VELOCITY}
        model = model_of(
            ndim_state=STATES,
            mapping=POSITION,
            noise_covar=CovarianceMatrix(np.diag(np.square(np.array(sigmas, dtype=np.float64)))),
            translation_offset=StateVector(place.position_ecef_m),
            rotation_offset=self._turns[plot.sensor],
            **more,
        )
        return Detection(
            StateVector(values),
            timestamp=moment_of(plot.time_s),
            measurement_model=model,
            metadata={"plot": plot},
        )

    def first_state(self, detection: Detection) -> GaussianStateUpdate:
        """A track's first state: where the plot says, and our own prior of the velocity.

        Stone Soup's own initiator inverts the model's Jacobian: by default a numerical one, whose
        step is 1e-8 for a negative state, so that in ECEF over East Asia it is rounding alone.
        """
        plot = detection.metadata["plot"]
        point, cov = point_of(measurement_row(plot, self._places[plot.sensor]))
        whole = np.zeros((STATES, STATES))
        whole[:3, :3] = cov
        whole[3:, 3:] = SPEED_FIRST_SIGMA_M_S**2 * np.eye(3)
        return GaussianStateUpdate(
            StateVector([*point, 0.0, 0.0, 0.0]),
            CovarianceMatrix(whole),
            hypothesis=SingleHypothesis(None, detection),
            timestamp=detection.timestamp,
        )

    def initiate(
        self,
        detections: set[Detection],
        timestamp: datetime,  # noqa: ARG002  # detections have their own
    ) -> set[Track]:
        """What Stone Soup asks of an initiator: a tentative track for each plot that none took."""
        return {Track([self.first_state(detection)]) for detection in detections}


def rotation_offset(place: SensorPlace) -> StateVector:
    """The angles by which Stone Soup turns ECEF axes into a sensor's east, north and up."""
    # Its matrix is Rx(-a) Ry(b) Rz(-c): stonesoup.functions.build_rotation_matrix.
    x, y, z = Rotation.from_matrix(place.enu_from_ecef).as_euler("XYZ")
    return StateVector([-x, y, -z])


def covariance_of(state: Any) -> NDArray[np.float64]:
    """A state's covariance as a plain array, symmetric."""
    cov = np.asarray(state.covar, dtype=np.float64)
    return 0.5 * (cov + cov.T)
