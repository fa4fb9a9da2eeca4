"""An agreement that covers sensors by name: what rests on any other stays."""

from __future__ import annotations

from dataclasses import replace

import pytest

from commonwatch.errors import UnusableInput
from commonwatch.identity import nation
from commonwatch.lineage import lineage_of
from commonwatch.node.agreements import worked_example_texts
from commonwatch.node.explain import Asked, explain
from commonwatch.release.agreement_file import parse_terms
from commonwatch.release.groups import release_groups
from tests.sharing.builders import SENSORS, TERMS, in_force
from tests.sharing.test_gate import CANDIDATE, ruled, withheld_why

TEXT = dict(worked_example_texts())["KOR-JPN.toml"]
KOR_JPN = in_force("KOR-JPN")


def covering(*names: str, kinds: tuple[str, ...] = ()):
    terms = replace(KOR_JPN.terms, sensor_kinds=kinds, sensors=names)
    return replace(KOR_JPN, terms=terms)


def resting_on(*names: str):
    return replace(CANDIDATE, lineage=lineage_of(("KOR",), names))


@pytest.mark.parametrize(
    ("agreement", "names", "may_go"),
    [
        (covering("KOR-1"), ("KOR-1",), True),
        (covering("KOR-X"), ("KOR-X",), True),
        (covering("KOR-X"), ("KOR-1",), False),
        (covering("KOR-X"), ("KOR-1", "KOR-X"), False),
        (covering("KOR-1", "KOR-X"), ("KOR-1", "KOR-X"), True),
        (covering("KOR-X", kinds=("radar",)), ("KOR-1", "KOR-X"), True),
        (covering(kinds=("radar",)), ("KOR-1", "KOR-X"), False),
        (covering("KOR"), ("KOR-1",), False),
        (covering("KOR-1-2"), ("KOR-1",), False),
        (covering("JPN-1", kinds=("radar",)), ("JPN-1",), False),
        (covering("nobodys"), ("nobodys",), False),
    ],
)
def test_only_what_rests_on_covered_sensors_alone_goes(agreement, names, may_go):
    ruling = ruled(resting_on(*names), agreements=(agreement,))
    assert (ruling.decision.outcome == "release") == may_go
    assert (ruling.content is not None) == may_go


def test_the_reason_says_what_is_covered():
    why = withheld_why(ruled(resting_on("KOR-1"), agreements=(covering("KOR-X", "KOR-Y"),)))
    assert "does not cover radar sensors; it covers KOR-X, KOR-Y by name" in why
    rules = ruled(
        resting_on("KOR-1", "KOR-X"), agreements=(covering("KOR-X", kinds=("radar",)),)
    ).decision.rules
    assert "KOR-JPN: covers radar sensors and KOR-X by name" in rules


def test_who_may_know_of_named_sensors_is_told_what_these_say_by_themselves():
    # A state that rests on more could not go at all, and its going missing would tell of the rest.
    only_named = replace(TERMS["KOR-JPN"], sensor_kinds=(), sensors=("KOR-X",))
    groups = release_groups("KOR", (only_named, TERMS["KOR-USA"]), SENSORS.values())
    assert {group.partners: group.sensors for group in groups} == {
        ("JPN",): {"KOR-X"},
        ("USA",): {"KOR-1"},
    }
    between = (replace(KOR_JPN, terms=only_named), in_force("KOR-USA"))
    for group in groups:
        for partner in ("JPN", "USA"):
            ruling = ruled(resting_on(*group.sensors), partner, between)
            assert (ruling.content is not None) == (partner in group.partners)


def test_two_agreements_let_go_what_rests_on_sensors_of_both():
    one, other = covering("KOR-1"), covering("KOR-1", "KOR-X")
    other = replace(other, terms=replace(other.terms, id="another"))
    assert ruled(resting_on("KOR-1"), agreements=(one, other)).content is not None
    assert ruled(resting_on("KOR-X"), agreements=(one, other)).content is None


def test_an_agreement_may_cover_named_sensors_alone_but_not_none_at_all():
    kinds = 'sensor_kinds = ["radar", "infrared"]'
    named = TEXT.replace(kinds, 'sensor_kinds = []\nsensors = ["KOR-1"]')
    assert parse_terms(named, "a.toml").sensors == ("KOR-1",)
    with pytest.raises(UnusableInput, match="no sensor is covered"):
        parse_terms(TEXT.replace(kinds, "sensor_kinds = []"), "a.toml")


def test_explain_asks_for_a_sensor_by_its_name():
    def outcome(name):
        asked = Asked(
            field="path",
            originator=nation("KOR"),
            recipient=nation("JPN"),
            sensor=name,
            sensor_kind="over-the-horizon",
        )
        return explain(asked, (covering("KOR-X"),), 1.7e9).outcome

    assert outcome("KOR-X") == "release"
    assert outcome("KOR-Y") == "withhold"
