"""A difference and its causes as sentences of one language."""

from __future__ import annotations

from commonwatch.warn.joint.differences import Cause, CauseBasis, CauseKind, Difference
from commonwatch.warn.joint.figures import Quantity
from commonwatch.warn.joint.numbers import told, told_with_unit
from commonwatch.warn.joint.words import JointWords

CAUSES_TOLD_MAX = 3


def difference_sentence(difference: Difference, words: JointWords) -> str:
    """What differs, and the likeliest causes, each with how well it is known."""
    quantity = difference.quantity
    parts = [
        words.difference.format(
            quantity=words.of_quantity(quantity),
            one=words.of_nation(difference.one),
            one_value=told(quantity, difference.one_value, exact=False),
            other=words.of_nation(difference.other),
            other_value=told(quantity, difference.other_value, exact=False),
        )
    ]
    parts += [words.settled] if difference.settled else []
    for cause in difference.causes[:CAUSES_TOLD_MAX]:
        parts += [_cause(cause, quantity, words), words.of_basis(cause.basis)]
    return words.between_sentences.join(part for part in parts if part)


def _cause(cause: Cause, quantity: Quantity, words: JointWords) -> str:
    template = words.of_cause(cause.kind)
    number = "" if cause.number is None else told_with_unit(quantity, cause.number)
    if cause.kind is CauseKind.CORRECTED and cause.day is not None:
        template = words.cause_corrected_on
    if cause.kind is CauseKind.MINUTE and cause.basis is CauseBasis.POSSIBLE:
        template = words.cause_two_minutes
    if cause.kind is CauseKind.CURVATURE and cause.basis is CauseBasis.STATED:
        template = words.cause_curvature_stated
    if cause.kind is CauseKind.NO_BALLISTIC_FLIGHT and cause.basis is CauseBasis.STATED:
        template = words.cause_irregular
    if template == words.cause_curvature:
        number = "" if cause.number is None else f"{cause.number:,.0f}"
    return template.format(
        nation="" if cause.nation is None else words.of_nation(cause.nation),
        number=number,
        height="" if cause.height_km is None else f"{cause.height_km:g}",
        day=cause.day or "",
    )
