"""What a nation's own sensors say, as statements of each product that the gate is asked about.

Every product is a statement of its own: decided, numbered and told by itself, as late as its own
soonest field. One that is not carried stays back for every track alike, and nothing but another
standing could change that: so it is decided once a standing, and the ledger says why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from commonwatch.mode import Mode
from commonwatch.release.decision import EVERY_TRACK, Candidate, Decision, Withheld
from commonwatch.release.product import PRODUCTS_OF_SENSORS
from commonwatch.release.recollection import Recollection, delay_of_all_s, longest_delay_s
from commonwatch.release.standing import Standing


@dataclass(frozen=True, slots=True)
class Offers:
    """What is to be put to the gate for one partner now, and why the rest is not.

    `told` holds the statements of the launch warning and of products that all agreements with the
    partner carry; `not_carried` says of each other product why it stays back.
    """

    told: tuple[Candidate, ...]
    not_carried: Mapping[str, tuple[str, ...]]


def offers_to(
    candidates: Sequence[Candidate], past: Recollection, standing: Standing, now_s: float
) -> Offers:
    """The statements of each product, each as late as the soonest of its fields.

    `candidates` are what is known now, `past` is what was known, this moment among it.
    """
    first, *further = PRODUCTS_OF_SENSORS
    told = list(_as_late(candidates, past, standing, first, now_s))
    not_carried: dict[str, tuple[str, ...]] = {}
    for product in further:
        against = reasons_not_carried(product, standing)
        if against:
            not_carried[product] = against
            continue
        every = _as_late(candidates, past, standing, product, now_s)
        told += [replace(one, product=product) for one in every]
    return Offers(tuple(told), not_carried)


def reasons_not_carried(product: str, standing: Standing) -> tuple[str, ...]:
    """What speaks against all that goes between the two, or which agreements do not name it."""
    if standing.against:
        return standing.against
    return tuple(
        f"{item.terms.id}: `{product}` is none of its products; they are "
        f"{', '.join(item.terms.products)}"
        for item in standing.binding
        if product not in item.terms.products
    )


def kept_back(
    product: str, recipient: str, reasons: tuple[str, ...], mode: Mode, now_s: float
) -> Decision:
    """The decision on a product that is not carried: of no track anything goes."""
    return Decision(
        recipient=recipient,
        track=EVERY_TRACK,
        event=EVERY_TRACK,
        status="current",
        mode=mode.word,
        decided_s=now_s,
        outcome="withhold",
        agreement=None,
        agreement_revision=None,
        rules=reasons,
        withheld=(Withheld("*", "; ".join(reasons)),),
        product=product,
    )


def longest_of_all_s(standing: Standing) -> float:
    """The longest delay of any field of any product, seconds; 0 where nothing is delayed."""
    return max(longest_delay_s(standing.binding, product) for product in PRODUCTS_OF_SENSORS)


def _as_late(
    candidates: Sequence[Candidate],
    past: Recollection,
    standing: Standing,
    product: str,
    now_s: float,
) -> Sequence[Candidate]:
    if longest_delay_s(standing.binding, product) <= 0.0:
        return candidates
    return past.before(now_s - delay_of_all_s(standing.binding, product))
