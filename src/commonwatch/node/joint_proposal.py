"""Shell: a proposal from a comparison and chosen values, refused where it could not be signed."""

from __future__ import annotations

from commonwatch.catalogue.published import load
from commonwatch.errors import UnusableInput
from commonwatch.mode import EXERCISE
from commonwatch.warn.joint.agreed import AgreedValue, physics_of, with_flight_time
from commonwatch.warn.joint.assessment import JointAssessment, SignedAssessment, text_reasons
from commonwatch.warn.joint.comparison import Comparison
from commonwatch.warn.joint.figures import Quantity


def proposal(
    compared: Comparison,
    values: tuple[AgreedValue, ...],
    proposed_by: str,
    also: tuple[str, ...],
    now_s: float,
    *,
    leave_flight_time_open: bool = False,
) -> SignedAssessment:
    """An unsigned assessment; UnusableInput where its parties or its values do not hold."""
    physics = physics_of(load().find(compared.launch_id), values)
    if not leave_flight_time_open:
        values = with_flight_time(values, physics)
    order = list(Quantity)
    try:
        assessment = JointAssessment(
            mode=EXERCISE.word,
            parties=tuple(sorted({*compared.parties, *also})),
            proposed_by=proposed_by,
            proposed_at_s=now_s,
            comparison=compared,
            agreed=tuple(sorted(values, key=lambda value: order.index(value.quantity))),
            physics=physics,
        )
    except ValueError as error:
        raise UnusableInput(f"{compared.launch_id}: {error}") from error
    reasons = text_reasons(assessment, EXERCISE)
    if reasons:
        raise UnusableInput(f"{compared.launch_id}: {'; '.join(reasons)}")
    return SignedAssessment(assessment=assessment)
