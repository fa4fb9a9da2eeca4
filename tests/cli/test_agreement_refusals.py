"""Issue 5, bad input through the command line: the reason, what would be right, and no trace."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from commonwatch.cli import app
from commonwatch.limits import ORDER_CLOCK_TOLERANCE_S
from commonwatch.node.agreement_desk import AgreementDesk
from commonwatch.node.agreements import worked_example_texts
from commonwatch.node.desk_files import read_exchange
from commonwatch.release.order import signed

TEXT = dict(worked_example_texts())["KOR-JPN.toml"]


def traces(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refused(capsys, *arguments: str) -> str:
    assert app.run(list(arguments)) == 2
    told = capsys.readouterr()
    assert told.out == ""
    lines = told.err.strip().splitlines()
    assert len(lines) == 1
    return lines[0]


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('ceiling = "SECRET"', 'ceiling = "TOP"', "ceiling `TOP` is none of the levels"),
        (
            'parties = ["KOR", "JPN"]',
            'parties = ["KOR", "XXX"]',
            "a.toml: parties: nation `XXX`: not an ISO 3166-1 alpha-3 code; write three capitals",
        ),
        ('parties = ["KOR", "JPN"]', "parties = []", "releases to nobody; name at least two"),
        (
            "position_precision_m = 50000.0",
            "position_precision_m = nan",
            "a.toml: $.floor.position_precision_m: nan is no finite number",
        ),
        (
            "time_precision_s = 60.0",
            "time_precision_s = inf",
            "a.toml: $.floor.time_precision_s: inf is no finite number",
        ),
        (
            "notice_days = 90",
            "notice_days = -nan",
            "a.toml: $.notice_days: nan is no finite number",
        ),
        (
            'path = "launch_point"',
            'path = "launch_point"\nprecision_m = nan',
            "a.toml: $.field[0].precision_m: nan is no finite number",
        ),
        (
            "",
            '\n[[parent]]\nid = "P"\nrevision = 1\nparties = ["KOR", "XXX"]',
            "a.toml: parent `P`: parties: nation `XXX`",
        ),
        (
            "notice_days = 90",
            'notice_days = "90"',
            "a.toml: Expected `int`, got `str` - at `$.notice_days`",
        ),
        (
            "\nyears = 1",
            '\nend = "2020-01-01"',
            "KOR-JPN revision 1 expired on 2020-01-01, in the past: write a later end",
        ),
    ],
)
def test_a_document_that_does_not_hold_leaves_no_desk(old, new, why, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert TEXT.count(old) > 0
    # An empty `old` appends.
    changed = TEXT.replace(old, new, 1) if old else TEXT + new
    Path("a.toml").write_text(changed, "utf-8")
    before = traces(tmp_path)
    told = refused(
        capsys, "agreement", "propose", "--from", "a.toml", "--desk", "kor", "--as", "KOR"
    )
    assert why in told
    assert traces(tmp_path) == before
    assert not Path("kor").exists()


@pytest.mark.parametrize("extended", ["", " extended_by_years=1"])
def test_an_expiry_in_the_past_is_refused_extended_or_not(extended, tmp_path, capsys):
    desk = str(tmp_path / "kor")
    told = refused(
        capsys, "agreement", "propose", "--like", "KOR-JPN", "--desk", desk, "--as", "KOR",
        "--duration", f"end=2020-01-01{extended}",
    )  # fmt: skip
    assert "expired on 2020-01-01, in the past: write a later end" in told
    assert not (tmp_path / "kor").exists()


@pytest.fixture
def desks(tmp_path, capsys):
    """Korea's desk with a signed draft, and the file for Japan."""
    korea = str(tmp_path / "kor")
    for order in (("propose", "--like", "KOR-JPN", "--as", "KOR"), ("sign", "KOR-JPN")):
        assert app.run(["agreement", *order, "--desk", korea]) == 0
    capsys.readouterr()
    assert app.run(["agreement", "export", "--desk", korea, "--to", "JPN"]) == 0
    file = tmp_path / "from-kor.json"
    file.write_text(capsys.readouterr().out, "utf-8")
    return Path(korea), file


def later(order, seconds):
    return msgspec.structs.replace(order, at_s=order.at_s + seconds)


SPOILT = {
    "a signature is missing": (
        lambda _key, one: msgspec.structs.replace(one, signature=b""),
        "its signature is missing",
    ),
    "one is missing before it": (
        lambda key, one: signed(msgspec.structs.replace(one.order, sequence=2), key),
        "one is missing between; expected number 1",
    ),
}


@pytest.mark.parametrize("name", sorted(SPOILT))
def test_an_import_that_does_not_hold_leaves_nothing(desks, name, tmp_path, capsys):
    korea, file = desks
    spoil, why = SPOILT[name]
    told = read_exchange(file)
    key = AgreementDesk(korea).keys.private
    orders = tuple(spoil(key, item) for item in told.orders)
    file.write_bytes(msgspec.json.encode(msgspec.structs.replace(told, orders=orders)))
    japan = tmp_path / "jpn"
    before = traces(tmp_path)
    assert why in refused(
        capsys, "agreement", "import", str(file), "--trust", "KOR", "--desk", str(japan),
        "--as", "JPN",
    )  # fmt: skip
    assert traces(tmp_path) == before
    assert not japan.exists()


