"""What must be durable before what may be sent: a group of records, then their envelopes.

When an envelope leaves depends on its own recipient alone: what is recorded for another makes it
leave no sooner.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import chain

import msgspec

from commonwatch.limits import GROUP_DELAY_MAX_S
from commonwatch.node.bus import Bus, Urgency
from commonwatch.node.group_writer import AtOnce, GroupWriter
from commonwatch.node.ledger_store import LedgerStore, LedgerUnavailable
from commonwatch.share.envelope import Parted, Sealed, frame_digest
from commonwatch.share.ledger import KINDS_WITH_BULLETINS, Entry, Kind, Purge
from commonwatch.share.message import Lane

# Whether an envelope in this lane may leave for this recipient now.
MaySend = Callable[[str, Lane], bool]
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
class _UnderWay:
    """A group that is being made durable, and what may leave after it.

    `before`: how many records the ledger had before it.
    """

    entries: list[Entry]
    waiting: list[Waiting]
    before: int
    done: Future[None]


@dataclass(frozen=True, slots=True)
class _Asked:
    """That a group was asked for, and for whom what waits may leave with it: None for all."""

    recipients: frozenset[str] | None

    def covers(self, recipient: str) -> bool:
        return self.recipients is None or recipient in self.recipients


def _asked_too(before: _Asked | None, recipients: Collection[str] | None) -> _Asked:
    """What was asked for before, and of these recipients besides."""
    if recipients is None or (before is not None and before.recipients is None):
        return _Asked(None)
    earlier = frozenset[str]() if before is None else before.recipients or frozenset()
    return _Asked(earlier | frozenset(recipients))


def _is_live_to(recipient: str, item: Waiting) -> bool:
    return (item.recipient, item.lane) == (recipient, "live")


@dataclass(slots=True)
class Journal:
    """Collects a beat's records and envelopes, commits the records, then sends.

    All of it runs in the node's own thread; the writer alone may have one beside it.

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
    writer: GroupWriter = field(default_factory=AtOnce)
    _entries: list[Entry] = field(default_factory=list)
    _waiting: list[Waiting] = field(default_factory=list)
    _destroy: list[bytes] = field(default_factory=list)
    _since_s: dict[str, float] = field(default_factory=dict)
    _under_way: _UnderWay | None = None
    _asked: _Asked | None = None

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
        if self.stopped is None:
            self._waiting.append(Waiting(recipient, lane, raw, parts.digest, urgency))

    def may_have_left(self, recipient: str) -> int:
        """How many bundles to this recipient are durable and no longer wait here: the first ones.

        They count from 1 without a gap, so this is also the number of the last of them.
        """
        waiting = sum(item.recipient == recipient for item in chain(self._waiting, self._leaving))
        noted = sum(
            entry.kind in _KINDS_SEALED and entry.counterparty == recipient
            for entry in chain(self._entries, self._being_written)
        )
        return len(self.sealed.get(recipient, ())) + noted - waiting

    def purge(self, recipient: str) -> tuple[bytes, ...]:
        """Take back envelopes with bulletins that wait for the commit or in the queue.

        Returns their digests.
        """
        mine = list[Waiting]()
        # Of a group under way too: durable or not, what it waits to send has not left.
        for waiting in (self._waiting, self._leaving):
            mine += (item for item in waiting if _is_live_to(recipient, item))
            waiting[:] = [item for item in waiting if not _is_live_to(recipient, item)]
        queued = self.bus.purge(self.nation, recipient)
        return (*map(frame_digest, queued), *(item.digest for item in mine))

    @property
    def _leaving(self) -> list[Waiting]:
        return [] if self._under_way is None else self._under_way.waiting

    @property
    def _being_written(self) -> list[Entry]:
        return [] if self._under_way is None else self._under_way.entries

    @property
    def noted(self) -> int:
        """How many records wait to be made durable."""
        return len(self._entries) + len(self._being_written)

    @property
    def waits(self) -> bool:
        """Whether a record is to be made durable, or an envelope to leave."""
        return bool(self._entries or self._waiting or self._under_way)

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
        self, now_s: float, may_send: MaySend, recipients: Collection[str] | None = None
    ) -> bool:
        """Make the group durable, then send what waited for it; False where the ledger stopped.

        With `recipients`, what waits for others is made durable too, and goes on waiting.
        """
        self._finish(may_send)
        asked, self._asked = _asked_too(self._asked, recipients), None
        self._begin(now_s, asked)
        self._finish(may_send)
        return self.stopped is None

    def commit_soon(
        self, now_s: float, may_send: MaySend, recipients: Collection[str] | None = None
    ) -> bool:
        """As `commit`, and a writer beside this thread is not waited for: see `send_durable`.

        What is noted while a group is under way goes with the next one.
        """
        self._asked = _asked_too(self._asked, recipients)
        self.send_durable(now_s, may_send)
        return self.stopped is None

    def send_durable(self, now_s: float, may_send: MaySend) -> None:
        """Send what is durable by now, and begin the next group where one was asked for."""
        if self._under_way is not None:
            if not self._under_way.done.done():
                return
            self._finish(may_send)
        if self._asked is not None:
            asked, self._asked = self._asked, None
            self._begin(now_s, asked)
            if self._under_way is not None and self._under_way.done.done():
                self._finish(may_send)

    def _begin(self, now_s: float, asked: _Asked) -> None:
        kept = [item for item in self._waiting if not asked.covers(item.recipient)]
        waiting = [item for item in self._waiting if asked.covers(item.recipient)]
        entries, destroy = self._entries, self._destroy
        self._entries, self._waiting, self._destroy = [], kept, []
        if self.stopped is not None:
            self._waiting = []
        elif entries or waiting:
            before = self.store.head.size
            done = self.writer.write(self.store, entries, now_s, destroy)
            self._under_way = _UnderWay(entries, waiting, before, done)

    def _finish(self, may_send: MaySend) -> None:
        """Wait for the group under way, if any, and send what waited for it."""
        group, self._under_way = self._under_way, None
        if group is None:
            return
        try:
            group.done.result()
        except LedgerUnavailable as error:
            self.stopped, self._waiting = str(error), []
            return
        for sequence, entry in enumerate(group.entries, group.before + 1):
            if entry.kind in _KINDS_SEALED:
                self.sealed.setdefault(entry.counterparty, array("Q")).append(sequence)
        for item in group.waiting:
            self._send(item, may_send)

    def _send(self, item: Waiting, may_send: MaySend) -> None:
        # Asked again at the last moment: an order may have come while the disk was busy.
        if not may_send(item.recipient, item.lane):
            self.note_purged(item.recipient, "", "not allowed", (item.digest,))
            return
        self.bus.send(self.nation, item.recipient, item.lane, item.raw, item.urgency)
        # What found no room or no way is in the ledger: its recipient will say that it misses it.
