"""Looks at the nation's desk: an order that is signed there is obeyed while the node runs.

A thread looks; for an order to suspend it closes the gate at once, whatever the node is doing.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from pathlib import Path

from commonwatch.errors import UnusableInput
from commonwatch.limits import BOOK_ORDERS_MAX
from commonwatch.node.agreement_desk import AgreementDesk
from commonwatch.node.desk_files import ORDERS_FILE
from commonwatch.release.order import OrderKind, SignedOrder

LOOK_S = 0.01
_JOIN_S = 2.0


class DeskWatch:
    """New orders of a desk, in order. `trouble` says why it cannot be read, while it cannot."""

    def __init__(
        self,
        desk: AgreementDesk,
        hold_back: Callable[[str], None],
        arrived: Callable[[], None],
    ) -> None:
        self.trouble: str | None = None
        self._folder = desk.folder
        self._known = set(desk.book.orders)
        self._agreements = frozenset((item.id, item.revision) for item in desk.book.documents)
        self._hold_back, self._arrived = hold_back, arrived
        self._new: queue.Queue[SignedOrder] = queue.Queue(BOOK_ORDERS_MAX)
        self._stopping = threading.Event()
        self._seen: tuple[int, int] | None = None
        self._thread = threading.Thread(target=self._run, name="desk", daemon=True)
        self._thread.start()

    def take(self) -> list[SignedOrder]:
        """Orders that are new on the desk."""
        taken: list[SignedOrder] = []
        while not self._new.empty():
            taken.append(self._new.get_nowait())
        return taken

    def close(self) -> None:
        """Look no more."""
        self._stopping.set()
        self._thread.join(_JOIN_S)

    def _run(self) -> None:
        path = self._folder / ORDERS_FILE
        while not self._stopping.wait(LOOK_S):
            state = _state_of(path)
            if state == self._seen:
                continue
            try:
                self._look()
            except (UnusableInput, OSError) as error:
                # It may be in the middle of being written: looked at again in a moment.
                self.trouble = str(error)
            else:
                self._seen = state

    def _look(self) -> None:
        """Take what is new; every signature is verified as the desk is opened."""
        desk = AgreementDesk(self._folder)
        fresh = [order for order in desk.book.orders if order not in self._known]
        held = [
            order
            for order in fresh
            if (order.order.agreement, order.order.revision) in self._agreements
        ]
        for order in held:
            if order.order.kind is OrderKind.SUSPEND:
                self._hold_back(order.order.agreement)
        for order in held:
            self._new.put(order)
        self._known |= set(held)
        if held:
            self._arrived()
        left = len(fresh) - len(held)
        self.trouble = None
        if left:
            self.trouble = f"{left} orders on documents that are new: start the node again"


def _state_of(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size
