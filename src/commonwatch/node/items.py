"""After release: items are relabelled, recalled, destroyed; losses are told; all is answered.

A recall takes effect in memory before anything else is done about it, as a suspension does. Then it
is recorded, and the answer leaves with the group that makes it durable. None of it asks for the
state of an agreement: duties outlive it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from commonwatch.errors import UnusableInput
from commonwatch.label import Label
from commonwatch.limits import ITEM_WHY_CHARACTERS_MAX, ITEMS_OF_MESSAGE_MAX
from commonwatch.node.inbound import Held
from commonwatch.node.item_effects import ItemEffects
from commonwatch.node.journal import Journal
from commonwatch.node.keys import NodeKeys
from commonwatch.node.ledger_store import LedgerUnavailable
from commonwatch.share.item_book import (
    ACKNOWLEDGEMENT,
    ItemBook,
    with_copy_destroyed,
    with_heard,
    with_parents,
    with_said,
)
from commonwatch.share.item_message import (
    Acknowledgement,
    Applied,
    CompromiseNotice,
    DestructionCertificate,
    DestructionOrder,
    Heading,
    ItemMessage,
    Outcome,
    Recall,
    Relabel,
)
from commonwatch.share.item_records import Copied, CopyDestroyed, copy_id
from commonwatch.share.item_rules import parties_of, reason_against_item_message
from commonwatch.share.ledger import Refusal
from commonwatch.share.message import NO_DIGEST, Lane, Message, message_digest

PASSED_ON = "it rests on an item of which its originator said so"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What is told of a loss or compromise: what happened, whether certainly, when (POSIX s)."""

    lost: bool
    certain: bool
    what: str
    discovered_s: float
    report_due_s: float


@dataclass(frozen=True, slots=True)
class ItemWays:
    """How the desk reaches partners and disk: as its node does.

    `commit` makes all durable and sends what waits for these; `parties_with` names who may stand on
    a label that goes to a partner.
    """

    send: Callable[[str, Lane, Sequence[Message], float], None]
    commit: Callable[[float, Collection[str]], bool]
    parties_with: Callable[[str], Collection[str]]


