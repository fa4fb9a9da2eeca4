"""One plan run to its end: stations made, faults put on the schedule, all healed, all checked."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from commonwatch.errors import BrokenInvariant
from commonwatch.identity import Nation, nation
from commonwatch.limits import LINK_IN_FLIGHT_MAX, SIMULATION_VIOLATIONS_MAX
from commonwatch.mode import EXERCISE
from commonwatch.node.agreements import signatures_of_all
from commonwatch.node.bus import BusLane
from commonwatch.node.keys import NodeKeys, exercise_keys
from commonwatch.node.node import Node, NodeSetup
from commonwatch.release.order import SignedOrder
from commonwatch.world.simulation.at_the_end import EndChecker
from commonwatch.world.simulation.drawn_plan import draws_of
from commonwatch.world.simulation.faults import Faults
from commonwatch.world.simulation.in_time import late_warnings
from commonwatch.world.simulation.liar import Liar
from commonwatch.world.simulation.network import Network
from commonwatch.world.simulation.on_the_wire import LeakChecker
from commonwatch.world.simulation.plan import Plan, Weather
from commonwatch.world.simulation.schedule import Schedule
from commonwatch.world.simulation.sky import BEGAN_S, Sky, label_of, sensor_of, terms_of
from commonwatch.world.simulation.sqlite_vfs import SimulatedSqlite
from commonwatch.world.simulation.station import Station, Surroundings
from commonwatch.world.simulation.witness import Violation, Witness

SIGNED_BEFORE_S = 60.0
# Where there is a file system in memory: the small files beside the ledger are real ones.
_IN_MEMORY = Path("/dev/shm")  # noqa: S108  # used where it is there


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What one run found. `digest` is that of all that happened: the same plan gives the same."""

    seed: int
    simulated_s: float
    took_s: float
    frames: int
    digest: str
    halted: tuple[str, ...]
    violations: tuple[Violation, ...]


def simulate(plan: Plan) -> Outcome:
    """Run a plan. A node that raises where its machine is well is a violation too."""
    began_s = time.process_time()
    with _folder() as folder:
        sqlite = SimulatedSqlite(draws_of(plan.seed, "sqlite"))
        with sqlite.installed():
            world = _World(plan, folder, sqlite)
            try:
                world.run()
            except BrokenInvariant as error:
                world.witness.violated("broke", world.schedule.now_s, str(error))
            finally:
                world.close()
    return Outcome(
        seed=plan.seed,
        simulated_s=plan.duration_s + plan.settling_s,
        took_s=time.process_time() - began_s,
        frames=world.witness.frames,
        digest=world.witness.digest,
        halted=tuple(name for name, one in world.stations.items() if one.halted is not None),
        violations=tuple(world.witness.violations[:SIMULATION_VIOLATIONS_MAX]),
    )


class _World:
    """All of one run."""

    def __init__(self, plan: Plan, folder: Path, sqlite: SimulatedSqlite) -> None:
        self.plan = plan
        self.schedule = Schedule()
        self.witness = Witness()
        self.sky = Sky(plan)
        checker = LeakChecker(plan, self.sky, self.schedule, self.witness)
        self.network = Network(
            self.schedule, plan.weather, draws_of(plan.seed, "network"), checker.look, self._arrived
        )
        partners = {name: plan.partners_of(name) for name in plan.nations}
        self.around = Surroundings(self.schedule, self.network, self.sky, self.witness, partners)
        keys = exercise_keys([nation(name) for name in plan.nations], 1, EXERCISE)
        self.stations = {
            name: self._station(keys[Nation(name)], folder, sqlite) for name in plan.nations
        }
        self.liars = {
            name: Liar(self.stations[name], self.around, plan.nations, plan.duration_s)
            for name in sorted(plan.liars)
        }
        if self.liars:
            self.network.tap = self._caught
        self._keys = keys

    def run(self) -> None:
        """From the beginning to the last check."""
        for station in self.stations.values():
            station.start()
        self._bring_into_force()
        Faults(self.plan, self.stations, self.around, self.liars).plan_all()
        self.schedule.run_until(self.plan.duration_s)
        self._heal()
        end_s = self.plan.duration_s + self.plan.settling_s
        self.schedule.run_until(end_s)
        self.witness.violations += EndChecker(
            self.plan, self.stations, self.witness, end_s
        ).violations()
        self.witness.violations += late_warnings(self.plan, self.stations, self.witness)

    def close(self) -> None:
        """Let go of every ledger."""
        for station in self.stations.values():
            station.end_cleanly()

    def _station(self, keys: NodeKeys, folder: Path, sqlite: SimulatedSqlite) -> Station:
        name, plan = keys.nation, self.plan
        sensors = {item.id: item for item in map(sensor_of, plan.nations)}
        station = Station(
            keys=keys,
            setup=NodeSetup(keys, sensors, label_of(name, plan)),
            terms=tuple(terms_of(pact) for pact in plan.pacts if name in pact.parties),
            folder=folder / name,
            around=self.around,
            draws=draws_of(plan.seed, f"station {name}"),
            honest=name not in plan.liars,
        )
        sqlite.disks[str(station.folder)] = station.disk
        return station

    def _bring_into_force(self) -> None:
        signed_s = BEGAN_S - SIGNED_BEFORE_S
        for pact in self.plan.pacts:
            orders = signatures_of_all(terms_of(pact), self._keys, signed_s, EXERCISE)
            for party in pact.parties:
                self.stations[party].act(_taking(pact.id, orders, signed_s))

    def _heal(self) -> None:
        """The weather clears, cuts end, clocks are right, disks have room, all are started."""
        self.network.weather = Weather()
        self.network.cuts.clear()
        for station in self.stations.values():
            station.clock_off_s = 0.0
            station.disk.room_bytes = station.disk.fuse = None
            if station.rotten:
                # A node cannot tell what rots under it before it reads it: all is read at a start.
                station.end_cleanly()
            station.start()

    def _arrived(self, recipient: str) -> None:
        self.stations[recipient].wake()
        bus = self.stations[recipient].bus
        for end in bus.ends.values() if bus is not None else ():
            if end.came.unread > 2 * LINK_IN_FLIGHT_MAX:
                why = f"{recipient} keeps {end.came.unread} unread frames of {end.partner}"
                self.witness.violated("broke", self.schedule.now_s, why)

    def _caught(self, sender: str, recipient: str, lane: BusLane, raw: bytes) -> None:
        for liar in self.liars.values():
            liar.catch(sender, recipient, lane, raw)


def _taking(pact: str, orders: tuple[SignedOrder, ...], signed_s: float) -> Callable[[Node], None]:
    return lambda node: node.take_orders(pact, orders, signed_s)


@contextmanager
def _folder() -> Iterator[Path]:
    where = _IN_MEMORY if _IN_MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="commonwatch-", dir=where) as name:
        yield Path(name)
