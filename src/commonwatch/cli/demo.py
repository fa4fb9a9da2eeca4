"""`commonwatch demo`: the main job, from a published launch to a page that tells it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commonwatch.errors import UnusableInput

if TYPE_CHECKING:
    from commonwatch.world.replay_result import ReplayResult

EXAMPLES = ("commonwatch demo",)
LAUNCH = "NK20230315-01"
SEED = 1
REPORT = "report.html"
PORT_BY_DEFAULT = 8023


def command(
    *,
    headless: Annotated[
        bool, typer.Option("--headless", help="Write the report and end, on a terminal too.")
    ] = False,
    out: Annotated[Path, typer.Option(help="Folder for report.html; made if need be.")] = Path(),
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="Port of 127.0.0.1 to serve the report on."),
    ] = None,
) -> None:
    """Replay the launch of 2023-03-16 as three nations saw it, each alone and all together.

    Prints what each nation knew when and writes report.html. On a terminal it then serves the
    report on this machine until Ctrl-C; elsewhere it ends.
    """
    from commonwatch.cli.demo_answer import print_knowledge
    from commonwatch.report.page import render_report

    file = _report_file(out)
    result = _replayed()
    page = render_report(result)
    file.write_text(page, encoding="utf-8", newline="\n")
    print_knowledge(result)
    print(f"\nReport: {file.resolve()}")
    print(f"        {file.resolve().as_uri()}", flush=True)
    if sys.stdout.isatty() and not headless:
        _serve(page.encode(), port)


def _report_file(out: Path) -> Path:
    if out.exists() and not out.is_dir():
        raise UnusableInput(f"--out {out}: this is a file; name a folder")
    out.mkdir(parents=True, exist_ok=True)
    return out / REPORT


def _replayed() -> ReplayResult:
    import tempfile

    from commonwatch.catalogue.published import load
    from commonwatch.cli.kernels import ready_kernels
    from commonwatch.cli.progress import progress
    from commonwatch.world.replay import replay
    from commonwatch.world.replay_scene import scene_of_launch
    from commonwatch.world.replay_setup import ReplayOptions, nodes_of

    ready_kernels()
    scene = scene_of_launch(load().find(LAUNCH), SEED)
    options = ReplayOptions(nodes=nodes_of(None, scene), seed=SEED)
    total_s = scene.plots[-1].time_s - scene.plots[0].time_s
    with (
        tempfile.TemporaryDirectory(prefix="commonwatch-") as folder,
        progress("replaying", total_s) as advance,
    ):
        return replay(scene, options, Path(folder), advance)


def _serve(page: bytes, port: int | None) -> None:
    from commonwatch.cli.page_server import page_server

    server = page_server(page, PORT_BY_DEFAULT if port is None else port, or_any=port is None)
    with server:
        host, bound = server.server_address[:2]
        print(f"        http://{host!s}:{bound}/   until Ctrl-C", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()
