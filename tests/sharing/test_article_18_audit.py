"""Article 18: an audit that a third party verifies offline, with nothing but the public keys."""

from __future__ import annotations

import json
import re
import shutil
import stat
from pathlib import Path

import msgspec
import pytest

from commonwatch.cli import app
from commonwatch.errors import CheckFailed, UnusableInput
from commonwatch.identity import nation
from commonwatch.node.audit import AUDIT_FILE, SIGNATURE_FILE, find_audited, write_audit
from commonwatch.node.folder import IDENTITY_FILE, read_identity_file, write_folder
from commonwatch.node.ledger_export import LedgerFound, export_lines, find_ledger, parse_export
from commonwatch.node.ledger_store import LedgerRead, read_ledger
from commonwatch.node.reading import Custody
from commonwatch.release.custody_file import parse_register
from commonwatch.share.bodies import named_in
from commonwatch.share.item_message import ItemMessage
from commonwatch.share.item_records import Destroyed
from commonwatch.share.ledger import Entry, appended, empty_head, signed_head
from tests.house_rules import ROOT
from tests.sharing.builders import KEYS, T0_S, kinds, label, ledger, records
from tests.sharing.items import refusals

REGISTER = ROOT / "docs/examples/readers.toml"
CUSTODY = Custody(parse_register(REGISTER.read_text("utf-8"), "readers.toml"), bytes(32))


@pytest.fixture
def kept(three):
    """Folders as a replay keeps them, after three seconds, a relabelling and a destruction."""
    for second in range(3):
        three.beat(T0_S + second)
    source = three.nodes["KOR"].items
    source.relabel(["KOR-JPN-1"], label("KOR", level="군사II급비밀"), "", T0_S + 3.0)
    source.order_destruction(["KOR-JPN-2"], "", T0_S + 9.0, T0_S + 3.0)
    three.settle(T0_S + 4.0)
    for code in three.nodes:
        write_folder(three.folder / code, KEYS[nation(code)])
    return three


def audit(made, reader: str | None = None) -> Path:
    out = made.folder / "audit"
    asked = None if reader is None else (reader, CUSTODY)
    write_audit(made.nodes["JPN"], made.folder / "JPN", out, asked, T0_S + 5.0)
    return out


def trusted(made):
    return read_identity_file(made.folder / "KOR" / IDENTITY_FILE)


def contents_of(made) -> dict[str, bytes]:
    held = ledger(made, "JPN")
    return {
        named.id: held.bodies[named.digest]
        for record in held.records
        for named in named_in(record)
        if named.digest in held.bodies
    }


def in_audit(out: Path) -> set[bytes]:
    return set(parse_export((out / AUDIT_FILE).read_bytes(), out).read.bodies.values())


def test_it_verifies_with_the_public_keys_alone_and_holds_no_bulletin(kept):
    out = audit(kept)
    found = find_audited(out, trusted(kept))
    assert found.reasons() == ()
    assert found.ledger().records == records(kept, "JPN")
    assert in_audit(out) == set()
    assert {path.name for path in out.iterdir()} == {AUDIT_FILE, SIGNATURE_FILE}
    for path in out.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o444
        assert KEYS[nation("JPN")].private.seed.hex() not in path.read_text()
    (told,) = found.destroyed()
    assert told.startswith("KOR-JPN-2 destroyed")


def test_bulletins_come_as_far_as_the_reader_may_read_them_and_that_is_a_recorded_copy(kept):
    out = audit(kept, "tanaka")
    contents = contents_of(kept)
    # Cleared to the lower level, for one incident of KOR: neither 1 (relabelled) nor 2 (destroyed).
    assert in_audit(out) == {contents["KOR-JPN-3"]}
    found = find_audited(out, trusted(kept))
    assert found.reasons() == ()
    copied = found.ledger().records[-1]
    assert copied.kind == "copied"
    (copy,) = kept.nodes["JPN"].items.book.copies_of("KOR-JPN-3")
    assert copied.subject == copy
    with pytest.raises(UnusableInput, match="not overwritten"):
        audit(kept)


def test_who_may_read_nothing_gets_no_audit_with_bulletins(kept):
    with pytest.raises(CheckFailed, match="administrator may be shown nothing"):
        audit(kept, "administrator")
    assert not (kept.folder / "audit").exists()


