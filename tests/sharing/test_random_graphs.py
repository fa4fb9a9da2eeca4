"""Random graphs: no record reaches whom it may not, and nothing unknown or missing widens.

COMMONWATCH_GRAPHS says how many graphs each property is asked of; without it 1,500, for CI.
"""

from __future__ import annotations

import math
import os
import random
from dataclasses import replace

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from commonwatch.marking.portions import MarkedWhole
from commonwatch.mode import EXERCISE
from commonwatch.node.policies import shipped_policies, shipped_table
from commonwatch.release import cedar_question
from commonwatch.release import marked as marked_module
from commonwatch.release import table as table_module
from commonwatch.release.agreement import State, Terms, state_at
from commonwatch.release.bearing import Bearing, bearing_of
from commonwatch.release.cedar import Policies
from commonwatch.release.facts import Question
from commonwatch.release.gate import decide, decide_anew
from commonwatch.release.marked import marked_parts, unknown_portions
from commonwatch.release.product import FURTHER_PRODUCTS, LAUNCH_WARNING
from commonwatch.release.table import DecisionTable
from commonwatch.release.told import fields_told
from tests.sharing.builders import label
from tests.sharing.naive_gate import alive, all_let_go, closed, fields_by_agreement
from tests.sharing.poorer_graphs import POORER, with_consents, with_label, with_terms
from tests.sharing.random_graphs import BATCH, FIELD_SETS, RECIPIENTS, Graph, batches, graph_of

GRAPHS = int(os.environ.get("COMMONWATCH_GRAPHS", "1500"))
SEEDS_MAX = 20_000  # of graphs in which a planted bug is looked for


def asked_of(graphs: int) -> settings:
    """So many graphs, in batches; a seed cannot be shrunk."""
    return settings(
        max_examples=max(1, math.ceil(graphs / BATCH)),
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
        phases=[Phase.generate],
    )


class AskedEachTime(DecisionTable):
    """The same policies without a memory."""

    def answer(self, facts, terms):
        return self.asked(facts, terms)


TABLE = shipped_table()
kinds_of = cedar_question._kinds
ASKED = AskedEachTime(shipped_policies())


def ruling(graph: Graph, recipient: str, table: DecisionTable):
    return decide(
        graph.candidate,
        recipient,
        graph.agreements,
        sensors=graph.sensors,
        mode=EXERCISE,
        now_s=graph.now_s,
        table=table,
        consents=graph.book,
    )


def question(graph: Graph, recipient: str, now_s: float | None = None) -> Question:
    return Question(
        graph.candidate,
        recipient,
        graph.agreements,
        graph.sensors,
        EXERCISE,
        graph.now_s if now_s is None else now_s,
        graph.book,
    )


def goes(graph: Graph, recipient: str, table: DecisionTable = TABLE) -> set[str]:
    ruled = ruling(graph, recipient, table)
    assert ruled.floor is None
    assert (ruled.content is None) == (ruled.decision.outcome == "withhold")
    return set() if ruled.content is None else set(fields_told(ruled.content))


def may_go(graph: Graph, recipient: str) -> dict[str, set[str]]:
    return fields_by_agreement(
        graph.candidate,
        recipient,
        graph.agreements,
        graph.given,
        graph.sensors,
        "EXERCISE",
        graph.now_s,
    )


@asked_of(GRAPHS)
@given(batches())
def test_no_record_reaches_a_node_that_is_not_entitled(seeds):
    for seed in seeds:
        graph = graph_of(seed)
        for recipient in RECIPIENTS:
            twin = all_let_go(may_go(graph, recipient))
            assert goes(graph, recipient) == twin, (seed, recipient)


