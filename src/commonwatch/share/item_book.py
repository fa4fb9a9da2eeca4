"""Where every item stands after release: recalled, relabelled, destroyed; which duties are open.

A pure fold over what was said, own or partners', in the order of the ledger: a node that lives and
one that starts anew go through the same steps and hold the same. The maps share what they have in
common with those before, so that a record costs the same whatever the book holds; they have no
order of their own, and whoever lists what they hold sorts it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import msgspec
from rpds import HashTrieMap, HashTrieSet

from commonwatch.errors import require
from commonwatch.label import Label
from commonwatch.limits import BULLETIN_SOURCES_MAX, ITEMS_BARRED_MAX
from commonwatch.release.bulletin import OriginalMarking
from commonwatch.share.item_message import (
    Acknowledgement,
    CompromiseNotice,
    DestructionCertificate,
    DestructionOrder,
    ItemMessage,
    Recall,
    Relabel,
    items_of,
)
from commonwatch.share.item_rules import parties_of
from commonwatch.share.message import message_digest

ACKNOWLEDGEMENT = "acknowledgement"
DEED = "that it is done"


@dataclass(frozen=True, slots=True)
class Relabelled:
    """An item's newest marking by who gave it, with the originators', and the message's number."""

    label: Label
    sequence: int
    originals: tuple[OriginalMarking, ...] = ()


