"""Each checker of the simulation can fail: what it must find is put before it, without a run."""

from __future__ import annotations

import struct
from types import SimpleNamespace

import pytest

from commonwatch.identity import nation
from commonwatch.mode import EXERCISE
from commonwatch.node.keys import exercise_keys
from commonwatch.release.order import OrderKind
from commonwatch.share.envelope import seal
from commonwatch.share.message import NO_DIGEST, Bundle, Receipt
from commonwatch.world.simulation.in_time import WARNED_WITHIN_S, late_warnings
from commonwatch.world.simulation.on_the_wire import LeakChecker
from commonwatch.world.simulation.plan import Cut, Launch, Lies, Pact, Plan, Weather
from commonwatch.world.simulation.schedule import Schedule
from commonwatch.world.simulation.sky import Sky
from commonwatch.world.simulation.witness import Floor, Ordered, Told, Witness

NATIONS = ("KOR", "JPN", "USA")
KEYS = exercise_keys([nation(code) for code in NATIONS], 1, EXERCISE)


def plan(*faults) -> Plan:
    return Plan(
        seed=1,
        nations=NATIONS,
        pacts=(Pact("JPN-KOR", ("JPN", "KOR"), ("launch_point",)), Pact("KOR-USA", ("KOR", "USA"))),
        launches=(Launch("L1", ("KOR", "USA"), 10.0, 100.0),),
        weather=Weather(),
        faults=faults,
        duration_s=240.0,
        settling_s=90.0,
    )


def number(sky: Sky, code: str, field: str) -> bytes:
    (raw,) = (raw for raw, one in sky.tokens.items() if (one.nation, one.field) == (code, field))
    return b"\x93\xcb" + raw + b"\xc0"


@pytest.fixture
def wire():
    made = plan()
    sky, witness = Sky(made), Witness()
    return sky, witness, LeakChecker(made, sky, Schedule(), witness)


def test_another_nations_number_in_a_frame_is_a_leak(wire):
    sky, witness, checker = wire
    checker.look("KOR", "JPN", "live", number(sky, "KOR", "launch_point"))
    assert witness.violations == []
    checker.look("KOR", "JPN", "receipt", number(sky, "USA", "launch_point"))
    assert [one.invariant for one in witness.violations] == ["leaked"]


def test_a_field_that_was_not_granted_is_a_leak(wire):
    sky, witness, checker = wire
    checker.look("KOR", "USA", "live", number(sky, "KOR", "expected_impact"))
    assert witness.violations == []
    checker.look("KOR", "JPN", "live", number(sky, "KOR", "expected_impact"))
    (found,) = witness.violations
    assert "expected_impact, never granted" in found.why


def test_no_two_numbers_are_alike_and_none_stands_in_what_anybody_may_see():
    sky = Sky(plan())
    assert len(sky.tokens) == 10
    for common in (0.0, 1.0, 36.0, 128.0, 125.5, 137.0, 9000.0, 1_700_000_000.0):
        assert struct.pack(">d", common) not in sky.tokens


@pytest.mark.parametrize(
    ("orders", "leaks"),
    [
        ([], False),
        ([("JPN", OrderKind.SUSPEND, 1.0)], True),
        ([("KOR", OrderKind.SUSPEND, 1.0), ("KOR", OrderKind.RESTORE, 2.0)], True),
        (
            [
                ("KOR", OrderKind.SUSPEND, 1.0),
                ("KOR", OrderKind.RESTORE, 2.0),
                ("JPN", OrderKind.RESTORE_AND_RESUME, 3.0),
            ],
            False,
        ),
        (
            [
                ("KOR", OrderKind.RESTORE, 2.0),
                ("JPN", OrderKind.RESTORE, 3.0),
                ("JPN", OrderKind.SUSPEND, 4.0),
            ],
            True,
        ),
    ],
)
def test_a_bulletin_under_a_suspension_that_its_sender_knows_is_a_leak(wire, orders, leaks):
    _sky, witness, checker = wire
    for order in orders:
        witness.ordered("KOR", "JPN-KOR", Ordered(*order))
    checker.look("KOR", "JPN", "control", b"an order may go")
    assert witness.violations == []
    checker.look("KOR", "JPN", "live", b"a bulletin")
    assert bool(witness.violations) == leaks


def receipt(sequence: int, item: str) -> bytes:
    answer = Receipt(
        bulletin=item, sequence=1, digest=bytes(32), outcome="accepted", why="", received_s=0.0
    )
    bundle = Bundle(
        mode="EXERCISE", sender="KOR", recipient="JPN", lane="receipt", sequence=sequence,
        previous=NO_DIGEST, sent_s=0.0, messages=(answer,),
    )  # fmt: skip
    return seal(bundle, KEYS[nation("KOR")].private, EXERCISE)


def test_two_envelopes_of_one_number_are_found():
    witness = Witness()
    floor = Floor(1, bytes(32))
    witness.left(0.0, "KOR", "JPN", "receipt", receipt(1, "JPN-KOR-1"), floor)
    witness.left(1.0, "KOR", "JPN", "receipt", receipt(1, "JPN-KOR-1"), floor)
    assert witness.violations == []
    witness.left(2.0, "KOR", "JPN", "receipt", receipt(1, "JPN-KOR-2"), floor)
    assert [one.invariant for one in witness.violations] == ["lost"]


def test_what_was_acknowledged_and_is_taken_as_new_is_found():
    witness = Witness()
    witness.left(0.0, "KOR", "JPN", "receipt", receipt(1, "JPN-KOR-1"), Floor(1, bytes(32)))
    witness.has_taken(1.0, "KOR", [SimpleNamespace(id="JPN-KOR-2")])
    assert witness.violations == []
    witness.has_taken(2.0, "KOR", [SimpleNamespace(id="JPN-KOR-1")])
    assert [one.invariant for one in witness.violations] == ["counted twice"]


STATIONS = {code: SimpleNamespace(honest=True, departed=False, halted=None) for code in NATIONS}


def told(witness: Witness, giver: str, taker: str, heard_s: float) -> None:
    item = SimpleNamespace(id=f"{giver}-{taker}")
    witness.told[giver, taker] = [Told(11.0, "L1", item)]
    witness.taken[taker, item.id] = heard_s


@pytest.mark.parametrize(("heard_s", "late"), [(12.0, 0), (11.0 + WARNED_WITHIN_S, 1), (None, 1)])
def test_who_is_warned_late_or_never_is_found(heard_s, late):
    witness = Witness()
    told(witness, "KOR", "USA", 12.0)
    told(witness, "USA", "KOR", 12.0)
    if heard_s is not None:
        told(witness, "KOR", "JPN", heard_s)
    found = list(late_warnings(plan(), STATIONS, witness))
    assert [one.invariant for one in found] == ["late"] * late


def test_a_cut_gives_time_and_a_liar_has_no_claim():
    witness = Witness()
    for giver, taker in (("KOR", "USA"), ("USA", "KOR"), ("KOR", "JPN")):
        told(witness, giver, taker, 50.0 + WARNED_WITHIN_S)
    assert len(list(late_warnings(plan(), STATIONS, witness))) == 3
    ways = (("KOR", "JPN"), ("KOR", "USA"))
    assert list(late_warnings(plan(Cut(ways, 5.0, 60.0)), STATIONS, witness)) == []
    assert plan(Lies("KOR", 1.0, "forges")).liars == {"KOR"}