class ItemDesk:
    """Holds where items stand; every change is a message that was verified and is recorded."""

    def __init__(
        self, keys: NodeKeys, journal: Journal, book: ItemBook, effects: ItemEffects, ways: ItemWays
    ) -> None:
        self._keys = keys
        self._journal = journal
        self._effects = effects
        self._ways = ways
        self.book = book

    def held(self) -> tuple[Held, ...]:
        """What may be used of what was received, each as it is marked now."""
        return self._effects.held(self.book)

    def recall(self, items: Iterable[str], why: str, now_s: float) -> tuple[ItemMessage, ...]:
        """Take own items back from whomever they were released to."""
        return self._say_all(
            (Recall(head=self._head(to, now_s), items=group, why=why), now_s)
            for to, group in self._own(items)
        )

    def relabel(
        self, items: Iterable[str], label: Label, why: str, now_s: float
    ) -> tuple[ItemMessage, ...]:
        """Mark own items anew, wherever they are.

        The label that a partner hears names the parties of its own agreements alone.
        """
        return self._say_all(
            (
                Relabel(
                    head=self._head(to, now_s), items=group, label=self._for(to, label), why=why
                ),
                now_s,
            )
            for to, group in self._own(items)
        )

    def _for(self, to: str, label: Label) -> Label:
        parties = self._ways.parties_with(to)
        named = tuple(code for code in label.releasable_to if code in parties)
        return msgspec.structs.replace(label, releasable_to=named)

    def order_destruction(
        self, items: Iterable[str], why: str, due_s: float, now_s: float
    ) -> tuple[ItemMessage, ...]:
        """Have own items destroyed by `due_s` wherever they are but here."""
        return self._say_all(
            (DestructionOrder(head=self._head(to, now_s), items=group, why=why, due_s=due_s), now_s)
            for to, group in self._own(items)
        )

    def give_notice_of(
        self, loss: Loss, items: Iterable[str], now_s: float
    ) -> tuple[ItemMessage, ...]:
        """Tell each originator at once which of its items are or may be lost or compromised."""
        return self._say_all(
            (
                CompromiseNotice(
                    head=self._head(to, now_s),
                    items=group,
                    happened="lost" if loss.lost else "compromised",
                    certain=loss.certain,
                    what=loss.what,
                    discovered_s=loss.discovered_s,
                    report_due_s=loss.report_due_s,
                ),
                now_s,
            )
            for to, group in self._received(items)
        )

    def destroy_received(
        self, items: Iterable[str], why: str, now_s: float
    ) -> tuple[ItemMessage, ...]:
        """Destroy received items whose time is up, and certify it to their originators."""
        groups = tuple(self._received(items))
        self._require_durable(now_s)
        said = self._say_all(
            (self._destroyed(to, group, NO_DIGEST, why, now_s), now_s) for to, group in groups
        )
        for _to, group in groups:
            self._effects.let_go(group, self.book)
        return said

    def copied(self, parents: Sequence[str], holder: str, form: str, now_s: float) -> str:
        """Record a copy, export or translation before it is made; its id.

        UnusableInput where a parent is not here, or no longer to be used.
        """
        self._require_durable(now_s)
        parents = tuple(sorted(set(parents)))
        name = copy_id(parents, holder, form, now_s)
        for parent in parents:
            why = self.book.reason_against(parent)
            if why is None and not self._effects.is_here(parent, self.book):
                why = "no such item or copy is here"
            if why is not None:
                raise UnusableInput(f"copy of {parent}: {why}")
        body = msgspec.msgpack.encode(Copied(name, parents, holder, form))
        self._journal.note("copied", "", name, body)
        self.book = with_parents(self.book, name, parents)
        self._require_durable(now_s)
        return name

    def copy_destroyed(self, copy: str, by: str, now_s: float) -> tuple[ItemMessage, ...]:
        """Record that a person certifies a copy's destruction, and certify it where it was owed."""
        if copy not in self.book.parents or parties_of(copy) is not None:
            raise UnusableInput(f"copy `{copy[:40]}`: this ledger holds no such copy")
        body = msgspec.msgpack.encode(CopyDestroyed(copy, by))
        self._journal.note("copy-destroyed", "", copy, body)
        self.book = with_copy_destroyed(self.book, copy)
        ancestors = set(self.book.ancestors(copy))
        return self._say_all(
            (self._certificate(message.by, message.items, digest, message.why, now_s), now_s)
            for digest, message in self.book.heard.items()
            if isinstance(message, DestructionOrder) and ancestors & set(message.items)
        )

    def remind(self, now_s: float) -> int:
        """Say again, word for word, what was not acknowledged; how many. Nothing else changes."""
        unanswered = [duty.message for duty in self.book.duties() if duty.wants == ACKNOWLEDGEMENT]
        for message in unanswered:
            self._ways.send(message.to, "control", (message,), now_s)
        if unanswered:
            self._require_durable(now_s)
        return len(unanswered)

    def take(self, sender: str, message: ItemMessage, now_s: float) -> None:
        """Follow what a partner says of items, or record why not; answer either way."""
        digest = message_digest(message)
        why = self._reason_against(sender, message, now_s)
        if why is not None:
            body = msgspec.msgpack.encode(Refusal(why[:ITEM_WHY_CHARACTERS_MAX], digest))
            self._journal.note("item-refused", sender, _tag(message), body)
            self._answer(sender, digest, "refused", why, (), now_s)
            return
        again = digest in self.book.heard
        superseded = isinstance(message, Relabel) and self.book.supersedes(message)
        self.book = with_heard(self.book, message)
        if not again:
            self._journal.note("item", sender, _tag(message), msgspec.msgpack.encode(message))
        if isinstance(message, Acknowledgement):
            return
        applied: tuple[Applied, ...] = ()
        if isinstance(message, Recall | Relabel | DestructionOrder):
            applied = self._follow(message, now_s, again=again)
        self._answer(sender, digest, "superseded" if superseded else "followed", "", applied, now_s)

    def _follow(
        self, message: Recall | Relabel | DestructionOrder, now_s: float, *, again: bool
    ) -> tuple[Applied, ...]:
        """Apply an order; said again, it is told what it applied to and has no second effect."""
        applied = self._effects.applied(message.items, self.book)
        if again:
            return applied
        if not isinstance(message, Relabel):
            self._effects.let_go(message.items, self.book)
        if isinstance(message, DestructionOrder):
            digest = message_digest(message)
            self._say(self._destroyed(message.by, message.items, digest, message.why, now_s), now_s)
        self._pass_on(message, now_s)
        return applied

    def _pass_on(self, message: Recall | Relabel | DestructionOrder, now_s: float) -> None:
        """Say the same of own products that were made from these items and released."""
        for name in self.book.descendants(message.items):
            parties = parties_of(name)
            if parties is None or parties[0] != self._keys.nation:
                continue
            head, items = self._head(parties[1], now_s), (name,)
            match message:
                case Recall():
                    own: ItemMessage = Recall(head=head, items=items, why=PASSED_ON)
                case DestructionOrder():
                    own = DestructionOrder(
                        head=head, items=items, why=PASSED_ON, due_s=message.due_s
                    )
                case Relabel():
                    label = self._effects.label_of(name, self.book)
                    own = Relabel(head=head, items=items, label=label, why=PASSED_ON)
            self._say(own, now_s)

    def _destroyed(
        self, to: str, items: tuple[str, ...], order: bytes, why: str, now_s: float
    ) -> DestructionCertificate:
        self._effects.destroy(items, order, why)
        return self._certificate(to, items, order, why, now_s)

    def _certificate(
        self, to: str, items: tuple[str, ...], order: bytes, why: str, now_s: float
    ) -> DestructionCertificate:
        copies = {name for item in items for name in self.book.copies_of(item)}
        remaining = sorted(copies - self.book.copies_destroyed)
        return DestructionCertificate(
            head=self._head(to, now_s),
            answers=order,
            items=items,
            why=why,
            remaining=tuple(remaining[:ITEMS_OF_MESSAGE_MAX]),
        )

    def _reason_against(self, sender: str, message: ItemMessage, now_s: float) -> str | None:
        if (message.by, message.to) != (sender, self._keys.nation):
            return f"{sender} sent what {message.by[:8]} says to {message.to[:8]}"
        return reason_against_item_message(
            message,
            given=self.book.said_to(sender),
            mode_word=self._keys.mode.word,
            now_s=now_s,
        )

    def _answer(
        self,
        to: str,
        digest: bytes,
        outcome: Outcome,
        why: str,
        applied: tuple[Applied, ...],
        now_s: float,
    ) -> None:
        answer = Acknowledgement(
            head=self._head(to, now_s),
            answers=digest,
            outcome=outcome,
            why=why[:ITEM_WHY_CHARACTERS_MAX],
            applied=applied,
        )
        self._say(answer, now_s)

    def _say_all(self, messages: Iterable[tuple[ItemMessage, float]]) -> tuple[ItemMessage, ...]:
        """Say them one after the other, each numbered after the one before, and make it durable."""
        said = []
        now_s = 0.0
        for message, now_s in messages:
            self._say(message, now_s)
            said.append(message)
        if said:
            self._require_durable(now_s, {message.to for message in said})
        return tuple(said)

    def _say(self, message: ItemMessage, now_s: float) -> None:
        self.book = with_said(self.book, message)
        self._journal.note("item", message.to, _tag(message), msgspec.msgpack.encode(message))
        self._ways.send(message.to, "control", (message,), now_s)

    def _require_durable(self, now_s: float, recipients: Collection[str] = ()) -> None:
        if not self._ways.commit(now_s, recipients):
            raise LedgerUnavailable(self._journal.stopped or "the ledger stopped")

    def _head(self, to: str, now_s: float) -> Heading:
        nation, word = self._keys.nation, self._keys.mode.word
        return Heading(nation, to, self.book.next_sequence(to), now_s, word)

    def _own(self, items: Iterable[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Own released items by recipient; UnusableInput where one is not this nation's."""
        return _by(items, 0, self._keys.nation, "only its originator may say that of")

    def _received(self, items: Iterable[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Received items by originator; UnusableInput where one was not given to this nation."""
        return _by(items, 1, self._keys.nation, "only who holds it may say that of")


def _by(
    items: Iterable[str], place: int, nation: str, why: str
) -> Iterator[tuple[str, tuple[str, ...]]]:
    others: dict[str, list[str]] = {}
    for item in sorted(set(items)):
        parties = parties_of(item)
        if parties is None:
            raise UnusableInput(f"item `{item[:40]}`: an item is named as in KOR-JPN-17")
        if parties[place] != nation:
            raise UnusableInput(f"item {item}: {why} it, and this node is {nation}'s")
        others.setdefault(parties[1 - place], []).append(item)
    for other, group in sorted(others.items()):
        for first in range(0, len(group), ITEMS_OF_MESSAGE_MAX):
            yield other, tuple(group[first : first + ITEMS_OF_MESSAGE_MAX])


def _tag(message: ItemMessage) -> str:
    return str(message.__struct_config__.tag)
