"""Article 6 a, b: no third country without prior written approval, hop by hop through a hub."""

from __future__ import annotations

import itertools

import msgspec
import pytest

from commonwatch.label import Label
from commonwatch.lineage import lineage_of
from commonwatch.release.bulletin import FloorContent, bulletin_id
from tests.sharing.builders import (
    T0_S,
    accounts,
    assessment,
    forged_bundle,
    kinds,
    own_estimate,
    sent_bundles,
)
from tests.sharing.hub import (
    ARRANGEMENT,
    BILATERAL,
    FOUR,
    FOUR_NATIONS,
    agree,
    beats,
    consent,
    hub_world,
    told,
    why_withheld,
)
from tests.sharing.items import refusals

TO_KOR = consent("JPN", "USA", "KOR")
TO_JPN = consent("KOR", "USA", "JPN")


@pytest.fixture
def hub(tmp_path):
    made = hub_world(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("given", [(), (TO_KOR,), (TO_JPN,), (TO_KOR, TO_JPN)])
def test_each_direction_goes_with_the_consent_of_whose_data_it_is_and_not_without(hub, given):
    agree(hub, *given)
    beats(hub)
    for one, to, needed in (("JPN", "KOR", TO_KOR), ("KOR", "JPN", TO_JPN)):
        assert bool(told(hub, to, "USA")) == (needed in given)
        why = why_withheld(hub, "USA", to, f"{one}:o1") if needed not in given else ""
        assert (needed in given) or (
            f"without the consent of {one}, to be given to USA for passing it on to {to}" in why
        )
    assert refusals(hub, "KOR", "refused") == refusals(hub, "JPN", "refused") == []
    for pair in (("JPN", "USA"), ("KOR", "USA")):
        assert all(account.differences == () for account in accounts(hub, *pair).values())


def test_what_is_passed_on_is_marked_by_the_hub_and_names_whose_it_is(hub):
    agree(hub, TO_KOR)
    beats(hub)
    (held,) = [one for one in hub.nodes["KOR"].held() if one.bulletin.lineage.parents]
    assert held.bulletin.label.policy == "USA"
    assert held.bulletin.label.level == "CONFIDENTIAL"  # 秘, in the hub's own words
    assert held.bulletin.label.originators == ("JPN",)
    assert held.bulletin.lineage.originators == ("JPN",)
    assert held.bulletin.lineage.sensors == ("JPN-1",)
    assert held.bulletin.lineage.parents == ("JPN-USA-1",)
    (given,) = sent_bundles(hub, "JPN")[0].bulletins
    assert (given.id, given.content) == ("JPN-USA-1", held.bulletin.content)
    assert held.equivalent_level == "군사III급비밀"


def test_the_decision_in_the_ledger_names_the_consent_by_which_it_went(hub):
    agree(hub, TO_KOR)
    beats(hub)
    assert "with the consent of JPN (JPN-USA-KOR)" in why_withheld(hub, "USA", "KOR", "JPN:o1")


def test_the_worked_example_of_2014_passes_on_what_it_names(tmp_path):
    made = hub_world(tmp_path, (*BILATERAL, ARRANGEMENT))
    agree(made, TO_KOR)
    beats(made)
    (held,) = [one for one in made.nodes["KOR"].held() if one.bulletin.lineage.parents]
    assert held.bulletin.content.impact is not None
    assert held.bulletin.content.launch is not None
    made.close()


def test_a_class_that_was_consented_to_goes_and_no_other(hub):
    agree(hub, consent("JPN", "USA", "KOR", fields=("expected_impact",)))
    beats(hub)
    (held,) = [one for one in hub.nodes["KOR"].held() if one.bulletin.lineage.parents]
    content = held.bulletin.content
    assert content.impact is not None
    assert (content.path, content.launch, content.apogee, content.phase) == (None,) * 4


def test_an_item_that_was_consented_to_goes_and_the_one_before_does_not(hub):
    beats(hub, 1)
    agree(hub, consent("JPN", "USA", "KOR", fields=(), items=("JPN-USA-2",)), now_s=T0_S + 0.5)
    hub.beat(T0_S + 1.0)
    assert told(hub, "KOR", "USA") == []
    hub.beat(T0_S + 2.0)
    (name,) = told(hub, "KOR", "USA")
    hub.beat(T0_S + 3.0)
    hub.settle(T0_S + 4.0)
    assert told(hub, "KOR", "USA") == [name], "what came after is another item"


def test_each_item_is_passed_on_once(hub):
    agree(hub, TO_KOR)
    beats(hub, 1)
    for second in range(1, 20):
        hub.nodes["USA"].release((), (), T0_S + second)
        hub.nodes["KOR"].receive(T0_S + second)
    sent = [one for record in kinds(hub, "USA", "sent") if record.counterparty == "KOR"
            for one in [record]]  # fmt: skip
    assert len(sent) == 2, "its own word, and Japan's"


def test_nobody_is_told_of_what_is_its_own(hub):
    agree(hub, TO_KOR, TO_JPN)
    beats(hub, 3)
    for code in ("JPN", "KOR"):
        for held in hub.nodes[code].held():
            assert code not in held.bulletin.lineage.originators
            assert not any(code in item.split("-") for item in held.bulletin.lineage.parents)


def test_a_recall_by_the_originator_reaches_whoever_it_was_passed_on_to(hub):
    agree(hub, TO_KOR)
    beats(hub, 1)
    hub.beat(T0_S + 1.0)
    (name,) = told(hub, "KOR", "USA")
    (held,) = [one for one in hub.nodes["KOR"].held() if one.bulletin.id == name]
    (parent,) = held.bulletin.lineage.parents
    hub.nodes["JPN"].items.recall([parent], "mistaken", T0_S + 2.0)
    for _ in range(3):
        hub.settle(T0_S + 2.0)
    assert name not in told(hub, "KOR", "USA")


def test_what_the_originator_takes_back_as_mistaken_is_taken_back_through_the_hub(hub):
    agree(hub, TO_KOR)
    beats(hub, 3)
    assert told(hub, "KOR", "USA")
    ended = assessment(
        T0_S + 4.0, sources=("JPN-1",), status="ended", reason="withdrawn: no object"
    )
    hub.nodes["JPN"].release((), (ended,), T0_S + 4.0)
    hub.nodes["USA"].receive(T0_S + 4.0)
    hub.nodes["USA"].release((), (), T0_S + 5.0)
    hub.nodes["KOR"].receive(T0_S + 5.0)
    assert told(hub, "KOR", "USA") == []


@pytest.mark.parametrize("between", ["JPN-USA", "KOR-USA", "TRILATERAL-2014"])
def test_a_suspension_holds_back_what_is_passed_on_too(hub, between):
    agree(hub, TO_KOR)
    beats(hub, 1)
    party = "KOR" if between == "KOR-USA" else "JPN"
    hub.nodes[party].order_suspend(between, T0_S + 0.5)
    hub.settle(T0_S + 0.5)
    beats(hub, 3, first=1)
    assert told(hub, "KOR", "USA") == []


# ------------------------------------------------------------------ what the recipient sees to


def passed_on(hub, **changes):
    """What the hub honestly passes on to KOR, changed, under a validly signed envelope."""
    agree(hub, TO_KOR)
    beats(hub, 1)
    outcome = hub.nodes["USA"].release((), (), T0_S + 1.0)
    (bulletin,) = [one for one in outcome.released if one.lineage.parents]
    hub.bus.purge("USA", "KOR")
    number = 77
    changed = msgspec.structs.replace(
        bulletin, sequence=number, id=bulletin_id("USA", "KOR", number), **changes
    )
    forged_bundle(hub, "USA", "KOR", changed)
    accepted = hub.nodes["KOR"].receive(T0_S + 1.0)
    hub.nodes["KOR"].commit(T0_S + 1.0)
    return accepted, refusals(hub, "KOR", "refused")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"lineage": lineage_of(("JPN",), ("JPN-1",))}, "names no bulletin"),
        ({"lineage": lineage_of(("JPN",), ("JPN-1",), ("JPN-AUS-1",))}, "given to USA"),
        ({"lineage": lineage_of(("JPN",), ("JPN-1",), ("AUS-USA-1",))}, "no bulletin of JPN"),
        ({"lineage": lineage_of(("JPN",), ("JPN-1",), ("JPN-USA-01",))}, "is no item"),
        ({"lineage": lineage_of(("JPN",), ("KOR-1",), ("JPN-USA-1",))}, "originators'"),
        ({"lineage": lineage_of(("JPN",), (), ("JPN-USA-1",))}, "no sensor"),
        ({"lineage": lineage_of(("JPN", "KOR"), ("JPN-1",), ("JPN-USA-1",))}, "KOR's own"),
        (
            {"lineage": lineage_of(("JPN",), ("JPN-1",), ("JPN-USA-1", "KOR-USA-1"))},
            "hands of KOR",
        ),
        (
            {"lineage": lineage_of(("JPN",), ("JPN-1",), ("AUS-USA-1", "JPN-USA-1"))},
            "no consent of AUS",
        ),
        ({"content": None, "floor": FloorContent(T0_S, 40.0, 130.0, 5e4, None, 60.0)}, "floor"),
    ],
)
def test_a_hub_that_cannot_show_where_it_comes_from_is_refused(hub, changes, why):
    named = changes.get("lineage")
    if named is not None:
        hub_label = {"originators": named.originators, "policy": "USA", "level": "CONFIDENTIAL"}
        changes = {**changes, "label": _label(**hub_label)}
    accepted, reasons = passed_on(hub, **changes)
    assert accepted == ()
    assert any(why in reason for reason in reasons), reasons