def test_an_import_with_an_order_dated_ahead_is_taken_and_says_that_it_holds_back(
    desks, tmp_path, capsys
):
    korea, file = desks
    told = read_exchange(file)
    key = AgreementDesk(korea).keys.private
    orders = tuple(signed(later(item.order, 3600.0), key) for item in told.orders)
    file.write_bytes(msgspec.json.encode(msgspec.structs.replace(told, orders=orders)))
    japan = ("--desk", str(tmp_path / "jpn"))
    assert app.run(["agreement", "import", str(file), "--trust", "KOR", *japan, "--as", "JPN"]) == 0
    said = capsys.readouterr().out
    assert f"clocks may differ by {ORDER_CLOCK_TOLERANCE_S:g} s: set them right" in said
    assert "KOR-JPN is held back until then" in said
    assert "ahead of the time here: held back until then" in said
    assert app.run(["agreement", "show", "KOR-JPN", *japan]) == 0
    assert "ahead of the time here: held back until then" in capsys.readouterr().out


def test_a_bad_name_in_an_import_leaves_no_trust_behind(desks, tmp_path, capsys):
    korea, file = desks
    japan = tmp_path / "jpn"
    assert app.run(["agreement", "propose", "--like", "JPN-USA", "--desk", str(japan),
                    "--as", "JPN"]) == 0  # fmt: skip
    capsys.readouterr()
    told = read_exchange(file)
    document = msgspec.structs.replace(
        told.documents[0], text=TEXT.replace('id = "KOR-JPN"', 'id = "../KOR"')
    )
    file.write_bytes(
        msgspec.json.encode(msgspec.structs.replace(told, documents=(document,), orders=()))
    )
    before = traces(tmp_path)
    why = refused(capsys, "agreement", "import", str(file), "--trust", "KOR", "--desk", str(japan))
    assert "write letters, digits" in why
    assert traces(tmp_path) == before
    assert korea.exists()


def test_overlapping_revisions_are_refused_and_leave_the_first(desks, tmp_path, capsys):
    korea, _file = desks
    other = tmp_path / "other.toml"
    other.write_text(TEXT.replace("notice_days = 90", "notice_days = 30"), "utf-8")
    before = traces(tmp_path)
    why = refused(capsys, "agreement", "propose", "--from", str(other), "--desk", str(korea))
    assert "revisions may not overlap; a change is a new revision, 2" in why
    assert traces(tmp_path) == before


def test_show_tells_of_the_newest_revision(desks, capsys):
    korea, _file = desks
    newer = ("propose", "--like", "KOR-JPN", "--notice-days", "180", "--desk", str(korea))
    assert app.run(["agreement", *newer]) == 0
    capsys.readouterr()
    shown = ["agreement", "show", "KOR-JPN", "--desk", str(korea)]
    assert app.run(shown) == 0
    told = capsys.readouterr().out
    assert told.startswith("KOR-JPN, revision 2: ")
    assert "180 days' notice" in told
    assert "; 90 days' notice" not in told
    assert "former revisions: 1; --revision shows one" in told
    assert app.run([*shown, "--revision", "1"]) == 0
    assert capsys.readouterr().out.startswith("KOR-JPN, revision 1: ")
    assert app.run([*shown, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [item["revision"] for item in answer["agreements"]] == [2, 1]
    assert [item["revision"] for item in answer["standing"]] == [2, 1]
    assert "there are 2, 1" in refused(capsys, *shown, "--revision", "7")
    assert "say of which agreement" in refused(capsys, "agreement", "show", "--revision", "1")


def test_explain_says_in_json_what_it_is_and_what_was_asked(capsys):
    asked = ["agreement", "explain", "path", "--from", "KOR", "--to", "JPN", "--json"]
    assert app.run(asked) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["kind"], told["field"]) == ("decision", "path")
    assert (told["originator"], told["recipient"]) == ("KOR", "JPN")
    assert told["outcome"] == "release"


@pytest.mark.parametrize(
    "arguments",
    [
        ("item", "recall", "F", "KOR-JPN-1", "--why", "x", "--out", "post"),
        ("item", "destroy", "F", "KOR-JPN-1", "--why", "x", "--out", "post"),
        ("item", "take", "F", "post", "--out", "post"),
        ("item", "remind", "F", "--out", "post"),
        ("item", "notice", "F", "--store", "--what", "x", "--out", "post"),
    ],
)
def test_a_time_far_ahead_of_the_clock_is_refused_by_verbs_that_record(
    arguments, tmp_path, capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    ahead = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    why = refused(capsys, *arguments, "--at", ahead)
    assert "ahead of this machine's clock" in why
    assert f"at most {ORDER_CLOCK_TOLERANCE_S:g} s" in why
    assert not list(tmp_path.iterdir())


def test_show_says_which_other_agreement_holds_one_back(tmp_path, capsys):
    desk = ("--desk", str(tmp_path / "kor"))
    assert app.run(["agreement", "propose", "--like", "KOR-JPN", "--as", "KOR", *desk]) == 0
    assert app.run(["agreement", "propose", "--like", "KOR-JPN", "--id", "OTHER", *desk]) == 0
    capsys.readouterr()
    assert app.run(["agreement", "show", "KOR-JPN", *desk]) == 0
    assert "held back by" not in capsys.readouterr().out, "both are drafts, and neither's fault"
