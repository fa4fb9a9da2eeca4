"""A failing plan as a regression test: made smaller while it still fails, printed as Python."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from commonwatch.limits import SIMULATION_SHRINKS_MAX
from commonwatch.world.simulation.plan import Plan, Weather
from commonwatch.world.simulation.witness import Invariant

_NAME = re.compile(r"(\w+)\(")
_TEST = """\
from commonwatch.world.simulation.plan import {names}
from commonwatch.world.simulation.run import simulate


def test_seed_{seed}_of_{nodes}_nodes_{invariant}():
    plan = {plan!r}
    assert simulate(plan).violations == ()
"""


def smaller(plan: Plan, fails: Callable[[Plan], bool]) -> Plan:
    """The plan without what it needs not to fail, after SIMULATION_SHRINKS_MAX tries at most."""
    tries, found = 0, True
    while found:
        found = False
        for one in _with_less(plan):
            if tries == SIMULATION_SHRINKS_MAX:
                return plan
            tries += 1
            if fails(one):
                plan, found = one, True
                break
    return plan


def as_test(plan: Plan, invariant: Invariant) -> str:
    """The text of a test that fails as long as the plan does."""
    names = sorted(set(_NAME.findall(repr(plan))))
    return _TEST.format(
        names=", ".join(names),
        seed=plan.seed,
        nodes=len(plan.nations),
        invariant=invariant.replace(" ", "_"),
        plan=plan,
    )


def _with_less(plan: Plan) -> Iterator[Plan]:
    if plan.weather != Weather():
        yield replace(plan, weather=Weather())
    for at in range(len(plan.faults)):
        yield replace(plan, faults=(*plan.faults[:at], *plan.faults[at + 1 :]))
    for at in range(len(plan.launches)):
        yield replace(plan, launches=(*plan.launches[:at], *plan.launches[at + 1 :]))
