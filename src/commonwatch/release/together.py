"""Several agreements in force between the same two: what goes is what every one of them lets go.

A field goes where each grants it, as coarse and as late as the strictest; a condition of any holds.
Two agreements can so only restrict each other, whichever is read first (docs/adr/0018).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from commonwatch.label import path_covers
from commonwatch.release.agreement import FieldGrant, FloorTerms, FurtherProduct, Terms
from commonwatch.release.fields import FIELD_PATHS


def grants_together(every: Sequence[tuple[FieldGrant, ...]]) -> tuple[FieldGrant, ...]:
    """The grants that hold for the fields which each of them names.

    Where several grants cover a field, the coarsest and the latest hold (fields.py).
    """
    if len(every) == 1:
        return every[0]
    return tuple(
        replace(grant, path=path)
        for path in FIELD_PATHS
        if all(any(path_covers(grant.path, path) for grant in grants) for grants in every)
        for grants in every
        for grant in grants
        if path_covers(grant.path, path)
    )


def floor_together(every: Sequence[FloorTerms | None]) -> FloorTerms | None:
    """The coarsest floor; none where an agreement has none."""
    agreed = [item for item in every if item is not None]
    if not agreed or len(agreed) < len(every):
        return None
    return FloorTerms(
        article="; ".join(dict.fromkeys(item.article for item in agreed)),
        time_precision_s=max(item.time_precision_s for item in agreed),
        position_precision_m=max(item.position_precision_m for item in agreed),
        heading_precision_deg=max(item.heading_precision_deg for item in agreed),
    )


def terms_together(every: Sequence[Terms]) -> Terms:
    """The terms of the first, under which a release is accounted for, as strict as all of them."""
    if len(every) == 1:
        return every[0]
    kept_days = [item.keep_days for item in every if item.keep_days is not None]
    return replace(
        every[0],
        keep_days=min(kept_days, default=None),
        fields=grants_together([item.fields_of(every[0].product) for item in every]),
        floor=floor_together([item.floor for item in every]),
        further_products=tuple(
            FurtherProduct(
                product.name, grants_together([item.fields_of(product.name) for item in every])
            )
            for product in every[0].further_products
        ),
    )
