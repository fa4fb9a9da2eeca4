"""What a node released to one partner, by count: numbers that tell nothing of what others get."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import msgspec

from commonwatch.release.bulletin import Bulletin, bulletin_id
from commonwatch.release.cadence import LastSaid
from commonwatch.release.decision import Candidate, Ruling
from commonwatch.share.message import NO_DIGEST

# Of what: a track, or the recipient's name of its object, and the product.
Said = tuple[str, str]


@dataclass(slots=True)
class Outbound:
    """Counters of one direction. They are rebuilt from the ledger at start (recovery.py).

    An object has one name, and in each product revisions of its own. `passed_on` says of each
    object that others told of which of their bulletins went on last; `kept_back` of a product that
    is not carried the reasons that were recorded last.
    """

    bundles: int = 0
    previous: bytes = NO_DIGEST
    bulletins: int = 0
    objects: dict[str, str] = field(default_factory=dict)
    events: dict[str, str] = field(default_factory=dict)
    revisions: dict[Said, int] = field(default_factory=dict)
    last_said: dict[Said, LastSaid] = field(default_factory=dict)
    passed_on: dict[Said, tuple[str, ...]] = field(default_factory=dict)
    kept_back: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def has_told(self, candidate: Candidate) -> bool:
        """Whether anything of its product was told of its object."""
        return (self.objects.get(candidate.track, ""), candidate.product) in self.revisions

    def bulletin(
        self, candidate: Candidate, ruling: Ruling, parties: Collection[str], now_s: float
    ) -> Bulletin:
        """What the next bulletin of this direction would be: exactly what the ruling lets go.

        It counts once it is remembered.

        Its label names those `parties` alone that have an agreement in force with both: to whom
        else the originator releases is not the recipient's to know.
        """
        decision = ruling.decision
        assert ruling.label is not None
        assert decision.agreement is not None
        assert decision.agreement_revision is not None
        sequence = self.bulletins + 1
        name = self.objects.get(candidate.track, f"o{len(self.objects) + 1}")
        event = self.events.get(candidate.event, f"e{len(self.events) + 1}")
        return Bulletin(
            id=bulletin_id(candidate.originator, decision.recipient, sequence),
            originator=candidate.originator,
            recipient=decision.recipient,
            sequence=sequence,
            object=name,
            event=event,
            revision=self.revisions.get((name, candidate.product), 0) + 1,
            issued_s=now_s,
            mode=decision.mode,
            agreement=decision.agreement,
            agreement_revision=decision.agreement_revision,
            status=candidate.status,
            label=msgspec.structs.replace(
                ruling.label,
                releasable_to=tuple(code for code in ruling.label.releasable_to if code in parties),
            ),
            lineage=candidate.lineage,
            content=ruling.content,
            floor=ruling.floor,
            originals=candidate.originals or msgspec.UNSET,
            product=candidate.product,
        )

    def remembers(self, bulletin: Bulletin, track: str, event: str) -> None:
        """Take a bulletin that goes, or went in an earlier run, into the counts."""
        self.bulletins = max(self.bulletins, bulletin.sequence)
        self.objects[track] = bulletin.object
        if bulletin.lineage.parents:
            self.passed_on[track, bulletin.product_named] = bulletin.lineage.parents
        self.events[event] = bulletin.event
        told = (bulletin.object, bulletin.product_named)
        self.revisions[told] = max(self.revisions.get(told, 0), bulletin.revision)
