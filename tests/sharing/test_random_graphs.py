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

from commonwatch.label import LevelTable
from commonwatch.marking.portions import MarkedWhole, PortionLabel
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


def with_label(graph, **changes):
    if graph.candidate.label is None:
        return graph
    mark = msgspec.structs.replace(graph.candidate.label, **changes)
    return replace(graph, candidate=replace(graph.candidate, label=mark))


def with_portions(graph, change):
    portions = tuple(change(item) for item in graph.candidate.portions)
    return replace(graph, candidate=replace(graph.candidate, portions=portions))


def with_portion(graph, *more):
    candidate = graph.candidate
    return replace(graph, candidate=replace(candidate, portions=(*candidate.portions, *more)))


def portion_marked(portion, **changes):
    return replace(portion, label=msgspec.structs.replace(portion.label, **changes))


def with_terms(graph, change):
    changed = tuple(replace(item, terms=change(item.terms)) for item in graph.agreements)
    return replace(graph, agreements=changed)


def with_state(graph, number, state):
    """One party's view alone is another, of each agreement that it does not thereby settle."""
    changed = []
    for item in graph.agreements:
        views = tuple(
            replace(view, state=state) if index == number % len(item.views) else view
            for index, view in enumerate(item.views)
        )
        # A draft or an end that all parties hold is nothing missing: it keeps nothing back.
        agreed = state in {State.DRAFT, State.ENDED} and all(
            state_at(replace(item, views=views), view.party, graph.now_s) is state for view in views
        )
        changed.append(item if agreed else replace(item, views=views))
    return replace(graph, agreements=tuple(changed))


def with_every_state(graph, state):
    changed = tuple(
        replace(item, views=tuple(replace(view, state=state) for view in item.views))
        for item in graph.agreements
    )
    return replace(graph, agreements=changed)


def with_consents(graph, change):
    return replace(
        graph,
        given=tuple(
            replace(item, consent=msgspec.structs.replace(item.consent, **change))
            for item in graph.given
        ),
    )


def without_a_party(graph, number):
    """One agreement has a party less, where by that nothing that holds back is taken away.

    Who is no party of an agreement is not held back by it, as it should be. So it is one that lets
    go at this moment, whatever its views say by themselves, and that is there once.
    """
    chosen = graph.agreements[number % len(graph.agreements)]
    overlap = [item.terms.id for item in graph.agreements].count(chosen.terms.id) > 1
    if overlap or not alive(chosen, graph.now_s):
        return graph
    gone = chosen.terms.parties[number % len(chosen.terms.parties)]
    parties = tuple(party for party in chosen.terms.parties if party != gone)
    views = tuple(view for view in chosen.views if view.party != gone)
    less = replace(chosen, terms=replace(chosen.terms, parties=parties), views=views)
    changed = tuple(less if item is chosen else item for item in graph.agreements)
    return replace(graph, agreements=changed)


# Each takes something away, or makes it unknown.
POORER = {
    "no label": lambda g, n: replace(g, candidate=replace(g.candidate, label=None)),
    "no level": lambda g, n: with_label(g, level=""),
    "no policy": lambda g, n: with_label(g, policy=""),
    "releasable to one less": lambda g, n: with_label(
        g, releasable_to=g.candidate.label.releasable_to[:-1] if g.candidate.label else ()
    ),
    "one more category that nobody knows": lambda g, n: with_label(g, categories=("?",)),
    "no originators in the label": lambda g, n: with_label(g, originators=()),
    "portions without a level": lambda g, n: with_portions(
        g, lambda p: portion_marked(p, level="")
    ),
    "portions to nobody": lambda g, n: with_portions(
        g, lambda p: portion_marked(p, releasable_to=())
    ),
    "portions with a category that nobody knows": lambda g, n: with_portions(
        g, lambda p: portion_marked(p, categories=("?",))
    ),
    "portions of another policy": lambda g, n: with_portions(
        g, lambda p: portion_marked(p, policy="?")
    ),
    "a portion that is no field": lambda g, n: with_portion(
        g, PortionLabel("pat", label(g.candidate.originator))
    ),
    "a portion marked twice": lambda g, n: with_portion(g, *g.candidate.portions[:1]),
    "a field of an unknown level more": lambda g, n: with_portion(
        g,
        PortionLabel(f"{FIELD_SETS[0][n]}/x", label(g.candidate.originator, level="?")),
    ),
    "a product that nobody knows": lambda g, n: replace(
        g, candidate=replace(g.candidate, product="?")
    ),
    "no further product": lambda g, n: with_terms(g, lambda t: replace(t, further_products=())),
    "no field of a further product": lambda g, n: with_terms(
        g,
        lambda t: replace(
            t, further_products=tuple(replace(item, fields=()) for item in t.further_products)
        ),
    ),
    "no sensor covered by name": lambda g, n: with_terms(g, lambda t: replace(t, sensors=())),
    "a sensor is not registered": lambda g, n: replace(
        g, sensors={k: v for i, (k, v) in enumerate(g.sensors.items()) if i != n % 5}
    ),
    "no sensor in the lineage": lambda g, n: replace(
        g,
        candidate=replace(
            g.candidate, lineage=msgspec.structs.replace(g.candidate.lineage, sensors=())
        ),
    ),
    "a consent less": lambda g, n: replace(g, given=g.given[1:]),
    "consents without their signatures": lambda g, n: replace(
        g, given=tuple(replace(item, signer="nobody") for item in g.given)
    ),
    "consents to nobody": lambda g, n: with_consents(g, {"recipients": ()}),
    "consents for no purpose": lambda g, n: with_consents(g, {"purpose": ""}),
    "consents that name nothing": lambda g, n: with_consents(g, {"items": (), "fields": ()}),
    "consents that have expired": lambda g, n: with_consents(g, {"expires_s": g.now_s}),
    "a view in draft": lambda g, n: with_state(g, n, State.DRAFT),
    "a view suspended": lambda g, n: with_state(g, n, State.SUSPENDED),
    "every view suspended": lambda g, n: with_every_state(g, State.SUSPENDED),
    "a view ended": lambda g, n: with_state(g, n, State.ENDED),
    "a field less": lambda g, n: with_terms(g, lambda t: replace(t, fields=t.fields[1:])),
    "a ceiling that is no level": lambda g, n: with_terms(g, lambda t: replace(t, ceiling="?")),
    "a level less": lambda g, n: with_terms(
        g, lambda t: replace(t, levels=LevelTable(t.levels.rows[:-1]))
    ),
    "the lowest level less": lambda g, n: with_terms(
        g, lambda t: replace(t, levels=LevelTable(t.levels.rows[1:]))
    ),
    "no category known": lambda g, n: with_terms(g, lambda t: replace(t, categories=())),
    "a kind of sensor less": lambda g, n: with_terms(
        g, lambda t: replace(t, sensor_kinds=t.sensor_kinds[1:])
    ),
    "a party less": without_a_party,
    "a clock that says nothing": lambda g, n: replace(g, now_s=math.nan),
}


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
