"""One machine's disk as a database sees it: what was written, what was synced, what fails when.

A crash of the process leaves what was written; a loss of power leaves what was synced and some of
the rest, some of it torn. A sync that fails may have stored, or may have lost what it was to store
while the system still shows it (the worst that Linux does).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Literal

SECTOR_BYTES = 512
Failure = Literal["error", "full"]


class DiskFailed(Exception):
    """A write or a sync that the disk refuses; `failure` says as what. It stays in SQLite's VFS."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class Written:
    """One write that was not synced; without `data` the file was cut to `offset` bytes."""

    offset: int
    data: bytes | None


@dataclass(slots=True)
class SimulatedFile:
    """`content` is what a process reads, `durable` what a loss of power leaves for certain."""

    content: bytearray = field(default_factory=bytearray)
    durable: bytearray = field(default_factory=bytearray)
    pending: list[Written] = field(default_factory=list)

    def write(self, written: Written) -> None:
        """Take a write; it is not durable yet."""
        _apply(self.content, written)
        self.pending.append(written)

    def sync(self) -> None:
        """Make all that was written durable."""
        for written in self.pending:
            _apply(self.durable, written)
        self.pending.clear()

    def lose_power(self, draws: Random) -> None:
        """Keep what was synced, and of each later write all, a part, or nothing."""
        for written in self.pending:
            kept = draws.random()
            if kept < 0.4:
                _apply(self.durable, written)
            elif kept < 0.6 and written.data is not None:
                sectors = draws.randrange(1 + len(written.data) // SECTOR_BYTES)
                _apply(self.durable, Written(written.offset, written.data[: 512 * sectors]))
        self.pending.clear()
        self.content = bytearray(self.durable)

    def flip(self, bit: int) -> None:
        """Flip one bit, wherever it is held; counted from the file's beginning."""
        for held in (self.content, self.durable):
            if bit // 8 < len(held):
                held[bit // 8] ^= 1 << bit % 8


@dataclass(slots=True)
class Fuse:
    """The `left`-th write, cut or sync from now fails; with it the machine, where it `kills`.

    `stored`: it fails after it was done. `kills` none: the machine goes on, and the error is told.
    """

    left: int
    stored: bool
    kills: bool


@dataclass(slots=True)
class SimulatedDisk:
    """Files by path; once `dead`, the machine that wrote them is down and nothing is stored."""

    files: dict[str, SimulatedFile] = field(default_factory=dict)
    fuse: Fuse | None = None
    room_bytes: int | None = None
    dead: bool = False
    operations: int = 0

    def opened(self, path: str) -> SimulatedFile:
        """The file of this path, made where there is none."""
        return self.files.setdefault(path, SimulatedFile())

    def write(self, file: SimulatedFile, offset: int, data: bytes) -> None:
        """Write, as far as the disk does; DiskFailed where it says that it did not."""
        grows = offset + len(data) - len(file.content)
        if self.room_bytes is not None and grows > 0:
            if grows > self.room_bytes:
                raise DiskFailed("full")
            self.room_bytes -= grows
        stores, fails = self._next()
        if stores:
            file.write(Written(offset, data))
        if fails:
            raise DiskFailed("error")

    def cut(self, file: SimulatedFile, size: int) -> None:
        """Cut a file to `size` bytes."""
        stores, fails = self._next()
        if stores:
            file.write(Written(size, None))
        if fails:
            raise DiskFailed("error")

    def sync(self, file: SimulatedFile) -> None:
        """Make a file durable; where it fails, what was to be stored may be gone for good."""
        stores, fails = self._next()
        if stores:
            file.sync()
        elif not self.dead:
            file.pending.clear()
        if fails:
            raise DiskFailed("error")

    def send(self) -> bool:
        """Count what leaves by the network too; whether it left before the machine went down."""
        if self.dead or (self.fuse is not None and self.fuse.kills):
            return self._next()[0]
        return True

    def die(self) -> None:
        """The machine goes down now: its processes store nothing more."""
        self.dead = True

    def start(self) -> None:
        """The machine comes up again, with the files as they are."""
        self.dead, self.fuse = False, None

    def lose_power(self, draws: Random) -> None:
        """What a loss of power leaves of every file."""
        for _path, file in sorted(self.files.items()):
            file.lose_power(draws)

    def _next(self) -> tuple[bool, bool]:
        """Whether this operation stores, and whether it says that it failed."""
        self.operations += 1
        if self.dead:
            return False, True
        if self.fuse is None:
            return True, False
        self.fuse.left -= 1
        if self.fuse.left > 0:
            return True, False
        fuse, self.fuse = self.fuse, None
        self.dead = fuse.kills
        return fuse.stored, True


def _apply(held: bytearray, written: Written) -> None:
    if written.data is None:
        del held[written.offset :]
        return
    end = written.offset + len(written.data)
    if len(held) < written.offset:
        held.extend(bytes(written.offset - len(held)))
    held[written.offset : end] = written.data
