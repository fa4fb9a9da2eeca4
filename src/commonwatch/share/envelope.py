"""The signed envelope: DSSE over a bundle's manifest. Verified before anything in it is parsed.

The manifest names each message by its SHA-256, and the messages travel beside it: so the signature
still holds, and proves what was sent, after one of them was destroyed (docs/adr/0013).

Order of checks on receipt, each before the next may look: size, outer frame, payload type (it names
the mode), key known, signature, manifest, canonical form, digest of each message, messages,
addressed to this node by the key's owner. DSSE v1.0: the signature covers PAE(payload type,
payload).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from commonwatch.errors import CommonwatchError, require
from commonwatch.identity import (
    ED25519_SIGNATURE_BYTES,
    KEY_ID_HEX_DIGITS,
    PrivateKey,
    PublicKey,
    pre_authentication_encoding,
)
from commonwatch.limits import (
    BUNDLE_MESSAGES_MAX,
    ENVELOPE_BYTES_MAX,
    ENVELOPE_SIGNATURES_MAX,
)
from commonwatch.mode import Mode
from commonwatch.share.item_message import DIGEST_BYTES
from commonwatch.share.message import Bundle, Gone, Lane, Message, message_id


class RefusedEnvelope(CommonwatchError):
    """An envelope that is not taken, and why; nothing of its payload was believed."""


class Signature(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A signature and the id of the key that made it; the id is a hint and proves nothing."""

    keyid: str
    sig: bytes


class Named(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True, array_like=True):
    """One message as its bundle's manifest names it: id, empty where it has none, and SHA-256."""

    id: str
    digest: bytes


class Manifest(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True, kw_only=True):
    """What is signed of a bundle: all of it but the messages themselves."""

    mode: str
    sender: str
    recipient: str
    lane: Lane
    sequence: int
    previous: bytes
    sent_s: float
    contents: tuple[Named, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.contents) <= BUNDLE_MESSAGES_MAX:
            raise ValueError(f"bundle: holds 1 to {BUNDLE_MESSAGES_MAX} messages")
        if any(len(named.digest) != DIGEST_BYTES for named in self.contents):
            raise ValueError(f"bundle: a digest has {DIGEST_BYTES} bytes")


