"""What waits to be handed to the broker for one partner, and what is under way. No input or output.

Little may be under way: what the broker took cannot be taken back, what lies here can.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from commonwatch.limits import (
    BUS_QUEUE_MAX,
    LINK_BACKLOG_IN_FLIGHT_MAX,
    LINK_IN_FLIGHT_BYTES_MAX,
    LINK_IN_FLIGHT_MAX,
    LINK_QUEUE_BYTES_MAX,
)
from commonwatch.node.bus import BusLane, Urgency
from commonwatch.node.link.frame import Hello

# Ranks: orders first, then launches, what is live, receipts, the backlog.
_CONTROL, _LAUNCH, _LIVE, _RECEIPT, _BACKLOG = range(5)
# How long nothing of ours may arrive, while the partner is heard, before what was under way counts
# as lost on the way.
WRITTEN_OFF_AFTER_S = 0.5


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An envelope in its lane, as it waits."""

    lane: BusLane
    raw: bytes


@dataclass(slots=True)
class OutLanes:
    """Queues of one direction by rank, and the window of what may be under way.

    Frames are numbered from 1. `last_arrived` is the newest that the partner has told of, and
    `unread` what it holds and has not read.
    """

    handed: int = 0
    last_arrived: int = 0
    unread: int = 0
    unread_bytes: int = 0
    waiting_bytes: int = 0
    _queues: tuple[deque[Outgoing], ...] = field(
        default_factory=lambda: tuple(deque() for _ in range(5))
    )
    _sizes: deque[tuple[int, int]] = field(default_factory=deque)
    _under_way_bytes: int = 0
    _moved_s: float = 0.0

    def put(self, item: Outgoing, urgency: Urgency) -> bool:
        """Queue an envelope; False where its queue is full."""
        rank = _rank(item.lane, urgency)
        queue = self._queues[rank]
        size = len(item.raw)
        if len(queue) >= BUS_QUEUE_MAX or self.waiting_bytes + size > LINK_QUEUE_BYTES_MAX:
            return False
        queue.append(item)
        self.waiting_bytes += size
        return True

    def take(self, now_s: float) -> tuple[int, Outgoing] | None:
        """The next frame that may go, and its number; None where none waits or none may."""
        for rank, queue in enumerate(self._queues):
            if queue:
                if not self._has_room(rank):
                    return None
                item = queue.popleft()
                self.waiting_bytes -= len(item.raw)
                self._hand(len(item.raw), now_s)
                return self.handed, item
        return None

    def hear(self, hello: Hello, now_s: float) -> None:
        """The partner tells how far it is: what arrived frees the window."""
        self.unread, self.unread_bytes = hello.unread, hello.unread_bytes
        arrived = min(hello.last_arrived, self.handed)
        if arrived > self.last_arrived:
            self._settle(arrived)
            self._moved_s = now_s
        elif self._sizes and now_s - self._moved_s > WRITTEN_OFF_AFTER_S:
            # Lost with a link that was cut: the recipient will miss them and say so.
            self._settle(self.handed)

    def purge_live(self) -> tuple[bytes, ...]:
        """Take back every bulletin that waits here, oldest first within its rank."""
        taken: list[bytes] = []
        for queue in self._queues:
            left = [item for item in queue if item.lane != "live"]
            taken += (item.raw for item in queue if item.lane == "live")
            queue.clear()
            queue.extend(left)
        self.waiting_bytes -= sum(map(len, taken))
        return tuple(taken)

    def leave_to_backlog(self) -> int:
        """Forget all but orders: no way leads to the partner now, the ledger has it. How many."""
        left = 0
        for queue in self._queues[_LAUNCH:]:
            left += len(queue)
            self.waiting_bytes -= sum(len(item.raw) for item in queue)
            queue.clear()
        return left

    @property
    def waiting(self) -> int:
        """Envelopes that wait here."""
        return sum(map(len, self._queues))

    @property
    def under_way(self) -> int:
        """Frames that were handed over and have not been read, as far as is known."""
        return len(self._sizes) + self.unread

    def _has_room(self, rank: int) -> bool:
        if rank == _CONTROL:
            return True  # orders are few, and a suspension waits for nobody
        most = LINK_BACKLOG_IN_FLIGHT_MAX if rank == _BACKLOG else LINK_IN_FLIGHT_MAX
        return (
            self.under_way < most
            and self._under_way_bytes + self.unread_bytes < LINK_IN_FLIGHT_BYTES_MAX
        )

    def _hand(self, size: int, now_s: float) -> None:
        if not self._sizes:
            self._moved_s = now_s
        self.handed += 1
        self._sizes.append((self.handed, size))
        self._under_way_bytes += size

    def _settle(self, number: int) -> None:
        self.last_arrived = number
        while self._sizes and self._sizes[0][0] <= number:
            self._under_way_bytes -= self._sizes.popleft()[1]


def _rank(lane: BusLane, urgency: Urgency) -> int:
    if lane in {"control", "progress"}:
        return _CONTROL
    if urgency is Urgency.BACKLOG:
        return _BACKLOG
    if lane == "receipt":
        return _RECEIPT
    return _LAUNCH if urgency is Urgency.LAUNCH else _LIVE
