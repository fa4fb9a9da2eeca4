"""Two persons behind an order: what national policy asks for, and whether it was done.

A nation may name release officers, each with a key of their own, and the kinds of order that two of
them must approve before the nation's key signs, at a desk or at a node. An approval is of one order
and no other: the nation's next on one revision, of one kind, of one text; or of one consent, word
for word. To suspend never needs two, nor does taking a consent back: they only restrict, and must
not wait.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

import msgspec

from commonwatch.errors import UnusableInput
from commonwatch.identity import Nation, PrivateKey, PublicKey, nation, pre_authentication_encoding
from commonwatch.limits import (
    APPROVAL_AGE_MAX_S,
    OFFICERS_FILE_BYTES_MAX,
    OFFICERS_MAX,
    ORDER_CLOCK_TOLERANCE_S,
    ORDER_TEXT_CHARACTERS_MAX,
)
from commonwatch.release.consent import Consent
from commonwatch.release.order import Order, OrderKind

APPROVAL_PAYLOAD_TYPE = "application/vnd.commonwatch.approval.v1+msgpack"
APPROVERS = 2
NEVER_NEEDS_TWO = frozenset({OrderKind.SUSPEND, OrderKind.WITHDRAW_SIGNATURE})
# In the place of a kind: the policy itself is replaced.
CHANGE_OF_OFFICERS = "change of officers"
CONSENT = "consent"
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=ORDER_TEXT_CHARACTERS_MAX)]


@dataclass(frozen=True, slots=True)
class Officer:
    """A release officer and the key by which this person alone approves."""

    id: str
    key: PublicKey


@dataclass(frozen=True, slots=True)
class Officers:
    """National policy: who the officers are, and which kinds of order, or consents, need two.

    `digest` is the SHA-256 (hexadecimal) of its text: an approval holds under that policy alone.
    """

    nation: Nation
    officers: tuple[Officer, ...]
    two_for: frozenset[str]
    digest: str

    def officer(self, name: str) -> Officer | None:
        """Who has this id, if anybody."""
        return next((one for one in self.officers if one.id == name), None)


class Approval(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One officer's approval of one order that is yet to be signed by the nation.

    `sequence` is the number that the order will have; `document` the text that it signs; `policy`
    the digest of the policy that it is given under; `at_s` when (POSIX s).
    """

    officer: Text
    agreement: str
    revision: int
    kind: Text
    sequence: int
    document: str
    mode: Text
    policy: Text
    at_s: float


class SignedApproval(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="approval"):
    """An approval under the officer's own key."""

    approval: Approval
    signature: bytes


def approval_of(order: Order, officer: str, policy: Officers, now_s: float) -> Approval:
    """This officer's approval of exactly this order, now."""
    return Approval(
        officer,
        order.agreement,
        order.revision,
        str(order.kind),
        order.sequence,
        order.document,
        order.mode,
        policy.digest,
        now_s,
    )


def approval_of_change(
    document: str, mode: str, officer: str, policy: Officers, now_s: float
) -> Approval:
    """This officer's approval of another policy (SHA-256 of its text) in the place of this one."""
    return Approval(officer, "", 0, CHANGE_OF_OFFICERS, 0, document, mode, policy.digest, now_s)


def approval_of_consent(consent: Consent, officer: str, policy: Officers, now_s: float) -> Approval:
    """This officer's approval of exactly this consent, now."""
    document = hashlib.sha256(msgspec.msgpack.encode(consent)).hexdigest()
    return Approval(
        officer, consent.id, 0, CONSENT, 0, document, consent.mode, policy.digest, now_s
    )


def signed_approval(approval: Approval, key: PrivateKey) -> SignedApproval:
    """The approval under its officer's key."""
    return SignedApproval(approval, key.sign(_signed_bytes(approval)))


def approvers(
    wanted: Approval, approvals: Iterable[SignedApproval], policy: Officers, now_s: float
) -> tuple[str, ...]:
    """Officers who approved what `wanted` says, whoever it names, and whose signatures hold now."""
    found = set()
    for one in approvals:
        told = one.approval
        officer = policy.officer(told.officer)
        same = msgspec.structs.replace(wanted, officer=told.officer, at_s=told.at_s) == told
        fresh = now_s - APPROVAL_AGE_MAX_S <= told.at_s <= now_s + ORDER_CLOCK_TOLERANCE_S
        if officer is None or not (same and fresh):
            continue
        if officer.key.verifies(_signed_bytes(told), one.signature):
            found.add(officer.id)
    return tuple(sorted(found))


