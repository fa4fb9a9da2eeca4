"""The links between simulated nodes: the lanes and windows of a real link, the wire of a bad one.

Each end keeps what waits and what came in the lanes that the bus over NATS uses; between them lies
a wire that loses, delays, doubles, reorders and spoils frames as it is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from random import Random

from commonwatch.node.bus import BusLane, Urgency
from commonwatch.node.link.frame import Frame, Hello
from commonwatch.node.link.in_lanes import InLanes
from commonwatch.node.link.out_lanes import Outgoing, OutLanes
from commonwatch.world.simulation.plan import Way, Weather
from commonwatch.world.simulation.schedule import Schedule

# A partner that was not heard for so long cannot be reached: three beats of a simulated node.
SILENT_AFTER_S = 16.0
# How long an envelope may wait for the thread that carries.
CARRIED_AFTER_S = 3.0


@dataclass(slots=True)
class LinkEnd:
    """One node's end of its link with one partner."""

    partner: str
    out: OutLanes = field(default_factory=OutLanes)
    came: InLanes = field(default_factory=InLanes)
    heard_s: float = 0.0
    carrying: bool = False


@dataclass(slots=True)
class NodeBus:
    """The bus of one node from its start to its end; `sent` hears of each envelope before it.

    It answers whether the machine was still up to send it.
    """

    nation: str
    session: int
    network: Network
    sent: Callable[[str, BusLane, bytes], bool]
    drained: Callable[[BusLane, bytes], None]
    ends: dict[str, LinkEnd] = field(default_factory=dict)

    def send(
        self,
        sender: str,
        recipient: str,
        lane: BusLane,
        raw: bytes,
        urgency: Urgency = Urgency.USUAL,
    ) -> bool:
        """Queue an envelope for a partner, as the bus over NATS does."""
        del sender
        end = self.ends.get(recipient)
        if end is None or not self.sent(recipient, lane, raw):
            return False
        silent = self.network.schedule.now_s - end.heard_s > SILENT_AFTER_S
        if silent and lane != "control":
            return False
        taken = end.out.put(Outgoing(lane, raw), urgency)
        self.network.carry(self, end)
        return taken

    def drain(self, recipient: str, lane: BusLane) -> tuple[bytes, ...]:
        """What came in this lane and may be read now, by partner."""
        del recipient
        taken: list[bytes] = []
        for _partner, end in sorted(self.ends.items()):
            taken += end.came.read(lane, self.network.schedule.now_s)
        for raw in taken:
            self.drained(lane, raw)
        return tuple(taken)

    def purge(self, sender: str, recipient: str) -> tuple[bytes, ...]:
        """Take back every bulletin that was not handed to the wire."""
        del sender
        end = self.ends.get(recipient)
        return () if end is None else end.out.purge_live()

    @property
    def unread(self) -> bool:
        """Whether something came that was not read."""
        return any(end.came.unread for end in self.ends.values())


@dataclass(slots=True)
class Network:
    """All wires. `on_wire` hears of each frame that leaves; `arrived` wakes a node."""

    schedule: Schedule
    weather: Weather
    draws: Random
    on_wire: Callable[[str, str, BusLane, bytes], None]
    arrived: Callable[[str], None]
    buses: dict[str, NodeBus] = field(default_factory=dict)
    cuts: dict[Way, int] = field(default_factory=dict)
    tap: Callable[[str, str, BusLane, bytes], None] = lambda *_told: None

    def attach(self, bus: NodeBus, partners: Iterable[str]) -> None:
        """A node is up: from now on its bus is where frames to it arrive."""
        bus.ends = {name: LinkEnd(name, heard_s=self.schedule.now_s) for name in sorted(partners)}
        self.buses[bus.nation] = bus

    def detach(self, nation: str) -> None:
        """A node is down: what comes for it is lost, and so is what waited in it."""
        self.buses.pop(nation, None)

    def cut(self, way: Way, by: int) -> None:
        """One cut more on this way, or one less."""
        self.cuts[way] = self.cuts.get(way, 0) + by

    def _is_cut(self, way: Way) -> bool:
        return self.cuts.get(way, 0) > 0

    def carry(self, bus: NodeBus, end: LinkEnd) -> None:
        """The carrying thread takes what may go from the lanes to the wire, now or a little on."""
        if end.carrying:
            return
        end.carrying = True
        late = self.draws.random() < self.weather.waiting
        wait_s = self.draws.uniform(0.0, CARRIED_AFTER_S) if late else 0.0
        self.schedule.at(self.schedule.now_s + wait_s, lambda: self._hand_over(bus, end))

    def say_hello(self, bus: NodeBus) -> None:
        """Tell every partner how far this side's reading is."""
        for end in bus.ends.values():
            way = (bus.nation, end.partner)
            self._on_the_way(way, partial(self._hear, bus, end, end.came.hello()))

    def put_on_wire(self, way: Way, lane: BusLane, frame: Frame, *, spoils: bool = True) -> None:
        """A frame leaves; what becomes of it is drawn."""
        self.on_wire(*way, lane, frame.raw)
        self.tap(*way, lane, frame.raw)
        if spoils and self.weather.spoilt and self.draws.random() < self.weather.spoilt:
            spoilt = bytearray(frame.raw)
            spoilt[self.draws.randrange(len(spoilt))] ^= 1 << self.draws.randrange(8)
            frame = Frame(frame.session, frame.number, bytes(spoilt))
        copies = 2 if self.draws.random() < self.weather.doubled else 1
        for _ in range(copies):
            self._on_the_way(way, lambda: self._arrive(way, lane, frame))

    def _hand_over(self, bus: NodeBus, end: LinkEnd) -> None:
        end.carrying = False
        if self.buses.get(bus.nation) is not bus:
            return
        while True:
            taken = end.out.take(self.schedule.now_s)
            if taken is None:
                return
            number, item = taken
            frame = Frame(bus.session, number, item.raw)
            self.put_on_wire((bus.nation, end.partner), item.lane, frame)

    def _on_the_way(self, way: Way, arrive: Callable[[], None]) -> None:
        weather, draws = self.weather, self.draws
        if self._is_cut(way) or (weather.lost and draws.random() < weather.lost):
            return
        delay_s = weather.delay_s * (0.2 + 0.8 * draws.random())
        if weather.late and draws.random() < weather.late:
            delay_s += weather.late_s * draws.random()
        self.schedule.at(
            self.schedule.now_s + delay_s, lambda: None if self._is_cut(way) else arrive()
        )

    def _arrive(self, way: Way, lane: BusLane, frame: Frame) -> None:
        sender, recipient = way
        bus = self.buses.get(recipient)
        if bus is not None and sender in bus.ends and bus.ends[sender].came.put(lane, frame):
            self.arrived(recipient)

    def _hear(self, teller: NodeBus, end: LinkEnd, hello: Hello) -> None:
        bus = self.buses.get(end.partner)
        if bus is None or teller.nation not in bus.ends:
            return
        heard = bus.ends[teller.nation]
        heard.heard_s = self.schedule.now_s
        if hello.session == bus.session:
            heard.out.hear(hello, self.schedule.now_s)
        self.carry(bus, heard)