def _label(**values):
    return Label(**values, releasable_to=("KOR", "USA"), categories=())


@pytest.mark.parametrize(
    ("label", "why"),
    [
        (_label(policy="JPN", level="秘", originators=("JPN",)), "policy JPN"),
        (_label(policy="USA", level="CONFIDENTIAL", originators=("USA",)), "other originators"),
        (_label(policy="USA", level="TOP SECRET", originators=("JPN",)), "no equal"),
    ],
)
def test_a_hub_that_does_not_mark_it_as_its_own_equivalent_is_refused(hub, label, why):
    accepted, reasons = passed_on(hub, label=label)
    assert accepted == ()
    assert any(why in reason for reason in reasons), reasons


def test_unchanged_it_is_taken(hub):
    """The twin of the two above: it is what was changed that is refused."""
    accepted, reasons = passed_on(hub)
    assert len(accepted) == 1
    assert reasons == []


# ------------------------------------------------------------------ a chain of two hubs


HOPS = (
    consent("JPN", "USA", "KOR"),  # the first hub
    consent("JPN", "KOR", "AUS"),  # the second
    consent("USA", "KOR", "AUS"),  # of what the first gave it
)


@pytest.mark.parametrize("missing", [None, *range(3)])
def test_a_chain_of_two_hubs_needs_every_hop_of_everyone_whose_hands_it_went_through(
    tmp_path, missing
):
    made = hub_world(tmp_path, (FOUR,), FOUR_NATIONS)
    agree(made, *(hop for number, hop in enumerate(HOPS) if number != missing))
    for second, code in itertools.product(range(4), ("JPN", "USA", "KOR", "AUS")):
        node, now_s = made.nodes[code], T0_S + second
        if code == "JPN" and second == 0:
            node.release((own_estimate(now_s, sources=("JPN-1",)),), (), now_s)
            made.bus.purge("JPN", "KOR")  # the network loses what goes past the first hub
            made.bus.purge("JPN", "AUS")
        elif code != "JPN":
            node.release((), (), now_s)
        node.receive(now_s)
    held = made.nodes["AUS"].held()
    made.close()
    assert bool(held) == (missing is None)
    for one in held:
        assert one.bulletin.originator == "KOR"
        assert one.bulletin.lineage.parents == ("JPN-USA-1", "USA-KOR-1")
        assert one.bulletin.label.originators == ("JPN",)
