"""Through the command line: drafts that clash, what is told late, proposals that say nothing."""

from __future__ import annotations

import json

import pytest

from commonwatch.cli import app
from commonwatch.node.agreements import worked_example_texts

LIKE = ("agreement", "propose", "--like", "KOR-JPN")


def run(capsys, *arguments: str, status: int = 0) -> tuple[str, str]:
    assert app.run(list(arguments)) == status, capsys.readouterr().err
    told = capsys.readouterr()
    return told.out, told.err


@pytest.fixture
def desks(tmp_path, monkeypatch, capsys):
    """The desks of Korea and Japan in this folder, KOR-JPN in force on both."""
    monkeypatch.chdir(tmp_path)
    run(capsys, *LIKE, "--desk", "kor", "--as", "KOR")
    run(capsys, "agreement", "sign", "KOR-JPN", "--desk", "kor")
    bring(tmp_path, capsys, "kor", "jpn", "--trust", "KOR", "--as", "JPN")
    run(capsys, "agreement", "sign", "KOR-JPN", "--desk", "jpn")
    bring(tmp_path, capsys, "jpn", "kor", "--trust", "JPN")
    return tmp_path


def bring(folder, capsys, one: str, other: str, *options: str, status: int = 0) -> tuple[str, str]:
    told, _ = run(capsys, "agreement", "export", "--desk", one, "--to", other.upper())
    (folder / "told.json").write_text(told)
    return run(capsys, "agreement", "import", "told.json", "--desk", other, *options, status=status)


def test_a_suspension_is_told_beside_the_draft_that_is_refused(desks, capsys):
    run(capsys, *LIKE, "--notice-days", "120", "--desk", "kor")
    run(capsys, *LIKE, "--notice-days", "150", "--desk", "jpn")
    run(capsys, "agreement", "suspend", "KOR-JPN", "--desk", "jpn")
    out, err = bring(desks, capsys, "jpn", "kor", status=2)
    assert "KOR-JPN revision 1: suspend" in out
    assert "allows no release" in out
    assert err.count("\n") == 1
    assert "KOR-JPN revision 2: another text of it is held here" in err
    asked = ("agreement", "explain", "path", "--from", "KOR", "--to", "JPN", "--desk", "kor")
    assert run(capsys, *asked)[0].startswith("path from KOR to JPN: withhold")

    _out, err = bring(desks, capsys, "kor", "jpn", status=2)
    assert "another text of it is held here" in err
    withdraw = ("agreement", "withdraw-draft", "KOR-JPN", "--revision", "2", "--desk", "kor")
    out, _ = run(capsys, *withdraw, "--json")
    assert json.loads(out)["kind"] == "withdrawn-draft"
    out, _ = bring(desks, capsys, "jpn", "kor")
    assert "new: KOR-JPN revision 2" in out
    assert "no revision 7" in run(capsys, *withdraw[:4], "7", *withdraw[5:], status=2)[1]


def test_a_field_with_a_delay_goes_that_much_later(desks, capsys):
    fields = "expected_impact precision_m=1000 delay_s=60"
    run(capsys, *LIKE, "--fields", fields, "--desk", "kor")
    run(capsys, "agreement", "sign", "KOR-JPN", "--desk", "kor")
    bring(desks, capsys, "kor", "jpn")
    run(capsys, "agreement", "sign", "KOR-JPN", "--desk", "jpn")
    asked = ("--from", "JPN", "--to", "KOR", "--desk", "jpn")
    out, _ = run(capsys, "agreement", "explain", "expected_impact", *asked)
    assert out.startswith("expected_impact from JPN to KOR: release (launch warning)\n")
    assert ", 60 s late" in out
    assert "not known" not in out
    out, _ = run(capsys, "agreement", "explain", "path", *asked)
    assert "withheld: path/state_information" in out


@pytest.mark.parametrize(
    ("option", "answer", "why"),
    [
        ("--fields", "", "--fields: no field: nothing could go"),
        ("--purpose", "", "--purpose: no purpose"),
        ("--purpose", "  ", "--purpose: no purpose"),
        ("--parents", "NOPE 1 KOR+JPN", "`NOPE` is not known here"),
        ("--parents", "KOR-USA 1 KOR+JPN", "the parties of KOR-USA are KOR, USA, not KOR, JPN"),
        ("--fields", "launch_point, launch_point delay_s=60", "`launch_point` is granted twice"),
    ],
)
def test_a_proposal_that_says_nothing_is_refused(option, answer, why, tmp_path, capsys):
    desk = tmp_path / "desk"
    new = ("--id", "A", "--desk", str(desk), "--as", "KOR")
    _out, err = run(capsys, *LIKE, *new, option, answer, status=2)
    assert why in err
    assert err.count("\n") == 1
    assert not desk.exists()


def test_a_consent_is_under_an_agreement_of_holder_and_recipient(capsys):
    consent = ("consent", "write", "--by", "JPN", "--field", "path", "--under", "KOR-USA",
               "--until", "2030-01-01T00:00:00Z")  # fmt: skip
    _out, err = run(capsys, *consent, "--holder", "AUS", "--to", "PHL", status=2)
    assert "its parties are KOR, USA, and it binds not AUS and PHL" in err
    run(capsys, *consent, "--holder", "USA", "--to", "KOR")


@pytest.mark.parametrize(
    ("parent", "why"),
    [
        ('id = "NOPE"\nrevision = 1\nparties = ["KOR", "JPN"]', "`NOPE` is not known here"),
        (
            'id = "KOR-USA"\nrevision = 1\nparties = ["KOR", "JPN"]',
            "the parties of KOR-USA are KOR, USA, not KOR, JPN",
        ),
    ],
)
def test_parents_of_a_document_that_is_taken_as_it_is_are_known_too(parent, why, tmp_path, capsys):
    text = dict(worked_example_texts())["KOR-JPN.toml"]
    file = tmp_path / "own.toml"
    file.write_text(f"{text}\n[[parent]]\n{parent}\n", "utf-8")
    desk = tmp_path / "kor"
    asked = ["agreement", "propose", "--from", str(file), "--desk", str(desk), "--as", "KOR"]
    assert app.run(asked) == 2
    told = capsys.readouterr().err
    assert f"--from {file}: " in told
    assert why in told
    assert not desk.exists()
    realtime = dict(worked_example_texts())["REALTIME-2023.toml"]
    file.write_text(realtime, "utf-8")
    assert app.run(asked) == 0, "of those that come along all are known"