def reason_against_order(
    order: Order, approvals: Iterable[SignedApproval], policy: Officers, now_s: float
) -> str | None:
    """Why the nation's key may not sign this order, or None."""
    if order.kind not in policy.two_for:
        return None
    return _too_few(approval_of(order, "", policy, now_s), approvals, policy, now_s)


def reason_against_giving(
    consent: Consent, approvals: Iterable[SignedApproval], policy: Officers, now_s: float
) -> str | None:
    """Why the nation's key may not sign this consent, or None."""
    if CONSENT not in policy.two_for:
        return None
    return _too_few(approval_of_consent(consent, "", policy, now_s), approvals, policy, now_s)


def reason_against_change(
    document: str, mode: str, approvals: Iterable[SignedApproval], policy: Officers, now_s: float
) -> str | None:
    """Why another policy may not take the place of this one, or None."""
    wanted = approval_of_change(document, mode, "", policy, now_s)
    return _too_few(wanted, approvals, policy, now_s)


def _too_few(
    wanted: Approval, approvals: Iterable[SignedApproval], policy: Officers, now_s: float
) -> str | None:
    found = approvers(wanted, approvals, policy, now_s)
    if len(found) >= APPROVERS:
        return None
    others = ", ".join(one.id for one in policy.officers if one.id not in found)
    what = wanted.kind if not wanted.agreement else f"to {wanted.kind} {wanted.agreement}"
    return (
        f"{what}: {policy.nation} asks for {APPROVERS} officers, and "
        f"{' and '.join(found) or 'nobody'} approved it; of {others} one must, "
        "with `commonwatch agreement approve`"
    )


class _Officer(msgspec.Struct, forbid_unknown_fields=True):
    id: Text
    public_key: Text


class _File(msgspec.Struct, forbid_unknown_fields=True):
    nation: Text
    two_for: tuple[Text, ...]
    officer: tuple[_Officer, ...]


def parse_officers(toml_text: str, source: str) -> Officers:
    """The policy in `toml_text`; UnusableInput says what is wrong in `source`."""
    if len(toml_text.encode()) > OFFICERS_FILE_BYTES_MAX:
        raise UnusableInput(f"{source}: longer than {OFFICERS_FILE_BYTES_MAX} bytes")
    try:
        told = msgspec.convert(tomllib.loads(toml_text), _File)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, RecursionError) as error:
        raise UnusableInput(f"{source}: {error}") from error
    officers = tuple(Officer(one.id, _key(one, source)) for one in told.officer)
    ids, keys = {one.id for one in officers}, {one.key.raw for one in officers}
    if not APPROVERS <= len(officers) <= OFFICERS_MAX:
        raise UnusableInput(
            f"{source}: {APPROVERS} to {OFFICERS_MAX} officers, not {len(officers)}"
        )
    if len(ids) != len(officers) or len(keys) != len(officers):
        raise UnusableInput(f"{source}: two officers have one id or one key; each has their own")
    kinds = frozenset(_kind(word, source) for word in told.two_for)
    digest = hashlib.sha256(toml_text.encode()).hexdigest()
    return Officers(nation(told.nation), officers, kinds, digest)


def _kind(word: str, source: str) -> str:
    known = [*(str(kind) for kind in OrderKind if kind not in NEVER_NEEDS_TWO), CONSENT]
    if word not in known:
        why = f"to {word} only restricts, and never waits; " if word in NEVER_NEEDS_TWO else ""
        raise UnusableInput(f"{source}: two_for `{word}`: {why}write of {', '.join(known)}")
    return word


def _key(told: _Officer, source: str) -> PublicKey:
    try:
        return PublicKey(bytes.fromhex(told.public_key))
    except ValueError as error:
        raise UnusableInput(f"{source}: officer {told.id}: public_key: {error}") from error


def _signed_bytes(approval: Approval) -> bytes:
    return pre_authentication_encoding(APPROVAL_PAYLOAD_TYPE, msgspec.msgpack.encode(approval))
