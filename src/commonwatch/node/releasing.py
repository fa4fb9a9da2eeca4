"""The way out: every candidate to the gate for every partner, and what may go into envelopes.

What the gate lets go is read once more by a second filter, written apart; both must agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

import msgspec

from commonwatch.acquire.sensor import Sensor
from commonwatch.limits import BUNDLE_MESSAGES_MAX, STATEMENTS_BETWEEN_LOOKS_MAX
from commonwatch.marking.portions import MarkedWhole
from commonwatch.node.bus import Urgency
from commonwatch.node.journal import Journal
from commonwatch.node.keys import NodeKeys
from commonwatch.node.orders import OrderDesk
from commonwatch.node.outbound import Outbound
from commonwatch.node.policies import shipped_table
from commonwatch.release.beginnings import Beginnings
from commonwatch.release.bulletin import Bulletin
from commonwatch.release.cadence import due, heard_of, said
from commonwatch.release.consent import ConsentBook
from commonwatch.release.decision import Candidate, Decision, Ruling, held_back_by
from commonwatch.release.gate import decide
from commonwatch.release.offers import Offers, kept_back, longest_of_all_s, offers_to
from commonwatch.release.recollection import Recollection
from commonwatch.share.envelope import sealed
from commonwatch.share.exit_filter import ExitFilter
from commonwatch.share.ledger import Kind
from commonwatch.share.message import Bundle, Lane, Message

_KIND_OF_LANE: Mapping[Lane, Kind] = {
    "live": "sent",
    "receipt": "receipted",
    "control": "control-out",
}


class ReleaseOutcome(msgspec.Struct, frozen=True):
    """What a beat released and kept back.

    `stopped` says why nothing left although the gate allowed.
    """

    released: tuple[Bulletin, ...]
    decisions: tuple[Decision, ...]
    stopped: str | None = None


# Called between two parts of a longer work, with the time: what was ordered meanwhile is obeyed.
Look = Callable[[float], None]


class ReleaseDesk:
    """Asks gate and second filter, numbers what may go, seals it. The journal sends it."""

    def __init__(
        self,
        keys: NodeKeys,
        sensors: Mapping[str, Sensor],
        orders: OrderDesk,
        journal: Journal,
        outbound: Mapping[str, Outbound],
        *,
        consents: Callable[[], ConsentBook],
        look: Look,
    ) -> None:
        self._keys = keys
        self._sensors = sensors
        self._orders = orders
        self._journal = journal
        self._outbound = dict(outbound)
        nations = {sensor.id: str(sensor.nation) for sensor in sensors.values()}
        self._second = ExitFilter(keys.nation, keys.mode, nations, consents)
        self._consents = consents
        self._look = look
        self._recollections: dict[str, Recollection] = {}
        self._beginnings: dict[str, Beginnings] = {}

    def release(
        self,
        candidates: Sequence[Candidate],
        now_s: float,
        apart: Mapping[str, Sequence[Candidate]] = MappingProxyType({}),
        passed_on: Mapping[str, Sequence[Candidate]] = MappingProxyType({}),
    ) -> ReleaseOutcome:
        """Ask the gate for each partner, and hand what may go to the journal.

        Partners in `apart` are told of those candidates instead; in `passed_on` is what others gave
        that may go on to a partner. Of that nothing earlier is remembered: what is told late stays.
        """
        released: list[Bulletin] = []
        decisions: list[Decision] = []
        for partner in self._orders.partners:
            offers = self._offers(partner, apart.get(partner, candidates), now_s)
            way = self._way(partner)
            # The first word of an event goes before what is said of those that are known.
            every = (*offers.told, *passed_on.get(partner, ()))
            first = sorted(every, key=lambda item: item.event in way.events)
            bulletins, ruled = self._for_partner(partner, first, now_s)
            released += bulletins
            decisions += ruled
            if offers.told:
                decisions += self._kept_back(partner, offers, now_s)
        return ReleaseOutcome(tuple(released), tuple(decisions))

    def send(
        self,
        recipient: str,
        lane: Lane,
        messages: Sequence[Message],
        now_s: float,
        launches: frozenset[str] = frozenset(),
    ) -> None:
        """Seal messages of one lane and hand them to the journal, to be recorded and then sent.

        `launches` are events that the recipient hears of for the first time: they go first.
        """
        for group in _groups(messages):
            way = self._way(recipient)
            way.bundles += 1
            bundle = Bundle(
                mode=self._keys.mode.word,
                sender=self._keys.nation,
                recipient=recipient,
                lane=lane,
                sequence=way.bundles,
                previous=way.previous,
                sent_s=now_s,
                messages=tuple(group),
            )
            made = sealed(bundle, self._keys.private, self._keys.mode)
            tells_launch = any(item.event in launches for item in bundle.bulletins)
            urgency = Urgency.LAUNCH if tells_launch else Urgency.USUAL
            self._journal.send(recipient, lane, made, _KIND_OF_LANE[lane], urgency)
            way.previous = made.parts.digest

    def _for_partner(
        self, partner: str, candidates: Sequence[Candidate], now_s: float
    ) -> tuple[list[Bulletin], list[Decision]]:
        way = self._way(partner)
        told_before = frozenset(way.events.values())
        bulletins: list[Bulletin] = []
        decisions: list[Decision] = []
        sealed = 0
        for number, candidate in enumerate(candidates):
            if number % STATEMENTS_BETWEEN_LOOKS_MAX == 0:
                self._look(now_s)
            if self._orders.holds_back(partner):
                break
            if candidate.status == "withdrawn" and not way.has_told(candidate):
                continue  # nothing was said of it that could be taken back
            said_of = (candidate.track, candidate.product)
            if way.passed_on.get(said_of) == candidate.lineage.parents:
                continue  # it was passed on before
            ruling = self._ruling(partner, candidate, now_s)
            last, heard = way.last_said.get(said_of), heard_of(candidate, ruling)
            if not due(last, heard, now_s):
                continue
            bulletin = self._bulletin(partner, candidate, ruling, now_s)
            against = (
                None if bulletin is None else self._against(bulletin, partner, candidate, now_s)
            )
            if against is not None:
                ruling, bulletin = held_back_by(ruling, f"the second filter: {against}"), None
                heard = heard_of(candidate, ruling)
                if not due(last, heard, now_s):
                    continue
            way.last_said[said_of] = said(last, heard, now_s)
            decisions.append(ruling.decision)
            subject = candidate.track
            if bulletin is not None:
                way.remembers(bulletin, candidate.track, candidate.event)
                bulletins.append(bulletin)
                subject = bulletin.id
            self._note(partner, subject, ruling.decision)
            # By what goes alone: where a bundle ends tells nothing of what stays.
            if len(bulletins) - sealed == BUNDLE_MESSAGES_MAX:
                self._seal_told(partner, bulletins[sealed:], told_before, now_s)
                sealed = len(bulletins)
        self._seal_told(partner, bulletins[sealed:], told_before, now_s)
        return bulletins, decisions

    def _kept_back(self, partner: str, offers: Offers, now_s: float) -> list[Decision]:
        """Decisions on products that are not carried, each recorded once for its reasons."""
        way = self._way(partner)
        if self._orders.holds_back(partner) or way.kept_back == offers.not_carried:
            return []
        decisions = [
            kept_back(product, partner, reasons, self._keys.mode, now_s)
            for product, reasons in offers.not_carried.items()
            if way.kept_back.get(product) != reasons
        ]
        way.kept_back = dict(offers.not_carried)
        for decision in decisions:
            self._note(partner, decision.product, decision)
        return decisions

    def _ruling(self, partner: str, candidate: Candidate, now_s: float) -> Ruling:
        return decide(
            candidate,
            partner,
            self._orders.agreements,
            sensors=self._sensors,
            mode=self._keys.mode,
            now_s=now_s,
            table=shipped_table(),
            consents=self._consents(),
        )

    def _note(self, partner: str, subject: str, decision: Decision) -> None:
        self._journal.note("decision", partner, subject, msgspec.msgpack.encode(decision))

    def _seal_told(
        self,
        partner: str,
        bulletins: Sequence[Bulletin],
        told_before: frozenset[str],
        now_s: float,
    ) -> None:
        launches = frozenset(item.event for item in bulletins) - told_before
        self.send(partner, "live", bulletins, now_s, launches=launches)

    def _bulletin(
        self, partner: str, candidate: Candidate, ruling: Ruling, now_s: float
    ) -> Bulletin | None:
        """What would go by the gate's ruling; None where nothing would."""
        if ruling.content is None and ruling.floor is None:
            return None
        parties = self._orders.parties_in_force_with(partner, now_s)
        return self._way(partner).bulletin(candidate, ruling, parties, now_s)

    def _against(
        self, bulletin: Bulletin | None, partner: str, candidate: Candidate, now_s: float
    ) -> str | None:
        if bulletin is None:
            return None
        label = candidate.label
        marked = None if label is None else MarkedWhole(label, tuple(candidate.portions))
        return self._second.reason_against(
            bulletin, partner, marked, self._orders.agreements, now_s
        )

    def _offers(self, partner: str, candidates: Sequence[Candidate], now_s: float) -> Offers:
        """What the gate is to be asked of each product, as late as that tells of a track at all."""
        standing = self._orders.standing(partner, now_s)
        self._beginnings[partner], dated = self._beginnings.get(partner, Beginnings()).of(
            candidates
        )
        past = self._recollections.get(partner, Recollection())
        past = past.after(dated, now_s, longest_of_all_s(standing))
        self._recollections[partner] = past
        return offers_to(dated, past, standing, now_s)

    def released_to(self, recipient: str) -> int:
        """How many bulletins were released to this nation: they are numbered from 1 to that."""
        way = self._outbound.get(recipient)
        return 0 if way is None else way.bulletins

    def _way(self, recipient: str) -> Outbound:
        return self._outbound.setdefault(recipient, Outbound())


def _groups(messages: Sequence[Message]) -> Iterator[Sequence[Message]]:
    return (
        messages[first : first + BUNDLE_MESSAGES_MAX]
        for first in range(0, len(messages), BUNDLE_MESSAGES_MAX)
    )
