"""A part of a statement that is marked by itself: it stays back alone, and leaves no trace."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from commonwatch.errors import UnusableInput
from commonwatch.identity import nation
from commonwatch.limits import MARKING_BINDINGS_MAX
from commonwatch.marking.portions import PortionLabel
from commonwatch.mode import EXERCISE
from commonwatch.node.agreements import signatures_of_all
from commonwatch.node.embedded_bus import EmbeddedBus
from commonwatch.node.explain import Asked, AskedPortion, explain, shipped_in
from commonwatch.node.ledger_store import LedgerStore
from commonwatch.node.node import Node, NodeSetup
from commonwatch.release.agreement import State
from commonwatch.release.told import fields_told
from tests.sharing.builders import (
    KEYS,
    SENSORS,
    T0_S,
    TERMS,
    World,
    assessment,
    in_force,
    label,
    own_estimate,
    sent_bundles,
)
from tests.sharing.test_gate import CANDIDATE, ruled, withheld_why
from tests.sharing.test_policies import erring
from tests.sharing.test_policies import ruled as ruled_by

LOW, HIGH, TOP = "군사III급비밀", "군사II급비밀", "군사I급비밀"
EVERY_FIELD = frozenset(fields_told(CANDIDATE.content))
KOR_JPN = in_force("KOR-JPN")
UP_TO_LOW = replace(KOR_JPN, terms=replace(KOR_JPN.terms, ceiling="CONFIDENTIAL"))


def marked(path: str, **changes) -> PortionLabel:
    return PortionLabel(path, label("KOR", **changes))


def with_portions(*portions: PortionLabel, **whole):
    return replace(CANDIDATE, label=label("KOR", **whole), portions=portions)


def goes(candidate, agreement=KOR_JPN) -> frozenset[str]:
    ruling = ruled(candidate, agreements=(agreement,))
    return frozenset() if ruling.content is None else frozenset(fields_told(ruling.content))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"level": TOP}, "level `군사I급비밀` of KOR is unknown to KOR-JPN; known are"),
        ({"level": ""}, "unknown"),
        ({"categories": ("nuclear",)}, "category `nuclear` is unknown"),
        ({"releasable_to": ("USA",)}, "not releasable to JPN"),
        ({"releasable_to": ()}, "not releasable to JPN"),
        ({"policy": "JPN", "level": "秘"}, "policy of `JPN`"),
        ({"originators": ("KOR", "USA")}, "originators"),
    ],
)
def test_a_field_marked_so_that_it_may_not_go_stays_and_the_rest_goes(changes, why):
    candidate = with_portions(marked("apogee", **changes))
    ruling = ruled(candidate, agreements=(KOR_JPN,))
    assert frozenset(fields_told(ruling.content)) == EVERY_FIELD - {"apogee"}
    (kept,) = ruling.decision.withheld
    assert kept.field == "apogee"
    assert "label of portion `apogee`" in kept.why
    assert why in kept.why


def test_the_rest_goes_under_its_own_lower_label():
    # What makes the whole so high is what stays back.
    rest = tuple(marked(path) for path in ("launch_point", "path", "burnout", "expected_impact"))
    candidate = with_portions(*rest, level=HIGH)
    assert goes(candidate, UP_TO_LOW) == EVERY_FIELD - {"apogee"}
    assert ruled(candidate, agreements=(UP_TO_LOW,)).label == label("KOR", level=LOW)
    assert goes(with_portions(level=HIGH), UP_TO_LOW) == frozenset()


def test_what_goes_bears_the_highest_label_of_it():
    candidate = with_portions(marked("apogee", level=HIGH, releasable_to=("JPN",)))
    assert ruled(candidate).label == label("KOR", level=HIGH, releasable_to=("JPN",))
    assert ruled(candidate, "USA").label == label("KOR")


def test_a_label_inside_a_field_holds_for_the_field_and_one_above_for_all_below():
    assert goes(with_portions(marked("launch_point/time", level=TOP))) == EVERY_FIELD - {
        "launch_point"
    }
    in_path = {"path/phase", "path/state_information"}
    assert goes(with_portions(marked("path", level=TOP))) == EVERY_FIELD - in_path
    of_phase = with_portions(marked("path", level=TOP), marked("path/phase"))
    assert goes(of_phase) == EVERY_FIELD - {"path/state_information"}


@pytest.mark.parametrize("path", ["apo", "path/ph", "pathology", "launch_points", "PATH"])
def test_paths_are_compared_by_segments_and_one_that_is_no_field_holds_all_back(path):
    why = withheld_why(ruled(with_portions(marked(path)), agreements=(KOR_JPN,)))
    assert f"label of portion `{path}`: there is no such field; fields are path/phase" in why


def test_portions_that_contradict_each_other_or_are_too_many_hold_all_back():
    twice = with_portions(marked("apogee", level=TOP), marked("apogee"))
    assert "one path has two labels" in withheld_why(ruled(twice))
    many = (marked(f"apogee/{number}") for number in range(MARKING_BINDINGS_MAX + 1))
    assert "more than" in withheld_why(ruled(with_portions(*many)))
    with pytest.raises(UnusableInput):
        marked("path//phase")


def test_a_portion_has_no_label_without_the_whole():
    portions = tuple(marked(path) for path in ("path", "apogee"))
    assert "label: missing" in withheld_why(
        ruled(replace(CANDIDATE, label=None, portions=portions), agreements=(KOR_JPN,))
    )
    anothers = with_portions(*portions, policy="JPN", level="秘")
    assert "the whole is not marked" in withheld_why(ruled(anothers, agreements=(KOR_JPN,)))


def test_the_floor_is_not_drawn_from_what_is_marked_higher():
    table = erring("field-is-granted")
    assert ruled_by(table).floor.heading_deg is not None
    of_impact = ruled_by(table, candidate=with_portions(marked("expected_impact", level=TOP)))
    assert of_impact.floor.heading_deg is None
    assert of_impact.label == label("KOR")
    of_launch = ruled_by(table, candidate=with_portions(marked("launch_point", level=TOP)))
    assert of_launch.decision.outcome == "withhold"


def sent(folder, portions, *, with_apogee: bool) -> list[bytes]:
    """What KOR sends JPN in ten seconds, byte by byte, in its order."""
    keys = KEYS[nation("KOR")]
    store = LedgerStore(folder, keys.nation, EXERCISE, keys.private)
    setup = NodeSetup(keys, SENSORS, label("KOR"), portions)
    node = Node(setup, (TERMS["KOR-JPN"],), store, EmbeddedBus())
    orders = signatures_of_all(TERMS["KOR-JPN"], KEYS, T0_S - 60.0, EXERCISE)
    node.take_orders("KOR-JPN", orders, T0_S - 60.0)
    for second in range(10):
        now_s = T0_S + second
        told = assessment(now_s)
        # It becomes known in the fifth second: news, were it told.
        if not with_apogee or second < 5:
            told = msgspec.structs.replace(told, apogee=None)
        node.release((own_estimate(now_s),), (told,), now_s)
    store.close()
    world = World(EmbeddedBus(), {}, folder.parent)
    return [msgspec.msgpack.encode(bundle) for bundle in sent_bundles(world, folder.name)]


def test_a_withheld_portion_leaves_no_trace_in_bytes_timing_or_order(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with_it = sent(tmp_path / "a" / "KOR", (marked("apogee", level=TOP),), with_apogee=True)
    without = sent(tmp_path / "b" / "KOR", (), with_apogee=False)
    assert with_it
    assert with_it == without
    # The same is news where it may go.
    (tmp_path / "c").mkdir()
    assert sent(tmp_path / "c" / "KOR", (), with_apogee=True) != without


def test_explain_says_of_which_portion_and_what_is_known():
    asked = Asked(
        field="apogee",
        originator=nation("KOR"),
        recipient=nation("JPN"),
        portions=(AskedPortion("apogee", level="TOP"),),
    )
    told = explain(asked, shipped_in(State.IN_FORCE), 0.0)
    why = next(item.why for item in told.withheld if item.field == "apogee")
    assert "label of portion `apogee`: level `TOP` of KOR is unknown" in why
    assert f"known are {LOW}, {HIGH}" in why
