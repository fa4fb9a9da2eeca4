"""Classification labels: who marked it how highly, whose it is and who may have it.

Monotone by construction: an unknown level, a missing label or an unknown category can only
restrict. Paths (of fields, of categories) are compared segment by segment, never by string prefix.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import msgspec

UNKNOWN_LEVEL = ""


class Label(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A confidentiality label. `policy` names whose levels `level` belongs to (a nation's code).

    An empty `releasable_to` releases to nobody. Structure after NATO ADatP-4774 (policy identifier,
    classification, categories); the XML form is not written here.
    """

    policy: str
    level: str
    originators: tuple[str, ...]
    releasable_to: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EquivalentLevels:
    """One row of an equivalence table: markings that the parties hold for equal, by policy."""

    common: str
    markings: tuple[tuple[str, str], ...]  # (policy, level), a policy may have several


@dataclass(frozen=True, slots=True)
class LevelTable:
    """Rows of equivalent levels, the lowest first. What is not in it is unknown and refused."""

    rows: tuple[EquivalentLevels, ...]

    def rank(self, policy: str, level: str) -> int | None:
        """Place of a marking from the lowest, 0; None for a level that the table does not know."""
        for rank, row in enumerate(self.rows):
            if (policy, level) in row.markings:
                return rank
        return None

    def rank_of_common(self, common: str) -> int | None:
        """Place of a row by its common name; None where there is none."""
        for rank, row in enumerate(self.rows):
            if row.common == common:
                return rank
        return None

    def equivalent(self, label: Label, policy: str) -> str | None:
        """The first marking of `policy` that equals this label's level; None where unknown."""
        rank = self.rank(label.policy, label.level)
        if rank is None:
            return None
        return next((level for owner, level in self.rows[rank].markings if owner == policy), None)


@lru_cache(maxsize=4096)
def path_covers(granted: str, asked: str) -> bool:
    """Whether a grant for `granted` holds for `asked`: equal, or a parent by whole segments."""
    granted_segments, asked_segments = granted.split("/"), asked.split("/")
    if not all(granted_segments) or not all(asked_segments):
        return False
    return asked_segments[: len(granted_segments)] == granted_segments


def unknown_categories(label: Label, known: Iterable[str]) -> tuple[str, ...]:
    """Categories of the label that no known one covers; each of them forbids a release."""
    allowed = tuple(known)
    return tuple(
        name for name in label.categories if not any(path_covers(item, name) for item in allowed)
    )


def derived_label(labels: Sequence[Label], table: LevelTable, policy: str) -> Label:
    """The label of what is made from all of these, marked with `policy`'s own equivalent.

    Highest level, all originators, all categories, intersection of the release lists. Where any
    level is unknown, or nothing is given, the level is unknown and it may go to nobody.
    """
    originators = tuple(sorted({name for label in labels for name in label.originators}))
    categories = tuple(sorted({name for label in labels for name in label.categories}))
    ranks = [table.rank(label.policy, label.level) for label in labels]
    known = [rank for rank in ranks if rank is not None]
    if not labels or len(known) != len(ranks):
        return Label(policy, UNKNOWN_LEVEL, originators, (), categories)
    highest = labels[ranks.index(max(known))]
    level = table.equivalent(highest, policy)
    if level is None:
        return Label(policy, UNKNOWN_LEVEL, originators, (), categories)
    releasable = set.intersection(*(set(label.releasable_to) for label in labels))
    return Label(policy, level, originators, tuple(sorted(releasable)), categories)
