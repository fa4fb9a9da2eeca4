"""What was sent and nobody has answered for: the list of the unacknowledged (articles 9 to 12).

A receipt answers a bulletin where it is the recipient's, signed, and names the SHA-256 of the bytes
that were sent; a broker's word that it delivered something answers nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from commonwatch.share.bodies import named_in
from commonwatch.share.envelope import recorded_bundle
from commonwatch.share.ledger import Purge, Record
from commonwatch.share.reconcile import Ledger


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A bulletin that left for `recipient` at `sent_s` (POSIX s) and was not receipted.

    `why` tells where there was an answer and it is none.
    """

    item: str
    recipient: str
    sent_s: float
    digest: bytes
    why: str = ""


def unanswered(ledger: Ledger) -> tuple[Unanswered, ...]:
    """Bulletins sent without a receipt that holds, in the order of the ledger.

    What was taken back before it left, as at a suspension, waits for no answer. The envelopes of
    the ledger must have been verified.
    """
    purged = _purged(ledger.records)
    waiting: dict[str, Unanswered] = {}
    for record in ledger.records:
        if record.kind == "sent" and record.subject not in purged:
            for named in named_in(record):
                waiting[named.id] = Unanswered(
                    named.id, record.counterparty, record.time_s, named.digest
                )
        elif record.kind == "receipt":
            for receipt in recorded_bundle(record.body, ledger.bodies).receipts:
                sent = waiting.get(receipt.bulletin)
                if sent is None or sent.recipient != record.counterparty:
                    continue
                if receipt.digest == sent.digest:
                    del waiting[receipt.bulletin]
                else:
                    waiting[receipt.bulletin] = Unanswered(
                        sent.item,
                        sent.recipient,
                        sent.sent_s,
                        sent.digest,
                        "its receipt names other bytes than were sent",
                    )
    return tuple(waiting.values())


def _purged(records: Iterable[Record]) -> frozenset[str]:
    """Envelopes that were recorded and never left, by digest in hexadecimal."""
    return frozenset(
        digest.hex()
        for record in records
        if record.kind == "purged"
        for digest in msgspec.msgpack.decode(record.body, type=Purge).digests
    )
