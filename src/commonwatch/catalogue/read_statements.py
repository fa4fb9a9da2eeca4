"""by_reporter.csv into ReporterStatement records."""

from __future__ import annotations

import re

from commonwatch.catalogue.launch import QualifiedFigure, ReporterStatement
from commonwatch.catalogue.read_launches import (
    APOGEE_KM_MAX,
    FLIGHT_TIME_S_MAX,
    HALF_CIRCUMFERENCE_KM,
)
from commonwatch.catalogue.row import Row, read_rows

COLUMNS = (
    "id",
    "reporter",
    "apogee_km",
    "apogee_q",
    "range_km",
    "range_q",
    "flight_time_s",
    "time_q",
    "launch_kst",
    "impact_kst",
    "n_reported",
    "note",
    "source",
)
QUALIFIERS = ("", ">", ">=", "<=")
MISSILES_MAX = 100.0

_REVISED = re.compile(r"\b(REVISED|CORRECTED)\b")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def parse_statements(text: str, source: str) -> tuple[ReporterStatement, ...]:
    """All statements of a by_reporter.csv, in its order: of one reporter the later is the newer.

    Raises UnusableInput with file, line and reason.
    """
    return tuple(_statement(row) for row in read_rows(text, source, COLUMNS))


def _statement(row: Row) -> ReporterStatement:
    count = row.optional_number("n_reported", 1.0, MISSILES_MAX)
    note = row.optional_text("note")
    return ReporterStatement(
        launch_id=row.text("id"),
        reporter=row.text("reporter"),
        apogee_km=_qualified(row, "apogee", APOGEE_KM_MAX),
        range_km=_qualified(row, "range", HALF_CIRCUMFERENCE_KM),
        flight_time_s=row.optional_number("flight_time_s", 1.0, FLIGHT_TIME_S_MAX),
        flight_time_precision=row.optional_text("time_q"),
        launch_time_kst=_time(row, "launch_kst"),
        impact_time_kst=_time(row, "impact_kst"),
        missiles_reported=None if count is None else int(count),
        revised=note is not None and _REVISED.search(note) is not None,
        note=note,
        source=row.text("source"),
    )


def _qualified(row: Row, which: str, high_km: float) -> QualifiedFigure | None:
    value = row.optional_number(f"{which}_km", 0.0, high_km)
    qualifier = row.optional_text(f"{which}_q") or ""
    if qualifier not in QUALIFIERS:
        raise row.fault(f"{which}_q is {qualifier!r}; nothing, >, >= or <= is needed")
    return None if value is None else QualifiedFigure(value, qualifier)


def _time(row: Row, column: str) -> str | None:
    time = row.optional_text(column)
    if time is not None and not _TIME.fullmatch(time):
        raise row.fault(f"{column} is {time!r}; HH:MM is needed")
    return time
