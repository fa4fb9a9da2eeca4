"""What a node released to one partner, by count: numbers that tell nothing of what others get."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import msgspec

from commonwatch.release.bulletin import Bulletin, bulletin_id
from commonwatch.release.cadence import LastSaid
from commonwatch.release.decision import Candidate, Ruling
from commonwatch.share.message import NO_DIGEST


@dataclass(slots=True)
class Outbound:
    """Counters of one direction. They are rebuilt from the ledger at start (recovery.py).

    `passed_on` says of each object that others told of which of their bulletins went on last.
    """

    bundles: int = 0
    previous: bytes = NO_DIGEST
    bulletins: int = 0
    objects: dict[str, str] = field(default_factory=dict)
    events: dict[str, str] = field(default_factory=dict)
    revisions: dict[str, int] = field(default_factory=dict)
    last_said: dict[str, LastSaid] = field(default_factory=dict)
    passed_on: dict[str, tuple[str, ...]] = field(default_factory=dict)

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
            revision=self.revisions.get(name, 0) + 1,
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
        )

    def remembers(self, bulletin: Bulletin, track: str, event: str) -> None:
        """Take a bulletin that goes, or went in an earlier run, into the counts."""
        self.bulletins = max(self.bulletins, bulletin.sequence)
        self.objects[track] = bulletin.object
        if bulletin.lineage.parents:
            self.passed_on[track] = bulletin.lineage.parents
        self.events[event] = bulletin.event
        self.revisions[bulletin.object] = max(
            self.revisions.get(bulletin.object, 0), bulletin.revision
        )
