"""launches.csv into PublishedLaunch records."""

from __future__ import annotations

import re

from commonwatch.catalogue.launch import Grade, PublishedLaunch, PublishedPlace
from commonwatch.catalogue.row import Row, read_rows

COLUMNS = (
    "id",
    "date_utc",
    "time_utc",
    "local_time_kst",
    "missile",
    "class",
    "launch_site",
    "launch_lat",
    "launch_lon",
    "apogee_km",
    "ground_range_km",
    "flight_time_s",
    "impact_description",
    "impact_lat",
    "impact_lon",
    "reported_by",
    "source",
    "notes",
)
APOGEE_KM_MAX = 50_000.0
HALF_CIRCUMFERENCE_KM = 20_004.0  # WGS-84, pole to pole along a meridian
FLIGHT_TIME_S_MAX = 86_400.0

_ID = re.compile(r"NK\d{6}(\d{2})?-\d{2}")
_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_GRADE = re.compile(r"q=([ABCDX])")
_BEARING = re.compile(r"nagix_bearing_deg=(\d+(?:\.\d+)?)")


def parse_launches(text: str, source: str) -> tuple[PublishedLaunch, ...]:
    """All flights of a launches.csv, in its order; ids are unique.

    Raises UnusableInput with file, line and reason.
    """
    launches = []
    seen: set[str] = set()
    for row in read_rows(text, source, COLUMNS):
        launch = _launch(row)
        if launch.id in seen:
            raise row.fault(f"{launch.id} stands twice; an id names one flight")
        seen.add(launch.id)
        launches.append(launch)
    return tuple(launches)


def _launch(row: Row) -> PublishedLaunch:
    identity = row.text("id")
    if not _ID.fullmatch(identity):
        raise row.fault(f"id is {identity!r}; NKyyyymmdd-nn is needed")
    grade, notes = _grade_and_notes(row)
    flight_time_s = row.optional_number("flight_time_s", 1.0, FLIGHT_TIME_S_MAX)
    return PublishedLaunch(
        id=identity,
        date_utc=_date(row),
        launch_time=_launch_time(row),
        local_time_kst=row.optional_text("local_time_kst"),
        missile=row.text("missile"),
        missile_class=row.optional_text("class"),
        site=row.optional_text("launch_site"),
        launch=_place(row, "launch"),
        apogee_km=row.optional_number("apogee_km", 0.0, APOGEE_KM_MAX),
        ground_range_km=row.optional_number("ground_range_km", 0.0, HALF_CIRCUMFERENCE_KM),
        flight_time_s=flight_time_s,
        flight_time_resolution_s=_resolution_s(flight_time_s),
        impact=_place(row, "impact"),
        impact_description=row.optional_text("impact_description"),
        bearing_deg=_bearing_deg(row, notes),
        reported_by=row.text("reported_by"),
        source=row.text("source"),
        grade=grade,
        notes=notes,
    )


def _date(row: Row) -> str:
    date = row.text("date_utc")
    if not _DATE.fullmatch(date):
        raise row.fault(f"date_utc is {date!r}; YYYY-MM-DD or YYYY-MM is needed")
    return date


def _launch_time(row: Row) -> str | None:
    time = row.optional_text("time_utc")
    if time is None:
        return None
    if not _TIME.fullmatch(time):
        raise row.fault(f"time_utc is {time!r}; HH:MM is needed")
    return f"{row.text('date_utc')}T{time}:00Z"


def _place(row: Row, which: str) -> PublishedPlace | None:
    lat_deg = row.optional_number(f"{which}_lat", -90.0, 90.0)
    lon_deg = row.optional_number(f"{which}_lon", -180.0, 180.0)
    if (lat_deg is None) != (lon_deg is None):
        raise row.fault(f"only one of {which}_lat and {which}_lon is there; both or none")
    if lat_deg is None or lon_deg is None:
        return None
    return PublishedPlace(lat_deg, lon_deg)


def _resolution_s(flight_time_s: float | None) -> float | None:
    # Every published time that is a multiple of 60 s comes with "minute", "about 30 min" or two
    # clock times in minutes (by_reporter.csv); those to the second are 4135, 4151 and 4491.
    if flight_time_s is None:
        return None
    return 60.0 if flight_time_s % 60.0 == 0.0 else 1.0


def _grade_and_notes(row: Row) -> tuple[Grade, tuple[str, ...]]:
    first, *rest = row.text("notes").split(";")
    match = _GRADE.fullmatch(first.strip())
    if match is None:
        raise row.fault(f"notes begin with {first[:40]!r}; a grade q=A, B, C, D or X is needed")
    return Grade(match[1]), tuple(note.strip() for note in rest if note.strip())


def _bearing_deg(row: Row, notes: tuple[str, ...]) -> float | None:
    for note in notes:
        match = _BEARING.fullmatch(note)
        if match is None:
            continue
        if float(match[1]) >= 360.0:
            raise row.fault(f"{note}; a bearing is below 360")
        return float(match[1])
    return None
