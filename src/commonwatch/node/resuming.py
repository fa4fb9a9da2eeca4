"""After a cut: what a partner misses is sent again out of the ledger, behind what is live.

Each side says from time to time how far it is (share/progress.py). Nothing is taken on trust that
the bus delivered anything; a number counts as missed once it should have come and did not.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice

from commonwatch.errors import CheckFailed, UnusableInput
from commonwatch.limits import (
    PROGRESS_RANGES_MAX,
    RESEND_AT_ONCE_MAX,
)
from commonwatch.node.bus import Urgency
from commonwatch.node.inbound import Inbound
from commonwatch.node.journal import Journal
from commonwatch.node.keys import NodeKeys
from commonwatch.node.orders import OrderDesk
from commonwatch.share.envelope import RefusedEnvelope, joined, recorded_manifest
from commonwatch.share.ledger import Record
from commonwatch.share.message import Lane
from commonwatch.share.progress import Progress, open_progress, ranges_of, seal_progress
from commonwatch.share.replay_window import Range

# What a partner said that it sealed should have come after so long.
MISSED_AFTER_S = 0.25
# What was sent again is not sent yet again before.
AGAIN_AFTER_S = 2.0
# A word this much older than the last is not one that came late.
SET_BACK_S = 30.0
# A partner's clock is judged by so many of its last words: by the one that was least on the way.
OFFSETS_KEPT = 8
_LANE_OF_KIND: Mapping[str, Lane] = {
    "sent": "live",
    "receipted": "receipt",
    "control-out": "control",
}


@dataclass(slots=True)
class _Partner:
    """What is known of one partner's word on both directions."""

    told: tuple[int, float] | None = None
    due: int = 0
    heard_s: float = -math.inf
    said_at_s: float = -math.inf
    again_s: dict[int, float] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    offsets_s: deque[float] = field(default_factory=lambda: deque(maxlen=OFFSETS_KEPT))


class ResumptionDesk:
    """Says what is missed, and sends again what others miss."""

    def __init__(
        self, keys: NodeKeys, orders: OrderDesk, journal: Journal, inbound: Inbound
    ) -> None:
        self._keys = keys
        self._orders = orders
        self._journal = journal
        self._inbound = inbound
        self._partners: dict[str, _Partner] = {}

    def report(self, now_s: float) -> None:
        """Tell every partner how far this side is."""
        for name in self._orders.partners:
            partner = self._partner(name)
            if partner.told is not None and now_s - partner.told[1] >= MISSED_AFTER_S:
                partner.due, partner.told = max(partner.due, partner.told[0]), None
            missing = self._inbound.window(name).missing(partner.due)
            progress = Progress(
                mode=self._keys.mode.word,
                sender=self._keys.nation,
                recipient=name,
                at_s=now_s,
                sealed=self._journal.may_have_left(name),
                missing=tuple(islice(missing, PROGRESS_RANGES_MAX)),
                gone=ranges_of(sorted(partner.gone)),
            )
            partner.gone.clear()
            raw = seal_progress(progress, self._keys.private, self._keys.mode)
            self._journal.bus.send(self._keys.nation, name, "progress", raw)

    def take(self, now_s: float) -> int:
        """Hear how far partners are, and send again what they miss; how many envelopes."""
        sent = 0
        for raw in self._journal.bus.drain(self._keys.nation, "progress"):
            try:
                told = open_progress(raw, self._keys.public, self._keys.mode, self._keys.nation)
            except RefusedEnvelope:
                continue  # says nothing that could be believed; a broken link shows in silence
            partner = self._partner(told.sender)
            if told.at_s <= partner.said_at_s:
                if told.at_s > partner.said_at_s - SET_BACK_S:
                    continue  # an older word, or this one again
                # Its clock was set back, or this is an old word sent again: what it misses and
                # what it sealed hold all the same; it is no sign of life.
            else:
                partner.said_at_s, partner.heard_s = told.at_s, now_s
            partner.offsets_s.append(told.at_s - now_s)
            if partner.told is None and told.sealed > partner.due:
                partner.told = (told.sealed, now_s)
            self._forget(told.sender, told.gone)
            sent += self._send_again(told.sender, told.missing, now_s)
        return sent

    def heard_s(self, partner: str) -> float:
        """When this partner was last heard to say how far it is; minus infinity for never."""
        return self._partner(partner).heard_s

    def clock_offset_s(self, partner: str) -> float:
        """A partner's clock less our own, at least by its last words; 0.0 before any."""
        return max(self._partner(partner).offsets_s, default=0.0)

    def _forget(self, sender: str, gone: tuple[Range, ...]) -> None:
        """What its sender will never send is waited for no longer."""
        for number in islice(_numbers(gone), RESEND_AT_ONCE_MAX):
            window = self._inbound.window(sender)
            if window.reason_against(number) is None:
                self._inbound.windows[sender] = window.with_seen(number)

    def _send_again(self, recipient: str, missing: tuple[Range, ...], now_s: float) -> int:
        partner = self._partner(recipient)
        partner.again_s = {
            number: at_s for number, at_s in partner.again_s.items() if now_s - at_s < AGAIN_AFTER_S
        }
        sent, left = 0, self._journal.may_have_left(recipient)
        for number in islice(_numbers(missing), RESEND_AT_ONCE_MAX):
            if number > left or self._journal.stopped is not None:
                break
            if number in partner.again_s:
                continue
            taken = self._sent_again(recipient, number, now_s)
            if taken is None:
                partner.gone.add(number)
            elif taken:
                partner.again_s[number] = now_s
                sent += 1
            else:
                break  # no room: asked for again, sent then
        return sent

    def _sent_again(self, recipient: str, number: int, now_s: float) -> bool | None:
        """Whether the bus took this bundle again; None where it must not go, or cannot any more."""
        try:
            record = self._journal.store.record(self._journal.sealed[recipient][number - 1])
            raw = self._raw(record, now_s)
        except (CheckFailed, UnusableInput) as error:
            # What the ledger holds is not what was recorded: nothing more is served out of it.
            self._journal.stopped = str(error)
            return False
        if raw is None:
            return None
        lane = _LANE_OF_KIND[record.kind]
        return self._journal.bus.send(self._keys.nation, recipient, lane, raw, Urgency.BACKLOG)

    def _raw(self, record: Record, now_s: float) -> bytes | None:
        """The envelope as it travelled; None where it must not be sent, or cannot any more."""
        if record.kind != "sent":
            return record.body
        digest = bytes.fromhex(record.subject)
        if digest in self._journal.purged:
            return None
        manifest = recorded_manifest(record.body)
        recipient = record.counterparty
        if not self._orders.allows_again(recipient, manifest.sent_s, now_s):
            self._journal.note_purged(recipient, "", "not allowed when it was missed", (digest,))
            return None
        bodies = dict[bytes, bytes]()
        for named in manifest.contents:
            body = self._journal.store.body(named.digest)
            if body is not None:
                bodies[named.digest] = body
        return joined(record.body, bodies)

    def _partner(self, name: str) -> _Partner:
        return self._partners.setdefault(name, _Partner())


def _numbers(ranges: tuple[Range, ...]) -> Iterator[int]:
    return chain.from_iterable(range(first, last + 1) for first, last in ranges)
