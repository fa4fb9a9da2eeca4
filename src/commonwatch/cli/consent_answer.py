"""How a consent is told: to people in lines, to programs as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonwatch.share.message import message_digest
from commonwatch.utc import format_utc

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonwatch.release.consent import Consent, SignedConsent
    from commonwatch.share.consent_message import ConsentAccount


def state_of(account: ConsentAccount, consent: Consent, now_s: float) -> str:
    """Whether it counts at `now_s`, and if not why."""
    withdrawal = account.known.withdrawn.get((consent.by, consent.id))
    if withdrawal is not None:
        return f"withdrawn {format_utc(withdrawal.withdrawal.at_s)}"
    if now_s >= consent.expires_s:
        return f"expired {format_utc(consent.expires_s)}"
    if now_s < consent.granted_s:
        return f"from {format_utc(consent.granted_s)}"
    return f"holds until {format_utc(consent.expires_s)}"


def line_of(account: ConsentAccount, consent: Consent, now_s: float) -> str:
    """One line: which, by whom, for which hop, of what, and whether it holds."""
    what = ", ".join(consent.items or consent.fields)
    return (
        f"{consent.id}: {consent.by} lets {consent.holder} pass on to "
        f"{', '.join(consent.recipients)}: {what}; {state_of(account, consent, now_s)}"
    )


def lines_of(account: ConsentAccount, signed: SignedConsent, now_s: float) -> Iterator[str]:
    """All of it, with its withdrawal, and to whom it was said and what they answered."""
    consent = signed.consent
    yield line_of(account, consent, now_s)
    yield f"  purpose: {consent.purpose}"
    yield f"  from {format_utc(consent.granted_s)} until before {format_utc(consent.expires_s)}"
    yield f"  mode: {consent.mode}"
    yield f"  by item: {', '.join(consent.items)}" if consent.items else "  by class of fields"
    withdrawal = account.known.withdrawn.get((consent.by, consent.id))
    if withdrawal is not None:
        told = withdrawal.withdrawal
        why = f": {told.why}" if told.why else ""
        yield f"  withdrawn by {told.by} {format_utc(told.at_s)}{why}"
    for word, to, answer in answers_of(account, signed):
        yield f"  {word} to {to}: {answer}"


def answers_of(account: ConsentAccount, signed: SignedConsent) -> Iterator[tuple[str, str, str]]:
    """What was said of it here, to whom, and the answer."""
    withdrawal = account.known.withdrawn.get((signed.consent.by, signed.consent.id))
    words = [("consent", signed), ("withdrawal", withdrawal)]
    for word, message in words:
        if message is None:
            continue
        digest = message_digest(message)
        for (said, to), receipt in account.said.items():
            if said != digest:
                continue
            if receipt is None:
                yield word, to, "no receipt yet"
            else:
                yield word, to, f"{receipt.outcome}{f': {receipt.why}' if receipt.why else ''}"


def table_of(account: ConsentAccount, signed: SignedConsent, now_s: float) -> dict[str, object]:
    """The consent as JSON holds it."""
    consent = signed.consent
    withdrawal = account.known.withdrawn.get((consent.by, consent.id))
    return {
        "consent": consent,
        "holds": withdrawal is None and consent.runs(now_s),
        "granted": format_utc(consent.granted_s),
        "expires": format_utc(consent.expires_s),
        "withdrawn": None if withdrawal is None else withdrawal.withdrawal,
        "said": [
            {"what": word, "to": to, "answer": answer}
            for word, to, answer in answers_of(account, signed)
        ],
    }