class Envelope(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """DSSE's envelope in MessagePack, its three fields, and the messages that its payload names."""

    payload_type: str
    payload: bytes
    signatures: tuple[Signature, ...]
    contents: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Parted:
    """An envelope as a ledger keeps it: its frame for the chain, its messages for beside it.

    `digest` is the frame's SHA-256. `named` are ids and SHA-256 of its messages, `contents` those
    of them that are here.
    """

    frame: bytes
    digest: bytes
    named: tuple[Named, ...]
    contents: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Sealed:
    """An envelope of one's own making, as it travels, and in its parts."""

    raw: bytes
    parts: Parted


@dataclass(frozen=True, slots=True)
class Opened:
    """A bundle whose signature held, and the parts of the envelope it came in."""

    bundle: Bundle
    parts: Parted

    @property
    def digest(self) -> bytes:
        """The digest by which its envelope is spoken of."""
        return self.parts.digest


_encoder = msgspec.msgpack.Encoder()
_envelope_decoder = msgspec.msgpack.Decoder(Envelope)
_manifest_decoder = msgspec.msgpack.Decoder(Manifest)
_message_decoder = msgspec.msgpack.Decoder(Message)


def payload_type(mode: Mode) -> str:
    """The payload type of bundles of this mode: another mode's envelope is another type."""
    return f"application/vnd.commonwatch.bundle.v2.{mode.word.lower()}+msgpack"


def seal(bundle: Bundle, key: PrivateKey, mode: Mode) -> bytes:
    """The envelope of a bundle, signed; the same bundle and key give the same bytes."""
    return sealed(bundle, key, mode).raw


def sealed(bundle: Bundle, key: PrivateKey, mode: Mode) -> Sealed:
    """As `seal`, with the parts that a ledger keeps: each message is encoded once for all."""
    messages = tuple(one for one in bundle.messages if not isinstance(one, Gone))
    require(len(messages) == len(bundle.messages), "what is gone does not travel")
    contents = tuple(map(_encoder.encode, messages))
    named = tuple(
        Named(message_id(message), _sha256(content))
        for message, content in zip(messages, contents, strict=True)
    )
    payload, kind = _encoder.encode(_manifest(bundle, named)), payload_type(mode)
    signature = key.sign(pre_authentication_encoding(kind, payload))
    signed = (Signature(key.public.key_id, signature),)
    frame = _encoder.encode(Envelope(kind, payload, signed))
    raw = _encoder.encode(Envelope(kind, payload, signed, contents))
    return Sealed(raw, Parted(frame, _sha256(frame), named, contents))


def manifest_of(bundle: Bundle) -> Manifest:
    """What of a bundle is signed."""
    return _manifest(bundle, tuple(Named(item.id, item.digest) for item in bundle.named))


def _manifest(bundle: Bundle, named: tuple[Named, ...]) -> Manifest:
    return Manifest(
        mode=bundle.mode,
        sender=bundle.sender,
        recipient=bundle.recipient,
        lane=bundle.lane,
        sequence=bundle.sequence,
        previous=bundle.previous,
        sent_s=bundle.sent_s,
        contents=named,
    )


def envelope_digest(raw: bytes) -> bytes:
    """SHA-256 by which an envelope is spoken of: of its frame, so that a destruction leaves it.

    Where the messages are not those that the frame names, of all its bytes: what a carrier spoilt
    is not taken for the envelope that was sent.
    """
    try:
        envelope = _envelope_decoder.decode(raw)
        named = _manifest_decoder.decode(envelope.payload).contents
    except (msgspec.DecodeError, ValueError, RecursionError):
        return _sha256(raw)
    if tuple(map(_sha256, envelope.contents)) != tuple(item.digest for item in named):
        return _sha256(raw)
    return _sha256(_frame_of(envelope))


def frame_digest(raw: bytes) -> bytes:
    """As envelope_digest, of an envelope of one's own making: its messages are not looked at."""
    return _sha256(parted(raw)[0])


def parted(raw: bytes) -> tuple[bytes, tuple[bytes, ...]]:
    """An envelope as a ledger keeps it: its frame for the chain, its messages for beside it."""
    envelope = _envelope_decoder.decode(raw)
    return _frame_of(envelope), envelope.contents


def joined(frame: bytes, bodies: Mapping[bytes, bytes]) -> bytes | None:
    """The envelope as it travelled; None where one of its messages is not in `bodies`."""
    envelope = _envelope_decoder.decode(frame)
    named = _manifest_decoder.decode(envelope.payload).contents
    if any(item.digest not in bodies for item in named):
        return None
    contents = tuple(bodies[item.digest] for item in named)
    return _encoder.encode(msgspec.structs.replace(envelope, contents=contents))


def open_envelope(raw: bytes, keys: Mapping[str, PublicKey], mode: Mode) -> Opened:
    """The bundle in `raw`, where the key of the nation that it names as sender signed it.

    `keys` maps nations to their public keys of this mode. Raises RefusedEnvelope.
    """
    envelope, manifest = _verified(raw, keys, mode)
    bundle = _bundle(manifest, envelope.contents)
    frame = _frame_of(envelope)
    return Opened(bundle, Parted(frame, _sha256(frame), manifest.contents, envelope.contents))


def open_recorded(
    frame: bytes, bodies: Mapping[bytes, bytes], keys: Mapping[str, PublicKey], mode: Mode
) -> Opened:
    """As open_envelope, of an envelope that a ledger keeps: bulletins are looked up in `bodies`.

    One that is not there is Gone from the bundle; that it may be is the ledger's to say.
    """
    envelope, manifest = _verified(frame, keys, mode)
    if manifest.lane == "live" and envelope.contents:
        raise RefusedEnvelope("frame: bulletins lie beside the chain, not in it")
    bundle = (
        _bundle_of(manifest, bodies)
        if manifest.lane == "live"
        else _bundle(manifest, envelope.contents)
    )
    own = _frame_of(envelope)
    return Opened(bundle, Parted(own, _sha256(own), manifest.contents, envelope.contents))


def recorded_bundle(frame: bytes, bodies: Mapping[bytes, bytes]) -> Bundle:
    """The bundle of an envelope that one's own ledger holds, its signature not verified again."""
    envelope = _envelope_decoder.decode(frame)
    manifest = _manifest_decoder.decode(envelope.payload)
    if manifest.lane == "live":
        return _bundle_of(manifest, bodies)
    return _bundle(manifest, envelope.contents)


def recorded_manifest(frame: bytes) -> Manifest:
    """What an envelope that one's own ledger holds names; ValueError where it is none."""
    try:
        return _manifest_decoder.decode(_envelope_decoder.decode(frame).payload)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(str(error)[:200]) from error


def open_for(raw: bytes, keys: Mapping[str, PublicKey], mode: Mode, recipient: str) -> Opened:
    """As open_envelope, and addressed to `recipient`."""
    opened = open_envelope(raw, keys, mode)
    if opened.bundle.recipient != recipient:
        raise RefusedEnvelope(f"addressed to {opened.bundle.recipient[:8]}, not to {recipient}")
    return opened


def _verified(raw: bytes, keys: Mapping[str, PublicKey], mode: Mode) -> tuple[Envelope, Manifest]:
    if len(raw) > ENVELOPE_BYTES_MAX:
        raise RefusedEnvelope(f"envelope of {len(raw)} bytes; at most {ENVELOPE_BYTES_MAX}")
    envelope = outer_frame(raw)
    if envelope.payload_type != payload_type(mode):
        raise RefusedEnvelope(f"payload type is not that of {mode.word}")
    signer = signer_of(envelope, keys)
    try:
        manifest = _manifest_decoder.decode(envelope.payload)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise RefusedEnvelope(f"payload: {str(error)[:200]}") from error
    if _encoder.encode(manifest) != envelope.payload:
        raise RefusedEnvelope("payload: not in its one canonical encoding")
    if manifest.sender != signer:
        raise RefusedEnvelope(f"names {manifest.sender[:8]} as sender under the key of {signer}")
    if manifest.mode != mode.word:
        raise RefusedEnvelope(f"bundle of mode {manifest.mode[:8]} at a node of {mode.word}")
    return envelope, manifest


def _bundle_of(manifest: Manifest, bodies: Mapping[bytes, bytes]) -> Bundle:
    return _bundle(manifest, tuple(bodies.get(item.digest) for item in manifest.contents))


def _bundle(manifest: Manifest, contents: Sequence[bytes | None]) -> Bundle:
    """The bundle that a manifest and its messages make; None stands for one that is gone."""
    if len(contents) != len(manifest.contents):
        raise RefusedEnvelope("contents: not as many as were signed")
    try:
        return Bundle(
            mode=manifest.mode,
            sender=manifest.sender,
            recipient=manifest.recipient,
            lane=manifest.lane,
            sequence=manifest.sequence,
            previous=manifest.previous,
            sent_s=manifest.sent_s,
            messages=tuple(map(_message, manifest.contents, contents)),
        )
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise RefusedEnvelope(f"contents: {str(error)[:200]}") from error


def _message(named: Named, content: bytes | None) -> Message | Gone:
    if content is None:
        return Gone(named.id, named.digest)
    if _sha256(content) != named.digest:
        raise RefusedEnvelope("contents: a message is not the one that was signed")
    message: Message = _message_decoder.decode(content)
    if _encoder.encode(message) != content:
        raise RefusedEnvelope("contents: a message is not in its one canonical encoding")
    if message_id(message) != named.id:
        raise RefusedEnvelope("contents: a message has another id than was signed")
    return message


def _frame_of(envelope: Envelope) -> bytes:
    return _encoder.encode(Envelope(envelope.payload_type, envelope.payload, envelope.signatures))


def _sha256(raw: bytes) -> bytes:
    return hashlib.sha256(raw).digest()


def outer_frame(raw: bytes) -> Envelope:
    """The envelope in these bytes, nothing of it verified or believed; raises RefusedEnvelope."""
    try:
        envelope = _envelope_decoder.decode(raw)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise RefusedEnvelope(f"frame: {str(error)[:200]}") from error
    if _encoder.encode(envelope) != raw:
        raise RefusedEnvelope("frame: not in its one canonical encoding")
    if not 1 <= len(envelope.signatures) <= ENVELOPE_SIGNATURES_MAX:
        raise RefusedEnvelope(f"frame: 1 to {ENVELOPE_SIGNATURES_MAX} signatures")
    return envelope


def signer_of(envelope: Envelope, keys: Mapping[str, PublicKey]) -> str:
    """The one nation whose every signature on it holds; raises RefusedEnvelope."""
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
