"""The catalogue that comes with the program, and finding a flight in it."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import resources

from commonwatch.catalogue.correction import Correction, parse_corrections
from commonwatch.catalogue.launch import PublishedLaunch, ReporterStatement
from commonwatch.catalogue.read_launches import parse_launches
from commonwatch.catalogue.read_statements import parse_statements
from commonwatch.errors import UnusableInput

LAUNCHES_FILE = "launches.csv"
STATEMENTS_FILE = "by_reporter.csv"
CORRECTIONS_FILE = "corrections.csv"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Published flights in order of their ids' table, and what each government said of them.

    `corrections` tell when and why it corrected itself.
    """

    launches: tuple[PublishedLaunch, ...]
    statements: tuple[ReporterStatement, ...]
    corrections: tuple[Correction, ...] = ()

    def find(self, launch_id: str) -> PublishedLaunch:
        """The flight of that id; UnusableInput with the nearest ids where there is none."""
        for launch in self.launches:
            if launch.id == launch_id:
                return launch
        near = get_close_matches(launch_id, [launch.id for launch in self.launches], n=3)
        hint = f"; near it are {', '.join(near)}" if near else ""
        raise UnusableInput(f"no published launch has the id {launch_id!r}{hint}")

    def statements_on(self, launch_id: str) -> tuple[ReporterStatement, ...]:
        """What was said of that flight, in the order of the table."""
        return tuple(s for s in self.statements if s.launch_id == launch_id)

    def corrections_on(self, launch_id: str) -> tuple[Correction, ...]:
        """What was corrected of that flight."""
        return tuple(c for c in self.corrections if c.launch_id == launch_id)


def make_catalogue(
    launches: tuple[PublishedLaunch, ...],
    statements: tuple[ReporterStatement, ...],
    corrections: tuple[Correction, ...] = (),
) -> Catalogue:
    """A catalogue in which each statement is on a flight that is there; else UnusableInput.

    A correction must be of a statement that is there.
    """
    known = {launch.id for launch in launches}
    for statement in statements:
        if statement.launch_id not in known:
            raise UnusableInput(
                f"{STATEMENTS_FILE}: {statement.reporter} speaks of {statement.launch_id!r}, "
                f"which is not in {LAUNCHES_FILE}"
            )
    stated = {(statement.launch_id, statement.reporter) for statement in statements}
    for correction in corrections:
        if (correction.launch_id, correction.reporter) not in stated:
            raise UnusableInput(
                f"{CORRECTIONS_FILE}: {correction.reporter} corrects {correction.launch_id!r}, "
                f"of which it says nothing in {STATEMENTS_FILE}"
            )
    return Catalogue(launches, statements, corrections)


@cache
def load() -> Catalogue:
    """The catalogue that comes with the program; the one function here that reads a file."""
    data = resources.files("commonwatch.catalogue") / "data"
    return make_catalogue(
        parse_launches((data / LAUNCHES_FILE).read_text("utf-8"), LAUNCHES_FILE),
        parse_statements((data / STATEMENTS_FILE).read_text("utf-8"), STATEMENTS_FILE),
        parse_corrections((data / CORRECTIONS_FILE).read_text("utf-8"), CORRECTIONS_FILE),
    )
