"""The benchmark of the ledger: appends beside bare SQLite, transfers with receipts."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from commonwatch.bench.ledger.answer import LedgerAnswer
from commonwatch.bench.ledger.appends import append_figures
from commonwatch.bench.ledger.transfers import transfer_figures
from commonwatch.bench.machine import this_machine

# Records a group, records of a run: some seconds at most, however slow the disk.
GROUPS = ((1, 1_000), (32, 6_400), (100, 10_000), (1_000, 20_000))
# Bulletins a beat, beats: one bundle a commit, and a beat of a busy node.
BEATS = ((32, 40), (1_000, 5))
RUNS = 5
PARTS = len(GROUPS) + len(BEATS)
NOTES = (
    "Records of 1 KiB, appended in groups of so many, each group durable before the next "
    "(write-ahead log, synchronous=FULL). Ours are also encoded, hash-chained, put into the Merkle "
    "tree, and their head signed; bare SQLite is given the finished rows. Medians over runs, in "
    "turns on one disk; the ratio is the median of the runs' own ratios.",
    "A transfer goes through the gate, into the giver's ledger, over the bus in one process with "
    "one signature for 32, is verified, taken, ledgered and receipted by the other node, and its "
    "receipt verified and ledgered by the first: three durable groups a beat, both nodes' work one "
    "after the other. Two nodes with a machine each do their halves at the same time.",
    "Seconds on the wall depend on the disk: they belong to the folder named above.",
)


def ledger(folder: Path | None, advance: Callable[[float, str], None]) -> LedgerAnswer:
    """All figures, measured in `folder` (None: where temporary files go)."""
    place = Path(tempfile.gettempdir()) if folder is None else folder
    appends, transfers = [], []
    for part, (group, records) in enumerate(GROUPS):
        advance(part, f"appends by {group:,}")
        appends.append(append_figures(place, group, records, RUNS))
    for part, (group, beats) in enumerate(BEATS, len(GROUPS)):
        advance(part, f"transfers by {group:,}")
        transfers.append(transfer_figures(place, group, beats, RUNS))
    versions = ("commonwatch", "msgspec", "pynacl", "sqlalchemy")
    return LedgerAnswer(
        "ledger", this_machine(versions), str(place), tuple(appends), tuple(transfers), NOTES
    )
