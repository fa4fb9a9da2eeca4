"""Remakes docs/examples/ledger and docs/examples/evidence.

The first is what two nodes hold after twelve seconds of a replayed launch; the second what one of
them can prove by a head that it then showed: a receipt, and that the other signed two heads.

    python builders/build_example_ledgers.py

The sensors are notional and the plots simulated. The same program gives the same bytes.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import msgspec

from commonwatch.catalogue.published import load
from commonwatch.mode import EXERCISE
from commonwatch.node.accounts import opened_for_accounts
from commonwatch.node.evidence_files import proof_of_item
from commonwatch.node.folder import read_keys
from commonwatch.node.ledger_export import export_lines, find_ledger
from commonwatch.share.head_evidence import Contradiction
from commonwatch.share.merkle import Tree
from commonwatch.share.shown_head import sealed_head
from commonwatch.world.replay import replay
from commonwatch.world.replay_scene import scene_of_launch
from commonwatch.world.replay_setup import ReplayOptions, nodes_of

EXAMPLES = Path(__file__).parent.parent / "docs/examples"
LAUNCH = "NK20230315-01"
SECONDS_AFTER_LIFT_OFF = (270.0, 282.0)
NODES = "KOR,JPN"


def make(examples: Path) -> None:
    """Write one export a nation, and the evidence."""
    scene = scene_of_launch(load().find(LAUNCH), seed=1)
    first_s, last_s = (scene.lift_off_s + second for second in SECONDS_AFTER_LIFT_OFF)
    short = replace(
        scene, plots=tuple(plot for plot in scene.plots if first_s <= plot.time_s <= last_s)
    )
    options = ReplayOptions(nodes=nodes_of(NODES, short), suspend_at_s=SECONDS_AFTER_LIFT_OFF[1])
    with tempfile.TemporaryDirectory() as name:
        replay(short, options, Path(name), lambda _second: None)
        folder = examples / "ledger"
        folder.mkdir(parents=True, exist_ok=True)
        for nation in options.nodes:
            found = find_ledger(Path(name) / nation)
            # With the bulletins, as the audit of one who may read all of them.
            lines = export_lines(found, None, frozenset(found.read.bodies))
            (folder / f"{nation}.jsonl").write_bytes(b"".join(lines))
        write_evidence(Path(name), scene.lift_off_s + SECONDS_AFTER_LIFT_OFF[1], examples)


def write_evidence(nodes: Path, now_s: float, examples: Path) -> None:
    """Write what JPN can prove, and what anybody can who holds two heads of KOR."""
    folder = examples / "evidence"
    folder.mkdir(parents=True, exist_ok=True)
    for nation in ("KOR", "JPN"):
        with opened_for_accounts(nodes / nation) as node:
            node.show_head(now_s)
    receipt = proof_of_item(find_ledger(nodes / "JPN"), "KOR-JPN-1")
    (folder / "receipt.json").write_bytes(msgspec.json.encode(receipt) + b"\n")
    key = read_keys(nodes / "KOR").private
    one, other = (
        sealed_head(Tree().with_leaves([text * 32]), "KOR", 1, now_s, key, EXERCISE).envelope
        for text in (b"a", b"b")
    )
    two_heads = Contradiction(EXERCISE.word, one, other)
    (folder / "two-heads.json").write_bytes(msgspec.json.encode(two_heads) + b"\n")


if __name__ == "__main__":
    make(EXAMPLES)
