"""When and why a government corrected what it had said, as far as it said so itself."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

from commonwatch.catalogue.read_statements import MISSILES_MAX
from commonwatch.catalogue.row import Row, read_rows

COLUMNS = ("id", "reporter", "corrected_on", "n_reported", "why", "source")
_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")


class CorrectionReason(enum.StrEnum):
    """Why, in the words of the government that corrected itself."""

    NOT_SAID = ""
    LOW_PART_UNSEEN = "low part unseen"
    IRREGULAR_TRAJECTORY = "irregular trajectory"
    ANOTHER_OBJECT = "another object"


@dataclass(frozen=True, slots=True)
class Correction:
    """One row of corrections.csv: the day, the corrected number of missiles, and why.

    Corrected apogees and ranges stand in by_reporter.csv, as rows of their own that are `revised`.
    """

    launch_id: str
    reporter: str
    corrected_on: str
    missiles_reported: int | None
    why: CorrectionReason
    source: str


def parse_corrections(text: str, source: str) -> tuple[Correction, ...]:
    """All corrections of a corrections.csv; UnusableInput with file, line and reason."""
    return tuple(_correction(row) for row in read_rows(text, source, COLUMNS))


def _correction(row: Row) -> Correction:
    day = row.text("corrected_on")
    if not _DAY.fullmatch(day):
        raise row.fault(f"corrected_on is {day!r}; YYYY-MM-DD is needed")
    said = row.optional_text("why") or ""
    known = [reason.value for reason in CorrectionReason]
    if said not in known:
        raise row.fault(f"why is {said!r}; one of {', '.join(filter(None, known))} is needed")
    count = row.optional_number("n_reported", 1.0, MISSILES_MAX)
    return Correction(
        launch_id=row.text("id"),
        reporter=row.text("reporter"),
        corrected_on=day,
        missiles_reported=None if count is None else int(count),
        why=CorrectionReason(said),
        source=row.text("source"),
    )
