"""The verb `agreement` as a release officer meets it: the wizard, JSON, and what is refused."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from commonwatch.cli import app
from commonwatch.node.agreement_desk import AgreementDesk
from commonwatch.release.agreement_file import parse_terms
from tests.house_rules import ROOT

PROGRAM = str(Path(sys.executable).with_name("commonwatch"))
LEDGER = str(ROOT / "docs/examples/ledger/KOR.jsonl")
LEVELS = "CONFIDENTIAL: AUS=PROTECTED, JPN=秘; SECRET: AUS=SECRET, JPN=極秘|特定秘密"
GIVEN = (
    "--id", "AUS-JPN", "--title", "Australia and Japan", "--parties", "AUS,JPN",
    "--levels", LEVELS, "--ceiling", "SECRET",
)  # fmt: skip


@pytest.fixture
def desk(tmp_path, capsys):
    """Korea's desk, on which KOR-JPN is signed by Korea alone."""
    folder = str(tmp_path / "kor")
    for order in (("propose", "--like", "KOR-JPN", "--as", "KOR"), ("sign", "KOR-JPN")):
        assert app.run(["agreement", *order, "--desk", folder]) == 0
    capsys.readouterr()
    return folder


@pytest.fixture
def both(desk, tmp_path, capsys):
    """Korea's desk, Japan's, and the file for either; the agreement is in force."""
    japan, to_japan, to_korea = (str(tmp_path / name) for name in ("jpn", "k.json", "j.json"))
    told = ("--trust", "KOR", "--as", "JPN", "--desk", japan)

    def export(folder: str, partner: str, file: str) -> None:
        capsys.readouterr()
        assert app.run(["agreement", "export", "--desk", folder, "--to", partner]) == 0
        Path(file).write_text(capsys.readouterr().out, "utf-8")

    export(desk, "JPN", to_japan)
    assert app.run(["agreement", "import", to_japan, *told]) == 0
    assert app.run(["agreement", "sign", "KOR-JPN", "--desk", japan]) == 0
    export(japan, "KOR", to_korea)
    capsys.readouterr()
    return desk, japan, to_korea


