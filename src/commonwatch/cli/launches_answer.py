"""What `launches` answers: objects for --json, a table and text for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from commonwatch.catalogue.launch import PublishedLaunch, QualifiedFigure, ReporterStatement

if TYPE_CHECKING:
    from collections.abc import Sequence

COLUMNS = ("id", "UTC", "class", "missile", "apogee km", "range km", "time s", "grade")


class ListedLaunches(msgspec.Struct, frozen=True, kw_only=True):
    """What `launches --json` prints."""

    kind: str = "launches"
    count: int
    launches: tuple[PublishedLaunch, ...]


class ShownLaunch(msgspec.Struct, frozen=True, kw_only=True):
    """What `launches show ID --json` prints."""

    kind: str = "launch"
    launch: PublishedLaunch
    statements: tuple[ReporterStatement, ...]


def table_of(launches: Sequence[PublishedLaunch], *, on_terminal: bool) -> None:
    """Print a table: ruled on a terminal; elsewhere plain, cells apart by two blanks or more."""
    rows = [_cells(launch) for launch in launches]
    if on_terminal:
        _print_ruled(rows)
        return
    widths = [max(len(row[i]) for row in (COLUMNS, *rows)) for i in range(len(COLUMNS))]
    for row in (COLUMNS, *rows):
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        )
    if not rows:
        print("no launch matches")


def text_of(shown: ShownLaunch) -> str:
    """All that is published of one launch, in lines."""
    launch = shown.launch
    place = "" if launch.launch is None else f"{launch.launch.lat_deg}, {launch.launch.lon_deg}"
    impact = "" if launch.impact is None else f"{launch.impact.lat_deg}, {launch.impact.lon_deg}"
    resolution = " (whole minutes)" if launch.flight_time_resolution_s == 60.0 else ""
    facts = (
        ("launch", launch.launch_time or launch.date_utc),
        ("Korean time", launch.local_time_kst or ""),
        ("missile", f"{launch.missile} ({launch.missile_class or 'class unknown'})"),
        ("from", ", ".join(part for part in (launch.site, place) if part)),
        ("apogee", _with_unit(launch.apogee_km, "km")),
        ("range", _with_unit(launch.ground_range_km, "km")),
        ("flight time", _with_unit(launch.flight_time_s, "s") + resolution),
        ("bearing", _with_unit(launch.bearing_deg, "deg")),
        ("impact", "; ".join(part for part in (impact, launch.impact_description) if part)),
        ("reported by", launch.reported_by),
        ("source", launch.source),
    )
    lines = [f"{launch.id}  grade {launch.grade}"]
    lines += [f"  {name:<12}{value}" for name, value in facts if value]
    lines += [f"  note        {note}" for note in launch.notes]
    for statement in shown.statements:
        lines += _statement_lines(statement)
    return "\n".join(lines)


def _print_ruled(rows: Sequence[tuple[str, ...]]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table(
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        caption=f"{len(rows)} published launches; `launches show ID` tells of one",
    )
    widths = [
        max([len(row[i]) for row in rows] + [len(word) for word in COLUMNS[i].split()])
        for i in range(len(COLUMNS))
    ]
    # Where the terminal is narrow it is the missile's name that is cut.
    spare = console.width - sum(widths) - 2 * len(COLUMNS) - 2
    for name, width in zip(COLUMNS, widths, strict=True):
        table.add_column(
            name.replace(" ", "\n"),
            justify="right" if name.endswith((" km", " s")) else "left",
            no_wrap=True,
            width=max(8, width + min(0, spare)) if name == "missile" else width,
        )
    for row in rows:
        table.add_row(*row)
    console.print(table)


def _cells(launch: PublishedLaunch) -> tuple[str, ...]:
    time = launch.launch_time
    return (
        launch.id,
        launch.date_utc if time is None else f"{time[:10]} {time[11:16]}",
        launch.missile_class or "-",
        launch.missile,
        _number(launch.apogee_km),
        _number(launch.ground_range_km),
        _number(launch.flight_time_s),
        str(launch.grade),
    )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.10g}"


def _with_unit(value: float | None, unit: str) -> str:
    return "" if value is None else f"{value:.10g} {unit}"


def _qualified(name: str, figure: QualifiedFigure | None) -> str:
    return "" if figure is None else f"{name} {figure.qualifier}{figure.value:.10g} km"


def _statement_lines(statement: ReporterStatement) -> list[str]:
    time = _with_unit(statement.flight_time_s, "s")
    if statement.flight_time_precision is not None:
        time += f" ({statement.flight_time_precision})"
    count = statement.missiles_reported
    said = (
        _qualified("apogee", statement.apogee_km),
        _qualified("range", statement.range_km),
        time,
        "" if statement.launch_time_kst is None else f"launched {statement.launch_time_kst} KST",
        "" if statement.impact_time_kst is None else f"fell {statement.impact_time_kst} KST",
        "" if count in {None, 1} else f"{count} missiles",
        statement.note or "",
    )
    return [
        f"  {statement.reporter:<12}{', '.join(part for part in said if part)}",
        f"  {'':<12}{statement.source}",
    ]
