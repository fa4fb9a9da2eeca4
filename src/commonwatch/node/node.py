"""One nation's node: releases through the gate, receives, ledgers, receipts, obeys orders.

What was received serves this nation's own picture at once; its receipt leaves with the next group
commit. A crash in between leaves the partner without a receipt, and it sends again on its restart
(`resend_unacknowledged`). Receipts and orders are accounting: they go on while bulletins are
stopped. So is what is said of items after their release (items.py).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import msgspec

from commonwatch.acquire.sensor import Sensor
from commonwatch.errors import UnusableInput
from commonwatch.estimate.assessment import Assessment
from commonwatch.estimate.own_estimate import OwnEstimate
from commonwatch.identity import Nation
from commonwatch.label import Label
from commonwatch.limits import RECORDS_BETWEEN_LOOKS_MAX, STATEMENTS_BETWEEN_LOOKS_MAX
from commonwatch.marking.portions import PortionLabel
from commonwatch.mode import Mode
from commonwatch.node.bus import Bus
from commonwatch.node.consents import ConsentDesk, ConsentWays
from commonwatch.node.desk_officers import require_approved_by
from commonwatch.node.group_writer import GroupWriter
from commonwatch.node.heads import HeadDesk
from commonwatch.node.inbound import Held
from commonwatch.node.item_effects import ItemEffects
from commonwatch.node.item_following import FollowingDesk
from commonwatch.node.item_voice import ItemVoice, ItemWays
from commonwatch.node.items import ItemDesk
from commonwatch.node.journal import Journal, MaySend
from commonwatch.node.keys import NodeKeys
from commonwatch.node.ledger_store import LedgerStore
from commonwatch.node.orders import OrderDesk
from commonwatch.node.passing import PassingDesk
from commonwatch.node.reading import ReadingDesk
from commonwatch.node.receiving import Control, ReceivingDesk
from commonwatch.node.recovery import Memory, recovered
from commonwatch.node.releasing import ReleaseDesk, ReleaseOutcome
from commonwatch.node.resuming import ResumptionDesk
from commonwatch.release.agreement import Agreement, Terms
from commonwatch.release.bulletin import Bulletin
from commonwatch.release.candidate import each_candidate_from
from commonwatch.release.consent import Consent
from commonwatch.release.decision import Candidate, Decision
from commonwatch.release.order import Order, OrderKind, SignedOrder
from commonwatch.release.public import PUBLIC
from commonwatch.share.consent_message import CONSENT_MESSAGES
from commonwatch.share.envelope import envelope_digest, recorded_manifest
from commonwatch.share.head_book import Equivocation
from commonwatch.share.message import ITEM_MESSAGES, Lane


@dataclass(frozen=True, slots=True)
class NodeSetup:
    """What a node is told once: who it is, which sensors exist and whose, how it marks its own.

    `portions` mark fields of its own statements, `label` all others. `desk` is the folder of the
    desk that it follows, whose policy of officers it goes by, besides the one in its own folder.
    """

    keys: NodeKeys
    sensors: Mapping[str, Sensor]
    label: Label
    portions: tuple[PortionLabel, ...] = ()
    desk: Path | None = None

    @property
    def nation(self) -> Nation:
        """The nation that runs the node."""
        return self.keys.nation

    @property
    def mode(self) -> Mode:
        """Live, exercise or test: for the node's whole life."""
        return self.keys.mode


@dataclass(frozen=True, slots=True)
class OwnWord:
    """What own sensors, all or some, say at one moment."""

    estimates: Sequence[OwnEstimate] = ()
    assessments: Sequence[Assessment] = ()


