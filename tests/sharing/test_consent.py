"""Article 6 a, b: no third country and no other use without prior written approval."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from commonwatch.identity import nation
from commonwatch.label import derived_label
from commonwatch.lineage import lineage_of, merged
from commonwatch.mode import EXERCISE
from commonwatch.node.policies import shipped_table
from commonwatch.release.agreement import FieldGrant, State
from commonwatch.release.consent import (
    Consent,
    RefusedConsent,
    SignedConsent,
    consent_book,
    signed_consent,
    verified_consent,
)
from commonwatch.release.gate import decide
from commonwatch.release.told import fields_told
from tests.sharing.builders import KEYS, PUBLIC, SENSORS, T0_S, TERMS, in_force, label
from tests.sharing.random_graphs import TRILATERAL
from tests.sharing.test_gate import CANDIDATE

NOW_S = T0_S + 300.0
AGREEMENTS = (in_force("JPN-USA"), in_force("KOR-JPN"), in_force("KOR-USA"))
# What the United States made of its own radar and of what Korea released to it as number 7.
FUSED = replace(
    CANDIDATE,
    originator=nation("USA"),
    lineage=merged((
        lineage_of(("USA",), ("USA-1",)),
        lineage_of(("KOR",), ("KOR-1",), ("KOR-USA-7",)),
    )),
    label=derived_label((label("KOR"), label("USA", releasable_to=("JPN", "KOR"))),
                        TRILATERAL.levels, "USA"),
)  # fmt: skip
CONSENT = Consent(
    id="KOR-2023-1",
    by="KOR",
    holder="USA",
    recipients=("JPN",),
    purpose=TERMS["JPN-USA"].purpose,
    mode="EXERCISE",
    granted_s=T0_S - 1.0,
    expires_s=T0_S + 3600.0,
    fields=("launch_point", "path"),
)


def signed(consent: Consent, signer: str = "KOR") -> SignedConsent:
    return signed_consent(consent, KEYS[nation(signer)].private)


def goes(*consents: SignedConsent, candidate=FUSED, agreements=AGREEMENTS, now_s=NOW_S):
    ruling = decide(
        candidate,
        "JPN",
        agreements,
        sensors=SENSORS,
        mode=EXERCISE,
        now_s=now_s,
        table=shipped_table(),
        consents=consent_book(consents, PUBLIC),
    )
    return () if ruling.content is None else fields_told(ruling.content), ruling.decision


def test_what_is_fused_inherits_level_originators_and_the_common_release_list():
    assert FUSED.label.originators == ("KOR", "USA")
    assert FUSED.label.releasable_to == ("JPN",)
    assert FUSED.lineage.originators == ("KOR", "USA")


def test_a_class_that_was_consented_to_goes_and_the_rest_says_why_not():
    fields, decision = goes(signed(CONSENT))
    assert fields == ("path/phase", "launch_point", "path/state_information")
    assert "lineage: with the consent of KOR (KOR-2023-1)" in decision.rules
    assert {item.field for item in decision.withheld} == {"burnout", "expected_impact", "apogee"}
    assert all("KOR did not all consent" in item.why for item in decision.withheld)


def test_without_a_consent_nothing_goes_and_the_decision_names_whose_is_missing():
    fields, decision = goes()
    assert fields == ()
    assert "without the consent of KOR" in decision.withheld[0].why


def changed(**changes) -> Consent:
    return msgspec.structs.replace(CONSENT, **changes)


@pytest.mark.parametrize(
    "consent",
    [
        changed(by="JPN"),
        changed(holder="JPN"),
        changed(recipients=()),
        changed(recipients=("AUS",)),
        changed(purpose=""),
        changed(purpose="targets"),
        changed(purpose=TERMS["JPN-USA"].product),
        changed(mode="LIVE"),
        changed(expires_s=NOW_S),
        changed(granted_s=NOW_S + 1.0),
        changed(fields=()),
        changed(items=("KOR-USA-7",)),  # with fields too: it says two things
        changed(fields=(), items=("KOR-USA-8",)),
        changed(fields=("pat", "", "/")),
    ],
)
def test_a_consent_for_something_else_covers_nothing(consent):
    assert goes(signed(consent, consent.by))[0] == ()


def test_an_item_that_was_consented_to_goes_whole():
    fields, _decision = goes(signed(changed(fields=(), items=("KOR-USA-7",))))
    assert set(fields) == set(fields_told(FUSED.content))


def test_an_item_consent_does_not_cover_what_another_item_went_into():
    lineage = msgspec.structs.replace(FUSED.lineage, parents=("KOR-USA-7", "KOR-USA-8"))
    candidate = replace(FUSED, lineage=lineage)
    consent = changed(fields=(), items=("KOR-USA-7",))
    assert goes(signed(consent), candidate=candidate)[0] == ()


def test_it_ends_at_the_very_moment_that_it_names():
    assert goes(signed(CONSENT), now_s=CONSENT.expires_s - 1e-3)[0]
    assert not goes(signed(CONSENT), now_s=CONSENT.expires_s)[0]
    assert goes(signed(CONSENT), now_s=CONSENT.granted_s)[0]
    assert not goes(signed(CONSENT), now_s=CONSENT.granted_s - 1e-3)[0]


def test_a_signature_of_anyone_else_is_no_consent():
    for signer in ("USA", "JPN"):
        forged = signed(CONSENT, signer)
        with pytest.raises(RefusedConsent, match="the signature is not KOR's"):
            verified_consent(forged, PUBLIC)
        assert goes(forged)[0] == ()
        assert consent_book((forged,), PUBLIC).refused
    with pytest.raises(RefusedConsent, match="no key"):
        verified_consent(signed(CONSENT), {})
    altered = msgspec.structs.replace(signed(CONSENT), consent=changed(recipients=("AUS", "JPN")))
    with pytest.raises(RefusedConsent):
        verified_consent(altered, PUBLIC)


def test_a_signature_reads_back_from_the_wire():
    raw = msgspec.msgpack.encode(signed(CONSENT))
    assert verified_consent(msgspec.msgpack.decode(raw, type=SignedConsent), PUBLIC) == CONSENT


@pytest.mark.parametrize("between", ["KOR-JPN", "KOR-USA", "JPN-USA"])
def test_an_agreement_of_the_originator_that_is_suspended_holds_its_data_back_at_the_hub(between):
    suspended = tuple(
        replace(item, views=tuple(replace(view, state=State.SUSPENDED) for view in item.views))
        if item.terms.id == between
        else item
        for item in AGREEMENTS
    )
    assert goes(signed(CONSENT), agreements=suspended)[0] == ()


def test_each_further_hop_needs_a_consent_of_its_own():
    # Japan passes on to Korea what it had of the United States: Korea's own consent is for a hop
    # from the United States, and that of the United States is missing.
    onward = replace(
        FUSED,
        originator=nation("JPN"),
        lineage=lineage_of(("JPN", "USA"), ("JPN-1", "USA-1"), ("USA-JPN-3",)),
        label=label("JPN", originators=("JPN", "USA"), releasable_to=("KOR",)),
    )
    first_hop = signed(changed(by="USA", holder="USA", recipients=("JPN", "KOR")), "USA")
    own_hop = signed(changed(by="USA", holder="JPN", recipients=("KOR",)), "USA")
    for given, expected in (((first_hop,), False), ((first_hop, own_hop), True)):
        ruling = decide(
            onward,
            "KOR",
            AGREEMENTS,
            sensors=SENSORS,
            mode=EXERCISE,
            now_s=NOW_S,
            table=shipped_table(),
            consents=consent_book(given, PUBLIC),
        )
        assert (ruling.content is not None) == expected


def test_there_is_no_floor_of_what_rests_on_a_third_party():
    wrong = replace(
        AGREEMENTS[0],
        terms=replace(
            AGREEMENTS[0].terms,
            fields=(FieldGrant("launch_point", "x"), FieldGrant("burnout", "x", 500.0)),
        ),
    )
    assert wrong.terms.floor is not None, "for its own data there is one"
    consent = signed(changed(fields=("launch_point", "burnout")))
    fields, decision = goes(consent, agreements=(wrong, *AGREEMENTS[1:]))
    assert fields == ()
    assert decision.outcome == "withhold"
    assert decision.rules == ("an error, and the agreement has no floor for it",)
    assert decision.errors


@pytest.mark.parametrize(
    "changes",
    [
        {"recipients": ("KOR",) * 1001},
        {"id": "x" * 129},
        {"expires_s": float("nan")},
        {"granted_s": float("-inf")},
    ],
)
def test_a_consent_without_bounds_is_refused(changes):
    with pytest.raises(ValueError, match="consent:"):
        Consent(**{**msgspec.structs.asdict(CONSENT), **changes})
