"""The benchmark's figures as a table: a tracker a column, and in brackets our ratio to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from commonwatch.bench.beside_stonesoup import Answer
from commonwatch.bench.machine import machine_line
from commonwatch.bench.summary import Contender, ImpactFigures, Ratios

NOTHING = "-"


def rows_of(answer: Answer) -> list[tuple[str, ...]]:
    """The head and all lines, each with a cell for the name and for each tracker."""
    ratios = (None, *answer.ratios)
    pairs = list(zip(answer.contenders, ratios, strict=True))
    rows = [
        ("", *(one.name for one in answer.contenders)),
        (
            "seconds a pass, processor",
            *(
                _with_ratio(f"{one.cpu_s:.2f}", None if over is None else over.cpu)
                for one, over in pairs
            ),
        ),
    ]
    rows += [(name, *map(cell, answer.contenders)) for name, cell in PLAIN]
    for title, cell, ratio in PER_MARK:
        for mark in answer.contenders[0].impacts:
            cells = []
            for one, over in pairs:
                there = one.impacts.get(mark)
                share = ratio(over).get(mark) if over is not None and ratio is not None else None
                cells.append(NOTHING if there is None else _with_ratio(cell(there), share))
            rows.append((f"{title}, {mark}", *cells))
    return rows


def lines_of(answer: Answer) -> Iterator[str]:
    """Plain text, cells apart by two blanks or more."""
    rows = rows_of(answer)
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    yield f"{len(answer.passes)} passes, {answer.plots} plots: {'; '.join(answer.passes)}"
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        yield "  ".join(cells).rstrip()
    yield from (f"{note}" for note in answer.notes)
    yield machine_line(answer.machine)


def print_ruled(answer: Answer) -> None:
    """The same for a terminal."""
    from rich.console import Console
    from rich.table import Table

    rows = rows_of(answer)
    text = list(lines_of(answer))
    table = Table(title=text[0], caption="\n".join(text[len(rows) + 1 :]), caption_justify="left")
    for index, name in enumerate(rows[0]):
        table.add_column(name, justify="right" if index else "left")
    for row in rows[1:]:
        table.add_row(*row)
    Console().print(table)


def _with_ratio(cell: str, ratio: float | None) -> str:
    return cell if ratio is None else f"{cell} ({ratio:.2f})"


def _optional(value: float | None, form: str) -> str:
    return NOTHING if value is None else format(value, form)


PLAIN: tuple[tuple[str, Callable[[Contender], str]], ...] = (
    ("seconds a pass, wall", lambda one: f"{one.wall_s:.2f}"),
    ("microseconds a plot", lambda one: f"{one.cpu_us_a_plot:,.0f}"),
    ("completeness, least", lambda one: f"{one.completeness_least:.3f}"),
    ("breaks, most", lambda one: f"{one.breaks_most}"),
    ("spurious, most", lambda one: f"{one.spurious_most:.3f}"),
    ("confirmed after, s", lambda one: _optional(one.confirmed_after_s, ".1f")),
    ("NEES of position (3)", lambda one: _optional(one.nees, ".2f")),
)
PER_MARK: tuple[
    tuple[str, Callable[[ImpactFigures], str], Callable[[Ratios], dict[str, float]] | None],
    ...,
] = (
    ("impact error, m", lambda one: f"{one.error_rms_m:,.0f}", lambda one: one.error_rms),
    (
        "long axis / bound",
        lambda one: _optional(one.long_axis_over_bound, ".3f"),
        lambda one: one.long_axis,
    ),
    ("outside its ellipse", lambda one: f"{one.outside_ellipse} of {one.passes}", None),
)
