"""What a third party can check offline with public keys alone: proofs about one nation's ledger.

That a record is in it, that a later head only added to an earlier one, that two stories were told.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

import msgspec

from commonwatch.errors import UnusableInput
from commonwatch.identity import PublicKey
from commonwatch.limits import LEDGER_RECORD_BYTES_MAX
from commonwatch.mode import Mode
from commonwatch.share.envelope import RefusedEnvelope, open_recorded
from commonwatch.share.ledger import Record, Stored, read_record, record_hash
from commonwatch.share.merkle import is_consistent, is_included
from commonwatch.share.shown_head import (
    HeadOut,
    Opening,
    ShownHead,
    open_shown_head,
    opens,
)
from commonwatch.utc import format_utc


class Inclusion(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="inclusion"):
    """One record stands in the tree that a shown head committed to: its bytes and its path."""

    mode: str
    head: HeadOut
    record: bytes
    path: tuple[bytes, ...]


class Consistency(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="consistency"):
    """A later head's ledger begins with the earlier one's, record by record."""

    mode: str
    earlier: HeadOut
    later: HeadOut
    path: tuple[bytes, ...]


class Contradiction(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="equivocation"):
    """Two heads that cannot both be true: of one number, or, both opened, of one size."""

    mode: str
    first: bytes
    second: bytes
    openings: tuple[Opening, Opening] | None = None


Evidence = Inclusion | Consistency | Contradiction


class DoesNotHold(UnusableInput):
    """Evidence that proves nothing, and why."""


def what_it_proves(evidence: Evidence, keys: Mapping[str, PublicKey], mode: Mode) -> str:
    """One sentence that this evidence proves; DoesNotHold where it proves none.

    Needs no more than the public keys of this mode.
    """
    if evidence.mode != mode.word:
        raise DoesNotHold(f"evidence of mode {evidence.mode[:8]}, keys of {mode.word}")
    match evidence:
        case Inclusion():
            return _inclusion(evidence, keys, mode)
        case Consistency():
            return _consistency(evidence, keys, mode)
        case Contradiction():
            return _contradiction(evidence, keys, mode)
        case _:
            assert_never(evidence)


def _inclusion(proof: Inclusion, keys: Mapping[str, PublicKey], mode: Mode) -> str:
    shown = _opened(proof.head.envelope, proof.head.opening, keys, mode)
    leaf, opening = record_hash(proof.record), proof.head.opening
    record = _record(proof.record, leaf)
    if not is_included(leaf, record.sequence - 1, opening.size, proof.path, opening.root):
        raise DoesNotHold(f"the record is not in the tree of head {shown.number}")
    return (
        f"{shown.nation}'s ledger held this as record {record.sequence} of {opening.size} when its "
        f"head {shown.number} was shown, {format_utc(shown.shown_s)}: {record.kind}, "
        f"{record.counterparty or 'nobody else'}, {record.subject or 'no subject'}, "
        f"{format_utc(record.time_s)}{_receipts(record, keys, mode)}"
    )


def _receipts(record: Record, keys: Mapping[str, PublicKey], mode: Mode) -> str:
    """The receipts that a record holds, their signature verified."""
    if record.kind not in {"receipt", "receipted"}:
        return ""
    try:
        receipts = open_recorded(record.body, {}, keys, mode).bundle.receipts
    except RefusedEnvelope as error:
        raise DoesNotHold(f"record: its envelope does not hold: {error}") from error
    return "".join(f"; receipt for {one.bulletin}: {one.outcome}" for one in receipts)


def _consistency(proof: Consistency, keys: Mapping[str, PublicKey], mode: Mode) -> str:
    earlier = _opened(proof.earlier.envelope, proof.earlier.opening, keys, mode)
    later = _opened(proof.later.envelope, proof.later.opening, keys, mode)
    one, other = proof.earlier.opening, proof.later.opening
    if (earlier.nation, earlier.number < later.number) != (later.nation, True):
        raise DoesNotHold("the two are not an earlier and a later head of one nation")
    if not is_consistent(one.size, one.root, other.size, other.root, proof.path):
        raise DoesNotHold(f"head {later.number} does not continue head {earlier.number}")
    return (
        f"{later.nation}'s ledger only grew between its heads {earlier.number} and {later.number}: "
        f"the first {one.size} of {other.size} records are the same"
    )


def _contradiction(proof: Contradiction, keys: Mapping[str, PublicKey], mode: Mode) -> str:
    first, second = (_shown(raw, keys, mode) for raw in (proof.first, proof.second))
    if first.nation != second.nation:
        raise DoesNotHold(f"heads of two nations, {first.nation} and {second.nation}")
    if first.number == second.number and first != second:
        return (
            f"{first.nation} signed two heads under the number {first.number}, dated "
            f"{format_utc(first.shown_s)} and {format_utc(second.shown_s)}: it told two stories"
        )
    if proof.openings is None:
        raise DoesNotHold("the two heads can both be true: they are one, or of two numbers")
    one, other = proof.openings
    if not (opens(first, one) and opens(second, other)):
        raise DoesNotHold("an opening is not what its head committed to")
    if one.size != other.size or one.root == other.root:
        raise DoesNotHold("the two heads can both be true: of two sizes, or of one root")
    return (
        f"{first.nation} signed two heads of {one.size} records with different roots, numbers "
        f"{first.number} and {second.number}: it told two stories"
    )


def _opened(raw: bytes, opening: Opening, keys: Mapping[str, PublicKey], mode: Mode) -> ShownHead:
    shown = _shown(raw, keys, mode)
    if not opens(shown, opening):
        raise DoesNotHold(f"the opening is not what head {shown.number} committed to")
    return shown


def _shown(raw: bytes, keys: Mapping[str, PublicKey], mode: Mode) -> ShownHead:
    try:
        return open_shown_head(raw, keys, mode)
    except RefusedEnvelope as error:
        raise DoesNotHold(str(error)) from error


def _record(raw: bytes, leaf: bytes) -> Record:
    if len(raw) > LEDGER_RECORD_BYTES_MAX:
        raise DoesNotHold(f"a record is at most {LEDGER_RECORD_BYTES_MAX} bytes")
    try:
        return read_record(Stored(0, raw, leaf))
    except ValueError as error:
        raise DoesNotHold(f"record: {error}") from error
