"""A line that was not taken, and why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rejected:
    """One line of a plots file that is counted, reported and skipped; `line` counts from 1."""

    line: int
    reason: str
