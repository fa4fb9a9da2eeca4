"""`bench ledger`: both stores hold what was written, all transfers are receipted, figures come."""

from __future__ import annotations

import msgspec
import pytest

from commonwatch.bench.ledger import run
from commonwatch.bench.ledger.answer import LedgerAnswer
from commonwatch.bench.ledger.table import lines_of
from commonwatch.cli import app


@pytest.fixture(scope="module")
def answer(tmp_path_factory) -> LedgerAnswer:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "GROUPS", ((1, 6), (4, 8)))
        patch.setattr(run, "BEATS", ((33, 2),))
        patch.setattr(run, "RUNS", 2)
        return run.ledger(tmp_path_factory.mktemp("disk"), lambda done, what: None)


def test_a_small_run_fills_real_ledgers(answer):
    assert [one.group for one in answer.appends] == [1, 4]
    (told,) = answer.transfers
    assert (told.group, told.transfers) == (33, 66)
    halves = 1 / told.giver_a_cpu_second + 1 / told.taker_a_cpu_second
    assert halves == pytest.approx(1 / told.a_cpu_second, rel=0.2)
    for one in answer.appends:
        assert min(one.ours, one.bare, one.over_bare, one.a_cpu_second) > 0.0


def test_the_text_says_what_the_record_holds(answer):
    lines = "\n".join(lines_of(answer))
    for one in answer.appends:
        assert f"{one.ours:,.0f}" in lines
        assert f"{one.over_bare:.2f}" in lines
    assert f"{answer.transfers[0].a_wall_second:,.0f} a second" in lines
    assert msgspec.json.decode(msgspec.json.encode(answer), type=LedgerAnswer) == answer


def test_a_disk_that_is_not_there_is_told_in_one_line(capsys):
    assert app.run(["bench", "ledger", "--on", "/nowhere"]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
