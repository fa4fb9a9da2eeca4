"""The ledger: every altered, dropped, moved or added record is found.

A failed write stops, no retry.
"""

from __future__ import annotations

import random
import sqlite3
import stat
from pathlib import Path

import msgspec
import pytest
from sqlalchemy.exc import OperationalError

from commonwatch.errors import CheckFailed, UnusableInput
from commonwatch.identity import nation
from commonwatch.mode import EXERCISE, TEST
from commonwatch.node.high_water import MARK_FILE
from commonwatch.node.keys import new_key, read_key, write_key
from commonwatch.node.ledger_store import (
    LEDGER_FILE,
    LedgerRead,
    LedgerStore,
    LedgerUnavailable,
    read_ledger,
)
from commonwatch.share.ledger import (
    Entry,
    Stored,
    appended,
    empty_head,
    read_record,
    record_hash,
    signed_head,
    verify_chain,
)
from tests.sharing.builders import KEYS, T0_S

KEY = KEYS[nation("KOR")].private


def entry(number: int) -> Entry:
    return Entry("decision", "JPN", f"KOR-JPN-{number}", b"body %d" % number)


def chain(count: int):
    head, stored = empty_head("KOR", "EXERCISE"), ()
    for number in range(0, count, 3):
        group = [entry(n) for n in range(number, min(number + 3, count))]
        head, more = appended(head, group, T0_S + number)
        stored += more
    return head, stored


def store(folder: Path) -> LedgerStore:
    return LedgerStore(folder, nation("KOR"), EXERCISE, KEY)


def test_an_unbroken_chain_verifies():
    head, stored = chain(50)
    assert verify_chain(stored, head) == ()


def test_t9_an_altered_record_is_found_at_every_index():
    head, stored = chain(60)
    for index, item in enumerate(stored):
        record = read_record(item)
        forged = msgspec.msgpack.encode(msgspec.structs.replace(record, body=b"another story"))
        plain = Stored(item.sequence, forged, item.hash)
        mended = Stored(item.sequence, forged, record_hash(forged))
        for altered in (plain, mended):
            reasons = verify_chain((*stored[:index], altered, *stored[index + 1 :]), head)
            assert reasons
            assert not LedgerRead(head, signed_head(head, KEY), stored).reasons(KEY.public)


def test_t9_a_record_dropped_at_every_index_is_found():
    head, stored = chain(60)
    for index in range(len(stored)):
        assert verify_chain((*stored[:index], *stored[index + 1 :]), head)


def test_t9_two_records_exchanged_or_one_doubled_are_found():
    head, stored = chain(20)
    for index in range(len(stored) - 1):
        swapped = list(stored)
        swapped[index], swapped[index + 1] = swapped[index + 1], swapped[index]
        assert verify_chain(swapped, head)
        assert verify_chain((*stored[: index + 1], *stored[index:]), head)


def test_t9_a_chain_rewritten_from_any_index_does_not_fit_the_signed_head():
    head, stored = chain(30)
    signature = signed_head(head, KEY)
    for index in range(len(stored)):
        kept = stored[:index]
        start = msgspec.structs.replace(
            head, size=index, last_hash=kept[-1].hash if kept else bytes(32)
        )
        forged_head, forged = appended(
            start, [Entry("decision", "JPN", "forged", b"")] * (len(stored) - index), T0_S
        )
        # With the old head the end does not fit; with a new head the signature does not.
        assert verify_chain((*kept, *forged), head)
        whole = LedgerRead(forged_head, signature, (*kept, *forged))
        assert whole.reasons(KEY.public) == ("the head is not signed by KOR",)


def test_t20_one_flipped_bit_anywhere_is_found():
    head, stored = chain(12)
    generator = random.Random(20)
    for _ in range(3000):
        index = generator.randrange(len(stored))
        item = stored[index]
        part = generator.choice(["record", "hash"])
        raw = bytearray(getattr(item, part))
        raw[generator.randrange(len(raw))] ^= 1 << generator.randrange(8)
        altered = (
            Stored(item.sequence, bytes(raw), item.hash)
            if part == "record"
            else Stored(item.sequence, item.record, bytes(raw))
        )
        assert verify_chain((*stored[:index], altered, *stored[index + 1 :]), head)


def test_what_was_appended_is_there_after_reopening(tmp_path):
    first = store(tmp_path)
    first.append([entry(1), entry(2)], T0_S)
    head = first.head
    first.close()
    second = store(tmp_path)
    assert second.head == head
    second.append([entry(3)], T0_S + 1.0)
    second.close()
    read = read_ledger(tmp_path)
    assert [record.subject for record in read.records()] == [
        f"KOR-JPN-{number}" for number in (1, 2, 3)
    ]
    assert read.reasons(KEY.public) == ()


def test_the_database_is_durable_as_the_design_asks(tmp_path):
    opened = store(tmp_path)
    raw = opened._connection.connection.driver_connection
    assert raw.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert raw.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
    opened.close()


