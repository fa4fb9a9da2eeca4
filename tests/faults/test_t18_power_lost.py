"""T18: the power is lost while a ledger is written, on a disk that keeps what was synced."""

from __future__ import annotations

import random

import pytest

from commonwatch.bench.faults.power import missing, power
from commonwatch.bench.faults.volatile import Cut, Disk, File, Written

from .test_t18_killed import told

needs_fuse = pytest.mark.skipif(missing() is not None, reason=f"power is not cut here: {missing()}")


@needs_fuse
def test_t18_what_was_durable_is_there_after_the_power_was_lost():
    answer = power(12, 600.0, told)
    assert (answer.done, answer.violations) == (12, ())
    assert sum(one.value for one in answer.figures) > 0


@needs_fuse
def test_a_disk_that_only_says_that_it_synced_is_found_out():
    answer = power(12, 600.0, told, lies=True)
    assert any("is lost" in one or "does not open" in one for one in answer.violations)


def outcomes(disk: Disk) -> list[dict[str, bytes]]:
    return [disk.left(random.Random(seed)) for seed in range(200)]


def test_what_was_synced_stays_and_the_rest_may_go_sector_by_sector():
    disk = Disk()
    disk.create("a").do(Written(0, b"x" * 2048))
    disk.sync("a")
    assert {} in outcomes(disk), "a name that was not synced may be lost"
    disk.sync_names()
    disk.names["a"].do(Written(0, b"y" * 2048))
    found = {one["a"] for one in outcomes(disk)}
    assert {b"x" * 2048, b"y" * 2048} <= found
    assert all(set(one[at : at + 512]) in ({120}, {121}) for one in found for at in (0, 512))
    assert any(one[:512] != one[512:1024] for one in found), "torn"
    disk.sync("a")
    assert {one["a"] for one in outcomes(disk)} == {b"y" * 2048}


def test_a_file_reads_as_it_was_last_written():
    file = File()
    for what in (Written(3, b"abc"), Cut(5), Written(5, b"z"), Cut(8)):
        file.do(what)
    assert bytes(file.now) == b"\0\0\0abz\0\0"
    file.sync()
    assert file.synced == file.now
