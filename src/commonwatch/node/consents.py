"""Consents of originators at a node: given, withdrawn, taken, handed on, answered, recorded.

A consent has effect once it is durable in the ledger; a withdrawal at once, whatever the disk does.
Neither asks for the state of an agreement.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from commonwatch.errors import UnusableInput
from commonwatch.foreign_text import printable
from commonwatch.limits import ITEM_WHY_CHARACTERS_MAX
from commonwatch.node.journal import Journal
from commonwatch.node.keys import NodeKeys
from commonwatch.node.ledger_store import LedgerUnavailable
from commonwatch.release.consent import Consent, ConsentBook, SignedConsent, signed_consent
from commonwatch.release.known_consents import (
    KnownConsents,
    reason_against_consent,
    reason_against_withdrawal,
)
from commonwatch.release.withdrawal import SignedWithdrawal, Withdrawal, signed_withdrawal
from commonwatch.share.consent_message import (
    ConsentAccount,
    ConsentEntry,
    ConsentMessage,
    ConsentReceipt,
    with_entry,
)
from commonwatch.share.ledger import Refusal
from commonwatch.share.message import Lane, Message, message_digest


@dataclass(frozen=True, slots=True)
class ConsentWays:
    """How the desk reaches partners and disk: as its node does.

    `exchanges_with` says whether an agreement binds this nation and another one directly,
    `require_approved` raises UnusableInput where national policy asks for officers who have not
    approved a consent.
    """

    send: Callable[[str, Lane, Sequence[Message], float], None]
    commit: Callable[[float, Collection[str]], bool]
    exchanges_with: Callable[[str], bool]
    require_approved: Callable[[Consent, float], None]


class ConsentDesk:
    """Holds the consents that its node knows; every change was verified and is recorded."""

    def __init__(
        self, keys: NodeKeys, journal: Journal, account: ConsentAccount, ways: ConsentWays
    ) -> None:
        self._keys = keys
        self._journal = journal
        self._ways = ways
        self.account = account

    @property
    def known(self) -> KnownConsents:
        """All consents and withdrawals that this node knows."""
        return self.account.known

    @property
    def book(self) -> ConsentBook:
        """What the gate is asked with."""
        return self.account.known.book

    def give(self, consent: Consent, now_s: float) -> SignedConsent:
        """Sign a consent, record it, tell its holder, and its recipient where we exchange.

        UnusableInput where it is not this nation's to give, covers nothing, or was not approved.
        """
        if consent.by != self._keys.nation:
            raise UnusableInput(
                f"consent `{consent.id}`: by {consent.by}, and this node is {self._keys.nation}'s"
            )
        self._ways.require_approved(consent, now_s)
        signed = signed_consent(consent, self._keys.private)
        why = reason_against_consent(
            signed, self.known, self._keys.public, self._keys.mode.word, now_s
        )
        if why is None and (consent.by, consent.id) in self.known.given:
            why = "it was given before"
        if why is not None:
            raise UnusableInput(f"consent `{consent.id[:40]}`: {why}")
        tell = [consent.holder]
        tell += [code for code in consent.recipients if self._ways.exchanges_with(code)]
        self._say_durably(signed, tell, now_s)
        return signed

    def revoke(self, consent_id: str, why: str, now_s: float) -> SignedWithdrawal:
        """Withdraw an own consent for good: from now on it covers nothing, here and where told.

        UnusableInput where this nation gave none of that id.
        """
        given = self.known.given.get((self._keys.nation, consent_id))
        if given is None:
            own = sorted(name for by, name in self.known.given if by == self._keys.nation)
            raise UnusableInput(
                f"consent `{consent_id[:40]}`: {self._keys.nation} gave none of that id; "
                f"it gave {', '.join(own[:20]) or 'none'}"
            )
        if (self._keys.nation, consent_id) in self.known.withdrawn:
            raise UnusableInput(f"consent `{consent_id}`: it is withdrawn already")
        told = Withdrawal(
            id=consent_id,
            by=self._keys.nation,
            mode=self._keys.mode.word,
            why=why,
            at_s=now_s,
        )
        signed = signed_withdrawal(told, self._keys.private)
        consent = given.consent
        tell = [consent.holder]
        tell += [code for code in consent.recipients if self._ways.exchanges_with(code)]
        self._say_durably(signed, tell, now_s)
        return signed

    def take(self, told: Sequence[tuple[str, ConsentMessage]], now_s: float) -> None:
        """Take what partners say of consents, or record why not; answer either way."""
        if not told:
            return
        concerned: set[str] = set()
        # What takes back goes first: it bites before anything waits for the disk.
        for sender, message in sorted(told, key=lambda one: _gives(one[1])):
            if isinstance(message, ConsentReceipt):
                self._take_receipt(sender, message)
            else:
                concerned |= self._take(sender, message, now_s)
        self._ways.commit(now_s, concerned)

    def remind(self, now_s: float) -> int:
        """Say again, word for word, what no receipt answers; how many."""
        open_ones = self.account.unanswered()
        for to, message in open_ones:
            self._ways.send(to, "control", (message,), now_s)
        if open_ones and not self._ways.commit(now_s, {to for to, _message in open_ones}):
            raise LedgerUnavailable(self._journal.stopped or "the ledger stopped")
        return len(open_ones)

    def _take(
        self, sender: str, message: SignedConsent | SignedWithdrawal, now_s: float
    ) -> set[str]:
        """Take one, answer its sender and hand it on; who is concerned."""
        digest = message_digest(message)
        why = self._reason_against(sender, message, now_s)
        handed_on: list[str] = []
        if why is not None:
            body = msgspec.msgpack.encode(Refusal(printable(why, ITEM_WHY_CHARACTERS_MAX), digest))
            self._journal.note("consent-refused", sender, _id_of(message), body)
        elif (digest, sender) not in self.account.heard:
            new = digest not in self.account.messages
            entry = ConsentEntry(digest, False, message)
            if isinstance(message, SignedWithdrawal):
                self.account = with_entry(self.account, sender, entry)
                self._note(sender, entry)
            else:
                self._note(sender, entry)
                # In the ledger before it has effect.
                if not self._ways.commit(now_s, ()):
                    return set()
                self.account = with_entry(self.account, sender, entry)
            if new:
                handed_on = list(self._hand_on(message))
        for code in handed_on:
            self._say(message, code, now_s)
        receipt = ConsentReceipt(
            answers=digest,
            outcome="taken" if why is None else "refused",
            why=printable(why or "", ITEM_WHY_CHARACTERS_MAX),
            at_s=now_s,
        )
        self._note(sender, ConsentEntry(message_digest(receipt), True, receipt))
        self._ways.send(sender, "control", (receipt,), now_s)
        return {sender, *handed_on}

    def _take_receipt(self, sender: str, receipt: ConsentReceipt) -> None:
        digest = message_digest(receipt)
        key = (receipt.answers, sender)
        if key not in self.account.said:
            body = msgspec.msgpack.encode(Refusal("answers nothing that was said", digest))
            self._journal.note("consent-refused", sender, "", body)
        elif self.account.said[key] is None:
            entry = ConsentEntry(digest, False, receipt)
            self.account = with_entry(self.account, sender, entry)
            self._note(sender, entry)

    def _reason_against(
        self, sender: str, message: SignedConsent | SignedWithdrawal, now_s: float
    ) -> str | None:
        keys, mode = self._keys.public, self._keys.mode.word
        if isinstance(message, SignedWithdrawal):
            return reason_against_withdrawal(message, self.known, keys, mode)
        consent = message.consent
        if sender not in {consent.by, consent.holder}:
            return f"{sender} neither gave it nor holds it"
        if self._keys.nation not in {consent.holder, *consent.recipients}:
            return f"it is neither for {self._keys.nation} to hold nor to receive by"
        return reason_against_consent(message, self.known, keys, mode, now_s)

    def _hand_on(self, message: SignedConsent | SignedWithdrawal) -> Iterator[str]:
        """The recipient that must verify the hop: where this nation holds the consent for it."""
        if isinstance(message, SignedWithdrawal):
            told = message.withdrawal
            found = self.known.given.get((told.by, told.id))
            if found is None:
                return
            consent = found.consent
        else:
            consent = message.consent
        if consent.holder == self._keys.nation:
            yield from (code for code in consent.recipients if self._ways.exchanges_with(code))

    def _say_durably(
        self, message: SignedConsent | SignedWithdrawal, tell: Sequence[str], now_s: float
    ) -> None:
        digest = message_digest(message)
        withdraws = isinstance(message, SignedWithdrawal)
        entries = [(code, ConsentEntry(digest, True, message)) for code in tell]
        for code, entry in entries:
            self._note(code, entry)
            self._ways.send(code, "control", (message,), now_s)
            if withdraws:
                self.account = with_entry(self.account, code, entry)
        if not self._ways.commit(now_s, set(tell)):
            raise LedgerUnavailable(self._journal.stopped or "the ledger stopped")
        for code, entry in () if withdraws else entries:
            self.account = with_entry(self.account, code, entry)

    def _say(self, message: SignedConsent | SignedWithdrawal, to: str, now_s: float) -> None:
        entry = ConsentEntry(message_digest(message), True, message)
        self.account = with_entry(self.account, to, entry)
        self._note(to, entry)
        self._ways.send(to, "control", (message,), now_s)

    def _note(self, counterparty: str, entry: ConsentEntry) -> None:
        body = msgspec.msgpack.encode(entry)
        self._journal.note("consent", counterparty, _id_of(entry.message), body)


def _gives(message: ConsentMessage) -> bool:
    return isinstance(message, SignedConsent)


def _id_of(message: ConsentMessage) -> str:
    if isinstance(message, SignedConsent):
        return message.consent.id
    return message.withdrawal.id if isinstance(message, SignedWithdrawal) else ""
