"""A flight rebuilt from published figures, and whether any ballistic flight can have them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from commonwatch.errors import UnusableInput
from commonwatch.trajectory.ascent import Booster, Steering
from commonwatch.trajectory.ballistic_flight import BallisticFlight, FlightPath, path_of
from commonwatch.trajectory.figures_verdict import is_depressed, judge
from commonwatch.trajectory.flight_solution import FlightGoal, flight_to
from commonwatch.trajectory.geodesic import Place
from commonwatch.trajectory.notional_booster import PACE_FASTEST, PACE_SLOWEST, typical_booster
from commonwatch.trajectory.published_figures import PublishedFigures, check_figures

PATH_STEP_S = 10.0
# Nobody knows a booster so well that a flight is sure to the second.
FLIGHT_TIME_SIGMA_S_MIN = 1.0


@dataclass(frozen=True, slots=True)
class Reconstruction:
    """Published figures and the flight that has them; `flight` is None where no ballistic one has.

    `ballistic`: a ballistic flight has that apogee and range (and does not glide or skip);
    `consistent`: all given figures, the time among them, belong to one ballistic flight; `why` says
    so in words. `flight_time_sigma_s` is the spread over plausible boosters.
    """

    launch: Place
    apogee_km: float
    range_km: float
    azimuth_deg: float
    azimuth_assumed: bool
    impact: Place
    published_flight_time_s: float | None
    keplerian_time_s: float
    ballistic: bool
    consistent: bool
    why: str
    flight: BallisticFlight | None
    flight_time_sigma_s: float | None

    @property
    def booster(self) -> Booster:
        """The notional booster that was flown."""
        return self.flown.booster

    @property
    def steering(self) -> Steering:
        """How it was steered."""
        return self.flown.steering

    @property
    def cutoff_s(self) -> float:
        """When its thrust ended (s after lift-off)."""
        return self.flown.cutoff_s

    @property
    def flown(self) -> BallisticFlight:
        """The flight; UnusableInput, saying why, where no ballistic flight has these figures."""
        if self.flight is None:
            raise UnusableInput(f"no ballistic flight to fly: {self.why}")
        return self.flight

    def path(self, step_s: float = PATH_STEP_S) -> FlightPath:
        """States of the flight from lift-off to impact, every `step_s`."""
        return path_of(self.flown, step_s)


def reconstruct(
    lat_deg: float,
    lon_deg: float,
    apogee_km: float,
    range_km: float,
    *,
    azimuth_deg: float | None = None,
    impact: Place | None = None,
    flight_time_s: float | None = None,
) -> Reconstruction:
    """The ballistic flight with powered ascent that has this apogee and ground range.

    Launch in degrees, apogee above the ellipsoid 5 to 20,000 km, range along the geodesic 10 to
    19,900 km, direction as an azimuth (deg from north) or a published impact; east where neither is
    given. Gravity to J4, rotation and drag act throughout; the booster is a notional one typical of
    the energy needed (notional_booster).
    Raises UnusableInput where an argument is out of range or both directions are given.
    """
    figures = check_figures(
        lat_deg,
        lon_deg,
        apogee_km,
        range_km,
        azimuth_deg=azimuth_deg,
        impact=impact,
        flight_time_s=flight_time_s,
    )
    flight, sigma_s = None, None
    if not (is_depressed(figures) and flight_time_s is None):
        flight = _flown(figures, 1.0)
    if flight is not None:
        sigma_s = _sigma_s(figures, flight)
    verdict = judge(figures, flight, sigma_s)
    if not verdict.ballistic:
        flight, sigma_s = None, None
    return Reconstruction(
        launch=figures.launch,
        apogee_km=apogee_km,
        range_km=range_km,
        azimuth_deg=figures.azimuth_deg,
        azimuth_assumed=figures.azimuth_assumed,
        impact=figures.impact,
        published_flight_time_s=flight_time_s,
        keplerian_time_s=figures.arc.flight_time_s,
        ballistic=verdict.ballistic,
        consistent=verdict.consistent,
        why=verdict.why,
        flight=flight,
        flight_time_sigma_s=sigma_s,
    )


def _flown(figures: PublishedFigures, pace: float) -> BallisticFlight | None:
    return flight_to(
        FlightGoal(figures.launch, figures.apogee_km * 1e3, figures.impact),
        typical_booster(figures.arc, pace),
    )


def _sigma_s(figures: PublishedFigures, flight: BallisticFlight) -> float:
    """Standard deviation of the time, uniform between the fastest and the slowest booster."""
    times_s = [flight.flight_time_s]
    for pace in (PACE_FASTEST, PACE_SLOWEST):
        other = _flown(figures, pace)
        if other is not None:
            times_s.append(other.flight_time_s)
    return max(FLIGHT_TIME_SIGMA_S_MIN, (max(times_s) - min(times_s)) / math.sqrt(12.0))
