"""What a desk takes of a partner's export: what holds, beside documents that are refused.

A document that is refused takes nothing with it that stands without it: above all no order to
suspend. An order that does not hold refuses the export whole, for then it is not the partner's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from commonwatch.errors import UnusableInput
from commonwatch.identity import Nation, PublicKey
from commonwatch.node.desk_drafts import withdrawn_words
from commonwatch.node.desk_files import DocumentText, Exchange, WithdrawnDraft, document_name
from commonwatch.release.agreement import Terms
from commonwatch.release.agreement_book import Book, Key, in_time, with_document, with_order
from commonwatch.release.agreement_file import parse_terms
from commonwatch.release.order import OrderKind, RefusedOrder, SignedOrder

# One party gives these alone, and they let nothing go that did not go before.
ONLY_RESTRICT = frozenset({OrderKind.SUSPEND, OrderKind.GIVE_NOTICE, OrderKind.WITHDRAW_SIGNATURE})


@dataclass(frozen=True, slots=True)
class TakenDocuments:
    """The book with the documents that hold; `refused` says why others do not.

    `aside` are the revisions whose text, as the partner has it, is not held here.
    """

    book: Book
    new: tuple[tuple[Terms, DocumentText], ...]
    refused: tuple[str, ...]
    aside: frozenset[Key]


def with_documents(
    book: Book, told: Exchange, own: Nation, withdrawn: tuple[WithdrawnDraft, ...]
) -> TakenDocuments:
    """Every document of an export that holds, each weighed for itself."""
    new, refused, aside = [], [], set()
    for item in told.documents:
        source = f"{told.nation}'s {item.name[:80]}"
        try:
            terms = parse_terms(item.text, source)
        except UnusableInput as error:
            refused.append(str(error))
            continue
        key = (terms.id, terms.revision)
        gone = withdrawn_words(terms, withdrawn)
        if gone is not None:
            aside.add(key)
            if _signed_by_another(told, terms, own):
                refused.append(gone)
            continue
        before = book
        try:
            _require_between(terms, told.nation, own, source)
            document_name(terms.id, terms.revision)  # refuses what can be no file's name
            book = with_document(book, terms)
        except UnusableInput as error:
            refused.append(str(error))
            aside.add(key)
            continue
        if book is not before:
            new.append((terms, item))
    return TakenDocuments(book, tuple(new), tuple(refused), frozenset(aside))


def with_orders(
    documents: TakenDocuments,
    told: Exchange,
    keys: Mapping[str, PublicKey],
    mode: str,
    now_s: float,
) -> tuple[Book, tuple[SignedOrder, ...]]:
    """The book with all orders that are new here, each verified and in its place.

    UnusableInput where one does not hold, but for those on documents that were laid aside.
    """
    book, held, new = documents.book, set(documents.book.orders), []
    here = {(item.id, item.revision) for item in book.documents}
    for order in sorted(told.orders, key=in_time):
        key = (order.order.agreement, order.order.revision)
        aside = key in documents.aside or (bool(documents.refused) and key not in here)
        if order in held or (aside and order.order.kind not in ONLY_RESTRICT):
            continue
        if order.order.mode != mode:
            raise UnusableInput(f"export of {told.nation}: an order of mode {order.order.mode}")
        try:
            book = with_order(book, order, keys, now_s)
        except RefusedOrder as error:
            if aside:
                continue  # it goes with the document, whose refusal is told
            raise UnusableInput(f"export of {told.nation}: {error}") from error
        new.append(order)
    return book, tuple(new)


def _require_between(terms: Terms, sender: str, own: Nation, source: str) -> None:
    if not {sender, own} <= set(terms.parties):
        raise UnusableInput(f"{source}: {sender} and {own} are not both parties of it")


def _signed_by_another(told: Exchange, terms: Terms, own: Nation) -> bool:
    return any(
        item.order.document == terms.document and item.order.by != own for item in told.orders
    )
