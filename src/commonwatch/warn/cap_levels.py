"""Urgency, severity and certainty of a warning, by rule from the area: CAP 1.2, section 3.2.2.

An expected impact is a prediction: it is never `Observed`, whatever sees the missile.
"""

from __future__ import annotations

from dataclasses import dataclass

from commonwatch.warn.alert_area import AlertArea
from commonwatch.warn.wording import Stage

IMMEDIATE_S = 900.0  # people need these minutes to reach cover
EXPECTED_S = 3_600.0  # CAP 1.2, 3.2.2 urgency: "within next hour"
LIKELY = 0.5  # CAP 1.2, 3.2.2 certainty: likely is more than about 50 %


@dataclass(frozen=True, slots=True)
class Levels:
    """Values of CAP 1.2, section 3.2.2; `responses` are values of responseType."""

    urgency: str
    severity: str
    certainty: str
    responses: tuple[str, ...]


def levels_of(area: AlertArea, stage: Stage, *, thrusting: bool, now_s: float) -> Levels:
    """The levels that a warning of this stage carries at `now_s`.

    Urgency: Immediate when the earliest arrival is at most 15 minutes off, Expected within the
    hour, Future beyond. Severity: Extreme where people on land must take cover, Severe for ships
    and aircraft. Certainty: Likely where some region's probability exceeds one half, or at sea for
    the 95 % ellipse; Possible below, and for every lost or still burning missile.
    """
    if stage in {"over", "withdrawn"}:
        certainty = "Unlikely" if stage == "over" else "Unknown"
        return Levels("Past", "Minor", certainty, ("AllClear",))
    left_s = area.earliest_s - now_s
    urgency = (
        "Immediate" if left_s <= IMMEDIATE_S else "Expected" if left_s <= EXPECTED_S else "Future"
    )
    chance = max((risk.probability for risk in area.regions), default=0.95)
    sure = chance > LIKELY and area.tracking != "lost" and not thrusting
    certainty = "Likely" if sure else "Possible"
    if stage == "sea":
        return Levels(urgency, "Severe", certainty, ("Avoid", "Monitor"))
    return Levels(urgency, "Extreme", certainty, ("Shelter", "Monitor"))
