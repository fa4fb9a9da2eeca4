"""The consents that a node knows, given by its nation or given to it, and those taken back.

A pure fold: a withdrawal wins, whether it comes after the consent or before it, and for good.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from commonwatch.identity import PublicKey
from commonwatch.limits import CONSENTS_MAX
from commonwatch.release.consent import (
    NO_CONSENTS,
    Consent,
    ConsentBook,
    RefusedConsent,
    SignedConsent,
    verified_consent,
)
from commonwatch.release.withdrawal import SignedWithdrawal, verified_withdrawal
from commonwatch.utc import format_utc

# Who gave it, and the id that it has among theirs.
Name = tuple[str, str]


@dataclass(frozen=True, slots=True)
class KnownConsents:
    """Consents and withdrawals by name, all verified; `book` is what a gate is asked with."""

    given: Mapping[Name, SignedConsent] = field(default_factory=dict)
    withdrawn: Mapping[Name, SignedWithdrawal] = field(default_factory=dict)
    book: ConsentBook = NO_CONSENTS

    def named(self, consent_id: str) -> tuple[SignedConsent, ...]:
        """The consents of this id, of whichever nation."""
        return tuple(item for (_by, name), item in self.given.items() if name == consent_id)


def with_consent(known: KnownConsents, signed: SignedConsent) -> KnownConsents:
    """With this consent, which was verified."""
    return _with_book(replace(known, given={**known.given, name_of(signed.consent): signed}))


def with_withdrawal(known: KnownConsents, signed: SignedWithdrawal) -> KnownConsents:
    """With this withdrawal, which was verified."""
    told = signed.withdrawal
    return _with_book(replace(known, withdrawn={**known.withdrawn, (told.by, told.id): signed}))


def name_of(consent: Consent) -> Name:
    """Who gave it, and its id."""
    return consent.by, consent.id


def fault_of(consent: Consent, now_s: float) -> str | None:
    """Why nobody could go by this consent at `now_s` or later, or None.

    It names one recipient, so that none learns of another: who is to hear of it can be told all.
    """
    if not consent.id or not consent.id.isprintable():
        return "it has no id that can be spoken of"
    if len(consent.recipients) != 1:
        return (
            f"it names {len(consent.recipients)} recipients; "
            "write one for each, so that none learns of another"
        )
    (recipient,) = consent.recipients
    if len({consent.by, consent.holder, recipient}) != 3:
        return "who consents, who holds and who receives are three different nations"
    if bool(consent.items) == bool(consent.fields):
        return "it covers nothing: name either items or fields"
    if not consent.purpose:
        return "it names no purpose: write that of the agreement under which it is passed on"
    if consent.expires_s <= consent.granted_s:
        return "it expires before it begins"
    if consent.expires_s <= now_s:
        return f"it expired {format_utc(consent.expires_s)}"
    return None


def reason_against_consent(
    signed: SignedConsent,
    known: KnownConsents,
    keys: Mapping[str, PublicKey],
    mode_word: str,
    now_s: float,
) -> str | None:
    """Why this consent is not taken into those that are known, or None."""
    consent = signed.consent
    try:
        verified_consent(signed, keys)
    except RefusedConsent as error:
        return str(error)
    if consent.mode != mode_word:
        return f"a consent of mode {consent.mode[:8]}"
    name = name_of(consent)
    if name in known.withdrawn:
        return f"{consent.by} withdrew consent `{consent.id}`"
    fault = fault_of(consent, now_s)
    if fault is not None:
        return fault
    before = known.given.get(name)
    if before is not None:
        return (
            None if before == signed else f"another consent `{consent.id}` of {consent.by} is known"
        )
    if len(known.given) >= CONSENTS_MAX:
        return f"more than {CONSENTS_MAX} consents"
    # Where no more withdrawals could be kept, none may be given that could need one.
    if _withdrawals_by(consent.by, known) >= CONSENTS_MAX:
        return f"more than {CONSENTS_MAX} withdrawals of {consent.by}"
    return None


def reason_against_withdrawal(
    signed: SignedWithdrawal, known: KnownConsents, keys: Mapping[str, PublicKey], mode_word: str
) -> str | None:
    """Why this withdrawal is not taken, or None. Whoever brings it, the signature is enough."""
    try:
        told = verified_withdrawal(signed, keys)
    except RefusedConsent as error:
        return str(error)
    if told.mode != mode_word:
        return f"a withdrawal of mode {told.mode[:8]}"
    name = (told.by, told.id)
    new = name not in known.withdrawn and name not in known.given
    if new and _withdrawals_by(told.by, known) >= CONSENTS_MAX:
        return f"more than {CONSENTS_MAX} withdrawals of {told.by}"
    return None


def _withdrawals_by(nation: str, known: KnownConsents) -> int:
    return sum(by == nation for by, _id in known.withdrawn)


def _with_book(known: KnownConsents) -> KnownConsents:
    consents = tuple(
        item.consent for name, item in known.given.items() if name not in known.withdrawn
    )
    return replace(known, book=ConsentBook(consents))
