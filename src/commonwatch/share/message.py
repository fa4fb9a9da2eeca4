"""What travels between nodes: bulletins, receipts and orders, bundled under one signature."""

from __future__ import annotations

import hashlib
import math
from typing import Literal

import msgspec

from commonwatch.limits import BULLETIN_TEXT_CHARACTERS_MAX, BUNDLE_MESSAGES_MAX, SEQUENCE_MAX
from commonwatch.release.bulletin import Bulletin
from commonwatch.release.order import SignedOrder

DIGEST_BYTES = 32
NO_DIGEST = bytes(DIGEST_BYTES)

Lane = Literal["live", "receipt", "control"]


class Receipt(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="receipt"):
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
        if max(len(self.bulletin), len(self.why)) > BULLETIN_TEXT_CHARACTERS_MAX:
            raise ValueError(f"receipt: a text is longer than {BULLETIN_TEXT_CHARACTERS_MAX}")


Message = Bulletin | Receipt | SignedOrder
_TYPE_OF_LANE: dict[str, type] = {"live": Bulletin, "receipt": Receipt, "control": SignedOrder}


class Bundle(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
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
    messages: tuple[Message, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.messages) <= BUNDLE_MESSAGES_MAX:
            raise ValueError(f"bundle: holds 1 to {BUNDLE_MESSAGES_MAX} messages")
        if not 1 <= self.sequence <= SEQUENCE_MAX:
            raise ValueError("bundle: `sequence` counts from 1")
        if len(self.previous) != DIGEST_BYTES or not math.isfinite(self.sent_s):
            raise ValueError("bundle: a digest has 32 bytes and a time is finite")
        expected = _TYPE_OF_LANE[self.lane]
        if not all(isinstance(message, expected) for message in self.messages):
            raise ValueError(f"bundle: the {self.lane} lane carries {expected.__name__} alone")

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


_encoder = msgspec.msgpack.Encoder()


def message_digest(message: Message) -> bytes:
    """SHA-256 of a message's one canonical encoding: what a receipt answers to."""
    return hashlib.sha256(_encoder.encode(message)).digest()
