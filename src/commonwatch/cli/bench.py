"""`commonwatch bench`: the benchmarks, each beside its peer, or the truth, in the same run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from commonwatch.limits import CALIBRATION_FLIGHTS_MAX, CALIBRATION_WORKERS_MAX

EXAMPLES = (
    "commonwatch bench",
    "commonwatch bench --json",
    "commonwatch bench calibration --class short --flights 2 --workers 1",
)
RUNS_A_PASS = 3


def command(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="stonesoup, arcs, calibration; all: beside peers."),
    ] = None,
    *,
    folder: Annotated[
        Path | None,
        typer.Option("--pass", metavar="DIR", help="stonesoup: a pass with truth, not simulated."),
    ] = None,
    passes: Annotated[
        int, typer.Option(min=1, max=100, help="stonesoup: how many passes are simulated.")
    ] = 3,
    seed: Annotated[int, typer.Option(min=0, help="Of the first pass; of all flights.")] = 1,
    peer_runs: Annotated[
        int, typer.Option(min=1, max=9, help="stonesoup: runs of the peer a pass; ours has 3.")
    ] = 1,
    flights: Annotated[
        int,
        typer.Option(
            min=1, max=CALIBRATION_FLIGHTS_MAX, help="calibration: how many flights of each class."
        ),
    ] = 1000,
    first: Annotated[
        int,
        typer.Option(
            min=1, max=CALIBRATION_FLIGHTS_MAX, help="calibration: number of the first flight."
        ),
    ] = 1,
    classes: Annotated[
        list[str] | None,
        typer.Option("--class", metavar="NAME", help="calibration: this class; repeatable."),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=CALIBRATION_WORKERS_MAX,
            help="calibration: processes; one a core if not told.",
        ),
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="calibration: keeps raw rows, and goes on from them."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """List the benchmarks, or run one beside its peer or the truth; `all` runs all with a peer.

    Figures belong to the machine and the run: quote the ratios. A minute or two for each; for all
    flights of `calibration` hours: begin with --flights 20.
    """
    from commonwatch.bench.listing import (
        ARCS,
        BENCHMARKS,
        BESIDE_A_PEER,
        CALIBRATION,
        STONE_SOUP,
    )
    from commonwatch.errors import UnusableInput

    if name is None:
        _print_list(json=json)
        return
    known = {one.name: (one,) for one in BENCHMARKS} | {"all": BESIDE_A_PEER}
    if name not in known:
        raise UnusableInput(f"bench {name}: no such benchmark; there are {', '.join(known)}")
    if json and name == "all":
        raise UnusableInput("bench all --json: one JSON object is of one benchmark; name it")
    for one in known[name]:
        one.require_ready()
    if CALIBRATION in known[name]:
        _calibration(_Flights(flights, first, classes, seed, workers, keep), json=json)
    if STONE_SOUP in known[name]:
        _stonesoup(folder, seed, passes, peer_runs, json=json)
    if ARCS in known[name]:
        _arcs(json=json)


@dataclass(frozen=True, slots=True)
class _Flights:
    """What was asked of `calibration`."""

    flights: int
    first: int
    classes: list[str] | None
    seed: int
    workers: int | None
    keep: Path | None


def _calibration(asked: _Flights, *, json: bool) -> None:
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


def _print_list(*, json: bool) -> None:
    from commonwatch.bench.listing import listing
    from commonwatch.cli.output import print_json

    listed = listing()
    if json:
        print_json(listed)
        return
    for one in listed.benchmarks:
        state = "ready" if one.ready else f"`make bench` installs {one.peer}"
        print(f"{one.name:<12}{one.about} ({state})")


def _stonesoup(folder: Path | None, seed: int, passes: int, peer_runs: int, *, json: bool) -> None:
    import sys

    from commonwatch.bench.beside_stonesoup import CONTENDERS, beside_stonesoup, chosen_passes
    from commonwatch.bench.table import lines_of, print_ruled
    from commonwatch.cli.kernels import ready_kernels
    from commonwatch.cli.output import print_json
    from commonwatch.cli.progress import progress

    ready_kernels()
    chosen = chosen_passes(folder, seed, passes)
    with progress("measuring", CONTENDERS * len(chosen)) as advance:
        answer = beside_stonesoup(chosen, RUNS_A_PASS, peer_runs, advance)
    if json:
        print_json(answer)
    elif sys.stdout.isatty():
        print_ruled(answer)
    else:
        print("\n".join(lines_of(answer)))


def _arcs(*, json: bool) -> None:
    import subprocess
    import sys

    from commonwatch.bench.listing import script_of_arcs
    from commonwatch.errors import require

    line = [sys.executable, str(script_of_arcs()), *(["--json"] if json else [])]
    sys.stdout.flush()
    done = subprocess.run(line, check=False)  # noqa: S603  # our own script
    require(done.returncode == 0, f"{line[1]} ended with status {done.returncode}")
