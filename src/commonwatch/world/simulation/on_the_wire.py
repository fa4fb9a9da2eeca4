"""The checker of leaks: it looks at every frame that leaves a machine, whatever its node says."""

from __future__ import annotations

import re

from commonwatch.node.bus import BusLane
from commonwatch.release.order import OrderKind
from commonwatch.world.simulation.plan import ClockStep, Pact, Plan
from commonwatch.world.simulation.schedule import Schedule
from commonwatch.world.simulation.sky import Sky, fields_told
from commonwatch.world.simulation.witness import Ordered, Witness

# A number of 64 bits as MessagePack writes it, wherever one may begin.
_NUMBER = re.compile(rb"(?=\xcb(.{8}))", re.DOTALL)
_RESTORES = frozenset({OrderKind.RESTORE, OrderKind.RESTORE_AND_RESUME})


class LeakChecker:
    """Nothing of another nation's, no field that was not granted, nothing under a suspension."""

    def __init__(self, plan: Plan, sky: Sky, schedule: Schedule, witness: Witness) -> None:
        self._plan = plan
        self._sky = sky
        self._schedule = schedule
        self._witness = witness
        self._granted = fields_told(plan)
        self._clocks_step = any(isinstance(item, ClockStep) for item in plan.faults)

    def look(self, sender: str, recipient: str, lane: BusLane, raw: bytes) -> None:
        """A frame leaves the machine of `sender`."""
        if sender in self._plan.liars:
            return
        now_s = self._schedule.now_s
        found = {
            token
            for match in _NUMBER.finditer(raw)
            if (token := self._sky.tokens.get(match.group(1))) is not None
        }
        granted = self._granted[sender, recipient]
        for token in sorted(found, key=str):
            if token.nation != sender:
                self._leaked(now_s, f"{sender} told {recipient} of {token.nation}'s {token.field}")
            elif token.field not in granted:
                self._leaked(now_s, f"{sender} told {recipient} {token.field}, never granted")
        if lane == "live":
            for pact in self._plan.pacts_of(sender, recipient):
                why = self._closed(pact, self._witness.known.get((sender, pact.id), []))
                if why:
                    self._leaked(now_s, f"a bulletin of {sender} left for {recipient}: {why}")

    def _leaked(self, now_s: float, why: str) -> None:
        self._witness.violated("leaked", now_s, why)

    def _closed(self, pact: Pact, known: list[Ordered]) -> str:
        """Why orders that the sender knows keep its gate closed; empty where they do not."""
        by_party: dict[str, list[Ordered]] = {}
        for order in known:
            by_party.setdefault(order.by, []).append(order)
        suspensions = [order for order in known if order.kind is OrderKind.SUSPEND]
        for party, orders in by_party.items():
            if max(orders, key=lambda order: order.at_s).kind is OrderKind.SUSPEND:
                return f"{party} has suspended"
        if suspensions and not self._clocks_step:
            last_s = max(order.at_s for order in suspensions)
            restored = {item.by for item in known if item.kind in _RESTORES and item.at_s > last_s}
            if restored < set(pact.parties):
                return f"restored by {', '.join(sorted(restored)) or 'nobody'} alone"
        return ""
