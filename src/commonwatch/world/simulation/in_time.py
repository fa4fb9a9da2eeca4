"""The checker of time: who may be warned is warned, as soon as nothing stands between any more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from commonwatch.world.simulation.plan import ClockStep, Cut, DiskFull, Plan, Suspension
from commonwatch.world.simulation.station import Station
from commonwatch.world.simulation.witness import Violation, Witness

# Beats of both nodes, what is missed and asked for again, in the worst weather that is drawn.
WARNED_WITHIN_S = 60.0
# So long after a node came up it is heard again and what was missed is told.
AFTER_OUTAGE_S = 20.0


def late_warnings(
    plan: Plan, stations: Mapping[str, Station], witness: Witness
) -> Iterator[Violation]:
    """Launches that a partner was entitled to hear of and heard of too late, or never.

    Pacts on which an order was given, and nations whose clock was set, are left out.
    """
    ordered = {item.pact for item in plan.faults if isinstance(item, Suspension)}
    stepped = {item.nation for item in plan.faults if isinstance(item, ClockStep)}
    for launch in plan.launches:
        for giver in launch.seen_by:
            for taker in plan.partners_of(giver):
                pacts = plan.pacts_of(giver, taker)
                if any(pact.id in ordered for pact in pacts) or {giver, taker} & stepped:
                    continue
                if not all(_serves(stations[name]) for name in (giver, taker)):
                    continue
                due_s = _due_s(plan, witness, giver, taker, launch.from_s)
                if due_s > launch.to_s and due_s - WARNED_WITHIN_S > launch.from_s:
                    continue  # it was over before it could be seen or told
                heard_s = _heard_s(witness, giver, taker, launch.name)
                if heard_s is None or heard_s > due_s:
                    when = "never" if heard_s is None else f"{heard_s - launch.from_s:.0f} s after"
                    why = f"{taker} heard of {giver}'s {launch.name} {when}"
                    yield Violation("late", round(due_s, 3), why)


def _serves(station: Station) -> bool:
    return station.honest and not station.departed and station.halted is None


def _due_s(plan: Plan, witness: Witness, giver: str, taker: str, from_s: float) -> float:
    """When nothing has stood between for long enough, at the latest."""
    due_s = from_s + WARNED_WITHIN_S
    for begins_s, ends_s in sorted(_disturbed(plan, witness, giver, taker)):
        if begins_s <= due_s and ends_s > from_s:
            due_s = max(due_s, ends_s + WARNED_WITHIN_S)
    return due_s


def _disturbed(
    plan: Plan, witness: Witness, giver: str, taker: str
) -> Iterator[tuple[float, float]]:
    ways = {(giver, taker), (taker, giver)}
    for fault in plan.faults:
        if isinstance(fault, Cut) and ways & set(fault.ways):
            yield fault.from_s, fault.to_s
        elif isinstance(fault, DiskFull) and fault.nation in {giver, taker}:
            yield fault.from_s, fault.to_s + AFTER_OUTAGE_S
    for name in (giver, taker):
        for begins_s, ends_s in witness.down.get(name, ()):
            yield begins_s - AFTER_OUTAGE_S, ends_s + AFTER_OUTAGE_S


def _heard_s(witness: Witness, giver: str, taker: str, launch: str) -> float | None:
    moments = [
        moment
        for told in witness.told.get((giver, taker), ())
        if told.launch == launch
        and (moment := witness.taken.get((taker, told.bulletin.id))) is not None
    ]
    return min(moments, default=None)
