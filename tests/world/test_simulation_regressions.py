"""Plans that failed once, made smaller and printed by the simulation; what they found is mended."""

from __future__ import annotations

from commonwatch.world.simulation.plan import DiskFull, Launch, Pact, Plan, Weather
from commonwatch.world.simulation.run import simulate


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
