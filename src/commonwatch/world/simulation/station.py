"""One nation's machine: its disk, its clock, the real node on them, and people who start it again.

A node that stops, or whose machine went down, is started again as a service would be; one whose
ledger does not verify stays down and says why.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from sqlalchemy.exc import SQLAlchemyError

from commonwatch.errors import (
    BrokenInvariant,
    CheckFailed,
    CommonwatchError,
    UnusableInput,
)
from commonwatch.mode import EXERCISE
from commonwatch.node.bus import BusLane
from commonwatch.node.high_water import MARK_FILE
from commonwatch.node.keys import NodeKeys
from commonwatch.node.ledger_store import LedgerStore
from commonwatch.node.node import Node, NodeSetup
from commonwatch.release.agreement import Terms
from commonwatch.world.simulation.disk import Fuse, SimulatedDisk
from commonwatch.world.simulation.network import Network, NodeBus
from commonwatch.world.simulation.schedule import Schedule
from commonwatch.world.simulation.sky import BEGAN_S, Sky
from commonwatch.world.simulation.witness import Floor, Witness

BEAT_S = 5.0
# What a node may raise by a fault of ours, or because the machine under it went down.
_RAISED = (
    CommonwatchError,
    SQLAlchemyError,
    sqlite3.Error,
    OSError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    AssertionError,
    RuntimeError,
)
# From the arrival of something to the turn that reads it.
WAKE_S = 0.02
STARTED_AGAIN_AFTER_S = 3.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all machines have in common."""

    schedule: Schedule
    network: Network
    sky: Sky
    witness: Witness
    partners: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Outage:
    """How a node ends that cannot go on, and when it is started again.

    `clean`: one that only stopped is told to end; else it is killed, as with a loss of `power`.
    """

    power: bool = False
    down_s: float = STARTED_AGAIN_AFTER_S
    clean: bool = True


