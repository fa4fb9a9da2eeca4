"""`commonwatch launches`: the published launches that come with the program."""

from __future__ import annotations

import math
import re
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from commonwatch.errors import UnusableInput

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonwatch.catalogue.launch import PublishedLaunch
    from commonwatch.catalogue.published import Catalogue

EXAMPLES = (
    "commonwatch launches --since 2022 --class ICBM --min-apogee-km 4000",
    "commonwatch launches --grade A --json",
    "commonwatch launches show NK20230315-01",
)

app = typer.Typer()

_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


@app.callback(invoke_without_command=True)
def listing(  # one parameter for each option
    context: typer.Context,
    *,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="UTC date YYYY[-MM[-DD]], inclusive.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="DATE", help="UTC date YYYY[-MM[-DD]], inclusive.")
    ] = None,
    missile_class: Annotated[
        str | None, typer.Option("--class", metavar="CLASS", help="Such as SRBM, IRBM, ICBM, HGV.")
    ] = None,
    missile: Annotated[
        str | None, typer.Option(metavar="NAME", help="Part of the missile's name.")
    ] = None,
    grade: Annotated[
        str | None, typer.Option(metavar="GRADES", help="One or more of A, B, C, D, X: AB.")
    ] = None,
    min_apogee_km: Annotated[
        float | None, typer.Option(metavar="H", help="Published apogee at least this.")
    ] = None,
    reporter: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who said something of it: KCNA, JP MOD.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """List the published launches that come with the program; `launches show ID` tells of one.

    Facts and figures that governments and analysts have published, each with its grade: A apogee,
    range and time; B apogee and range; C one value for a salvo; D doubtful; X no usable pair.
    """
    if context.invoked_subcommand is not None:
        return
    from commonwatch.catalogue.published import load
    from commonwatch.cli.launches_answer import ListedLaunches, table_of
    from commonwatch.cli.output import print_json

    catalogue = load()
    launches = _within(catalogue.launches, since, until)
    if missile_class is not None:
        launches = _of_class(catalogue, launches, missile_class)
    if missile is not None:
        launches = [each for each in launches if missile.lower() in each.missile.lower()]
    if grade is not None:
        launches = _of_grade(launches, grade)
    if min_apogee_km is not None:
        if not math.isfinite(min_apogee_km):
            raise UnusableInput(f"--min-apogee-km is {min_apogee_km}; a number of km is needed")
        launches = [each for each in launches if (each.apogee_km or -1.0) >= min_apogee_km]
    if reporter is not None:
        launches = _reported_by(catalogue, launches, reporter)
    if json:
        print_json(ListedLaunches(count=len(launches), launches=tuple(launches)))
    else:
        table_of(launches, on_terminal=sys.stdout.isatty())


@app.command()
def show(
    launch_id: Annotated[str, typer.Argument(metavar="ID", show_default=False)],
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Tell all that is published of one launch: figures, cautions, who said what, and where."""
    from commonwatch.catalogue.published import load
    from commonwatch.cli.launches_answer import ShownLaunch, text_of
    from commonwatch.cli.output import print_json

    catalogue = load()
    launch = catalogue.find(launch_id)
    shown = ShownLaunch(launch=launch, statements=catalogue.statements_on(launch_id))
    if json:
        print_json(shown)
    else:
        print(text_of(shown))


def _within(
    launches: Iterable[PublishedLaunch], since: str | None, until: str | None
) -> list[PublishedLaunch]:
    for option, date in (("--since", since), ("--until", until)):
        if date is not None and not _DATE.fullmatch(date):
            raise UnusableInput(f"{option} is {date!r}; YYYY, YYYY-MM or YYYY-MM-DD is needed")
    # Of some launches only the month is known, and a month may be asked for: what is known of both
    # is compared, so that a launch that may lie within is listed.
    return [
        launch
        for launch in launches
        if (since is None or launch.date_utc[: len(since)] >= since[: len(launch.date_utc)])
        and (until is None or launch.date_utc[: len(until)] <= until[: len(launch.date_utc)])
    ]


def _of_class(
    catalogue: Catalogue, launches: list[PublishedLaunch], wanted: str
) -> list[PublishedLaunch]:
    known = {each.missile_class for each in catalogue.launches if each.missile_class is not None}
    if wanted.upper() not in known:
        raise UnusableInput(f"--class is {wanted!r}; there are {', '.join(sorted(known))}")
    return [each for each in launches if each.missile_class == wanted.upper()]


def _of_grade(launches: list[PublishedLaunch], wanted: str) -> list[PublishedLaunch]:
    letters = wanted.upper().replace(",", "")
    if not letters or set(letters) - set("ABCDX"):
        raise UnusableInput(f"--grade is {wanted!r}; one or more of A, B, C, D, X are needed")
    return [each for each in launches if each.grade in letters]


def _reported_by(
    catalogue: Catalogue, launches: list[PublishedLaunch], wanted: str
) -> list[PublishedLaunch]:
    name = wanted.lower()
    spoken_of = {s.launch_id for s in catalogue.statements if name in s.reporter.lower()}
    return [each for each in launches if each.id in spoken_of or name in each.reported_by.lower()]
