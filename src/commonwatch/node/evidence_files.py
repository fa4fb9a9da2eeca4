"""Files of evidence about a ledger: JSON, byte strings in base64, one object a file."""

from __future__ import annotations

from pathlib import Path

import msgspec

from commonwatch.errors import UnusableInput
from commonwatch.foreign_text import printable
from commonwatch.limits import EVIDENCE_FILE_BYTES_MAX
from commonwatch.node.durable import read_bounded
from commonwatch.node.folder import Identity, read_identity, read_identity_file
from commonwatch.node.ledger_export import LedgerFound, find_ledger
from commonwatch.share.bodies import named_in
from commonwatch.share.envelope import recorded_bundle
from commonwatch.share.head_accounts import consistency_of, inclusion_of
from commonwatch.share.head_evidence import (
    Consistency,
    Contradiction,
    Evidence,
    Inclusion,
)
from commonwatch.share.ledger import Record
from commonwatch.share.shown_head import TwoHeads
from commonwatch.untrusted_json import WHY_CHARACTERS_MAX

EXPORT_SUFFIX = ".jsonl"


def read_evidence(file: Path) -> Evidence:
    """The evidence in a file, nothing of it checked; UnusableInput where it is none."""
    try:
        text = read_bounded(file, EVIDENCE_FILE_BYTES_MAX)
        evidence: Evidence = msgspec.json.decode(text, type=Evidence)
    except FileNotFoundError as error:
        raise UnusableInput(f"{file}: no such file; give one that `ledger prove` wrote") from error
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        why = printable(str(error), WHY_CHARACTERS_MAX)
        raise UnusableInput(f"{file}: not evidence about a ledger: {why}") from error
    return evidence


def identity_at(path: Path) -> Identity:
    """Whose public keys are known at this place: a node's folder, its identity, or an export."""
    if path.is_dir():
        return read_identity(path)
    if path.suffix == EXPORT_SUFFIX:
        return find_ledger(path).identity
    return read_identity_file(path)


def proof_of_record(found: LedgerFound, sequence: int) -> Inclusion:
    """That the record of this number is in the ledger; UnusableInput where no head covers it."""
    ledger, leaves = _whole(found)
    if not 1 <= sequence <= len(ledger):
        raise UnusableInput(f"--record {sequence}: this ledger has records 1 to {len(ledger)}")
    raw = found.read.stored[sequence - 1].record
    return inclusion_of(sequence, raw, ledger, leaves, found.identity.mode)


def proof_of_item(found: LedgerFound, item: str) -> Inclusion:
    """That the ledger holds the receipt for an item, or, where it released it, the item itself."""
    records, _leaves = _whole(found)
    for kinds in (("receipt", "receipted"), ("sent", "received")):
        for record in records:
            if record.kind in kinds and _names(record, item):
                return proof_of_record(found, record.sequence)
    raise UnusableInput(f"--item {item[:40]}: this ledger holds no receipt for it, nor itself")


def proof_of_growth(found: LedgerFound, earlier: int, later: int) -> Consistency:
    """That the ledger only grew between two heads that it showed."""
    records, leaves = _whole(found)
    return consistency_of(earlier, later, records, leaves, found.identity.mode)


def recorded_contradictions(found: LedgerFound) -> tuple[Contradiction, ...]:
    """The equivocations that the ledger holds, as evidence to hand on."""
    return tuple(
        Contradiction(found.identity.mode, told.first, told.second)
        for record in found.ledger().records
        if record.kind == "equivocation"
        for told in (msgspec.msgpack.decode(record.body, type=TwoHeads),)
    )


def _whole(found: LedgerFound) -> tuple[tuple[Record, ...], list[bytes]]:
    if found.partner is not None:
        raise UnusableInput("an export for one partner has no whole tree; give the node's folder")
    return found.ledger().records, [item.hash for item in found.read.stored]


def _names(record: Record, item: str) -> bool:
    if record.kind in {"sent", "received"}:
        return any(named.id == item for named in named_in(record))
    return any(one.bulletin == item for one in recorded_bundle(record.body, {}).receipts)
