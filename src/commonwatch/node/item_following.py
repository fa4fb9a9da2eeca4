"""What partners say of items is followed or refused, recorded, passed on, and answered.

A recall takes effect in memory before anything else is done about it, as a suspension does. Then it
is recorded, and the answer leaves with the group that makes it durable. None of it asks for the
state of an agreement: duties outlive it.
"""

from __future__ import annotations

import msgspec

from commonwatch.foreign_text import printable
from commonwatch.limits import ITEM_WHY_CHARACTERS_MAX
from commonwatch.node.item_voice import ItemVoice
from commonwatch.share.item_book import with_heard
from commonwatch.share.item_message import (
    Acknowledgement,
    Applied,
    DestructionOrder,
    ItemMessage,
    Outcome,
    Recall,
    Relabel,
    tag_of,
)
from commonwatch.share.item_rules import parties_of, reason_against_item_message
from commonwatch.share.ledger import Refusal
from commonwatch.share.message import message_digest

PASSED_ON = "it rests on an item of which its originator said so"


class FollowingDesk:
    """Takes what partners say of items; answers each of them, either way."""

    def __init__(self, voice: ItemVoice) -> None:
        self._voice = voice

    def take(self, sender: str, message: ItemMessage, now_s: float) -> None:
        """Follow what a partner says of items, or record why not; answer either way."""
        digest = message_digest(message)
        why = self._reason_against(sender, message, now_s)
        if why is not None:
            body = msgspec.msgpack.encode(Refusal(printable(why, ITEM_WHY_CHARACTERS_MAX), digest))
            self._voice.journal.note("item-refused", sender, tag_of(message), body)
            self._answer(sender, digest, "refused", why, (), now_s)
            return
        again = digest in self._voice.book.heard
        superseded = isinstance(message, Relabel) and self._voice.book.supersedes(message)
        self._voice.book = with_heard(self._voice.book, message)
        if not again:
            self._voice.journal.note(
                "item", sender, tag_of(message), msgspec.msgpack.encode(message)
            )
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
        applied = self._voice.effects.applied(message.items, self._voice.book)
        if again:
            return applied
        if not isinstance(message, Relabel):
            self._voice.effects.let_go(message.items, self._voice.book)
        if isinstance(message, DestructionOrder):
            digest = message_digest(message)
            self._voice.say(
                self._voice.destroyed(message.by, message.items, digest, message.why, now_s), now_s
            )
        self._pass_on(message, now_s)
        return applied

    def _pass_on(self, message: Recall | Relabel | DestructionOrder, now_s: float) -> None:
        """Say the same of own products that were made from these items and released."""
        for name in self._voice.book.descendants(message.items):
            parties = parties_of(name)
            if parties is None or parties[0] != self._voice.keys.nation:
                continue
            head, items = self._voice.head(parties[1], now_s), (name,)
            match message:
                case Recall():
                    own: ItemMessage = Recall(head=head, items=items, why=PASSED_ON)
                case DestructionOrder():
                    own = DestructionOrder(
                        head=head, items=items, why=PASSED_ON, due_s=message.due_s
                    )
                case Relabel():
                    label = self._voice.effects.label_of(name, self._voice.book)
                    originals = self._voice.effects.originals_of(name, self._voice.book)
                    own = Relabel(
                        head=head,
                        items=items,
                        label=label,
                        why=PASSED_ON,
                        originals=originals or msgspec.UNSET,
                    )
            self._voice.say(own, now_s)

    def _reason_against(self, sender: str, message: ItemMessage, now_s: float) -> str | None:
        if (message.by, message.to) != (sender, self._voice.keys.nation):
            return f"{sender} sent what {message.by[:8]} says to {message.to[:8]}"
        why = reason_against_item_message(
            message,
            given=lambda digest: self._voice.book.said_to(sender, digest),
            mode_word=self._voice.keys.mode.word,
            now_s=now_s,
        )
        if why is None and isinstance(message, Relabel):
            return self._voice.effects.reason_against_marking(message, self._voice.book)
        return why

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
            head=self._voice.head(to, now_s),
            answers=digest,
            outcome=outcome,
            why=printable(why, ITEM_WHY_CHARACTERS_MAX),
            applied=applied,
        )
        self._voice.say(answer, now_s)
