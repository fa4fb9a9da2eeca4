"""What really happened, kept apart from the nodes: what they said, to whom, and what was ordered.

It believes no node. It reads what leaves a machine, what is read in by one, and what people order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from commonwatch.node.bus import BusLane
from commonwatch.node.releasing import ReleaseOutcome
from commonwatch.release.bulletin import Bulletin
from commonwatch.release.order import OrderKind
from commonwatch.share.envelope import envelope_digest, recorded_bundle, recorded_manifest
from commonwatch.share.message import Bundle, message_digest
from commonwatch.share.shown_head import is_shown_head

Invariant = Literal["leaked", "lost", "counted twice", "late", "disagree", "forged", "broke"]


class Violation(msgspec.Struct, frozen=True):
    """One thing that must hold and did not; `at_s` after the beginning."""

    invariant: Invariant
    at_s: float
    why: str


@dataclass(frozen=True, slots=True)
class Told:
    """A bulletin that a node says it released."""

    at_s: float
    launch: str
    bulletin: Bulletin


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order on a pact as somebody knows it."""

    by: str
    kind: OrderKind
    at_s: float


@dataclass(frozen=True, slots=True)
class Floor:
    """So many records of a ledger were durable when something that rests on them left."""

    size: int
    last_hash: bytes


@dataclass(slots=True)
class Witness:
    """Everything that is known from outside; `violations` as they are found, `trace` of it all."""

    violations: list[Violation] = field(default_factory=list)
    floors: dict[str, Floor] = field(default_factory=dict)
    numbered: dict[tuple[str, str, int], bytes] = field(default_factory=dict)
    acknowledged: dict[str, dict[str, bytes]] = field(default_factory=dict)
    told: dict[tuple[str, str], list[Told]] = field(default_factory=dict)
    released: dict[str, bytes] = field(default_factory=dict)
    taken: dict[tuple[str, str], float] = field(default_factory=dict)
    orders_sent: set[bytes] = field(default_factory=set)
    # By nation and pact, every order that it gave, or has read in and lived on with.
    known: dict[tuple[str, str], list[Ordered]] = field(default_factory=dict)
    unsure: dict[str, list[tuple[str, Ordered]]] = field(default_factory=dict)
    down: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    frames: int = 0
    _trace: hashlib._Hash = field(default_factory=hashlib.sha256)

    def note(self, now_s: float, *told: object) -> None:
        """Something happened; the same run has the same trace."""
        self._trace.update(repr((now_s, *told)).encode())

    @property
    def digest(self) -> str:
        """SHA-256 of all that happened, in hexadecimal digits."""
        return self._trace.hexdigest()

    def violated(self, invariant: Invariant, at_s: float, why: str) -> None:
        """Something that must hold does not."""
        self.violations.append(Violation(invariant, round(at_s, 3), why))

    def left(
        self, now_s: float, sender: str, recipient: str, lane: BusLane, raw: bytes, floor: Floor
    ) -> None:
        """An envelope leaves an honest node for its bus: what it rests on is durable by then."""
        self.frames += 1
        self.floors[sender] = floor
        digest = hashlib.sha256(raw).digest()
        self.note(now_s, "left", sender, recipient, lane, digest)
        if lane == "progress" or is_shown_head(raw):
            return
        manifest = recorded_manifest(raw)
        number = (sender, recipient, manifest.sequence)
        before = self.numbered.setdefault(number, envelope_digest(raw))
        if before != envelope_digest(raw):
            self.violated(
                "lost",
                now_s,
                f"{sender} told {recipient} two stories under number {manifest.sequence}",
            )
        if lane == "receipt":
            receipts = recorded_bundle(raw, {}).receipts
            held = self.acknowledged.setdefault(sender, {})
            held.update((one.bulletin, one.digest) for one in receipts)
        elif lane == "control":
            self.orders_sent.add(digest)

    def read_in(self, reader: str, lane: BusLane, raw: bytes) -> None:
        """A node takes an envelope off its bus; an honest one's order is known to it from then."""
        if lane != "control" or hashlib.sha256(raw).digest() not in self.orders_sent:
            return
        bundle: Bundle = recorded_bundle(raw, {})
        if bundle.recipient != reader:
            return
        self.unsure.setdefault(reader, []).extend(
            (one.order.agreement, Ordered(bundle.sender, one.order.kind, one.order.at_s))
            for one in bundle.orders
        )

    def lived_on(self, nation: str, *, forgets: bool) -> None:
        """A node ended its turn: what it read in is on its disk; or it went down and may not be."""
        for pact, order in self.unsure.pop(nation, ()):
            if not forgets:
                self.ordered(nation, pact, order)

    def ordered(self, nation: str, pact: str, order: Ordered) -> None:
        """A nation knows of an order, its own or a partner's."""
        known = self.known.setdefault((nation, pact), [])
        if order not in known:
            known.append(order)

    def has_released(self, now_s: float, nation: str, outcome: ReleaseOutcome) -> None:
        """What a node says that it released, with the objects that it speaks of."""
        tracks: dict[str, list[str]] = {}
        for decision in outcome.decisions:
            if decision.outcome != "withhold":
                tracks.setdefault(decision.recipient, []).append(decision.track)
        for bulletin in outcome.released:
            track = tracks[bulletin.recipient].pop(0)
            told = Told(now_s, track.removeprefix("t-"), bulletin)
            self.told.setdefault((nation, bulletin.recipient), []).append(told)
            self.released[bulletin.id] = message_digest(bulletin)
            self.note(now_s, "released", bulletin.id)

    def has_taken(self, now_s: float, nation: str, bulletins: Sequence[Bulletin]) -> None:
        """What a node says is new to it and holds."""
        for bulletin in bulletins:
            self.note(now_s, "taken", nation, bulletin.id)
            self.taken.setdefault((nation, bulletin.id), now_s)
            if bulletin.id in self.acknowledged.get(nation, {}):
                self.violated(
                    "counted twice",
                    now_s,
                    f"{nation} took {bulletin.id} as new after it had acknowledged it",
                )
