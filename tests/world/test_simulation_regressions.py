"""Plans that failed once, made smaller and printed by the simulation; what they found is mended."""

from __future__ import annotations

import pytest

from commonwatch.world.simulation.plan import (
    Crash,
    DiskError,
    DiskFull,
    Launch,
    Pact,
    Plan,
    Weather,
)
from commonwatch.world.simulation.run import simulate
from tests.sharing.builders import T0_S, assessment, own_estimate, world


def test_a_full_disk_while_the_log_is_folded_back_stops_the_ledger_and_not_the_node():
    """The commit was durable, and folding its log back failed: an error of SQLite's own driver,
    not SQLAlchemy's, which passed the ledger by and ended the node."""
    plan = Plan(
        seed=51,
        nations=("KOR", "JPN", "USA"),
        pacts=(
            Pact("JPN-KOR", ("JPN", "KOR")),
            Pact("JPN-USA", ("JPN", "USA")),
            Pact("KOR-USA", ("KOR", "USA")),
        ),
        launches=(Launch("L2", ("JPN", "KOR", "USA"), 116.758, 131.758),),
        weather=Weather(),
        faults=(DiskFull("JPN", 127.592, 167.592, 10_000),),
        duration_s=240.0,
        settling_s=90.0,
    )
    assert simulate(plan).violations == ()


@pytest.mark.parametrize("writes", [1, 2, 3])
def test_what_a_failed_sync_left_in_memory_alone_is_not_taken_for_durable_by_the_next_start(writes):
    """A sync fails and its pages are lost, but shown; the node is killed, starts again and reads
    them. It rested on them, and a loss of power before its next group took six records away."""
    plan = Plan(
        seed=3,
        nations=("KOR", "JPN"),
        pacts=(Pact("JPN-KOR", ("JPN", "KOR")),),
        launches=(Launch("L1", ("KOR", "JPN"), 10.0, 40.0),),
        weather=Weather(),
        faults=(
            DiskError("KOR", 12.0, 15, stored=False, clean=False, power=False, down_s=0.5),
            Crash("KOR", 18.0, writes, stored=True, power=True, down_s=0.5),
        ),
        duration_s=45.0,
        settling_s=30.0,
    )
    assert simulate(plan).violations == ()


def test_a_stopped_node_that_was_told_more_still_says_how_far_it_is(tmp_path):
    """Seed 2 of three nodes: receipts that could not be recorded waited, and were taken off a
    count that did not hold them; the count below zero ended the node."""
    made = world(tmp_path, ("KOR", "JPN"))
    kor, jpn = made.nodes["KOR"], made.nodes["JPN"]
    jpn.release(
        (own_estimate(T0_S, sources=("JPN-1",)),), (assessment(T0_S, sources=("JPN-1",)),), T0_S
    )
    kor.journal.stopped = "the disk failed"
    assert kor.receive(T0_S), "the own picture goes on"
    kor.report_progress(T0_S + 1.0)
    assert kor.journal.may_have_left("JPN") == 0
    jpn.obey(T0_S + 1.0)
    assert jpn.resuming.heard_s("KOR") == T0_S + 1.0
    made.close()