def test_one_flipped_bit_anywhere_is_found(kept):
    out, keys = audit(kept, "tanaka"), trusted(kept)
    for name, step in ((AUDIT_FILE, 2099), (SIGNATURE_FILE, 3)):
        file = out / name
        file.chmod(0o644)
        sound = file.read_bytes()
        for bit in range(0, 8 * len(sound), step):
            altered = bytearray(sound)
            altered[bit // 8] ^= 1 << bit % 8
            if msgspec_equal(name, bytes(altered), sound):
                continue  # a hexadecimal digit in capitals is the same digit
            file.write_bytes(bytes(altered))
            with pytest.raises(CheckFailed):
                find_audited(out, keys)
        file.write_bytes(sound)
    assert find_audited(out, keys).reasons() == ()


def msgspec_equal(name: str, one: bytes, other: bytes) -> bool:
    return name == SIGNATURE_FILE and one.lower() == other.lower()


def test_signed_anew_by_another_it_is_not_the_nations(kept):
    out = audit(kept)
    keys = trusted(kept)
    stranger = msgspec.structs.replace(
        keys, public_keys={**keys.public_keys, "JPN": keys.public_keys["USA"]}
    )
    with pytest.raises(CheckFailed, match="not what JPN signed"):
        find_audited(out, stranger)
    other = msgspec.structs.replace(
        keys, public_keys={**keys.public_keys, "USA": keys.public_keys["KOR"]}
    )
    assert any("another key of USA" in why for why in find_audited(out, other).reasons())
    unknown = msgspec.structs.replace(keys, public_keys={"KOR": keys.public_keys["KOR"]})
    with pytest.raises(CheckFailed, match="no key of JPN"):
        find_audited(out, unknown)


def test_without_its_signature_it_is_no_audit(kept):
    out = audit(kept)
    (out / SIGNATURE_FILE).unlink()
    with pytest.raises(CheckFailed, match="not signed"):
        find_audited(out, trusted(kept))


def test_an_export_holds_no_bulletin_and_its_readable_part_is_checked_too(kept):
    found = find_ledger(kept.folder / "JPN")
    file = kept.folder / "export.jsonl"
    file.write_bytes(b"".join(export_lines(found, None)))
    assert find_ledger(file).reasons() == ()
    for body in contents_of(kept).values():
        assert body not in file.read_bytes()
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    lines[3]["counterparty"] = "USA" if lines[3]["counterparty"] != "USA" else "KOR"
    file.write_text("\n".join(map(json.dumps, lines)))
    assert find_ledger(file).reasons() == ("line 4: does not say what its record says",)


def rewritten(made, kind: str, body: bytes) -> tuple[str, ...]:
    """Why JPN's ledger does not hold where JPN itself writes the first record of a kind anew."""
    keys, read = KEYS[nation("JPN")], read_ledger(made.folder / "JPN")
    entries, done = [], False
    for record in read.records():
        changed = record.kind == kind and not done
        done = done or changed
        text = body if changed else record.body
        entries.append(Entry(record.kind, record.counterparty, record.subject, text))
    head, stored = appended(empty_head("JPN", "EXERCISE"), entries, T0_S)
    signature = signed_head(head, keys.private)
    forged = LedgerRead(head, signature, stored, read.bodies)
    return LedgerFound(
        read_identity_file(made.folder / "JPN" / IDENTITY_FILE), forged, None
    ).reasons()


def test_a_destruction_that_no_signed_envelope_ordered_is_found(kept):
    """The nation itself rewrites its ledger and signs it anew: the partner's order is missing."""
    (gone,) = kinds(kept, "JPN", "destroyed")
    assert rewritten(kept, "destroyed", gone.body) == ()
    told = msgspec.msgpack.decode(gone.body, type=Destroyed)
    body = msgspec.msgpack.encode(msgspec.structs.replace(told, order=b"x" * 32))
    assert "no order to destroy KOR-JPN-2 was received" in rewritten(kept, "destroyed", body)[0]
    assert "cannot be read" in rewritten(kept, "destroyed", b"garbage")[0]


def test_what_is_said_of_items_without_an_envelope_is_found(kept):
    first = kinds(kept, "JPN", "item")[0]
    message = msgspec.msgpack.decode(first.body, type=ItemMessage)
    body = msgspec.msgpack.encode(msgspec.structs.replace(message, why="another story"))
    assert "no envelope holds what it says" in rewritten(kept, "item", body)[0]
    assert "cannot be read" in rewritten(kept, "item", b"garbage")[0]


def run(capsys, *arguments: object, status: int = 0) -> str:
    assert app.run([str(word) for word in arguments]) == status
    return capsys.readouterr().out


def test_from_the_command_line_recalled_read_destroyed_and_audited(kept, tmp_path, capsys):
    """Two folders and a folder of envelopes between them, as two officers would work."""
    kept.close()
    post, register = tmp_path / "post", REGISTER
    kor, jpn = kept.folder / "KOR", kept.folder / "JPN"
    why = ("--why", "wrong object", "--out", post)
    out = run(capsys, "item", "recall", kor, "KOR-JPN-3", *why)
    assert out == "KOR to JPN: recall: KOR-JPN-3\n"
    assert "open for" in run(capsys, "item", "list", kor, "--item", "KOR-JPN-3")
    out = run(capsys, "item", "take", jpn, post, "--out", post)
    assert out == "KOR to JPN: recall: KOR-JPN-3\n1 followed or noted, 0 refused\n"
    assert "\n0 followed or noted" in "\n" + run(capsys, "item", "take", jpn, post, "--out", post)
    assert "followed" in run(capsys, "item", "take", kor, post, "--out", post)
    assert "open" not in run(capsys, "item", "list", kor, "--item", "KOR-JPN-3")
    assert "given by tanaka" in run(capsys, "item", "hold", jpn, register, "--by", "tanaka")
    ask = ("--for", "watch")
    out = run(capsys, "item", "read", jpn, "KOR-JPN-3", "--as", "sato", *ask, status=3)
    assert out == "KOR-JPN-3 was recalled\n"
    out = run(capsys, "item", "read", jpn, "KOR-JPN-1", "--as", "sato", *ask)
    assert json.loads(out)["equivalent_level"] == "極秘"
    out = run(capsys, "item", "read", jpn, "KOR-JPN-1", "--as", "administrator", *ask, status=3)
    assert "no need to know" in out
    told = run(capsys, "item", "list", jpn, "--item", "KOR-JPN-1")
    assert "read by sato" in told
    assert "refused to administrator" in told
    out = run(capsys, "item", "notice", jpn, "--person", "sato", "--what", "badge", "--out", post)
    assert out == "JPN to KOR: compromise-notice: KOR-JPN-1\n"
    run(capsys, "item", "relabel", kor, "KOR-JPN-1", "--level", "군사III급비밀", *why)
    run(capsys, "item", "destroy", kor, "KOR-JPN-1", *why)
    run(capsys, "item", "take", jpn, post, "--out", post)
    out = run(capsys, "item", "take", kor, post, "--out", post)
    assert "destruction-certificate: KOR-JPN-1" in out
    assert "compromise-notice: KOR-JPN-1" in out
    assert run(capsys, "item", "remind", kor, "--out", post) == "0 said again\n"
    assert "KOR-JPN-1 destroyed" in run(capsys, "ledger", "verify", jpn)
    assert "KOR-JPN-1 destroyed" in run(capsys, "ledger", "reconcile", jpn, kor)
    run(capsys, "ledger", "audit", jpn, "--out", tmp_path / "audit")
    shutil.copy(kor / IDENTITY_FILE, tmp_path / "keys.json")
    keys = ("--keys", tmp_path / "keys.json")
    assert "unbroken" in run(capsys, "ledger", "verify", tmp_path / "audit", *keys)
    assert "due" in run(capsys, "item", "due", jpn)


@pytest.mark.parametrize(
    "arguments",
    [
        ("recall", "KOR", "JPN-KOR-1"),
        ("recall", "KOR", "KOR-JPN-999"),
        ("recall", "KOR", "o1"),
        ("recall", "KOR", "KOR-JPN-1.0"),
        ("relabel", "KOR", "KOR-JPN-99", "--level", "군사III급비밀"),
    ],
)
def test_what_cannot_be_said_is_told_in_one_line(kept, tmp_path, capsys, arguments):
    kept.close()
    verb, code, *rest = arguments
    words = ["item", verb, str(kept.folder / code), *rest, "--why", "x", "--out", str(tmp_path)]
    assert app.run(words) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.strip().splitlines()) == 1


