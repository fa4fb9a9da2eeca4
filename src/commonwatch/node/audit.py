"""An audit of one's ledger for a third party: read-only files, signed, verified offline.

It holds the chain, its signed head and the public keys. Bulletins stay out, or come as far as a
named person may be shown them: then the export is a copy that this person answers for, recorded in
the ledger, and in the export itself, before a byte is written.
"""

from __future__ import annotations

import os
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import msgspec

from commonwatch.errors import CheckFailed, UnusableInput
from commonwatch.foreign_text import printable
from commonwatch.identity import PrivateKey, pre_authentication_encoding
from commonwatch.limits import IDENTITY_FILE_BYTES_MAX
from commonwatch.node.folder import Identity, read_identity
from commonwatch.node.ledger_export import (
    LedgerFound,
    export_lines,
    find_ledger,
    parse_export,
    read_export,
)
from commonwatch.node.node import Node
from commonwatch.node.partner_audit import (
    PartnerAudit,
    is_partner_audit,
    parse_partner_audit,
    partner_audit_bytes,
)
from commonwatch.node.reading import Custody, Shown
from commonwatch.release.bulletin import Bulletin
from commonwatch.share.message import message_digest
from commonwatch.untrusted_json import WHY_CHARACTERS_MAX

AUDIT_FILE = "audit.jsonl"
SIGNATURE_FILE = "audit.signature.json"
AUDIT_PAYLOAD_TYPE = "application/vnd.commonwatch.ledger-audit.v1+jsonl"
FORM = "audit export"
READ_ONLY = 0o444


class AuditSignature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose audit it is, and that nation's signature (hexadecimal) over the SHA-256 of the file."""

    nation: str
    signature: str


def write_audit(
    node: Node, folder: Path, out: Path, reader: tuple[str, Custody] | None, now_s: float
) -> tuple[Bulletin, ...]:
    """Write an audit of the node of `folder` into `out`; the bulletins that it holds.

    `reader`: who it is for, where bulletins are wanted, and the register that says what that person
    may be shown.
    """
    _require_empty(out)
    shown: tuple[Shown, ...] = ()
    if reader is not None:
        person, custody = reader
        shown = node.reading.readable(person, custody.register, now_s)
        if not shown:
            raise CheckFailed((f"{person} may be shown nothing of this ledger",))
        node.items.copied([one.bulletin.id for one in shown], person, FORM, now_s)
    include = frozenset(message_digest(one.bulletin) for one in shown)
    found = LedgerFound(read_identity(folder), node.journal.store.read(), None)
    _write_signed(out, b"".join(export_lines(found, None, include)), node)
    return tuple(one.bulletin for one in shown)


def write_partner_audit(node: Node, out: Path, partner: str, now_s: float) -> None:
    """Write into `out` what the node's ledger tells one partner, and of no other."""
    _require_empty(out)
    _write_signed(out, partner_audit_bytes(node, partner, now_s), node)


def find_audited(path: Path, trusted: Identity | None) -> LedgerFound | PartnerAudit:
    """The ledger in a node's folder, in an export, or in an audit of all or for one partner.

    An audit is read only after its signature holds, under the trusted key where there is one;
    CheckFailed where it does not.
    """
    if not (path / AUDIT_FILE).is_file():
        return replace(find_ledger(path), trusted=trusted)
    raw = read_export(path / AUDIT_FILE)
    told = _read_signature(path / SIGNATURE_FILE)
    # Without keys from elsewhere the export's own are all there is: then it proves no more than
    # that it is whole.
    keys = (trusted or _parsed(raw, path / AUDIT_FILE, None).identity).keys
    key = keys.get(told.nation)
    if key is None:
        raise CheckFailed((f"no key of {told.nation[:8]} is trusted here",))
    if not key.verifies(_signed_bytes(raw), _hex(told.signature)):
        raise CheckFailed((f"{path / AUDIT_FILE}: not what {told.nation} signed: it was altered",))
    found = _parsed(raw, path / AUDIT_FILE, trusted)
    if found.identity.nation != told.nation:
        raise CheckFailed((f"signed by {told.nation}, and the ledger is another's",))
    return found


def _parsed(raw: bytes, file: Path, trusted: Identity | None) -> LedgerFound | PartnerAudit:
    parse = parse_partner_audit if is_partner_audit(raw) else parse_export
    return parse(raw, file, trusted)


def _require_empty(out: Path) -> None:
    if out.exists() and any(out.iterdir()):
        raise UnusableInput(f"{out}: there is something already; it is not overwritten")


def _write_signed(out: Path, raw: bytes, node: Node) -> None:
    out.mkdir(parents=True, exist_ok=True)
    _write(out / AUDIT_FILE, raw)
    signature = _signature(raw, node.setup.nation, node.setup.keys.private)
    _write(out / SIGNATURE_FILE, msgspec.json.encode(signature) + b"\n")


def _signature(raw: bytes, nation: str, key: PrivateKey) -> AuditSignature:
    return AuditSignature(nation, key.sign(_signed_bytes(raw)).hex())


def _signed_bytes(raw: bytes) -> bytes:
    return pre_authentication_encoding(AUDIT_PAYLOAD_TYPE, sha256(raw).digest())


def _read_signature(file: Path) -> AuditSignature:
    try:
        with file.open("rb") as stream:
            return msgspec.json.decode(stream.read(IDENTITY_FILE_BYTES_MAX), type=AuditSignature)
    except FileNotFoundError as error:
        raise CheckFailed((f"{file}: no such file: the audit is not signed",)) from error
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        why = printable(str(error), WHY_CHARACTERS_MAX)
        raise CheckFailed((f"{file}: not a signature: {why}",)) from error


def _hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def _write(path: Path, raw: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, READ_ONLY)
    with os.fdopen(descriptor, "wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
