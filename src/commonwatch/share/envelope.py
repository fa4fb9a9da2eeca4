"""The signed envelope: DSSE over a MessagePack bundle. Verified before its payload is parsed.

Order of checks on receipt, each before the next may look: size, outer frame, payload type (it names
the mode), key known, signature, payload, canonical form, addressed to this node by the key's owner.
DSSE v1.0: the signature covers PAE(payload type, payload).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from commonwatch.errors import CommonwatchError
from commonwatch.identity import (
    ED25519_SIGNATURE_BYTES,
    KEY_ID_HEX_DIGITS,
    PrivateKey,
    PublicKey,
    pre_authentication_encoding,
)
from commonwatch.limits import ENVELOPE_BYTES_MAX, ENVELOPE_SIGNATURES_MAX
from commonwatch.mode import Mode
from commonwatch.share.message import Bundle


class RefusedEnvelope(CommonwatchError):
    """An envelope that is not taken, and why; nothing of its payload was believed."""


class Signature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A signature and the id of the key that made it; the id is a hint and proves nothing."""

    keyid: str
    sig: bytes


class Envelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """DSSE's envelope, its three fields, in MessagePack."""

    payload_type: str
    payload: bytes
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """A bundle whose signature held, and the digest of the envelope it came in."""

    bundle: Bundle
    digest: bytes


_encoder = msgspec.msgpack.Encoder()
_envelope_decoder = msgspec.msgpack.Decoder(Envelope)
_bundle_decoder = msgspec.msgpack.Decoder(Bundle)


def payload_type(mode: Mode) -> str:
    """The payload type of bundles of this mode: another mode's envelope is another type."""
    return f"application/vnd.commonwatch.bundle.v1.{mode.word.lower()}+msgpack"


def seal(bundle: Bundle, key: PrivateKey, mode: Mode) -> bytes:
    """The envelope of a bundle, signed; the same bundle and key give the same bytes."""
    payload = _encoder.encode(bundle)
    kind = payload_type(mode)
    signature = key.sign(pre_authentication_encoding(kind, payload))
    signed = Signature(key.public.key_id, signature)
    return _encoder.encode(Envelope(kind, payload, (signed,)))


def envelope_digest(raw: bytes) -> bytes:
    """SHA-256 of an envelope's bytes."""
    return hashlib.sha256(raw).digest()


def open_envelope(raw: bytes, keys: Mapping[str, PublicKey], mode: Mode) -> Opened:
    """The bundle in `raw`, where the key of the nation that it names as sender signed it.

    `keys` maps nations to their public keys of this mode. Raises RefusedEnvelope.
    """
    if len(raw) > ENVELOPE_BYTES_MAX:
        raise RefusedEnvelope(f"envelope of {len(raw)} bytes; at most {ENVELOPE_BYTES_MAX}")
    envelope = _outer_frame(raw)
    if envelope.payload_type != payload_type(mode):
        raise RefusedEnvelope(f"payload type is not that of {mode.word}")
    signer = _signer(envelope, keys)
    try:
        bundle = _bundle_decoder.decode(envelope.payload)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise RefusedEnvelope(f"payload: {str(error)[:200]}") from error
    if _encoder.encode(bundle) != envelope.payload:
        raise RefusedEnvelope("payload: not in its one canonical encoding")
    if bundle.sender != signer:
        raise RefusedEnvelope(f"names {bundle.sender[:8]} as sender under the key of {signer}")
    if bundle.mode != mode.word:
        raise RefusedEnvelope(f"bundle of mode {bundle.mode[:8]} at a node of {mode.word}")
    return Opened(bundle, envelope_digest(raw))


def recorded_bundle(raw: bytes) -> Bundle:
    """The bundle of an envelope that one's own ledger holds, its signature not verified again."""
    return _bundle_decoder.decode(_envelope_decoder.decode(raw).payload)


def open_for(raw: bytes, keys: Mapping[str, PublicKey], mode: Mode, recipient: str) -> Opened:
    """As open_envelope, and addressed to `recipient`."""
    opened = open_envelope(raw, keys, mode)
    if opened.bundle.recipient != recipient:
        raise RefusedEnvelope(f"addressed to {opened.bundle.recipient[:8]}, not to {recipient}")
    return opened


def _outer_frame(raw: bytes) -> Envelope:
    try:
        envelope = _envelope_decoder.decode(raw)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise RefusedEnvelope(f"frame: {str(error)[:200]}") from error
    if _encoder.encode(envelope) != raw:
        raise RefusedEnvelope("frame: not in its one canonical encoding")
    if not 1 <= len(envelope.signatures) <= ENVELOPE_SIGNATURES_MAX:
        raise RefusedEnvelope(f"frame: 1 to {ENVELOPE_SIGNATURES_MAX} signatures")
    return envelope


def _signer(envelope: Envelope, keys: Mapping[str, PublicKey]) -> str:
    by_id = {str(key.key_id): (nation, key) for nation, key in keys.items()}
    message = pre_authentication_encoding(envelope.payload_type, envelope.payload)
    # Every signature must hold: one that does not is not overlooked for the sake of another.
    signers = set()
    for signature in envelope.signatures:
        if len(signature.keyid) != KEY_ID_HEX_DIGITS or signature.keyid not in by_id:
            raise RefusedEnvelope("signature: by a key that is not known here")
        nation, key = by_id[signature.keyid]
        if len(signature.sig) != ED25519_SIGNATURE_BYTES or not key.verifies(
            message, signature.sig
        ):
            raise RefusedEnvelope(f"signature: does not hold under the key of {nation}")
        signers.add(nation)
    if len(signers) != 1:
        raise RefusedEnvelope("signature: by more than one nation")
    return signers.pop()
