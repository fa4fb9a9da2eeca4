"""COSE_Sign1 with Ed25519: RFC 9052, section 4.2 and 4.4, over CBOR of RFC 8949.

The CBOR is the library's (cbor2); the structure is four items and the signature PyNaCl's. What is
read must be in its one deterministic encoding (RFC 8949, section 4.2.1), so that no byte of a
message is without meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cbor2

from commonwatch.errors import UnusableInput
from commonwatch.identity import ED25519_SIGNATURE_BYTES, PrivateKey, PublicKey
from commonwatch.limits import MARKING_CBOR_DEPTH_MAX, MARKING_FILE_BYTES_MAX

COSE_SIGN1_TAG = 18  # RFC 9052, table 1
HEADER_ALGORITHM = 1  # RFC 9052, table 3
HEADER_CONTENT_TYPE = 3
HEADER_KEY_ID = 4
ALGORITHM_EDDSA = -8  # RFC 9053, section 2.2
_ARRAY_OF_FOUR = b"\x84"


@dataclass(frozen=True, slots=True)
class Sign1:
    """A COSE_Sign1 message; `protected` as it was signed, byte for byte."""

    protected: bytes
    key_id: bytes
    payload: bytes
    signature: bytes

    def signed_bytes(self) -> bytes:
        """Sig_structure of Signature1 without external data (RFC 9052, section 4.4)."""
        return encode_cbor(["Signature1", self.protected, b"", self.payload])

    def encoded(self) -> bytes:
        """The message with its tag."""
        parts = [self.protected, {HEADER_KEY_ID: self.key_id}, self.payload, self.signature]
        return bytes((0xC0 | COSE_SIGN1_TAG,)) + encode_cbor(parts)


def encode_cbor(value: object) -> bytes:
    """The one deterministic encoding of a value whose maps have keys of one kind."""
    # The library sorts keys by length first, RFC 8949 by their bytes: for texts alone, and for
    # small numbers alone, that is the same order.
    return cbor2.dumps(value, canonical=True)


def decode_cbor(raw: bytes, what: str) -> object:
    """The value of CBOR bytes; UnusableInput where they are none, too deep or not deterministic.

    Tags are refused: what we write has none within it, and some (decimal fractions, regular
    expressions) make a reader work.
    """
    if len(raw) > MARKING_FILE_BYTES_MAX:
        raise UnusableInput(f"{what}: more than {MARKING_FILE_BYTES_MAX} bytes")
    try:
        value: object = cbor2.loads(
            raw,
            tag_hook=_refuse_tag,
            semantic_decoders=_NO_TAGS,
            max_depth=MARKING_CBOR_DEPTH_MAX,
            allow_indefinite=False,
            allow_duplicate_keys=False,
        )
        again = encode_cbor(value)
    except (cbor2.CBORError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise UnusableInput(
            f"{what}: not CBOR as it is written here: {str(error)[:120]}"
        ) from error
    if again != raw:
        raise UnusableInput(f"{what}: not in the one deterministic encoding of RFC 8949, 4.2.1")
    return value


def sign1(payload: bytes, content_type: str | int, key: PrivateKey, key_id: bytes) -> Sign1:
    """The message over `payload`; the same arguments give the same bytes."""
    protected = encode_cbor({HEADER_ALGORITHM: ALGORITHM_EDDSA, HEADER_CONTENT_TYPE: content_type})
    unsigned = Sign1(protected, key_id, payload, b"")
    return Sign1(protected, key_id, payload, key.sign(unsigned.signed_bytes()))


def read_sign1(raw: bytes, what: str) -> Sign1:
    """The message in `raw`, not verified; UnusableInput where it is none."""
    if raw[:1] != bytes((0xC0 | COSE_SIGN1_TAG,)) or raw[1:2] != _ARRAY_OF_FOUR:
        raise UnusableInput(f"{what}: not a tagged COSE_Sign1 message (RFC 9052, section 4.2)")
    parts = decode_cbor(raw[1:], what)
    match parts:
        case [
            bytes() as protected,
            {4: bytes() as key_id},
            bytes() as payload,
            bytes() as signature,
        ]:
            message = Sign1(protected, key_id, payload, signature)
        case _:
            raise UnusableInput(
                f"{what}: COSE_Sign1 needs headers with a key id, payload, signature"
            )
    if message.encoded() != raw:
        raise UnusableInput(f"{what}: its unprotected header holds more than a key id")
    if len(message.signature) != ED25519_SIGNATURE_BYTES:
        raise UnusableInput(f"{what}: an Ed25519 signature has {ED25519_SIGNATURE_BYTES} bytes")
    return message


def reason_against(
    message: Sign1, content_type: str | int, keys: Mapping[bytes, PublicKey]
) -> str | None:
    """Why the message does not hold; None where the named key, of `keys` by id, signed it.

    The protected header must say EdDSA and this content type, and nothing else: an algorithm or
    a type is not believed because the message names it.
    """
    expected = encode_cbor({HEADER_ALGORITHM: ALGORITHM_EDDSA, HEADER_CONTENT_TYPE: content_type})
    if message.protected != expected:
        return f"its protected header is not that of EdDSA and `{content_type}`"
    key = keys.get(message.key_id)
    if key is None:
        return "is signed by a key that is not known here"
    if not key.verifies(message.signed_bytes(), message.signature):
        return "its signature does not hold: it was altered, or signed by another key"
    return None


def _refuse_tag(_tag: cbor2.CBORTag, _immutable: bool) -> object:
    raise ValueError("a tag, which is not read here")


def _refuse_known_tag(_value: object, _immutable: bool) -> object:
    raise ValueError("a tag, which is not read here")


# All tags that the library would give a meaning of its own.
_NO_TAGS = dict.fromkeys(
    (
        *range(6), 25, *range(28, 31), *range(35, 38), 52, 54, 100, *range(256, 262), 1004,
        43000, 55799,
    ),
    _refuse_known_tag,
)  # fmt: skip
