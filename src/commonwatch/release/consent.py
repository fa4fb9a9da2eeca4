"""Consent of an originator: who may pass on which of its data to whom, for what, until when.

Article 6 a, b of the agreement of 2016-11-23: no third country and no other use without prior
written approval. A consent is for one hop, from its holder to the nations it names; each further
hop needs its own. What is missing, expired, unsigned or empty covers nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from commonwatch.errors import CommonwatchError
from commonwatch.foreign_text import reason_against_texts
from commonwatch.identity import (
    ED25519_SIGNATURE_BYTES,
    PrivateKey,
    PublicKey,
    pre_authentication_encoding,
)
from commonwatch.label import path_covers
from commonwatch.limits import (
    CONSENT_NAMES_MAX,
    CONSENT_PURPOSE_CHARACTERS_MAX,
    CONSENT_TEXT_CHARACTERS_MAX,
    CONSENTS_MAX,
)

CONSENT_PAYLOAD_TYPE = "application/vnd.commonwatch.consent.v1+msgpack"


class RefusedConsent(CommonwatchError):
    """A consent that does not hold: its signature is not that of the originator it names."""


class Consent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What `by` lets `holder` pass on to `recipients`, from `granted_s` until before `expires_s`.

    `items` names bulletins, one by one, and covers what was made of no others; `fields` names
    classes of information by the paths that agreements use. A consent has one of the two: with
    both, or with neither, it covers nothing. `purpose` is the use that it is given for, in the
    words of the agreement under which it may be passed on. Times are POSIX seconds.
    """

    id: str
    by: str
    holder: str
    recipients: tuple[str, ...]
    purpose: str
    mode: str
    granted_s: float
    expires_s: float
    items: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        lists = (self.recipients, self.items, self.fields)
        if any(len(names) > CONSENT_NAMES_MAX for names in lists):
            raise ValueError(f"consent: a list is longer than {CONSENT_NAMES_MAX}")
        texts = [self.id, self.by, self.holder, self.mode]
        texts += [name for names in lists for name in names]
        against = reason_against_texts(texts, CONSENT_TEXT_CHARACTERS_MAX)
        if against is not None:
            raise ValueError(f"consent: {against}")
        against = reason_against_texts((self.purpose,), CONSENT_PURPOSE_CHARACTERS_MAX)
        if against is not None:
            raise ValueError(f"consent: its purpose: {against}")
        if not (math.isfinite(self.granted_s) and math.isfinite(self.expires_s)):
            raise ValueError("consent: `granted_s` and `expires_s` must be finite")

    def runs(self, now_s: float) -> bool:
        """Whether it was granted already and has not expired; not by a clock that is no number."""
        return self.granted_s <= now_s < self.expires_s


class SignedConsent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="consent"):
    """A consent and the signature of the originator that gives it."""

    consent: Consent
    signature: bytes

    def __post_init__(self) -> None:
        if len(self.signature) != ED25519_SIGNATURE_BYTES:
            raise ValueError(f"consent: a signature has {ED25519_SIGNATURE_BYTES} bytes")


@dataclass(frozen=True, slots=True)
class PassingOn:
    """One hop of a statement that rests on others' data too.

    `parents` are the bulletins that went into it; `purpose` is that of the agreement.
    """

    holder: str
    recipient: str
    purpose: str
    mode: str
    parents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConsentBook:
    """Consents whose signatures were verified; made by `consent_book` alone."""

    consents: tuple[Consent, ...] = ()
    refused: tuple[str, ...] = ()

    def fields_covered(
        self, by: str, hop: PassingOn, fields: Iterable[str], now_s: float
    ) -> tuple[str, ...]:
        """Those of `fields` that an originator lets pass on this hop at `now_s`.

        Each by at least one consent of its own.
        """
        valid = self._valid(by, hop, now_s)
        return tuple(
            path for path in fields if any(_covers(item, path, hop.parents) for item in valid)
        )

    def ids_covering(
        self, by: str, hop: PassingOn, fields: Iterable[str], now_s: float
    ) -> tuple[str, ...]:
        """The consents of an originator that let any of `fields` pass on this hop at `now_s`."""
        paths = tuple(fields)
        return tuple(
            item.id
            for item in self._valid(by, hop, now_s)
            if any(_covers(item, path, hop.parents) for path in paths)
        )

    def _valid(self, by: str, hop: PassingOn, now_s: float) -> list[Consent]:
        return [
            item
            for item in self.consents
            if item.by == by and item.runs(now_s) and _is_for(item, hop)
        ]


NO_CONSENTS = ConsentBook()


def signed_consent(consent: Consent, key: PrivateKey) -> SignedConsent:
    """The consent under its originator's key."""
    return SignedConsent(consent, key.sign(_signed_bytes(consent)))


def verified_consent(signed: SignedConsent, keys: Mapping[str, PublicKey]) -> Consent:
    """The consent, where the originator that it names signed it; RefusedConsent otherwise."""
    consent = signed.consent
    key = keys.get(consent.by)
    if key is None:
        raise RefusedConsent(
            f"consent `{consent.id}` by `{consent.by}`: no key of that nation is known here"
        )
    if not key.verifies(_signed_bytes(consent), signed.signature):
        raise RefusedConsent(f"consent `{consent.id}`: the signature is not {consent.by}'s")
    return consent


def consent_book(signed: Iterable[SignedConsent], keys: Mapping[str, PublicKey]) -> ConsentBook:
    """The consents that hold, and one reason for each that does not."""
    consents: list[Consent] = []
    refused: list[str] = []
    for item in signed:
        if len(consents) >= CONSENTS_MAX:
            refused.append(f"consent `{item.consent.id}`: more than {CONSENTS_MAX} consents")
            continue
        try:
            consents.append(verified_consent(item, keys))
        except RefusedConsent as error:
            refused.append(str(error))
    return ConsentBook(tuple(consents), tuple(refused))


def _is_for(consent: Consent, hop: PassingOn) -> bool:
    return (
        # An agreement that states no purpose limits no use: no consent is for that.
        bool(hop.purpose)
        and consent.holder == hop.holder
        and hop.recipient in consent.recipients
        and consent.purpose == hop.purpose
        and consent.mode == hop.mode
    )


def _covers(consent: Consent, path: str, parents: tuple[str, ...]) -> bool:
    if bool(consent.items) == bool(consent.fields):
        return False
    if consent.fields:
        return any(path_covers(granted, path) for granted in consent.fields)
    # Every bulletin that went into it is named, another nation's too: it may hold this one's data.
    return bool(parents) and set(parents) <= set(consent.items)


def _signed_bytes(consent: Consent) -> bytes:
    return pre_authentication_encoding(CONSENT_PAYLOAD_TYPE, msgspec.msgpack.encode(consent))
