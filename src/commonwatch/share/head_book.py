"""Which heads of which ledgers were seen, and which of them contradict each other."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from commonwatch.limits import HEAD_RELAYS_MAX, HEADS_REMEMBERED_MAX, SEQUENCE_JUMP_MAX
from commonwatch.share.shown_head import ShownHead, TwoHeads


@dataclass(frozen=True, slots=True)
class Equivocation:
    """One nation signed two heads of one number: which number, and both envelopes."""

    nation: str
    number: int
    evidence: TwoHeads


@dataclass(frozen=True, slots=True)
class Seen:
    """A head with the envelope that it came in."""

    head: ShownHead
    raw: bytes


@dataclass(frozen=True, slots=True)
class HeadBook:
    """The newest heads of each nation, own ones among them, and every equivocation found."""

    seen: Mapping[str, Mapping[int, Seen]] = field(default_factory=dict)
    equivocations: tuple[Equivocation, ...] = ()

    def newest(self, nation: str) -> ShownHead | None:
        """The head of the highest number that was seen of a nation."""
        heads = self.seen.get(nation)
        return None if not heads else heads[max(heads)].head

    def reason_against(self, head: ShownHead) -> str | None:
        """Why a head is not taken, or None: it is too old to be compared, or too far ahead."""
        newest = self.newest(head.nation)
        if newest is None:
            return None
        if head.number <= newest.number - HEADS_REMEMBERED_MAX:
            return f"head {head.number} is older than what is remembered"
        if head.number > newest.number + SEQUENCE_JUMP_MAX:
            return f"head {head.number} jumps from {newest.number}"
        return None

    def knows(self, head: ShownHead) -> bool:
        """Whether exactly this head was seen before, or is half of an evidence already."""
        before = self.seen.get(head.nation, {}).get(head.number)
        return before is not None and (
            before.head == head or self._told(head.nation, head.number) is not None
        )

    def with_head(self, head: ShownHead, raw: bytes) -> tuple[HeadBook, Equivocation | None]:
        """The book with this head, and the equivocation that it reveals; the first seen stays."""
        heads = self.seen.get(head.nation, {})
        before = heads.get(head.number)
        if before is None:
            kept = {**heads, head.number: Seen(head, raw)}
            if len(kept) > HEADS_REMEMBERED_MAX:
                del kept[min(kept)]
            return replace(self, seen={**self.seen, head.nation: kept}), None
        if self.knows(head):
            return self, None
        found = Equivocation(head.nation, head.number, TwoHeads(before.raw, raw))
        return self.with_equivocation(found), found

    def with_equivocation(self, found: Equivocation) -> HeadBook:
        """The book with one more equivocation; of one number one is enough."""
        if self._told(found.nation, found.number) is not None:
            return self
        return replace(self, equivocations=(*self.equivocations, found))

    def _told(self, nation: str, number: int) -> Equivocation | None:
        return next(
            (item for item in self.equivocations if (item.nation, item.number) == (nation, number)),
            None,
        )


def passes_on_to(nation: str, own: str, parties: Collection[str]) -> tuple[str, ...]:
    """Whom a head of `nation` is passed on to: the next nations after this one in the alphabet.

    `parties` are those of the agreements that bind both. In the ring of all who were shown a head,
    everybody compares it with a neighbour's: of two stories told, somewhere two neighbours differ.
    """
    ring = sorted(set(parties) - {nation} | {own})
    here = ring.index(own)
    return tuple((ring[here + 1 :] + ring[:here])[:HEAD_RELAYS_MAX])
