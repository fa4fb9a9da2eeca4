"""Every reason why a labelled document does not hold: form, signature, levels, portions, data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Literal

import msgspec

from commonwatch.errors import UnusableInput
from commonwatch.identity import ISO_3166_1_ALPHA_3, PublicKey
from commonwatch.label import LevelTable
from commonwatch.limits import MARKING_REASONS_MAX, ORDER_CLOCK_TOLERANCE_S
from commonwatch.marking.binding import Binding, LabelledDocument, holds_for
from commonwatch.marking.binding_xml import MECHANISM, parse_document
from commonwatch.marking.confidentiality import (
    ConfidentialityLabel,
    label_of,
    reasons_against_categories,
)
from commonwatch.marking.cose import read_sign1
from commonwatch.marking.document_cose import open_sealed
from commonwatch.marking.equivalence import reasons_against_equivalents
from commonwatch.marking.label_xml import SYNTAX
from commonwatch.marking.national import reason_against_level
from commonwatch.marking.portions import MarkedWhole, PortionLabel, reasons_against_portions
from commonwatch.marking.reason import OWN_RULE, Reason, shown
from commonwatch.mode import Mode

Form = Literal["xml", "cose"]
# A tagged COSE_Sign1 (RFC 9052, table 1) is no XML: that begins with `<`, space or a byte-order
# mark.
_COSE_SIGN1 = b"\xd2"
_CLAUSE_EQUIVALENT = "article 4: equivalent levels"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldTo:
    """What a document is held to. None: that is not known, and what needs it cannot hold."""

    mode: Mode
    levels: LevelTable | None = None
    keys: Mapping[str, PublicKey] | None = None
    data: bytes | None = None


class XmlSignature(msgspec.Struct, frozen=True):
    """Who signed an XML document, or why that is not known."""

    signer: str | None = None
    reason: str = "was not verified: no certificate is given"


NOT_VERIFIED = XmlSignature()


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found; `signer` is whose signature held, `document` None where it cannot be read."""

    form: Form
    signer: str | None
    document: LabelledDocument | None
    reasons: tuple[Reason, ...]


def form_of(raw: bytes) -> Form:
    """The form that these bytes claim to have."""
    return "cose" if raw[:1] == _COSE_SIGN1 else "xml"


def check_document(
    raw: bytes, source: str, held_to: HeldTo, signature: XmlSignature = NOT_VERIFIED
) -> Checked:
    """Hold the document in `raw` to its standards, and to what is known of its parties.

    A COSE document must be signed by a known key. An XML document needs no signature, unless keys
    or certificates are given to verify one with: then a document whose signature was taken off does
    not hold. `signature` is what the node found. Raises UnusableInput for bytes that are neither.
    """
    form = form_of(raw)
    reasons: list[Reason]
    if form == "cose":
        signer, document, reasons = _opened(raw, source, held_to)
    else:
        read = parse_document(raw, source)
        signer, document, reasons = signature.signer, read.document, list(read.reasons)
        if read.has_signature and signature.signer is None:
            reasons.append(Reason("Signature", "XML Signature 1.1", signature.reason))
        elif not read.has_signature and (held_to.keys is not None or signature is not NOT_VERIFIED):
            text = "is not there, and keys or certificates to verify one with are given"
            reasons.append(Reason("Signature", OWN_RULE, text))
    if document is not None:
        reasons += islice(reasons_against(document, held_to), MARKING_REASONS_MAX)
    return Checked(form, signer, document, tuple(reasons))


def _opened(
    raw: bytes, source: str, held_to: HeldTo
) -> tuple[str | None, LabelledDocument | None, list[Reason]]:
    message = read_sign1(raw, source)
    if held_to.keys is None:
        return None, None, [Reason("signature", "RFC 9052", "no keys are given to verify it")]
    try:
        sealed = open_sealed(message, held_to.keys, held_to.mode)
    except UnusableInput as error:
        return None, None, [Reason("signature", "RFC 9052", str(error))]
    return sealed.nation, sealed.document, []


def reasons_against(document: LabelledDocument, held_to: HeldTo) -> Iterator[Reason]:
    """Each reason why a well-formed document does not hold."""
    for number, binding in enumerate(document.bindings, 1):
        where = f"binding {number}"
        for item in binding.labels:
            yield from _against_label(f"{where}, {item.role} label", item.label, held_to.levels)
        yield from _against_equivalents(where, binding, held_to.levels)
    yield from _against_portions(document, held_to.levels)
    if held_to.data is not None and not any(
        holds_for(data, held_to.data) for data in document.bindings[0].data
    ):
        yield Reason("binding 1", MECHANISM, "the data given is not the data that was bound")


def reasons_against_times(document: LabelledDocument, now_s: float) -> Iterator[Reason]:
    """Each label of a document that says it was made later than `now_s` (POSIX s)."""
    for number, binding in enumerate(document.bindings, 1):
        for item in binding.labels:
            created = item.label.created
            if not datetime.fromisoformat(created).timestamp() <= now_s + ORDER_CLOCK_TOLERANCE_S:
                text = (
                    f"was created at {created}, which is to come; "
                    f"clocks may differ by {ORDER_CLOCK_TOLERANCE_S:g} s"
                )
                yield Reason(f"binding {number}, {item.role} label", OWN_RULE, text)


def marked_whole(document: LabelledDocument) -> MarkedWhole:
    """The originators' labels of a document by path; UnusableInput where one cannot be read."""
    return MarkedWhole(
        label_of(document.bindings[0].original),
        tuple(
            PortionLabel(binding.data[0].portion_path or "", label_of(binding.original))
            for binding in document.bindings[1:]
        ),
    )


def _against_label(
    where: str, label: ConfidentialityLabel, levels: LevelTable | None
) -> Iterator[Reason]:
    if label.policy not in ISO_3166_1_ALPHA_3:
        yield Reason(
            where, SYNTAX, f"policy {shown(label.policy)} is no nation; write it as in KOR"
        )
    against = reason_against_level(label.policy, label.level, levels)
    if against is not None:
        yield Reason(where, SYNTAX, f"level {shown(label.level)} {against}")
    unknown = reasons_against_categories(label)
    yield from (Reason(where, SYNTAX, text) for text in unknown)
    if not unknown:
        known = label_of(label)
        for code in sorted({*known.releasable_to, *known.originators} - ISO_3166_1_ALPHA_3):
            yield Reason(where, OWN_RULE, f"{shown(code)} is no nation; write it as in KOR")


def _against_equivalents(
    where: str, binding: Binding, levels: LevelTable | None
) -> Iterator[Reason]:
    if len(binding.labels) == 1:
        return
    if levels is None:
        text = "an equivalent label holds under an agreement only, and none is given"
        yield Reason(where, _CLAUSE_EQUIVALENT, text)
        return
    for text in reasons_against_equivalents(binding, levels):
        yield Reason(where, _CLAUSE_EQUIVALENT, text)


def _against_portions(document: LabelledDocument, levels: LevelTable | None) -> Iterator[Reason]:
    if len(document.bindings) == 1:
        return
    try:
        marked = marked_whole(document)
    except UnusableInput:
        return  # each label was told its reasons by itself
    if levels is None:
        text = "levels of portions compare under an agreement only, and none is given"
        yield Reason("portions", OWN_RULE, text)
        return
    for text in reasons_against_portions(marked, levels):
        yield Reason("portions", OWN_RULE, text)
