"""Who makes a group of records durable: the node's own thread at once, or one thread beside it.

One group is under way at a time; what is noted meanwhile makes up the next.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol

from commonwatch.node.ledger_store import LedgerStore, LedgerUnavailable
from commonwatch.share.ledger import Entry


class GroupWriter(Protocol):
    """Makes groups durable, one after the other."""

    def write(
        self, store: LedgerStore, entries: Sequence[Entry], now_s: float, destroy: Sequence[bytes]
    ) -> Future[None]:
        """Begin; the answer is done once the group is durable, or says that it may not be."""
        ...


class AtOnce:
    """In the node's own thread: when `write` returns, the group is durable or has failed."""

    def write(
        self, store: LedgerStore, entries: Sequence[Entry], now_s: float, destroy: Sequence[bytes]
    ) -> Future[None]:
        """Write, and wait for the disk."""
        done = Future[None]()
        try:
            store.append(entries, now_s, destroy)
        except LedgerUnavailable as error:
            done.set_exception(error)
        else:
            done.set_result(None)
        return done


class Beside:
    """In one thread of its own: the node goes on while the disk is busy; `wake` is called after."""

    def __init__(self, wake: Callable[[], object]) -> None:
        self._wake = wake
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")

    def write(
        self, store: LedgerStore, entries: Sequence[Entry], now_s: float, destroy: Sequence[bytes]
    ) -> Future[None]:
        """Hand over, and come back at once."""
        done = self._thread.submit(store.append, entries, now_s, destroy)
        done.add_done_callback(lambda _done: self._wake())
        return done

    def close(self) -> None:
        """Wait for the group under way, and end the thread; before the store is closed."""
        self._thread.shutdown()
