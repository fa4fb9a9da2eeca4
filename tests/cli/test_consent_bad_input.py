"""`consent` with what could not be consented to: one line, status 2, nothing written."""

from __future__ import annotations

import pytest

from commonwatch.cli.app import main

WRITE = ("write", "--by", "JPN", "--holder", "USA", "--to", "KOR")
UNDER = ("--under", "KOR-USA")
UNTIL = ("--until", "2030-01-01T00:00:00Z")
FIELD = ("--field", "path")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ((*WRITE, *UNDER, *UNTIL), "name either items or fields"),
        ((*WRITE, *UNDER, *UNTIL, *FIELD, "--item", "JPN-USA-1"), "either items or fields"),
        ((*WRITE, *UNDER, *UNTIL, "--field", "lunch"), "fields are path, path/phase"),
        ((*WRITE, *UNDER, *UNTIL, "--item", "JPN-USA-01"), "named as in JPN-USA-7"),
        ((*WRITE, *UNTIL, *FIELD), "say what for, with --under"),
        ((*WRITE, *UNTIL, *FIELD, "--purpose", ""), "it names no purpose"),
        ((*WRITE, "--under", "X", *UNTIL, *FIELD), "no such agreement; there are JPN-USA"),
        ((*WRITE, *UNDER, "--until", "soon", *FIELD), "--until"),
        ((*WRITE, *UNDER, "--until", "2020-01-01T00:00:00Z", *FIELD), "expires before it begins"),
        (("write", "--by", "JPN", "--holder", "JPN", "--to", "KOR", "--under", "KOR-JPN", *UNTIL,
          *FIELD), "three different nations"),
        (("write", "--by", "japan", "--holder", "USA", "--to", "KOR", *UNDER, *UNTIL, *FIELD),
         "japan"),
        (("sign", "F", "missing.json", "--out", "out"), "missing.json"),
        (("revoke", "F", "x", "--why", " ", "--out", "out"), "one line of 1 to 120 characters"),
        (("list", "missing"), "missing"),
    ],
)  # fmt: skip
def test_what_could_cover_nothing_is_refused(arguments, why, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["commonwatch", "consent", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    told = capsys.readouterr()
    assert ended.value.code == 2
    assert why in told.err
    assert told.err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_no_consent_is_refused(tmp_path, capsys, monkeypatch):
    (tmp_path / "x.json").write_text('{"id": "x"}')
    monkeypatch.setattr(
        "sys.argv", ["commonwatch", "consent", "sign", "F", str(tmp_path / "x.json"), "--out", "o"]
    )
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "not a consent" in capsys.readouterr().err
