"""Several products under one agreement: of each its own fields, as precise and late as agreed."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from commonwatch.errors import UnusableInput
from commonwatch.identity import nation
from commonwatch.node.agreements import worked_example_texts
from commonwatch.node.explain import Asked, explain
from commonwatch.release.agreement import FieldGrant, FurtherProduct
from commonwatch.release.agreement_file import parse_terms, read_file, written_file
from commonwatch.release.bulletin import Content
from commonwatch.release.decision import KnownBefore
from commonwatch.release.product import JOINT_ASSESSMENT, LAUNCH_WARNING, TRAJECTORY
from commonwatch.release.told import fields_told
from tests.sharing.builders import T0_S, in_force
from tests.sharing.test_gate import CANDIDATE, ruled, withheld_why
from tests.sharing.test_policies import erring
from tests.sharing.test_policies import ruled as ruled_by

TEXT = dict(worked_example_texts())["KOR-JPN.toml"]
FURTHER = """
[[further_product]]
name = "trajectory"

[[further_product.field]]
path = "path"
article = "agreed on the trajectory"
delay_s = 60.0

[[further_product.field]]
path = "apogee"
article = "agreed on the trajectory"

[[further_product]]
name = "joint assessment"

[[further_product.field]]
path = "expected_impact"
article = "agreed on the joint assessment"
precision_m = 5000.0
"""
KOR_JPN = in_force("KOR-JPN")
TERMS = replace(
    KOR_JPN.terms, further_products=parse_terms(TEXT + FURTHER, "a.toml").further_products
)
AGREEMENT = replace(KOR_JPN, terms=TERMS)


def of(product: str, **changes):
    return replace(CANDIDATE, product=product, **changes)


def ruling_of(product: str, agreements=(AGREEMENT,), **changes):
    return ruled(of(product, **changes), agreements=agreements)


def test_each_product_has_its_own_fields():
    assert ruling_of(LAUNCH_WARNING).content == CANDIDATE.content
    assert fields_told(ruling_of(TRAJECTORY).content) == ("apogee",)
    assert fields_told(ruling_of(JOINT_ASSESSMENT).content) == ("expected_impact",)


def test_each_product_has_its_own_delay():
    before = msgspec.structs.replace(CANDIDATE.content, phase="boost", path=None)
    known = KnownBefore(T0_S + 239.0, before)
    told = ruling_of(TRAJECTORY, earlier=(known,))
    assert told.content.phase == "boost"
    assert told.content.apogee == CANDIDATE.content.apogee
    assert [item.field for item in told.content.delayed] == ["path/phase"]
    assert any("KOR-JPN on trajectory, agreed on the trajectory, 60 s late" in rule
               for rule in told.decision.rules)  # fmt: skip
    assert ruling_of(LAUNCH_WARNING, earlier=(known,)).content.phase == "ballistic"


def test_each_product_has_its_own_precision():
    told = ruling_of(JOINT_ASSESSMENT)
    assert told.decision.coarsened == ("expected_impact",)
    assert told.content.impact != CANDIDATE.content.impact
    assert ruling_of(LAUNCH_WARNING).decision.coarsened == ()


def test_a_product_that_the_agreement_does_not_name_stays_and_the_reason_names_those_it_does():
    for product in ("something else", "", "Launch warning", "trajectory/x"):
        why = withheld_why(ruling_of(product))
        assert f"`{product}` is none of its products" in why
        assert "they are launch warning, trajectory, joint assessment" in why
    assert "none of its products" in withheld_why(ruling_of(TRAJECTORY, (KOR_JPN,)))


def test_a_product_named_without_fields_lets_none_go():
    text = TEXT.replace("notice_days", 'further_products = ["trajectory"]\nnotice_days', 1)
    terms = parse_terms(text, "a.toml")
    assert terms.further_products == (FurtherProduct(TRAJECTORY),)
    bare = replace(KOR_JPN, terms=replace(KOR_JPN.terms, further_products=terms.further_products))
    assert ruling_of(TRAJECTORY, (bare,)).decision.outcome == "withhold"
    assert {item.why for item in ruling_of(TRAJECTORY, (bare,)).decision.withheld} == {
        "KOR-JPN on trajectory names no such field"
    }


def test_of_two_agreements_each_must_name_the_product_and_the_field():
    path = FurtherProduct(TRAJECTORY, (FieldGrant("path", "x"), FieldGrant("burnout", "x")))
    other = replace(AGREEMENT, terms=replace(TERMS, id="another", further_products=(path,)))
    told = ruling_of(
        TRAJECTORY, (AGREEMENT, other), earlier=(KnownBefore(0.0, Content(phase="x")),)
    )
    assert fields_told(told.content) == ("path/phase",)
    none = replace(AGREEMENT, terms=replace(TERMS, id="another", further_products=()))
    assert "none of its products" in withheld_why(ruling_of(TRAJECTORY, (AGREEMENT, none)))


def test_the_floor_is_agreed_for_the_launch_warning_alone():
    table = erring("field-is-granted")
    assert ruled_by(table, AGREEMENT).decision.outcome == "floor"
    assert ruled_by(table, AGREEMENT, of(TRAJECTORY)).decision.outcome == "withhold"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (FURTHER.replace('"trajectory"', '"telemetry"'), "product `telemetry` is unknown"),
        (FURTHER.replace('"trajectory"', '"joint assessment"'), "named twice"),
        (FURTHER.replace('"apogee"', '"warhead"'), "field `warhead` is unknown"),
        (FURTHER.replace("60.0", "-1.0"), "delay_s"),
        (FURTHER.replace("name =", "title ="), "further_product"),
    ],
)
def test_a_product_that_cannot_be_read_is_refused(more, why):
    with pytest.raises(UnusableInput, match=why):
        parse_terms(TEXT + more, "a.toml")


def test_a_text_with_products_is_written_and_read_back():
    told = read_file(TEXT + FURTHER, "a.toml")
    again = parse_terms(written_file(told), "b.toml")
    assert again.further_products == TERMS.further_products
    assert again.products == (LAUNCH_WARNING, TRAJECTORY, JOINT_ASSESSMENT)


def test_explain_answers_for_each_product():
    def answer(product):
        asked = Asked(
            field="apogee", originator=nation("KOR"), recipient=nation("JPN"), product=product
        )
        return explain(asked, (AGREEMENT,), T0_S)

    assert answer(TRAJECTORY).outcome == "release"
    assert answer(JOINT_ASSESSMENT).outcome == "withhold"
    assert "is none of its products" in answer("x").rules[0]
