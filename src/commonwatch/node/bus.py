"""What a node needs of whatever carries its envelopes. A bus only carries; it proves nothing."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Literal, Protocol

from commonwatch.share.message import Lane

# `progress` says how far each side is (share/progress.py); it carries no envelope.
BusLane = Lane | Literal["progress"]


class Urgency(IntEnum):
    """What goes first within a lane, where not all can go at once."""

    LAUNCH = 0  # the first word of an event
    USUAL = 1
    BACKLOG = 2  # sent before, and asked for again


class Bus(Protocol):
    """Carries envelopes between nodes, in lanes; may lose, delay, double or reorder them."""

    def send(
        self,
        sender: str,
        recipient: str,
        lane: BusLane,
        raw: bytes,
        urgency: Urgency = Urgency.USUAL,
    ) -> bool:
        """Take an envelope for delivery; False where there is no room or no way now.

        What was not taken is in the ledger, and is sent when the recipient says that it misses it.
        """
        ...

    def drain(self, recipient: str, lane: BusLane) -> tuple[bytes, ...]:
        """Envelopes that wait for `recipient` in this lane, oldest first."""
        ...

    def purge(self, sender: str, recipient: str) -> tuple[bytes, ...]:
        """Take back what `sender` queued in the live lane and did not leave yet."""
        ...


class CountingBus(Bus, Protocol):
    """A bus that knows what it took for delivery, as those of a replay must."""

    @property
    def bytes_sent(self) -> Mapping[tuple[str, str, BusLane], int]:
        """Bytes taken and not taken back, by sender, recipient and lane."""
        ...

    def bytes_between(self, sender: str, recipient: str) -> int:
        """The same of one direction, all lanes together."""
        ...
