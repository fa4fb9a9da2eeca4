"""`commonwatch bench simulate`: its options, and the run."""

from __future__ import annotations

from typing import Annotated

import typer

from commonwatch.limits import SIMULATION_NODES_MAX, SIMULATION_SEEDS_MAX

SeedsOption = Annotated[
    int, typer.Option(min=1, max=SIMULATION_SEEDS_MAX, help="simulate: how many seeds.")
]
NodesOption = Annotated[
    int, typer.Option(min=2, max=SIMULATION_NODES_MAX, help="simulate: nations in each.")
]


def simulate_seeds(first: int, seeds: int, nodes: int, workers: int | None, *, json: bool) -> None:
    """Run the seeds, print what was found, and end with status 3 where anything was violated."""
    from commonwatch.bench.machine import this_machine
    from commonwatch.bench.simulation import lines_of, reasons_of, simulation
    from commonwatch.cli.output import print_check
    from commonwatch.cli.progress import progress

    with progress("simulating", seeds) as advance:
        answer = simulation(first, seeds, nodes, workers or this_machine(()).cores, advance)
    if not json:
        # With the regression tests of what failed; the reasons follow.
        print("\n".join(lines_of(answer)))
    print_check(answer, reasons_of(answer), (), as_json=json)
