"""What was withheld in a suspension is not handed over by the first word after it."""

from __future__ import annotations

import math
from dataclasses import replace

import msgspec
import pytest

from commonwatch.identity import nation
from commonwatch.lineage import lineage_of
from commonwatch.mode import EXERCISE
from commonwatch.release.agreement import Agreement
from commonwatch.release.beginnings import Beginnings
from commonwatch.release.candidate import candidates_from
from commonwatch.release.gap import reasons_from_gaps
from commonwatch.release.order import OrderKind
from commonwatch.release.product import LAUNCH_WARNING
from tests.sharing.builders import (
    T0_S,
    assessment,
    in_force,
    kinds,
    label,
    open_node,
    ordered,
    own_estimate,
    world,
)

SUSPEND, RESTORE, RESUME = OrderKind.SUSPEND, OrderKind.RESTORE, OrderKind.RESTORE_AND_RESUME
(CANDIDATE,) = candidates_from(
    (own_estimate(T0_S),), (assessment(T0_S),),
    originator=nation("KOR"), label=label("KOR"), mode=EXERCISE,
)  # fmt: skip


def after(agreement: Agreement, *orders: tuple[str, OrderKind, float]) -> Agreement:
    for by, kind, at_s in orders:
        agreement = ordered(agreement, T0_S + at_s, (by, kind))
    return agreement


def held_back(agreement: Agreement, began_s: float) -> bool:
    candidate = replace(CANDIDATE, began_s=began_s)
    return bool(reasons_from_gaps(candidate, "JPN", (agreement,)))


GAP = (("KOR", SUSPEND, 10.0), ("JPN", RESTORE, 50.0))


@pytest.mark.parametrize(
    ("began_s", "back"), [(-500.0, True), (30.0, True), (59.9, True), (60.0, False), (99.0, False)]
)
def test_what_began_before_the_end_of_the_gap_stays_back(began_s, back):
    agreement = after(in_force("KOR-JPN"), *GAP, ("KOR", RESTORE, 60.0))
    assert held_back(agreement, T0_S + began_s) is back


@pytest.mark.parametrize("began_s", [-math.inf, math.nan])
def test_what_began_nobody_knows_when_stays_back(began_s):
    assert held_back(after(in_force("KOR-JPN"), *GAP, ("KOR", RESTORE, 60.0)), began_s)


def test_only_where_all_say_so_it_is_told_on():
    both = (("KOR", SUSPEND, 10.0), ("JPN", RESUME, 50.0), ("KOR", RESUME, 60.0))
    assert not held_back(after(in_force("KOR-JPN"), *both), T0_S)
    for one, other in ((RESTORE, RESUME), (RESUME, RESTORE)):
        orders = (("KOR", SUSPEND, 10.0), ("JPN", one, 50.0), ("KOR", other, 60.0))
        assert held_back(after(in_force("KOR-JPN"), *orders), T0_S)


def test_a_later_gap_that_all_resume_opens_no_earlier_one():
    orders = (
        *GAP, ("KOR", RESTORE, 60.0),
        ("JPN", SUSPEND, 70.0), ("JPN", RESUME, 80.0), ("KOR", RESUME, 81.0),
    )  # fmt: skip
    assert held_back(after(in_force("KOR-JPN"), *orders), T0_S + 59.0)
    assert not held_back(after(in_force("KOR-JPN"), *orders), T0_S + 65.0)


def test_without_a_gap_nothing_stays_back():
    assert not held_back(in_force("KOR-JPN"), -math.inf)


def test_a_part_is_as_old_as_the_whole():
    parent = replace(CANDIDATE, track="t1", event="e1", began_s=T0_S)
    part = replace(CANDIDATE, track="t2", event="e1", began_s=T0_S + 90.0)
    beginnings, _dated = Beginnings().of((parent,))
    _beginnings, (dated,) = beginnings.of((part,))
    assert dated.began_s == T0_S


def test_an_end_in_which_no_estimate_is_told_any_more_keeps_its_beginning():
    beginnings, _dated = Beginnings().of((replace(CANDIDATE, began_s=T0_S),))
    _beginnings, (ended,) = beginnings.of((replace(CANDIDATE, began_s=-math.inf),))
    assert ended.began_s == T0_S


def test_nodes_tell_only_what_was_launched_after_a_plain_restoration(three):
    def told(second: float, track: str, began_s: float) -> bool:
        own = msgspec.structs.replace(
            own_estimate(T0_S + second, track), first_plot_s=T0_S + began_s
        )
        outcome = three.nodes["KOR"].release((own,), (), T0_S + second)
        return any(item.recipient == "JPN" for item in outcome.released)

    assert told(0.0, "t1", 0.0)
    three.nodes["JPN"].order_suspend("KOR-JPN", T0_S + 1.0)
    assert not told(2.0, "t1", 0.0)
    three.nodes["JPN"].order_restore("KOR-JPN", T0_S + 10.0)
    three.nodes["KOR"].obey(T0_S + 10.0)
    three.nodes["KOR"].order_restore("KOR-JPN", T0_S + 10.0, resume_open_objects=True)
    assert not told(11.0, "t1", 0.0)
    assert not told(12.0, "t2", 9.0)
    assert told(13.0, "t3", 12.0)
    every = [msgspec.msgpack.decode(one.body) for one in kinds(three, "KOR", "decision")]
    last = [one for one in every if one["product"] == LAUNCH_WARNING][-1]
    assert last["outcome"] == "release"


def test_what_was_held_back_at_one_restart_does_not_go_at_the_next(tmp_path):
    made = world(tmp_path, ("KOR", "JPN"))
    made.beat(T0_S)
    kor = made.nodes["KOR"]
    kor.journal.store.close()
    made.bus.purge("KOR", "JPN")  # lost under way, with its receipt
    made.bus.drain("KOR", "receipt")
    made.nodes["KOR"] = kor = open_node(tmp_path, "KOR", made.bus)
    kor.order_suspend("KOR-JPN", T0_S + 1.0)
    assert kor.resend_unacknowledged(T0_S + 2.0) == 0
    made.nodes["JPN"].obey(T0_S + 2.0)
    kor.order_restore("KOR-JPN", T0_S + 3.0, resume_open_objects=True)
    made.nodes["JPN"].obey(T0_S + 3.0)
    made.nodes["JPN"].order_restore("KOR-JPN", T0_S + 3.0, resume_open_objects=True)
    kor.obey(T0_S + 3.0)
    kor.commit(T0_S + 3.0)
    kor.journal.store.close()
    made.nodes["KOR"] = kor = open_node(tmp_path, "KOR", made.bus)
    assert kor.orders.allows("JPN", T0_S + 4.0)
    assert kor.resend_unacknowledged(T0_S + 4.0) == 0
    made.close()


def test_what_a_gap_held_back_does_not_come_round_through_a_third():
    agreement = after(in_force("KOR-JPN"), *GAP, ("KOR", RESTORE, 60.0))
    passed_on = replace(
        CANDIDATE,
        originator=nation("USA"),
        lineage=lineage_of(("KOR", "USA"), ("KOR-1", "USA-1"), ("KOR-USA-7",)),
    )
    for began_s, back in ((30.0, True), (99.0, False)):
        candidate = replace(passed_on, began_s=T0_S + began_s)
        assert bool(reasons_from_gaps(candidate, "JPN", (agreement,))) is back
