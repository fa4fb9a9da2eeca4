"""A process that appends to a ledger, and writes down what is durable as soon as it is."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import msgspec

from commonwatch.bench.faults.nation import KEYS, PAIR
from commonwatch.mode import EXERCISE
from commonwatch.node.ledger_store import LedgerStore
from commonwatch.share.ledger import Entry

OWN = PAIR[1]
GROUPS_MAX = 2_000
_AT_S = 1_700_000_000.0
_BODY_BYTES_MAX = 3_000


class Append(msgspec.Struct, frozen=True, tag="append"):
    """The ledger's folder, the file for what is durable, and the seed of what is written."""

    folder: str
    told: str
    seed: int


class Durable(msgspec.Struct, frozen=True):
    """So many records were durable, the last with this hash (hexadecimal)."""

    size: int
    last_hash: str


def appended(asked: Append) -> int:
    """Append until the disk fails, or the process is killed; the exit status."""
    store = LedgerStore(Path(asked.folder), OWN, EXERCISE, KEYS[OWN].private)
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    told = os.open(asked.told, flags, 0o600)
    for number, group in enumerate(groups(asked.seed)):
        store.append(group, _AT_S + number)
        durable = Durable(store.head.size, store.head.last_hash.hex())
        os.write(told, msgspec.json.encode(durable) + b"\n")
    return 0


def groups(seed: int) -> Iterator[list[Entry]]:
    """Groups of one to nine records, some with bulletins beside them."""
    generator = random.Random(seed)  # noqa: S311  # what is written, not a secret
    for _ in range(GROUPS_MAX):
        yield [_entry(generator) for _ in range(generator.randint(1, 9))]


def _entry(generator: random.Random) -> Entry:
    body = generator.randbytes(generator.randint(1, _BODY_BYTES_MAX))
    return Entry("decision", PAIR[0], sha256(body).hexdigest(), body)
