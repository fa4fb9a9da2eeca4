"""The second filter at the way out: asked of each bulletin as it would leave, after the gate.

Written apart from the gate: it knows neither candidates nor policies nor the table, and reads the
bulletin itself against the agreement that it names, and what it tells against the product that it
names, in every agreement in force between the two. Both must agree; what either holds back stays.
What rests on another nation's data passes it only as a recipient would take it: with a lineage that
shows where it comes from, and a consent of each whose data it is and through whose hands it came.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from commonwatch.label import path_covers, unknown_categories
from commonwatch.marking.portions import MarkedWhole
from commonwatch.mode import Mode
from commonwatch.release.agreement import STATES_THAT_ALLOW_RELEASE, Agreement, Terms, state_at
from commonwatch.release.bulletin import STATUSES, Bulletin
from commonwatch.release.consent import ConsentBook
from commonwatch.release.told import fields_told
from commonwatch.share.passed_on import reason_against_hop, reason_against_lineage


@dataclass(frozen=True, slots=True)
class ExitFilter:
    """What the second filter is told once: whose way out it is, in which mode, whose sensors."""

    nation: str
    mode: Mode
    sensor_nations: Mapping[str, str]
    consents: Callable[[], ConsentBook]

    def reason_against(
        self,
        bulletin: Bulletin,
        recipient: str,
        marked: MarkedWhole | None,
        agreements: Sequence[Agreement],
        now_s: float,
    ) -> str | None:
        """Why this bulletin may not leave for `recipient` now (POSIX s), or None.

        `marked` is how what it tells was marked before the gate was asked.
        """
        if (bulletin.originator, bulletin.recipient) != (self.nation, recipient):
            return f"it is {bulletin.originator}'s to {bulletin.recipient}"
        if bulletin.mode != self.mode.word:
            return f"it is of mode {bulletin.mode}"
        if bulletin.status not in STATUSES:
            return f"its status {str(bulletin.status)[:20]} is unknown"
        agreement = _named(bulletin, agreements)
        if agreement is None:
            return f"it names {bulletin.agreement}, which does not bind both"
        against = _state_against(agreement, now_s)
        if against is not None:
            return against
        in_force = _in_force(bulletin, agreements, now_s)
        parties = frozenset(party for item in in_force for party in item.terms.parties)
        return (
            _label_against(bulletin, agreement, parties)
            or _marking_against(bulletin, marked, agreement)
            or self._sources_against(bulletin, agreements, now_s)
            or _product_against(bulletin, in_force)
        )

    def _sources_against(
        self, bulletin: Bulletin, agreements: Sequence[Agreement], now_s: float
    ) -> str | None:
        lineage = bulletin.lineage
        if not lineage.sensors:
            return "it names no sensor"
        own = {self.sensor_nations.get(name) for name in lineage.sensors} == {self.nation}
        alone = lineage.originators == (self.nation,) and not lineage.parents
        if own and alone and bulletin.label.originators == (self.nation,):
            return None
        return reason_against_lineage(bulletin, self.sensor_nations) or reason_against_hop(
            bulletin, agreements, self.consents(), now_s
        )


def _named(bulletin: Bulletin, agreements: Sequence[Agreement]) -> Agreement | None:
    named = (bulletin.agreement, bulletin.agreement_revision)
    found = [item for item in agreements if (item.terms.id, item.terms.revision) == named]
    if len(found) != 1 or not found[0].terms.binds(bulletin.originator, bulletin.recipient):
        return None
    return found[0]


def _in_force(
    bulletin: Bulletin, agreements: Sequence[Agreement], now_s: float
) -> tuple[Agreement, ...]:
    """All agreements between the two which let go now."""
    return tuple(
        item
        for item in agreements
        if item.terms.binds(bulletin.originator, bulletin.recipient)
        and _state_against(item, now_s) is None
    )


def _state_against(agreement: Agreement, now_s: float) -> str | None:
    for view in agreement.views:
        state = state_at(agreement, view.party, now_s)
        if state not in STATES_THAT_ALLOW_RELEASE:
            return f"{agreement.terms.id} is {state.value} in the view of {view.party}"
    return None


def _label_against(bulletin: Bulletin, agreement: Agreement, parties: frozenset[str]) -> str | None:
    label, terms = bulletin.label, agreement.terms
    if label.policy != bulletin.originator:
        return f"its label is {label.policy}'s"
    rank, highest = terms.levels.rank(label.policy, label.level), _ceiling(agreement)
    if rank is None or highest is None or rank > highest:
        return f"its level {label.level[:20]} is not one that {terms.id} lets go"
    if bulletin.recipient not in label.releasable_to:
        return f"its label does not name {bulletin.recipient}"
    if not set(label.releasable_to) <= parties:
        return "its label names who is no party of an agreement in force with both"
    unknown = unknown_categories(label, terms.categories)
    return f"its category {unknown[0][:20]} is unknown" if unknown else None


def _marking_against(
    bulletin: Bulletin, marked: MarkedWhole | None, agreement: Agreement
) -> str | None:
    """Its label must hold at least what each part of it was marked with."""
    if marked is None:
        return "what it tells was not marked"
    label, levels = bulletin.label, agreement.terms.levels
    rank = levels.rank(label.policy, label.level)
    held = [(path, part) for path in _paths(bulletin) for part in marked.labels_within(path)]
    for path, part in held or [("the whole", marked.whole)]:
        if not set(label.releasable_to) <= set(part.releasable_to):
            return f"its label names more than {path} may go to"
        least = levels.rank(part.policy, part.level)
        if least is None or rank is None or rank < least:
            return f"its level {label.level[:20]} is lower than that of {path}"
        if not set(part.categories) <= set(label.categories):
            return f"its label leaves out a category of {path}"
    return None


def _paths(bulletin: Bulletin) -> tuple[str, ...]:
    if bulletin.content is not None:
        return fields_told(bulletin.content)
    headed = bulletin.floor is not None and bulletin.floor.heading_deg is not None
    return ("launch_point", "expected_impact") if headed else ("launch_point",)


def _ceiling(agreement: Agreement) -> int | None:
    return agreement.terms.levels.rank_of_common(agreement.terms.ceiling)


def _product_against(bulletin: Bulletin, in_force: Sequence[Agreement]) -> str | None:
    """What it tells must be agreed of the product that it names, everywhere, and no sooner."""
    product = bulletin.product
    if product is msgspec.UNSET:
        return "it names no product"
    against = (_terms_against(bulletin, product, item.terms) for item in in_force)
    return next((why for why in against if why is not None), None)


def _terms_against(bulletin: Bulletin, product: str, terms: Terms) -> str | None:
    if product not in terms.products:
        return f"it is a {product[:20]}, which is none of the products of {terms.id}"
    content = bulletin.content
    if content is None:
        agreed = terms.floor is not None and product == terms.product
        return None if agreed else f"{terms.id} agreed on no floor of a {product[:20]}"
    late_s = {item.field: item.delay_s for item in content.delayed}
    for path in fields_told(content):
        grants = [one for one in terms.fields_of(product) if path_covers(one.path, path)]
        if not grants:
            return f"it tells {path}, of which {terms.basis_of(product)} says nothing"
        if late_s.get(path, 0.0) < max(one.delay_s for one in grants):
            return f"it tells {path} sooner than {terms.basis_of(product)} lets it go"
    return None