def test_one_writer_alone(tmp_path):
    first = store(tmp_path)
    with pytest.raises(UnusableInput, match="another process writes"):
        store(tmp_path)
    first.close()
    store(tmp_path).close()


@pytest.mark.parametrize("column", ["record", "hash"])
def test_t20_a_store_altered_on_disk_does_not_open(tmp_path, column):
    opened = store(tmp_path)
    opened.append([entry(number) for number in range(5)], T0_S)
    opened.close()
    with sqlite3.connect(tmp_path / LEDGER_FILE) as raw:
        raw.execute(f"UPDATE record SET {column} = zeroblob(32) WHERE sequence = 3")
    raw.close()
    with pytest.raises(CheckFailed, match="record 3"):
        store(tmp_path)


def test_t9_a_tail_cut_off_on_disk_is_found_by_the_signed_head(tmp_path):
    opened = store(tmp_path)
    opened.append([entry(number) for number in range(5)], T0_S)
    opened.close()
    with sqlite3.connect(tmp_path / LEDGER_FILE) as raw:
        raw.execute("DELETE FROM record WHERE sequence = 5")
        raw.execute(
            "UPDATE head SET size = 4, last_hash = (SELECT hash FROM record WHERE sequence = 4)"
        )
    raw.close()
    of_the_head = "the head is not signed by KOR"
    (of_the_mark, told) = read_ledger(tmp_path).reasons(KEY.public)
    assert of_the_mark.startswith("4 records where 5 were durable")
    assert told == of_the_head
    # Who may alter the ledger may alter the mark beside it.
    (tmp_path / MARK_FILE).unlink()
    assert read_ledger(tmp_path).reasons(KEY.public) == (of_the_head,)


def test_t21_a_ledger_of_another_mode_or_nation_does_not_open(tmp_path):
    store(tmp_path).close()
    with pytest.raises(UnusableInput, match="mode EXERCISE"):
        LedgerStore(tmp_path, nation("KOR"), TEST, KEY)
    with pytest.raises(UnusableInput, match="belongs to KOR"):
        LedgerStore(tmp_path, nation("JPN"), EXERCISE, KEYS[nation("JPN")].private)


class FailingCommit:
    """A connection whose next commit fails, before or after it reached the disk."""

    def __init__(self, opened: LedgerStore, stored: bool) -> None:
        self.real = opened._connection.connection.driver_connection
        self.stored = stored

    def __call__(self, connection: object) -> None:
        if self.stored:
            self.real.commit()
        raise OperationalError("COMMIT", {}, sqlite3.OperationalError("disk I/O error"))


@pytest.mark.parametrize("stored", [False, True], ids=["failed", "failed but stored"])
@pytest.mark.parametrize("groups_before", [0, 1, 4])
def test_fault_table_of_the_groups_commit(tmp_path, monkeypatch, stored, groups_before):
    opened = store(tmp_path)
    for number in range(groups_before):
        opened.append([entry(2 * number), entry(2 * number + 1)], T0_S)
    fault = FailingCommit(opened, stored)
    monkeypatch.setattr(opened._connection.dialect, "do_commit", fault)
    with pytest.raises(LedgerUnavailable):
        opened.append([entry(98), entry(99)], T0_S)
    monkeypatch.undo()
    # Never retried, however well the disk is again.
    with pytest.raises(LedgerUnavailable):
        opened.append([entry(100)], T0_S)
    opened.close()
    again = store(tmp_path)
    subjects = [record.subject for record in again.read().records()]
    assert len(subjects) == 2 * groups_before + (2 if stored else 0), "all of the group or nothing"
    assert again.read().reasons(KEY.public) == ()
    again.append([entry(101)], T0_S)
    again.close()


def test_a_full_disk_stops_the_ledger_and_leaves_it_whole(tmp_path):
    opened = store(tmp_path)
    opened.append([entry(1)], T0_S)
    raw = opened._connection.connection.driver_connection
    pages = raw.execute("PRAGMA page_count").fetchone()[0]
    raw.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(LedgerUnavailable, match="full"):
        opened.append([Entry("decision", "JPN", "large", bytes(100_000))], T0_S)
    opened.close()
    assert read_ledger(tmp_path).reasons(KEY.public) == ()


def test_no_ledger_is_told_in_one_line(tmp_path):
    with pytest.raises(UnusableInput, match="no such ledger"):
        read_ledger(tmp_path)
    (tmp_path / LEDGER_FILE).write_bytes(b"not a database" * 100)
    with pytest.raises(UnusableInput, match="not readable as a ledger"):
        read_ledger(tmp_path)


def test_a_key_file_is_its_owners_alone_and_is_never_overwritten(tmp_path):
    key, path = new_key(), tmp_path / "key"
    write_key(path, key)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_key(path) == key
    with pytest.raises(UnusableInput, match="not overwritten"):
        write_key(path, new_key())
    path.chmod(0o640)
    with pytest.raises(UnusableInput, match="others may read"):
        read_key(path)


def test_keys_from_the_systems_randomness_differ():
    assert len({new_key().seed for _ in range(8)}) == 8
