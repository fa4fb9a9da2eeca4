"""The way in: verify, see that it is new, see that it may speak so, record, hold, receipt."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from commonwatch.foreign_text import printable
from commonwatch.limits import ITEM_WHY_CHARACTERS_MAX
from commonwatch.node.heads import HeadDesk
from commonwatch.node.inbound import Held, Inbound
from commonwatch.node.journal import Journal
from commonwatch.node.keys import NodeKeys
from commonwatch.node.orders import OrderDesk
from commonwatch.release.bulletin import Bulletin
from commonwatch.release.consent import ConsentBook
from commonwatch.release.order import SignedOrder
from commonwatch.share.admission import Admission
from commonwatch.share.consent_message import ConsentMessage
from commonwatch.share.envelope import Opened, RefusedEnvelope, envelope_digest, open_for
from commonwatch.share.item_book import ItemBook
from commonwatch.share.item_message import ItemMessage
from commonwatch.share.item_records import Destroyed
from commonwatch.share.ledger import Refusal
from commonwatch.share.message import Lane, Receipt
from commonwatch.share.shown_head import is_shown_head

# Where items stand changes under way: a recall may overtake what it recalls.
BookNow = Callable[[], ItemBook]
# So do consents: one may be withdrawn while what rests on it is in flight.
ConsentsNow = Callable[[], ConsentBook]
Control = SignedOrder | ItemMessage | ConsentMessage


class ReceivingDesk:
    """Takes envelopes off the bus.

    What is refused changes nothing but the record of the refusal.
    """

    def __init__(
        self,
        keys: NodeKeys,
        sensor_nations: Mapping[str, str],
        orders: OrderDesk,
        journal: Journal,
        inbound: Inbound,
        *,
        book: BookNow,
        consents: ConsentsNow,
        heads: HeadDesk,
    ) -> None:
        self._keys = keys
        self._sensor_nations = sensor_nations
        self._orders = orders
        self._journal = journal
        self._receipts: dict[str, list[Receipt]] = {}
        self.inbound = inbound
        self._book = book
        self._consents = consents
        self._heads = heads

    def receive(self, now_s: float, look: Callable[[float], None]) -> tuple[Bulletin, ...]:
        """Take the live and the receipt lane; the bulletins that are new and hold.

        Before each envelope of the live lane it has the node `look` at orders.
        """
        for raw in self._drain("receipt"):
            opened = self._open(raw, "receipt")
            if opened is not None:
                self._journal.note_envelope("receipt", opened.bundle.sender, raw, opened.parts)
        accepted: list[Bulletin] = []
        for raw in self._drain("live"):
            look(now_s)
            opened = self._open(raw, "live")
            if opened is not None:
                self._note_received(raw, opened)
                accepted += self._bulletins(opened, now_s)
        return tuple(accepted)

    def receive_control(self, now_s: float) -> tuple[tuple[str, Control], ...]:
        """Take the control lane: what it says with who sent it, not yet obeyed.

        Heads of ledgers, which come with it, go to their desk.
        """
        told: list[tuple[str, Control]] = []
        for raw in self._drain("control"):
            if is_shown_head(raw):
                self._heads.take(raw, now_s)
                continue
            opened = self._open(raw, "control")
            if opened is not None:
                bundle = opened.bundle
                self._journal.note_envelope("control-in", bundle.sender, raw, opened.parts)
                control = (*bundle.orders, *bundle.item_messages, *bundle.consent_messages)
                told += [(bundle.sender, item) for item in control]
        return tuple(told)

    def take_receipts(self) -> tuple[tuple[str, tuple[Receipt, ...]], ...]:
        """Receipts to send, by partner; they are handed out once."""
        taken = tuple((partner, tuple(items)) for partner, items in sorted(self._receipts.items()))
        self._receipts = {}
        return taken

    def _drain(self, lane: Lane) -> tuple[bytes, ...]:
        return self._journal.bus.drain(self._keys.nation, lane)

    def _open(self, raw: bytes, lane: Lane) -> Opened | None:
        try:
            opened = open_for(raw, self._keys.public, self._keys.mode, self._keys.nation)
        except RefusedEnvelope as error:
            self._refuse("", envelope_digest(raw), str(error))
            return None
        bundle = opened.bundle
        window = self.inbound.window(bundle.sender)
        why = window.reason_against(bundle.sequence)
        if why is None and bundle.lane != lane:
            why = f"a bundle of the {bundle.lane} lane in the {lane} lane"
        if why is not None:
            self._refuse(bundle.sender, opened.digest, why)
            return None
        self.inbound.windows[bundle.sender] = window.with_seen(bundle.sequence)
        return opened

    def _bulletins(self, opened: Opened, now_s: float) -> list[Bulletin]:
        bundle = opened.bundle
        admission = Admission(
            bundle=bundle,
            sensor_nations=self._sensor_nations,
            agreements=self._orders.agreements,
            # Nothing is obeyed in the midst of a bundle: how they stand holds for all of it.
            standing=self._orders.standing_of_sender(bundle.sender, now_s),
            consents=self._consents(),
            mode=self._keys.mode,
            now_s=now_s,
        )
        accepted = []
        for bulletin, named in zip(bundle.bulletins, opened.parts.named, strict=True):
            digest = named.digest
            why = admission.reason_against(bulletin) or self._book().reason_against(
                bulletin.id, bulletin.lineage.parents
            )
            if why is not None:
                self._refuse(bundle.sender, digest, why, bulletin.id)
            elif self.inbound.take(self._held(bulletin, now_s), digest):
                accepted.append(bulletin)
            self._receipts.setdefault(bundle.sender, []).append(
                Receipt(
                    bulletin=bulletin.id,
                    sequence=bulletin.sequence,
                    digest=digest,
                    outcome="accepted" if why is None else "refused",
                    why=printable(why or "", ITEM_WHY_CHARACTERS_MAX),
                    received_s=now_s,
                )
            )
        return accepted

    def _held(self, bulletin: Bulletin, now_s: float) -> Held:
        """With this nation's own marking that equals the giver's, which stays (article 4)."""
        levels = self._orders.terms_of(bulletin).levels
        label = self._book().label_of(bulletin.id, bulletin.label)
        marking = levels.equivalent(label, self._keys.nation) or ""
        return Held(bulletin, marking, now_s, label)

    def _note_received(self, raw: bytes, opened: Opened) -> None:
        """Record an envelope; what was destroyed before it came is not kept at all."""
        ordered, sender, named = self._book().destroyed, opened.bundle.sender, opened.parts.named
        late = [item for item in named if item.id in ordered]
        unkept = frozenset(item.digest for item in late)
        self._journal.note_envelope("received", sender, raw, opened.parts, unkept)
        self.inbound.received.update((item.id, (sender, item.digest)) for item in named)
        for item in late:
            self.inbound.gone.add(item.id)
            told = Destroyed(item.id, item.digest, ordered[item.id], "before it came")
            self._journal.note("destroyed", sender, item.id, msgspec.msgpack.encode(told))

    def _refuse(self, sender: str, digest: bytes, why: str, subject: str = "") -> None:
        body = msgspec.msgpack.encode(Refusal(printable(why, ITEM_WHY_CHARACTERS_MAX), digest))
        self._journal.note("refused", sender, subject or digest.hex(), body)
