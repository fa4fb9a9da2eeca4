"""Agreements that come with the program, and a nation's orders on an agreement."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from importlib import resources
from pathlib import Path

from commonwatch.identity import Nation
from commonwatch.mode import Mode
from commonwatch.node.desk_files import DOCUMENTS_FOLDER, read_documents
from commonwatch.node.keys import NodeKeys
from commonwatch.release.agreement import Agreement, Terms, drafted
from commonwatch.release.agreement_file import parse_terms
from commonwatch.release.order import Order, OrderKind, SignedOrder, signed
from commonwatch.release.transition import apply_order


def worked_examples() -> tuple[Terms, ...]:
    """All agreements that come with the program, by id."""
    return tuple(parse_terms(text, name) for name, text in worked_example_texts())


def worked_example_texts() -> tuple[tuple[str, str], ...]:
    """Name and text of each agreement that comes with the program, by name."""
    folder = resources.files("commonwatch.release") / "agreements"
    files = sorted(
        (item for item in folder.iterdir() if item.name.endswith(".toml")),
        key=lambda item: item.name,
    )
    return tuple((item.name, item.read_text("utf-8")) for item in files)


def shipped_terms() -> tuple[Terms, ...]:
    """The worked examples that replays run under: those that rest on no other one.

    An arrangement of three that were in force beside them would let any of the three stop what
    the two others exchange under an agreement of their own (docs/adr/0011).
    """
    return tuple(terms for terms in worked_examples() if not terms.parents)


def documents_in(folder: Path) -> tuple[Terms, ...]:
    """The documents that a node's or a desk's folder holds, by id and revision; none without any.

    UnusableInput names the one that cannot be read.
    """
    where = folder / DOCUMENTS_FOLDER
    found = [parse_terms(item.text, str(where / item.name)) for item in read_documents(folder)]
    return tuple(sorted(found, key=lambda terms: (terms.id, terms.revision)))


def known_terms(folder: Path, nation: str, partners: Collection[str]) -> tuple[Terms, ...]:
    """What a node of this folder goes by: its own documents; where it has none, the shipped ones.

    Of these the ones of this nation with partners whose keys it knows.
    """
    held = documents_in(folder) or shipped_terms()
    return tuple(
        terms
        for terms in held
        if nation in terms.parties and set(terms.parties) <= {nation, *partners}
    )


def terms_between(nations: Iterable[str], terms: Iterable[Terms]) -> tuple[Terms, ...]:
    """Those whose parties are all among `nations`."""
    present = set(nations)
    return tuple(item for item in terms if present.issuperset(item.parties))


def new_order(
    agreement: Agreement, keys: NodeKeys, kind: OrderKind, at_s: float, mode: Mode
) -> SignedOrder:
    """This nation's next order on the agreement, signed."""
    terms = agreement.terms
    sequence = agreement.view_of(keys.nation).sequence + 1
    document = terms.document if kind is OrderKind.SIGN else ""
    order = Order(terms.id, terms.revision, keys.nation, kind, sequence, at_s, mode.word, document)
    return signed(order, keys.private)


def signatures_of_all(
    terms: Terms, keys: Mapping[Nation, NodeKeys], at_s: float, mode: Mode
) -> tuple[SignedOrder, ...]:
    """The orders by which every party brings the agreement into force, as at a signing ceremony."""
    agreement, orders = drafted(terms), []
    for party in terms.parties:
        order = new_order(agreement, keys[party], OrderKind.SIGN, at_s, mode)
        agreement = apply_order(agreement, order, keys[party].public, at_s)
        orders.append(order)
    return tuple(orders)
