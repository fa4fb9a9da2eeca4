"""`commonwatch track`: assessments from plots."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

EXAMPLES = (
    "commonwatch track --sensors src/commonwatch/world/data/example-pass/sensors.toml "
    "src/commonwatch/world/data/example-pass/plots.jsonl.gz --nation KOR",
)


def command(
    plots: Annotated[Path, typer.Argument(help="plots.jsonl or plots.jsonl.gz")],
    sensors: Annotated[Path, typer.Option(help="sensors.toml")],
    nation: Annotated[
        list[str] | None,
        typer.Option(help="Keep only the sensors of this nation (ISO 3166-1 alpha-3); repeatable."),
    ] = None,
    strict: Annotated[
        bool, typer.Option(help="The first line that is not a plot ends the run, status 2.")
    ] = False,
) -> None:
    """Track what the plots of a pass show, and print assessments as JSON Lines."""
    import sys

    from commonwatch.cli.kernels import ready_kernels
    from commonwatch.cli.progress import progress
    from commonwatch.node.observation_files import read_observations
    from commonwatch.node.track_pass import track_pass

    observed = read_observations(plots, sensors, strict=strict)
    for line in observed.complaints:
        print(line, file=sys.stderr)
    ready_kernels()
    with progress("tracking", observed.duration_s) as advance:
        for text in track_pass(observed, tuple(nation or ()), advance):
            sys.stdout.write(text)