def refused(capsys, *arguments: str) -> str:
    """The one line that these arguments are refused with."""
    assert app.run(["agreement", *arguments]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    lines = told.err.strip().splitlines()
    assert len(lines) == 1
    return lines[0]


def test_the_wizard_asks_on_a_terminal_for_what_was_not_given(tmp_path):
    answers = [
        "AUS-JPN", "Australia and Japan", "AUS,JPN", "", "radar", "",
        "launch_point precision_m=5000, expected_impact delay_s=30",
        "trajectory: path delay_s=60; joint assessment: apogee", LEVELS, "SECRET", "", "none",
        "years=2", "60", "", "", "", "365",
    ]  # fmt: skip
    ours, theirs = pty.openpty()
    try:
        os.write(ours, ("\n".join(answers) + "\n").encode())
        done = subprocess.run(
            [PROGRAM, "agreement", "propose", "--as", "AUS", "--desk", str(tmp_path / "aus")],
            stdin=theirs,
            capture_output=True,
            check=False,
            encoding="utf-8",
            timeout=60,
        )
    finally:
        os.close(theirs)
        os.close(ours)
    assert done.returncode == 0, done.stderr
    assert "Days of notice [90]" in done.stderr
    text = (tmp_path / "aus" / "agreements" / "AUS-JPN.1.toml").read_text("utf-8")
    terms = parse_terms(text, "AUS-JPN.1.toml")
    assert terms.parties == ("AUS", "JPN")
    assert [(g.path, g.precision_m, g.delay_s) for g in terms.fields] == [
        ("launch_point", 5000.0, 0.0),
        ("expected_impact", None, 30.0),
    ]
    assert terms.products == ("launch warning", "trajectory", "joint assessment")
    assert [(g.path, g.delay_s) for g in terms.fields_of("trajectory")] == [("path", 60.0)]
    assert terms.levels.rank("JPN", "特定秘密") == terms.levels.rank("AUS", "SECRET") == 1
    assert (terms.floor, terms.hub, terms.notice_days) == (None, None, 60)
    assert terms.keep_days == 365.0
    assert terms.duration is not None
    assert (terms.duration.years, terms.duration.extended_by_years) == (2, 0)


def test_without_a_terminal_what_is_missing_is_named(tmp_path, capsys, monkeypatch):
    with Path(os.devnull).open(encoding="utf-8") as nobody:
        monkeypatch.setattr("sys.stdin", nobody)
        why = refused(capsys, "propose", "--id", "A", "--as", "AUS", "--desk", str(tmp_path / "d"))
    assert "missing: --title, --parties, --levels, --ceiling" in why


def test_everything_can_be_given_as_options_or_as_a_file(tmp_path, capsys):
    one, other = str(tmp_path / "one"), str(tmp_path / "other")
    assert app.run(["agreement", "propose", *GIVEN, "--as", "AUS", "--desk", one, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["agreement"], told["revision"], told["parties"]) == ("AUS-JPN", 1, ["AUS", "JPN"])
    from_file = ["agreement", "propose", "--from", told["file"], "--as", "JPN", "--desk", other]
    assert app.run([*from_file, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["document"] == told["document"], "the same text"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--ceiling", "TOP"), "ceiling `TOP` is none of the levels CONFIDENTIAL, SECRET"),
        (("--parties", ""), "releases to nobody; name at least two nations"),
        (("--parties", "KOR"), "releases to nobody; name at least two nations"),
        (("--parties", "KOR,XXX"), "nation `XXX`: not an ISO 3166-1 alpha-3 code"),
        (
            ("--parties", "JPN,USA", "--levels", "SECRET: JPN=極秘, USA=SECRET"),
            "KOR is no party; the parties are JPN, USA",
        ),
        (("--duration", "end=2020-01-01"), "expired on 2020-01-01, in the past: write a later end"),
        (("--duration", "start=2030-01-01 end=2029-01-01"), "the end is not after the start"),
        (("--duration", "years=x"), "--duration: `x` is no whole number"),
        (("--duration", "years"), "--duration: `years`: write name=value"),
        (("--fields", "warhead"), "field `warhead` is unknown; fields are apogee"),
        (("--fields", "path precision_m=near"), "--fields: `near` is no number"),
        (("--fields", "path colour=1"), "unknown field `colour`"),
        (("--levels", "SECRET"), "--levels: level `SECRET`: write NAME: KOR="),
        (("--levels", "SECRET: KOR=A"), "nothing could go to or from"),
        (("--levels", "SECRET: USA=SECRET"), "`USA` must be a party with a list of its levels"),
        (("--floor", "coarse"), "--floor: `coarse`: write name=value"),
        (("--floor", "time_s=60"), "write time_s=60 place_m=50000 heading_deg=45"),
        (("--hub", "USA"), "hub `USA` is no party"),
        (("--parents", "KOR-USA"), "--parents: parent `KOR-USA`: write ID REVISION KOR+USA"),
        (("--id", "../X"), "write letters, digits"),
        (("--like", "AUKUS"), "--like AUKUS: there are JPN-USA, KOR-JPN"),
    ],
)
def test_a_proposal_that_does_not_hold_is_refused(desk, capsys, arguments, why):
    like = () if "--like" in arguments else ("--like", "KOR-JPN")
    named = () if "--id" in arguments else ("--id", "X")
    assert why in refused(capsys, "propose", *like, *named, *arguments, "--desk", desk)
    assert [item.id for item in AgreementDesk(Path(desk)).book.documents] == ["KOR-JPN"]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--id", ""), "--id: no id: an agreement is known by it; write one, as in KOR-JPN"),
        (("--id", "X", "--parents", "A 0 KOR+JPN"), "Expected `int` >= 1 - at `$.parent[0]"),
        (("--id", "X", "--parents", "A 1 KOR"), "length >= 2 - at `$.parent[0]"),
        (("--id", "X", "--parents", "A 1 KOR+JPN"), "`A` is not known here"),
        (("--id", "X", "--levels", "SECRET: KOR=A"), "nothing could go to or from"),
        (("--id", "X", "--duration", "start=9999-01-01 years=1"), "after the year 9999"),
    ],
)
def test_a_first_proposal_that_is_refused_leaves_no_desk(tmp_path, capsys, arguments, why):
    desk = tmp_path / "new"
    like = ("--like", "KOR-JPN", "--as", "KOR", "--desk", str(desk))
    assert why in refused(capsys, "propose", *like, *arguments)
    assert not desk.exists()


