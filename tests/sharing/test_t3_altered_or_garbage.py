"""Threat T3: a message or a file that was altered, or never was one.

At each door where bytes of others come in: what is signed is refused, whatever was altered; what is
not signed is taken or refused with one printable line. Nothing else is raised and nothing hangs.
COMMONWATCH_MUTATIONS says how many each door gets.
"""

from __future__ import annotations

import gzip
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from pathlib import Path
from tempfile import NamedTemporaryFile

import pytest

from commonwatch.acquire.read_plots import parse_plot
from commonwatch.acquire.read_sensors import parse_sensors
from commonwatch.acquire.rejected import Rejected
from commonwatch.cli.app import run
from commonwatch.errors import UnusableInput
from commonwatch.identity import nation
from commonwatch.marking.check import HeldTo
from commonwatch.mode import EXERCISE
from commonwatch.node.agreements import signatures_of_all
from commonwatch.node.desk_files import ORDERS_FILE, read_exchange, read_orders
from commonwatch.node.evidence_files import read_evidence
from commonwatch.node.folder import read_identity_file
from commonwatch.node.joint_files import read_assessment, write_assessment
from commonwatch.node.label_check import check_labelled
from commonwatch.node.ledger_export import parse_export
from commonwatch.node.service.config import read_config
from commonwatch.node.service.partners import read_node_identity
from commonwatch.release.agreement_file import parse_terms
from commonwatch.release.custody_file import parse_register
from commonwatch.share.envelope import RefusedEnvelope, open_envelope, seal
from commonwatch.share.merkle import Tree, leaf_hash
from commonwatch.share.message import NO_DIGEST, Bundle, Message, Receipt
from commonwatch.share.progress import Progress, open_progress, seal_progress
from commonwatch.share.shown_head import open_shown_head, sealed_head
from commonwatch.warn.cap_check import check_cap, compile_schema
from commonwatch.warn.cap_read import parse_cap
from commonwatch.warn_files import cap_schema_bytes
from tests.house_rules import ROOT
from tests.joint.joint_case import proposed, signed_by
from tests.mutations import mutated
from tests.sharing.builders import KEYS, PUBLIC, T0_S, TERMS, sent_bundles, world

TIMES = int(os.environ.get("COMMONWATCH_MUTATIONS", "400"))
HANG_S = 0.1
KOR = KEYS[nation("KOR")].private
EXAMPLES = ROOT / "docs" / "examples"
PASS = ROOT / "src" / "commonwatch" / "world" / "data" / "example-pass"
AGREEMENTS = ROOT / "src" / "commonwatch" / "release" / "agreements"
SENSORS = {one.id: one for one in parse_sensors((PASS / "sensors.toml").read_text(), "pass")}
SCHEMA = compile_schema(cap_schema_bytes())
# What takes bytes; and what makes that in a folder of its own.
Put = Callable[[bytes], object]
Door = Callable[[Path], Put]


def sealed(lane: str, *messages: Message) -> bytes:
    bundle = Bundle(
        mode="EXERCISE", sender="KOR", recipient="JPN", lane=lane, sequence=1, previous=NO_DIGEST,
        sent_s=T0_S, messages=messages,
    )  # fmt: skip
    return seal(bundle, KOR, EXERCISE)


def envelopes(folder: Path) -> list[bytes]:
    """Bulletins, a receipt, and an order, as they travel."""
    made = world(folder, ("KOR", "JPN"))
    made.beat(T0_S)
    bulletins = sent_bundles(made, "KOR")[0].messages
    made.close()
    orders = signatures_of_all(TERMS["KOR-JPN"], KEYS, T0_S, EXERCISE)[:1]
    receipt = Receipt("JPN-KOR-1", 1, bytes(32), "accepted", "", T0_S)
    return [sealed("live", *bulletins), sealed("receipt", receipt), sealed("control", *orders)]


def word() -> bytes:
    told = Progress(
        mode="EXERCISE", sender="KOR", recipient="JPN", at_s=T0_S, sealed=9, missing=((2, 3),)
    )
    return seal_progress(told, KOR, EXERCISE)


def head() -> bytes:
    return sealed_head(
        Tree().with_leaves([leaf_hash(b"record")]), "KOR", 1, T0_S, KOR, EXERCISE
    ).envelope


def drawn(door: str, seeds: list[bytes]) -> Iterator[bytes]:
    """What is put to one door: the same each time, and never one of the sound ones."""
    choose = random.Random(door)
    for _ in range(TIMES):
        raw = mutated(choose, seeds)
        if raw not in seeds:
            yield raw


def refused(put: Put, raw: bytes, refusals: tuple[type[Exception], ...]) -> str:
    """Why it was refused, or nothing; it may take no longer than HANG_S of processor time."""
    began_s, why = time.process_time(), ""
    try:
        put(raw)
    except refusals as error:
        why = str(error)
        assert why
    assert time.process_time() - began_s < HANG_S, raw[:200]
    return why


SIGNED = {
    "envelope": (lambda raw: open_envelope(raw, PUBLIC, EXERCISE), envelopes),
    "word of how far": (
        lambda raw: open_progress(raw, PUBLIC, EXERCISE, "JPN"),
        lambda _: [word()],
    ),
    "shown head": (lambda raw: open_shown_head(raw, PUBLIC, EXERCISE), lambda _: [head()]),
}


