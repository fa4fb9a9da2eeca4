"""The heads of a ledger that partners are shown: numbered, signed, and sealed until an audit.

How long a ledger is tells how much its nation deals with others, which no partner is to know. So
what is shown commits to size and root without telling them: the SHA-256 of both with 32 bytes that
only the nation's key gives (docs/adr/0023). Everybody is shown the same bytes under the same
number. Two that differ under one number are signed proof of two stories.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import msgspec

from commonwatch.identity import PrivateKey, PublicKey, pre_authentication_encoding
from commonwatch.limits import HEAD_ENVELOPE_BYTES_MAX, SEQUENCE_MAX
from commonwatch.mode import Mode
from commonwatch.share.envelope import (
    Envelope,
    RefusedEnvelope,
    Signature,
    outer_frame,
    signer_of,
)
from commonwatch.share.merkle import HASH_BYTES, Tree
from commonwatch.utc import YEAR_10000_S

HEAD_TYPE = "application/vnd.commonwatch.ledger-head-shown.v1."
OPENING_TYPE = "application/vnd.commonwatch.ledger-head-opening.v1+msgpack"
BLIND_TYPE = "application/vnd.commonwatch.ledger-head-blind.v1+msgpack"


class ShownHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is signed: whose ledger, the head's number (from 1), when, and the commitment."""

    mode: str
    nation: str
    number: int
    shown_s: float
    commitment: bytes

    def __post_init__(self) -> None:
        if not 1 <= self.number <= SEQUENCE_MAX:
            raise ValueError("head: `number` counts from 1")
        if len(self.commitment) != HASH_BYTES or not 0.0 <= self.shown_s < YEAR_10000_S:
            raise ValueError(f"head: a commitment has {HASH_BYTES} bytes, a time a year of four")


class Opening(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a shown head stands for: the first `size` records, their root; and the blinding."""

    size: int
    root: bytes
    blind: bytes

    def __post_init__(self) -> None:
        if self.size < 0 or (len(self.root), len(self.blind)) != (HASH_BYTES, HASH_BYTES):
            raise ValueError(f"opening: a size is not negative, hashes have {HASH_BYTES} bytes")


class HeadOut(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a `head-out` record: the envelope that partners are shown, and its opening."""

    envelope: bytes
    opening: Opening


class TwoHeads(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of an `equivocation` record: two envelopes, as they came."""

    first: bytes
    second: bytes


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(ShownHead)


def head_payload_type(mode: Mode) -> str:
    """The payload type of shown heads of this mode."""
    return f"{HEAD_TYPE}{mode.word.lower()}+msgpack"


def sealed_head(
    tree: Tree, nation: str, number: int, now_s: float, key: PrivateKey, mode: Mode
) -> HeadOut:
    """The head of this tree to be shown under `number`; the same for the same arguments."""
    opening = Opening(tree.size, tree.root, _blind(nation, number, key, mode))
    shown = ShownHead(
        mode=mode.word,
        nation=nation,
        number=number,
        shown_s=float(now_s),
        commitment=_commitment(nation, mode.word, number, opening),
    )
    payload, kind = _encoder.encode(shown), head_payload_type(mode)
    signature = key.sign(pre_authentication_encoding(kind, payload))
    signed = Signature(key.public.key_id, signature)
    return HeadOut(_encoder.encode(Envelope(kind, payload, (signed,))), opening)


def is_shown_head(raw: bytes) -> bool:
    """Whether these bytes say that they are a head, of any mode; nothing of them is believed."""
    if len(raw) > HEAD_ENVELOPE_BYTES_MAX:
        return False
    try:
        return outer_frame(raw).payload_type.startswith(HEAD_TYPE)
    except RefusedEnvelope:
        return False


def open_shown_head(raw: bytes, keys: Mapping[str, PublicKey], mode: Mode) -> ShownHead:
    """The head in `raw`, signed by the nation that it names; raises RefusedEnvelope."""
    if len(raw) > HEAD_ENVELOPE_BYTES_MAX:
        raise RefusedEnvelope(f"head of {len(raw)} bytes; at most {HEAD_ENVELOPE_BYTES_MAX}")
    envelope = outer_frame(raw)
    if envelope.payload_type != head_payload_type(mode) or envelope.contents:
        raise RefusedEnvelope(f"payload type is not that of a head of {mode.word}")
    signer = signer_of(envelope, keys)
    try:
        shown = _decoder.decode(envelope.payload)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise RefusedEnvelope(f"head: {str(error)[:200]}") from error
    if _encoder.encode(shown) != envelope.payload:
        raise RefusedEnvelope("head: not in its one canonical encoding")
    if (shown.nation, shown.mode) != (signer, mode.word):
        raise RefusedEnvelope(f"head: names {shown.nation[:8]} under the key of {signer}")
    return shown


def recorded_head(raw: bytes) -> ShownHead:
    """The head in an envelope that one's own ledger holds, its signature not verified again."""
    return _decoder.decode(outer_frame(raw).payload)


def opens(shown: ShownHead, opening: Opening) -> bool:
    """Whether this is what the head committed to."""
    return shown.commitment == _commitment(shown.nation, shown.mode, shown.number, opening)


def _commitment(nation: str, mode: str, number: int, opening: Opening) -> bytes:
    told = _encoder.encode((nation, mode, number, opening))
    return hashlib.sha256(pre_authentication_encoding(OPENING_TYPE, told)).digest()


def _blind(nation: str, number: int, key: PrivateKey, mode: Mode) -> bytes:
    """Bytes that only the key gives, without randomness: a hash of a signature never shown."""
    told = _encoder.encode((nation, mode.word, number))
    return hashlib.sha256(key.sign(pre_authentication_encoding(BLIND_TYPE, told))).digest()
