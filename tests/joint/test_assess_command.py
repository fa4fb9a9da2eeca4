"""The verb from end to end: propose, sign, verify, publish; and what it refuses."""

from __future__ import annotations

import pytest

from commonwatch.cli.app import run

LAUNCH = "NK20220304-01"


@pytest.fixture
def proposed(tmp_path):
    file = tmp_path / "joint.json"
    assert run(["assess", "propose", LAUNCH, "--as", "KOR", "--out", str(file)]) == 0
    return file


def assess(verb, file, *more):
    return run(["assess", verb, str(file), "--keys", str(file.with_name("keys")), *more])


def test_from_the_proposal_to_the_page(proposed, capsys):
    page = proposed.with_name("page.html")
    assert assess("verify", proposed) == 3
    assert assess("sign", proposed, "--as", "KOR") == 0
    assert assess("statement", proposed, "--out", str(page)) == 3
    assert not page.exists()
    assert "JPN has not signed" in capsys.readouterr().out
    assert assess("sign", proposed, "--as", "JPN") == 0
    assert assess("verify", proposed) == 0
    assert assess("statement", proposed, "--language", "ko", "--out", str(page)) == 0
    assert "08:47:30 ± 34.6 s" in page.read_text("utf-8")


def test_a_value_changed_in_the_file_is_refused(proposed, capsys):
    for party in ("JPN", "KOR"):
        assert assess("sign", proposed, "--as", party) == 0
    text = proposed.read_text("utf-8")
    proposed.write_text(text.replace('"value": 275.0', '"value": 290.0'), "utf-8")
    assert text != proposed.read_text("utf-8")
    assert assess("verify", proposed) == 3
    said = capsys.readouterr().out
    assert "JPN signed another text" in said
    assert "KOR signed another text" in said


def test_another_side_s_figure_in_a_proposal_is_not_signed(proposed, capsys):
    text = proposed.read_text("utf-8")
    assert '"value": 270.0' in text
    proposed.write_text(text.replace('"value": 270.0', '"value": 280.0'), "utf-8")
    assert assess("sign", proposed, "--as", "JPN") == 2
    assert "the sides in the text are not what this node finds" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["compare", "NK19840409-01"], "no government's statement on it"),
        (["compare", "NK20220304-09"], "no published launch has the id"),
        (["propose", LAUNCH, "--as", "FRA", "--out", "x.json"], "FRA, which is no party"),
        (["propose", "NK20191001-01", "--as", "PRK", "--out", "x.json"], "PRK, which is no party"),
        (["propose", "NK20220524-01", "--as", "KOR", "--out", "x.json"], "2 to 16 parties"),
        (["propose", LAUNCH, "--as", "JPN", "--out", "x.json", "--agree", "range=1"], "need QUANT"),
        (["propose", LAUNCH, "--as", "JPN", "--out", "x.json", "--agree", "range=nan,1,sides"],
         "no number to agree on"),
        (["propose", LAUNCH, "--as", "JPN", "--out", "x.json", "--agree", "range=290,0,sides"],
         "sigma must be above 0"),
        (["propose", LAUNCH, "--as", "JPN", "--out", "x.json", "--agree", "speed=1,1,sides"],
         "quantity `speed`: there are launch_time"),
    ],
)  # fmt: skip
def test_bad_arguments_are_told_in_one_line(arguments, why, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(["assess", *arguments]) == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert why in said[-1]
    assert not (tmp_path / "x.json").exists()


@pytest.mark.parametrize("raw", [b"", b"{}", b"[1]", b'{"kind": "joint-assessment"}', b"\xff\xfe"])
def test_a_file_that_is_no_assessment_is_told(raw, tmp_path, capsys):
    file = tmp_path / "joint.json"
    file.write_bytes(raw)
    assert assess("verify", file) == 2
    assert "need what `assess propose` writes" in capsys.readouterr().err


def test_a_file_is_never_overwritten(proposed):
    assert run(["assess", "propose", LAUNCH, "--as", "KOR", "--out", str(proposed)]) == 2
