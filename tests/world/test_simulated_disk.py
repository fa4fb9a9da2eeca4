"""The simulated disk: what a loss of power leaves, what a failed sync costs, the same SQLite."""

from __future__ import annotations

import random

import pytest

from commonwatch.errors import UnusableInput
from commonwatch.identity import nation
from commonwatch.mode import EXERCISE
from commonwatch.node.keys import exercise_keys
from commonwatch.node.ledger_store import LedgerStore, LedgerUnavailable
from commonwatch.share.ledger import Entry
from commonwatch.world.simulation.disk import DiskFailed, Fuse, SimulatedDisk
from commonwatch.world.simulation.sqlite_vfs import SimulatedSqlite

KOR = nation("KOR")
KEY = exercise_keys((KOR,), 1, EXERCISE)[KOR].private
SYNCED, LATER = b"s" * 4096, b"l" * 4096


def test_what_was_synced_outlives_a_loss_of_power_and_the_rest_may_be_torn():
    left = set()
    for seed in range(200):
        disk = SimulatedDisk()
        file = disk.opened("f")
        disk.write(file, 0, SYNCED)
        disk.sync(file)
        disk.write(file, 4096, LATER)
        disk.lose_power(random.Random(seed))
        assert file.content[:4096] == SYNCED
        assert file.content == file.durable
        assert bytes(file.content[4096:]) == LATER[: len(file.content) - 4096]
        left.add(len(file.content) - 4096)
    assert {0, 4096} < left
    assert all(size % 512 == 0 for size in left)


def test_a_process_that_ends_leaves_all_that_it_wrote():
    disk = SimulatedDisk()
    file = disk.opened("f")
    disk.write(file, 0, LATER)
    disk.die()
    with pytest.raises(DiskFailed):
        disk.write(file, 0, SYNCED)
    disk.start()
    assert file.content == LATER


@pytest.mark.parametrize("stored", [False, True])
def test_a_sync_that_failed_may_have_lost_what_the_system_still_shows(stored):
    disk = SimulatedDisk()
    file = disk.opened("f")
    disk.write(file, 0, LATER)
    disk.fuse = Fuse(1, stored, kills=False)
    with pytest.raises(DiskFailed):
        disk.sync(file)
    assert file.content == LATER
    disk.sync(file)  # the next one says that all is well
    disk.lose_power(random.Random(1))
    assert (file.content == LATER) == stored


def test_a_full_disk_takes_what_does_not_grow_a_file():
    disk = SimulatedDisk(room_bytes=5000)
    file = disk.opened("f")
    disk.write(file, 0, SYNCED)
    with pytest.raises(DiskFailed) as failed:
        disk.write(file, 4096, LATER)
    assert failed.value.failure == "full"
    disk.write(file, 0, LATER)
    assert file.content == LATER


def stored_in(folder):
    store = LedgerStore(folder, KOR, EXERCISE, KEY)
    for number in range(40):
        body = bytes([number]) * 3000
        store.append([Entry("decision", "JPN", str(number), body)], float(number))
    store.close()
    again = LedgerStore(folder, KOR, EXERCISE, KEY)
    read = again.read()
    again.close()
    return read


def test_the_real_store_holds_on_it_what_it_holds_on_a_real_disk(tmp_path):
    sqlite = SimulatedSqlite(random.Random(1))
    sqlite.disks[str(tmp_path / "simulated")] = disk = SimulatedDisk()
    with sqlite.installed():
        simulated = stored_in(tmp_path / "simulated")
    assert disk.operations > 100
    assert not (tmp_path / "simulated" / "ledger.db").exists()
    assert stored_in(tmp_path / "real") == simulated
    assert (tmp_path / "real" / "ledger.db").exists()


@pytest.mark.parametrize("power", [False, True], ids=["killed", "power lost"])
def test_at_every_write_that_fails_what_was_durable_is_there(tmp_path, power):
    """Every write, cut and sync of three groups in turn is the machine's last."""
    sqlite = SimulatedSqlite(random.Random(1))
    went_through = 0
    with sqlite.installed():
        for k in range(1, 40):
            folder = tmp_path / str(k)
            sqlite.disks[str(folder)] = disk = SimulatedDisk()
            store = LedgerStore(folder, KOR, EXERCISE, KEY)
            disk.fuse, durable = Fuse(k, stored=bool(k % 2), kills=True), 0
            try:
                for number in range(3):
                    store.append([Entry("decision", "JPN", str(number), bytes(900))], 0.0)
                    durable += 1
            except LedgerUnavailable:
                pass
            went_through += durable == 3
            disk.die()
            store.close()
            disk.start()
            if power:
                disk.lose_power(random.Random(k))
                (folder / "ledger.mark").write_bytes(b"")
            again = LedgerStore(folder, KOR, EXERCISE, KEY)
            assert durable <= again.head.size <= durable + 1
            again.close()
    assert 0 < went_through < 39


def test_a_record_that_the_disk_does_not_give_back_is_told_as_such(tmp_path):
    sqlite = SimulatedSqlite(random.Random(1))
    sqlite.disks[str(tmp_path)] = disk = SimulatedDisk()
    with sqlite.installed():
        store = LedgerStore(tmp_path, KOR, EXERCISE, KEY)
        for number in range(40):  # more than SQLite keeps of it in memory
            store.append([Entry("decision", "JPN", str(number), bytes(100_000))], 0.0)
        disk.die()
        with pytest.raises(UnusableInput, match="not readable as a ledger"):
            store.record(1)
        store.close()
