"""What goes under one signature: as many as a bundle holds, or what came within 4 ms.

Where the one before left longer ago than that, nothing waits for others: few messages leave each at
once, many leave together.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from commonwatch.limits import BUNDLE_MESSAGES_MAX, BUNDLE_WAIT_MAX_S

T = TypeVar("T")


@dataclass(slots=True)
class Gathering(Generic[T]):
    """Gathers in order of arrival; times are seconds of one clock, given by who asks."""

    _items: list[T] = field(default_factory=list)
    _since_s: float = math.inf
    _left_s: float = -math.inf

    def put(self, item: T, now_s: float) -> None:
        """Add one."""
        self._items.append(item)
        self._since_s = min(self._since_s, now_s)

    def due(self, now_s: float) -> bool:
        """Whether a bundle is full, or the one before left long enough ago."""
        return len(self._items) >= BUNDLE_MESSAGES_MAX or now_s >= self.due_at_s

    @property
    def due_at_s(self) -> float:
        """When what is here must leave at the latest; infinity where nothing is."""
        return max(self._since_s, min(self._left_s, self._since_s) + BUNDLE_WAIT_MAX_S)

    def take(self, now_s: float) -> tuple[T, ...]:
        """All that was gathered, which leaves now; nothing is left."""
        taken = tuple(self._items)
        self._left_s = now_s
        self._items.clear()
        self._since_s = math.inf
        return taken

    def __iter__(self) -> Iterator[T]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)
