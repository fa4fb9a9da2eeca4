"""The Cedar policies: valid, told in full, and an error in any of them denies."""

from __future__ import annotations

from dataclasses import replace

import pytest

from commonwatch.errors import UnusableInput
from commonwatch.limits import TABLE_ROWS_MAX
from commonwatch.mode import EXERCISE
from commonwatch.node.policies import shipped_policies, shipped_table
from commonwatch.release.agreement import FieldGrant, State
from commonwatch.release.cedar import Policies
from commonwatch.release.consent import NO_CONSENTS, consent_book
from commonwatch.release.facts import Question, facts_of
from commonwatch.release.fields import FIELD_PATHS
from commonwatch.release.gate import decide
from commonwatch.release.standing import standing_of
from commonwatch.release.table import DecisionTable
from tests.sharing.builders import PUBLIC, SENSORS, T0_S, in_force, label
from tests.sharing.test_consent import AGREEMENTS, CONSENT, FUSED, signed
from tests.sharing.test_gate import CANDIDATE

SOUND = shipped_policies()
NOW_S = T0_S + 300.0
KOR_JPN = in_force("KOR-JPN")
# Cedar has 64-bit numbers: one more than the highest is an error, and valid by any schema.
ERROR = "9223372036854775807 + 1 == 0"


def ruled(table, agreement=KOR_JPN, candidate=CANDIDATE):
    return decide(
        candidate, "JPN", (agreement,), sensors=SENSORS, mode=EXERCISE, now_s=NOW_S, table=table
    )


def facts(agreement=KOR_JPN, candidate=CANDIDATE):
    question = Question(candidate, "JPN", (agreement,), SENSORS, EXERCISE, NOW_S, NO_CONSENTS)
    return facts_of(question, agreement, standing_of("KOR", "JPN", (agreement,), NOW_S))


def erring(policy_id: str) -> DecisionTable:
    """The shipped policies, in which one fails whenever it is looked at."""
    head, tail = SOUND.policy_text.split(f'@id("{policy_id}")')
    scope_ends = tail.index(")", tail.index("resource")) + 1
    tail = f"{tail[:scope_ends]} when {{ {ERROR} || true }} {tail[scope_ends:]}"
    return DecisionTable(Policies(f'{head}@id("{policy_id}"){tail}', SOUND.schema_text, "erring"))


OF_OWN_DATA = [policy for policy in SOUND.all if policy.id != "field-is-consented"]


@pytest.mark.parametrize("policy", OF_OWN_DATA, ids=lambda policy: policy.id)
def test_an_error_in_a_policy_denies_or_degrades_to_the_floor_as_it_says(policy):
    ruling = ruled(erring(policy.id))
    assert ruling.content is None
    assert ruling.decision.outcome == policy.on_error
    assert any(policy.id in error for error in ruling.decision.errors)
    without_floor = replace(KOR_JPN, terms=replace(KOR_JPN.terms, floor=None))
    assert ruled(erring(policy.id), without_floor).decision.outcome == "withhold"


def test_an_error_in_the_policy_of_consented_fields_denies():
    # Asked of what rests on third parties alone, of which there is no floor.
    ruling = decide(
        FUSED,
        "JPN",
        AGREEMENTS,
        sensors=SENSORS,
        mode=EXERCISE,
        now_s=NOW_S,
        table=erring("field-is-consented"),
        consents=consent_book((signed(CONSENT),), PUBLIC),
    )
    assert ruling.decision.outcome == "withhold"
    assert any("field-is-consented" in error for error in ruling.decision.errors)


def test_errors_never_get_round_a_suspension_or_another_objection():
    suspended = replace(
        KOR_JPN, views=tuple(replace(view, state=State.SUSPENDED) for view in KOR_JPN.views)
    )
    table = erring("sensors-are-covered")
    assert ruled(table).decision.outcome == "floor"
    assert ruled(table, suspended).decision.outcome == "withhold"
    not_for_them = replace(CANDIDATE, label=label("KOR", releasable_to=("USA",)))
    assert ruled(table, candidate=not_for_them).decision.outcome == "withhold"


