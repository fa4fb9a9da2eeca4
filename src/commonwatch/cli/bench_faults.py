"""`commonwatch bench faults`: its options, and the run."""

from __future__ import annotations

from typing import Annotated

import typer

from commonwatch.limits import FAULT_MINUTES_MAX, FAULT_TIMES_MAX

LaneOption = Annotated[
    str, typer.Option(metavar="NAME", help="faults: kill, power, refused, flips, links, clocks.")
]
TimesOption = Annotated[
    int, typer.Option(min=1, max=FAULT_TIMES_MAX, help="faults: how many of them.")
]
MinutesOption = Annotated[
    float, typer.Option(min=0.01, max=FAULT_MINUTES_MAX, help="faults: no new one after so long.")
]


def hurt(lane: str, times: int, minutes: float, *, json: bool) -> None:
    """Run a lane and print what it found, or one JSON object.

    UnusableInput where the machine lacks what the lane needs; CheckFailed where something did not
    hold.
    """
    from commonwatch.bench.faults.answer import lines_of
    from commonwatch.bench.faults.run import faults
    from commonwatch.cli.output import print_check
    from commonwatch.cli.progress import progress

    with progress(f"faults: {lane}", times) as advance:
        answer = faults(lane, times, 60.0 * minutes, advance)
    if not json:
        print("\n".join(lines_of(answer)))  # the reasons follow
    print_check(answer, answer.violations, (), as_json=json)
