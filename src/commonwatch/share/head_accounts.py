"""The heads that a ledger says it showed, held against its own records and a partner's memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from commonwatch.errors import UnusableInput
from commonwatch.identity import PublicKey
from commonwatch.mode import Mode
from commonwatch.share.envelope import RefusedEnvelope
from commonwatch.share.head_evidence import Consistency, Inclusion
from commonwatch.share.ledger import Record
from commonwatch.share.merkle import Tree, consistency_path, inclusion_path
from commonwatch.share.shown_head import HeadOut, ShownHead, open_shown_head, opens, recorded_head


def heads_out(records: Sequence[Record]) -> dict[int, tuple[Record, HeadOut]]:
    """The heads that a ledger showed, by number; raises ValueError where one cannot be read."""
    found = {}
    for record in records:
        if record.kind == "head-out":
            told = msgspec.msgpack.decode(record.body, type=HeadOut)
            found[recorded_head(told.envelope).number] = (record, told)
    return found


def faults_of_heads(
    records: Sequence[Record],
    leaves: Sequence[bytes],
    keys: Mapping[str, PublicKey],
    mode: Mode,
) -> Iterator[str]:
    """Why the heads in a whole ledger are not those of its own records, or not signed.

    `leaves` are the hashes of all its records.
    """
    tree, number = Tree(), 0
    for record in records:
        if record.kind not in {"head-out", "head-in"}:
            continue
        try:
            if record.kind == "head-in":
                _named(record, open_shown_head(record.body, keys, mode))
                continue
            told = msgspec.msgpack.decode(record.body, type=HeadOut)
            shown = open_shown_head(told.envelope, keys, mode)
            size, number = told.opening.size, number + 1
            if shown.number != number or not tree.size <= size < record.sequence:
                yield f"record {record.sequence}: head {shown.number} is not the next one"
                return
            tree = tree.with_leaves(leaves[tree.size : size])
            if tree.root != told.opening.root or not opens(shown, told.opening):
                yield f"record {record.sequence}: head {number} is of other records than these"
        except (RefusedEnvelope, msgspec.DecodeError, ValueError) as error:
            yield f"record {record.sequence}: its head does not hold: {error}"


def heads_that_differ(
    nation: str, records: Sequence[Record], holder: str, held: Sequence[Record]
) -> Iterator[str]:
    """What `holder` was shown of the ledger of `nation` that this ledger did not show.

    Both were verified before. A ledger that was cut for a partner holds no head-out records, and
    says nothing.
    """
    if not records or records[0].sequence != 1:
        return
    try:
        shown = {
            number: recorded_head(told.envelope)
            for number, (_record, told) in heads_out(records).items()
        }
        of_it = [head for (of, _number), head in _heads_in(held).items() if of == nation]
    except (RefusedEnvelope, msgspec.DecodeError, ValueError) as error:
        yield f"{nation} and {holder}: a head cannot be read: {error}"
        return
    for head in of_it:
        if shown.get(head.number) != head:
            yield (
                f"{holder} was shown head {head.number} of {nation}'s ledger, and this ledger of "
                f"{nation} {'shows another one' if head.number in shown else 'has none'}: it was "
                "altered, cut, or told in two ways"
            )


def heads_told_twice(
    one: str, records: Sequence[Record], other: str, others: Sequence[Record]
) -> Iterator[str]:
    """Heads of third nations, of one number, that two holders were shown differently."""
    try:
        here, there = _heads_in(records), _heads_in(others)
    except (RefusedEnvelope, msgspec.DecodeError, ValueError) as error:
        yield f"{one} and {other}: a head cannot be read: {error}"
        return
    for nation, number in sorted(here.keys() & there.keys()):
        if here[nation, number] != there[nation, number]:
            yield f"{one} and {other} were shown two different heads {number} of {nation}'s ledger"


def _heads_in(records: Sequence[Record]) -> dict[tuple[str, int], ShownHead]:
    heads = [recorded_head(record.body) for record in records if record.kind == "head-in"]
    return {(head.nation, head.number): head for head in heads}


def inclusion_of(
    sequence: int, raw: bytes, records: Sequence[Record], leaves: Sequence[bytes], mode: str
) -> Inclusion:
    """The proof that a record is in its ledger, under the first head that covers it."""
    for _record, told in heads_out(records).values():
        if told.opening.size >= sequence:
            path = inclusion_path(leaves[: told.opening.size], sequence - 1)
            return Inclusion(mode, told, raw, path)
    raise UnusableInput(f"record {sequence}: no head was shown since; there is nothing to prove by")


def consistency_of(
    earlier: int, later: int, records: Sequence[Record], leaves: Sequence[bytes], mode: str
) -> Consistency:
    """The proof that the ledger only grew between two heads that it showed, by their numbers."""
    heads = heads_out(records)
    for number in (earlier, later):
        if number not in heads:
            raise UnusableInput(f"head {number}: this ledger showed 1 to {max(heads, default=0)}")
    one, other = heads[earlier][1], heads[later][1]
    if not 1 <= one.opening.size <= other.opening.size or earlier >= later:
        raise UnusableInput(f"heads {earlier} and {later}: give an earlier and a later one")
    path = consistency_path(leaves[: other.opening.size], one.opening.size)
    return Consistency(mode, one, other, path)


def _named(record: Record, shown: ShownHead) -> None:
    if record.counterparty != shown.nation:
        raise ValueError(f"filed under {record.counterparty[:8]}, and is {shown.nation}'s")
