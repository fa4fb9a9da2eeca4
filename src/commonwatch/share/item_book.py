"""Where every item stands after release: recalled, relabelled, destroyed; which duties are open.

A pure fold over what was said, own or partners', in the order of the ledger: a node that lives and
one that starts anew go through the same steps and hold the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import msgspec

from commonwatch.errors import require
from commonwatch.label import Label
from commonwatch.limits import ITEMS_BARRED_MAX
from commonwatch.share.item_message import (
    Acknowledgement,
    CompromiseNotice,
    DestructionCertificate,
    DestructionOrder,
    ItemMessage,
    Recall,
    Relabel,
)
from commonwatch.share.item_rules import parties_of
from commonwatch.share.message import message_digest

ACKNOWLEDGEMENT = "acknowledgement"


@dataclass(frozen=True, slots=True)
class Relabelled:
    """An item's newest marking by its originator, and the number of the message that said so."""

    label: Label
    sequence: int


@dataclass(frozen=True, slots=True)
class Duty:
    """Something that another nation still owes us an answer or a deed for."""

    digest: bytes
    message: ItemMessage
    wants: str

    def age_s(self, now_s: float) -> float:
        """How long it has been open."""
        return now_s - self.message.head.at_s


@dataclass(frozen=True, slots=True)
class ItemBook:
    """All that was said after release.

    `recalled` and `destroyed` map items to the digest of the order, or of the own certificate where
    there was none: what is ordered counts as done.
    `said` and `heard` hold each message by digest, own and partners'; `acknowledged` and
    `certified` which of the own ones were answered. `parents` says of copies and products what they
    were made from.
    """

    recalled: Mapping[str, bytes] = field(default_factory=dict)
    destroyed: Mapping[str, bytes] = field(default_factory=dict)
    labels: Mapping[str, Relabelled] = field(default_factory=dict)
    said: Mapping[bytes, ItemMessage] = field(default_factory=dict)
    heard: Mapping[bytes, ItemMessage] = field(default_factory=dict)
    acknowledged: Mapping[bytes, Acknowledgement] = field(default_factory=dict)
    certified: Mapping[bytes, DestructionCertificate] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    parents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    copies_destroyed: frozenset[str] = frozenset()

    def next_sequence(self, to: str) -> int:
        """The number of the next message to this nation."""
        return self.counts.get(to, 0) + 1

    def said_to(self, nation: str) -> Mapping[bytes, ItemMessage]:
        """What we said to this nation, by digest."""
        return {digest: item for digest, item in self.said.items() if item.to == nation}

    def reason_against(self, item: str, parents: Iterable[str] = ()) -> str | None:
        """Why nothing may rest on this item any more, or None."""
        for name in (item, *parents, *self.ancestors(item)):
            for standing, word in ((self.recalled, "recalled"), (self.destroyed, "destroyed")):
                if name in standing:
                    return f"{name} was {word}"
        return None

    def ancestors(self, item: str) -> tuple[str, ...]:
        """All that an item or copy was made from, as far as this node knows."""
        return _closure(item, self.parents)

    def descendants(self, items: Iterable[str]) -> tuple[str, ...]:
        """All copies and products that were made from any of these, at any remove."""
        wanted = set(items)
        return tuple(
            name for name in sorted(self.parents) if not wanted.isdisjoint(self.ancestors(name))
        )

    def copies_of(self, item: str) -> tuple[str, ...]:
        """Copies outside the node's store that were made from an item, at any remove."""
        return tuple(name for name in self.descendants((item,)) if parties_of(name) is None)

    def label_of(self, item: str, first: Label) -> Label:
        """The originator's marking as it is now; `first` is the one that it was released under.

        Whoever originated a part of it stays named.
        """
        relabelled = self.labels.get(item)
        if relabelled is None:
            return first
        originators = {*first.originators, *relabelled.label.originators}
        return msgspec.structs.replace(relabelled.label, originators=tuple(sorted(originators)))

    def supersedes(self, message: Relabel) -> bool:
        """Whether a newer marking of any of its items was heard before."""
        return any(
            item in self.labels and self.labels[item].sequence > message.head.sequence
            for item in message.items
        )

    def duties(self) -> tuple[Duty, ...]:
        """What others still owe: acknowledgements, certificates, copies not yet destroyed."""
        open_ones = []
        for digest, message in self.said.items():
            if isinstance(message, Acknowledgement | DestructionCertificate):
                continue
            if digest not in self.acknowledged:
                open_ones.append(Duty(digest, message, ACKNOWLEDGEMENT))
            elif isinstance(message, DestructionOrder):
                answer = self.acknowledged[digest]
                certificate = self.certified.get(digest)
                if answer.outcome == "followed" and certificate is None:
                    open_ones.append(Duty(digest, message, "certificate"))
                elif certificate is not None and certificate.remaining:
                    wants = "destruction of " + ", ".join(certificate.remaining)
                    open_ones.append(Duty(digest, message, wants))
        return tuple(sorted(open_ones, key=lambda duty: (duty.message.head.at_s, duty.digest)))


def with_parents(book: ItemBook, name: str, parents: tuple[str, ...]) -> ItemBook:
    """The book after a copy or product `name` was made from `parents`."""
    require(len(book.parents) < ITEMS_BARRED_MAX, "too many copies are in the book")
    return replace(book, parents={**book.parents, name: parents})


def with_copy_destroyed(book: ItemBook, copy: str) -> ItemBook:
    """The book after a person certified that a copy exists no longer."""
    return replace(book, copies_destroyed=book.copies_destroyed | {copy})


def with_said(book: ItemBook, message: ItemMessage) -> ItemBook:
    """The book after this nation said it."""
    count = max(book.counts.get(message.to, 0), message.head.sequence)
    said = replace(
        book,
        said={**book.said, message_digest(message): message},
        counts={**book.counts, message.to: count},
    )
    return _with_standing(said, message)


def with_heard(book: ItemBook, message: ItemMessage) -> ItemBook:
    """The book after another nation said it, and it holds; said again it changes nothing."""
    digest = message_digest(message)
    if digest in book.heard:
        return book
    heard = replace(book, heard={**book.heard, digest: message})
    if isinstance(message, Acknowledgement):
        return replace(heard, acknowledged={**heard.acknowledged, message.answers: message})
    if isinstance(message, DestructionCertificate) and any(message.answers):
        return replace(heard, certified={**heard.certified, message.answers: message})
    if isinstance(message, DestructionCertificate):
        return heard
    return _with_standing(heard, message)


def _with_standing(book: ItemBook, message: ItemMessage) -> ItemBook:
    digest = message_digest(message)
    if isinstance(message, CompromiseNotice | Acknowledgement):
        return book
    require(
        len(book.recalled) + len(book.destroyed) + len(book.labels) < ITEMS_BARRED_MAX,
        "too many items have a standing",
    )
    if isinstance(message, Recall):
        return replace(book, recalled={**book.recalled, **dict.fromkeys(message.items, digest)})
    if isinstance(message, DestructionOrder | DestructionCertificate):
        return replace(book, destroyed={**book.destroyed, **dict.fromkeys(message.items, digest)})
    newer = {
        item: Relabelled(message.label, message.head.sequence)
        for item in message.items
        if item not in book.labels or book.labels[item].sequence < message.head.sequence
    }
    return replace(book, labels={**book.labels, **newer})


def _closure(item: str, parents: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    found: set[str] = set()
    ahead = [item]
    while ahead:
        for parent in parents.get(ahead.pop(), ()):
            if parent not in found:
                found.add(parent)
                ahead.append(parent)
    return tuple(sorted(found))
