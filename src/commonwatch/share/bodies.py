"""The bulletins beside the chain: is each that the chain names there, and is it the same?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from commonwatch.share.envelope import Named, recorded_manifest
from commonwatch.share.item_records import Destroyed
from commonwatch.share.ledger import KINDS_WITH_BULLETINS, Record
from commonwatch.utc import format_utc

Bodies = Mapping[bytes, bytes]


def named_in(record: Record) -> tuple[Named, ...]:
    """The bulletins that a record names; ValueError where its envelope cannot be read."""
    if record.kind not in KINDS_WITH_BULLETINS:
        return ()
    return recorded_manifest(record.body).contents


def destroyed_in(records: Iterable[Record]) -> dict[str, tuple[Record, Destroyed]]:
    """Which items were destroyed, each with the record that says so."""
    return {
        record.subject: (record, msgspec.msgpack.decode(record.body, type=Destroyed))
        for record in records
        if record.kind == "destroyed"
    }


def faults_of_bodies(records: Sequence[Record], bodies: Bodies, *, left_out: bool) -> Iterator[str]:
    """Why what lies beside the chain is not what the chain names.

    `left_out`: an export that was made without some of them; what is there must still be the same.
    """
    try:
        destroyed = destroyed_in(records)
    except msgspec.DecodeError as error:
        yield f"a record of a destruction cannot be read: {error}"
        return
    named: set[bytes] = set()
    for record in records:
        try:
            contents = named_in(record)
        except ValueError as error:
            yield f"record {record.sequence}: names no bulletins that can be read: {error}"
            continue
        for item in contents:
            named.add(item.digest)
            if item.digest not in bodies and item.id not in destroyed and not left_out:
                yield (
                    f"record {record.sequence}: bulletin {item.id[:40]} is not there, "
                    "and no order destroyed it"
                )
            if item.digest in bodies and item.id in destroyed and record.kind == "received":
                yield f"bulletin {item.id[:40]} is recorded as destroyed and is still there"
    for digest, body in bodies.items():
        if hashlib.sha256(body).digest() != digest:
            yield f"bulletin {digest.hex()[:16]}: its bytes do not give its hash: it was altered"
        elif digest not in named:
            yield f"bulletin {digest.hex()[:16]} lies beside the chain, which does not name it"


def told_of_destroyed(records: Iterable[Record]) -> tuple[str, ...]:
    """One line for each item destroyed: which, when, by whose order."""
    return tuple(
        f"{item} destroyed {format_utc(record.time_s)}: "
        + (f"order {told.order.hex()[:16]}" if any(told.order) else "no order")
        + (f", {told.why}" if told.why else "")
        for item, (record, told) in sorted(destroyed_in(records).items())
    )
