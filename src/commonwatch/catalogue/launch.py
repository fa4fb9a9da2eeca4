"""What has been published of one flight, and what one government said of it."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Grade(enum.StrEnum):
    """How far the published apogee and range of a flight can be trusted (data/README.md)."""

    A = "A"
    """Apogee, range and time, the flight's own."""
    B = "B"
    """Apogee and range, the flight's own."""
    C = "C"
    """One value shared by a salvo."""
    D = "D"
    """Doubtful."""
    X = "X"
    """No usable pair."""


@dataclass(frozen=True, slots=True)
class PublishedPlace:
    """A published place, geodetic degrees; an impact is good to about 60 km."""

    lat_deg: float
    lon_deg: float


@dataclass(frozen=True, slots=True)
class PublishedLaunch:
    """One row of launches.csv: a flight as published, None where nothing usable was.

    `date_utc` is YYYY-MM-DD, or YYYY-MM where only the month is known; `launch_time` is ISO 8601
    UTC and good to a minute. `flight_time_resolution_s` is 60 where the time is in whole minutes, 1
    otherwise. `bearing_deg` is the bearing of a database, clockwise from north. `notes` is what the
    row says after its grade, caution by caution.
    """

    id: str
    date_utc: str
    launch_time: str | None
    local_time_kst: str | None
    missile: str
    missile_class: str | None
    site: str | None
    launch: PublishedPlace | None
    apogee_km: float | None
    ground_range_km: float | None
    flight_time_s: float | None
    flight_time_resolution_s: float | None
    impact: PublishedPlace | None
    impact_description: str | None
    bearing_deg: float | None
    reported_by: str
    source: str
    grade: Grade
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QualifiedFigure:
    """A figure and its qualifier: "" for the value itself, else ">", ">=" or "<="."""

    value: float
    qualifier: str


@dataclass(frozen=True, slots=True)
class ReporterStatement:
    """One row of by_reporter.csv: what one government said of one flight.

    `flight_time_precision` is the source's own word ("minute", "about 30 min"); times of day are
    Korean standard time, HH:MM. `revised` is true of a statement that corrects an earlier one.
    """

    launch_id: str
    reporter: str
    apogee_km: QualifiedFigure | None
    range_km: QualifiedFigure | None
    flight_time_s: float | None
    flight_time_precision: str | None
    launch_time_kst: str | None
    impact_time_kst: str | None
    missiles_reported: int | None
    revised: bool
    note: str | None
    source: str
