"""A partner that does not keep to its word, with a real key: beside its node's honest work it lies.

It has what any partner has: its own key, what it was sent, and what it can catch on the wire.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

import msgspec

from commonwatch.lineage import lineage_of
from commonwatch.mode import EXERCISE
from commonwatch.node.bus import BusLane
from commonwatch.node.link.frame import Frame
from commonwatch.node.node import Node
from commonwatch.release.bulletin import Bulletin, bulletin_id
from commonwatch.release.order import Order, OrderKind, signed
from commonwatch.share.envelope import seal
from commonwatch.share.merkle import Tree
from commonwatch.share.message import Bundle, Message
from commonwatch.share.progress import Progress, seal_progress
from commonwatch.share.shown_head import sealed_head
from commonwatch.world.simulation.plan import Flood, Lie
from commonwatch.world.simulation.station import BEAT_S, Station, Surroundings

CAUGHT_MAX = 64
# Its forged bundles are numbered far from those of its own node.
_FIRST_FORGED = 400_000
_FORGED_A_BEAT = 3


@dataclass(slots=True)
class Liar:
    """The lies of one station, from when each begins until `ends_s`."""

    station: Station
    around: Surroundings
    nations: tuple[str, ...]
    ends_s: float
    two_heads_told: bool = False
    _caught: list[tuple[str, str, BusLane, bytes]] = field(default_factory=list)
    _forged: int = 0

    def begin(self, kind: Lie) -> Callable[[], None]:
        """What is done when this lie begins: from then on it is told each beat."""
        lies: dict[Lie, Callable[[Node], None]] = {
            "speaks for others": self._speak_for_others,
            "repeats": self._repeat,
            "two heads": self._tell_two_heads,
            "asks for all": self._ask_for_all,
            "forges": self._forge,
        }
        lie = lies[kind]

        def each_beat() -> None:
            node = self.station.node
            if node is not None and self.around.schedule.now_s < self.ends_s:
                lie(node)

        return lambda: self.station.every_beat.append(each_beat)

    def flood(self, flood: Flood) -> Callable[[], None]:
        """What is done when a flood begins: frames past every window, until it ends."""

        def burst() -> None:
            if self.station.node is not None:
                for number in range(flood.frames):
                    self._put(flood.to, "live", b"flood %d %d" % (self._forged, number))
                self._forged += 1
            now_s = self.around.schedule.now_s
            if now_s < flood.to_s:
                self.around.schedule.at(now_s + BEAT_S, burst)

        return burst

    def catch(self, sender: str, recipient: str, lane: BusLane, raw: bytes) -> None:
        """Whatever crosses a wire may be caught."""
        if lane != "progress" and len(self._caught) < CAUGHT_MAX:
            self._caught.append((sender, recipient, lane, raw))

    @property
    def _partners(self) -> tuple[str, ...]:
        return self.around.partners[self.station.nation]

    def _put(self, to: str, lane: BusLane, raw: bytes) -> None:
        way = (self.station.nation, to)
        self.around.network.put_on_wire(way, lane, Frame(1, 0, raw), spoils=False)

    def _speak_for_others(self, _node: Node) -> None:
        """Statements under its own signature about what others' sensors see."""
        for partner in self._partners:
            sound = self._own_bulletin_to(partner)
            if sound is None:
                continue
            for other in [nation for nation in self.nations if nation != self.station.nation]:
                self._forged += 1
                number = _FIRST_FORGED + self._forged
                changed = msgspec.structs.replace(
                    sound,
                    id=bulletin_id(self.station.keys.nation, partner, number),
                    sequence=number,
                    revision=number,
                    lineage=lineage_of((self.station.keys.nation,), (f"{other}-1",)),
                )
                self._put(partner, "live", self._sealed(partner, "live", (changed,)))

    def _forge(self, _node: Node) -> None:
        """Others' statements in their name, and an order to restore in a partner's."""
        for sender, recipient, lane, raw in self._caught[-_FORGED_A_BEAT:]:
            if sender == self.station.nation or lane != "live" or recipient not in self._partners:
                continue
            spoilt = raw.replace(sender.encode(), self.station.nation.encode())
            self._put(recipient, "live", spoilt)
        for partner in self._partners:
            for pact in self.station.terms:
                if partner in pact.parties:
                    order = Order(
                        pact.id, 1, partner, OrderKind.RESTORE, 3, self.station.clock_s,
                        EXERCISE.word,
                    )  # fmt: skip
                    fake = signed(order, self.station.keys.private)
                    self._put(partner, "control", self._sealed(partner, "control", (fake,)))

    def _repeat(self, _node: Node) -> None:
        """What was caught once, again, to whom it was and to others."""
        for at, (_sender, recipient, lane, raw) in enumerate(self._caught):
            to = recipient if at % 2 else self._partners[at % len(self._partners)]
            if to in self._partners:
                self._put(to, lane, raw)

    def _tell_two_heads(self, node: Node) -> None:
        """Another head under the number of the newest one, to one partner."""
        newest = node.heads.book.newest(self.station.nation)
        if newest is None:
            return
        empty = Tree().with_leaves([sha256(b"another story").digest()])
        keys = self.station.keys
        told = sealed_head(
            empty, self.station.nation, newest.number, newest.shown_s, keys.private, EXERCISE
        )
        self.two_heads_told = True
        self._put(self._partners[0], "control", told.envelope)

    def _ask_for_all(self, _node: Node) -> None:
        """It says that it misses everything, again and again."""
        for partner in self._partners:
            word = Progress(
                mode=EXERCISE.word,
                sender=self.station.nation,
                recipient=partner,
                at_s=self.station.clock_s + 0.5,
                sealed=_FIRST_FORGED,
                missing=((1, _FIRST_FORGED),),
            )
            raw = seal_progress(word, self.station.keys.private, EXERCISE)
            self._put(partner, "progress", raw)

    def _own_bulletin_to(self, partner: str) -> Bulletin | None:
        told = self.around.witness.told.get((self.station.nation, partner))
        return told[-1].bulletin if told else None

    def _sealed(self, to: str, lane: BusLane, messages: tuple[Message, ...]) -> bytes:
        assert lane != "progress"
        self._forged += 1
        bundle = Bundle(
            mode=EXERCISE.word,
            sender=self.station.nation,
            recipient=to,
            lane=lane,
            sequence=_FIRST_FORGED + self._forged,
            previous=bytes(32),
            sent_s=self.station.clock_s,
            messages=messages,
        )
        return seal(bundle, self.station.keys.private, EXERCISE)
