"""Labels of a whole and of portions of it, by the path of a field.

A label of a portion holds for it and for what lies below it, unless that has one of its own: the
nearest label above counts (ADatP-4778, granularity of bindings). A portion that nobody labelled
takes the whole's label, never a lower one. Paths are compared by whole segments.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from commonwatch.errors import UnusableInput
from commonwatch.label import Label, LevelTable, derived_label, path_covers
from commonwatch.limits import MARKING_BINDINGS_MAX


@dataclass(frozen=True, slots=True)
class PortionLabel:
    """The label of the field at `path` (segments divided by `/`) and of what lies below it."""

    path: str
    label: Label

    def __post_init__(self) -> None:
        if not path_covers(self.path, self.path):
            raise UnusableInput(f"portion `{self.path}`: a path has segments, as in path/phase")


@dataclass(frozen=True, slots=True)
class MarkedWhole:
    """The label of a whole, and those of its portions."""

    whole: Label
    portions: tuple[PortionLabel, ...]

    def __post_init__(self) -> None:
        paths = [portion.path for portion in self.portions]
        if len(set(paths)) != len(paths):
            raise UnusableInput("portions: one path has two labels; one must be said")
        if len(paths) > MARKING_BINDINGS_MAX:
            raise UnusableInput(f"portions: more than {MARKING_BINDINGS_MAX}")

    def label_at(self, path: str) -> Label:
        """The label that holds for the field at `path` itself."""
        if not self.portions:
            return self.whole
        above = [portion for portion in self.portions if path_covers(portion.path, path)]
        return (
            max(above, key=lambda portion: portion.path.count("/")).label if above else self.whole
        )

    def labels_within(self, path: str) -> tuple[Label, ...]:
        """The labels of the field at `path` and of every portion below it: what leaves with it."""
        if not self.portions:
            return (self.whole,)
        below = [
            portion.label
            for portion in self.portions
            if path_covers(path, portion.path) and portion.path != path
        ]
        return (self.label_at(path), *below)

    def label_of_portion(self, path: str, levels: LevelTable) -> Label:
        """The label to give the field at `path` with all below it: the highest of theirs.

        Its policy is the whole's. Where a level is unknown it may go to nobody.
        """
        return derived_label(self.labels_within(path), levels, self.whole.policy)

    def highest(self, levels: LevelTable) -> Label:
        """The label that the whole must have at least: the highest of its own and its portions'."""
        labels = [self.whole, *(portion.label for portion in self.portions)]
        return derived_label(labels, levels, self.whole.policy)


def reasons_against_portions(marked: MarkedWhole, levels: LevelTable) -> Iterator[str]:
    """Each portion that the whole's label does not cover, and what would be right."""
    whole = levels.rank(marked.whole.policy, marked.whole.level)
    for portion in marked.portions:
        rank = levels.rank(portion.label.policy, portion.label.level)
        if rank is None or whole is None:
            yield f"portion `{portion.path}`: its level cannot be compared with the whole's"
        elif rank > whole:
            yield (
                f"portion `{portion.path}` is {portion.label.level}, higher than the whole's "
                f"{marked.whole.level}; a whole is at least as high as each of its portions"
            )
        more = sorted(set(marked.whole.releasable_to) - set(portion.label.releasable_to))
        if more:
            yield (
                f"portion `{portion.path}` is not releasable to {', '.join(more)}, the whole is; "
                "the whole may go only to whom all portions may"
            )
        missing = sorted(set(portion.label.originators) - set(marked.whole.originators))
        if missing:
            yield f"portion `{portion.path}` is of {', '.join(missing)}; the whole does not name it"
