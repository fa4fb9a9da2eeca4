"""The figures of each class as a table: a checkpoint a column, and a verdict a line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from commonwatch.bench.calibration.answer import Answer, judged_of
from commonwatch.bench.calibration.statistics import OFF, OK, UNSURE, Measured, worst
from commonwatch.bench.calibration.summary import ClassFigures, PartFigures

NOTHING = "-"
MARK_OF_VERDICT = {OFF: "!", UNSURE: "?", OK: ""}
ROUND_FROM = 100.0
FAULTS_LISTED = 3
VERDICT = "verdict"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: title, rows of cells (the head first), and lines below it."""

    title: str
    rows: list[tuple[str, ...]]
    below: list[str]


def sheets(answer: Answer) -> Iterator[Sheet]:
    """A table for each class and part."""
    for figures in answer.classes:
        for part in figures.parts:
            title = (
                f"{figures.flight_class}, {part.part}: {part.objects} in {figures.flights} flights"
            )
            last = part is figures.parts[-1]
            below = list(_plain_lines(part.plain)) + (list(_class_lines(figures)) if last else [])
            yield Sheet(title, part_rows(part), below)
        if not figures.parts:
            yield Sheet(f"{figures.flight_class}: no whole flight", [], list(_class_lines(figures)))


def part_rows(part: PartFigures) -> list[tuple[str, ...]]:
    """The head, how many were told, and each figure with a verdict."""
    rows = [("", *(mark.mark for mark in part.marks), VERDICT)]
    rows.append(
        ("track, impact told", *(
            f"{mark.followed}, {mark.told} (of {mark.asked})" for mark in part.marks
        ), "")
    )  # fmt: skip
    names = list(dict.fromkeys(name for mark in part.marks for name in mark.figures))
    for name in sorted(names, key=_order):
        found = [mark.figures.get(name) for mark in part.marks]
        verdict = worst([one.verdict for one in found if one is not None])
        rows.append((name, *map(_cell, [name] * len(found), found), verdict))
    return rows


def text_lines(answer: Answer) -> Iterator[str]:
    """Plain text, cells apart by two blanks or more; the last line says what is off."""
    for sheet in sheets(answer):
        yield sheet.title
        widths = [max(map(len, column)) for column in zip(*sheet.rows, strict=True)]
        for row in sheet.rows:
            cells = [row[0].ljust(widths[0])]
            cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
            yield "  ".join(cells).rstrip()
        yield from sheet.below
        yield ""
    yield from closing_lines(answer)


def closing_lines(answer: Answer) -> Iterator[str]:
    """Notes, the machine, and what is off."""
    yield from answer.notes
    versions = ", ".join(f"{name} {number}" for name, number in answer.machine.versions.items())
    yield (
        f"{answer.flights} flights, seed {answer.seed}, {answer.wall_s:.0f} s with "
        f"{answer.workers} processes on {answer.machine.cores} cores, {versions}"
    )
    yield f"off: {'; '.join(off_by_place(answer)) or 'nothing'}"


def off_by_place(answer: Answer) -> Iterator[str]:
    """For each class, part and checkpoint that has any, the names of the figures that are off."""
    names: dict[str, list[str]] = {}
    for figures in answer.classes:
        if figures.faults:
            names[figures.flight_class] = [f"{len(figures.faults)} broke the estimator"]
        for one in judged_of(figures):
            if one.measured.verdict == OFF:
                names.setdefault(one.place, []).append(one.figure)
    for place, of_place in names.items():
        yield f"{place} ({', '.join(of_place)})"


def print_ruled(answer: Answer) -> None:
    """The same for a terminal."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    console = Console()
    for sheet in sheets(answer):
        table = Table(
            title=sheet.title,
            caption="\n".join(sheet.below),
            caption_justify="left",
            box=SIMPLE_HEAD,
            pad_edge=False,
        )
        head, *rows = sheet.rows or [("",)]
        for index, name in enumerate(head):
            title = name.replace("+", "\n+").replace("-60s", "\n-60s")
            table.add_column(title, justify="right" if index else "left", overflow="fold")
        for row in rows:
            # The interval on a line of its own, so that a table fits a terminal of 80.
            cells = [cell.replace(" (", "\n").replace(")", "") for cell in row]
            table.add_row(*cells, style="bold" if row[-1] == OFF else None)
        console.print(table)
        console.print()
    for line in closing_lines(answer):
        console.print(line, highlight=False, markup=False)


def _order(name: str) -> int:
    """Containment first, then what is over the bounds, then NEES."""
    order = ("in ", "area", "impact", "NEES", "position", "velocity")
    return next((k for k, begin in enumerate(order) if name.startswith(begin)), len(order))


def _cell(name: str, one: Measured | None) -> str:
    if one is None:
        return NOTHING
    sign = MARK_OF_VERDICT[one.verdict]
    if _is_share(name):
        return f"{100 * one.value:.1f} ({100 * one.low:.1f}-{100 * one.high:.1f}){sign}"
    return f"{_short(one.value)} ({_short(one.low)}-{_short(one.high)}){sign}"


def _short(value: float) -> str:
    return f"{value:.2f}" if abs(value) < ROUND_FROM else f"{value:.3g}"


def _is_share(name: str) -> bool:
    return name.startswith("in ")


def _plain_lines(figures: dict[str, Measured]) -> Iterator[str]:
    for name, one in figures.items():
        sign = MARK_OF_VERDICT[one.verdict]
        yield f"{name}: {one.value:.4g} ({one.low:.4g} to {one.high:.4g}) of {one.count}{sign}"


def _class_lines(figures: ClassFigures) -> Iterator[str]:
    yield from _plain_lines(figures.plain)
    if figures.faults:
        yield f"the estimator broke down on {len(figures.faults)} of {figures.flights} flights!"
        yield from figures.faults[:FAULTS_LISTED]
    yield f"furthest from what was told: flights {', '.join(map(str, figures.worst))}"