@dataclass(frozen=True, slots=True)
class Duty:
    """Something that another nation still owes us: `wants` says what.

    `why` is what it said for itself, where it refused.
    """

    digest: bytes
    message: ItemMessage
    wants: str
    why: str = ""

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
    were made from, `children` the same from the other end.
    """

    recalled: HashTrieMap[str, bytes] = field(default_factory=HashTrieMap)
    destroyed: HashTrieMap[str, bytes] = field(default_factory=HashTrieMap)
    labels: HashTrieMap[str, Relabelled] = field(default_factory=HashTrieMap)
    said: HashTrieMap[bytes, ItemMessage] = field(default_factory=HashTrieMap)
    heard: HashTrieMap[bytes, ItemMessage] = field(default_factory=HashTrieMap)
    acknowledged: HashTrieMap[bytes, Acknowledgement] = field(default_factory=HashTrieMap)
    certified: HashTrieMap[bytes, DestructionCertificate] = field(default_factory=HashTrieMap)
    counts: HashTrieMap[str, int] = field(default_factory=HashTrieMap)
    parents: HashTrieMap[str, tuple[str, ...]] = field(default_factory=HashTrieMap)
    children: HashTrieMap[str, HashTrieSet[str]] = field(default_factory=HashTrieMap)
    copies_destroyed: HashTrieSet[str] = field(default_factory=HashTrieSet)

    def next_sequence(self, to: str) -> int:
        """The number of the next message to this nation."""
        return self.counts.get(to, 0) + 1

    def said_to(self, nation: str, digest: bytes) -> ItemMessage | None:
        """What we said to this nation under this digest; None where it was nothing."""
        message = self.said.get(digest)
        return message if message is not None and message.to == nation else None

    def orders_heard(self) -> tuple[tuple[bytes, ItemMessage], ...]:
        """What partners said, by digest, in the order of their times."""
        return tuple(sorted(self.heard.items(), key=_in_time))

    def reason_against(self, item: str, parents: Iterable[str] = ()) -> str | None:
        """Why nothing may rest on this item any more, or None."""
        if not len(self.recalled) and not len(self.destroyed):
            return None  # as nearly always; asked of each bulletin that comes
        for name in (item, *parents, *self.ancestors(item)):
            for standing, word in ((self.recalled, "recalled"), (self.destroyed, "destroyed")):
                if name in standing:
                    return f"{name} was {word}"
        return None

    def ancestors(self, item: str) -> tuple[str, ...]:
        """All that an item or copy was made from, as far as this node knows."""
        return _closure((item,), lambda name: self.parents.get(name, ()))

    def descendants(self, items: Iterable[str]) -> tuple[str, ...]:
        """All copies and products that were made from any of these, at any remove."""
        return _closure(items, lambda name: self.children.get(name, ()))

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

    def originals_of(
        self, item: str, first: tuple[OriginalMarking, ...]
    ) -> tuple[OriginalMarking, ...]:
        """How the originators mark what was passed on now; `first` is as it was passed on.

        Of each originator what was told of it last: to be silent of one takes nothing back.
        """
        relabelled = self.labels.get(item)
        return first if relabelled is None else _told_last(first, relabelled.originals)

    def supersedes(self, message: Relabel) -> bool:
        """Whether a newer marking of any of its items was heard before."""
        return any(
            item in self.labels and self.labels[item].sequence > message.head.sequence
            for item in message.items
        )

    def duties(self) -> tuple[Duty, ...]:
        """What others still owe: acknowledgements, certificates, copies not yet destroyed.

        What they refused is owed too, until a later order of its kind on the same items is
        followed.
        """
        found = (self._duty(digest, message) for digest, message in self.said.items())
        owed = [duty for duty in found if duty is not None]
        return tuple(sorted(owed, key=lambda duty: (duty.message.head.at_s, duty.digest)))

    def _duty(self, digest: bytes, message: ItemMessage) -> Duty | None:
        if isinstance(message, Acknowledgement | DestructionCertificate):
            return None
        answer, certificate = self.acknowledged.get(digest), self.certified.get(digest)
        if answer is None:
            return Duty(digest, message, ACKNOWLEDGEMENT)
        if answer.outcome == "refused":
            after_all = self._followed_later(message)
            return None if after_all else Duty(digest, message, DEED, f"refused: {answer.why}")
        if not isinstance(message, DestructionOrder):
            return None
        if certificate is None:
            return Duty(digest, message, "certificate")
        if certificate.remaining:
            wants = "destruction of " + ", ".join(certificate.remaining)
            return Duty(digest, message, wants)
        return None

    def _followed_later(self, refused: ItemMessage) -> bool:
        """Whether all items of a refused order are in later ones of its kind that were followed."""
        left = set(items_of(refused))
        for digest, later in self.said.items():
            answer = self.acknowledged.get(digest)
            if (
                type(later) is type(refused)
                and later.to == refused.to
                and later.head.sequence > refused.head.sequence
                and answer is not None
                and answer.outcome == "followed"
            ):
                left -= set(items_of(later))
        return not left


def _in_time(said: tuple[bytes, ItemMessage]) -> tuple[float, bytes]:
    return (said[1].head.at_s, said[0])


def with_parents(book: ItemBook, name: str, parents: tuple[str, ...]) -> ItemBook:
    """The book after a copy or product `name` was made from `parents`."""
    require(len(book.parents) < ITEMS_BARRED_MAX, "too many copies are in the book")
    children = book.children
    for parent in parents:
        children = children.insert(parent, children.get(parent, HashTrieSet()).insert(name))
    return replace(book, parents=book.parents.insert(name, parents), children=children)


def with_copy_destroyed(book: ItemBook, copy: str) -> ItemBook:
    """The book after a person certified that a copy exists no longer."""
    return replace(book, copies_destroyed=book.copies_destroyed.insert(copy))


def with_said(book: ItemBook, message: ItemMessage) -> ItemBook:
    """The book after this nation said it."""
    count = max(book.counts.get(message.to, 0), message.head.sequence)
    said = replace(
        book,
        said=book.said.insert(message_digest(message), message),
        counts=book.counts.insert(message.to, count),
    )
    return _with_standing(said, message)


def with_heard(book: ItemBook, message: ItemMessage) -> ItemBook:
    """The book after another nation said it, and it holds; said again it changes nothing."""
    digest = message_digest(message)
    if digest in book.heard:
        return book
    heard = replace(book, heard=book.heard.insert(digest, message))
    if isinstance(message, Acknowledgement):
        return replace(heard, acknowledged=heard.acknowledged.insert(message.answers, message))
    if isinstance(message, DestructionCertificate) and any(message.answers):
        return replace(heard, certified=heard.certified.insert(message.answers, message))
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
        return replace(book, recalled=book.recalled.update(dict.fromkeys(message.items, digest)))
    if isinstance(message, DestructionOrder | DestructionCertificate):
        return replace(book, destroyed=book.destroyed.update(dict.fromkeys(message.items, digest)))
    newer = {
        item: Relabelled(
            message.label,
            message.head.sequence,
            _told_last(book.originals_of(item, ()), message.original_markings),
        )
        for item in message.items
        if item not in book.labels or book.labels[item].sequence < message.head.sequence
    }
    return replace(book, labels=book.labels.update(newer))


def _told_last(
    before: tuple[OriginalMarking, ...], told: tuple[OriginalMarking, ...]
) -> tuple[OriginalMarking, ...]:
    """By originator, its newest marking; past the limit no new originators, and none forgotten."""
    newest = {one.originator: one for one in (*before, *told)}
    names = tuple(newest)[:BULLETIN_SOURCES_MAX]  # those of before come first
    return tuple(newest[name] for name in sorted(names))


def _closure(items: Iterable[str], next_to: Callable[[str], Iterable[str]]) -> tuple[str, ...]:
    found: set[str] = set()
    ahead = list(items)
    while ahead:
        new = set(next_to(ahead.pop())) - found
        found |= new
        ahead += new
    return tuple(sorted(found))
