"""What a node holds of partners as candidates for others: each bulletin once to each recipient."""

from __future__ import annotations

from collections.abc import Iterable

from commonwatch.node.consents import ConsentDesk
from commonwatch.node.inbound import Held
from commonwatch.node.keys import NodeKeys
from commonwatch.node.orders import OrderDesk
from commonwatch.release.decision import Candidate
from commonwatch.release.passing_on import (
    candidate_passed_on,
    is_to_be_asked,
    lineage_passed_on,
)


class PassingDesk:
    """Finds what the gate is to be asked to pass on. It decides nothing: the gate does."""

    def __init__(self, keys: NodeKeys, orders: OrderDesk, consents: ConsentDesk) -> None:
        self._keys = keys
        self._orders = orders
        self._consents = consents

    def candidates(self, held: Iterable[Held]) -> dict[str, tuple[Candidate, ...]]:
        """By recipient, what of that which is held its originators may have let pass to it."""
        found: dict[str, list[Candidate]] = {}
        consents = tuple(item.consent for item in self._consents.known.given.values())
        for one in held:
            lineage = lineage_passed_on(one.bulletin)
            for partner in self._orders.partners:
                if is_to_be_asked(
                    lineage, self._keys.nation, partner, self._orders.agreements, consents
                ):
                    found.setdefault(partner, []).append(self._candidate(one))
        return {partner: tuple(items) for partner, items in found.items()}

    def _candidate(self, held: Held) -> Candidate:
        levels = self._orders.terms_of(held.bulletin).levels
        return candidate_passed_on(
            held.bulletin,
            held.label,
            held.originals,
            levels,
            self._keys.nation,
            self._keys.mode,
        )
