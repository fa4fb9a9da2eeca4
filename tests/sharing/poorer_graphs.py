"""Graphs made poorer: each way takes something away from a graph, or makes it unknown."""

from __future__ import annotations

import math
from dataclasses import replace

import msgspec

from commonwatch.label import LevelTable
from commonwatch.marking.portions import PortionLabel
from commonwatch.release.agreement import State, state_at
from tests.sharing.builders import label
from tests.sharing.naive_gate import alive
from tests.sharing.random_graphs import FIELD_SETS


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
