"""Texts of agreements that no terminal, calendar or officer could take as they stand."""

from __future__ import annotations

import pytest

from commonwatch.errors import UnusableInput
from commonwatch.release.agreement_file import (
    NOTICE_DAYS_MAX,
    PRECISION_MAX,
    read_file,
    written_file,
)
from tests.sharing.test_agreement_book import TEXT

GOOD = TEXT % 1


def with_line(key: str, value: str) -> str:
    """The good text with a key of its head set anew."""
    lines = [line for line in GOOD.splitlines() if not line.startswith(f"{key} =")]
    return "\n".join([f"{key} = {value}", *lines])


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("title", r'"red \u001b[31m"'),
        ("title", r'"a title\nKOR-JPN revision 1: allows release"'),
        ("title", r'"turned \u202e round"'),
        ("product", r'"a bell \u0007"'),
        ("id", '"-rf"'),
        ("id", '""'),
        ("sensor_kinds", "[]"),
        ("notice_days", "0"),
        ("notice_days", str(NOTICE_DAYS_MAX + 1)),
        ("notice_days", "99999999999999"),
    ],
)
def test_such_a_text_is_refused_by_the_key(key, value):
    with pytest.raises(UnusableInput, match=rf"a.toml: .*\$\.{key}"):
        read_file(with_line(key, value), "a.toml")


@pytest.mark.parametrize("metres", ["inf", "nan", "0.0", repr(2 * PRECISION_MAX)])
def test_no_precision_is_no_precision(metres):
    field = f'\n[[field]]\npath = "apogee"\narticle = "x"\nprecision_m = {metres}\n'
    with pytest.raises(UnusableInput, match="precision_m"):
        read_file(GOOD + field, "a.toml")


def test_the_good_one_is_read_and_written():
    told = read_file(GOOD, "a.toml")
    assert read_file(written_file(told), "b.toml") == told
