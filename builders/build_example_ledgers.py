"""Remakes docs/examples/ledger: what two nodes hold after twelve seconds of a replayed launch.

    python builders/build_example_ledgers.py

The sensors are notional and the plots simulated. The same program gives the same bytes.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from commonwatch.catalogue.published import load
from commonwatch.node.ledger_export import export_lines, find_ledger
from commonwatch.world.replay import replay
from commonwatch.world.replay_scene import scene_of_launch
from commonwatch.world.replay_setup import ReplayOptions, nodes_of

RESULT = Path(__file__).parent.parent / "docs/examples/ledger"
LAUNCH = "NK20230315-01"
SECONDS_AFTER_LIFT_OFF = (270.0, 282.0)
NODES = "KOR,JPN"


def make(folder: Path) -> None:
    """Write one export a nation."""
    scene = scene_of_launch(load().find(LAUNCH), seed=1)
    first_s, last_s = (scene.lift_off_s + second for second in SECONDS_AFTER_LIFT_OFF)
    short = replace(
        scene, plots=tuple(plot for plot in scene.plots if first_s <= plot.time_s <= last_s)
    )
    options = ReplayOptions(nodes=nodes_of(NODES, short), suspend_at_s=SECONDS_AFTER_LIFT_OFF[1])
    with tempfile.TemporaryDirectory() as name:
        replay(short, options, Path(name), lambda _second: None)
        folder.mkdir(parents=True, exist_ok=True)
        for nation in options.nodes:
            found = find_ledger(Path(name) / nation)
            # With the bulletins, as the audit of one who may read all of them.
            lines = export_lines(found, None, frozenset(found.read.bodies))
            (folder / f"{nation}.jsonl").write_bytes(b"".join(lines))


if __name__ == "__main__":
    make(RESULT)
