"""Two nodes in one process over a bus in memory, and an exchange that is the same each time.

The second of the two is the one whose files a lane makes fail.
"""

from __future__ import annotations

import time
from pathlib import Path

import msgspec

from commonwatch.bench.faults.nation import KEYS, PAIR, node_of, own_word
from commonwatch.errors import CommonwatchError
from commonwatch.mode import EXERCISE
from commonwatch.node.embedded_bus import EmbeddedBus
from commonwatch.node.ledger_store import LedgerStore
from commonwatch.node.node import Node

SPOILT = PAIR[1]
GO_FILE, DONE_FILE = "go", "done"
BEATS = 3
_GO_S_MAX = 60.0
_LOOK_S = 0.002
_T0_S = 1_700_100_000.0


class Exchange(msgspec.Struct, frozen=True, tag="exchange"):
    """Where the process finds its folder; it begins once the file that says so is there."""

    folder: str


class Done(msgspec.Struct, frozen=True):
    """What the process tells in the end of the spoilt node.

    `durable` and `last_hash` (hexadecimal): of its ledger, as far as it knew; `stopped`: why it
    recorded no more; `held_then`, `held`: bulletins in memory when it stopped, and in the end;
    `refused`: why it did not even open.
    """

    durable: int = 0
    last_hash: str = ""
    stopped: str | None = None
    held_then: int = 0
    held: int = 0
    refused: str | None = None


def exchanged(asked: Exchange) -> int:
    """Wait for the word to begin, exchange, and tell; the exit status."""
    folder = Path(asked.folder)
    until_s = time.monotonic() + _GO_S_MAX
    while not (folder / GO_FILE).exists():
        if time.monotonic() > until_s:
            return 4
        time.sleep(_LOOK_S)
    try:
        done = _exchange(folder)
    except CommonwatchError as error:
        done = Done(refused=str(error))
    (folder / DONE_FILE).write_bytes(msgspec.json.encode(done))
    return 0


def _exchange(folder: Path) -> Done:
    bus = EmbeddedBus()
    nodes = [
        node_of(code, LedgerStore(folder / code, code, EXERCISE, KEYS[code].private), bus, _T0_S)
        for code in PAIR
    ]
    spoilt = nodes[1]
    held_then: int | None = None
    for beat in range(BEATS + 2):
        for node in nodes:
            if beat < BEATS:
                node.release(*own_word(node.setup.nation, beat, _T0_S + beat), _T0_S + beat)
            _turn(node, _T0_S + beat)
            if spoilt.stopped is not None and held_then is None:
                held_then = len(spoilt.held())
    head = spoilt.journal.store.head
    return Done(head.size, head.last_hash.hex(), spoilt.stopped, held_then or 0, len(spoilt.held()))


def _turn(node: Node, now_s: float) -> None:
    node.receive(now_s)
    if node.stopped is None:
        node.show_head(now_s)
    node.commit(now_s)
