"""The agreements as this node holds them, and the orders that move them.

A suspension takes effect in memory before anything else is done about it, whatever the disk and the
network do; then it is proven by a canary that the gate must refuse, and recorded.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from threading import Lock

import msgspec

from commonwatch.acquire.sensor import Sensor
from commonwatch.errors import BrokenInvariant, UnusableInput, require
from commonwatch.foreign_text import printable
from commonwatch.label import Label
from commonwatch.limits import ITEM_WHY_CHARACTERS_MAX
from commonwatch.lineage import lineage_of
from commonwatch.node.agreements import new_order
from commonwatch.node.journal import Journal
from commonwatch.node.keys import NodeKeys
from commonwatch.node.policies import shipped_table
from commonwatch.release.agreement import Agreement, Terms
from commonwatch.release.agreement_book import addressed_by, current_of, in_time
from commonwatch.release.bearing import is_suspended
from commonwatch.release.bulletin import Bulletin, Content
from commonwatch.release.decision import Candidate
from commonwatch.release.gate import decide
from commonwatch.release.order import Order, OrderKind, RefusedOrder, SignedOrder
from commonwatch.release.order_log import (
    OrderLog,
    at,
    before_signatures,
    is_ahead,
    next_dated_s,
    require_moves,
    with_ahead,
    with_known,
    words_ahead,
    words_behind,
)
from commonwatch.release.standing import Standing
from commonwatch.share.ledger import Kind, Refusal
from commonwatch.share.message import NO_DIGEST, message_digest

CANARY_TRACK = "canary"


class OrderDesk:
    """Holds the agreements; every change of one is an order that was verified and is recorded."""

    def __init__(
        self,
        keys: NodeKeys,
        sensors: Mapping[str, Sensor],
        label: Label,
        log: OrderLog,
        journal: Journal,
        require_approved: Callable[[Order, float], None],
    ) -> None:
        self._keys = keys
        self._sensors = sensors
        self._label = label
        self._log = log
        self._journal = journal
        self._require_approved = require_approved
        self._in_order = _by_id(log)
        self._held_back: frozenset[str] = frozenset()
        self._closed: dict[str, bool] = {}
        self._lock = Lock()

    @property
    def agreements(self) -> tuple[Agreement, ...]:
        """All revisions of all agreements, by id."""
        return self._in_order

    @property
    def partners(self) -> tuple[str, ...]:
        """Every nation that an agreement of ours binds, in force or not."""
        named = {party for item in self.agreements for party in item.terms.parties}
        return tuple(sorted(named - {self._keys.nation}))

    def agreement(self, agreement_id: str, revision: int | None = None) -> Agreement:
        """This revision, or the one that holds; UnusableInput where this node has none."""
        known = dict.fromkeys(name for name, _revision in sorted(self._log.agreements))
        if agreement_id not in known:
            names = ", ".join(known) or "none"
            raise UnusableInput(f"agreement `{agreement_id}`: this node's agreements are {names}")
        if revision is None:
            return current_of(self.agreements, agreement_id)
        found = self._log.agreements.get((agreement_id, revision))
        if found is None:
            raise UnusableInput(f"agreement `{agreement_id}`: no revision {revision} is held here")
        return found

    def terms_of(self, bulletin: Bulletin) -> Terms:
        """The text under which a bulletin was released, in life or not."""
        found = self._log.agreements.get((bulletin.agreement, bulletin.agreement_revision))
        if found is None:
            return self.agreement(bulletin.agreement, bulletin.agreement_revision).terms
        return found.terms

    def binding(self, partner: str) -> tuple[Agreement, ...]:
        """The agreements that bind us and this partner, in force or not."""
        return tuple(
            item for item in self.agreements if item.terms.binds(self._keys.nation, partner)
        )

    def parties_with(self, partner: str) -> frozenset[str]:
        """All parties of the agreements that bind us and this partner."""
        return frozenset(party for item in self.binding(partner) for party in item.terms.parties)

    def standing(self, partner: str, now_s: float) -> Standing:
        """How we and this partner stand: the rule that the gate goes by too, as it remembers it.

        Its `now_s` is when this was asked first of what has not changed since.
        """
        return (
            shipped_table().memory.pair(self._keys.nation, partner, self.agreements, now_s).standing
        )

    def standing_of_sender(self, partner: str, now_s: float) -> Standing:
        """As `standing`, the other way: how this partner and we stand for what it sends."""
        return (
            shipped_table().memory.pair(partner, self._keys.nation, self.agreements, now_s).standing
        )

    def parties_in_force_with(self, partner: str, now_s: float) -> frozenset[str]:
        """All parties of the agreements that bear on what goes to this partner now."""
        binding = self.standing(partner, now_s).binding
        return frozenset(party for item in binding for party in item.terms.parties)

    def allows(self, partner: str, now_s: float) -> bool:
        """Whether nothing that binds us and this partner speaks against a release now."""
        return not self.holds_back(partner) and not self.standing(partner, now_s).against

    def hold_back(self, agreement_id: str) -> None:
        """Close the gate to all parties of an agreement, at once, until it is suspended.

        With `ask_to_suspend` the one thing here that another thread may do while a release is under
        way: nothing of that release leaves any more. What waits is taken back as soon as the node
        looks at orders; the order that suspends follows. UnusableInput where there is no such
        agreement.
        """
        self._close(agreement_id, suspend=False)

    def ask_to_suspend(self, agreement_id: str) -> None:
        """As `hold_back`, and the node gives the order itself as soon as it looks."""
        self._close(agreement_id, suspend=True)

    def _close(self, agreement_id: str, *, suspend: bool) -> None:
        self.agreement(agreement_id)
        with self._lock:
            self._held_back |= {agreement_id}
            self._closed[agreement_id] = suspend or self._closed.get(agreement_id, False)

    def take_closed(self) -> tuple[tuple[str, bool], ...]:
        """The agreements held back since this was asked, each with whether to suspend it."""
        if not self._closed:
            return ()
        with self._lock:
            closed, self._closed = self._closed, {}
        return tuple(sorted(closed.items()))

    def take_back(self, agreement_id: str, why: str) -> None:
        """Take back all that waits for the other parties of an agreement, and record it."""
        for partner in self._others(agreement_id):
            purged = self._journal.purge(partner)
            if purged:
                self._journal.note_purged(partner, agreement_id, why, purged)

    def refused(self, agreement_id: str, why: str) -> None:
        """Record that an own order could not be given. What was held back stays so."""
        body = msgspec.msgpack.encode(Refusal(printable(why, ITEM_WHY_CHARACTERS_MAX), NO_DIGEST))
        self._journal.note("order-refused", self._keys.nation, agreement_id, body)

    def holds_back(self, partner: str) -> bool:
        """Whether the gate is closed to this partner, ahead of an order to suspend or in doubt.

        In doubt: an order of a party cannot be placed, or is dated ahead of this node's time.
        """
        if not (self._held_back or self._log.doubts or self._log.ahead):
            return False
        return any(
            partner in item.terms.parties
            and (self._is_held_back(item.terms.id) or item.newest_order_s is not None)
            for item in self.agreements
        )

    def _is_held_back(self, agreement_id: str) -> bool:
        return agreement_id in self._held_back or agreement_id in self._log.doubts

    def allows_again(self, partner: str, sealed_s: float, now_s: float) -> bool:
        """As `allows`, of what was sealed before: nothing from before a gap is told on."""
        nothing_before_s = max(
            (item.nothing_before_s for item in self.binding(partner)), default=-math.inf
        )
        return sealed_s >= nothing_before_s and self.allows(partner, now_s)

    def give(self, agreement_id: str, kind: OrderKind, now_s: float) -> SignedOrder:
        """Give this nation's own order and obey it; UnusableInput where it would move nothing.

        It is dated after what it follows, as far as clocks may differ. A suspension bites whatever
        the clock says. Where national policy asks for two officers, both must have approved it
        before.
        """
        order = self._next(agreement_id, kind, now_s)
        self._require_approved(order.order, now_s)
        try:
            log = with_known(self._log, order, self._keys.public, now_s)
            require_moves(log.agreements, order, log.why_void(order))
        except RefusedOrder as error:
            behind = words_behind(self._log.orders, order.order)
            raise UnusableInput(f"{error}{behind and '; '}{behind}") from error
        self._obey(log, order, now_s)
        return order

    def next_order(self, agreement_id: str, kind: OrderKind, now_s: float) -> Order:
        """This nation's next order as it would be given: not signed, recorded or obeyed."""
        return self._next(agreement_id, kind, now_s).order

    def _next(self, agreement_id: str, kind: OrderKind, now_s: float) -> SignedOrder:
        self.agreement(agreement_id)  # says which are held here, where this one is not
        agreement = addressed_by(self.agreements, agreement_id, kind, self._keys.nation)
        at_s = self._dated_s(agreement, now_s)
        return new_order(agreement, self._keys, kind, at_s, self._keys.mode)

    def _dated_s(self, agreement: Agreement, now_s: float) -> float:
        others = (
            item
            for item in self._log.placed
            if item.order.agreement == agreement.terms.id and item.order.by != self._keys.nation
        )
        return next_dated_s(others, agreement.view_of(self._keys.nation).because, now_s)

    def take(self, agreement_id: str, order: SignedOrder, now_s: float) -> None:
        """Obey an order; RefusedOrder where it is not one of a party on this agreement.

        One that moves nothing since orders crossed is recorded and counts, as on a desk. One that
        has no place yet, or whose clock is ahead, holds the agreement back, and that is told.
        """
        told = order.order
        if told.mode != self._keys.mode.word:
            raise RefusedOrder(f"order of mode {told.mode}")
        if told.agreement != agreement_id:
            raise RefusedOrder(f"order for {told.agreement}: this is {agreement_id}")
        log = with_known(self._log, order, self._keys.public, max(now_s, told.at_s))
        self._obey(log, order, now_s)

    def _obey(self, log: OrderLog, order: SignedOrder, now_s: float) -> None:
        agreement_id, before = order.order.agreement, self._log
        was = self._suspended(agreement_id)
        self._hold(log, order, now_s)  # It bites here, before anything else is recorded.
        void = log.why_void(order)
        if void is not None:
            self._tell(order, f"counted, and moves nothing: {void}")
        behind = words_behind(before.orders, order.order)
        if behind and (order.order.by == self._keys.nation or before_signatures(log, order.order)):
            self._tell(order, behind)
        doubt = log.doubts.get(agreement_id)
        if doubt is not None and doubt != before.doubts.get(agreement_id):
            self._tell(order, f"{doubt}; {agreement_id} is held back until it is cleared up")
        if self._suspended(agreement_id):
            if order.order.kind is OrderKind.SUSPEND or not was:
                with self._lock:
                    self._held_back -= {agreement_id}
                self._after_suspension(agreement_id, now_s)
        elif self._is_held_back(agreement_id) or is_ahead(order.order, now_s):
            self.take_back(agreement_id, f"{agreement_id} held back")

    def _hold(self, log: OrderLog, order: SignedOrder, now_s: float) -> None:
        """Go by this log and record the order that it is new by; one dated ahead holds back."""
        told, ahead = order.order, is_ahead(order.order, now_s)
        self._log = with_ahead(log, order) if ahead else log
        self._in_order = _by_id(self._log)
        kind: Kind = "order-ahead" if ahead else "order"
        self._journal.note(kind, told.by, told.agreement, msgspec.msgpack.encode(order))
        if ahead:
            self._tell(order, words_ahead(told, now_s))

    def look_at_clock(self, now_s: float) -> None:
        """Let go what was held back for an order from ahead of this node's time, once it is due."""
        log = at(self._log, now_s)
        if log is not self._log:
            self._log, self._in_order = log, _by_id(log)

    def _suspended(self, agreement_id: str) -> bool:
        return any(is_suspended(item) for item in self.agreements if item.terms.id == agreement_id)

    def _tell(self, order: SignedOrder, why: str) -> None:
        body = msgspec.msgpack.encode(
            Refusal(printable(why, ITEM_WHY_CHARACTERS_MAX), message_digest(order))
        )
        self._journal.note("order-refused", order.order.by, order.order.agreement, body)

    def load(
        self, orders: Sequence[SignedOrder], now_s: float, *, of_their_time: bool = False
    ) -> None:
        """Take up the orders that a desk holds, and record them.

        `of_their_time`: each as at its own time, whatever the clock says, as in a replay.
        RefusedOrder where a signature does not hold. What is suspended then is proven so.
        """
        for order in sorted(orders, key=in_time):
            told = order.order
            if self._log.knows(order):
                continue  # its party's node told of it before the desk did
            log = with_known(self._log, order, self._keys.public, told.at_s)
            clock_s = told.at_s if of_their_time else now_s
            self._hold(log, order, clock_s)
            if is_ahead(told, clock_s):
                self.take_back(told.agreement, f"{told.agreement} held back")
        for agreement in self.agreements:
            if is_suspended(agreement):
                with self._lock:
                    self._held_back -= {agreement.terms.id}
                self._after_suspension(agreement.terms.id, now_s)

    def take_from_partner(self, sender: str, order: SignedOrder, now_s: float) -> None:
        """Obey a partner's order, or record why not."""
        try:
            if order.order.by != sender:
                raise RefusedOrder(f"{sender} sent an order of {order.order.by}")
            self.take(order.order.agreement, order, now_s)
        except (RefusedOrder, UnusableInput) as error:
            body = msgspec.msgpack.encode(
                Refusal(printable(str(error), ITEM_WHY_CHARACTERS_MAX), message_digest(order))
            )
            self._journal.note("order-refused", sender, order.order.agreement, body)

    def _after_suspension(self, agreement_id: str, now_s: float) -> None:
        self.take_back(agreement_id, f"{agreement_id} suspended")
        for partner in self._others(agreement_id):
            self._send_canary(partner, now_s)

    def _others(self, agreement_id: str) -> tuple[str, ...]:
        parties = self.agreement(agreement_id).terms.parties
        return tuple(party for party in parties if party != self._keys.nation)

    def _send_canary(self, partner: str, now_s: float) -> None:
        """Prove the suspension: a candidate that would go in peace must be refused."""
        own = sorted(
            name for name, sensor in self._sensors.items() if sensor.nation == self._keys.nation
        )
        canary = Candidate(
            originator=self._keys.nation,
            track=CANARY_TRACK,
            event=CANARY_TRACK,
            status="current",
            label=self._label,
            lineage=lineage_of((self._keys.nation,), own[:1]),
            mode=self._keys.mode,
            content=Content(phase=CANARY_TRACK),
        )
        ruling = decide(
            canary,
            partner,
            self.agreements,
            sensors=self._sensors,
            mode=self._keys.mode,
            now_s=now_s,
            table=shipped_table(),
        )
        self._journal.note("canary", partner, CANARY_TRACK, msgspec.msgpack.encode(ruling.decision))
        if ruling.decision.outcome != "withhold":
            self._journal.stopped = "the canary passed a suspended gate: nothing is released"
            raise BrokenInvariant(self._journal.stopped)
        require(ruling.content is None and ruling.floor is None, "a refused canary holds nothing")


def _by_id(log: OrderLog) -> tuple[Agreement, ...]:
    return tuple(log.agreements[key] for key in sorted(log.agreements))
