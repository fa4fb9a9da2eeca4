"""The faults of a plan put on the schedule: when each begins, what it does, and when it ends."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import assert_never

from commonwatch.errors import UnusableInput
from commonwatch.node.ledger_store import LEDGER_FILE
from commonwatch.node.node import Node
from commonwatch.release.order import SignedOrder
from commonwatch.world.simulation.disk import Fuse
from commonwatch.world.simulation.liar import Liar
from commonwatch.world.simulation.plan import (
    BitRot,
    ClockStep,
    Crash,
    Cut,
    Departure,
    DiskError,
    DiskFull,
    Fault,
    Flood,
    Lies,
    Plan,
    Suspension,
)
from commonwatch.world.simulation.station import Outage, Station, Surroundings
from commonwatch.world.simulation.witness import Ordered

# A person whose order was not taken tries again.
TRIES_AGAIN_AFTER_S = 3.0


class Faults:
    """Puts every fault of a plan on the schedule."""

    def __init__(
        self,
        plan: Plan,
        stations: Mapping[str, Station],
        around: Surroundings,
        liars: Mapping[str, Liar],
    ) -> None:
        self._plan = plan
        self._stations = stations
        self._around = around
        self._liars = liars
        self._at = around.schedule.at

    def plan_all(self) -> None:
        """All of them."""
        for fault in self._plan.faults:
            self._plan_one(fault)

    def _plan_one(self, fault: Fault) -> None:
        match fault:
            case Cut():
                for way in fault.ways:
                    self._at(fault.from_s, self._cut(way, 1))
                    self._at(fault.to_s, self._cut(way, -1))
            case Crash() | DiskError() | DiskFull() | BitRot() | ClockStep():
                self._plan_of_machine(fault)
            case Suspension():
                self._at(fault.at_s, lambda: self._suspend(fault.by, fault.pact))
                if fault.restored_s is not None:
                    for party in self._party_of(fault.pact):
                        self._at(fault.restored_s, self._restoring(fault, party))
            case Lies():
                self._at(fault.at_s, self._liars[fault.nation].begin(fault.kind))
            case Flood():
                self._at(fault.from_s, self._liars[fault.nation].flood(fault))
            case Departure():
                self._at(fault.at_s, lambda: self._depart(fault))
            case _:
                assert_never(fault)

    def _plan_of_machine(self, fault: Crash | DiskError | DiskFull | BitRot | ClockStep) -> None:
        match fault:
            case Crash():
                fuse = Fuse(fault.after, fault.stored, kills=True)
                outage = Outage(fault.power, fault.down_s)
                self._at(fault.at_s, self._burn(fault.nation, fuse, outage))
            case DiskError():
                fuse = Fuse(fault.after, fault.stored, kills=False)
                outage = Outage(fault.power, fault.down_s, fault.clean)
                self._at(fault.at_s, self._burn(fault.nation, fuse, outage))
            case DiskFull():
                self._at(fault.from_s, self._room(fault.nation, fault.room_bytes))
                self._at(fault.to_s, self._room(fault.nation, None))
            case BitRot():
                self._at(fault.at_s, lambda: self._rot(fault))
            case ClockStep():
                self._at(fault.at_s, self._set_clock(fault.nation, fault.by_s))
                self._at(fault.to_s, self._set_clock(fault.nation, 0.0))
            case _:
                assert_never(fault)

    def _party_of(self, pact: str) -> tuple[str, ...]:
        return next(item.parties for item in self._plan.pacts if item.id == pact)

    def _cut(self, way: tuple[str, str], by: int) -> Callable[[], None]:
        return lambda: self._around.network.cut(way, by)

    def _burn(self, nation: str, fuse: Fuse, outage: Outage) -> Callable[[], None]:
        return lambda: self._stations[nation].burn(fuse, outage)

    def _room(self, nation: str, room_bytes: int | None) -> Callable[[], None]:
        def set_room() -> None:
            self._stations[nation].disk.room_bytes = room_bytes

        return set_room

    def _set_clock(self, nation: str, off_s: float) -> Callable[[], None]:
        def set_clock() -> None:
            self._stations[nation].clock_off_s = off_s

        return set_clock

    def _rot(self, fault: BitRot) -> None:
        station = self._stations[fault.nation]
        if station.node is None:
            return
        if fault.down_s:
            station.go_down(Outage(down_s=fault.down_s))
        name = f"{station.folder}/{LEDGER_FILE}{'-wal' if fault.log else ''}"
        file = station.disk.files.get(name)
        if file is not None and file.content:
            station.rotten = True
            file.flip(int(fault.share * 8 * len(file.content)))

    def _suspend(self, by: str, pact: str) -> None:
        station = self._stations[by]
        if station.departed or station.halted is not None:
            return

        given = list[SignedOrder]()
        if station.act(lambda node: given.append(node.order_suspend(pact, station.clock_s))):
            self._known(station, given[0])
        else:
            now_s = self._around.schedule.now_s
            self._at(now_s + TRIES_AGAIN_AFTER_S, lambda: self._suspend(by, pact))

    def _restoring(self, fault: Suspension, party: str) -> Callable[[], None]:
        return lambda: self._restore(fault, party)

    def _restore(self, fault: Suspension, party: str) -> None:
        station, given = self._stations[party], list[SignedOrder]()
        if station.departed or station.halted is not None:
            return

        def order(node: Node) -> None:
            # Not suspended here yet, or restored by this party already.
            with contextlib.suppress(UnusableInput):
                given.append(
                    node.order_restore(
                        fault.pact, station.clock_s, resume_open_objects=fault.resumes
                    )
                )

        if station.act(order) and given:
            self._known(station, given[0])
            return
        now_s = self._around.schedule.now_s
        if now_s < self._plan.duration_s:
            self._at(now_s + TRIES_AGAIN_AFTER_S, lambda: self._restore(fault, party))

    def _known(self, station: Station, given: SignedOrder) -> None:
        order = given.order
        told = Ordered(order.by, order.kind, order.at_s)
        self._around.witness.ordered(station.nation, order.agreement, told)
        self._around.witness.note(
            self._around.schedule.now_s, order.kind, station.nation, order.agreement
        )

    def _depart(self, fault: Departure) -> None:
        station = self._stations[fault.nation]
        if fault.suspends:
            for pact in self._plan.pacts:
                if fault.nation in pact.parties:
                    self._suspend(fault.nation, pact.id)

        def leave() -> None:
            station.departed = True
            station.end_cleanly()

        self._at(self._around.schedule.now_s + 1.0, leave)
