"""Article 3: changes of law are told: rules are data, with a revision and a date."""

from __future__ import annotations

import json
from datetime import date

import msgspec
import pytest

from commonwatch.cli import app
from commonwatch.errors import UnusableInput
from commonwatch.node.agreement_desk import AgreementDesk, open_desk
from commonwatch.node.agreements import worked_example_texts, worked_examples
from commonwatch.node.policies import shipped_policies, shipped_rules
from commonwatch.release.rules_revision import parse_revisions, rules_digest
from tests.house_rules import ROOT
from tests.sharing.builders import T0_S

FILE = ROOT / "src/commonwatch/release/policies/revisions.toml"
TEXT = dict(worked_example_texts())["KOR-JPN.toml"]


def test_the_rules_that_come_along_are_those_of_the_newest_revision():
    newest = parse_revisions(FILE.read_text("utf-8"), FILE.name)[-1]
    policies = shipped_policies()
    digest = rules_digest((policies.policy_text, policies.schema_text))
    assert newest.digest == digest, (
        f"the policies changed: add a [[revision]] {newest.revision + 1} to {FILE.name}, with "
        f'today\'s date, what changed, and digest = "{digest}"'
    )
    assert date.fromisoformat(newest.date)
    assert shipped_rules() == newest


def test_agreements_are_data_with_a_revision_too():
    for terms in worked_examples():
        assert terms.revision >= 1
        assert len(terms.document) == 64, "what is signed is the very text"


@pytest.fixture
def desks(tmp_path):
    korea, japan = open_desk(tmp_path / "kor", "KOR"), open_desk(tmp_path / "jpn", "JPN")
    korea.propose(TEXT, "a.toml", T0_S)
    japan.take(korea.exchange_for("JPN"), "KOR", T0_S)
    return korea, japan


def test_a_partner_that_decides_by_the_same_rules_is_nothing_new(desks):
    korea, japan = desks
    assert japan.take(korea.exchange_for("JPN"), None, T0_S).rules == ()


def changed(told, number: int):
    rules = msgspec.structs.replace(
        told.rules, revision=number, date="2027-04-01", what="burnout needs a consent",
        digest=f"{number:064x}",
    )  # fmt: skip
    return msgspec.structs.replace(told, rules=rules)


def test_a_partner_is_told_of_a_change_once_with_date_and_what_changed(desks):
    korea, japan = desks
    told = changed(korea.exchange_for("JPN"), 2)
    first = japan.take(told, None, T0_S).rules
    own = shipped_rules()
    assert first == (
        "KOR decides by rules revision 2 of 2027-04-01, changed from revision "
        f"{own.revision} of {own.date}: burnout needs a consent",
        f"KOR decides by rules revision 2 of 2027-04-01; here it is revision {own.revision} of "
        f"{own.date}, another text",
    )
    assert AgreementDesk(japan.folder).take(told, None, T0_S).rules == ()
    third = japan.take(changed(told, 3), None, T0_S).rules
    assert any("changed from revision 2 of 2027-04-01" in line for line in third)


def test_it_is_told_on_the_command_line(desks, tmp_path, capsys):
    korea, japan = desks
    file = tmp_path / "from-kor.json"
    file.write_bytes(msgspec.json.encode(changed(korea.exchange_for("JPN"), 2)))
    asked = ["agreement", "import", str(file), "--desk", str(japan.folder)]
    assert app.run([*asked, "--json"]) == 0
    assert "burnout needs a consent" in json.loads(capsys.readouterr().out)["rules"][0]
    assert app.run(asked) == 0
    assert capsys.readouterr().out == "nothing new in it\n"
    file.write_bytes(msgspec.json.encode(changed(korea.exchange_for("JPN"), 3)))
    assert app.run(asked) == 0
    assert "changed from revision 2" in capsys.readouterr().out


def test_an_export_from_before_that_says_nothing_of_rules_is_taken(desks):
    korea, japan = desks
    told = msgspec.structs.replace(korea.exchange_for("JPN"), rules=None)
    assert japan.take(told, None, T0_S).rules == ()


SOUND = (
    '[[revision]]\nrevision = 1\ndate = "2026-01-01"\nwhat = "x"\ndigest = "'
    + 64 * "a"
    + '"\n[[revision]]\nrevision = 2\ndate = "2026-01-02"\nwhat = "x"\ndigest = "'
    + 64 * "b"
    + '"\n'
)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("revision = 2", "revision = 3", "the next one is 2"),
        ("2026-01-02", "2025-01-02", "dated before"),
        ("2026-01-02", "soon", "date"),
        (64 * "b", "b", "digest"),
        ('what = "x"', 'what = "\\u001b[31m"', "what"),
    ],
)
def test_revisions_that_do_not_follow_each_other_are_refused(old, new, why):
    assert [item.revision for item in parse_revisions(SOUND, "r.toml")] == [1, 2]
    with pytest.raises(UnusableInput, match=why):
        parse_revisions(SOUND.replace(old, new), "r.toml")


def test_a_change_of_an_agreement_is_a_new_revision_that_all_sign(desks):
    korea, japan = desks
    changed_text = TEXT.replace("notice_days = 90", "notice_days = 30")
    with pytest.raises(UnusableInput, match="a change is a new revision, 2"):
        korea.propose(changed_text, "b.toml", T0_S)
    korea.propose(changed_text.replace("revision = 1", "revision = 2"), "b.toml", T0_S)
    (document,) = japan.take(korea.exchange_for("JPN"), None, T0_S).documents
    assert document.revision == 2
