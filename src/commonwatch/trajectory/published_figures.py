"""Figures published of one flight: apogee, range, place, direction, time; checked."""

from __future__ import annotations

from dataclasses import dataclass

from commonwatch.errors import UnusableInput
from commonwatch.trajectory.geodesic import Place, destination, distance_and_azimuth
from commonwatch.trajectory.keplerian_arc import KeplerianArc, keplerian_arc

# No published figure of a missile lies outside these, and the notional boosters reach them.
APOGEE_KM_MIN, APOGEE_KM_MAX = 5.0, 20_000.0
RANGE_KM_MIN, RANGE_KM_MAX = 10.0, 19_900.0
FLIGHT_TIME_S_MAX = 86_400.0
DEFAULT_AZIMUTH_DEG = 90.0


@dataclass(frozen=True, slots=True)
class PublishedFigures:
    """What was published, checked: `impact` lies `range_km` from the launch at `azimuth_deg`.

    `impact_miss_km` is how much farther out the impact was that was given, 0 where none was; `arc`
    is the drag-free arc through apogee and range.
    """

    launch: Place
    apogee_km: float
    range_km: float
    azimuth_deg: float
    azimuth_assumed: bool
    impact: Place
    impact_miss_km: float
    flight_time_s: float | None
    arc: KeplerianArc


def check_figures(
    lat_deg: float,
    lon_deg: float,
    apogee_km: float,
    range_km: float,
    *,
    azimuth_deg: float | None,
    impact: Place | None,
    flight_time_s: float | None,
) -> PublishedFigures:
    """The figures with the direction they imply; `reconstruct` says what is allowed.

    Raises UnusableInput where one is out of range or both directions are given.
    """
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
    return PublishedFigures(
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