class Node:
    """The node's desks around one journal. Time is an argument everywhere."""

    def __init__(
        self, setup: NodeSetup, terms: Iterable[Terms], ledger: LedgerStore, bus: Bus
    ) -> None:
        """Take up where the ledger ends: counters, windows, agreements and what is held."""
        self.setup = setup
        memory = recovered(ledger.read(), setup.keys, tuple(terms))
        self.journal = Journal(
            setup.nation,
            ledger,
            bus,
            stopped=ledger.failed,
            sealed=memory.sealed,
            purged=memory.purged,
        )
        if not ledger.head.size:
            self.journal.note("opened", "", setup.mode.word, setup.nation.encode())
        self._policies = (ledger.folder, *(() if setup.desk is None else (setup.desk,)))
        marks = (setup.sensors, setup.label)
        self.orders = OrderDesk(
            setup.keys, *marks, memory.orders, self.journal, self._require_approved
        )
        self.releasing = ReleaseDesk(
            setup.keys,
            setup.sensors,
            self.orders,
            self.journal,
            memory.outbound,
            consents=lambda: self.consents.book,
            look=self._look,
        )
        self.heads = HeadDesk(
            setup.keys,
            self.orders,
            self.journal,
            memory.heads,
            lambda now_s: self.commit(now_s, ()),
        )
        self.receiving = ReceivingDesk(
            setup.keys,
            {sensor.id: sensor.nation for sensor in setup.sensors.values()},
            self.orders,
            self.journal,
            memory.inbound,
            book=lambda: self.items.book,
            consents=lambda: self.consents.book,
            heads=self.heads,
        )
        voice = self._voice(memory)
        self.items = ItemDesk(voice)
        self.following = FollowingDesk(voice)
        ways = ConsentWays(
            self.releasing.send, self.commit, self._exchanges_with, self._require_approved
        )
        self.consents = ConsentDesk(setup.keys, self.journal, memory.consents, ways)
        self.passing = PassingDesk(setup.keys, self.orders, self.consents)
        self.resuming = ResumptionDesk(setup.keys, self.orders, self.journal, memory.inbound)
        self.reading = ReadingDesk(self.orders, self.journal, lambda: self.items.book, self.commit)
        self._unacknowledged = memory.unacknowledged
        self._put_off: list[tuple[str, Control]] = []
        # Orders and what is missed go by the wall where the data of a replay have their own time.
        self.clock_of_orders: Callable[[float], float] = lambda now_s: now_s

    def _voice(self, memory: Memory) -> ItemVoice:
        ways = ItemWays(
            self.releasing.send, self.commit, self.orders.parties_with, self.releasing.released_to
        )
        effects = ItemEffects(self.setup.nation, self.orders, self.journal, memory.inbound)
        return ItemVoice(self.setup.keys, self.journal, memory.book, effects, ways)

    def write_by(self, writer: GroupWriter) -> None:
        """Have groups of records made durable by this writer; until then this thread does it."""
        self.journal.writer = writer

    def _require_approved(self, wanted: Order | Consent, now_s: float) -> None:
        require_approved_by(self._policies, wanted, now_s)

    def _exchanges_with(self, partner: str) -> bool:
        return bool(self.orders.binding(partner))

    @property
    def stopped(self) -> str | None:
        """Why nothing can be released or receipted any more, or None. The own picture goes on."""
        return self.journal.stopped

    @property
    def agreements(self) -> tuple[Agreement, ...]:
        """This node's agreements as they stand."""
        return self.orders.agreements

    @property
    def equivocations(self) -> tuple[Equivocation, ...]:
        """Nations that told two stories of their ledgers, with the signed evidence. Tell people."""
        return self.heads.book.equivocations

    def release(
        self,
        own_estimates: Sequence[OwnEstimate],
        assessments: Sequence[Assessment],
        now_s: float,
        apart: Mapping[str, OwnWord] = MappingProxyType({}),
    ) -> ReleaseOutcome:
        """Put what the own sensors say to the gate for each partner.

        Record, then send what may go; with a writer beside this thread, as soon as `send_durable`
        finds it recorded. Partners in `apart` may know of some sensors only, and are told what
        these say.
        """
        self.obey(self.clock_of_orders(now_s))
        outcome = self.releasing.release(
            self._candidates(OwnWord(own_estimates, assessments), now_s),
            now_s,
            {partner: self._candidates(word, now_s) for partner, word in apart.items()},
            self.passing.candidates(self.items.newest()),
        )
        self.items.made(outcome.released)
        # With nothing to release, records of what came in wait a little for a group of their own.
        leaving = self.journal.overdue(now_s) | {item.recipient for item in outcome.released}
        if not outcome.decisions and not leaving and self.stopped is None:
            return outcome
        if self.commit_soon(now_s, leaving):
            return outcome
        return msgspec.structs.replace(outcome, released=(), stopped=self.stopped)

    def _candidates(self, word: OwnWord, now_s: float) -> tuple[Candidate, ...]:
        made: list[Candidate] = []
        for candidate in each_candidate_from(
            word.estimates,
            word.assessments,
            originator=self.setup.nation,
            label=self.setup.label,
            mode=self.setup.mode,
            portions=self.setup.portions,
        ):
            if len(made) % STATEMENTS_BETWEEN_LOOKS_MAX == 0:
                self._look(now_s)
            made.append(candidate)
        return tuple(made)

    def receive(self, now_s: float) -> tuple[Bulletin, ...]:
        """Take what partners sent; the bulletins among it that are new and hold."""
        self.obey(self.clock_of_orders(now_s))
        accepted = self.receiving.receive(now_s, self._look)
        for recipient, receipts in self.receiving.take_receipts():
            self.releasing.send(recipient, "receipt", receipts, now_s)
        return accepted

    def held(self) -> tuple[Held, ...]:
        """The newest bulletin of each partner on each object that may still be used."""
        return self.items.held()

    def take_orders(self, agreement_id: str, orders: Sequence[SignedOrder], now_s: float) -> None:
        """Obey orders that came another way than the bus, as signatures do at a signing."""
        for order in orders:
            self.orders.take(agreement_id, order, now_s)
        self.commit(now_s, self.orders.agreement(agreement_id).terms.parties)

    def load_orders(
        self, orders: Sequence[SignedOrder], now_s: float, *, of_their_time: bool = False
    ) -> None:
        """Take up what this nation's desk holds of signed orders, as they stand there.

        `of_their_time` in a replay: no clock of data is held to a desk of another year.
        """
        self.orders.load(orders, now_s, of_their_time=of_their_time)
        self.commit(now_s, ())

    def take_up_orders(self, orders: Sequence[SignedOrder], now_s: float) -> None:
        """As `load_orders`, while partners listen: this nation's own among them are told on."""
        self.orders.load(orders, now_s)
        told = set[str]()
        for order in orders:
            if order.order.by != self.setup.nation:
                continue
            parties = self.orders.agreement(order.order.agreement).terms.parties
            for party in sorted(set(parties) - {self.setup.nation}):
                self.releasing.send(party, "control", (order,), now_s)
                told.add(party)
        self.commit(now_s, told)

    def order_suspend(self, agreement_id: str, now_s: float) -> SignedOrder:
        """Suspend an agreement, alone, at once: from the next question to the gate nothing goes."""
        return self._order(agreement_id, OrderKind.SUSPEND, now_s)

    def hold_back(self, agreement_id: str) -> None:
        """Close the gate of an agreement at once, ahead of the order to suspend it.

        What waits is taken back as soon as the node looks at orders, which it does while it
        releases and receives too. This and `suspend_at_once` may be called from another thread
        meanwhile, which no other method may be.
        """
        self.orders.hold_back(agreement_id)

    def suspend_at_once(self, agreement_id: str) -> None:
        """As `hold_back`, and the node gives and records the order as soon as it looks.

        Where it may not be given, that is recorded, and the agreement stays held back.
        """
        self.orders.ask_to_suspend(agreement_id)

    def order_restore(
        self, agreement_id: str, now_s: float, *, resume_open_objects: bool = False
    ) -> SignedOrder:
        """Agree to restore; it takes effect when every party has.

        What was in the air meanwhile is told on only where every party's order resumes it.
        """
        kind = OrderKind.RESTORE_AND_RESUME if resume_open_objects else OrderKind.RESTORE
        return self._order(agreement_id, kind, now_s)

    def record_for_public(self, alert: str, decisions: Sequence[Decision], now_s: float) -> bool:
        """Record what an alert to the public rests on; whether it is durable now.

        The alert may be written only then. Nothing is sent by it.
        """
        for decision in decisions:
            body = msgspec.msgpack.encode(decision)
            self.journal.note("decision", PUBLIC, f"{alert}:{decision.track}", body)
        return self.commit(now_s, ())

    def obey(self, now_s: float) -> None:
        """Obey what partners ordered since; `release` and `receive` begin with it.

        Then what partners miss is sent again.
        """
        self._look(now_s)
        told, self._put_off = tuple(self._put_off), []
        self.consents.take(
            [(sender, one) for sender, one in told if isinstance(one, CONSENT_MESSAGES)], now_s
        )
        of_items = [(sender, one) for sender, one in told if isinstance(one, ITEM_MESSAGES)]
        if of_items:
            # What came in before is looked up on disk. Only now: a suspension bites first.
            self.commit(now_s, ())
        for sender, message in of_items:
            self.following.take(sender, message, now_s)
        self.resuming.take(now_s)

    def _look(self, now_s: float) -> None:
        """Obey orders alone, and record them at once; called in the midst of longer work.

        What else partners said waits until `obey`.
        """
        now_s = self.clock_of_orders(now_s)
        self.orders.look_at_clock(now_s)
        acted = self._close_what_is_held_back(now_s)
        for sender, told in self.receiving.receive_control(now_s):
            if isinstance(told, SignedOrder):
                self.orders.take_from_partner(sender, told, now_s)
                acted = True
            else:
                self._put_off.append((sender, told))
        # Of a longer work's records only so many wait: an order is recorded behind them.
        if acted or self.journal.noted >= RECORDS_BETWEEN_LOOKS_MAX:
            self.commit(now_s, ())
        self.send_durable(now_s)

    def _close_what_is_held_back(self, now_s: float) -> bool:
        closed = self.orders.take_closed()
        for agreement_id, suspend in closed:
            try:
                if suspend:
                    self._order(agreement_id, OrderKind.SUSPEND, now_s)
                    continue
            except UnusableInput as error:
                self.orders.refused(agreement_id, str(error))
            self.orders.take_back(agreement_id, f"{agreement_id} held back")
        return bool(closed)

    def report_progress(self, now_s: float) -> None:
        """Tell partners how far this side is; who runs a node over a network does so often."""
        self.resuming.report(now_s)

    def show_head(self, now_s: float) -> bool:
        """Show partners a sealed head of the ledger where one is due; who runs a node asks often.

        Apart from when it is due, nothing that happened tells in when or whether it is shown.
        """
        return self.heads.show(now_s)

    def commit(self, now_s: float, recipients: Collection[str] | None = None) -> bool:
        """Make everything noted so far durable and send what waited for it, to `recipients` alone.

        None: to all, as before a stop.
        """
        return self.journal.commit(now_s, self._may_send(now_s), recipients)

    def commit_soon(self, now_s: float, recipients: Collection[str] | None = None) -> bool:
        """As `commit`; a writer beside this thread is not waited for, but for `send_durable`."""
        return self.journal.commit_soon(now_s, self._may_send(now_s), recipients)

    def send_durable(self, now_s: float) -> None:
        """Send what is durable by now; who gave the node a writer calls it before it waits."""
        self.journal.send_durable(now_s, self._may_send(now_s))

    def _may_send(self, now_s: float) -> MaySend:
        def may_send(recipient: str, lane: Lane) -> bool:
            return lane != "live" or self.orders.allows(recipient, now_s)

        return may_send

    def resend_unacknowledged(self, now_s: float) -> int:
        """After a restart: send again, byte for byte, what no receipt has answered.

        Returns how many envelopes. Nothing goes under an agreement that does not allow it now, nor
        what was sealed before a gap: that is recorded as never to be sent.
        """
        if self.stopped is not None:
            return 0
        sent, held_back = 0, dict[str, list[bytes]]()
        for recipient, raw in self._unacknowledged:
            if self.orders.allows_again(recipient, recorded_manifest(raw).sent_s, now_s):
                sent += self.journal.bus.send(self.setup.nation, recipient, "live", raw)
            else:
                held_back.setdefault(recipient, []).append(envelope_digest(raw))
        for recipient, digests in held_back.items():
            self.journal.note_purged(recipient, "", "not allowed at the restart", digests)
        self._unacknowledged = ()
        if held_back:
            self.commit(now_s, ())
        return sent

    def _order(self, agreement_id: str, kind: OrderKind, now_s: float) -> SignedOrder:
        order = self.orders.give(agreement_id, kind, now_s)
        parties = self.orders.agreement(agreement_id).terms.parties
        for party in parties:
            if party != self.setup.nation:
                self.releasing.send(party, "control", (order,), now_s)
        self.commit(now_s, parties)
        return order
