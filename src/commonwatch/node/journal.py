"""What must be durable before what may be sent: a group of records, then their envelopes.

When an envelope leaves depends on its own recipient alone: what is recorded for another makes it
leave no sooner.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from commonwatch.limits import GROUP_DELAY_MAX_S
from commonwatch.node.bus import Bus, Urgency
from commonwatch.node.ledger_store import LedgerStore, LedgerUnavailable
from commonwatch.share.envelope import Parted, Sealed, frame_digest
from commonwatch.share.ledger import KINDS_WITH_BULLETINS, Entry, Kind, Purge
from commonwatch.share.message import Lane

# In the place of a recipient: no nation has this name.
RECORDS_ALONE = ""
_KINDS_SEALED: frozenset[Kind] = frozenset({"sent", "receipted", "control-out"})


@dataclass(frozen=True, slots=True)
class Waiting:
    """An envelope that may leave once the group it belongs to is durable."""

    recipient: str
    lane: Lane
    raw: bytes
    digest: bytes
    urgency: Urgency = Urgency.USUAL


@dataclass(slots=True)
class Journal:
    """Collects a beat's records and envelopes, commits the records, then sends.

    `stopped` says why no record can be written any more; from then on nothing is sent. `sealed`: by
    recipient, where in the ledger its bundles are, the first bundle first. `purged`: digests of
    envelopes that will never be sent.
    """

    nation: str
    store: LedgerStore
    bus: Bus
    stopped: str | None = None
    sealed: dict[str, array[int]] = field(default_factory=dict)
    purged: set[bytes] = field(default_factory=set)
    _entries: list[Entry] = field(default_factory=list)
    _waiting: list[Waiting] = field(default_factory=list)
    _destroy: list[bytes] = field(default_factory=list)
    _since_s: dict[str, float] = field(default_factory=dict)

    def note(self, kind: Kind, counterparty: str, subject: str, body: bytes) -> None:
        """Record this with the next group."""
        if self.stopped is None:
            self._entries.append(Entry(kind, counterparty, subject, body))

    def note_envelope(
        self,
        kind: Kind,
        counterparty: str,
        raw: bytes,
        parts: Parted,
        unkept: frozenset[bytes] = frozenset(),
    ) -> None:
        """Record an envelope; bulletins in it are kept beside the chain, so that one can go.

        `unkept` are the SHA-256 of those that must not be kept at all.
        """
        subject = parts.digest.hex()
        if kind not in KINDS_WITH_BULLETINS:
            self.note(kind, counterparty, subject, raw)
        elif self.stopped is None:
            kept = tuple(
                content
                for named, content in zip(parts.named, parts.contents, strict=True)
                if named.digest not in unkept
            )
            self._entries.append(Entry(kind, counterparty, subject, parts.frame, kept))

    def destroy(self, digests: Iterable[bytes]) -> None:
        """Destroy these bulletins with the next group, which records why."""
        self._destroy += digests

    def note_purged(self, recipient: str, subject: str, why: str, digests: Sequence[bytes]) -> None:
        """Record with the next group that these envelopes will never be sent."""
        self.purged.update(digests)
        body = msgspec.msgpack.encode(Purge(why, tuple(digests)))
        self.note("purged", recipient, subject, body)

    def send(
        self,
        recipient: str,
        lane: Lane,
        sealed: Sealed,
        kind: Kind,
        urgency: Urgency = Urgency.USUAL,
    ) -> None:
        """Record an envelope with the next group, and send it once that is durable."""
        raw, parts = sealed.raw, sealed.parts
        self.note_envelope(kind, recipient, raw, parts)
        self._waiting.append(Waiting(recipient, lane, raw, parts.digest, urgency))

    def may_have_left(self, recipient: str) -> int:
        """How many bundles to this recipient are durable and no longer wait here: the first ones.

        They count from 1 without a gap, so this is also the number of the last of them.
        """
        waiting = sum(item.recipient == recipient for item in self._waiting)
        noted = sum(
            entry.kind in _KINDS_SEALED and entry.counterparty == recipient
            for entry in self._entries
        )
        return len(self.sealed.get(recipient, ())) + noted - waiting

    def purge(self, recipient: str) -> tuple[bytes, ...]:
        """Take back envelopes with bulletins that wait for the commit or in the queue.

        Returns their digests.
        """
        mine = [
            item for item in self._waiting if (item.recipient, item.lane) == (recipient, "live")
        ]
        self._waiting = [
            item for item in self._waiting if (item.recipient, item.lane) != (recipient, "live")
        ]
        queued = self.bus.purge(self.nation, recipient)
        return (*map(frame_digest, queued), *(item.digest for item in mine))

    @property
    def noted(self) -> int:
        """How many records wait to be made durable."""
        return len(self._entries)

    @property
    def waits(self) -> bool:
        """Whether a record is to be made durable, or an envelope to leave."""
        return bool(self._entries or self._waiting)

    def overdue(self, now_s: float) -> frozenset[str]:
        """For whom an envelope has waited for GROUP_DELAY_MAX_S; asked once a beat.

        RECORDS_ALONE stands for records that wait with no envelope. Each recipient's wait is
        counted for itself, from its own envelopes: nobody else's records shorten it.
        """
        named = {item.recipient for item in self._waiting}
        if self._entries:
            named.add(RECORDS_ALONE)
        self._since_s = {name: self._since_s.get(name, now_s) for name in sorted(named)}
        return frozenset(
            name for name, since_s in self._since_s.items() if now_s - since_s >= GROUP_DELAY_MAX_S
        )

    def commit(
        self,
        now_s: float,
        may_send: Callable[[str, Lane], bool],
        recipients: Collection[str] | None = None,
    ) -> bool:
        """Make the group durable, then send what waited for it; False where the ledger stopped.

        With `recipients`, what waits for others is made durable too, and goes on waiting.
        """
        entries, waiting, destroy = self._entries, self._waiting, self._destroy
        kept = list[Waiting]()
        if recipients is not None:
            kept = [item for item in waiting if item.recipient not in recipients]
            waiting = [item for item in waiting if item.recipient in recipients]
        self._entries, self._waiting, self._destroy = [], kept, []
        if self.stopped is not None:
            self._waiting = []
            return False
        if not entries and not waiting:
            return True
        before = self.store.head.size
        try:
            self.store.append(entries, now_s, destroy)
        except LedgerUnavailable as error:
            self.stopped = str(error)
            return False
        for sequence, entry in enumerate(entries, before + 1):
            if entry.kind in _KINDS_SEALED:
                self.sealed.setdefault(entry.counterparty, array("Q")).append(sequence)
        for item in waiting:
            self._send(item, may_send)
        return True

    def _send(self, item: Waiting, may_send: Callable[[str, Lane], bool]) -> None:
        # Asked again at the last moment: an order may have come while the disk was busy.
        if not may_send(item.recipient, item.lane):
            self.note_purged(item.recipient, "", "not allowed", (item.digest,))
            return
        self.bus.send(self.nation, item.recipient, item.lane, item.raw, item.urgency)
        # What found no room or no way is in the ledger: its recipient will say that it misses it.
