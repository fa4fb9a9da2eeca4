"""A joint assessment: one text that all parties sign, or that is nobody's."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping

import msgspec

from commonwatch.errors import UnusableInput
from commonwatch.identity import (
    ISO_3166_1_ALPHA_3,
    PrivateKey,
    PublicKey,
    pre_authentication_encoding,
)
from commonwatch.limits import JOINT_PARTIES_MAX
from commonwatch.mode import Rehearsal
from commonwatch.warn.joint.agreed import AgreedValue, basis_reasons
from commonwatch.warn.joint.comparison import Comparison
from commonwatch.warn.joint.figures import LAUNCHING_SIDE, Quantity
from commonwatch.warn.joint.physics import PhysicsFinding

PAYLOAD_TYPE = "application/vnd.commonwatch.joint-assessment.v1+msgpack"
DIGEST_SHOWN = 16


class JointAssessment(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the parties agree on about one launch; `mode` is the mode's word.

    `physics` is of the agreed apogee and range. Quantities without an agreed value stay open.
    """

    mode: str
    parties: tuple[str, ...]
    proposed_by: str
    proposed_at_s: float
    comparison: Comparison
    agreed: tuple[AgreedValue, ...]
    physics: PhysicsFinding | None

    def __post_init__(self) -> None:
        if tuple(sorted(set(self.parties))) != self.parties:
            raise ValueError("parties must stand once each, in the order of their codes")
        if not 2 <= len(self.parties) <= JOINT_PARTIES_MAX:
            raise ValueError(f"a joint assessment has 2 to {JOINT_PARTIES_MAX} parties")
        for code in self.parties:
            if code not in ISO_3166_1_ALPHA_3:
                raise ValueError(f"party `{code}`: not an ISO 3166-1 alpha-3 code")
        if LAUNCHING_SIDE in self.parties:
            raise ValueError(f"{LAUNCHING_SIDE} launched; its figures are a claim, it is no party")
        if self.proposed_by not in self.parties:
            raise ValueError(f"proposed by {self.proposed_by}, which is no party")
        if not math.isfinite(self.proposed_at_s):
            raise ValueError("`proposed_at_s` must be finite")

    def value(self, quantity: Quantity) -> AgreedValue | None:
        """The agreed value, None where it stays open."""
        return next((v for v in self.agreed if v.quantity is quantity), None)


class PartySignature(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One party's Ed25519 signature; `text_sha256` says of which text it is, and is signed too."""

    party: str
    signed_at_s: float
    text_sha256: str
    signature: bytes


class SignedAssessment(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind",
                       tag="joint-assessment", kw_only=True):  # fmt: skip
    """An assessment and who has signed it so far."""

    assessment: JointAssessment
    signatures: tuple[PartySignature, ...] = ()


class _Signed(msgspec.Struct, frozen=True, array_like=True):
    party: str
    signed_at_s: float
    text_sha256: str


def text_sha256(assessment: JointAssessment) -> str:
    """The SHA-256 of the text: any change of any value in it changes this."""
    return hashlib.sha256(msgspec.msgpack.encode(assessment)).hexdigest()


def signed_also(
    signed: SignedAssessment,
    party: str,
    keys: Mapping[str, PublicKey],
    key: PrivateKey,
    now_s: float,
    mode: Rehearsal,
) -> SignedAssessment:
    """The assessment with this party's signature added.

    Raises UnusableInput where it is no party, has signed, or what is there does not hold: nobody
    puts a name under a text or beside a signature that is not sound.
    """
    assessment = signed.assessment
    if party not in assessment.parties:
        raise UnusableInput(f"{party} is no party; parties are {', '.join(assessment.parties)}")
    if any(signature.party == party for signature in signed.signatures):
        raise UnusableInput(f"{party} has signed already")
    unsound = (*text_reasons(assessment, mode), *_signature_reasons(signed, keys))
    if unsound:
        raise UnusableInput(f"not signed: {'; '.join(unsound)}")
    digest = text_sha256(assessment)
    signature = PartySignature(
        party=party,
        signed_at_s=now_s,
        text_sha256=digest,
        signature=key.sign(_signed_bytes(party, now_s, digest)),
    )
    every = sorted((*signed.signatures, signature), key=lambda one: one.party)
    return SignedAssessment(assessment=assessment, signatures=tuple(every))


def reasons_against(
    signed: SignedAssessment, keys: Mapping[str, PublicKey], mode: Rehearsal
) -> tuple[str, ...]:
    """Why this is not an assessment that all parties signed; empty where it is."""
    have = {signature.party for signature in signed.signatures}
    missing = tuple(
        f"{party} has not signed" for party in signed.assessment.parties if party not in have
    )
    text = text_reasons(signed.assessment, mode)
    return (*text, *_signature_reasons(signed, keys), *missing)


def text_reasons(assessment: JointAssessment, mode: Rehearsal) -> tuple[str, ...]:
    """Why nobody should sign this text."""
    wrong_mode = (
        ()
        if assessment.mode == mode.word
        else (f"the text is of mode `{assessment.mode[:20]}`, the keys are of {mode.word}",)
    )
    nothing = () if assessment.agreed else ("no value is agreed; --agree proposes one",)
    basis = basis_reasons(assessment.comparison, assessment.agreed, assessment.physics)
    return (*wrong_mode, *nothing, *basis)


def _signature_reasons(signed: SignedAssessment, keys: Mapping[str, PublicKey]) -> tuple[str, ...]:
    digest = text_sha256(signed.assessment)
    reasons = []
    seen: set[str] = set()
    for one in signed.signatures:
        key = keys.get(one.party)
        if one.party not in signed.assessment.parties:
            reasons.append(f"signed by {one.party[:20]}, which is no party")
        elif one.party in seen:
            reasons.append(f"{one.party} signed twice")
        elif key is None:
            reasons.append(f"{one.party}: its public key is not known here")
        elif one.text_sha256 != digest:
            reasons.append(
                f"{one.party} signed another text ({one.text_sha256[:DIGEST_SHOWN]}), "
                f"not this one ({digest[:DIGEST_SHOWN]})"
            )
        elif not key.verifies(_signed_bytes(one.party, one.signed_at_s, digest), one.signature):
            reasons.append(f"{one.party}: the signature is not {one.party}'s")
        seen.add(one.party)
    return tuple(reasons)


def _signed_bytes(party: str, signed_at_s: float, digest: str) -> bytes:
    body = msgspec.msgpack.encode(_Signed(party, signed_at_s, digest))
    return pre_authentication_encoding(PAYLOAD_TYPE, body)
