"""A bulletin from a ledger as a labelled document that other systems can read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from commonwatch.errors import UnusableInput
from commonwatch.label import LevelTable, path_covers
from commonwatch.marking.binding import (
    Binding,
    BoundData,
    BoundLabel,
    LabelledDocument,
    detached,
    embedded,
)
from commonwatch.marking.confidentiality import (
    Category,
    ConfidentialityLabel,
    confidentiality_of,
    label_time,
)
from commonwatch.marking.equivalence import with_equivalent
from commonwatch.marking.portions import MarkedWhole, PortionLabel, reasons_against_portions
from commonwatch.node.agreements import shipped_terms
from commonwatch.node.ledger_export import LedgerFound
from commonwatch.release.agreement import Terms
from commonwatch.release.bulletin import Bulletin
from commonwatch.release.fields import FIELD_PATHS
from commonwatch.share.envelope import RefusedEnvelope, envelope_digest, open_recorded
from commonwatch.share.ledger import Purge, Refusal
from commonwatch.share.message import Gone, message_digest

REFERENCE = "urn:commonwatch:bulletin:"
CONTENT_TYPE = "application/json"
ORIGINAL_MARKING = "Original Marking"
# A label says when it is looked at again: with the agreement, which runs for a year (article 21).
REVIEW_AFTER_S = 365 * 86_400.0


@dataclass(frozen=True, slots=True)
class Labelled:
    """A bulletin as it is bound: its document, and the bytes that the document holds for."""

    document: LabelledDocument
    data: bytes


def bulletin_in(found: LedgerFound, bulletin_id: str) -> Bulletin:
    """The bulletin that this ledger sent, or received and took, from an envelope that holds."""
    records = found.ledger().records
    refused = {
        msgspec.msgpack.decode(record.body, type=Refusal).digest
        for record in records
        if record.kind == "refused"
    }
    purged = {
        digest
        for record in records
        if record.kind == "purged"
        for digest in msgspec.msgpack.decode(record.body, type=Purge).digests
    }
    why = f"the ledger of {found.identity.nation} has no bulletin `{bulletin_id}`"
    for record in records:
        if record.kind not in {"sent", "received"} or envelope_digest(record.body) in purged:
            continue
        try:
            bundle = open_recorded(
                record.body, found.read.bodies, found.identity.keys, found.mode
            ).bundle
        except RefusedEnvelope as error:
            why = f"record {record.sequence}: its envelope does not hold: {error}"
            continue
        if bulletin_id in {item.id for item in bundle.messages if isinstance(item, Gone)}:
            why = f"bulletin `{bulletin_id}` is not in it: destroyed, or left out of an export"
        for bulletin in bundle.bulletins:
            if bulletin.id == bulletin_id and message_digest(bulletin) not in refused:
                return bulletin
            if bulletin.id == bulletin_id:
                why = f"bulletin `{bulletin_id}` was refused when it came, not taken"
    raise UnusableInput(why)


def levels_of(agreement: str, revision: int, terms: Sequence[Terms] = ()) -> LevelTable:
    """The levels of this revision among `terms`, a node's own, or else of a shipped agreement.

    UnusableInput where there is none.
    """
    for item in terms or shipped_terms():
        if (item.id, item.revision) == (agreement, revision):
            return item.levels
    raise UnusableInput(
        f"agreement `{agreement}` revision {revision}: its levels are not known here"
    )


def labelled_bulletin(
    bulletin: Bulletin,
    holder: str,
    portions: Sequence[PortionLabel],
    *,
    beside: bool,
    terms: Sequence[Terms] = (),
) -> Labelled:
    """The bulletin under its label, as `holder` hands it on; `beside` binds it by its digest.

    The original label stands verbatim; who received the bulletin adds its own equivalent under the
    agreement (article 4 of the agreement of 2016-11-23), one of `terms`, the holder's own
    documents; of the shipped ones where it has none. Portions only the originator may mark.
    Raises UnusableInput where a level is unknown or a portion does not fit the whole.
    """
    if portions and holder != bulletin.originator:
        raise UnusableInput(f"portions: only the originator, {bulletin.originator}, may mark them")
    levels = levels_of(bulletin.agreement, bulletin.agreement_revision, terms)
    _require_fitting(MarkedWhole(bulletin.label, tuple(portions)), levels)
    data = msgspec.json.encode(bulletin)
    reference = REFERENCE + bulletin.id
    bound = (detached if beside else embedded)(reference, CONTENT_TYPE, data)
    created = label_time(bulletin.issued_s)
    review = label_time(bulletin.issued_s + REVIEW_AFTER_S)
    told = _told_of(bulletin, created, review)
    whole = Binding((BoundLabel("originator", told),), (bound,))
    if holder != bulletin.originator:
        whole = with_equivalent(whole, holder, levels)
    parts = [
        Binding(
            (BoundLabel("originator", confidentiality_of(portion.label, created, review)),),
            (BoundData(f"{reference}#{portion.path}", CONTENT_TYPE),),
        )
        for portion in portions
    ]
    return Labelled(LabelledDocument((whole, *parts)), data)


def reasons_against_content(document: LabelledDocument) -> tuple[str, ...]:
    """Why an embedded bulletin is not what it is labelled as; empty for any other data."""
    original = document.bindings[0].original
    reasons = []
    for data in document.bindings[0].data:
        if data.embedded is None or not data.reference.startswith(REFERENCE):
            continue
        try:
            bulletin = msgspec.json.decode(data.embedded, type=Bulletin)
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            reasons.append(f"{data.reference}: holds no bulletin: {str(error)[:200]}")
            continue
        if data.reference != REFERENCE + bulletin.id:
            reasons.append(f"{data.reference}: holds another bulletin, `{bulletin.id}`")
        told = _told_of(bulletin, original.created, original.review)
        if told != original:
            reasons.append(f"{data.reference}: the bulletin's own label is another")
    return tuple(reasons)


def _told_of(bulletin: Bulletin, created: str, review: str) -> ConfidentialityLabel:
    """The label of who told it; how originators marked what was passed on only informs."""
    told = confidentiality_of(bulletin.label, created, review)
    words = tuple(
        " ".join((one.originator, one.level, *one.categories)) for one in bulletin.original_markings
    )
    if not words:
        return told
    shown = Category("INFORMATIVE", ORIGINAL_MARKING, words)
    return msgspec.structs.replace(told, categories=(*told.categories, shown))


def _require_fitting(marked: MarkedWhole, levels: LevelTable) -> None:
    for portion in marked.portions:
        if not any(path_covers(portion.path, field) for field in FIELD_PATHS):
            raise UnusableInput(
                f"portion `{portion.path}`: fields are {', '.join(FIELD_PATHS)}, and their parents"
            )
    if levels.rank(marked.whole.policy, marked.whole.level) is None:
        raise UnusableInput(f"level `{marked.whole.level}` is not in the agreement; not exported")
    reasons = tuple(reasons_against_portions(marked, levels))
    if reasons:
        raise UnusableInput("; ".join(reasons))
