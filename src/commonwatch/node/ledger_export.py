"""A ledger as text that a partner or a third party can check offline: JSON Lines."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

import msgspec

from commonwatch.errors import UnusableInput
from commonwatch.foreign_text import printable
from commonwatch.identity import PublicKey
from commonwatch.limits import EXPORT_FILE_BYTES_MAX
from commonwatch.mode import Mode
from commonwatch.node.folder import Identity, read_identity
from commonwatch.node.ledger_store import LedgerRead, read_ledger
from commonwatch.share.bodies import named_in, told_of_destroyed
from commonwatch.share.envelope import RefusedEnvelope, open_recorded
from commonwatch.share.head_accounts import faults_of_heads
from commonwatch.share.inventory import ItemAccount, inventory
from commonwatch.share.item_book import Duty, ItemBook
from commonwatch.share.item_evidence import faults_of_items
from commonwatch.share.item_history import with_record
from commonwatch.share.ledger import Head, Record, Stored, read_record
from commonwatch.share.partner_view import faults_of_views_told
from commonwatch.share.reconcile import Ledger
from commonwatch.share.unanswered import Unanswered, unanswered
from commonwatch.untrusted_json import WHY_CHARACTERS_MAX
from commonwatch.utc import format_utc

Told = TypeVar("Told")
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
    """Any other line. `record` (base64 of the canonical bytes) and `hash` alone are evidence.

    `bulletins` (base64) are those that the record names and that the export was made with.
    """

    sequence: int
    time: str
    kind: str
    counterparty: str
    subject: str
    hash: str
    record: str
    bulletins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LedgerFound:
    """A ledger from a node's folder or from an export. `partner`: cut to dealings with that one.

    `misprints` are lines whose readable part is not what their record says. `trusted` are public
    keys that came another way than with the ledger.
    """

    identity: Identity
    read: LedgerRead
    partner: str | None
    misprints: tuple[str, ...] = ()
    trusted: Identity | None = None

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
        keys = self.identity.keys if self.trusted is None else self.trusted.keys
        reasons = [*self.misprints, *self._untrusted()]
        reasons += self.read.reasons(keys.get(self.identity.nation))
        if self.read.head.nation != self.identity.nation:
            reasons.append(f"the head is {self.read.head.nation}'s, the identity another's")
        if self.read.head.mode != self.identity.mode:
            reasons.append("head and identity are of different modes")
        if not reasons:
            ledger, mode = self.ledger(), self.mode
            reasons += _unsound_envelopes(ledger, keys, mode)
            leaves = [item.hash for item in self.read.stored]
            reasons += faults_of_heads(ledger.records, leaves, keys, mode)
            reasons += faults_of_items(
                ledger.records,
                lambda record: open_recorded(record.body, ledger.bodies, keys, mode),
            )
            if self.partner is None:
                reasons += faults_of_views_told(ledger.records, self.identity.nation)
        return tuple(reasons)

    def accounts(self) -> tuple[ItemAccount, ...]:
        """Where each item is, by this ledger; UnusableInput where its records do not fit."""
        return self._told(inventory)

    def unanswered(self) -> tuple[tuple[Unanswered, ...], tuple[Duty, ...]]:
        """Bulletins without a receipt, and what partners still owe of what was said of items."""
        return self._told(unanswered), self._told(_duties)

    def _told(self, question: Callable[[Ledger], Told]) -> Told:
        try:
            return question(self.ledger())
        except (RefusedEnvelope, msgspec.DecodeError, LookupError, ValueError) as error:
            raise UnusableInput(
                f"ledger of {self.identity.nation}: what it says of items does not fit: {error}"
            ) from error

    def destroyed(self) -> tuple[str, ...]:
        """One line for each item destroyed: which, when, by whose order."""
        return told_of_destroyed(self.ledger().records)

    def _untrusted(self) -> Iterator[str]:
        """Nations whose keys the ledger names otherwise than the trusted ones."""
        if self.trusted is None:
            return
        for code, key in self.identity.public_keys.items():
            if self.trusted.public_keys.get(code) != key:
                yield f"it names another key of {code} than the one that is trusted"


def _duties(ledger: Ledger) -> tuple[Duty, ...]:
    book = ItemBook()
    for record in ledger.records:
        book = with_record(book, record, ledger.nation)
    return book.duties()


def find_ledger(path: Path) -> LedgerFound:
    """The ledger in a node's folder, or in a file that `ledger export` wrote."""
    if path.is_dir():
        return LedgerFound(read_identity(path), read_ledger(path), None)
    return parse_export(read_export(path), path)


