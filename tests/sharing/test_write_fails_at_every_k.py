"""T19: the disk fails at operation k, for every k of an exchange: nothing acknowledged is lost.

Two ways to fail: SQLite is told so at its k-th statement or commit, before or after the commit
reached the disk; and the system itself refuses to let a file grow beyond so many bytes.
"""

from __future__ import annotations

import resource
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from commonwatch.identity import nation
from commonwatch.mode import EXERCISE
from commonwatch.node.embedded_bus import EmbeddedBus
from commonwatch.node.ledger_store import LEDGER_FILE, LedgerStore, LedgerUnavailable, read_ledger
from commonwatch.share.envelope import open_envelope, open_recorded
from commonwatch.share.ledger import Entry
from tests.sharing.builders import KEYS, PUBLIC, T0_S, World, accounts, ledger, open_node, world

KEY = KEYS[nation("KOR")].private
SECONDS = 3


@dataclass
class FailsAt:
    """Fails the k-th statement or commit of one node's ledger, counted from 1, and all after it."""

    store: LedgerStore
    k: int
    stored: bool = False
    seen: int = 0

    def __post_init__(self) -> None:
        self.real = self.store._connection.connection.driver_connection
        self.commit = self.store._connection.dialect.do_commit
        self.store._connection.dialect.do_commit = self.do_commit
        event.listen(self.store._engine, "before_cursor_execute", self.statement)

    def statement(self, *_arguments: object) -> None:
        self.count(lambda: None)

    def do_commit(self, connection: object) -> None:
        self.count(self.real.commit if self.stored else lambda: None)
        self.commit(connection)

    def count(self, first) -> None:
        self.seen += 1
        if self.seen >= self.k:
            if self.seen == self.k:
                first()
            raise OperationalError("", {}, sqlite3.OperationalError("disk I/O error"))


def exchange(made: World, first_s: float) -> None:
    for second in range(SECONDS):
        for node in made.nodes.values():
            if node.stopped is None:
                node.show_head(first_s + 10 * second)
        made.beat(first_s + second)
    made.settle(first_s + SECONDS)


def acknowledged(sent: list[tuple[str, str, str, bytes]]) -> set[str]:
    """Items for which a receipt left JPN."""
    return {
        one.bulletin
        for sender, _to, lane, raw in sent
        if (sender, lane) == ("JPN", "receipt")
        for one in open_envelope(raw, PUBLIC, EXERCISE).bundle.receipts
    }


def items_in(made: World, code: str, kind: str) -> set[str]:
    held = ledger(made, code)
    return {
        named.id
        for record in held.records
        if record.kind == kind
        for named in open_recorded(record.body, held.bodies, PUBLIC, EXERCISE).bundle.named
    }


def operations(folder: Path) -> int:
    """How many operations of JPN's ledger the exchange takes."""
    made = world(folder, ("KOR", "JPN"))
    counted = FailsAt(made.nodes["JPN"].journal.store, 10**9)
    exchange(made, T0_S)
    made.close()
    return counted.seen


@pytest.fixture
def sent(monkeypatch) -> list[tuple[str, str, str, bytes]]:
    """All that nodes put on the bus: sender, recipient, lane, bytes."""
    told: list[tuple[str, str, str, bytes]] = []
    real = EmbeddedBus.send

    def tapped(bus, sender, recipient, lane, raw, *more):
        told.append((sender, recipient, lane, raw))
        return real(bus, sender, recipient, lane, raw, *more)

    monkeypatch.setattr(EmbeddedBus, "send", tapped)
    return told


@pytest.mark.parametrize("stored", [False, True], ids=["failed", "failed but stored"])
def test_t19_an_error_at_every_operation_loses_nothing_that_was_acknowledged(base, sent, stored):
    count = operations(base / f"count-{stored}")
    assert count > 20
    for k in range(1, count + 1):
        sent.clear()
        folder = base / f"{stored}-{k}"
        made = world(folder, ("KOR", "JPN"))
        jpn = made.nodes["JPN"]
        FailsAt(jpn.journal.store, k, stored=stored)
        exchange(made, T0_S)
        assert jpn.stopped is not None, "an error is never passed over"
        assert jpn.held(), "the own picture goes on from memory"
        made.close()
        assert acknowledged(sent) <= items_in(made, "JPN", "received"), k
        for code in made.nodes:
            made.nodes[code] = node = open_node(folder, code, made.bus)
            assert not node.journal.store.read().reasons(PUBLIC[nation(code)])
            node.resend_unacknowledged(T0_S + 40)
        exchange(made, T0_S + 40)
        made.settle(T0_S + 80)
        heads = [node.equivocations for node in made.nodes.values()]
        made.close()
        assert heads == [(), ()], "no number of a head was used twice"
        for one, other in (("KOR", "JPN"), ("JPN", "KOR")):
            assert items_in(made, one, "sent") == items_in(made, other, "received"), k
        for told in accounts(made, "KOR", "JPN").values():
            # What KOR receipted while JPN's ledger stood still was heard and not recorded; nobody
            # sends a receipt twice over this bus.
            assert all("receipt" in one and "did not arrive" in one for one in told.differences), k
        shutil.rmtree(folder)


@contextmanager
def files_of_at_most(limit_bytes: int) -> Iterator[None]:
    """The system lets no file grow beyond so many bytes: a write past it fails (EFBIG)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_t19_a_write_that_the_system_refuses_stops_the_ledger_and_leaves_it_whole(tmp_path):
    """Every 1,024 bytes: whichever write of the log is cut short, all before it is there."""
    refused = 0
    for limit in range(512, 40_000, 1024):
        folder = tmp_path / str(limit)
        store = LedgerStore(folder, nation("KOR"), EXERCISE, KEY)
        grown = (folder / f"{LEDGER_FILE}-wal").stat().st_size
        durable, why = list[str](), ""
        with files_of_at_most(grown + limit):
            try:
                for number in range(9):
                    store.append([Entry("decision", "JPN", str(number), bytes(3000))], T0_S)
                    durable.append(str(number))
            except LedgerUnavailable as error:
                why = str(error)
        if why:
            refused += 1
            with pytest.raises(LedgerUnavailable, match="ledger: "):
                store.append([Entry("decision", "JPN", "again", b"")], T0_S)
        store.close()
        again = LedgerStore(folder, nation("KOR"), EXERCISE, KEY)
        subjects = [record.subject for record in again.read().records()]
        assert subjects[: len(durable)] == durable
        assert len(subjects) - len(durable) <= 1, "the group whose fate was not known"
        again.append([Entry("decision", "JPN", "after", b"")], T0_S)
        again.close()
        assert read_ledger(folder).reasons(KEY.public) == ()
    assert refused > 20
