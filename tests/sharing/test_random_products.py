"""Random products under random agreements: what goes out is of the product that it names.

Gate, count and second filter as a node puts them together, beside the slow twin of the gate.
COMMONWATCH_GRAPHS says how many graphs are asked; without it 1,500, for CI.
"""

from __future__ import annotations

import random
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given

from commonwatch.lineage import lineage_of
from commonwatch.marking.portions import MarkedWhole
from commonwatch.mode import EXERCISE
from commonwatch.node.outbound import Outbound
from commonwatch.release.agreement import FieldGrant, FurtherProduct, Terms
from commonwatch.release.consent import NO_CONSENTS
from commonwatch.release.decision import KnownBefore
from commonwatch.release.product import FURTHER_PRODUCTS, LAUNCH_WARNING
from commonwatch.release.told import fields_told
from commonwatch.share.exit_filter import ExitFilter
from tests.sharing.builders import SENSORS, label
from tests.sharing.naive_gate import ALL_FIELDS, all_let_go, covers
from tests.sharing.random_graphs import NOW_S, RECIPIENTS, batches, graph_of
from tests.sharing.test_random_graphs import GRAPHS, TABLE, asked_of, may_go, ruling

PRODUCTS = (LAUNCH_WARNING, *FURTHER_PRODUCTS)
WHOSE = {name: str(one.nation) for name, one in SENSORS.items()}
PATHS = (*ALL_FIELDS, "path")


def graph_with_products(seed):
    """A graph of own data, each agreement with grants of its own for each product."""
    chance, graph = random.Random(-1 - seed), graph_of(seed)
    giver = graph.candidate.originator
    mark = label(giver) if chance.randrange(8) else graph.candidate.label
    candidate = replace(
        graph.candidate,
        label=mark,
        portions=(),
        mode=EXERCISE,
        lineage=lineage_of((giver,), (f"{giver}-1",)),
        product=chance.choice(PRODUCTS),
        earlier=(KnownBefore(NOW_S - 3600.0, graph.candidate.content),),
    )
    # Where two have one name, and one is over, the filter cannot tell which is meant and restricts.
    named = {item.terms.id: item for item in graph.agreements}.values()
    agreements = tuple(replace(item, terms=drawn(chance, item.terms)) for item in named)
    return replace(graph, candidate=candidate, agreements=agreements, sensors=SENSORS)


def drawn(chance, terms):
    further = tuple(
        FurtherProduct(name, grants(chance))
        for name in FURTHER_PRODUCTS
        if chance.randrange(4)  # else it is not named
    )
    return replace(terms, fields=grants(chance), further_products=further)


def grants(chance):
    return tuple(
        FieldGrant(path, "x", delay_s=chance.choice((0.0, 0.0, 0.0, 60.0, 600.0)))
        for path in chance.sample(PATHS, chance.randrange(len(PATHS)))
    )


def bulletin_of(graph, recipient):
    """What the node would seal by the gate's word, and what the second filter says of it."""
    ruled = ruling(graph, recipient, TABLE)
    if ruled.content is None and ruled.floor is None:
        return None
    both = {graph.candidate.originator, recipient}
    return Outbound().bulletin(graph.candidate, ruled, both, graph.now_s)


def against(bulletin, graph, recipient):
    candidate = graph.candidate
    second = ExitFilter(str(candidate.originator), EXERCISE, WHOSE, lambda: NO_CONSENTS)
    marked = MarkedWhole(candidate.label, candidate.portions)
    return second.reason_against(bulletin, recipient, marked, graph.agreements, graph.now_s)


def as_product(graph, product):
    return replace(graph, candidate=replace(graph.candidate, product=product))


def delay_by_twin(graph, recipient, product, path):
    """The longest delay that any agreement alive between the two sets for this field."""
    return max(
        grant.delay_s
        for item in graph.agreements
        if {graph.candidate.originator, recipient} <= set(item.terms.parties)
        and item.terms.id in may_go(as_product(graph, product), recipient)
        for grant in (
            item.terms.fields
            if product == LAUNCH_WARNING
            else next(one.fields for one in item.terms.further_products if one.name == product)
        )
        if covers(grant.path, path)
    )


def entitled(graph, recipient, product):
    return all_let_go(may_go(as_product(graph, product), recipient))


@asked_of(GRAPHS // 2)
@given(batches())
def test_no_field_of_one_product_goes_out_under_anothers_terms(seeds):
    for seed in seeds:
        graph = graph_with_products(seed)
        for recipient in RECIPIENTS:
            bulletin = bulletin_of(graph, recipient)
            if bulletin is None:
                continue
            told = set(fields_told(bulletin.content))
            assert bulletin.product == graph.candidate.product
            assert told <= entitled(graph, recipient, bulletin.product), (seed, recipient)
            assert against(bulletin, graph, recipient) is None, (seed, recipient)
            late_s = {item.field: item.delay_s for item in bulletin.content.delayed}
            for path in told:
                needed_s = delay_by_twin(graph, recipient, bulletin.product, path)
                assert late_s.get(path, 0.0) == needed_s, (seed, recipient, path)


@asked_of(GRAPHS // 2)
@given(batches())
def test_under_the_name_of_another_product_the_second_filter_asks_for_that_ones_terms(seeds):
    for seed in seeds:
        graph = graph_with_products(seed)
        for recipient in RECIPIENTS:
            bulletin = bulletin_of(graph, recipient)
            for product in PRODUCTS if bulletin is not None else ():
                renamed = msgspec.structs.replace(bulletin, product=product)
                told = fields_told(renamed.content)
                late_s = {item.field: item.delay_s for item in renamed.content.delayed}
                may = set(told) <= entitled(graph, recipient, product) and all(
                    late_s.get(path, 0.0) >= delay_by_twin(graph, recipient, product, path)
                    for path in told
                )
                passes = against(renamed, graph, recipient) is None
                assert passes == may, (seed, recipient, product)


def renamed_cases():
    """Bulletins that go as what they are and may not go as another product."""
    for seed in range(400):
        graph = graph_with_products(seed)
        for recipient in RECIPIENTS:
            bulletin = bulletin_of(graph, recipient)
            for product in PRODUCTS if bulletin is not None else ():
                if not set(fields_told(bulletin.content)) <= entitled(graph, recipient, product):
                    yield graph, recipient, msgspec.structs.replace(bulletin, product=product)


def test_such_cases_come_up():
    found = list(renamed_cases())
    assert {one.product for _graph, _recipient, one in found} == set(PRODUCTS)
    assert len(found) > 100


@pytest.mark.parametrize("fault", ["all fields of the agreement", "any product is carried"])
def test_a_filter_that_mixes_products_is_found(fault, monkeypatch):
    if fault == "all fields of the agreement":
        monkeypatch.setattr(Terms, "fields_of", every_field)
    else:
        monkeypatch.setattr(Terms, "products", property(lambda _terms: PRODUCTS))
        monkeypatch.setattr(Terms, "fields_of", own_or_first)
    assert any(against(bulletin, graph, recipient) is None for graph, recipient, bulletin in CASES)


def every_field(terms, _product):
    return (*terms.fields, *(one for item in terms.further_products for one in item.fields))


def own_or_first(terms, product):
    named = {item.name: item.fields for item in terms.further_products}
    return named.get(product, terms.fields)


CASES = tuple(renamed_cases())
