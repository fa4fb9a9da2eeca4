"""Article 18: an inspecting partner is told of itself alone; what others did leaves no trace."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path

import msgspec
import pytest

from commonwatch.cli import app
from commonwatch.errors import CheckFailed, UnusableInput
from commonwatch.identity import nation
from commonwatch.node.audit import AUDIT_FILE, find_audited, write_audit, write_partner_audit
from commonwatch.node.folder import IDENTITY_FILE, read_identity_file, write_folder
from commonwatch.node.ledger_export import find_ledger
from commonwatch.share.item_records import Copied
from commonwatch.share.partner_view import ViewHead, read_view
from tests.sharing.builders import KEYS, T0_S, World, kinds, label, world
from tests.sharing.test_article_7_readers import CUSTODY
from tests.sharing.test_article_18_audit import rewritten


def lived(folder: Path, codes: tuple[str, ...], seconds: int = 4) -> World:
    """JPN reads, copies, relabels and destroys what KOR gave; with the USA there, more happens."""
    made = world(folder, codes)
    for second in range(seconds):
        made.beat(T0_S + second)
    kor, jpn = made.nodes["KOR"], made.nodes["JPN"]
    kor.items.relabel(["KOR-JPN-1"], label("KOR", level="군사II급비밀"), "", T0_S + 5.0)
    made.settle(T0_S + 5.0)
    parents = ["KOR-JPN-1"]
    if "USA" in codes:
        made.nodes["USA"].items.recall(["USA-JPN-2"], "", T0_S + 5.0)
        made.settle(T0_S + 5.0)
        jpn.items.copied(["USA-JPN-1"], "sato", "paper", T0_S + 5.5)
        parents.append("USA-JPN-1")
    jpn.reading.read("KOR-JPN-1", "sato", "watch", CUSTODY, T0_S + 6.0)
    jpn.items.copied(parents, "sato", "disc", T0_S + 7.0)
    kor.items.order_destruction(["KOR-JPN-2"], "", T0_S + 99.0, T0_S + 8.0)
    made.settle(T0_S + 8.0)
    kor.order_suspend("KOR-JPN", T0_S + 9.0)
    made.beat(T0_S + 10.0)
    made.settle(T0_S + 11.0)
    for code in codes:
        write_folder(made.folder / code, KEYS[nation(code)])
    return made


def audit(
    made: World, partner: str = "KOR", name: str = "audit", at_s: float = T0_S + 12.0
) -> Path:
    out = made.folder / name
    write_partner_audit(made.nodes["JPN"], out, partner, at_s)
    return out


def trusted(made: World):
    return read_identity_file(made.folder / "KOR" / IDENTITY_FILE)


@pytest.fixture
def three_lived(tmp_path):
    made = lived(tmp_path / "three", ("KOR", "JPN", "USA"))
    yield made
    made.close()


def contents(out: Path) -> list[tuple[str, str, bytes]]:
    found = find_audited(out, None)
    return [(one.kind, one.subject, one.body) for one in read_view(found.stored)]


def without_copy_ids(told: list[tuple[str, str, bytes]]) -> list[tuple[str, str, object]]:
    """A copy's id is told, and is made from all that is in the copy, under JPN's own key."""
    return [
        (kind, "", msgspec.structs.replace(msgspec.msgpack.decode(body, type=Copied), copy=""))
        if kind == "copied"
        else (kind, subject, body)
        for kind, subject, body in told
    ]


def test_article_18_with_and_without_the_third_partner_the_audit_tells_the_same(
    three_lived, tmp_path
):
    pair = lived(tmp_path / "pair", ("KOR", "JPN"))
    with_usa, without = contents(audit(three_lived)), contents(audit(pair))
    assert without_copy_ids(with_usa) == without_copy_ids(without)
    assert len((three_lived.folder / "audit" / AUDIT_FILE).read_bytes()) == len(
        (pair.folder / "audit" / AUDIT_FILE).read_bytes()
    )
    assert [kind for kind, *_rest in with_usa].count("read") == 1
    assert {"received", "receipted", "sent", "item", "destroyed", "canary", "copied"} <= {
        kind for kind, *_rest in with_usa
    }
    pair.close()


def test_no_others_name_number_or_time_of_commit_is_anywhere_in_it(three_lived):
    out = audit(three_lived)
    raw = b"".join(file.read_bytes() for file in sorted(out.iterdir()))
    told = raw + b"".join(
        base64.b64decode(json.loads(line)["record"])
        for line in (out / AUDIT_FILE).read_bytes().splitlines()[1:]
    )
    key = KEYS[nation("USA")].public["USA"].raw.hex().encode()
    for trace in (b"USA", key, b"decision"):
        assert trace not in told
    assert b"USA" in b"".join(body for _k, _s, body in contents_of_whole(three_lived)), (
        "a sound test"
    )
    size = json.loads((out / AUDIT_FILE).read_bytes().splitlines()[0])["size"]
    assert size < len(list(find_ledger(three_lived.folder / "JPN").ledger().records))


def test_a_refused_read_of_anothers_item_is_not_told(three_lived):
    jpn = three_lived.nodes["JPN"]
    for item in ("USA-JPN-1", "KOR-JPN-1"):
        with pytest.raises(CheckFailed, match="nobody"):
            jpn.reading.read(item, "nobody", "watch", CUSTODY, T0_S + 12.0)
    told = contents(audit(three_lived, at_s=T0_S + 13.0))
    assert [subject for kind, subject, _body in told if kind == "read-refused"] == ["KOR-JPN-1"]
    assert not [one for one in told if b"USA-JPN" in one[1].encode() + one[2]]
    whole = contents_of_whole(three_lived)
    assert [one[1] for one in whole if one[0] == "read-refused"] == ["USA-JPN-1", "KOR-JPN-1"]


def contents_of_whole(made: World) -> list[tuple[str, str, bytes]]:
    records = find_ledger(made.folder / "JPN").ledger().records
    return [(one.kind, one.subject, one.body + one.counterparty.encode()) for one in records]


def test_it_verifies_offline_and_one_flipped_bit_anywhere_is_found(three_lived):
    out = audit(three_lived)
    assert find_audited(out, trusted(three_lived)).reasons() == ()
    file = out / AUDIT_FILE
    file.chmod(0o644)
    sound = file.read_bytes()
    for bit in range(0, 8 * len(sound), 4_001):
        altered = bytearray(sound)
        altered[bit // 8] ^= 1 << bit % 8
        file.write_bytes(bytes(altered))
        with pytest.raises(CheckFailed):
            find_audited(out, trusted(three_lived))
    file.write_bytes(sound)
    assert find_audited(out, trusted(three_lived)).reasons() == ()


def test_a_later_audit_goes_on_where_the_former_ended(three_lived):
    first = find_audited(audit(three_lived), None)
    three_lived.nodes["JPN"].reading.read("KOR-JPN-3", "sato", "watch", CUSTODY, T0_S + 13.0)
    later = find_audited(audit(three_lived, name="later", at_s=T0_S + 14.0), None)
    assert later.stored[: len(first.stored)] == first.stored
    assert [one.kind for one in read_view(later.stored[len(first.stored) :])] == ["read"]


def test_a_view_that_was_not_what_the_ledger_says_is_found_by_who_sees_all_of_it(three_lived):
    audit(three_lived)
    (viewed,) = kinds(three_lived, "JPN", "viewed")
    assert rewritten(three_lived, "viewed", viewed.body) == ()
    told = msgspec.msgpack.decode(viewed.body, type=ViewHead)
    fewer = msgspec.msgpack.encode(msgspec.structs.replace(told, size=told.size - 1))
    assert "KOR was shown something else" in rewritten(three_lived, "viewed", fewer)[0]
    whole = three_lived.folder / "whole"
    write_audit(three_lived.nodes["JPN"], three_lived.folder / "JPN", whole, None, T0_S + 15.0)
    assert find_audited(whole, trusted(three_lived)).reasons() == ()


def test_who_is_no_partner_gets_none(three_lived):
    for code in ("JPN", "AUS"):
        with pytest.raises(UnusableInput, match="partners are KOR, USA"):
            audit(three_lived, partner=code)
    assert kinds(three_lived, "JPN", "viewed") == []


def test_from_the_command_line_one_partner_inspects(three_lived, tmp_path, capsys):
    three_lived.close()
    out = tmp_path / "for-kor"
    words = ["ledger", "audit", str(three_lived.folder / "JPN"), "--partner", "KOR"]
    assert app.run([*words, "--out", str(out)]) == 0
    shutil.copy(three_lived.folder / "KOR" / IDENTITY_FILE, tmp_path / "keys.json")
    capsys.readouterr()
    keys = ["--keys", str(tmp_path / "keys.json")]
    assert app.run(["ledger", "verify", str(out), *keys]) == 0
    assert "JPN (EXERCISE) to KOR:" in capsys.readouterr().out
    assert app.run(["ledger", "verify", str(out), *keys, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["partner"] == "KOR"
