"""The bus between nodes in one process: bounded queues, one for each direction and lane."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from commonwatch.limits import BUS_QUEUE_MAX
from commonwatch.node.bus import BusLane, Urgency


@dataclass(slots=True)
class EmbeddedBus:
    """Queues by sender, recipient and lane; `bytes_sent` counts what was taken for delivery."""

    queue_max: int = BUS_QUEUE_MAX
    bytes_sent: dict[tuple[str, str, BusLane], int] = field(default_factory=dict)
    _queues: dict[tuple[str, str, BusLane], deque[bytes]] = field(default_factory=dict)

    def send(
        self,
        sender: str,
        recipient: str,
        lane: BusLane,
        raw: bytes,
        urgency: Urgency = Urgency.USUAL,
    ) -> bool:
        """Queue an envelope; False where that queue is full."""
        del urgency  # a queue is drained whole: nothing in it waits for another
        way = (sender, recipient, lane)
        queue = self._queues.setdefault(way, deque())
        if len(queue) >= self.queue_max:
            return False
        queue.append(raw)
        self.bytes_sent[way] = self.bytes_sent.get(way, 0) + len(raw)
        return True

    def drain(self, recipient: str, lane: BusLane) -> tuple[bytes, ...]:
        """All that waits for `recipient` in this lane: by sender, each sender's in order."""
        waiting: list[bytes] = []
        for way in sorted(self._queues):
            if way[1] == recipient and way[2] == lane:
                waiting += self._queues[way]
                self._queues[way].clear()
        return tuple(waiting)

    def purge(self, sender: str, recipient: str) -> tuple[bytes, ...]:
        """Take back the live lane of one direction, and its bytes from the count."""
        way: tuple[str, str, BusLane] = (sender, recipient, "live")
        queue = self._queues.get(way, deque())
        taken = tuple(queue)
        queue.clear()
        if taken:
            self.bytes_sent[way] -= sum(len(raw) for raw in taken)
        return taken

    def bytes_between(self, sender: str, recipient: str) -> int:
        """Bytes that crossed, or wait to cross, in one direction, all lanes together."""
        return sum(
            count for way, count in self.bytes_sent.items() if way[:2] == (sender, recipient)
        )
