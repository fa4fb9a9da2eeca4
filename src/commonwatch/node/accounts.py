"""A node opened from its folder for its accounts alone: it has no sensors and releases nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from commonwatch.errors import UnusableInput
from commonwatch.label import Label
from commonwatch.limits import ORDER_CLOCK_TOLERANCE_S
from commonwatch.node.agreement_desk import AgreementDesk
from commonwatch.node.agreements import known_terms
from commonwatch.node.folder import read_keys
from commonwatch.node.keys import NodeKeys
from commonwatch.node.ledger_store import LEDGER_FILE, LedgerStore
from commonwatch.node.node import Node, NodeSetup
from commonwatch.node.post import PostFolder, envelopes_in
from commonwatch.release.agreement_book import Standing
from commonwatch.release.order import Order, OrderKind
from commonwatch.share.inventory import ItemAccount, inventory
from commonwatch.share.ledger import Record
from commonwatch.share.reconcile import Ledger
from commonwatch.utc import format_utc


@contextmanager
def opened_for_accounts(
    folder: Path, out: Path | None = None, brought: Path | None = None, acts_s: float | None = None
) -> Iterator[Node]:
    """The node of a folder: it says into files in `out`, and hears what is in `brought`.

    `acts_s`: when something is to be recorded (POSIX s). UnusableInput where that is before what is
    recorded already: nobody dates back what was done.
    """
    keys = read_keys(folder)
    if not (folder / LEDGER_FILE).is_file():
        raise UnusableInput(f"{folder / LEDGER_FILE}: no such ledger; give a node's folder")
    store = LedgerStore(folder, keys.nation, keys.mode, keys.private)
    try:
        records = tuple(store.read().records())
        _require_not_before(records, acts_s)
        known = frozenset(record.subject for record in records if record.kind == "control-in")
        heard = () if brought is None else envelopes_in(brought, keys.nation, known)
        terms = known_terms(folder, keys.nation, keys.public)
        setup = NodeSetup(keys, {}, Label(keys.nation, "", (keys.nation,)))
        yield Node(setup, terms, store, PostFolder(out, heard))
    finally:
        store.close()


def _require_not_before(records: Sequence[Record], acts_s: float | None) -> None:
    if records and acts_s is not None and acts_s < records[-1].time_s - ORDER_CLOCK_TOLERANCE_S:
        last = format_utc(records[-1].time_s)
        raise UnusableInput(
            f"{format_utc(acts_s)} is before the ledger's last record, {last}; what is recorded "
            "now cannot be older: leave --at out, or set the clock"
        )


def keys_held(folder: Path) -> NodeKeys:
    """The keys of a node's folder, or of a desk's."""
    return read_keys(folder) if (folder / LEDGER_FILE).is_file() else AgreementDesk(folder).keys


def next_order_held(
    folder: Path, agreement_id: str, kind: OrderKind, now_s: float, revision: int | None
) -> Order:
    """The next order of the nation at its desk or node, as it would be given."""
    if not (folder / LEDGER_FILE).is_file():
        return AgreementDesk(folder).next_order(agreement_id, kind, now_s, revision)
    if revision is not None:
        raise UnusableInput("--revision: a node orders on the revision that holds")
    with opened_for_accounts(folder) as node:
        return node.orders.next_order(agreement_id, kind, now_s)


def agreements_held(folder: Path) -> Standing:
    """How the agreements stand of a node's folder, by its ledger, or of a desk's, by its orders."""
    if not (folder / LEDGER_FILE).is_file():
        return AgreementDesk(folder).standing()
    with opened_for_accounts(folder) as node:
        return Standing(node.agreements)


def accounts_of(node: Node) -> tuple[ItemAccount, ...]:
    """Where each item is, by this node's own ledger as it is on disk now."""
    found = node.journal.store.read()
    return inventory(Ledger(node.setup.nation, tuple(found.records()), found.bodies))
