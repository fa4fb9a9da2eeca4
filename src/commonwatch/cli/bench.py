"""`commonwatch bench`: the benchmarks, each beside its peer, or the truth, in the same run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commonwatch.cli.bench_calibration import (
    AskedFlights,
    ClassesOption,
    FirstOption,
    FlightsOption,
    KeepOption,
    WorkersOption,
    calibrate,
)
from commonwatch.cli.bench_faults import LaneOption, MinutesOption, TimesOption, hurt
from commonwatch.cli.bench_simulation import NodesOption, SeedsOption, simulate_seeds

if TYPE_CHECKING:
    from commonwatch.bench.listing import Benchmark

EXAMPLES = (
    "commonwatch bench",
    "commonwatch bench --json",
    "commonwatch bench faults --lane flips --times 20",
    "commonwatch bench calibration --class short --flights 2 --workers 1",
    "commonwatch bench simulate --seeds 2 --nodes 3 --workers 1",
)
RUNS_A_PASS = 3
NameArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="[NAME]",
        help="One of the list that `commonwatch bench` prints, or all.",
    ),
]


def command(
    name: NameArgument = None,
    *,
    folder: Annotated[
        Path | None,
        typer.Option("--pass", metavar="DIR", help="stonesoup: a pass with truth, not simulated."),
    ] = None,
    disk: Annotated[
        Path | None, typer.Option("--on", metavar="DIR", help="ledger, share: on this disk.")
    ] = None,
    passes: Annotated[
        int, typer.Option(min=1, max=100, help="stonesoup: how many passes are simulated.")
    ] = 3,
    seed: Annotated[int, typer.Option(min=0, help="Of the first pass; of all flights.")] = 1,
    peer_runs: Annotated[
        int, typer.Option(min=1, max=9, help="stonesoup: runs of the peer a pass; ours has 3.")
    ] = 1,
    flights: FlightsOption = 1000,
    first: FirstOption = 1,
    classes: ClassesOption = None,
    workers: WorkersOption = None,
    keep: KeepOption = None,
    lane: LaneOption = "kill",
    times: TimesOption = 1000,
    minutes: MinutesOption = 10.0,
    seeds: SeedsOption = 100,
    nodes: NodesOption = 6,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """List the benchmarks, or run one beside its peer or the truth; `all` runs all with a peer.

    Figures belong to the machine: quote the ratios. All flights of `calibration` take hours.
    """
    from commonwatch.bench.listing import (
        BENCHMARKS,
        BESIDE_A_PEER,
        CALIBRATION,
        FAULTS,
        SIMULATE,
        SPEED,
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
        asked = AskedFlights(flights, first, classes, seed, workers, keep)
        calibrate(asked, json=json)
    if SIMULATE in known[name]:
        simulate_seeds(first, seeds, nodes, workers, json=json)
    if STONE_SOUP in known[name]:
        _stonesoup(folder, seed, passes, peer_runs, json=json)
    if SPEED in known[name]:
        _speed(seed, json=json)
    _on_disk(known[name], disk, json=json)
    if FAULTS in known[name]:
        hurt(lane, times, minutes, json=json)
    _without_options(known[name], json=json)


def _on_disk(asked: tuple[Benchmark, ...], disk: Path | None, *, json: bool) -> None:
    from commonwatch.bench.listing import LEDGER, SHARE
    from commonwatch.errors import UnusableInput

    if disk is not None and not disk.is_dir():
        raise UnusableInput(f"--on {disk}: no such folder")
    for one, run in ((LEDGER, _ledger), (SHARE, _share)):
        if one in asked:
            run(disk, json=json)


def _without_options(asked: tuple[Benchmark, ...], *, json: bool) -> None:
    from commonwatch.bench.listing import ARCS, GATE, SUSPEND

    for one, run in ((ARCS, _arcs), (GATE, _gate), (SUSPEND, _suspend)):
        if one in asked:
            run(json=json)


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


def _speed(seed: int, *, json: bool) -> None:
    from commonwatch.bench.speed.run import PARTS, speed
    from commonwatch.bench.speed.table import lines_of
    from commonwatch.cli.kernels import ready_kernels
    from commonwatch.cli.output import print_json
    from commonwatch.cli.progress import progress

    ready_kernels()
    with progress("measuring", PARTS) as advance:
        answer = speed(seed, advance)
    if json:
        print_json(answer)
    else:
        print("\n".join(lines_of(answer)))


def _gate(*, json: bool) -> None:
    from commonwatch.bench.gate.run import PARTS, gate
    from commonwatch.bench.gate.table import lines_of
    from commonwatch.cli.output import print_json
    from commonwatch.cli.progress import progress

    with progress("measuring", PARTS) as advance:
        answer = gate(advance)
    if json:
        print_json(answer)
    else:
        print("\n".join(lines_of(answer)))


def _suspend(*, json: bool) -> None:
    from commonwatch.bench.suspension import LOADS, lines_of, suspension
    from commonwatch.cli.output import print_json
    from commonwatch.cli.progress import progress

    with progress("measuring", len(LOADS)) as advance:
        answer = suspension(advance)
    if json:
        print_json(answer)
    else:
        print("\n".join(lines_of(answer)))


def _share(disk: Path | None, *, json: bool) -> None:
    from commonwatch.bench.share.run import PARTS, share
    from commonwatch.bench.share.table import lines_of
    from commonwatch.cli.output import print_json
    from commonwatch.cli.progress import progress

    with progress("measuring", PARTS) as advance:
        answer = share(advance, disk)
    if json:
        print_json(answer)
    else:
        print("\n".join(lines_of(answer)))


def _ledger(disk: Path | None, *, json: bool) -> None:
    from commonwatch.bench.ledger.run import PARTS, ledger
    from commonwatch.bench.ledger.table import lines_of
    from commonwatch.cli.output import print_json
    from commonwatch.cli.progress import progress

    with progress("measuring", PARTS) as advance:
        answer = ledger(disk, advance)
    if json:
        print_json(answer)
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
