"""What must hold when all is healed and settled: the checkers that read ledgers and nodes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

import msgspec

from commonwatch.mode import EXERCISE
from commonwatch.release.agreement import Agreement
from commonwatch.share.envelope import recorded_bundle
from commonwatch.share.head_accounts import faults_of_heads
from commonwatch.share.ledger import Record
from commonwatch.share.message import message_digest
from commonwatch.share.reconcile import Ledger, reconcile
from commonwatch.world.simulation.plan import Plan
from commonwatch.world.simulation.station import Station
from commonwatch.world.simulation.witness import Told, Violation, Witness

_KINDS_IN = frozenset({"received", "receipt", "control-in"})


class EndChecker:
    """Looks at each station that is up and honest, and at each two of them."""

    def __init__(
        self, plan: Plan, stations: Mapping[str, Station], witness: Witness, now_s: float
    ) -> None:
        self._plan = plan
        self._witness = witness
        self._now_s = now_s
        self._up = {
            name: station
            for name, station in stations.items()
            if station.node is not None and station.honest
        }
        self._leaves: dict[str, list[bytes]] = {}
        self._ledgers: dict[str, Ledger] = {}
        self._damage: list[Violation] = []
        for name, station in self._up.items():
            self._read(name, station)

    def violations(self) -> Iterator[Violation]:
        """Everything that does not hold."""
        yield from self._damage
        for name, station in self._up.items():
            yield from self._found("lost", self._acknowledged_and_gone(name))
            yield from self._found("counted twice", self._twice_in(name))
            yield from self._found("disagree", self._heads_of(name, station))
            yield from self._found("forged", self._held_of_nobody(name, station))
        for one, other in combinations(self._up, 2):
            if other in self._plan.partners_of(one):
                yield from self._found("disagree", self._between(one, other))
                for giver, taker in ((one, other), (other, one)):
                    yield from self._found("counted twice", self._not_once_held(giver, taker))

    def _found(self, invariant: str, reasons: Iterator[str]) -> Iterator[Violation]:
        for why in reasons:
            yield msgspec.convert(
                {"invariant": invariant, "at_s": self._now_s, "why": why}, Violation
            )

    def _read(self, name: str, station: Station) -> None:
        assert station.node is not None
        read = station.node.journal.store.read()
        why = read.reasons(station.keys.public[name])
        self._damage += self._found("lost", (f"{name}'s ledger: {reason}" for reason in why))
        self._ledgers[name] = Ledger(name, tuple(read.records()), read.bodies)
        self._leaves[name] = [item.hash for item in read.stored]

    def _records(self, name: str, *kinds: str) -> Iterator[Record]:
        return (item for item in self._ledgers[name].records if item.kind in kinds)

    def _acknowledged_and_gone(self, name: str) -> Iterator[str]:
        """A receipt that left its node stands for something that is in its ledger."""
        held = {
            named.id: named.digest
            for record in self._records(name, "received")
            for named in recorded_bundle(record.body, {}).named
        }
        for item, digest in self._witness.acknowledged.get(name, {}).items():
            if held.get(item) != digest:
                yield f"{name} acknowledged {item}, and its ledger does not hold it"

    def _twice_in(self, name: str) -> Iterator[str]:
        seen: set[tuple[str, int]] = set()
        for record in self._records(name, *_KINDS_IN):
            number = (record.counterparty, recorded_bundle(record.body, {}).sequence)
            if number in seen:
                yield f"{name} recorded bundle {number[1]} of {number[0]} twice"
            seen.add(number)

    def _heads_of(self, name: str, station: Station) -> Iterator[str]:
        assert station.node is not None
        keys = station.keys.public
        yield from faults_of_heads(self._ledgers[name].records, self._leaves[name], keys, EXERCISE)
        for found in station.node.equivocations:
            if found.nation not in self._plan.liars:
                yield f"{name} holds evidence of two stories of honest {found.nation}"

    def _held_of_nobody(self, name: str, station: Station) -> Iterator[str]:
        """What is held is its originator's word on its own sensors, and was really released."""
        assert station.node is not None
        for held in station.node.held():
            bulletin = held.bulletin
            giver = bulletin.originator
            if any(not sensor.startswith(giver) for sensor in bulletin.lineage.sensors):
                yield f"{name} holds {giver}'s word on {bulletin.lineage.sensors}"
            released = self._witness.released.get(bulletin.id)
            if giver not in self._plan.liars and released != message_digest(bulletin):
                yield f"{name} holds {bulletin.id}, which {giver} never released"

    def _between(self, one: str, other: str) -> Iterator[str]:
        keys = self._up[one].keys.public
        for account in reconcile(self._ledgers[one], self._ledgers[other], keys, EXERCISE):
            # What a liar told in two ways is found so, and is no fault of who compares.
            lies = tuple(f"of {liar}'s ledger" for liar in self._plan.liars)
            yield from (why for why in account.differences if not why.endswith(lies or "\0"))
        for reader, writer in ((one, other), (other, one)):
            node = self._up[reader].node
            assert node is not None
            gaps = node.receiving.inbound.window(writer).gaps
            if gaps:
                yield f"{reader} still waits for bundles {gaps[:3]} of {writer}"
        for pact in self._plan.pacts_of(one, other):
            states = [
                {view.state.value for view in self._agreement(name, pact.id).views}
                for name in (one, other)
            ]
            if states[0] != states[1]:
                yield f"{pact.id} is {states[0]} at {one} and {states[1]} at {other}"

    def _agreement(self, name: str, pact: str) -> Agreement:
        node = self._up[name].node
        assert node is not None
        return node.orders.agreement(pact)

    def _not_once_held(self, giver: str, taker: str) -> Iterator[str]:
        """Of each object that was told, the newest word that was taken is held, and no other."""
        newest = self._newest_taken(giver, taker)
        node = self._up[taker].node
        assert node is not None
        held = {
            item.bulletin.object: item.bulletin.revision
            for item in node.receiving.inbound.newest()
            if item.bulletin.originator == giver
        }
        if len(set(held)) != len(newest):
            yield f"{taker} holds {len(held)} objects of {giver}'s, and took word of {len(newest)}"
        for launch, told in newest.items():
            revision = held.get(told.bulletin.object)
            if revision != told.bulletin.revision:
                yield (
                    f"{taker} holds revision {revision} of {giver}'s {launch}, and took "
                    f"{told.bulletin.revision}"
                )

    def _newest_taken(self, giver: str, taker: str) -> Mapping[str, Told]:
        accepted = {
            receipt.bulletin
            for record in self._records(taker, "receipted")
            if record.counterparty == giver
            for receipt in recorded_bundle(record.body, {}).receipts
            if receipt.outcome == "accepted"
        }
        newest: dict[str, Told] = {}
        for told in self._witness.told.get((giver, taker), []):
            if told.bulletin.id in accepted:
                before = newest.get(told.launch)
                if before is None or before.bulletin.revision < told.bulletin.revision:
                    newest[told.launch] = told
        return newest
