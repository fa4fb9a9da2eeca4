"""The withdrawal of a consent by who gave it: signed, for good, from when it is heard."""

from __future__ import annotations

import math
from collections.abc import Mapping

import msgspec

from commonwatch.identity import (
    ED25519_SIGNATURE_BYTES,
    PrivateKey,
    PublicKey,
    pre_authentication_encoding,
)
from commonwatch.limits import CONSENT_TEXT_CHARACTERS_MAX
from commonwatch.release.consent import RefusedConsent

WITHDRAWAL_PAYLOAD_TYPE = "application/vnd.commonwatch.consent-withdrawal.v1+msgpack"


class Withdrawal(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`by` takes back its consent of this id; `at_s` (POSIX s) is when it said so.

    The id is spent: no consent of that id covers anything again.
    """

    id: str
    by: str
    mode: str
    why: str
    at_s: float

    def __post_init__(self) -> None:
        texts = (self.id, self.by, self.mode, self.why)
        if any(len(text) > CONSENT_TEXT_CHARACTERS_MAX for text in texts):
            raise ValueError(f"withdrawal: a text is longer than {CONSENT_TEXT_CHARACTERS_MAX}")
        if not math.isfinite(self.at_s):
            raise ValueError("withdrawal: `at_s` must be finite")


class SignedWithdrawal(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="consent-withdrawal"
):
    """A withdrawal and the signature of who gave the consent."""

    withdrawal: Withdrawal
    signature: bytes

    def __post_init__(self) -> None:
        if len(self.signature) != ED25519_SIGNATURE_BYTES:
            raise ValueError(f"withdrawal: a signature has {ED25519_SIGNATURE_BYTES} bytes")


def signed_withdrawal(withdrawal: Withdrawal, key: PrivateKey) -> SignedWithdrawal:
    """The withdrawal under the key of who gave the consent."""
    return SignedWithdrawal(withdrawal, key.sign(_signed_bytes(withdrawal)))


def verified_withdrawal(signed: SignedWithdrawal, keys: Mapping[str, PublicKey]) -> Withdrawal:
    """The withdrawal, where the nation that it names signed it; RefusedConsent otherwise."""
    withdrawal = signed.withdrawal
    key = keys.get(withdrawal.by)
    if key is None or not key.verifies(_signed_bytes(withdrawal), signed.signature):
        raise RefusedConsent(
            f"withdrawal of `{withdrawal.id}`: the signature is not {withdrawal.by[:8]}'s"
        )
    return withdrawal


def _signed_bytes(withdrawal: Withdrawal) -> bytes:
    return pre_authentication_encoding(WITHDRAWAL_PAYLOAD_TYPE, msgspec.msgpack.encode(withdrawal))