@pytest.mark.parametrize("door", SIGNED)
def test_t3_nothing_signed_is_taken_once_it_was_altered(door, tmp_path):
    opens, made = SIGNED[door]
    seeds = made(tmp_path)
    for raw in seeds:
        opens(raw)
    for raw in drawn(door, seeds):
        assert refused(opens, raw, (RefusedEnvelope,)), raw


def of_text(parse: Callable[[str, str], object]) -> Put:
    return lambda raw: parse(raw.decode(errors="replace"), "file")


def of_file(read: Callable[[Path], object], name: str = "file") -> Callable[[Path], object]:
    """A door that reads a file of this name in a folder; the folder, where it takes that."""

    def door(folder: Path) -> Put:
        def put(raw: bytes) -> object:
            (folder / name).write_bytes(raw)
            return read(folder if name == ORDERS_FILE else folder / name)

        return put

    return door


def plain(put: Put) -> Door:
    return lambda _folder: put


def plot(raw: bytes) -> object:
    read = parse_plot(raw, 1, SENSORS)
    if isinstance(read, Rejected):
        raise UnusableInput(read.reason)
    return read


def cap(raw: bytes) -> object:
    lines = [reason.line() for reason in check_cap(parse_cap(raw, "file"), SCHEMA)]
    if lines:
        raise UnusableInput(" | ".join(lines)[:1_000])
    return lines


def checked_label(raw: bytes) -> object:
    return check_labelled(raw, "file", HeldTo(mode=EXERCISE), (), T0_S)


def exported_desk(folder: Path) -> None:
    """A desk with a draft, its order, and what it exports for the partner."""
    desk, out = str(folder / "desk"), folder / "exchange.json"
    assert run(["agreement", "propose", "--like", "KOR-JPN", "--desk", desk, "--as", "KOR"]) == 0
    assert run(["agreement", "sign", "KOR-JPN", "--desk", desk]) == 0
    assert run(["node", "init", str(folder / "node"), "--as", "KOR", "--mode", "exercise",
                "--address", "127.0.0.1:7422"]) == 0  # fmt: skip
    out.write_bytes(said_of(["agreement", "export", "--desk", desk, "--to", "JPN"]))
    (folder / "identity.json").write_bytes(said_of(["node", "identity", str(folder / "node")]))
    write_assessment(folder / "joint.json", signed_by(proposed(), "JPN"))


def said_of(arguments: list[str]) -> bytes:
    """What a command prints, without its way through a terminal."""
    with NamedTemporaryFile("w+") as file, redirect_stdout(file):
        assert run(arguments) == 0
        file.flush()
        return Path(file.name).read_bytes()


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sound")
    exported_desk(folder)
    return folder


FILES: dict[str, tuple[Door, Callable[[Path], list[Path]]]] = {
    "sensors": (plain(of_text(parse_sensors)), lambda _: [PASS / "sensors.toml"]),
    "agreement": (plain(of_text(parse_terms)), lambda _: sorted(AGREEMENTS.glob("*.toml"))),
    "readers": (plain(of_text(parse_register)), lambda _: [EXAMPLES / "readers.toml"]),
    "label": (
        plain(checked_label),
        lambda _: [EXAMPLES / "labelled.xml", EXAMPLES / "labelled.cose"],
    ),
    "alert": (plain(cap), lambda _: [EXAMPLES / "alert.xml"]),
    "evidence": (of_file(read_evidence), lambda _: sorted((EXAMPLES / "evidence").iterdir())),
    "exchange": (of_file(read_exchange), lambda made: [made / "exchange.json"]),
    "orders": (of_file(read_orders, ORDERS_FILE), lambda made: [made / "desk" / ORDERS_FILE]),
    "joint assessment": (of_file(read_assessment), lambda made: [made / "joint.json"]),
    "identity": (of_file(read_identity_file), lambda made: [made / "node" / "identity.json"]),
    "node's identity": (of_file(read_node_identity), lambda made: [made / "identity.json"]),
    "node's file": (of_file(read_config, "node.toml"), lambda made: [made / "node" / "node.toml"]),
}


def put_to(door: str, put: Put, seeds: list[bytes]) -> None:
    for raw in seeds:
        assert not refused(put, raw, (UnusableInput,)), raw[:200]
    for raw in drawn(door, seeds):
        why = refused(put, raw, (UnusableInput,))
        assert why.isprintable(), why
        assert len(why) <= 1_200, why


@pytest.mark.parametrize("door", FILES)
def test_t3_an_altered_file_is_taken_or_refused_in_one_printable_line(door, written, tmp_path):
    made, seeds = FILES[door]
    put_to(door, made(tmp_path), [path.read_bytes() for path in seeds(written)])


def test_t3_an_altered_plot_is_taken_or_rejected_in_one_printable_line():
    with gzip.open(PASS / "plots.jsonl.gz") as lines:
        put_to("plot", plot, [next(lines).rstrip() for _ in range(20)])


def test_t3_an_altered_export_is_read_or_refused_in_one_printable_line():
    lines = (EXAMPLES / "ledger" / "KOR.jsonl").read_bytes().splitlines(keepends=True)
    put_to("export", lambda raw: parse_export(raw, Path("file")), [b"".join(lines[:8])])


def test_t3_a_terminal_is_told_no_escape_sequence(tmp_path, capsys):
    file = tmp_path / "exchange.json"
    file.write_text('{"\\u001b[2J\\u202e": 1}')
    assert (
        run(["agreement", "import", str(file), "--desk", str(tmp_path / "desk"), "--as", "JPN"])
        == 2
    )
    assert capsys.readouterr().err.strip().isprintable()
