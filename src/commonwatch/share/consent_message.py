"""What nodes say of consents to each other: the consent, its withdrawal, and the receipt of either.

The first two are signed by who consents, so that a holder can hand them on to the recipient that
they name, and it can verify them. They travel in the control lane, whatever an agreement's state.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import msgspec

from commonwatch.foreign_text import reason_against_texts
from commonwatch.limits import BULLETIN_TEXT_CHARACTERS_MAX
from commonwatch.release.consent import SignedConsent
from commonwatch.release.known_consents import KnownConsents, with_consent, with_withdrawal
from commonwatch.release.withdrawal import SignedWithdrawal
from commonwatch.share.item_message import DIGEST_BYTES

Outcome = Literal["taken", "refused"]


class ConsentReceipt(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag="consent-receipt"
):
    """The answer to a consent or a withdrawal, by the SHA-256 of what was said."""

    answers: bytes
    outcome: Outcome
    why: str
    at_s: float

    def __post_init__(self) -> None:
        if len(self.answers) != DIGEST_BYTES or not math.isfinite(self.at_s):
            raise ValueError("receipt: a digest has 32 bytes and a time is finite")
        against = reason_against_texts((self.why,), BULLETIN_TEXT_CHARACTERS_MAX)
        if against is not None:
            raise ValueError(f"receipt: {against}")


CONSENT_MESSAGES = (SignedConsent, SignedWithdrawal, ConsentReceipt)
ConsentMessage = SignedConsent | SignedWithdrawal | ConsentReceipt
# What was said, by its SHA-256, and to or by whom.
Said = tuple[bytes, str]


class ConsentEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a `consent` record: `said` to its counterparty, or else heard from it."""

    digest: bytes
    said: bool
    message: ConsentMessage


@dataclass(frozen=True, slots=True)
class ConsentAccount:
    """All that was said and heard of consents; the same fold for a living node and a ledger.

    `said` holds what was told to whom, with the receipt or None; `heard` from whom it came.
    """

    known: KnownConsents = field(default_factory=KnownConsents)
    said: Mapping[Said, ConsentReceipt | None] = field(default_factory=dict)
    heard: frozenset[Said] = frozenset()
    messages: Mapping[bytes, SignedConsent | SignedWithdrawal] = field(default_factory=dict)

    def unanswered(self) -> tuple[tuple[str, SignedConsent | SignedWithdrawal], ...]:
        """To whom what was said that no receipt answers yet."""
        return tuple(
            (to, self.messages[digest])
            for (digest, to), receipt in self.said.items()
            if receipt is None
        )


def with_entry(account: ConsentAccount, counterparty: str, entry: ConsentEntry) -> ConsentAccount:
    """The account after this entry of the ledger."""
    message = entry.message
    if isinstance(message, ConsentReceipt):
        if entry.said:
            return account
        return replace(account, said={**account.said, (message.answers, counterparty): message})
    if isinstance(message, SignedConsent):
        known = with_consent(account.known, message)
    else:
        known = with_withdrawal(account.known, message)
    key = (entry.digest, counterparty)
    if entry.said:
        said = {**account.said, key: account.said.get(key)}
        account = replace(account, said=said)
    else:
        account = replace(account, heard=account.heard | {key})
    return replace(account, known=known, messages={**account.messages, entry.digest: message})
