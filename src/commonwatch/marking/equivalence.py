"""The receiver's equivalent beside the original marking, which is kept as it was written."""

from __future__ import annotations

import msgspec

from commonwatch.errors import UnusableInput
from commonwatch.label import LevelTable
from commonwatch.marking.binding import Binding, BoundLabel
from commonwatch.marking.confidentiality import ConfidentialityLabel, label_of


def equivalent_label(
    original: ConfidentialityLabel, policy: str, levels: LevelTable
) -> ConfidentialityLabel:
    """The label of `policy` that equals the original one under an agreement's levels.

    Categories and times stay: only the level has an equivalent. Raises UnusableInput for a level or
    a category that is unknown, and for a policy that has no equal level.
    """
    label = label_of(original)
    if levels.rank(label.policy, label.level) is None:
        raise UnusableInput(
            f"level `{label.level}` of {label.policy} is not in the agreement; it has no equivalent"
        )
    level = levels.equivalent(label, policy)
    if level is None:
        raise UnusableInput(f"{policy} has no level that equals `{label.level}` of {label.policy}")
    return msgspec.structs.replace(
        original, policy=policy, level=level, policy_uri=None, privacy_mark=None
    )


def with_equivalent(binding: Binding, policy: str, levels: LevelTable) -> Binding:
    """The same binding with `policy`'s equivalent of the originator's label added.

    What was there stays. Raises UnusableInput as `equivalent_label`, and where the policy has a
    label already.
    """
    if any(item.label.policy == policy for item in binding.labels):
        raise UnusableInput(f"{policy} has a label already; an equivalent is added once")
    equivalent = equivalent_label(binding.original, policy, levels)
    return msgspec.structs.replace(
        binding, labels=(*binding.labels, BoundLabel("alternative", equivalent))
    )


def reasons_against_equivalents(binding: Binding, levels: LevelTable) -> tuple[str, ...]:
    """Each alternative label that is not equal to the originator's under the agreement's levels."""
    original = binding.original
    rank = levels.rank(original.policy, original.level)
    reasons = []
    for item in binding.labels[1:]:
        told = item.label
        if rank is None or levels.rank(told.policy, told.level) != rank:
            reasons.append(
                f"`{told.level}` of {told.policy} is not equal to `{original.level}` of "
                f"{original.policy} in the agreement"
            )
        if told.categories != original.categories:
            reasons.append(f"the categories of {told.policy}'s label are not the originator's")
    return tuple(reasons)
