"""May a partner's bulletin be taken? Who may speak for which sensor, under what, how marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from commonwatch.mode import Mode
from commonwatch.release.agreement import Agreement
from commonwatch.release.bulletin import Bulletin
from commonwatch.release.consent import ConsentBook
from commonwatch.release.standing import Standing
from commonwatch.share.message import Bundle
from commonwatch.share.passed_on import reason_against_hop, reason_against_lineage


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """What the bulletins of one verified bundle are held against.

    `sensor_nations` says which nation may speak for a sensor; a sensor that is not in it has no
    voice. `standing` is how its sender and its recipient stand under `agreements` at `now_s`. What
    rests on another nation's data is taken where `consents` holds that nation's.
    """

    bundle: Bundle
    sensor_nations: Mapping[str, str]
    agreements: Sequence[Agreement]
    standing: Standing
    consents: ConsentBook
    mode: Mode
    now_s: float

    def reason_against(self, bulletin: Bulletin) -> str | None:
        """Why this bulletin of the bundle is not taken, or None."""
        sender, lineage, label = self.bundle.sender, bulletin.lineage, bulletin.label
        if (bulletin.originator, bulletin.recipient) != (sender, self.bundle.recipient):
            return f"{sender} speaks for {bulletin.originator}"
        if bulletin.mode != self.mode.word:
            return f"a bulletin of mode {bulletin.mode[:8]}"
        own = lineage.originators == (sender,) and not lineage.parents
        of_lineage = _not_own_sensors if own else reason_against_lineage
        against = of_lineage(bulletin, self.sensor_nations)
        if against is not None:
            return against
        if label.policy != sender:
            return f"its label is of the policy {label.policy[:8]}, not its sender's own"
        if label.originators != lineage.originators:
            return "its label names other originators"
        if bulletin.recipient not in label.releasable_to:
            return f"its label does not release it to {bulletin.recipient}"
        against = _not_agreed(bulletin, self.standing)
        if against is not None or own:
            return against
        return reason_against_hop(bulletin, self.agreements, self.consents, self.now_s)


def _not_own_sensors(bulletin: Bulletin, sensor_nations: Mapping[str, str]) -> str | None:
    if not bulletin.lineage.sensors:
        return "it names no sensor"
    for name in bulletin.lineage.sensors:
        # The receipt says so too: whose else it is, or whether it is, is not for the partner.
        if sensor_nations.get(name) != bulletin.originator:
            return f"sensor {name[:40]} is not known here as its originator's"
    return None


def _not_agreed(bulletin: Bulletin, standing: Standing) -> str | None:
    if standing.against:
        return standing.against[0]
    agreement = next(
        (item for item in standing.binding if item.terms.id == bulletin.agreement), None
    )
    if agreement is None or agreement.terms.revision != bulletin.agreement_revision:
        return f"no agreement {bulletin.agreement[:40]} of that revision binds both"
    if agreement.terms.levels.equivalent(bulletin.label, bulletin.recipient) is None:
        return f"its level {bulletin.label.level[:20]} has no equal here"
    return _not_of_a_product(bulletin, standing.binding)


def _not_of_a_product(bulletin: Bulletin, binding: Sequence[Agreement]) -> str | None:
    """Why it is no product of every agreement between the two, or None."""
    product = bulletin.product_named
    for item in binding:
        terms = item.terms
        if product not in terms.products:
            return f"it is a {product[:20]}, which is none of the products of {terms.id}"
        if bulletin.floor is not None and product != terms.product:
            return f"{terms.id} knows no floor of a {product[:20]}"
    return None