def test_cedar_alone_would_let_it_through():
    # Why the gate looks for errors itself: Cedar skips a forbid that fails.
    import cedarpy

    scope = "(principal, action, resource)"
    policies = f"permit {scope}; forbid {scope} when {{ {ERROR} || true }};"
    asked = {"principal": 'N::"a"', "action": 'Action::"b"', "resource": 'N::"c"', "context": {}}
    assert cedarpy.is_authorized(asked, policies, []).allowed


def test_the_views_are_asked_by_a_policy_too():
    # The gate holds a suspension by itself, whatever the policies say; they must say the same.
    suspended = facts()._replace(states=("in force", "suspended"))
    answer = shipped_table().asked(suspended, KOR_JPN.terms)
    assert not answer.allows
    assert not shipped_table().asked(facts()._replace(states=()), KOR_JPN.terms).allows


@pytest.mark.parametrize("granted", [(), ("launch_point",), ("path",), ("path/phase", "apogee")])
def test_the_fields_are_named_by_a_policy_too(granted):
    terms = replace(KOR_JPN.terms, fields=tuple(FieldGrant(path, "x") for path in granted))
    answer = shipped_table().asked(facts(), terms)
    covered = {p for p in FIELD_PATHS if any(p == g or p.startswith(f"{g}/") for g in granted)}
    assert answer.fields == covered
    assert {item.field for item in answer.withheld} == set(FIELD_PATHS) - covered


def test_a_new_revision_is_asked_anew_and_the_old_rows_do_not_answer_for_it():
    table = DecisionTable(SOUND)
    assert ruled(table).decision.outcome == "release"
    narrower = replace(
        KOR_JPN, terms=replace(KOR_JPN.terms, revision=2, sensor_kinds=("infrared",))
    )
    assert ruled(table, narrower).decision.outcome == "withhold"
    assert ruled(table).decision.outcome == "release"


def test_the_table_is_bounded_and_forgets_without_harm():
    table = DecisionTable(SOUND)
    table.asked = lambda facts, terms: facts.recipient  # what is asked is not what is tested here
    for number in range(TABLE_ROWS_MAX + 10):
        key = facts()._replace(recipient=str(number))
        assert table.answer(key, KOR_JPN.terms) == str(number)
    assert table.rows() == TABLE_ROWS_MAX
    assert table.answer(facts()._replace(recipient="0"), KOR_JPN.terms) == "0"


def test_the_same_question_gives_the_same_words_each_time():
    # Cedar tells what is behind a denial in another order each time.
    wrong = replace(CANDIDATE, mode=EXERCISE, label=label("KOR", level="?", releasable_to=()))
    told = {ruled(DecisionTable(SOUND), candidate=wrong).decision.rules for _ in range(12)}
    assert len(told) == 1


ONE = """@id("a") @article("b") @reason("{0}") permit (principal, action, resource);"""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("permit (principal", "unexpected"),
        ("permit (principal, action, resource) when { resource.nothing };", "not valid"),
        ('@id("a") permit (principal, action, resource);', "has no @article"),
        (ONE.format("x") + ONE.format("x"), "two policies have one @id"),
        (ONE.format("x").replace("@reason", '@on_error("release") @reason'), "on_error"),
        (" " * 300_000, "longer than"),
    ],
)
def test_policies_that_cannot_be_used_are_refused_with_the_reason(text, why):
    with pytest.raises(UnusableInput, match=why):
        Policies(text, SOUND.schema_text, "mine.cedar")


def test_a_reason_that_names_what_there_is_not_is_refused_when_it_is_loaded():
    for reason in ("{nobody}", "{", "{}"):
        with pytest.raises(UnusableInput, match="policy a"):
            DecisionTable(Policies(ONE.replace("{0}", reason), SOUND.schema_text, "mine.cedar"))


def test_each_policy_names_its_article():
    assert len(SOUND.all) >= 15
    assert all(policy.article and policy.reason for policy in SOUND.all)
