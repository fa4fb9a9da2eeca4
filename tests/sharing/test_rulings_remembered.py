"""What the gate remembers of a ruling is what it would rule anew, at any moment, in any order."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonwatch.limits import AGREEMENT_SETS_MAX, RULINGS_REMEMBERED_MAX
from commonwatch.mode import EXERCISE
from commonwatch.node.policies import shipped_policies, shipped_table
from commonwatch.release import gate, memory
from commonwatch.release.agreement import FieldGrant, State, instants_of
from commonwatch.release.bulletin import BoostState, Content, is_finite
from commonwatch.release.consent import NO_CONSENTS
from commonwatch.release.decision import KnownBefore
from commonwatch.release.facts import Question
from commonwatch.release.gate import decide, decide_anew
from commonwatch.release.remembered import surely_finite
from commonwatch.release.standing import standing_of
from commonwatch.release.table import DecisionTable
from tests.sharing.builders import SENSORS, T0_S, TERMS, in_force, label, sensor
from tests.sharing.random_graphs import RECIPIENTS, graph_of
from tests.sharing.test_gate import CANDIDATE

NOW_S = T0_S + 300.0
KOR_JPN = in_force("KOR-JPN")
GRAPHS = 400


def question(candidate=CANDIDATE, agreements=(KOR_JPN,), sensors=SENSORS, now_s=NOW_S, to="JPN"):
    return Question(candidate, to, agreements, sensors, EXERCISE, now_s, NO_CONSENTS)


def asked(question: Question, table: DecisionTable):
    return decide(
        question.candidate,
        question.recipient,
        question.agreements,
        sensors=question.sensors,
        mode=question.mode,
        now_s=question.now_s,
        table=table,
        consents=question.consents,
    )


@pytest.fixture
def table():
    return DecisionTable(shipped_policies())


def remembers(table) -> int:
    pair = table.memory.pair("KOR", "JPN", (KOR_JPN,), NOW_S)
    return len(pair.rulings)


def numbered(candidate, number: float):
    """Another statement that is alike: other numbers, another track."""
    content = candidate.content
    impact = content.impact and msgspec.structs.replace(content.impact, lat_deg=number)
    content = msgspec.structs.replace(content, impact=impact)
    return replace(candidate, track=f"t{number}", event=f"e{number}", content=content)


def differences(graphs: int) -> int:
    """How often what is remembered differs from what is ruled anew, over random moments."""
    table, anew, found = shipped_table(), shipped_table(), 0
    for seed in range(graphs):
        graph, chance = graph_of(seed), random.Random(seed)
        edges = [moment for item in graph.agreements for moment in instants_of(item)]
        moments = [graph.now_s, *edges, *(edge - 0.5 for edge in edges), math.nan, math.inf]
        for number in range(12):
            one = Question(
                numbered(graph.candidate, float(number)),
                chance.choice(RECIPIENTS),
                graph.agreements,
                graph.sensors,
                EXERCISE,
                chance.choice(moments),
                graph.book,
            )
            ruled, right = asked(one, table), decide_anew(one, anew)
            found += msgspec.msgpack.encode(ruled) != msgspec.msgpack.encode(right)
    return found


def test_what_is_remembered_is_what_is_ruled_anew_at_every_moment():
    assert differences(GRAPHS) == 0


def test_a_memory_that_foresees_too_much_is_found(monkeypatch):
    monkeypatch.setattr(memory, "instants_of", lambda agreement: ())
    assert differences(GRAPHS) > 0


def test_a_memory_that_looks_at_too_little_is_found(monkeypatch):
    key_of = gate.key_of
    monkeypatch.setattr(gate, "key_of", lambda *args: key_of(*args)[3:])
    table = DecisionTable(shipped_policies())
    assert asked(question(), table).content is not None
    not_for_them = replace(CANDIDATE, label=label("KOR", releasable_to=("USA",)))
    assert asked(question(not_for_them), table).content is not None


def test_what_is_alike_is_told_again_with_its_own_numbers(table):
    first = asked(question(), table)
    assert remembers(table) == 1
    again = asked(question(numbered(CANDIDATE, 12.5), now_s=NOW_S + 1.0), table)
    assert remembers(table) == 1
    assert again.content.impact.lat_deg == 12.5
    assert (again.decision.track, again.decision.decided_s) == ("t12.5", NOW_S + 1.0)
    assert again.decision.rules == first.decision.rules


def test_a_suspension_bites_on_the_next_question(table):
    assert asked(question(), table).content is not None
    views = tuple(replace(view, state=State.SUSPENDED) for view in KOR_JPN.views)
    suspended = replace(KOR_JPN, views=views)
    assert asked(question(agreements=(suspended,)), table).content is None
    # A list may hold something else by now.
    agreements = [KOR_JPN]
    assert asked(question(agreements=agreements), table).content is not None
    agreements[0] = suspended
    assert asked(question(agreements=agreements), table).content is None


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_never_leaves_by_what_is_remembered(table, value):
    assert asked(question(), table).content is not None
    assert asked(question(numbered(CANDIDATE, value)), table).content is None
    path = msgspec.structs.replace(CANDIDATE.content.path, vector=(0.0,) * 6 + (value,))
    content = msgspec.structs.replace(CANDIDATE.content, path=path)
    assert asked(question(replace(CANDIDATE, content=content)), table).content is None


def test_a_sensor_registered_anew_is_looked_at_anew(table):
    sensors = dict(SENSORS)
    assert asked(question(sensors=sensors), table).content is not None
    sensors["KOR-1"] = sensor("KOR-1", "KOR", "over-the-horizon")
    assert asked(question(sensors=sensors), table).content is None
    del sensors["KOR-1"]
    assert asked(question(sensors=sensors), table).content is None


def test_what_a_gap_holds_back_stays_back(table):
    after_gap = replace(KOR_JPN, nothing_before_s=NOW_S)
    new = replace(CANDIDATE, began_s=NOW_S)
    assert asked(question(new, (after_gap,)), table).content is not None
    for began_s in (NOW_S - 1.0, math.nan, -math.inf):
        old = replace(CANDIDATE, began_s=began_s)
        assert asked(question(old, (after_gap,)), table).content is None
    unknown = replace(KOR_JPN, nothing_before_s=math.nan)
    assert asked(question(new, (unknown,)), table).content is None


def test_what_is_delayed_or_made_coarser_is_worked_out_each_time(table):
    grants = (FieldGrant("burnout", "x", delay_s=5.0), FieldGrant("expected_impact", "x", 500.0))
    terms = replace(TERMS["KOR-JPN"], fields=grants)
    agreement = replace(KOR_JPN, terms=terms)
    for burnout_s, lat_deg in ((1.0, 40.0), (2.0, 41.0)):
        earlier = (KnownBefore(NOW_S - 9.0, Content(burnout_s=burnout_s)),)
        told = asked(
            question(replace(numbered(CANDIDATE, lat_deg), earlier=earlier), (agreement,)), table
        ).content
        assert told.burnout_s == burnout_s
        assert abs(told.impact.lat_deg - lat_deg) < 0.01
    assert not table.memory.pair("KOR", "JPN", (agreement,), NOW_S).rulings


def test_a_value_that_cannot_be_looked_up_denies(table):
    odd = replace(CANDIDATE, label=label("KOR", releasable_to=["JPN"]))
    assert asked(question(odd), table).decision.outcome == "withhold"


def test_it_is_bounded(table):
    for number in range(RULINGS_REMEMBERED_MAX + 10):
        mark = label("KOR", categories=(f"launch-warning/{number}",))
        table.answer = lambda facts, terms: shipped_table().answer(
            facts._replace(label=label("KOR")), terms
        )
        asked(question(replace(CANDIDATE, label=mark)), table)
    assert remembers(table) == RULINGS_REMEMBERED_MAX
    for number in range(AGREEMENT_SETS_MAX + 10):
        asked(question(agreements=(replace(KOR_JPN, ends_s=float(number)),)), table)
    assert len(table.memory._sets) == AGREEMENT_SETS_MAX


@settings(max_examples=200)
@given(st.floats(), st.floats(), st.integers(0, 5))
def test_what_is_surely_finite_is_finite(one, other, where):
    content, place = CANDIDATE.content, CANDIDATE.content.launch
    change = msgspec.structs.replace
    boost = BoostState(0.0, 0.0, (one,) + (0.0,) * 8, (0.0,) * 44 + (other,))
    path = change(content.path, matrix_upper=(one,) + (0.0,) * 26 + (other,))
    told = [
        change(content, launch=change(place, time_s=one, azimuth_deg=other)),
        change(content, path=path),
        change(content, path=boost),
        change(content, burnout_s=one),
        change(content, apogee=change(content.apogee, time_s=one, height_sigma_m=other)),
        change(content, impact=change(place, semi_major_m=one), burnout_s=other),
    ][where]
    assert is_finite(told) or not surely_finite(told)
    if abs(one) < 1e300 and abs(other) < 1e300:
        assert surely_finite(told) == is_finite(told)


def test_a_standing_is_the_same_between_two_moments():
    for seed in range(GRAPHS):
        graph = graph_of(seed)
        pair = memory.GateMemory().pair("KOR", "JPN", graph.agreements, graph.now_s)
        for moment in (pair.from_s, (max(pair.from_s, 0.0) + graph.now_s) / 2.0, graph.now_s + 0.4):
            if pair.from_s <= moment < pair.until_s:
                there = standing_of("KOR", "JPN", graph.agreements, moment)
                assert replace(there, now_s=graph.now_s) == pair.standing
