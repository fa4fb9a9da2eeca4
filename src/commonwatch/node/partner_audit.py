"""An audit for one partner: the view that concerns it, signed, read-only, verified offline."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from commonwatch.errors import UnusableInput
from commonwatch.foreign_text import printable
from commonwatch.identity import PublicKey
from commonwatch.node.folder import Identity
from commonwatch.node.ledger_export import KINDS_WITH_ENVELOPES
from commonwatch.node.ledger_store import LedgerUnavailable
from commonwatch.node.node import Node
from commonwatch.share.envelope import RefusedEnvelope, open_recorded
from commonwatch.share.partner_view import (
    ViewHead,
    ViewRecord,
    ViewStored,
    faults_of_view,
    read_view,
    signed_view,
    view_of,
)
from commonwatch.untrusted_json import WHY_CHARACTERS_MAX


class PartnerAuditHead(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="partner-audit"
):
    """The first line: whose ledger, for whom, how far; the public keys of these two alone."""

    identity: Identity
    partner: str
    size: int
    last_hash: str
    signature: str


class PartnerAuditLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="viewed"):
    """Any other line. `record` (base64) and `hash` alone are evidence."""

    kind: str
    subject: str
    hash: str
    record: str


@dataclass(frozen=True, slots=True)
class PartnerAudit:
    """A partner's audit as it was read; `trusted` are keys that came another way."""

    identity: Identity
    head: ViewHead
    signature: bytes
    stored: tuple[ViewStored, ...]
    misprints: tuple[str, ...] = ()
    trusted: Identity | None = None

    def reasons(self) -> tuple[str, ...]:
        """Every reason why it does not hold: keys, chain, head, each envelope's signature."""
        keys = self.identity.keys if self.trusted is None else self.trusted.keys
        reasons = [
            *self.misprints,
            *faults_of_view(self.stored, self.head, self.signature, keys.get(self.head.nation)),
        ]
        if not reasons:
            reasons += self._unsound_envelopes(read_view(self.stored), keys)
        return tuple(reasons)

    def _unsound_envelopes(
        self, records: tuple[ViewRecord, ...], keys: Mapping[str, PublicKey]
    ) -> Iterator[str]:
        for record in records:
            if record.kind in KINDS_WITH_ENVELOPES:
                try:
                    open_recorded(record.body, {}, dict(keys), self.identity.node_mode)
                except RefusedEnvelope as error:
                    yield f"record {record.sequence}: its envelope does not hold: {error}"


def partner_audit_bytes(node: Node, partner: str, now_s: float) -> bytes:
    """The audit for one partner; that it was shown, and how far, is in the ledger first."""
    keys = node.setup.keys
    known = sorted(set(keys.public) - {keys.nation})
    if partner not in known:
        raise UnusableInput(f"--partner {partner}: this ledger's partners are {', '.join(known)}")
    mode = keys.mode.word
    records = tuple(node.journal.store.read().records())
    head, stored = view_of(records, keys.nation, partner, mode)
    node.journal.note("viewed", partner, head.last_hash.hex(), msgspec.msgpack.encode(head))
    if not node.commit(now_s, ()):
        raise LedgerUnavailable(node.stopped or "the ledger stopped")
    public = {code: key.raw.hex() for code, key in sorted(keys.public.items())}
    identity = Identity(keys.nation, mode, {code: public[code] for code in (keys.nation, partner)})
    first = PartnerAuditHead(
        identity,
        partner,
        head.size,
        head.last_hash.hex(),
        signed_view(head, keys.private).hex(),
    )
    lines = [msgspec.json.encode(first)]
    lines += [
        msgspec.json.encode(_line(item, record))
        for item, record in zip(stored, read_view(stored), strict=True)
    ]
    return b"\n".join(lines) + b"\n"


def is_partner_audit(raw: bytes) -> bool:
    """Whether these are the bytes of a partner's audit, by their first line."""
    return raw.startswith(b'{"type":"partner-audit"')


def parse_partner_audit(raw: bytes, path: Path, trusted: Identity | None) -> PartnerAudit:
    """The audit in these bytes; UnusableInput where they cannot be read."""
    lines = raw.splitlines()
    stored: list[ViewStored] = []
    misprints: list[str] = []
    try:
        first = msgspec.json.decode(lines[0] if lines else b"", type=PartnerAuditHead)
        identity = first.identity
        head = ViewHead(
            identity.nation,
            first.partner,
            identity.mode,
            first.size,
            bytes.fromhex(first.last_hash),
        )
        signature = bytes.fromhex(first.signature)
        for number, line in enumerate(lines[1:], 2):
            told = msgspec.json.decode(line, type=PartnerAuditLine)
            item = ViewStored(
                base64.b64decode(told.record, validate=True), bytes.fromhex(told.hash)
            )
            stored.append(item)
            if told != _line(item, read_view((item,))[0]):
                misprints.append(f"line {number}: does not say what its record says")
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        why = printable(str(error), WHY_CHARACTERS_MAX)
        raise UnusableInput(f"{path}: not an audit after {len(stored)} records: {why}") from error
    return PartnerAudit(identity, head, signature, tuple(stored), tuple(misprints), trusted)


def _line(item: ViewStored, record: ViewRecord) -> PartnerAuditLine:
    return PartnerAuditLine(
        record.kind, record.subject, item.hash.hex(), base64.b64encode(item.record).decode()
    )
