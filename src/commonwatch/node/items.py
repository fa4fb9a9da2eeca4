"""After release: a nation relabels, recalls, has destroyed, tells of losses, accounts for copies.

None of it asks for the state of an agreement: duties outlive it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from commonwatch.errors import UnusableInput
from commonwatch.label import Label
from commonwatch.limits import ITEMS_OF_MESSAGE_MAX
from commonwatch.node.inbound import Held
from commonwatch.node.item_voice import ItemVoice
from commonwatch.release.bulletin import Bulletin
from commonwatch.share.item_book import (
    ACKNOWLEDGEMENT,
    ItemBook,
    with_copy_destroyed,
    with_parents,
)
from commonwatch.share.item_message import (
    CompromiseNotice,
    DestructionOrder,
    ItemMessage,
    Recall,
    Relabel,
)
from commonwatch.share.item_records import Copied, CopyDestroyed, copy_id
from commonwatch.share.item_rules import parties_of, sequence_of
from commonwatch.share.message import NO_DIGEST


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What is told of a loss or compromise: what happened, whether certainly, when (POSIX s)."""

    lost: bool
    certain: bool
    what: str
    discovered_s: float
    report_due_s: float


class ItemDesk:
    """What this nation does about items; every change is a message that is recorded."""

    def __init__(self, voice: ItemVoice) -> None:
        self._voice = voice

    @property
    def book(self) -> ItemBook:
        """Where items stand now."""
        return self._voice.book

    def held(self) -> tuple[Held, ...]:
        """What may be used of what was received, each as it is marked now."""
        return self._voice.effects.held(self.book)

    def newest(self) -> tuple[Held, ...]:
        """As `held`, and what says that an object was withdrawn: that is passed on too."""
        return self._voice.effects.newest(self.book)

    def recall(self, items: Iterable[str], why: str, now_s: float) -> tuple[ItemMessage, ...]:
        """Take own items back from whomever they were released to."""
        return self._voice.say_all(
            (Recall(head=self._voice.head(to, now_s), items=group, why=why), now_s)
            for to, group in self._own(items)
        )

    def relabel(
        self, items: Iterable[str], label: Label, why: str, now_s: float
    ) -> tuple[ItemMessage, ...]:
        """Mark own items anew, wherever they are.

        The label that a partner hears names the parties of its own agreements alone.
        """
        return self._voice.say_all(
            (
                Relabel(
                    head=self._voice.head(to, now_s),
                    items=group,
                    label=self._for(to, label),
                    why=why,
                ),
                now_s,
            )
            for to, group in self._own(items)
        )

    def _for(self, to: str, label: Label) -> Label:
        parties = self._voice.ways.parties_with(to)
        named = tuple(code for code in label.releasable_to if code in parties)
        return msgspec.structs.replace(label, releasable_to=named)

    def order_destruction(
        self, items: Iterable[str], why: str, due_s: float, now_s: float
    ) -> tuple[ItemMessage, ...]:
        """Have own items destroyed by `due_s` wherever they are but here."""
        return self._voice.say_all(
            (
                DestructionOrder(
                    head=self._voice.head(to, now_s), items=group, why=why, due_s=due_s
                ),
                now_s,
            )
            for to, group in self._own(items)
        )

    def give_notice_of(
        self, loss: Loss, items: Iterable[str], now_s: float
    ) -> tuple[ItemMessage, ...]:
        """Tell each originator at once which of its items are or may be lost or compromised."""
        return self._voice.say_all(
            (
                CompromiseNotice(
                    head=self._voice.head(to, now_s),
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
        self._voice.require_durable(now_s)
        said = self._voice.say_all(
            (self._voice.destroyed(to, group, NO_DIGEST, why, now_s), now_s) for to, group in groups
        )
        for _to, group in groups:
            self._voice.effects.let_go(group, self.book)
        return said

    def made(self, released: Iterable[Bulletin]) -> None:
        """Remember what bulletins were made from: what is said of that is said of them too."""
        for bulletin in released:
            if bulletin.lineage.parents:
                self._voice.book = with_parents(self.book, bulletin.id, bulletin.lineage.parents)

    def copied(self, parents: Sequence[str], holder: str, form: str, now_s: float) -> str:
        """Record a copy, export or translation before it is made; its id.

        UnusableInput where a parent is not here, or no longer to be used.
        """
        self._voice.require_durable(now_s)
        parents = tuple(sorted(set(parents)))
        again = sum(one == parents for one in self.book.parents.values())
        name = copy_id(self._voice.keys.private, parents, holder, form, again)
        for parent in parents:
            why = self.book.reason_against(parent)
            if why is None and not self._voice.effects.is_here(parent, self.book):
                why = "no such item or copy is here"
            if why is not None:
                raise UnusableInput(f"copy of {parent}: {why}")
        body = msgspec.msgpack.encode(Copied(name, parents, holder, form))
        self._voice.journal.note("copied", "", name, body)
        self._voice.book = with_parents(self.book, name, parents)
        self._voice.require_durable(now_s)
        return name

    def copy_destroyed(self, copy: str, by: str, now_s: float) -> tuple[ItemMessage, ...]:
        """Record that a person certifies a copy's destruction, and certify it where it was owed."""
        if copy not in self.book.parents or parties_of(copy) is not None:
            raise UnusableInput(f"copy `{copy[:40]}`: this ledger holds no such copy")
        body = msgspec.msgpack.encode(CopyDestroyed(copy, by))
        self._voice.journal.note("copy-destroyed", "", copy, body)
        self._voice.book = with_copy_destroyed(self.book, copy)
        ancestors = set(self.book.ancestors(copy))
        return self._voice.say_all(
            (self._voice.certificate(message.by, message.items, digest, message.why, now_s), now_s)
            for digest, message in self.book.orders_heard()
            if isinstance(message, DestructionOrder) and ancestors & set(message.items)
        )

    def remind(self, now_s: float) -> int:
        """Say again, word for word, what was not acknowledged; how many. Nothing else changes."""
        unanswered = [duty.message for duty in self.book.duties() if duty.wants == ACKNOWLEDGEMENT]
        for message in unanswered:
            self._voice.ways.send(message.to, "control", (message,), now_s)
        if unanswered:
            self._voice.require_durable(now_s)
        return len(unanswered)

    def _own(self, items: Iterable[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Own items by recipient; UnusableInput where one is not own or was never released."""
        groups = tuple(
            _by(items, 0, self._voice.keys.nation, "only its originator may say that of")
        )
        for to, group in groups:
            count = self._voice.ways.released(to)
            for item in group:
                if sequence_of(item) > count:
                    told = f"those to {to} are 1 to {count}" if count else f"none went to {to}"
                    raise UnusableInput(f"item {item}: it was never released; {told}")
        return iter(groups)

    def _received(self, items: Iterable[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Received items by originator; UnusableInput where one was not given to this nation."""
        return _by(items, 1, self._voice.keys.nation, "only who holds it may say that of")


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
