"""Whole nodes on a virtual clock, network and disk: nothing violated, the same each time.

COMMONWATCH_SEEDS asks for as many seeds as one likes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from commonwatch.bench import simulation as many
from commonwatch.cli import app
from commonwatch.world.simulation.drawn_plan import drawn_plan
from commonwatch.world.simulation.plan import Plan
from commonwatch.world.simulation.run import simulate

SEEDS = int(os.environ.get("COMMONWATCH_SEEDS", "8"))
# A few lines of Python in a process of its own, where words hash otherwise.
ELSEWHERE = (
    "from commonwatch.world.simulation.drawn_plan import drawn_plan\n"
    "from commonwatch.world.simulation.run import simulate\n"
    "print(simulate(drawn_plan(7, 4)).digest)"
)


@pytest.mark.parametrize("nodes", [2, 3, 6])
def test_nothing_is_violated(nodes):
    found = [simulate(drawn_plan(seed, nodes)) for seed in range(1, 1 + SEEDS // (nodes // 2))]
    assert [(one.seed, one.violations) for one in found if one.violations] == []
    assert all(one.frames > 100 for one in found)


def test_the_same_seed_gives_the_same_trace_in_another_process_too():
    here = simulate(drawn_plan(7, 4)).digest
    told = [
        subprocess.run(
            [sys.executable, "-c", ELSEWHERE], capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
        ).stdout.strip()
        for hash_seed in ("1", "2")
    ]  # fmt: skip
    assert told == [here, here]
    assert simulate(drawn_plan(8, 4)).digest != here


def test_the_command_tells_how_fast_it_ran(capsysbinary):
    line = ["bench", "simulate", "--seeds", "2", "--nodes", "2", "--first", "3", "--workers", "1"]
    assert app.run([*line, "--json"]) == 0
    told = json.loads(capsysbinary.readouterr().out)
    assert (told["kind"], told["seeds"], told["failed"]) == ("simulation", 2, 0)
    assert told["simulated_s"] == 2 * 330.0
    assert told["times_real_time"] == told["simulated_s"] / told["processor_s"]


def test_a_failing_seed_is_told_as_a_test_that_fails(monkeypatch, capsys):
    from tests.world.planted_bugs import PLANTED

    line = ["bench", "simulate", "--seeds", "1", "--nodes", "3", "--workers", "1"]
    with PLANTED["every third receipt is forgotten"]():
        monkeypatch.setattr(many, "smaller", lambda plan, _fails: plan)
        assert app.run(line) == 3
        out = capsys.readouterr().out
        text = out[out.index("from commonwatch.world") : out.index("\nseed 1, ")]
        scope: dict[str, object] = {}
        exec(text, scope)  # noqa: S102  # what was printed is a test
        (test,) = [value for name, value in scope.items() if name.startswith("test_seed_1_of_3")]
        with pytest.raises(AssertionError):
            test()
    test()


def test_a_failing_plan_is_made_smaller():
    from commonwatch.world.simulation.regression import smaller

    plan = drawn_plan(17, 2)
    kinds = {type(fault).__name__ for fault in plan.faults}
    assert len(kinds) > 1
    wanted = type(plan.faults[0])

    def fails(one: Plan) -> bool:
        return any(isinstance(fault, wanted) for fault in one.faults)

    less = smaller(plan, fails)
    assert [type(fault) for fault in less.faults] == [wanted]
    assert less.launches == ()
