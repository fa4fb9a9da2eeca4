"""The consents that a ledger tells of."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from commonwatch.share.consent_message import ConsentAccount, ConsentEntry, with_entry
from commonwatch.share.ledger import Record


def with_consent_record(account: ConsentAccount, record: Record) -> ConsentAccount:
    """The account after this record; most do not concern it."""
    if record.kind != "consent":
        return account
    entry = msgspec.msgpack.decode(record.body, type=ConsentEntry)
    return with_entry(account, record.counterparty, entry)


def consents_in(records: Iterable[Record]) -> ConsentAccount:
    """All that these records say of consents."""
    account = ConsentAccount()
    for record in records:
        account = with_consent_record(account, record)
    return account