def export_lines(
    found: LedgerFound, partner: str | None, include: frozenset[bytes] = frozenset()
) -> Iterator[bytes]:
    """The lines of an export; with `partner`, only what concerns that one: no other is named.

    Bulletins stay out, as the chain proves what they were, but for those whose SHA-256 `include`
    names.
    """
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
            bodies = [
                read.bodies[named.digest]
                for named in named_in(record)
                if named.digest in include and named.digest in read.bodies
            ]
            yield msgspec.json.encode(_line(stored, record, bodies)) + b"\n"


def _line(stored: Stored, record: Record, bodies: Sequence[bytes]) -> ExportRecord:
    return ExportRecord(
        record.sequence,
        format_utc(record.time_s),
        record.kind,
        record.counterparty,
        record.subject,
        stored.hash.hex(),
        base64.b64encode(stored.record).decode(),
        tuple(base64.b64encode(body).decode() for body in bodies),
    )


def read_export(path: Path) -> bytes:
    """The bytes of an export; UnusableInput where there is none or it is too long."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(EXPORT_FILE_BYTES_MAX + 1)
    except FileNotFoundError as error:
        raise UnusableInput(f"{path}: no such node's folder or export") from error
    if len(raw) > EXPORT_FILE_BYTES_MAX:
        raise UnusableInput(f"{path}: longer than {EXPORT_FILE_BYTES_MAX} bytes")
    return raw


def parse_export(raw: bytes, path: Path, trusted: Identity | None = None) -> LedgerFound:
    """The ledger in an export's bytes; `path` is told where they cannot be read."""
    lines = raw.splitlines()
    stored: list[Stored] = []
    bodies: dict[bytes, bytes] = {}
    misprints: list[str] = []
    try:
        head = msgspec.json.decode(lines[0] if lines else b"", type=ExportHead)
        identity = head.identity
        last_hash, signature = bytes.fromhex(head.last_hash), bytes.fromhex(head.signature)
        for line in lines[1:]:
            told = msgspec.json.decode(line, type=ExportRecord)
            stored.append(_stored(told))
            contents = [base64.b64decode(text, validate=True) for text in told.bulletins]
            bodies.update((sha256(body).digest(), body) for body in contents)
            misprints += _misprints(told, stored[-1], len(stored))
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise UnusableInput(
            f"{path}: not an export of a ledger after {len(stored)} records: "
            + printable(str(error), WHY_CHARACTERS_MAX)
        ) from error
    read = LedgerRead(
        Head(identity.nation, identity.mode, head.size, last_hash),
        signature,
        tuple(stored),
        bodies,
        left_out=True,
    )
    return LedgerFound(identity, read, head.partner, tuple(misprints), trusted)


def _misprints(told: ExportRecord, stored: Stored, line: int) -> Iterator[str]:
    try:
        record = read_record(stored)
    except ValueError:
        return  # the chain tells it
    if told != _line(stored, record, [base64.b64decode(text) for text in told.bulletins]):
        yield f"line {line + 1}: does not say what its record says"


def _stored(told: ExportRecord) -> Stored:
    record = base64.b64decode(told.record, validate=True)
    return Stored(told.sequence, record, bytes.fromhex(told.hash))


def _unsound_envelopes(ledger: Ledger, keys: dict[str, PublicKey], mode: Mode) -> Iterator[str]:
    for record in ledger.records:
        if record.kind in KINDS_WITH_ENVELOPES:
            try:
                open_recorded(record.body, ledger.bodies, keys, mode)
            except RefusedEnvelope as error:
                yield f"record {record.sequence}: its envelope does not hold: {error}"
