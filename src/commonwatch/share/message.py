"""What travels between nodes: bulletins, receipts, orders, what is said of items and consents.

Messages of one lane travel bundled under one signature.
"""

from __future__ import annotations

import hashlib
import math
from typing import Literal

import msgspec

from commonwatch.foreign_text import reason_against_texts
from commonwatch.limits import BULLETIN_TEXT_CHARACTERS_MAX, BUNDLE_MESSAGES_MAX, SEQUENCE_MAX
from commonwatch.release.bulletin import Bulletin
from commonwatch.release.order import SignedOrder
from commonwatch.share.consent_message import CONSENT_MESSAGES, ConsentMessage
from commonwatch.share.item_message import (
    DIGEST_BYTES,
    Acknowledgement,
    CompromiseNotice,
    DestructionCertificate,
    DestructionOrder,
    ItemMessage,
    Recall,
    Relabel,
)

NO_DIGEST = bytes(DIGEST_BYTES)

Lane = Literal["live", "receipt", "control"]


class Receipt(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True, tag="receipt"):
    """The recipient's answer to one bulletin: which, its SHA-256, and whether it was taken."""

    bulletin: str
    sequence: int
    digest: bytes
    outcome: Literal["accepted", "refused"]
    why: str
    received_s: float

    def __post_init__(self) -> None:
        if len(self.digest) != DIGEST_BYTES or not math.isfinite(self.received_s):
            raise ValueError("receipt: a digest has 32 bytes and a time is finite")
        against = reason_against_texts((self.bulletin, self.why), BULLETIN_TEXT_CHARACTERS_MAX)
        if against is not None:
            raise ValueError(f"receipt: {against}")


class Gone(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """The place of a message whose bytes are not here: its id, where it had one, and its SHA-256.

    It stands in bundles read from a ledger alone, after a destruction; it never travels.
    """

    id: str
    digest: bytes


ITEM_MESSAGES = (
    Relabel,
    Recall,
    DestructionOrder,
    DestructionCertificate,
    CompromiseNotice,
    Acknowledgement,
)
Message = Bulletin | Receipt | SignedOrder | ItemMessage | ConsentMessage
_TYPES_OF_LANE: dict[str, tuple[type, ...]] = {
    "live": (Bulletin, Gone),
    "receipt": (Receipt,),
    "control": (SignedOrder, *ITEM_MESSAGES, *CONSENT_MESSAGES),
}


class Bundle(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True, kw_only=True):
    """At most 32 messages of one lane, from one node to one other.

    `sequence` counts the bundles of this direction from 1; `previous` is the digest of the envelope
    before, so that one direction is a chain of its own that says nothing of what others get.
    """

    mode: str
    sender: str
    recipient: str
    lane: Lane
    sequence: int
    previous: bytes
    sent_s: float
    messages: tuple[Message | Gone, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.messages) <= BUNDLE_MESSAGES_MAX:
            raise ValueError(f"bundle: holds 1 to {BUNDLE_MESSAGES_MAX} messages")
        if not 1 <= self.sequence <= SEQUENCE_MAX:
            raise ValueError("bundle: `sequence` counts from 1")
        if len(self.previous) != DIGEST_BYTES or not math.isfinite(self.sent_s):
            raise ValueError("bundle: a digest has 32 bytes and a time is finite")
        expected = _TYPES_OF_LANE[self.lane]
        if not all(isinstance(message, expected) for message in self.messages):
            raise ValueError(f"bundle: a message that the {self.lane} lane does not carry")

    @property
    def bulletins(self) -> tuple[Bulletin, ...]:
        """The bulletins among its messages."""
        return tuple(item for item in self.messages if isinstance(item, Bulletin))

    @property
    def receipts(self) -> tuple[Receipt, ...]:
        """The receipts among its messages."""
        return tuple(item for item in self.messages if isinstance(item, Receipt))

    @property
    def orders(self) -> tuple[SignedOrder, ...]:
        """The orders among its messages."""
        return tuple(item for item in self.messages if isinstance(item, SignedOrder))

    @property
    def item_messages(self) -> tuple[ItemMessage, ...]:
        """What its messages say of items that were released before."""
        return tuple(item for item in self.messages if isinstance(item, ITEM_MESSAGES))

    @property
    def consent_messages(self) -> tuple[ConsentMessage, ...]:
        """What its messages say of consents."""
        return tuple(item for item in self.messages if isinstance(item, CONSENT_MESSAGES))

    @property
    def named(self) -> tuple[Gone, ...]:
        """Id and SHA-256 of each message, whether its bytes are here or not."""
        return tuple(
            item if isinstance(item, Gone) else Gone(message_id(item), message_digest(item))
            for item in self.messages
        )


_encoder = msgspec.msgpack.Encoder()


def message_id(message: Message) -> str:
    """The id by which a message is spoken of later; only bulletins have one."""
    return message.id if isinstance(message, Bulletin) else ""


def message_digest(message: Message) -> bytes:
    """SHA-256 of a message's one canonical encoding: what a receipt answers to."""
    return hashlib.sha256(_encoder.encode(message)).digest()
