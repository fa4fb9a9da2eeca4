"""What a ledger records of items inside one nation: copies, readings, destructions."""

from __future__ import annotations

import hashlib

import msgspec

from commonwatch.identity import PrivateKey
from commonwatch.share.item_message import DIGEST_BYTES

COPY_ID_HEX_DIGITS = 16


class Destroyed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a `destroyed` record: item and SHA-256 of its bytes, and why they are gone.

    `order` is the digest of the originator's order; 32 zero bytes where its time was up.
    """

    item: str
    digest: bytes
    order: bytes
    why: str


class Copied(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a `copied` record: a copy, export or translation, from which items or copies.

    `holder` answers for it; `form` says what it is and where it lies.
    """

    copy: str
    parents: tuple[str, ...]
    holder: str
    form: str


class CopyDestroyed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a `copy-destroyed` record: who certifies that a copy exists no longer."""

    copy: str
    by: str


class HeldRegister(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a `register` record: the TOML text of a register of persons, and who gave it."""

    by: str
    text: str


class Reading(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a `read` or `read-refused` record: who, what, what for, and each reason why not.

    `register` is the SHA-256 of the register of persons that was asked.
    """

    item: str
    person: str
    purpose: str
    register: bytes
    reasons: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.register) != DIGEST_BYTES:
            raise ValueError(f"reading: a digest has {DIGEST_BYTES} bytes")


def copy_id(key: PrivateKey, parents: tuple[str, ...], holder: str, form: str, again: int) -> str:
    """The id of a copy: from what it is, so that it tells nothing of how many others there are.

    Under the nation's key: an originator that is told the id cannot find out by trial which other
    items, and whose, are in the copy. `again` counts the copies of the same parents before it.
    """
    said = msgspec.msgpack.encode(("copy", parents, holder, form, again))
    return "copy-" + hashlib.sha256(key.sign(said)).hexdigest()[:COPY_ID_HEX_DIGITS]
