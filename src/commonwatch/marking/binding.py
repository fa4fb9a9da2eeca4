"""What ADatP-4778 binds: labels to data, embedded or referred to with a digest; values only."""

from __future__ import annotations

import hashlib
from typing import Literal

import msgspec

from commonwatch.label import path_covers
from commonwatch.limits import (
    MARKING_BINDINGS_MAX,
    MARKING_DATA_MAX,
    MARKING_FILE_BYTES_MAX,
    MARKING_LABELS_MAX,
    MARKING_TEXT_CHARACTERS_MAX,
)
from commonwatch.marking.confidentiality import ConfidentialityLabel

Role = Literal["originator", "alternative"]
SHA_384_BYTES = 48


class BoundLabel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A label as its originator set it, or an equivalent one of another policy."""

    role: Role
    label: ConfidentialityLabel


class BoundData(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Data under a label: the bytes themselves, or a reference to them with their SHA-384.

    A reference of a portion is that of the whole, `#`, and the path of the field; it has no digest
    of its own, as the whole's covers it.
    """

    reference: str
    content_type: str
    embedded: bytes | None = None
    sha384: bytes | None = None

    def __post_init__(self) -> None:
        for text in (self.reference, self.content_type):
            if not 1 <= len(text) <= MARKING_TEXT_CHARACTERS_MAX or not _is_plain(text):
                raise ValueError("data: reference and content type are 1 to 256 plain characters")
        if self.sha384 is not None and len(self.sha384) != SHA_384_BYTES:
            raise ValueError(f"data: a SHA-384 digest has {SHA_384_BYTES} bytes")
        if self.embedded is not None and self.sha384 is not None:
            raise ValueError("data: is embedded or referred to with a digest, not both")
        if self.embedded is not None and len(self.embedded) > MARKING_FILE_BYTES_MAX:
            raise ValueError(f"data: more than {MARKING_FILE_BYTES_MAX} bytes")
        path = self.portion_path
        has_own = self.embedded is not None or self.sha384 is not None
        if path is not None and (has_own or not path_covers(path, path)):
            raise ValueError("data: a portion is a path of a field of the whole, and nothing else")

    @property
    def portion_path(self) -> str | None:
        """The path of the field where this is a portion; None where it is a whole."""
        _whole, mark, path = self.reference.partition("#")
        return path if mark else None


class Binding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Labels, the originator's first, and the data that each of them holds for."""

    labels: tuple[BoundLabel, ...]
    data: tuple[BoundData, ...]

    def __post_init__(self) -> None:
        roles = [item.role for item in self.labels]
        if roles.count("originator") != 1 or roles[0] != "originator":
            raise ValueError("binding: holds the originator's label first, and one of it")
        policies = [item.label.policy for item in self.labels]
        if len(set(policies)) != len(policies):
            raise ValueError("binding: two labels of one policy; one of them must be wrong")
        if len(roles) > MARKING_LABELS_MAX or not 1 <= len(self.data) <= MARKING_DATA_MAX:
            raise ValueError(
                f"binding: at most {MARKING_LABELS_MAX} labels, 1 to {MARKING_DATA_MAX} data"
            )
        if any(item.portion_path is not None for item in self.data) and len(self.data) > 1:
            raise ValueError("binding: a portion is bound by itself")

    @property
    def original(self) -> ConfidentialityLabel:
        """The originator's label, verbatim."""
        return self.labels[0].label


class LabelledDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole's binding, then one for each portion that has a label of its own."""

    bindings: tuple[Binding, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.bindings) <= MARKING_BINDINGS_MAX:
            raise ValueError(f"document: 1 to {MARKING_BINDINGS_MAX} bindings")
        whole, portions = self.bindings[0], self.bindings[1:]
        if whole.data[0].portion_path is not None:
            raise ValueError("document: the whole is bound first")
        wholes = {item.reference for item in whole.data}
        if len(wholes) != len(whole.data):
            raise ValueError("document: two data of one reference")
        seen = set()
        for portion in portions:
            reference = portion.data[0].reference
            if portion.data[0].portion_path is None or reference.partition("#")[0] not in wholes:
                raise ValueError("document: each further binding is of a portion of the whole")
            if reference in seen:
                raise ValueError("document: one portion is bound twice")
            seen.add(reference)


def digest(raw: bytes) -> bytes:
    """SHA-384, which ADatP-4778.2 makes mandatory for digests."""
    return hashlib.sha384(raw).digest()


def embedded(reference: str, content_type: str, raw: bytes) -> BoundData:
    """Data that travels within the document."""
    return BoundData(reference, content_type, embedded=raw)


def detached(reference: str, content_type: str, raw: bytes) -> BoundData:
    """Data that travels beside the document, by its digest."""
    return BoundData(reference, content_type, sha384=digest(raw))


def holds_for(data: BoundData, raw: bytes) -> bool:
    """Whether `raw` is the data that was bound."""
    if data.embedded is not None:
        return raw == data.embedded
    return data.sha384 is not None and digest(raw) == data.sha384


def _is_plain(text: str) -> bool:
    # A URI and a content type are ASCII (RFC 3986, RFC 2045).
    return text.isascii() and text.isprintable() and text == text.strip()
