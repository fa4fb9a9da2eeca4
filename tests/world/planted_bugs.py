"""Bugs planted in nodes by putting one part in the place of another: the simulation must find each.

Nothing of this is in the program. Each entry says what is broken, and puts it right again.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from unittest import mock

from commonwatch.node import recovery
from commonwatch.node.inbound import Inbound
from commonwatch.node.journal import Journal
from commonwatch.node.ledger_store import LedgerStore, LedgerUnavailable
from commonwatch.node.link.out_lanes import OutLanes
from commonwatch.node.orders import OrderDesk
from commonwatch.node.receiving import ReceivingDesk
from commonwatch.node.resuming import ResumptionDesk
from commonwatch.share.head_book import HeadBook


def instead(owner: object, name: str, other: object) -> AbstractContextManager[object]:
    return mock.patch.object(owner, name, other)


def acknowledged_before_it_is_durable() -> AbstractContextManager[object]:
    """Envelopes leave first, and then the records that they rest on are written."""
    real = Journal.commit

    def commit(journal, now_s, may_send, recipients=None):
        waiting, journal._waiting = journal._waiting, []
        for item in waiting:
            journal._send(item, may_send)
        return real(journal, now_s, may_send, recipients)

    return instead(Journal, "commit", commit)


def an_error_of_the_disk_is_passed_over() -> AbstractContextManager[object]:
    """A group that could not be written is taken for written."""
    real = LedgerStore.append

    def append(store, entries, now_s, destroy=()):
        try:
            real(store, entries, now_s, destroy)
        except LedgerUnavailable:
            store._failed = None

    return instead(LedgerStore, "append", append)


def commits_are_not_synced() -> AbstractContextManager[object]:
    """SQLite is told not to wait for the disk."""
    real = LedgerStore.append

    def append(store, entries, now_s, destroy=()):
        store._connection.connection.driver_connection.execute("PRAGMA synchronous=OFF")
        real(store, entries, now_s, destroy)

    return instead(LedgerStore, "append", append)


def the_window_forgets_at_a_restart() -> AbstractContextManager[object]:
    """A node that starts again takes all numbers for new."""
    real = recovery.recovered

    def recovered(*arguments):
        memory = real(*arguments)
        memory.inbound.windows.clear()
        return memory

    return mock.patch("commonwatch.node.node.recovered", recovered)


def numbers_begin_anew_at_a_restart() -> AbstractContextManager[object]:
    """A node that starts again counts its bundles one short."""
    real = recovery.recovered

    def recovered(*arguments):
        memory = real(*arguments)
        for way in memory.outbound.values():
            way.bundles = max(0, way.bundles - 1)
        return memory

    return mock.patch("commonwatch.node.node.recovered", recovered)


def the_newest_word_is_not_kept() -> AbstractContextManager[object]:
    """What came last is held, were it older than what is held."""
    real = Inbound.take

    def take(inbound, held, digest):
        inbound._newest.pop(held.key, None)
        return real(inbound, held, digest)

    return instead(Inbound, "take", take)


def what_was_missed_is_not_sent_again() -> AbstractContextManager[object]:
    return mock.patch.object(ResumptionDesk, "_send_again", return_value=0)


def what_was_missed_is_sent_whatever_was_ordered() -> AbstractContextManager[object]:
    return mock.patch.object(OrderDesk, "allows_again", return_value=True)


def a_suspension_takes_nothing_back() -> AbstractContextManager[object]:
    """What waits in the lanes when a suspension comes goes all the same."""
    return mock.patch.object(OutLanes, "purge_live", return_value=())


def a_partners_suspension_is_not_obeyed() -> AbstractContextManager[object]:
    return mock.patch.object(OrderDesk, "take_from_partner", return_value=None)


def anybody_speaks_for_any_sensor() -> AbstractContextManager[object]:
    return mock.patch("commonwatch.share.admission._not_own_sensors", return_value=None)


def a_head_of_one_number_is_shown_twice() -> AbstractContextManager[object]:
    """A node that starts again does not know which heads it has shown."""
    real = recovery.recovered

    def recovered(*arguments):
        memory = real(*arguments)
        memory.heads = HeadBook(
            {nation: seen for nation, seen in memory.heads.seen.items() if len(seen) < 2}
        )
        return memory

    return mock.patch("commonwatch.node.node.recovered", recovered)


def a_flood_is_kept_whole() -> AbstractContextManager[object]:
    """What comes from a partner has no bound."""
    return mock.patch("commonwatch.node.link.in_lanes.LINK_IN_FLIGHT_MAX", 10**9)


def the_mark_is_not_read() -> AbstractContextManager[object]:
    """A log that was cut by a bad page passes for one that was never written."""
    return mock.patch("commonwatch.node.ledger_store.read_mark", return_value=None)


def every_third_receipt_is_forgotten() -> AbstractContextManager[object]:
    real, count = ReceivingDesk.take_receipts, [0]

    def take_receipts(desk):
        count[0] += 1
        taken = real(desk)
        return () if count[0] % 3 == 0 else taken

    return instead(ReceivingDesk, "take_receipts", take_receipts)


PLANTED: dict[str, Callable[[], AbstractContextManager[object]]] = {
    plant.__name__.replace("_", " "): plant
    for plant in (
        acknowledged_before_it_is_durable,
        an_error_of_the_disk_is_passed_over,
        commits_are_not_synced,
        the_window_forgets_at_a_restart,
        numbers_begin_anew_at_a_restart,
        the_newest_word_is_not_kept,
        what_was_missed_is_not_sent_again,
        what_was_missed_is_sent_whatever_was_ordered,
        a_suspension_takes_nothing_back,
        a_partners_suspension_is_not_obeyed,
        anybody_speaks_for_any_sensor,
        a_head_of_one_number_is_shown_twice,
        a_flood_is_kept_whole,
        the_mark_is_not_read,
        every_third_receipt_is_forgotten,
    )
}
