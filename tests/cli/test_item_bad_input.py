"""`item` with reasons and terms that no partner could be told: one line, status 2."""

from __future__ import annotations

import pytest

from commonwatch.cli.app import main
from commonwatch.limits import ITEM_WHY_CHARACTERS_MAX

LONG = "x" * (ITEM_WHY_CHARACTERS_MAX + 1)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("recall", "F", "KOR-JPN-1", "--why", LONG), "one line of 1 to 120 characters, not 121"),
        (("recall", "F", "KOR-JPN-1", "--why", " "), "one line of 1 to 120 characters"),
        (("recall", "F", "KOR-JPN-1", "--why", "a\nb"), "one line of 1 to 120 characters"),
        (
            ("destroy", "F", "KOR-JPN-1", "--why", "x", "--within-days", "nan"),
            "a term must be 0 to 3650 days, not nan",
        ),
        (
            ("destroy", "F", "KOR-JPN-1", "--why", "x", "--within-days", "-1"),
            "a term must be 0 to 3650 days, not -1",
        ),
        (("notice", "F", "--store", "--what", LONG), "one line of 1 to 120 characters, not 121"),
        (
            ("notice", "F", "--store", "--what", "x", "--report-within-days", "inf"),
            "a term must be 0 to 3650 days, not inf",
        ),
    ],
)
def test_what_cannot_be_told_is_refused(arguments, why, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["commonwatch", "item", *arguments, "--out", "out"])
    with pytest.raises(SystemExit) as ended:
        main()
    told = capsys.readouterr()
    assert ended.value.code == 2
    assert why in told.err
    assert told.err.count("\n") == 1
    assert not list(tmp_path.iterdir())
