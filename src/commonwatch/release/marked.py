"""Which labels hold for which fields of a statement: the whole's, and those of its portions.

A field may go where each label that holds within it lets it go: that of the nearest portion above
it, else the whole's, and those of the portions below it. A portion that names no field is unknown
and holds everything back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from commonwatch.label import Label, LevelTable, derived_label, path_covers
from commonwatch.marking.portions import MarkedWhole, PortionLabel
from commonwatch.release.fields import FIELD_PATHS


class Marked(NamedTuple):
    """A label, the portions that bear it (none: the whole), and the fields that it holds for."""

    label: Label | None
    portions: tuple[str, ...]
    fields: tuple[str, ...]


def marked_parts(label: Label | None, portions: Sequence[PortionLabel]) -> tuple[Marked, ...]:
    """Each label of a statement once, the whole's first; without that one no other counts.

    Raises UnusableInput where portions contradict each other, or are too many.
    """
    if label is None or not portions:
        return (Marked(label, (), FIELD_PATHS),)
    marked = MarkedWhole(label, tuple(portions))
    fields: dict[Label, list[str]] = {label: []}
    for path in FIELD_PATHS:
        for one in dict.fromkeys(marked.labels_within(path)):
            fields.setdefault(one, []).append(path)
    return tuple(
        Marked(
            one,
            () if one == label else tuple(item.path for item in portions if item.label == one),
            tuple(paths),
        )
        for one, paths in fields.items()
    )


def unknown_portions(portions: Iterable[PortionLabel]) -> tuple[str, ...]:
    """The portions that are neither a field, nor above, nor below one."""
    return tuple(
        portion.path
        for portion in portions
        if not any(
            path_covers(portion.path, path) or path_covers(path, portion.path)
            for path in FIELD_PATHS
        )
    )


def label_of_fields(
    label: Label, portions: Sequence[PortionLabel], paths: Iterable[str], levels: LevelTable
) -> Label:
    """The label of these fields together: the highest of theirs, nothing of the others'.

    One label is kept as it was written; several give one under the policy of the whole.
    """
    if not portions:
        return label
    marked = MarkedWhole(label, tuple(portions))
    labels = tuple(dict.fromkeys(one for path in paths for one in marked.labels_within(path)))
    return labels[0] if len(labels) == 1 else derived_label(labels, levels, label.policy)
