"""`commonwatch bench calibration`: its options, and the run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from commonwatch.limits import CALIBRATION_FLIGHTS_MAX, CALIBRATION_WORKERS_MAX

FlightsOption = Annotated[
    int,
    typer.Option(
        min=1, max=CALIBRATION_FLIGHTS_MAX, help="calibration: how many flights of each class."
    ),
]
FirstOption = Annotated[
    int,
    typer.Option(
        min=1,
        max=CALIBRATION_FLIGHTS_MAX,
        help="calibration: number of the first flight; simulate: the first seed.",
    ),
]
ClassesOption = Annotated[
    list[str] | None,
    typer.Option("--class", metavar="NAME", help="calibration: this class; repeatable."),
]
WorkersOption = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=CALIBRATION_WORKERS_MAX,
        help="calibration, simulate: processes; one a core if not told.",
    ),
]
KeepOption = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="calibration: keeps raw rows, and goes on from them."),
]


@dataclass(frozen=True, slots=True)
class AskedFlights:
    """What was asked of `calibration`."""

    flights: int
    first: int
    classes: list[str] | None
    seed: int
    workers: int | None
    keep: Path | None


def calibrate(asked: AskedFlights, *, json: bool) -> None:
    """Fly what was asked for and print a table for each class, or one JSON object.

    Raises UnusableInput for an unknown class, and where rows cannot be kept or gone on from.
    """
    import sys
    import time

    from commonwatch.bench.calibration.answer import answer_of
    from commonwatch.bench.calibration.classes import chosen_classes
    from commonwatch.bench.calibration.run import errands, rows_of
    from commonwatch.bench.calibration.table import print_ruled, text_lines
    from commonwatch.bench.machine import this_machine
    from commonwatch.cli.kernels import ready_kernels
    from commonwatch.cli.output import print_json
    from commonwatch.cli.progress import progress

    begin_s = time.monotonic()
    wanted = errands(chosen_classes(asked.classes), asked.flights, asked.seed, asked.first)
    workers = asked.workers or this_machine(()).cores
    ready_kernels()
    with progress("flying", len(wanted)) as advance:
        rows = rows_of(wanted, workers, advance, asked.keep)
    answer = answer_of(rows, asked.seed, workers, time.monotonic() - begin_s)
    if json:
        print_json(answer)
    elif sys.stdout.isatty():
        print_ruled(answer)
    else:
        print("\n".join(text_lines(answer)))
