"""T18: kill -9 of real processes in mid-stream; `bench faults --lane kill` does a thousand."""

from __future__ import annotations

import msgspec
import pytest

from commonwatch.bench.faults.kill import kill
from commonwatch.bench.faults.nation import PAIR, TOLD_FILE, Told
from commonwatch.bench.faults.pair import Pair
from commonwatch.bench.faults.zygote import Zygote
from commonwatch.cli import app


def told(*_what: object) -> None:
    """Nobody looks at the progress of a test."""


def test_t18_killed_again_and_again_nothing_acknowledged_is_lost_or_counts_twice():
    answer = kill(5, 600.0, told)
    assert answer.violations == ()
    assert answer.done == 5
    figures = {one.name: one.value for one in answer.figures}
    assert figures["bulletins released, received, receipted"] > 20


@pytest.fixture
def pair(tmp_path):
    zygote = Zygote(tmp_path / "log")
    made = Pair(tmp_path / "pair", zygote)
    for code in PAIR:
        made.start(code)
    for code in PAIR:
        made.until_up(code)
    made.quiet()
    made.settle()
    assert set(made.stop().values()) == {0}
    yield made
    zygote.close()


def test_what_was_told_to_be_durable_and_is_not_there_is_found(pair):
    assert list(pair.violations()) == []
    last = pair.told("JPN")[-1]
    for durable, last_hash in ((last.durable + 1, last.last_hash), (last.durable, "00")):
        line = Told(durable, last_hash, up=True, stopped=None, held=0)
        with (pair.folder / f"JPN.{TOLD_FILE}").open("ab") as file:
            file.write(msgspec.json.encode(line) + b"\n")
    found = list(pair.violations())
    assert any("is lost" in one for one in found)
    assert any("not the one" in one for one in found)


def test_an_unknown_lane_is_told_in_one_line(capsys):
    assert app.run(["bench", "faults", "--lane", "hope"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
