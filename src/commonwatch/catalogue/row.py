"""One row of a table of facts: typed access to its columns, and errors that say where they are."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO

from commonwatch.errors import UnusableInput
from commonwatch.limits import CATALOGUE_CHARACTERS_MAX, CATALOGUE_ROWS_MAX


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row by column, with the file and the line that they came from."""

    source: str
    line: int
    columns: tuple[str, ...]
    cells: tuple[str, ...]

    def fault(self, why: str) -> UnusableInput:
        """The error that says that this row cannot be used, and why."""
        return UnusableInput(f"{self.source}, line {self.line}: {why}")

    def text(self, column: str) -> str:
        """A cell that must not be empty."""
        value = self.optional_text(column)
        if value is None:
            raise self.fault(f"{column} is empty; every row must have one")
        return value

    def optional_text(self, column: str) -> str | None:
        """A cell, None where it is empty."""
        return self.cells[self.columns.index(column)].strip() or None

    def optional_number(self, column: str, low: float, high: float) -> float | None:
        """A number within [low, high], None where the cell is empty."""
        text = self.optional_text(column)
        if text is None:
            return None
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            raise self.fault(f"{column} is {text!r}; a number from {low:g} to {high:g} is needed")
        return value


def read_rows(text: str, source: str, columns: tuple[str, ...]) -> Iterator[Row]:
    """The rows of a CSV text with exactly these columns.

    Raises UnusableInput with file, line and reason where the text is not such a table.
    """
    if len(text) > CATALOGUE_CHARACTERS_MAX:
        raise UnusableInput(
            f"{source}: {len(text)} characters; at most {CATALOGUE_CHARACTERS_MAX} are read"
        )
    reader = csv.reader(StringIO(text), strict=True)
    try:
        header = tuple(next(reader, ()))
        if header != columns:
            raise UnusableInput(
                f"{source}, line 1: the columns are {', '.join(header) or 'missing'}; "
                f"they must be {', '.join(columns)}"
            )
        for count, cells in enumerate(reader, start=1):
            row = Row(source, reader.line_num, columns, tuple(cells))
            if count > CATALOGUE_ROWS_MAX:
                raise row.fault(f"more than {CATALOGUE_ROWS_MAX} rows")
            if len(cells) != len(columns):
                raise row.fault(f"{len(cells)} cells where the header has {len(columns)}")
            yield row
    except csv.Error as error:
        raise UnusableInput(f"{source}, line {reader.line_num}: not CSV: {error}") from error
