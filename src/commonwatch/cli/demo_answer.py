"""What `demo` says: the table of what each nation knew, on a terminal with rules and colour."""

from __future__ import annotations

import sys
import textwrap
from typing import TYPE_CHECKING

from commonwatch.report.story import tell
from commonwatch.report.tables import Table, exchange_table, knowledge_table
from commonwatch.report.words import NBSP, moment

if TYPE_CHECKING:
    from commonwatch.world.replay_result import ReplayResult

COLUMN_OF_SENSORS = "Sensors"
HEAD_WIDTH = 14
NARROW_TERMINAL = 100
COLUMN_LEFT_OUT_ON_IT = "First own plot"
STYLES = {"alone": "yellow", "shared": "bold cyan", "times smaller": "bold"}


def print_knowledge(result: ReplayResult) -> None:
    """Print what each nation knew when, what crossed, and what sharing was worth."""
    story = tell(result)
    print(f"EXERCISE, REPLAY of {result.launch}. Lift-off {moment(result.lift_off)} UTC. "
          "Every sensor is notional.\n")  # fmt: skip
    show = _print_rich if sys.stdout.isatty() else _print_plain
    show(without_sensors(knowledge_table(result)))
    print()
    show(exchange_table(result))
    print(f"\n{_typed(story.headline)}.")
    print(_typed(story.lede[-1]))


def without_sensors(table: Table) -> Table:
    """The table but its widest column, which the report has."""
    return _without(table, COLUMN_OF_SENSORS)


def _without(table: Table, column: str) -> Table:
    """The table but one column, if it has that."""
    if column not in table.heads:
        return table
    at = table.heads.index(column)
    rows = tuple(row[:at] + row[at + 1 :] for row in table.rows)
    return Table(table.caption, table.heads[:at] + table.heads[at + 1 :], rows)


def _typed(text: str) -> str:
    """Text with plain blanks: a terminal breaks lines where it must."""
    return text.replace(NBSP, " ")


def plain_lines(table: Table) -> list[str]:
    """The table in columns of blanks, heads in as many lines as they have parts."""
    heads = [textwrap.wrap(_typed(head), HEAD_WIDTH) for head in table.heads]
    deep = max(len(head) for head in heads)
    head_rows = [
        tuple(head[k - deep + len(head)] if k >= deep - len(head) else "" for head in heads)
        for k in range(deep)
    ]
    rows = [*head_rows, *table.rows]
    widths = [max(len(row[k]) for row in rows) for k in range(len(table.heads))]
    lines = []
    for row in rows:
        cells = [_typed(cell).ljust(wide) for cell, wide in zip(row, widths, strict=True)]
        lines.append("  ".join(cells).rstrip())
    lines.insert(deep, "  ".join("-" * wide for wide in widths))
    return lines


def _print_plain(table: Table) -> None:
    print(table.caption)
    print("\n".join(plain_lines(table)))


def _print_rich(table: Table) -> None:
    # Rich is imported here, as only a terminal needs it.
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    console = Console()
    if console.width < NARROW_TERMINAL:
        table = _without(table, COLUMN_LEFT_OUT_ON_IT)
    drawn = RichTable(
        title=table.caption,
        title_justify="left",
        title_style="bold",
        box=SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
    )
    for head in table.heads:
        drawn.add_column(head, overflow="fold")
    named = ""
    for row in table.rows:
        repeats, named = row[0] == named, row[0]
        style = STYLES.get(row[1], "")
        first = Text("" if repeats else row[0], style="bold")
        drawn.add_row(first, *(Text(_typed(cell), style=style) for cell in row[1:]),
                      end_section=row[1] == "times smaller")  # fmt: skip
    console.print(drawn)
