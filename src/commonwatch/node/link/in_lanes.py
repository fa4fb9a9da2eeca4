"""What came from one partner and was not read yet: bounded, and read no faster than its rate.

A partner that keeps to the window that it is told never meets these bounds; who sends past it
loses what is too much, and takes nobody else's place. No input or output; times are arguments.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from commonwatch.limits import (
    LINK_BYTES_A_SECOND_MAX,
    LINK_ENVELOPES_A_SECOND_MAX,
    LINK_IN_FLIGHT_BYTES_MAX,
    LINK_IN_FLIGHT_MAX,
)
from commonwatch.node.bus import BusLane
from commonwatch.node.link.frame import Frame, Hello
from commonwatch.node.link.rate import TokenBucket


@dataclass(slots=True)
class InLanes:
    """Unread envelopes of one sender by lane; `dropped` counts what found no room."""

    session: int = 0
    last_arrived: int = 0
    unread: int = 0
    unread_bytes: int = 0
    dropped: int = 0
    _queues: dict[BusLane, deque[bytes]] = field(default_factory=dict)
    _envelopes: TokenBucket = field(
        default_factory=lambda: TokenBucket(LINK_ENVELOPES_A_SECOND_MAX, LINK_IN_FLIGHT_MAX)
    )
    _bytes: TokenBucket = field(
        default_factory=lambda: TokenBucket(LINK_BYTES_A_SECOND_MAX, LINK_IN_FLIGHT_BYTES_MAX)
    )

    def put(self, lane: BusLane, frame: Frame) -> bool:
        """Keep a frame until it is read; False where the sender is past its window."""
        if frame.session != self.session:
            self.session, self.last_arrived = frame.session, 0
        self.last_arrived = max(self.last_arrived, frame.number)
        # Twice the window: what counted as lost may come late.
        full = self.unread >= 2 * LINK_IN_FLIGHT_MAX
        if full or self.unread_bytes + len(frame.raw) > 2 * LINK_IN_FLIGHT_BYTES_MAX:
            self.dropped += 1
            return False
        self._queues.setdefault(lane, deque()).append(frame.raw)
        self.unread += 1
        self.unread_bytes += len(frame.raw)
        return True

    def read(self, lane: BusLane, now_s: float) -> list[bytes]:
        """What may be read of a lane now, oldest first; the rest stays."""
        queue = self._queues.get(lane)
        if not queue:
            return []
        self._envelopes.refill(now_s)
        self._bytes.refill(now_s)
        taken: list[bytes] = []
        while queue and self._envelopes.take(1.0):
            if not self._bytes.take(len(queue[0])):
                break
            taken.append(queue.popleft())
        self.unread -= len(taken)
        self.unread_bytes -= sum(map(len, taken))
        return taken

    def hello(self) -> Hello:
        """How far this side is."""
        return Hello(self.session, self.last_arrived, self.unread, self.unread_bytes)
