"""`commonwatch replay`: a launch or a pass through whole nodes, alone and shared."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commonwatch.errors import UnusableInput

if TYPE_CHECKING:
    from collections.abc import Callable

    from commonwatch.world.replay_result import ReplayResult
    from commonwatch.world.replay_scene import ReplayScene

EXAMPLES = (
    "commonwatch replay NK20170528-01 --agreement suspended",
    "commonwatch replay NK20170528-01 --suspend-at 150 --restore-at 200 --json",
)
SPEED_MAX = "max"


def command(
    launch_id: Annotated[
        str | None, typer.Argument(help="A published launch; `launches` lists them.")
    ] = None,
    *,
    pass_folder: Annotated[
        Path | None, typer.Option("--pass", help="A folder with plots and sensors.toml.")
    ] = None,
    nodes: Annotated[
        str | None,
        typer.Option(help="Nations with a node, as KOR,JPN,USA; all that have a sensor."),
    ] = None,
    agreement: Annotated[
        str, typer.Option(help="KOR-JPN from the start: in-force or suspended.")
    ] = "in-force",
    agreements: Annotated[
        Path | None,
        typer.Option(help="A folder of desks: each node goes by what its nation's desk holds."),
    ] = None,
    suspend_at: Annotated[
        float | None, typer.Option(help="KOR suspends KOR-JPN so many seconds after lift-off.")
    ] = None,
    restore_at: Annotated[
        float | None,
        typer.Option(help="Both restore it, and resume what flies, so many seconds on."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of simulated plots and exercise keys.")] = 1,
    speed: Annotated[
        str, typer.Option(help="max, or how many times faster than the data's own time.")
    ] = SPEED_MAX,
    keep: Annotated[
        Path | None, typer.Option(help="Leave each node's data in this folder, new or empty.")
    ] = None,
    alerts: Annotated[
        Path | None, typer.Option(help="Write the exercise's CAP messages to this folder.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Replay a launch or a pass through whole nodes, each alone and all under their agreements."""
    import tempfile

    from commonwatch.cli.kernels import ready_kernels
    from commonwatch.cli.output import print_json
    from commonwatch.cli.replay_answer import print_answer, write_alerts
    from commonwatch.world.replay_setup import ReplayOptions, nodes_of

    _require_new(keep)
    factor = _speed(speed)
    ready_kernels()
    scene = _scene(launch_id, pass_folder, seed)
    options = ReplayOptions(
        nodes=nodes_of(nodes, scene),
        agreement=agreement,
        suspend_at_s=suspend_at,
        restore_at_s=restore_at,
        seed=seed,
        agreements=agreements,
    )
    if keep is not None:
        result = _run(scene, options, keep, factor)
    else:
        with tempfile.TemporaryDirectory(prefix="commonwatch-") as folder:
            result = _run(scene, options, Path(folder), factor)
    if alerts is not None:
        write_alerts(result, alerts)
    if as_json:
        print_json(result)
    else:
        print_answer(result)


def _scene(launch_id: str | None, pass_folder: Path | None, seed: int) -> ReplayScene:
    from commonwatch.catalogue.published import load
    from commonwatch.world.replay_scene import scene_of_launch, scene_of_pass

    if (launch_id is None) == (pass_folder is None):
        raise UnusableInput("replay: give either the id of a launch or --pass with a folder")
    if pass_folder is not None:
        return scene_of_pass(pass_folder)
    assert launch_id is not None
    return scene_of_launch(load().find(launch_id), seed)


def _run(scene: ReplayScene, options: object, folder: Path, factor: float | None) -> ReplayResult:
    from commonwatch.cli.progress import progress
    from commonwatch.world.replay import replay
    from commonwatch.world.replay_setup import ReplayOptions

    assert isinstance(options, ReplayOptions)
    total_s = scene.plots[-1].time_s - scene.plots[0].time_s if scene.plots else 0.0
    with progress("replaying", total_s) as advance:
        return replay(scene, options, folder, _paced(advance, factor))


def _paced(advance: Callable[[float], None], factor: float | None) -> Callable[[float], None]:
    import time

    started_s = time.monotonic()

    def pace(done_s: float) -> None:
        advance(done_s)
        if factor is not None:
            time.sleep(max(0.0, done_s / factor - (time.monotonic() - started_s)))

    return pace


def _speed(text: str) -> float | None:
    if text == SPEED_MAX:
        return None
    try:
        factor = float(text)
    except ValueError:
        factor = 0.0
    if not 0.0 < factor < float("inf"):
        raise UnusableInput(f"--speed {text}: write {SPEED_MAX}, or a number above 0")
    return factor


def _require_new(folder: Path | None) -> None:
    if folder is not None and folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UnusableInput(f"--keep {folder}: there is something already; name a new folder")