@asked_of(GRAPHS // 4)
@given(batches())
def test_the_table_equals_cedar_asked_each_time(seeds):
    for seed in seeds:
        graph, recipient = graph_of(seed), RECIPIENTS[seed % len(RECIPIENTS)]
        asked = decide_anew(question(graph, recipient), ASKED)
        assert ruling(graph, recipient, TABLE) == asked, (seed, recipient)
        # The second time it is remembered.
        assert ruling(graph, recipient, TABLE) == asked, (seed, recipient)


@asked_of(GRAPHS // 2)
@given(batches())
def test_nothing_unknown_or_missing_ever_widens_a_release(seeds):
    for seed in seeds:
        chance, graph = random.Random(-1 - seed), graph_of(seed)
        name, recipient = chance.choice(sorted(POORER)), chance.choice(RECIPIENTS)
        # Under whichever agreement it goes, it might have gone with all known.
        before = set().union(*may_go(graph, recipient).values())
        poorer = POORER[name](graph, chance.randrange(5))
        assert goes(poorer, recipient) <= before, (seed, name, recipient)


def test_the_twin_lets_things_go_in_each_way():
    # A property that only ever denies would hold of a gate that is always shut.
    found = set()
    for graph in map(graph_of, range(1500)):
        candidate = graph.candidate
        for recipient in RECIPIENTS:
            if fields := all_let_go(may_go(graph, recipient)) & goes(graph, recipient):
                found |= {len(candidate.lineage.originators), candidate.product}
                found |= {("portions", len(fields) > 1)} if candidate.portions else set()
                found |= {name for name in candidate.lineage.sensors if name == "USA-IR"}
    assert found == {
        1, 2, 3, *FURTHER_PRODUCTS, LAUNCH_WARNING, ("portions", True), ("portions", False),
        "USA-IR",
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["ended in peace", "suspended, then run out", "two in force"])
def test_graphs_hold_several_agreements_between_the_same_two(kind):
    # Where the new rule and the former one differ, in both directions.
    assert any(kind in kinds_between(graph, recipient) for graph, recipient in CASES)


CASES = [(graph, recipient) for graph in map(graph_of, range(3000)) for recipient in RECIPIENTS]


def kinds_between(graph, recipient):
    """What is special about the agreements of this pair, where another one of it is in force."""
    both = {graph.candidate.originator, recipient}
    between = [item for item in graph.agreements if both <= set(item.terms.parties)]
    living = [item for item in between if alive(item, graph.now_s)]
    found = set()
    if len(both) < 2 or not living:
        return found
    if len(living) > 1 and all_let_go(may_go(graph, recipient)):
        found.add("two in force")
    for item in between:
        ended = {state_at(item, view.party, graph.now_s) for view in item.views} == {State.ENDED}
        if ended and not closed(item, graph.now_s) and goes(graph, recipient):
            found.add("ended in peace")
        if ended and closed(item, graph.now_s) and not goes(graph, recipient):
            found.add("suspended, then run out")
    return found


def with_lineage(graph, **changes):
    lineage = msgspec.structs.replace(graph.candidate.lineage, **changes)
    return replace(graph, candidate=replace(graph.candidate, lineage=lineage))


def none_suspended(graph):
    alive = {State.SUSPENDED: State.IN_FORCE}
    return replace(
        graph,
        agreements=tuple(
            replace(
                item,
                views=tuple(
                    replace(view, state=alive.get(view.state, view.state)) for view in item.views
                ),
            )
            for item in graph.agreements
        ),
    )


def labelled(graph):
    giver = graph.candidate.originator
    mark = label(giver, originators=graph.candidate.lineage.originators)
    return replace(graph, candidate=replace(graph.candidate, label=mark))


# What is planted, as text of the policies: each opens what it should hold. The last is what mends
# the fault that it lets through, so that graphs are tried in which that fault decides.
BUGS = {
    "parents without an originator pass": (
        "(!resource.lineage.thirdParties.isEmpty() || !resource.lineage.hasParents)", "true",
        lambda g: with_lineage(g, parents=()),
    ),
    "a suspended third party is not looked at": (
        "].containsAll(context.consent.states)",
        ', "suspended", "held back"].containsAll(context.consent.states)',
        none_suspended,
    ),
    "a consent for one field opens all": (
        "unless { context.consent.fields.contains(context.field) }",
        "unless { !context.consent.fields.isEmpty() }",
        lambda g: with_consents(g, {"items": (), "fields": FIELD_SETS[0]}),
    ),
    "the label need not name the recipient": (
        "resource.label.releasableTo.contains(principal.code)",
        "!resource.label.releasableTo.isEmpty()",
        lambda g: with_label(g, releasable_to=RECIPIENTS),
    ),
    "the ceiling is one too high": (
        "resource.label.rank <= context.agreement.ceiling",
        "resource.label.rank <= context.agreement.ceiling + 1",
        lambda g: with_terms(g, lambda terms: replace(terms, ceiling="SECRET")),
    ),
    "categories are not looked at": (
        "resource.label.unknownCategories.isEmpty()", "true",
        lambda g: with_label(g, categories=()),
    ),
    "one covered kind of sensor is enough": (
        "context.agreement.sensorKinds.containsAll(resource.lineage.sensorKinds)", "true",
        lambda g: with_terms(g, lambda terms: replace(terms, sensor_kinds=("radar", "infrared"))),
    ),
    "sensors of others pass": (
        "resource.lineage.originators.containsAll(resource.lineage.sensorNations)", "true",
        lambda g: with_lineage(g, sensors=(f"{g.candidate.originator}-1",)),
    ),
    "a portion does not need the whole's originator": (
        "resource.whole.policy == resource.originator", "true",
        lambda g: with_label(g, policy=g.candidate.originator),
    ),
    "a portion that is no field is passed over": (
        "resource.unknownPortions.isEmpty()", "true",
        lambda g: replace(g, candidate=replace(g.candidate, portions=tuple(
            item for item in g.candidate.portions if not unknown_portions((item,))
        ))),
    ),
    "modes mix": (
        "resource.mode == context.mode", "true",
        lambda g: replace(g, candidate=replace(g.candidate, mode=EXERCISE)),
    ),
    "no label is no hindrance": (
        "unless { resource has label }", "unless { true }", labelled,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(BUGS))
def test_a_planted_bug_is_found(name):
    sound = shipped_policies()
    right, wrong, mended = BUGS[name]
    assert sound.policy_text.count(right) == 1
    bad = DecisionTable(
        Policies(sound.policy_text.replace(right, wrong), sound.schema_text, "planted")
    )
    tried = (
        (graph, recipient)
        for graph in map(graph_of, range(SEEDS_MAX))
        for recipient in RECIPIENTS
        if may_go(graph, recipient) != may_go(mended(graph), recipient)
    )
    assert any(
        goes(graph, recipient, bad) != all_let_go(may_go(graph, recipient))
        for graph, recipient in tried
    )


def rule_that_forgets_disputes(agreement, now_s):
    states = {state_at(agreement, party, now_s) for party in agreement.terms.parties}
    return Bearing.SILENT if states == {State.ENDED} else bearing_of(agreement, now_s)


def rule_by_which_the_ended_holds_back(agreement, now_s):
    found = bearing_of(agreement, now_s)
    return Bearing.HOLDS_BACK if found is Bearing.SILENT else found


@pytest.mark.parametrize("rule", [rule_that_forgets_disputes, rule_by_which_the_ended_holds_back])
def test_a_planted_rule_is_found(rule, monkeypatch):
    monkeypatch.setattr("commonwatch.release.parents.bearing_of", rule)
    assert differs()


def test_a_gate_where_the_first_agreement_decides_alone_is_found(monkeypatch):
    monkeypatch.setattr("commonwatch.release.gate.answer_together", lambda answers: answers[0])
    monkeypatch.setattr("commonwatch.release.standing.terms_together", lambda every: every[0])
    assert differs()


def differs() -> bool:
    table = DecisionTable(shipped_policies())
    return any(
        goes(graph, recipient, table) != all_let_go(may_go(graph, recipient))
        for graph, recipient in CASES
    )


def starts_like(granted, asked):
    return asked.startswith(granted)


# What is planted in the code about the policies: where, and what is wrong there.
BUGS_IN_CODE = {
    "portions are not looked at": (
        table_module, "marked_parts", lambda mark, portions: marked_parts(mark, ())
    ),
    "portions inside a field are not looked at": (
        MarkedWhole, "labels_within", lambda self, path: (self.label_at(path),)
    ),
    "a portion is known that begins like a field": (marked_module, "path_covers", starts_like),
    "what is granted of one product is granted of all": (
        Terms, "fields_of", lambda self, product: self.fields
    ),
    "one sensor named covers all": (
        cedar_question, "_kinds",
        lambda facts: [] if any(sensor.name for sensor in facts.sensors) else kinds_of(facts),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(BUGS_IN_CODE))
def test_a_bug_planted_in_the_code_is_found(name, monkeypatch):
    monkeypatch.setattr(*BUGS_IN_CODE[name])
    bad = DecisionTable(shipped_policies())
    assert any(
        goes(graph, recipient, bad) != all_let_go(may_go(graph, recipient))
        for graph in map(graph_of, range(SEEDS_MAX))
        for recipient in RECIPIENTS
    )
