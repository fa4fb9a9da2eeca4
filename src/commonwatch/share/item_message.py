"""What is said of items after their release: relabelled, recalled, to be destroyed, lost.

An item is one bulletin, spoken of by its id. These messages travel in the control lane, whatever
the state of the agreement: its duties outlive it. They are accounting and carry no protected
content; their free texts are short, and whoever writes them sees that they stay so.
"""

from __future__ import annotations

import math
from typing import Literal

import msgspec

from commonwatch.label import Label
from commonwatch.limits import (
    BULLETIN_TEXT_CHARACTERS_MAX,
    ITEMS_OF_MESSAGE_MAX,
    SEQUENCE_MAX,
)
from commonwatch.release.bulletin import OriginalMarking

DIGEST_BYTES = 32

Outcome = Literal["followed", "superseded", "refused"]


class Heading(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who says it to whom, when (POSIX s), in which mode.

    `sequence` counts what `by` said of items to `to`, from 1.
    """

    by: str
    to: str
    sequence: int
    at_s: float
    mode: str

    def __post_init__(self) -> None:
        if not 1 <= self.sequence <= SEQUENCE_MAX:
            raise ValueError("`sequence` counts from 1")


class Addressed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What all messages on items have: a heading, and bounds on all that they hold."""

    head: Heading

    def __post_init__(self) -> None:
        for value in msgspec.structs.astuple(self):
            _require_bounded(value)

    @property
    def by(self) -> str:
        """The nation that says it."""
        return self.head.by

    @property
    def to(self) -> str:
        """The nation that it is said to."""
        return self.head.to


class Relabel(Addressed, frozen=True, tag="relabel"):
    """The originator marks items anew; the receiver follows (article 6 g).

    `originals` are there where others' data went into the items: how each of these marks it now.
    """

    items: tuple[str, ...]
    label: Label
    why: str
    originals: tuple[OriginalMarking, ...] | msgspec.UnsetType = msgspec.UNSET

    @property
    def original_markings(self) -> tuple[OriginalMarking, ...]:
        """How each originator marks it now, as far as it is told."""
        return () if self.originals is msgspec.UNSET else self.originals


class Recall(Addressed, frozen=True, tag="recall"):
    """The originator takes items back: nothing may rest on them, nobody may read them."""

    items: tuple[str, ...]
    why: str


class DestructionOrder(Addressed, frozen=True, tag="destruction-order"):
    """The originator wants items destroyed by `due_s`, copies included (articles 6 h, 13)."""

    items: tuple[str, ...]
    why: str
    due_s: float


class DestructionCertificate(Addressed, frozen=True, tag="destruction-certificate"):
    """The receiver destroyed items: on an order, whose digest it answers, or as their time was up.

    `remaining` names copies outside the node that nobody has certified as destroyed yet.
    """

    answers: bytes
    items: tuple[str, ...]
    why: str
    remaining: tuple[str, ...]


class CompromiseNotice(Addressed, frozen=True, tag="compromise-notice"):
    """A holder tells the originator of a loss or compromise, or of its possibility (article 17).

    `items` are all of the originator's that it affects; the report of the inquiry is due by
    `report_due_s`.
    """

    items: tuple[str, ...]
    happened: Literal["lost", "compromised"]
    certain: bool
    what: str
    discovered_s: float
    report_due_s: float


class Applied(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """What following did for one item: was it held, which copies, how many derived products.

    Derived products are counted and not named: their names would tell who else was given something.
    """

    item: str
    held: bool
    copies: tuple[str, ...]
    derived: int


class Acknowledgement(Addressed, frozen=True, tag="acknowledgement"):
    """The answer to any of the others, by its digest: followed, superseded or refused, and why."""

    answers: bytes
    outcome: Outcome
    why: str
    applied: tuple[Applied, ...]


ItemMessage = (
    Relabel
    | Recall
    | DestructionOrder
    | DestructionCertificate
    | CompromiseNotice
    | Acknowledgement
)


def _require_bounded(value: object) -> None:
    """Whatever a field holds: short texts, finite numbers, whole digests, lists with an end."""
    if isinstance(value, str) and len(value) > BULLETIN_TEXT_CHARACTERS_MAX:
        raise ValueError(f"a text is longer than {BULLETIN_TEXT_CHARACTERS_MAX}")
    if isinstance(value, str) and not value.isprintable():
        raise ValueError("a text holds what cannot be printed")
    if isinstance(value, bytes) and len(value) != DIGEST_BYTES:
        raise ValueError(f"a digest has {DIGEST_BYTES} bytes")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("every number must be finite")
    if isinstance(value, msgspec.Struct):
        value = msgspec.structs.astuple(value)
    if isinstance(value, tuple):
        if len(value) > ITEMS_OF_MESSAGE_MAX:
            raise ValueError(f"a list is longer than {ITEMS_OF_MESSAGE_MAX}")
        for part in value:
            _require_bounded(part)


def tag_of(message: ItemMessage) -> str:
    """What kind of message it is, in the word that the wire has for it."""
    return str(message.__struct_config__.tag)


def items_of(message: ItemMessage) -> tuple[str, ...]:
    """The items that a message is on; an acknowledgement names the message that it answers."""
    return () if isinstance(message, Acknowledgement) else message.items
