"""`commonwatch label`: what holds, every reason why it does not, and bulletins exported."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from commonwatch.cli.app import run
from commonwatch.errors import UnusableInput
from commonwatch.identity import nation
from commonwatch.label import Label
from commonwatch.marking.binding import LabelledDocument
from commonwatch.marking.binding_xml import document_of, document_xml
from commonwatch.marking.check import HeldTo
from commonwatch.marking.confidentiality import label_of
from commonwatch.marking.cose import read_sign1
from commonwatch.marking.document_cose import open_sealed, sealed_document
from commonwatch.marking.portions import PortionLabel
from commonwatch.mode import EXERCISE, TEST
from commonwatch.node.folder import write_folder
from commonwatch.node.keys import exercise_keys
from commonwatch.node.label_check import check_labelled
from commonwatch.node.labelled import bulletin_in, labelled_bulletin, reasons_against_content
from commonwatch.node.ledger_export import find_ledger
from commonwatch.node.ledger_store import read_ledger
from commonwatch.release.bulletin import Bulletin
from tests.house_rules import ROOT
from tests.marking.labels import KEY, KOREAN, document
from tests.marking.test_xml_signature import pair
from tests.sharing.builders import KEYS, T0_S, TERMS, forged_bundle, sound_bulletin, world

EXAMPLES = ROOT / "docs/examples"
LEDGER = {code: EXAMPLES / "ledger" / f"{code}.jsonl" for code in ("KOR", "JPN")}
BULLETIN = bulletin_in(find_ledger(LEDGER["JPN"]), "KOR-JPN-1")
LOW = "군사III급비밀"


def call(capfd, *arguments: object) -> tuple[int, str, str]:
    status = run(["label", *map(str, arguments)])
    out, err = capfd.readouterr()
    return status, out, err


@pytest.mark.parametrize("name", ["labelled.xml", "labelled.cose"])
def test_the_examples_hold_and_say_what_the_ledger_says(capfd, name):
    keys = ("--keys", LEDGER["JPN"])
    given = ("check", EXAMPLES / name, "--agreement", "KOR-JPN")
    status, out, _ = call(capfd, *given, *(keys if name.endswith("cose") else ()))
    assert (status, "holds" in out) == (0, True)
    if name.endswith("xml"):  # it is not signed, and with keys it would have to be
        assert call(capfd, *given, *keys)[0] == 3
    status, out, _ = call(capfd, "show", EXAMPLES / name)
    assert status == 0
    assert BULLETIN.label.level in out
    assert "秘 (JPN; equivalent)" in out


def test_what_the_receiver_exports_keeps_the_original_and_adds_its_own(capfd):
    status, out, _ = call(capfd, "export", LEDGER["JPN"], "KOR-JPN-1")
    made = document_of(out.encode(), "document")
    assert status == 0
    labels = made.bindings[0].labels
    assert label_of(labels[0].label) == BULLETIN.label
    assert (labels[1].role, labels[1].label.policy, labels[1].label.level) == (
        "alternative", "JPN", "秘",
    )  # fmt: skip
    embedded = made.bindings[0].data[0].embedded
    assert msgspec.json.decode(embedded, type=Bulletin) == BULLETIN


def test_what_the_originator_exports_has_its_own_label_alone(capfd):
    _, out, _ = call(capfd, "export", LEDGER["KOR"], "KOR-JPN-1")
    assert len(document_of(out.encode(), "document").bindings[0].labels) == 1


def test_the_bulletin_beside_is_bound_by_its_digest(capfd, tmp_path):
    beside, file = tmp_path / "bulletin.json", tmp_path / "label.xml"
    _, out, _ = call(capfd, "export", LEDGER["JPN"], "KOR-JPN-1", "--data", beside)
    file.write_text(out, "utf-8")
    given = ("check", file, "--agreement", "KOR-JPN", "--data", beside)
    assert call(capfd, *given)[0] == 0
    assert call(capfd, "export", LEDGER["JPN"], "KOR-JPN-1", "--data", beside)[0] != 0
    beside.write_bytes(beside.read_bytes().replace(b"1", b"2", 1))
    status, out, _ = call(capfd, *given)
    assert (status, "not the data that was bound" in out) == (3, True)


def test_a_folders_key_signs_and_an_export_has_none(capfd, tmp_path):
    status, _, err = call(capfd, "export", LEDGER["JPN"], "KOR-JPN-1", "--form", "cose")
    assert (status, "has no key" in err) == (2, True)


def test_every_reason_is_a_line_and_the_status_is_3(capfd, tmp_path):
    file = tmp_path / "label.xml"
    unknown = Label("KOR", "극비", ("KOR",), ("JPN", "XXX"))
    file.write_bytes(document_xml(document(unknown, Label("JPN", "秘", ("JPN",)))))
    status, out, err = call(capfd, "check", file, "--agreement", "KOR-JPN")
    lines = out.splitlines()
    assert (status, err) == (3, "")
    assert any(
        "`극비` is no level of KOR in the agreement; levels are 군사III급비밀" in x for x in lines
    )
    assert any("`XXX` is no nation" in line for line in lines)
    assert any("is not equal to `극비`" in line for line in lines)
    assert any("categories of JPN's label" in line for line in lines)
    assert len(lines) == 4


def test_a_label_that_is_created_in_the_future_does_not_hold(capfd, tmp_path):
    file = tmp_path / "label.xml"
    # The second of the two labels alone, so that each is read.
    before, written, after = (
        (EXAMPLES / "labelled.xml").read_bytes().rpartition(b"<slab:CreationDateTime>2023")
    )
    file.write_bytes(before + written.replace(b"2023", b"2099") + after)
    status, out, _ = call(capfd, "check", file, "--agreement", "KOR-JPN")
    assert status == 3
    (line,) = out.splitlines()
    assert "binding 1, alternative label" in line
    assert "was created at 2099-03-15T22:13:34Z, which is to come" in line


def test_clocks_may_differ_by_some_seconds_and_no_more():
    raw = (EXAMPLES / "labelled.xml").read_bytes()
    held = HeldTo(mode=EXERCISE, levels=TERMS["KOR-JPN"].levels)
    created_s = datetime(2023, 3, 15, 22, 13, 34, tzinfo=UTC).timestamp()
    for early_s, ok in ((0.0, True), (5.0, True), (5.1, False), (float("nan"), False)):
        assert check_labelled(raw, "document", held, (), created_s - early_s).ok is ok


def test_json_is_one_object_and_the_status_stays(capfd, tmp_path):
    file = tmp_path / "label.xml"
    file.write_bytes(document_xml(document(KOREAN)).replace(b"PERMISSIVE", b"RESTRICTIVE"))
    status, out, _ = call(capfd, "check", file, "--json")
    told = json.loads(out)
    assert (status, told["kind"], told["ok"], told["form"]) == (3, "label_check", False, "xml")
    assert "unknown here" in told["reasons"][0]["text"]
    status, out, _ = call(
        capfd, "check", EXAMPLES / "labelled.xml", "--agreement", "KOR-JPN", "--json"
    )
    assert (status, json.loads(out)["ok"], json.loads(out)["reasons"]) == (0, True, [])


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"<a", b"\xd2", b"\xd2\x84\xff", b"\0\1\2\xff" * 99]
)
def test_what_is_neither_xml_nor_cose_ends_with_status_2_and_one_line(capfd, tmp_path, content):
    file = tmp_path / "label"
    file.write_bytes(content)
    status, out, err = call(capfd, "check", file)
    assert (status, out, len(err.splitlines())) == (2, "", 1)


def test_no_flipped_byte_of_a_sealed_document_holds(capfd):
    sealed = (EXAMPLES / "labelled.cose").read_bytes()
    keys = find_ledger(LEDGER["JPN"]).identity.keys
    for place in range(0, len(sealed), 7):
        altered = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        with pytest.raises(UnusableInput):
            open_sealed(read_sign1(altered, "document"), keys, EXERCISE)


def test_a_document_of_another_mode_or_another_key_does_not_hold(capfd, tmp_path):
    file = tmp_path / "label.cose"
    for key, mode, why in ((KEY, EXERCISE, "not known"), (KEY, TEST, "protected header")):
        file.write_bytes(sealed_document(document(KOREAN), key, mode))
        status, out, _ = call(capfd, "check", file, "--keys", LEDGER["JPN"])
        assert (status, why in out) == (3, True)


def test_a_folder_a_pipe_and_nothing_are_refused(capfd, tmp_path):
    import os

    os.mkfifo(tmp_path / "pipe")
    for name in ("", "pipe", "missing"):
        assert call(capfd, "check", tmp_path / name)[0] == 2


def test_more_than_the_limit_is_refused_without_being_read(capfd, tmp_path):
    with (tmp_path / "large").open("wb") as file:
        file.truncate(1 << 30)  # sparse: takes no room
    status, _, err = call(capfd, "check", tmp_path / "large")
    assert (status, "more than" in err) == (2, True)


def test_a_portion_is_marked_by_its_originator_with_a_known_field_and_no_higher_level(capfd):
    export = ("export", LEDGER["KOR"], "KOR-JPN-1", "--portion")
    status, out, _ = call(capfd, *export, f"path/phase={LOW}")
    assert status == 0
    made = document_of(out.encode(), "document")
    assert made.bindings[1].data[0].portion_path == "path/phase"
    for portion, why in (
        ("path=군사II급비밀", "higher than the whole's"),
        (f"pat={LOW}", "fields are"),
        (f"pathology={LOW}", "fields are"),
        (f"path//phase={LOW}", "segments"),
        ("path=극비", "cannot be compared"),
        ("path", "write FIELD=LEVEL"),
    ):
        status, _, err = call(capfd, *export, portion)
        assert (status, why in err) == (2, True), err
    status, _, err = call(capfd, "export", LEDGER["JPN"], "KOR-JPN-1", "--portion", f"path={LOW}")
    assert (status, "only the originator" in err) == (2, True)


def test_a_bulletin_under_another_label_than_its_own_is_refused(capfd, tmp_path):
    lower = msgspec.structs.replace(BULLETIN, label=replace_level(BULLETIN.label, "군사II급비밀"))
    made = labelled_bulletin(BULLETIN, "KOR", (), beside=False).document
    other = labelled_bulletin(lower, "KOR", (), beside=False).document
    swapped = msgspec.structs.replace(made.bindings[0], data=other.bindings[0].data)
    mixed = msgspec.structs.replace(made, bindings=(swapped,))
    assert reasons_against_content(made) == ()
    assert "own label is another" in reasons_against_content(mixed)[0]
    file = tmp_path / "label.xml"
    file.write_bytes(document_xml(mixed))
    status, out, _ = call(capfd, "check", file, "--agreement", "KOR-JPN")
    assert (status, "own label is another" in out) == (3, True)


def test_an_unknown_level_or_agreement_is_not_exported():
    for changes, why in (
        ({"label": replace_level(BULLETIN.label, "극비")}, "not in the agreement"),
        ({"agreement": "KOR-FRA"}, "not known here"),
        ({"agreement_revision": 2}, "not known here"),
    ):
        with pytest.raises(UnusableInput, match=why):
            labelled_bulletin(msgspec.structs.replace(BULLETIN, **changes), "JPN", (), beside=False)


def test_no_portion_makes_the_whole_lower():
    portion = PortionLabel("path", BULLETIN.label)
    made = labelled_bulletin(BULLETIN, "KOR", (portion,), beside=False).document
    assert label_of(made.bindings[0].original) == BULLETIN.label


def test_the_example_is_what_its_builder_makes():
    made = labelled_bulletin(BULLETIN, "JPN", (), beside=False).document
    key = exercise_keys((nation("JPN"),), 1, EXERCISE)[nation("JPN")].private
    assert (EXAMPLES / "labelled.xml").read_bytes() == document_xml(made)
    assert (EXAMPLES / "labelled.cose").read_bytes() == sealed_document(made, key, EXERCISE)


def test_a_node_exports_what_it_received_sealed_with_its_own_key(capfdbinary, tmp_path):
    made = world(tmp_path)
    made.beat(T0_S)
    made.settle(T0_S + 1.0)
    made.close()
    folder, file = tmp_path / "JPN", tmp_path / "bulletin.cose"
    write_folder(folder, KEYS[nation("JPN")])
    asked = ["label", "export", str(folder), "KOR-JPN-1", "--form", "cose"]
    assert run(asked) == 2, "it is given to a person, or not at all"
    assert run([*asked, "--as", "sato"]) == 2, "the node holds no register yet"
    assert run(["item", "hold", str(folder), str(EXAMPLES / "readers.toml"), "--by", "tanaka"]) == 0
    assert run([*asked, "--as", "administrator"]) == 3
    assert b"no need to know" in capfdbinary.readouterr().out
    capfdbinary.readouterr()
    assert run([*asked, "--as", "sato"]) == 0
    kinds = [record.kind for record in read_ledger(folder).records()]
    assert kinds[-3:] == ["read-refused", "read", "copied"]
    file.write_bytes(capfdbinary.readouterr().out)
    given = ["label", "check", str(file), "--agreement", "KOR-JPN"]
    assert run([*given, "--keys", str(folder)]) == 0
    assert b"signed by JPN" in capfdbinary.readouterr().out


def test_what_was_refused_when_it_came_is_not_exported(tmp_path):
    made = world(tmp_path)
    sound = sound_bulletin(made)
    forged_bundle(made, "KOR", "JPN", msgspec.structs.replace(sound, mode="LIVE"))
    made.settle(T0_S + 1.0)
    made.close()
    folder = tmp_path / "JPN"
    write_folder(folder, KEYS[nation("JPN")])
    with pytest.raises(UnusableInput, match="refused when it came"):
        bulletin_in(find_ledger(folder), sound.id)


def replace_level(label: Label, level: str) -> Label:
    return msgspec.structs.replace(label, level=level)


def test_markings_are_listed_with_what_equals_what(capfd):
    status, out, _ = call(capfd, "markings", "--agreement", "KOR-JPN")
    lines = {line.split("  ")[1]: line for line in out.splitlines()}
    assert status == 0
    assert lines["군사II급비밀"].endswith("= JPN 極秘, JPN 特定秘密")
    assert lines["秘"].endswith("= KOR 군사III급비밀")
    assert lines["TOP SECRET"].endswith("never exchanged")
    assert "=" not in lines["SECRET"]  # the United States are no party of it
    assert call(capfd, "markings", "--agreement", "KOR-FRA")[0] == 2


def test_an_xml_document_signed_and_checked_from_the_command_line(capfd, tmp_path):
    key, certificate, file = tmp_path / "key", tmp_path / "certificate", tmp_path / "signed.xml"
    made = pair("KR", days_from=datetime.now(UTC) - timedelta(days=1))
    key.write_bytes(made[0])
    certificate.write_bytes(made[1])
    export = ("export", LEDGER["JPN"], "KOR-JPN-1", "--key", key)
    assert call(capfd, *export)[0] == 2
    status, out, _ = call(capfd, *export, "--certificate", certificate)
    file.write_text(out, "utf-8")
    given = ("check", file, "--agreement", "KOR-JPN")
    assert status == 0
    status, out, _ = call(capfd, *given, "--certificate", certificate)
    assert (status, "signed by C=KR" in out) == (0, True)
    status, out, _ = call(capfd, *given)
    assert (status, "no certificate is given" in out) == (3, True)
    file.write_text(file.read_text("utf-8").replace("III", "II", 1), "utf-8")
    status, out, _ = call(capfd, *given, "--certificate", certificate)
    assert (status, "Signature: does not hold" in out) == (3, True)


@pytest.mark.parametrize("content", [b"", b"{}", msgspec.json.encode({"type": "bulletin"})])
def test_what_says_to_be_a_bulletin_and_is_none_does_not_hold(capfd, tmp_path, content):
    whole = labelled_bulletin(BULLETIN, "KOR", (), beside=False).document.bindings[0]
    data = msgspec.structs.replace(whole.data[0], embedded=content)
    made = LabelledDocument((msgspec.structs.replace(whole, data=(data,)),))
    assert "holds no bulletin" in reasons_against_content(made)[0]


def test_another_bulletin_under_a_reference_does_not_hold():
    whole = labelled_bulletin(BULLETIN, "KOR", (), beside=False).document.bindings[0]
    data = msgspec.structs.replace(whole.data[0], reference="urn:commonwatch:bulletin:KOR-JPN-2")
    made = LabelledDocument((msgspec.structs.replace(whole, data=(data,)),))
    assert "holds another bulletin" in reasons_against_content(made)[0]
