"""How far the ledger was durable when it was last written, in a file of its own beside it.

SQLite reads a write-ahead log up to the first page that its checksum refuses, and takes what
follows for never written: one flipped bit after a crash would take acknowledged records away
without a word, and leave an older head that is signed as well. The mark is written after each
commit and not synced: it is never ahead of what is durable, and a crash of the process leaves it.
After a loss of power it may be older; then what partners hold is the witness.
"""

from __future__ import annotations

import os
import struct
import weakref
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from commonwatch.errors import CheckFailed

MARK_FILE = "ledger.mark"
_FIELDS = struct.Struct(">Q32s")
_CHECKSUM_BYTES = 8
_MARK_BYTES = _FIELDS.size + _CHECKSUM_BYTES


@dataclass(frozen=True, slots=True)
class Mark:
    """So many records were durable, and the last of them had this hash."""

    size: int
    last_hash: bytes


class HighWater:
    """The file of the mark, open for writing; `mark` is put on the disk at once."""

    def __init__(self, folder: Path, mark: Mark) -> None:
        # Not cut short when it is opened: the old mark stands until there is a new one.
        self._descriptor = os.open(folder / MARK_FILE, os.O_WRONLY | os.O_CREAT, 0o644)
        # Closed with its store; where a store was dropped without that, as in a crash, with it.
        self._let_go = weakref.finalize(self, os.close, self._descriptor)
        self.write(mark)
        # Once it lies in a block of its own, a later one is there or the one before.
        os.fsync(self._descriptor)

    def write(self, mark: Mark) -> None:
        """Put the mark in the place of the one before; OSError where it cannot be."""
        fields = _FIELDS.pack(mark.size, mark.last_hash)
        # Less than a sector of a disk in one call: it is not torn.
        os.pwrite(self._descriptor, fields + _checksum(fields), 0)

    def close(self) -> None:
        """Let go of the file."""
        self._let_go()


def read_mark(folder: Path) -> Mark | None:
    """The mark beside a ledger, None where none was written; CheckFailed where it was altered.

    To be read before the ledger, which another process may be writing.
    """
    path = folder / MARK_FILE
    try:
        with path.open("rb") as file:
            raw = file.read(_MARK_BYTES + 1)
    except FileNotFoundError:
        return None
    if not raw:
        return None
    fields = raw[: _FIELDS.size]
    if len(raw) != _MARK_BYTES or raw[_FIELDS.size :] != _checksum(fields):
        raise CheckFailed(
            (
                f"{path}: altered: it does not say how many records were durable; reconcile the "
                "ledger with partners, then remove this file",
            )
        )
    return Mark(*_FIELDS.unpack(fields))


def _checksum(fields: bytes) -> bytes:
    return sha256(fields).digest()[:_CHECKSUM_BYTES]
