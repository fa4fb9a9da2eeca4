"""One bit flipped anywhere under a ledger: found, or nothing of what it holds is otherwise."""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from commonwatch.bench.faults.answer import Figure, LaneAnswer
from commonwatch.bench.faults.nation import KEYS
from commonwatch.bench.faults.writer import OWN, groups
from commonwatch.bench.machine import this_machine
from commonwatch.errors import CheckFailed, UnusableInput
from commonwatch.mode import EXERCISE
from commonwatch.node.high_water import MARK_FILE
from commonwatch.node.ledger_store import LEDGER_FILE, LedgerRead, LedgerStore, read_ledger

WAL_FILE = LEDGER_FILE + "-wal"
# The state of the folder, and the files of it whose bits are flipped, each as often.
STATES = (
    ("stopped", (LEDGER_FILE, MARK_FILE)),
    ("crashed", (LEDGER_FILE, WAL_FILE, MARK_FILE)),
)
_GROUPS_FOLDED, _GROUPS_IN_LOG = 6, 6
_AT_S = 1_700_000_000.0
NOTES = (
    "A ledger as a clean stop leaves it, and as a crash does, with part of it in the write-ahead "
    "log. One bit is flipped at an offset drawn from all of a file. Then either it does not open "
    "and says why, or what it holds is what it held, to the last byte, and it is written on.",
)


def flips(
    times: int, seconds: float, advance: Callable[[float, str], None], seed: int = 20
) -> LaneAnswer:
    """So many bits in turns over the files, or as many as go into so many seconds."""
    generator, began_s = random.Random(seed), time.monotonic()  # noqa: S311  # of faults
    done, found, violations = 0, 0, list[str]()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        _make(place)
        whole = {state: _content(read_ledger(_copied(place, state))) for state, _files in STATES}
        spots = [(state, file) for state, files in STATES for file in files]
        while done < times and time.monotonic() - began_s < seconds:
            advance(done, f"{len(violations)} violations")
            state, file = spots[done % len(spots)]
            folder = _copied(place, state)
            raw = bytearray((folder / file).read_bytes())
            offset, bit = generator.randrange(len(raw)), generator.randrange(8)
            raw[offset] ^= 1 << bit
            (folder / file).write_bytes(raw)
            told = _told(folder, whole[state])
            found += told == ""
            if told:
                violations.append(f"{state}, {file}, byte {offset}, bit {bit}: {told}")
            done += 1
    return LaneAnswer(
        "faults", "flips", this_machine(("commonwatch", "sqlalchemy")), times, done,
        round(time.monotonic() - began_s, 1),
        (
            Figure("found when the ledger was opened, and told", found),
            Figure("changed nothing of what the ledger holds", done - found - len(violations)),
        ),
        tuple(violations), NOTES,
    )  # fmt: skip


def _make(place: Path) -> None:
    key = KEYS[OWN].private
    source = groups(1)
    store = LedgerStore(place / "made", OWN, EXERCISE, key)
    for number in range(_GROUPS_FOLDED):
        store.append(next(source), _AT_S + number)
    store.close()
    shutil.copytree(place / "made", place / "stopped")
    store = LedgerStore(place / "made", OWN, EXERCISE, key)
    for number in range(_GROUPS_IN_LOG):
        store.append(next(source), _AT_S + _GROUPS_FOLDED + number)
    shutil.copytree(place / "made", place / "crashed")
    store.close()


def _copied(place: Path, state: str) -> Path:
    shutil.rmtree(place / "flipped", ignore_errors=True)
    return Path(shutil.copytree(place / state, place / "flipped"))


def _content(read: LedgerRead) -> LedgerRead:
    return replace(read, mark=None)


def _told(folder: Path, whole: LedgerRead) -> str | None:
    """None where nothing changed, nothing where it was found, else what went unnoticed."""
    key = KEYS[OWN].private
    try:
        store = LedgerStore(folder, OWN, EXERCISE, key)
    except (CheckFailed, UnusableInput) as error:
        return "" if str(error) else "it does not open and does not say why"
    try:
        if _content(store.read()) != whole:
            return "it holds something else, and opens"
        store.append(next(groups(2)), _AT_S + 99.0)
    finally:
        store.close()
    reasons = read_ledger(folder).reasons(key.public)
    return reasons[0] if reasons else None
