"""The CBOR form of a labelled document, signed as COSE_Sign1.

The fields are those of the values, one to one with the XML form. There is no published CBOR form of
ADatP-4774; this one is ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from commonwatch.errors import UnusableInput
from commonwatch.identity import PrivateKey, PublicKey
from commonwatch.marking.binding import LabelledDocument
from commonwatch.marking.cose import (
    Sign1,
    decode_cbor,
    encode_cbor,
    reason_against,
    sign1,
)
from commonwatch.mode import Mode


def content_type(mode: Mode) -> str:
    """The content type of documents of this mode: another mode's document is another type."""
    return f"application/vnd.commonwatch.labelled.v1.{mode.word.lower()}+cbor"


def document_cbor(document: LabelledDocument) -> bytes:
    """The one encoding of a document."""
    return encode_cbor(msgspec.to_builtins(document, builtin_types=(bytes,)))


def document_of_cbor(raw: bytes, what: str) -> LabelledDocument:
    """The document in CBOR bytes; UnusableInput where they hold none, or in another encoding."""
    value = decode_cbor(raw, what)
    try:
        document = msgspec.convert(value, LabelledDocument, builtin_types=(bytes,))
    except msgspec.ValidationError as error:
        raise UnusableInput(f"{what}: {error}") from error
    if document_cbor(document) != raw:
        raise UnusableInput(f"{what}: a field that is not set must be left out")
    return document


def sealed_document(document: LabelledDocument, key: PrivateKey, mode: Mode) -> bytes:
    """The document signed by this key, named by its id; the same arguments give the same bytes."""
    key_id = key.public.key_id.encode()
    return sign1(document_cbor(document), content_type(mode), key, key_id).encoded()


@dataclass(frozen=True, slots=True)
class SealedDocument:
    """A sealed document whose signature held: whose, and what it says."""

    nation: str
    document: LabelledDocument


def open_sealed(message: Sign1, keys: Mapping[str, PublicKey], mode: Mode) -> SealedDocument:
    """The document where one of these nations' keys of this mode signed it.

    The signature is verified before the payload is parsed. Raises UnusableInput.
    """
    by_id = {key.key_id.encode(): key for key in keys.values()}
    reason = reason_against(message, content_type(mode), by_id)
    if reason is not None:
        raise UnusableInput(reason)
    nation = next(code for code, key in keys.items() if key == by_id[message.key_id])
    return SealedDocument(nation, document_of_cbor(message.payload, "payload"))
