"""Nothing is agreed until every party has signed this very text, and nothing published before."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonwatch.errors import CheckFailed, UnusableInput
from commonwatch.mode import EXERCISE, TEST
from commonwatch.node.joint_files import compare_published
from commonwatch.warn.joint.agreed import AgreedBasis, AgreedValue, basis_reasons, usual_values
from commonwatch.warn.joint.assessment import (
    SignedAssessment,
    reasons_against,
    signed_also,
    text_sha256,
)
from commonwatch.warn.joint.figures import Quantity
from commonwatch.warn.joint.statement import statement_of
from commonwatch.warn.joint.words_en import ENGLISH
from tests.joint.joint_case import NOW_S, PRIVATE, PUBLIC, proposed, signed_by


def changed_text(signed: SignedAssessment) -> SignedAssessment:
    first, *rest = signed.assessment.agreed
    moved = msgspec.structs.replace(first, value=first.value + 1.0)
    text = msgspec.structs.replace(signed.assessment, agreed=(moved, *rest))
    return SignedAssessment(assessment=text, signatures=signed.signatures)


def test_both_signed_holds_and_survives_the_file():
    signed = signed_by(proposed(), "KOR", "JPN")
    again = msgspec.json.decode(msgspec.json.encode(signed), type=SignedAssessment)
    assert reasons_against(again, PUBLIC, EXERCISE) == ()


@pytest.mark.parametrize("who", [(), ("JPN",), ("KOR",)])
def test_a_missing_signature_is_named_and_nothing_is_published(who):
    signed = signed_by(proposed(), *who)
    missing = [party for party in ("JPN", "KOR") if party not in who]
    assert reasons_against(signed, PUBLIC, EXERCISE) == tuple(
        f"{p} has not signed" for p in missing
    )
    with pytest.raises(CheckFailed, match="has not signed"):
        statement_of(signed, PUBLIC, EXERCISE, ENGLISH)


def test_a_text_changed_after_signing_is_told_as_another_text():
    signed = changed_text(signed_by(proposed(), "JPN", "KOR"))
    reasons = reasons_against(signed, PUBLIC, EXERCISE)
    assert all("signed another text" in reason for reason in reasons)
    assert len(reasons) == 2


def test_a_signature_whose_digest_was_made_to_fit_is_not_the_party_s():
    other = changed_text(signed_by(proposed(), "JPN", "KOR"))
    digest = text_sha256(other.assessment)
    forged = tuple(msgspec.structs.replace(s, text_sha256=digest) for s in other.signatures)
    signed = SignedAssessment(assessment=other.assessment, signatures=forged)
    assert reasons_against(signed, PUBLIC, EXERCISE) == (
        "JPN: the signature is not JPN's",
        "KOR: the signature is not KOR's",
    )


def test_one_party_s_signature_cannot_stand_for_the_other():
    japan = signed_by(proposed(), "JPN").signatures[0]
    lent = msgspec.structs.replace(japan, party="KOR")
    signed = SignedAssessment(assessment=proposed().assessment, signatures=(japan, lent))
    assert reasons_against(signed, PUBLIC, EXERCISE) == ("KOR: the signature is not KOR's",)


def test_a_time_of_signing_changed_later_is_seen():
    japan, korea = signed_by(proposed(), "JPN", "KOR").signatures
    later = msgspec.structs.replace(korea, signed_at_s=NOW_S + 1.0)
    signed = SignedAssessment(assessment=proposed().assessment, signatures=(japan, later))
    assert reasons_against(signed, PUBLIC, EXERCISE) == ("KOR: the signature is not KOR's",)


def test_who_is_no_party_signs_nothing():
    with pytest.raises(UnusableInput, match="USA is no party; parties are JPN, KOR"):
        signed_also(proposed(), "USA", PUBLIC, PRIVATE["USA"], NOW_S, EXERCISE)


def test_nobody_signs_beside_a_signature_of_another_text():
    with pytest.raises(UnusableInput, match="JPN signed another text"):
        signed_by(changed_text(signed_by(proposed(), "JPN")), "KOR")


def test_an_unknown_key_and_another_mode_hold_nothing():
    signed = signed_by(proposed(), "JPN", "KOR")
    known = {"JPN": PUBLIC["JPN"]}
    assert reasons_against(signed, known, EXERCISE) == ("KOR: its public key is not known here",)
    assert reasons_against(signed, PUBLIC, TEST) == (
        "the text is of mode `EXERCISE`, the keys are of TEST",
    )


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_flipped_bit_of_a_signature_never_holds(data):
    signed = signed_by(proposed(), "JPN", "KOR")
    bit = data.draw(st.integers(0, 511))
    raw = bytearray(signed.signatures[0].signature)
    raw[bit // 8] ^= 1 << bit % 8
    bad = msgspec.structs.replace(signed.signatures[0], signature=bytes(raw))
    spoiled = msgspec.structs.replace(signed, signatures=(bad, signed.signatures[1]))
    assert reasons_against(spoiled, PUBLIC, EXERCISE) == ("JPN: the signature is not JPN's",)


def value(number: float, sigma: float, basis: AgreedBasis = AgreedBasis.SIDES) -> AgreedValue:
    return AgreedValue(quantity=Quantity.RANGE, value=number, sigma=sigma, basis=basis)


@pytest.mark.parametrize(
    ("agreed", "why"),
    [
        (value(400.0, 20.0), "its basis, `sides`, allows 265 to 325"),
        (value(290.0, 1.0), "a sigma of 1 is less than its basis, `sides`, knows"),
        (value(290.0, 20.0, AgreedBasis.TRACKS), "nothing of its basis, `tracks`"),
        (value(290.0, 20.0, AgreedBasis.PHYSICS), "nothing of its basis, `physics`"),
    ],
)
def test_a_value_must_rest_on_what_it_says(agreed, why):
    (reason,) = basis_reasons(proposed().assessment.comparison, (agreed,), None)
    assert why in reason


def test_nobody_is_surer_than_half_of_what_divides_the_sides():
    by = {v.quantity: v for v in usual_values(proposed().assessment.comparison)}
    assert (by[Quantity.RANGE].value, by[Quantity.RANGE].sigma) == (275.0, 15.0)  # 300 and 270


def test_what_differs_by_more_than_rounding_stays_open():
    by = {v.quantity: v for v in usual_values(compare_published("NK20210324-01", None))}
    assert Quantity.LAUNCH_TIME not in by  # 07:04 and 07:06
    assert Quantity.RANGE not in by  # 450 and 600 km
    assert by[Quantity.MISSILES].value == 2.0
