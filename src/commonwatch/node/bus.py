"""What a node needs of whatever carries its envelopes. A bus only carries; it proves nothing."""

from __future__ import annotations

from typing import Protocol

from commonwatch.share.message import Lane


class Bus(Protocol):
    """Carries envelopes between nodes, in lanes; may lose, delay, double or reorder them."""

    def send(self, sender: str, recipient: str, lane: Lane, raw: bytes) -> bool:
        """Take an envelope for delivery; False where the queue is full and it was not taken."""
        ...

    def drain(self, recipient: str, lane: Lane) -> tuple[bytes, ...]:
        """All envelopes that wait for `recipient` in this lane, oldest first."""
        ...

    def purge(self, sender: str, recipient: str) -> tuple[bytes, ...]:
        """Take back what `sender` queued in the live lane and was not drained yet."""
        ...