@pytest.mark.parametrize("raw", [b"", b"garbage", b"\x91" * 100_000, bytes(2 * 1024 * 1024)])
def test_a_file_that_is_no_envelope_is_refused_and_recorded(kept, tmp_path, capsys, raw):
    kept.close()
    file = tmp_path / "x.envelope"
    file.write_bytes(raw)
    out = run(capsys, "item", "take", kept.folder / "JPN", file, "--out", tmp_path / "post")
    assert re.fullmatch(r".*: refused: .+\n0 followed or noted, 1 refused\n", out)
    assert kinds(kept, "JPN", "refused")
    assert app.run(["item", "take", str(kept.folder / "JPN"), "nowhere", "--out", "x"]) == 2


def test_an_order_that_another_brought_for_somebody_else_is_refused(kept, tmp_path, capsys):
    kept.close()
    post = tmp_path / "post"
    run(
        capsys, "item", "recall", kept.folder / "KOR", "KOR-USA-1", "--why", "x", "--out", post
    )  # fmt: skip
    assert run(capsys, "item", "take", kept.folder / "JPN", post, "--out", post).startswith("0 ")
    (file,) = post.iterdir()
    out = run(capsys, "item", "take", kept.folder / "JPN", file, "--out", post)
    assert "addressed to USA" in out
    assert out.endswith("0 followed or noted, 1 refused\n")
    assert any("addressed to USA" in why for why in refusals(kept, "JPN", "refused"))
