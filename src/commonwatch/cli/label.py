"""`commonwatch label`: bulletins as labelled documents, and any such document checked."""

from __future__ import annotations

import stat
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commonwatch.errors import CheckFailed, UnusableInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonwatch.label import Label, LevelTable
    from commonwatch.marking.binding import BoundData, BoundLabel, LabelledDocument
    from commonwatch.marking.portions import PortionLabel
    from commonwatch.node.folder import Identity
    from commonwatch.node.label_check import LabelChecked

EXAMPLES = (
    "commonwatch label check docs/examples/labelled.xml --agreement KOR-JPN",
    "commonwatch label check docs/examples/labelled.cose --agreement KOR-JPN "
    "--keys docs/examples/ledger/JPN.jsonl",
    "commonwatch label show docs/examples/labelled.xml",
    "commonwatch label markings --agreement KOR-JPN",
    "commonwatch label export docs/examples/ledger/JPN.jsonl KOR-JPN-1",
    "commonwatch label export docs/examples/ledger/KOR.jsonl KOR-JPN-1 "
    "--portion launch_point=군사III급비밀",
)

app = typer.Typer(
    help="Labelled documents: NATO ADatP-4774 labels bound to bulletins.", no_args_is_help=True
)

File = Annotated[Path, typer.Argument(help="An XML or COSE document.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


class Form(StrEnum):
    """How a labelled document is written."""

    XML = "xml"
    COSE = "cose"


@app.callback()
def _verb() -> None:
    """Labelled documents: NATO ADatP-4774 labels bound to bulletins."""


@app.command()
def check(
    file: File,
    *,
    agreement: Annotated[
        str | None, typer.Option(help="Whose levels it is held to; published ones without.")
    ] = None,
    keys: Annotated[
        Path | None, typer.Option(help="A node's folder or ledger export: whose keys are known.")
    ] = None,
    certificate: Annotated[
        list[Path] | None, typer.Option(help="A certificate (PEM) that is trusted; repeatable.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="The data that the document is said to be bound to.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Hold a labelled document to ADatP-4774 and 4778, to its signature and to an agreement.

    Ends with status 0 where it holds, with 3 and each reason a line where it does not.
    """
    import time

    from commonwatch.cli.output import print_json
    from commonwatch.marking.check import HeldTo
    from commonwatch.mode import EXERCISE
    from commonwatch.node.label_check import check_labelled

    raw = _read_bounded(file)
    identity = None if keys is None else _identity(keys)
    held_to = HeldTo(
        mode=EXERCISE if identity is None else identity.node_mode,
        levels=None if agreement is None else _terms_levels(agreement, keys),
        keys=None if identity is None else identity.keys,
        data=None if data is None else _read_bounded(data),
    )
    trusted = [_read_bounded(path) for path in certificate or ()]
    found = check_labelled(raw, str(file), held_to, trusted, time.time())
    if as_json:
        print_json(found)
        if not found.ok:
            raise typer.Exit(3)
        return
    if not found.ok:
        raise CheckFailed(tuple(reason.line() for reason in found.reasons))
    print(f"{file}: holds ({found.form}); {_signed(found)}")


@app.command()
def show(file: File, *, as_json: AsJson = False) -> None:
    """Show what a labelled document says; its signature is not verified here."""
    from commonwatch.cli.output import print_json

    document = _unverified(_read_bounded(file), str(file))
    if as_json:
        print_json(document)
        return
    print(f"{file}: as it says itself; `label check` says whether it holds")
    for binding in document.bindings:
        for line in _lines(binding.data[0].portion_path, binding.labels):
            print(line)
        for data in binding.data:
            if data.portion_path is None:
                print(f"  holds for {data.reference} ({data.content_type}), {_how(data)}")


@app.command()
def export(
    ledger: Annotated[Path, typer.Argument(help="A node's folder, or a file of ledger export.")],
    bulletin: Annotated[str, typer.Argument(help="The bulletin's id, as KOR-JPN-1.")],
    *,
    form: Annotated[Form, typer.Option(help="XML, or COSE signed by the node's key.")] = Form.XML,
    portion: Annotated[
        list[str] | None, typer.Option(help="FIELD=LEVEL, a lower level of a field; repeatable.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Write the bulletin there, and bind it by its digest.")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="Sign XML: ECDSA P-256 key (PEM).")] = None,
    certificate: Annotated[Path | None, typer.Option(help="The key's certificate (PEM).")] = None,
    reader: Annotated[
        str | None, typer.Option("--as", help="Of a folder: the person who is given the document.")
    ] = None,
) -> None:
    """Write a bulletin that was sent or received as a labelled document, to standard output.

    The original marking stays as it was written; a receiver's own equivalent is added. From a
    node's folder it is a copy: for a person who may read the item, and recorded first.
    """
    from commonwatch.node.agreements import documents_in
    from commonwatch.node.labelled import bulletin_in, labelled_bulletin
    from commonwatch.node.ledger_export import find_ledger

    if (key is None) != (certificate is None) or (key is not None and form is not Form.XML):
        raise UnusableInput("--key and --certificate: both, and for XML; COSE takes the node's key")
    if ledger.is_dir():
        _record_copy(ledger, bulletin, reader, form)
    found = find_ledger(ledger)
    told = bulletin_in(found, bulletin)
    portions = tuple(_portion(text, told.label) for text in portion or ())
    made = labelled_bulletin(
        told,
        found.identity.nation,
        portions,
        beside=data is not None,
        terms=documents_in(ledger) if ledger.is_dir() else (),
    )
    raw = _written(made.document, form, ledger, found.identity, key, certificate)
    if data is not None:
        with data.open("xb") as file:
            file.write(made.data)
    sys.stdout.buffer.write(raw)
    sys.stdout.buffer.flush()


@app.command()
def markings(
    *,
    agreement: Annotated[
        str | None, typer.Option(help="Say which levels this agreement holds for equal.")
    ] = None,
) -> None:
    """List the nations' levels as they are written, the mark of a portion, and what equals what."""
    from commonwatch.marking.national import NATIONAL_MARKINGS

    levels = None if agreement is None else _terms_levels(agreement)
    for item in NATIONAL_MARKINGS:
        line = f"{item.policy}  {item.level}  {item.portion}  {item.english}"
        rank = None if levels is None else levels.rank(item.policy, item.level)
        if levels is not None and rank is not None:
            others = [f"{code} {level}" for code, level in levels.rows[rank].markings
                      if code != item.policy]  # fmt: skip
            line += f"  = {', '.join(others)}"
        elif not item.exchanged:
            line += "  never exchanged"
        print(line)


def _record_copy(folder: Path, bulletin: str, reader: str | None, form: Form) -> None:
    from commonwatch.cli.item_time import moment
    from commonwatch.node.accounts import opened_for_accounts
    from commonwatch.node.held_register import held_custody

    if reader is None:
        raise UnusableInput(f"{folder}: a node's item is given to a person who may read it: --as")
    with opened_for_accounts(folder) as node:
        custody, now_s = held_custody(node), moment(None)
        shown = node.reading.read(bulletin, reader, "labelled document", custody, now_s)
        if shown.marking.label != shown.bulletin.label:
            raise UnusableInput(
                f"{bulletin} was relabelled: a document of it would bear the label of before"
            )
        node.items.copied([bulletin], reader, f"labelled document, {form.value}", now_s)


def _written(
    document: LabelledDocument,
    form: Form,
    ledger: Path,
    identity: Identity,
    key: Path | None,
    certificate: Path | None,
) -> bytes:
    from commonwatch.marking.binding_xml import document_xml
    from commonwatch.marking.document_cose import sealed_document
    from commonwatch.node.folder import KEY_FILE
    from commonwatch.node.keys import read_key

    if form is Form.COSE:
        if not ledger.is_dir():
            raise UnusableInput(f"{ledger}: an export has no key to sign with; give the folder")
        return sealed_document(document, read_key(ledger / KEY_FILE), identity.node_mode)
    if key is None or certificate is None:
        return document_xml(document)
    from commonwatch.node.label_signature import signed_xml

    return signed_xml(document, _read_bounded(key), _read_bounded(certificate))


def _unverified(raw: bytes, source: str) -> LabelledDocument:
    from commonwatch.marking.binding_xml import document_of
    from commonwatch.marking.check import form_of
    from commonwatch.marking.cose import read_sign1
    from commonwatch.marking.document_cose import document_of_cbor

    if form_of(raw) == "cose":
        return document_of_cbor(read_sign1(raw, source).payload, source)
    return document_of(raw, source)


def _lines(path: str | None, labels: Sequence[BoundLabel]) -> tuple[str, ...]:
    from commonwatch.marking.confidentiality import label_of
    from commonwatch.marking.national import banner, portion_mark

    original = label_of(labels[0].label)
    equivalents = [(item.label.policy, item.label.level) for item in labels[1:]]
    lines = banner(original, equivalents)
    if path is None:
        return lines
    return (f"  {portion_mark(original)} {path}", *(f"    {line}" for line in lines))


def _how(data: BoundData) -> str:
    if data.embedded is not None:
        return f"{len(data.embedded)} bytes within"
    return "beside, by its digest" if data.sha384 is not None else "beside, without a digest"


def _signed(found: LabelChecked) -> str:
    return f"signed by {found.signer}" if found.signer else "not signed"


def _portion(text: str, whole: Label) -> PortionLabel:
    import msgspec

    from commonwatch.marking.portions import PortionLabel

    path, mark, level = text.partition("=")
    if not mark:
        raise UnusableInput(f"--portion {text}: write FIELD=LEVEL, as launch_point={whole.level}")
    return PortionLabel(path, msgspec.structs.replace(whole, level=level))


def _terms_levels(agreement: str, place: Path | None = None) -> LevelTable:
    """Those of the newest revision in a node's or a desk's folder, or of those that come along."""
    from commonwatch.node.agreements import documents_in, shipped_terms

    every = (() if place is None else documents_in(place)) or shipped_terms()
    found = [terms for terms in every if terms.id == agreement]
    if not found:
        known = ", ".join(dict.fromkeys(terms.id for terms in every))
        raise UnusableInput(f"--agreement {agreement}: there are {known}")
    return found[-1].levels


def _identity(place: Path) -> Identity:
    from commonwatch.node.ledger_export import find_ledger

    return find_ledger(place).identity


def _read_bounded(file: Path) -> bytes:
    """The bytes of a regular file no larger than a labelled document may be."""
    from commonwatch.limits import MARKING_FILE_BYTES_MAX

    # Before it is opened: opening a pipe waits for whoever may write into it.
    if not stat.S_ISREG(file.stat().st_mode):
        raise UnusableInput(f"{file}: is no regular file")
    with file.open("rb") as opened:
        raw = opened.read(MARKING_FILE_BYTES_MAX + 1)
    if len(raw) > MARKING_FILE_BYTES_MAX:
        raise UnusableInput(f"{file}: more than {MARKING_FILE_BYTES_MAX} bytes")
    return raw
