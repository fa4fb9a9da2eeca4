"""What a nation's own sensors say, as statements of each product that the gate is asked about.

Every product is a statement of its own: decided, numbered and told by itself, as late as its own
soonest field. One that no agreement carries is asked about once, so that the ledger says why it
stays back: nothing but another standing could change the answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from commonwatch.release.decision import Candidate
from commonwatch.release.product import PRODUCTS_OF_SENSORS
from commonwatch.release.recollection import Recollection, delay_of_all_s, longest_delay_s
from commonwatch.release.standing import Standing

# Why a product is carried by nothing, as far as it tells two standings apart.
Ground = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Offers:
    """What is to be put to the gate for one partner now.

    `told` holds the statements of the launch warning and of products that all agreements with the
    partner carry. `not_carried` names the other products, `ground` under what they are not.
    """

    told: tuple[Candidate, ...]
    not_carried: tuple[str, ...]
    ground: Ground


def offers_to(
    candidates: Sequence[Candidate], past: Recollection, standing: Standing, now_s: float
) -> Offers:
    """The statements of each product, each as late as the soonest of its fields.

    `candidates` are what is known now, `past` is what was known, this moment among it.
    """
    first, *further = PRODUCTS_OF_SENSORS
    told = list(_as_late(candidates, past, standing, first, now_s))
    not_carried: list[str] = []
    for product in further:
        if is_carried(product, standing):
            every = _as_late(candidates, past, standing, product, now_s)
            told += [replace(one, product=product) for one in every]
        else:
            not_carried.append(product)
    binding = tuple((item.terms.id, item.terms.revision) for item in standing.binding)
    return Offers(tuple(told), tuple(not_carried), (standing.against, binding))


def is_carried(product: str, standing: Standing) -> bool:
    """Whether every agreement between the two names it, and nothing speaks against any of them."""
    return (
        not standing.against
        and bool(standing.binding)
        and all(product in item.terms.products for item in standing.binding)
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