def test_a_second_text_of_a_revision_is_refused(desk, tmp_path, capsys):
    file = tmp_path / "again.toml"
    text = (Path(desk) / "agreements" / "KOR-JPN.1.toml").read_text("utf-8")
    file.write_text(text.replace("notice_days = 90", "notice_days = 9"), "utf-8")
    why = refused(capsys, "propose", "--from", str(file), "--desk", desk)
    assert "revisions may not overlap; a change is a new revision, 2" in why


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("sign", "AUKUS"), "agreement `AUKUS`: those held here are KOR-JPN"),
        (("sign", "KOR-JPN"), "KOR has signed KOR-JPN revision 1 already"),
        (("sign", "KOR-JPN", "--revision", "7"), "there is no revision 7"),
        (("suspend", "KOR-JPN"), "it is draft, not in force"),
        (("restore", "KOR-JPN"), "it is draft, not suspended"),
        (("give-notice", "KOR-JPN"), "it is draft, not in force"),
        (("suspend-notice", "KOR-JPN"), "it is draft, not notice given"),
        (("withdraw-notice", "KOR-JPN"), "it is draft, not notice given"),
        (("end", "KOR-JPN"), "it is draft, not in force"),
        (("export", "--to", "USA"), "no agreement of this desk has USA as party"),
        (("show", "KOR-USA"), "there are KOR-JPN"),
        (("import", LEDGER), "not an export of agreements"),
        (("import", "/nowhere.json"), "No such file"),
        (("explain", "path", "--to", "JPN"), "--from: say whose sensors saw it"),
        (("explain", "path", "--from", "KOR", "--to", "JPN", "--state", "ended"), "--state"),
    ],
)
def test_an_order_that_does_not_fit_is_refused(desk, capsys, arguments, why):
    assert why in refused(capsys, *arguments, "--desk", desk)


def test_a_folder_that_is_no_desk(tmp_path, capsys):
    for order in ("sign", "suspend", "end"):
        assert "no desk is here" in refused(capsys, order, "A", "--desk", str(tmp_path / "no"))
    assert "say whose it shall be" in refused(
        capsys, "propose", *GIVEN, "--desk", str(tmp_path / "no")
    )
    assert not (tmp_path / "no").exists()


def test_every_order_answers_in_json(both, capsys):
    korea, japan, file = both
    done = [
        ("import", file, "--trust", "JPN", "--desk", korea),
        ("give-notice", "KOR-JPN", "--desk", japan),
        ("suspend-notice", "KOR-JPN", "--desk", japan),
        ("withdraw-notice", "KOR-JPN", "--desk", japan),
        ("suspend", "KOR-JPN", "--desk", japan),
        ("restore", "KOR-JPN", "--desk", japan),
        ("end", "KOR-JPN", "--desk", japan),
        ("show", "--desk", japan),
        ("explain", "path", "--from", "KOR", "--to", "JPN", "--desk", korea),
        ("explain", "t1", "--to", "USA", "--ledger", LEDGER),
        ("decisions", LEDGER),
    ]
    kinds = []
    for arguments in done:
        assert app.run(["agreement", *arguments, "--json"]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert len(lines) == 1
        kinds.append(json.loads(lines[0]).get("kind", "decision"))
    assert kinds == [
        "agreement-import", *["agreement-order"] * 6, "agreements", "decision", "decisions",
        "decisions",
    ]  # fmt: skip
    assert app.run(["agreement", "show", "--desk", japan, "--json"]) == 0
    views = json.loads(capsys.readouterr().out)["standing"][0]["views"]
    assert [view["state"] for view in views] == ["suspended", "suspended"]


@pytest.mark.parametrize(
    ("arguments", "outcome"),
    [
        ((), "release"),
        (("--level", "극비"), "withhold"),
        (("--category", "nuclear"), "withhold"),
        (("--category", "launch-warning"), "release"),
        (("--releasable-to", ""), "withhold"),
        (("--releasable-to", "USA"), "withhold"),
        (("--releasable-to", "JPN,USA"), "release"),
        (("--sensor-kind", "acoustic"), "withhold"),
    ],
)
def test_a_label_that_is_unknown_or_names_nobody_releases_nothing(both, capsys, arguments, outcome):
    korea, _japan, file = both
    assert app.run(["agreement", "import", file, "--trust", "JPN", "--desk", korea]) == 0
    capsys.readouterr()
    asked = ("explain", "path", "--from", "KOR", "--to", "JPN", "--desk", korea, "--json")
    assert app.run(["agreement", *asked, *arguments]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["outcome"] == outcome
    assert told["rules"]


def test_an_item_that_was_never_decided_is_told_as_unknown(capsys):
    assert "no decision on `t99`" in refused(
        capsys, "explain", "t99", "--to", "JPN", "--ledger", LEDGER
    )
