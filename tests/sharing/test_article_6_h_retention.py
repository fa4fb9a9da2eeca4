"""Article 6 h: what is no longer needed is returned or destroyed, when the agreement says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from commonwatch.cli import app
from commonwatch.errors import UnusableInput
from commonwatch.node.agreements import worked_example_texts
from commonwatch.release.agreement_file import parse_terms, read_file, written_file
from commonwatch.release.custody import Register, keep_s_of
from commonwatch.share.inventory import inventory, items_due
from tests.sharing.builders import T0_S, TERMS, ledger

DAY_S = 86_400.0
TEXT = dict(worked_example_texts())["KOR-JPN.toml"]


def keeping(days: float | None, revision: int = 1):
    return replace(TERMS["KOR-JPN"], keep_days=days, revision=revision)


@pytest.mark.parametrize(
    ("agreed", "ordered", "days"),
    [
        ((None,), None, None),
        ((None,), 30.0, 30.0),
        ((10.0,), None, 10.0),
        ((10.0,), 30.0, 10.0),
        ((60.0,), 30.0, 30.0),
        ((60.0, 20.0), None, 20.0),
        ((60.0, None), None, 60.0),
    ],
    ids=[
        "nobody",
        "own order",
        "agreed",
        "sooner agreed",
        "sooner ordered",
        "revisions",
        "dropped",
    ],
)
def test_the_sooner_of_the_agreement_and_of_the_own_register_holds(agreed, ordered, days, three):
    three.beat(T0_S)
    three.settle(T0_S)
    register = Register("JPN", (), () if ordered is None else (("KOR-JPN", ordered),))
    terms = [keeping(kept, number) for number, kept in enumerate(agreed, 1)]
    keep_s = keep_s_of(register, terms)
    accounts = inventory(ledger(three, "JPN"))
    if days is None:
        assert items_due(accounts, keep_s, T0_S + 3650.0 * DAY_S) == ()
        return
    assert items_due(accounts, keep_s, T0_S + days * DAY_S - 1.0) == ()
    assert [item.item for item in items_due(accounts, keep_s, T0_S + days * DAY_S)] == ["KOR-JPN-1"]


def test_it_is_a_key_of_the_document_and_no_key_is_as_before():
    assert parse_terms(TEXT, "a.toml").keep_days is None
    text = TEXT.replace("notice_days = 90", "notice_days = 90\nkeep_days = 365")
    terms = parse_terms(text, "a.toml")
    assert terms.keep_days == 365.0
    again = parse_terms(written_file(read_file(text, "a.toml")), "a.toml")
    assert again.keep_days == 365.0


@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "1e9", '"long"'])
def test_a_time_that_is_none_is_refused_with_its_key(value):
    text = TEXT.replace("notice_days = 90", f"notice_days = 90\nkeep_days = {value}")
    with pytest.raises(UnusableInput, match=r"a.toml: .*\$\.keep_days"):
        parse_terms(text, "a.toml")


def test_it_is_proposed_and_shown_from_the_command_line(tmp_path, capsys):
    desk = ("--desk", str(tmp_path / "kor"))
    proposed = ("propose", "--like", "KOR-JPN", "--keep-days", "365", "--as", "KOR", *desk)
    assert app.run(["agreement", *proposed]) == 0
    assert app.run(["agreement", "propose", "--like", "KOR-JPN", "--notice-days", "30", *desk]) == 0
    assert app.run(["agreement", "show", "KOR-JPN", *desk]) == 0
    assert "kept: at most 365 days, then returned or destroyed" in capsys.readouterr().out
