"""A disk in memory that knows what was synced, and what a loss of power leaves of the rest.

The model: a sector of 512 bytes is written whole or not at all; sectors that were not synced may be
kept or lost in any order; names that were not synced are lost from some point on. What was synced
stays. (SQLite's own tests assume the same of a disk.)
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from enum import Enum

SECTOR_BYTES = 512


class Left(Enum):
    """What a loss of power leaves of what was not synced."""

    NOTHING = "nothing"
    ALL = "all"
    BEGINNING = "the beginning, torn at a sector"
    ANY = "any sectors"


@dataclass(frozen=True, slots=True)
class Written:
    """Bytes that were written at an offset."""

    offset: int
    data: bytes

    def apply(self, to: bytearray) -> None:
        """Write them; what lies between is zero."""
        if len(to) < self.offset:
            to.extend(bytes(self.offset - len(to)))
        to[self.offset : self.offset + len(self.data)] = self.data


@dataclass(frozen=True, slots=True)
class Cut:
    """A file was cut off, or grew, to so many bytes."""

    size: int

    def apply(self, to: bytearray) -> None:
        """Cut off, or fill with zeros."""
        del to[self.size :]
        to.extend(bytes(self.size - len(to)))


@dataclass(slots=True)
class File:
    """A file as it reads now, as it was last synced, and what was done since."""

    now: bytearray = field(default_factory=bytearray)
    synced: bytearray = field(default_factory=bytearray)
    since: list[Written | Cut] = field(default_factory=list)

    def do(self, what: Written | Cut) -> None:
        """Change it; not synced."""
        what.apply(self.now)
        self.since.append(what)

    def sync(self) -> None:
        """Make durable what it is now."""
        for what in self.since:
            what.apply(self.synced)
        self.since.clear()

    def left(self, how: Left, generator: random.Random) -> bytes:
        """What is found after the power was lost."""
        found = bytearray(self.synced)
        for what in _survivors(self.since, how, generator):
            what.apply(found)
        return bytes(found)


@dataclass(slots=True)
class Disk:
    """Files of one folder by name; `lies`: a sync is answered and not done."""

    lies: bool = False
    names: dict[str, File] = field(default_factory=dict)
    synced_names: dict[str, File] = field(default_factory=dict)
    since: list[dict[str, File]] = field(default_factory=list)

    def create(self, name: str) -> File:
        """A new, empty file."""
        self._renamed({**self.names, name: File()})
        return self.names[name]

    def remove(self, name: str) -> None:
        """Take a name away."""
        self._renamed({key: file for key, file in self.names.items() if key != name})

    def rename(self, name: str, to: str) -> None:
        """Put a file in the place of another name."""
        file = self.names[name]
        rest = {key: one for key, one in self.names.items() if key != name}
        self._renamed({**rest, to: file})

    def sync_names(self) -> None:
        """Make names durable."""
        if not self.lies:
            self.synced_names = self.names
            self.since.clear()

    def sync(self, name: str) -> None:
        """Make a file's content durable, its name not."""
        if not self.lies:
            self.names[name].sync()

    def left(self, generator: random.Random) -> dict[str, bytes]:
        """The files that are found after the power was lost."""
        how = generator.choice(tuple(Left))
        states = [self.synced_names, *self.since]
        at = {Left.NOTHING: 0, Left.ALL: len(states) - 1}.get(how)
        names = states[generator.randrange(len(states)) if at is None else at]
        return {name: file.left(how, generator) for name, file in names.items()}

    def _renamed(self, names: dict[str, File]) -> None:
        self.names = names
        self.since.append(names)


def _survivors(
    since: list[Written | Cut], how: Left, generator: random.Random
) -> list[Written | Cut]:
    pieces = [piece for what in since for piece in _pieces(what)]
    match how:
        case Left.NOTHING:
            return []
        case Left.ALL:
            return pieces
        case Left.BEGINNING:
            return pieces[: generator.randint(0, len(pieces))]
        case Left.ANY:
            kept = generator.random()
            return [piece for piece in pieces if generator.random() < kept]


def _pieces(what: Written | Cut) -> list[Written | Cut]:
    """What reaches a disk whole or not at all."""
    if isinstance(what, Cut):
        return [what]
    pieces: list[Written | Cut] = []
    at, end = what.offset, what.offset + len(what.data)
    while at < end:
        until = min(end, (at // SECTOR_BYTES + 1) * SECTOR_BYTES)
        pieces.append(Written(at, what.data[at - what.offset : until - what.offset]))
        at = until
    return pieces
