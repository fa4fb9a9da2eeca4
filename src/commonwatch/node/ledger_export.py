"""A ledger as text that a partner or a third party can check offline: JSON Lines."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from commonwatch.errors import UnusableInput
from commonwatch.identity import PublicKey
from commonwatch.limits import EXPORT_FILE_BYTES_MAX
from commonwatch.mode import Mode
from commonwatch.node.folder import Identity, read_identity
from commonwatch.node.ledger_store import LedgerRead, read_ledger
from commonwatch.share.envelope import RefusedEnvelope, open_recorded
from commonwatch.share.ledger import Head, Record, Stored
from commonwatch.share.reconcile import Ledger
from commonwatch.utc import format_utc

KINDS_WITH_ENVELOPES = frozenset(
    {"sent", "received", "receipted", "receipt", "control-out", "control-in"}
)


class ExportHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="ledger-export"):
    """The first line: whose ledger, how far it goes, for which partner it was cut (None: whole)."""

    identity: Identity
    size: int
    last_hash: str
    signature: str
    partner: str | None


class ExportRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="record"):
    """Any other line. `record` (base64 of the canonical bytes) and `hash` alone are evidence."""

    sequence: int
    time: str
    kind: str
    counterparty: str
    subject: str
    hash: str
    record: str


@dataclass(frozen=True, slots=True)
class LedgerFound:
    """A ledger from a node's folder or from an export. `partner`: cut to dealings with that one."""

    identity: Identity
    read: LedgerRead
    partner: str | None

    @property
    def mode(self) -> Mode:
        """The mode that it was kept in."""
        return self.identity.node_mode

    def ledger(self) -> Ledger:
        """As the pure part reads it; UnusableInput where a record cannot be read."""
        try:
            return Ledger(self.identity.nation, tuple(self.read.records()), self.read.bodies)
        except ValueError as error:
            raise UnusableInput(f"ledger of {self.identity.nation}: a record is {error}") from error

    def reasons(self) -> tuple[str, ...]:
        """Every reason why it does not hold: chain, head, and the signature of each envelope."""
        keys = self.identity.keys
        reasons = list(self.read.reasons(keys.get(self.identity.nation)))
        if self.read.head.nation != self.identity.nation:
            reasons.append(f"the head is {self.read.head.nation}'s, the identity another's")
        if self.read.head.mode != self.identity.mode:
            reasons.append("head and identity are of different modes")
        if not reasons:
            reasons += _unsound_envelopes(self.ledger(), keys, self.mode)
        return tuple(reasons)


def find_ledger(path: Path) -> LedgerFound:
    """The ledger in a node's folder, or in a file that `ledger export` wrote."""
    if path.is_dir():
        return LedgerFound(read_identity(path), read_ledger(path), None)
    return _read_export(path)


def export_lines(found: LedgerFound, partner: str | None) -> Iterator[bytes]:
    """The lines of an export; with `partner`, only what concerns that one: no other is named."""
    read = found.read
    keys = found.identity.public_keys
    if partner is not None:
        if partner not in keys or partner == found.identity.nation:
            known = ", ".join(sorted(set(keys) - {found.identity.nation}))
            raise UnusableInput(f"--partner {partner}: this ledger's partners are {known}")
        keys = {code: keys[code] for code in sorted({partner, found.identity.nation})}
    head = ExportHead(
        msgspec.structs.replace(found.identity, public_keys=keys),
        read.head.size,
        read.head.last_hash.hex(),
        read.signature.hex(),
        partner,
    )
    yield msgspec.json.encode(head) + b"\n"
    for stored, record in zip(read.stored, found.ledger().records, strict=True):
        if partner is None or record.counterparty == partner:
            yield msgspec.json.encode(_line(stored, record)) + b"\n"


def _line(stored: Stored, record: Record) -> ExportRecord:
    return ExportRecord(
        record.sequence,
        format_utc(record.time_s),
        record.kind,
        record.counterparty,
        record.subject,
        stored.hash.hex(),
        base64.b64encode(stored.record).decode(),
    )


def _read_export(path: Path) -> LedgerFound:
    try:
        with path.open("rb") as stream:
            raw = stream.read(EXPORT_FILE_BYTES_MAX + 1)
    except FileNotFoundError as error:
        raise UnusableInput(f"{path}: no such node's folder or export") from error
    if len(raw) > EXPORT_FILE_BYTES_MAX:
        raise UnusableInput(f"{path}: longer than {EXPORT_FILE_BYTES_MAX} bytes")
    lines = raw.splitlines()
    stored: list[Stored] = []
    try:
        head = msgspec.json.decode(lines[0] if lines else b"", type=ExportHead)
        identity = head.identity
        last_hash, signature = bytes.fromhex(head.last_hash), bytes.fromhex(head.signature)
        stored.extend(_stored(line) for line in lines[1:])
    except (msgspec.DecodeError, ValueError) as error:
        raise UnusableInput(
            f"{path}: not an export of a ledger after {len(stored)} records: {error}"
        ) from error
    read = LedgerRead(
        Head(identity.nation, identity.mode, head.size, last_hash), signature, tuple(stored)
    )
    return LedgerFound(identity, read, head.partner)


def _stored(line: bytes) -> Stored:
    told = msgspec.json.decode(line, type=ExportRecord)
    record = base64.b64decode(told.record, validate=True)
    return Stored(told.sequence, record, bytes.fromhex(told.hash))


def _unsound_envelopes(ledger: Ledger, keys: dict[str, PublicKey], mode: Mode) -> Iterator[str]:
    for record in ledger.records:
        if record.kind in KINDS_WITH_ENVELOPES:
            try:
                open_recorded(record.body, ledger.bodies, keys, mode)
            except RefusedEnvelope as error:
                yield f"record {record.sequence}: its envelope does not hold: {error}"