@dataclass(slots=True)
class Station:
    """A machine. `node` is None while it is down; `halted` says why it does not start again."""

    keys: NodeKeys
    setup: NodeSetup
    terms: tuple[Terms, ...]
    folder: Path
    around: Surroundings
    draws: Random
    disk: SimulatedDisk = field(default_factory=SimulatedDisk)
    node: Node | None = None
    bus: NodeBus | None = None
    clock_off_s: float = 0.0
    halted: str | None = None
    departed: bool = False
    honest: bool = True
    rotten: bool = False
    outage: Outage = field(default_factory=Outage)
    every_beat: list[Callable[[], None]] = field(default_factory=list)
    _next: tuple[Fuse, Outage] | None = None
    _starts: int = 0
    _woken: bool = False
    _restarting: bool = False
    _down_since_s: float | None = None
    _marks: list[bytes] = field(default_factory=list)

    @property
    def nation(self) -> str:
        """Whose it is."""
        return self.keys.nation

    @property
    def clock_s(self) -> float:
        """What the machine's own clock says, POSIX seconds."""
        return BEGAN_S + self.around.schedule.now_s + self.clock_off_s

    def start(self) -> None:
        """Bring the machine up, and its node where its ledger verifies."""
        self._restarting = False
        if self.departed or self.halted is not None or self.node is not None:
            return
        self.disk.start()
        if self._next is not None:
            (self.disk.fuse, self.outage), self._next = self._next, None
        now_s = self.around.schedule.now_s
        self._starts += 1
        try:
            store = LedgerStore(self.folder, self.keys.nation, EXERCISE, self.keys.private)
        except (CheckFailed, UnusableInput) as error:
            self._not_started(error)
            return
        self.bus = NodeBus(self.nation, self._starts, self.around.network, self._sends, self._reads)
        self.around.network.attach(self.bus, self.around.partners[self.nation])
        self._remember_mark(anew=True)
        self._check_floor(store)
        if self._down_since_s is not None:
            self.around.witness.down.setdefault(self.nation, []).append((self._down_since_s, now_s))
            self._down_since_s = None
        self.node = Node(self.setup, self.terms, store, self.bus)
        self._guarded(lambda node: node.resend_unacknowledged(self.clock_s))
        self._plan_beat(self._starts, self.draws.uniform(0.0, BEAT_S))

    def act(self, does: Callable[[Node], object]) -> bool:
        """Have the node do something; whether it is up and was not stopped by it."""
        return self._guarded(does)

    def wake(self) -> None:
        """Something came: read it in soon."""
        if self._woken or self.node is None:
            return
        self._woken = True
        schedule, started = self.around.schedule, self._starts
        schedule.at(schedule.now_s + WAKE_S, lambda: self._read(started))

    def go_down(self, outage: Outage) -> None:
        """The machine stops where it is."""
        self.outage = outage
        self.disk.die()
        self._fall()

    def end_cleanly(self) -> None:
        """The node ends as when it is told to, and lets go of its files."""
        if self.node is not None:
            self._close_store()
            self._set_down()

    def restart_after(self, wait_s: float) -> None:
        """Have people, or the service manager, start it again then."""
        if not self._restarting:
            self._restarting = True
            self.around.schedule.at(self.around.schedule.now_s + wait_s, self.start)

    def _plan_beat(self, started: int, wait_s: float) -> None:
        schedule = self.around.schedule
        schedule.at(schedule.now_s + wait_s, lambda: self._beat(started))

    def _beat(self, started: int) -> None:
        if started != self._starts or self.node is None:
            return
        bus, now_s = self.bus, self.around.schedule.now_s
        assert bus is not None
        self.around.network.say_hello(bus)
        if self._guarded(self._whole_turn):
            for act in self.every_beat:
                act()
        if self._has_stopped():
            self.around.witness.note(now_s, "stopped", self.nation)
            self._end_what_stopped()
        self._plan_beat(started, BEAT_S)

    def _has_stopped(self) -> bool:
        return self.node is not None and self.node.stopped is not None

    def _end_what_stopped(self) -> None:
        """A stopped node is ended, one way or the other, and started again."""
        if not self.outage.clean:
            self.go_down(self.outage)
        else:
            self.end_cleanly()
            self.restart_after(self.outage.down_s)
            self.outage = Outage()

    def _whole_turn(self, node: Node) -> None:
        now_s, clock_s = self.around.schedule.now_s, self.clock_s
        estimates, assessments = self.around.sky.told(self.nation, now_s, clock_s)
        if estimates or assessments:
            outcome = node.release(estimates, assessments, clock_s)
            self.around.witness.has_released(now_s, self.nation, outcome)
        else:
            node.obey(clock_s)
        self._take(node)
        node.report_progress(clock_s)
        node.show_head(clock_s)
        node.commit(clock_s)

    def _take(self, node: Node) -> None:
        taken = node.receive(self.clock_s)
        self.around.witness.has_taken(self.around.schedule.now_s, self.nation, taken)

    def _read(self, started: int) -> None:
        self._woken = False
        if started != self._starts or self.node is None:
            return

        def turn(node: Node) -> None:
            node.obey(self.clock_s)
            self._take(node)

        self._guarded(turn)
        if self.bus is not None and self.bus.unread:
            self._woken = True
            schedule = self.around.schedule
            schedule.at(schedule.now_s + BEAT_S / 5.0, lambda: self._read(started))

    def _guarded(self, does: Callable[[Node], object]) -> bool:
        node = self.node
        if node is None:
            return False
        try:
            does(node)
        except _RAISED as error:
            if not self.disk.dead:
                raise self._raised(error) from error
        lives = not self.disk.dead
        self.around.witness.lived_on(self.nation, forgets=not lives or node.stopped is not None)
        if not lives:
            self._fall()
        else:
            self._remember_mark()
        return lives and node.stopped is None

    def _raised(self, error: Exception) -> BrokenInvariant:
        return BrokenInvariant(f"{self.nation}: its node raised {type(error).__name__}: {error}")

    def _sends(self, recipient: str, lane: BusLane, raw: bytes) -> bool:
        if not self.disk.send() or self.node is None:
            return False
        head = self.node.journal.store.head
        floor = Floor(head.size, head.last_hash)
        now_s = self.around.schedule.now_s
        self.around.witness.left(now_s, self.nation, recipient, lane, raw, floor)
        return True

    def _reads(self, lane: BusLane, raw: bytes) -> None:
        self.around.witness.read_in(self.nation, lane, raw)

    def _fall(self) -> None:
        if self.node is None:
            return
        self.around.witness.note(self.around.schedule.now_s, "down", self.nation)
        self._close_store()
        self._set_down()
        self._lie_down()

    def _lie_down(self) -> None:
        if self.outage.power:
            self.disk.lose_power(self.draws)
            self._lose_mark()
        self.restart_after(self.outage.down_s)
        self.outage = Outage()

    def _set_down(self) -> None:
        self.around.network.detach(self.nation)
        self.around.witness.lived_on(self.nation, forgets=True)
        self.node, self.bus = None, None
        self._down_since_s = self.around.schedule.now_s

    def _close_store(self) -> None:
        assert self.node is not None
        # What a dead disk answers to the last words of its database helps nobody.
        with contextlib.suppress(UnusableInput):
            self.node.journal.store.close()

    def _not_started(self, error: CheckFailed | UnusableInput) -> None:
        now_s, witness = self.around.schedule.now_s, self.around.witness
        witness.note(now_s, "not started", self.nation, str(error))
        if self.disk.dead:
            self._lie_down()
        elif self.rotten:
            self.halted = str(error)
        elif self.disk.fuse is not None or self.disk.room_bytes is not None:
            self.restart_after(STARTED_AGAIN_AFTER_S)
        else:
            self.halted = str(error)
            witness.violated("lost", now_s, f"{self.nation} did not start again: {error}")

    def _check_floor(self, store: LedgerStore) -> None:
        floor = self.around.witness.floors.get(self.nation)
        if floor is None or not self.honest:
            return
        stored = store.read().stored
        if len(stored) < floor.size or stored[floor.size - 1].hash != floor.last_hash:
            self.around.witness.violated(
                "lost",
                self.around.schedule.now_s,
                f"{self.nation} started with {len(stored)} records; what had left it rests on "
                f"{floor.size}",
            )

    def burn(self, fuse: Fuse, outage: Outage) -> None:
        """From now on, or from its next start on, a write or a send fails."""
        if self.node is None:
            self._next = fuse, outage
        elif self.disk.fuse is None:
            self.disk.fuse, self.outage = fuse, outage

    def _remember_mark(self, *, anew: bool = False) -> None:
        """What of the file of the mark may be on the disk: it is synced when it is opened alone."""
        raw = (self.folder / MARK_FILE).read_bytes()
        if anew:
            self._marks = [raw]
        elif raw != self._marks[-1]:
            self._marks.append(raw)

    def _lose_mark(self) -> None:
        if self._marks:
            (self.folder / MARK_FILE).write_bytes(self.draws.choice(self._marks))
