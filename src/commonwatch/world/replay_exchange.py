"""What crossed between the nodes of a replay, read from their ledgers afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path

import msgspec

from commonwatch.identity import PublicKey
from commonwatch.mode import Mode
from commonwatch.node.bus import CountingBus
from commonwatch.node.ledger_store import LedgerRead, read_ledger
from commonwatch.release.bulletin import Bulletin
from commonwatch.release.decision import Decision
from commonwatch.release.order import OrderKind, SignedOrder
from commonwatch.release.product import LAUNCH_WARNING
from commonwatch.release.public import PUBLIC
from commonwatch.share.bodies import Bodies
from commonwatch.share.envelope import recorded_bundle
from commonwatch.share.ledger import Record
from commonwatch.share.reconcile import DirectionAccount, Ledger, reconcile
from commonwatch.world.replay_result import DirectionResult, ProductResult, TimelineEntry

_WORD_OF_ORDER = {
    OrderKind.SUSPEND: "suspended",
    OrderKind.RESTORE: "restored",
    OrderKind.RESTORE_AND_RESUME: "restored",
}


def read_ledgers(folder: Path, nations: Sequence[str]) -> dict[str, LedgerRead]:
    """The ledgers of the nodes as they lie on disk."""
    return {nation: read_ledger(folder / nation) for nation in nations}


def exchange_of(
    ledgers: Mapping[str, LedgerRead],
    keys: Mapping[str, PublicKey],
    mode: Mode,
    bus: CountingBus,
    after_suspension: Mapping[tuple[str, str], int],
) -> tuple[dict[str, DirectionResult], bool]:
    """Each direction's counts, and whether every chain verifies and every pair reconciles."""
    whole = not any(read.reasons(keys.get(nation)) for nation, read in ledgers.items())
    records = {
        nation: Ledger(nation, tuple(read.records()), read.bodies)
        for nation, read in ledgers.items()
    }
    exchange: dict[str, DirectionResult] = {}
    for one, other in combinations(ledgers, 2):
        for account in reconcile(records[one], records[other], keys, mode):
            way = (account.source, account.target)
            exchange["->".join(way)] = _direction(
                account, bus.bytes_between(*way), after_suspension.get(way, 0)
            )
            whole = whole and not account.differences
    return exchange, whole


def _direction(account: DirectionAccount, sent_bytes: int, after: int) -> DirectionResult:
    return DirectionResult(
        released=account.released,
        withheld=account.withheld,
        received=account.received,
        receipts=account.receipts,
        bytes=sent_bytes,
        after_suspension=after,
        products={
            item.product: ProductResult(item.released, item.withheld) for item in account.products
        },
    )


def timeline_of(ledgers: Mapping[str, LedgerRead], lift_off_s: float) -> tuple[TimelineEntry, ...]:
    """Every bulletin, receipt, refusal and order between the nodes, in order of time."""
    entries = [
        (record.time_s, entry)
        for nation, read in ledgers.items()
        for record in read.records()
        for entry in _entries(nation, record, read.bodies, round(record.time_s - lift_off_s, 6))
    ]
    return tuple(entry for _, entry in sorted(entries, key=lambda item: item[0]))


def _entries(nation: str, record: Record, bodies: Bodies, at_s: float) -> list[TimelineEntry]:
    match record.kind:
        case "sent":
            return [
                TimelineEntry(at_s, "bulletin", nation, record.counterparty, _text(item))
                for item in recorded_bundle(record.body, bodies).bulletins
            ]
        case "receipt":
            return [
                TimelineEntry(at_s, "receipt", record.counterparty, nation, item.bulletin)
                for item in recorded_bundle(record.body, bodies).receipts
            ]
        case "decision":
            decision = msgspec.msgpack.decode(record.body, type=Decision)
            # Of other products the counts of each direction tell: often no agreement is on them.
            of_warning = decision.product == LAUNCH_WARNING and decision.recipient != PUBLIC
            if decision.outcome != "withhold" or not of_warning:
                return []
            text = f"{decision.track}: {decision.withheld[0].why}"
            return [TimelineEntry(at_s, "withheld", nation, record.counterparty, text)]
        case "order" | "order-ahead":
            return _order(nation, record, at_s)
        case _:
            return []


def _order(nation: str, record: Record, at_s: float) -> list[TimelineEntry]:
    order = msgspec.msgpack.decode(record.body, type=SignedOrder).order
    word = _WORD_OF_ORDER.get(order.kind)
    # Every party holds the order; it is told once, by who gave it.
    if word is None or order.by != nation:
        return []
    other = next((code for code in order.agreement.split("-") if code != nation), nation)
    text = f"{order.by} orders to {order.kind} {order.agreement}"
    # An order given before lift-off stands at its head.
    return [TimelineEntry(max(at_s, 0.0), word, nation, other, text)]


def _text(bulletin: Bulletin) -> str:
    content = bulletin.content
    if content is None:
        return f"{bulletin.object} revision {bulletin.revision}: the floor"
    product = bulletin.product_named
    said_first = "" if product == LAUNCH_WARNING else f"{product}: "
    told = [name for name in content.__struct_fields__ if getattr(content, name)]
    fields = ", ".join(told) if bulletin.status == "current" else bulletin.status
    return f"{bulletin.object} revision {bulletin.revision}: {said_first}{fields}"
