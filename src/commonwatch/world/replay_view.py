"""What one nation knew of a scene, collected while it is replayed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from commonwatch.errors import UnusableInput
from commonwatch.estimate.assessment import Assessment, GroundPoint, Impact
from commonwatch.trajectory.geodesic import Place, distance_and_azimuth
from commonwatch.trajectory.kernels.geodesy import geodetic_from_ecef
from commonwatch.utc import parse_utc
from commonwatch.world.replay_result import ImpactView, LaunchView, PathPoint, View
from commonwatch.world.replay_scene import TrueFlight

VIEW_INTERVAL_S = 10.0


@dataclass(frozen=True, slots=True)
class Known:
    """One object as a node knows it: the assessment, and the sensors on which its impact rests."""

    assessment: Assessment
    impact_sensors: tuple[str, ...]


@dataclass(slots=True)
class ViewKeeper:
    """Collects a View; times given are POSIX seconds, times kept are after `lift_off_s`."""

    lift_off_s: float
    flights: tuple[TrueFlight, ...]
    plots: int = 0
    first_plot_s: float | None = None
    confirmed_s: float | None = None
    first_impact_s: float | None = None
    objects_max: int = 0
    events_max: int = 0
    impact: list[ImpactView] = field(default_factory=list)
    path: list[PathPoint] = field(default_factory=list)
    launch: LaunchView | None = None
    burnout_s: float | None = None
    apogee_km: float | None = None

    def told_confirmed(self, now_s: float) -> None:
        """Something is known to fly."""
        if self.confirmed_s is None:
            self.confirmed_s = self._after(now_s)

    def told_impact(self, now_s: float) -> None:
        """Where it will come down is known."""
        if self.first_impact_s is None:
            self.first_impact_s = self._after(now_s)

    def take(self, objects: Sequence[Known], now_s: float) -> None:
        """All objects as known at one moment of the grid."""
        self.objects_max = max(self.objects_max, len(objects))
        self.events_max = max(self.events_max, len({item.assessment.event for item in objects}))
        for known in objects:
            self.told_confirmed(now_s)
            told = known.assessment
            self.path.append(self._path_point(told, now_s))
            if told.impact is not None:
                self.told_impact(now_s)
                self.impact.append(self._impact_view(told.impact, known.impact_sensors, now_s))
        if objects:
            self._last_words(objects[0].assessment, now_s)

    def view(self) -> View:
        """What was collected."""
        return View(
            first_plot_s=self.first_plot_s,
            confirmed_s=self.confirmed_s,
            first_impact_s=self.first_impact_s,
            events=self.events_max,
            tracks=self.objects_max,
            plots=self.plots,
            impact=tuple(self.impact),
            path=tuple(self.path),
            launch=self.launch,
            burnout_s=self.burnout_s,
            apogee_km=self.apogee_km,
        )

    def _after(self, time_s: float) -> float:
        return round(time_s - self.lift_off_s, 6)

    def _last_words(self, told: Assessment, now_s: float) -> None:
        if told.launch is not None:
            self.launch = self._launch_view(told.launch, now_s)
        if told.burnout_time is not None:
            self.burnout_s = self._after(parse_utc(told.burnout_time))
        if told.apogee is not None:
            self.apogee_km = told.apogee.height_m / 1e3

    def _impact_view(self, impact: Impact, sensors: tuple[str, ...], now_s: float) -> ImpactView:
        ellipse = impact.ellipse95
        true_places = [item.impact for item in self.flights if item.impact is not None]
        return ImpactView(
            at_s=self._after(now_s),
            error_m=nearest_m(impact, true_places),
            semi_major_m=ellipse.semi_major_m,
            semi_minor_m=ellipse.semi_minor_m,
            area_km2=math.pi * ellipse.semi_major_m * ellipse.semi_minor_m / 1e6,
            sources=sensors,
            lat_deg=impact.lat_deg,
            lon_deg=impact.lon_deg,
            azimuth_deg=ellipse.azimuth_deg,
            impact_at_s=self._after(parse_utc(impact.time)),
            time_sigma_s=impact.time_sigma_s,
            if_thrust_ends=impact.if_thrust_ends,
        )

    def _launch_view(self, launch: GroundPoint, now_s: float) -> LaunchView:
        ellipse = launch.ellipse95
        return LaunchView(
            at_s=self._after(now_s),
            launch_time_s=self._after(parse_utc(launch.time)),
            time_sigma_s=launch.time_sigma_s,
            lat_deg=launch.lat_deg,
            lon_deg=launch.lon_deg,
            semi_major_m=ellipse.semi_major_m,
            semi_minor_m=ellipse.semi_minor_m,
            azimuth_deg=ellipse.azimuth_deg,
            error_m=nearest_m(launch, [item.launch for item in self.flights]),
        )

    def _path_point(self, told: Assessment, now_s: float) -> PathPoint:
        lat, lon, height_m = geodetic_from_ecef(*told.state.position_m)
        covariance = np.array(told.state.covariance)
        return PathPoint(
            at_s=self._after(now_s),
            lat_deg=math.degrees(lat),
            lon_deg=math.degrees(lon),
            height_m=float(height_m),
            sigma_m=math.sqrt(max(float(np.trace(covariance[:3, :3])), 0.0)),
            status=told.status,
            phase=told.phase,
        )


def nearest_m(point: GroundPoint, places: Sequence[Place]) -> float | None:
    """Distance to the nearest of the true places.

    None where none is known, or none can be measured.
    """
    distances: list[float] = []
    for place in places:
        try:
            distances.append(distance_and_azimuth(Place(point.lat_deg, point.lon_deg), place)[0])
        except UnusableInput:
            # Nearly opposite on the Earth: the geodesic does not converge, and it is not the
            # nearest.
            continue
    return min(distances, default=None)
