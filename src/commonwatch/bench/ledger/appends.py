"""Durable records a second: our ledger, and bare SQLite with the same bytes and settings."""

from __future__ import annotations

import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from commonwatch.bench.ledger.answer import AppendFigures
from commonwatch.errors import require
from commonwatch.identity import nation
from commonwatch.mode import EXERCISE
from commonwatch.node.keys import exercise_keys
from commonwatch.node.ledger_store import LedgerStore
from commonwatch.share.ledger import Entry, appended, empty_head

OWNER = nation("KOR")
BODY_BYTES = 1024
NOW_S = 1_700_000_000.0


def append_figures(folder: Path, group: int, records: int, runs: int) -> AppendFigures:
    """Ours and bare, in turns, so that other work on the machine meets both alike."""
    entries = [
        Entry("decision", "JPN", f"t{number}", bytes([number % 251]) * BODY_BYTES)
        for number in range(records)
    ]
    _head, stored = appended(empty_head(OWNER, EXERCISE.word), entries, NOW_S)
    rows = [(item.sequence, item.hash, item.record) for item in stored]
    ours: list[float] = []
    bare: list[float] = []
    cpu: list[float] = []
    for _ in range(runs):
        wall_s, cpu_s = _ours(folder, entries, group)
        ours.append(records / wall_s)
        cpu.append(records / cpu_s)
        bare.append(records / _bare(folder, rows, group))
    return AppendFigures(
        group,
        round(statistics.median(ours)),
        round(statistics.median(bare)),
        round(statistics.median(b / o for b, o in zip(bare, ours, strict=True)), 2),
        round(statistics.median(cpu)),
    )


def _ours(folder: Path, entries: Sequence[Entry], group: int) -> tuple[float, float]:
    key = exercise_keys((OWNER,), seed=1, mode=EXERCISE)[OWNER].private
    with (
        tempfile.TemporaryDirectory(dir=folder) as place,
        closing(LedgerStore(Path(place), OWNER, EXERCISE, key)) as store,
    ):

        def write(first: int) -> None:
            store.append(entries[first : first + group], NOW_S)

        taken = _seconds(write, len(entries), group)
        require(store.head.size == len(entries), "each record is in the ledger")
        return taken


def _bare(folder: Path, rows: Sequence[tuple[int, bytes, bytes]], group: int) -> float:
    with (
        tempfile.TemporaryDirectory(dir=folder) as place,
        closing(sqlite3.connect(Path(place) / "bare.db", isolation_level=None)) as connection,
    ):
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE record (sequence INTEGER PRIMARY KEY, hash, record)")

        def write(first: int) -> None:
            connection.execute("BEGIN")
            connection.executemany(
                "INSERT INTO record VALUES (?, ?, ?)", rows[first : first + group]
            )
            connection.execute("COMMIT")

        return _seconds(write, len(rows), group)[0]


def _seconds(write: Callable[[int], None], records: int, group: int) -> tuple[float, float]:
    cpu, wall = time.process_time(), time.perf_counter()
    for first in range(0, records, group):
        write(first)
    return time.perf_counter() - wall, time.process_time() - cpu
