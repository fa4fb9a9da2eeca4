"""A flight rebuilt from published figures, and whether any ballistic flight can have them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from commonwatch.errors import UnusableInput
from commonwatch.trajectory.ascent import Booster, Steering
from commonwatch.trajectory.ballistic_flight import (
    BallisticFlight,
    FlightGoal,
    FlightPath,
    flight_to,
    path_of,
)
from commonwatch.trajectory.geodesic import Place, destination, distance_and_azimuth
from commonwatch.trajectory.keplerian_arc import KeplerianArc, keplerian_arc, longest_range_m
from commonwatch.trajectory.notional_booster import PACE_FASTEST, PACE_SLOWEST, typical_booster

# Outside these no figure of a missile's flight lies; a booster of the kinds known here reaches them.
APOGEE_KM_MIN, APOGEE_KM_MAX = 5.0, 20_000.0
RANGE_KM_MIN, RANGE_KM_MAX = 10.0, 19_900.0
FLIGHT_TIME_S_MAX = 86_400.0

# NASA's entry interface, 400,000 ft: what stays below it stays where air can carry it.
NASA_ENTRY_INTERFACE_KM = 121.92
# A flight below it whose speed would carry it this much farther on its best arc is pressed down so
# far that air, not gravity, shapes it. Ballistic short-range flights stay below 1.31 in the
# catalogue of published launches, glides begin at 1.35.
DEPRESSION_MAX = 4.0 / 3.0
# A low flight that takes this much longer than a ballistic one is borne by air all the same.
BORNE_BY_AIR_RATIO = 1.5

DEFAULT_AZIMUTH_DEG = 90.0
AGREES_WITHIN_SIGMAS = 3.0
PATH_STEP_S = 10.0
# A published impact is a phrase turned into coordinates, good to about 60 km: twice that, or a tenth.
IMPACT_TOLERANCE_KM = 120.0
IMPACT_TOLERANCE_SHARE = 0.1


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


@dataclass(frozen=True, slots=True)
class _Figures:
    """What was published, checked; azimuth and impact belong together."""

    launch: Place
    apogee_km: float
    range_km: float
    azimuth_deg: float
    azimuth_assumed: bool
    impact: Place
    impact_miss_km: float
    flight_time_s: float | None
    arc: KeplerianArc


@dataclass(frozen=True, slots=True)
class _Verdict:
    ballistic: bool
    consistent: bool
    why: str


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
    figures = _checked(lat_deg, lon_deg, apogee_km, range_km, azimuth_deg, impact, flight_time_s)
    flight, sigma_s = None, None
    if not (_is_depressed(figures) and flight_time_s is None):
        flight = _flown(figures, 1.0)
    if flight is not None:
        sigma_s = _sigma_s(figures, flight)
    verdict = _verdict(figures, flight, sigma_s)
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


def _checked(
    lat_deg: float,
    lon_deg: float,
    apogee_km: float,
    range_km: float,
    azimuth_deg: float | None,
    impact: Place | None,
    flight_time_s: float | None,
) -> _Figures:
    _require_within("launch latitude", lat_deg, -90.0, 90.0, "deg")
    _require_within("launch longitude", lon_deg, -180.0, 180.0, "deg")
    _require_within("apogee", apogee_km, APOGEE_KM_MIN, APOGEE_KM_MAX, "km")
    _require_within("range", range_km, RANGE_KM_MIN, RANGE_KM_MAX, "km")
    if flight_time_s is not None:
        _require_within("flight time", flight_time_s, 1.0, FLIGHT_TIME_S_MAX, "s")
    if azimuth_deg is not None and impact is not None:
        raise UnusableInput("both an azimuth and an impact are given; give one of them, or neither")
    launch = Place(lat_deg, lon_deg)
    impact_miss_km = 0.0
    towards_deg = DEFAULT_AZIMUTH_DEG if azimuth_deg is None else azimuth_deg
    if impact is not None:
        _require_within("impact latitude", impact.lat_deg, -90.0, 90.0, "deg")
        _require_within("impact longitude", impact.lon_deg, -180.0, 180.0, "deg")
        distance_m, towards_deg = distance_and_azimuth(launch, impact)
        impact_miss_km = distance_m / 1e3 - range_km
    _require_within("azimuth", towards_deg, -360.0, 360.0, "deg")
    return _Figures(
        launch=launch,
        apogee_km=apogee_km,
        range_km=range_km,
        azimuth_deg=towards_deg % 360.0,
        azimuth_assumed=azimuth_deg is None and impact is None,
        impact=destination(launch, towards_deg, range_km * 1e3),
        impact_miss_km=impact_miss_km,
        flight_time_s=flight_time_s,
        arc=keplerian_arc(apogee_km * 1e3, range_km * 1e3),
    )


def _require_within(what: str, value: float, low: float, high: float, unit: str) -> None:
    if not low <= value <= high:
        raise UnusableInput(
            f"{what} is {value:g} {unit}; it must lie between {low:g} and {high:g} {unit}"
        )


def _flown(figures: _Figures, pace: float) -> BallisticFlight | None:
    return flight_to(
        FlightGoal(figures.launch, figures.apogee_km * 1e3, figures.impact),
        typical_booster(figures.arc, pace),
    )


def _sigma_s(figures: _Figures, flight: BallisticFlight) -> float:
    """Standard deviation of the time, uniform between the fastest and the slowest booster."""
    times_s = [flight.flight_time_s]
    for pace in (PACE_FASTEST, PACE_SLOWEST):
        other = _flown(figures, pace)
        if other is not None:
            times_s.append(other.flight_time_s)
    return (max(times_s) - min(times_s)) / math.sqrt(12.0)


def _is_depressed(figures: _Figures) -> bool:
    """Whether a flight this low and this far is pressed into the air (DEPRESSION_MAX)."""
    return figures.apogee_km < NASA_ENTRY_INTERFACE_KM and (
        figures.arc.elevation_deg < 45.0 and _depression(figures) > DEPRESSION_MAX
    )


def _depression(figures: _Figures) -> float:
    return longest_range_m(figures.arc.speed_m_s) / (figures.range_km * 1e3)


def _verdict(
    figures: _Figures, flight: BallisticFlight | None, sigma_s: float | None
) -> _Verdict:
    if flight is None or sigma_s is None:
        return _Verdict(ballistic=False, consistent=False, why=_why_no_flight(figures))
    if abs(figures.impact_miss_km) > max(
        IMPACT_TOLERANCE_KM, IMPACT_TOLERANCE_SHARE * figures.range_km
    ):
        why = (
            f"the impact lies {figures.range_km + figures.impact_miss_km:.0f} km from the launch, "
            f"not {figures.range_km:g} km"
        )
        return _Verdict(ballistic=True, consistent=False, why=why)
    found = f"a ballistic flight with this apogee and range takes {flight.flight_time_s:.0f} s"
    found += f" (sigma {sigma_s:.0f} s)"
    published_s = figures.flight_time_s
    if published_s is None:
        return _Verdict(ballistic=True, consistent=True, why=found)
    miss_s = published_s - flight.flight_time_s
    if abs(miss_s) <= AGREES_WITHIN_SIGMAS * sigma_s + resolution_s(published_s):
        why = f"{found}; the published {published_s:g} s agree: they miss by {abs(miss_s):.0f} s"
        return _Verdict(ballistic=True, consistent=True, why=why)
    if miss_s > 0.0 and _is_borne_by_air(figures, published_s, flight.flight_time_s):
        return _Verdict(ballistic=False, consistent=False, why=_why_glide(figures, found))
    if _is_depressed(figures):
        return _Verdict(ballistic=False, consistent=False, why=_why_no_flight(figures))
    return _Verdict(ballistic=True, consistent=False, why=_why_miss(figures, found, miss_s))


def resolution_s(flight_time_s: float) -> float:
    """How far a published time may be off by rounding: whole minutes come from two clock readings."""
    if flight_time_s % 60.0 == 0.0:
        return 60.0
    return 30.0 if flight_time_s % 30.0 == 0.0 else 1.0


def _is_borne_by_air(figures: _Figures, published_s: float, ballistic_s: float) -> bool:
    low = figures.apogee_km < NASA_ENTRY_INTERFACE_KM
    return low and (_is_depressed(figures) or published_s > BORNE_BY_AIR_RATIO * ballistic_s)


def _why_no_flight(figures: _Figures) -> str:
    leaves = (
        f"with an apogee of {figures.apogee_km:g} km a drag-free arc of {figures.range_km:g} km "
        f"leaves at {figures.arc.elevation_deg:.0f} deg with {figures.arc.speed_m_s:.0f} m/s"
    )
    if figures.apogee_km >= NASA_ENTRY_INTERFACE_KM:
        return f"no ballistic flight with a powered ascent has these figures: {leaves}"
    return (
        f"no ballistic flight: {leaves}, the speed for "
        f"{longest_range_m(figures.arc.speed_m_s) / 1e3:.0f} km on the best arc; so low and so far "
        "it glides or skips through the air"
    )


def _why_glide(figures: _Figures, found: str) -> str:
    published_s = figures.flight_time_s or 0.0
    return (
        f"no ballistic flight: the published {published_s:g} s are "
        f"{published_s / figures.arc.flight_time_s:.1f} times the drag-free arc's "
        f"{figures.arc.flight_time_s:.0f} s; {found}; so low, what stays up longer is borne by air: "
        "it glides or skips"
    )


def _why_miss(figures: _Figures, found: str, miss_s: float) -> str:
    published_s = figures.flight_time_s or 0.0
    why = (
        f"{found}; the published {published_s:g} s are {abs(miss_s):.0f} s too "
        f"{'long' if miss_s > 0.0 else 'short'}"
    )
    short_s = figures.arc.flight_time_s - published_s
    if short_s > 0.0:
        why += (
            f", and {short_s:.0f} s shorter than free fall: the drag-free arc alone, without any "
            f"powered ascent, takes {figures.arc.flight_time_s:.0f} s"
        )
    return why
