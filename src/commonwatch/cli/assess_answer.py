"""What `assess` answers, as text for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonwatch.warn.joint.difference_sentences import difference_sentence
from commonwatch.warn.joint.figures import Quantity
from commonwatch.warn.joint.numbers import told, told_sigma
from commonwatch.warn.joint.words_en import ENGLISH

if TYPE_CHECKING:
    from commonwatch.warn.joint.assessment import JointAssessment
    from commonwatch.warn.joint.comparison import Comparison
    from commonwatch.warn.joint.figures import Side


def comparison_text(compared: Comparison) -> str:
    """Each side's figures, what physics says, and where they differ and why."""
    lines = [f"{compared.launch_id}, {compared.date_utc} (UTC); clock times are UTC+9"]
    lines += [_side_line(side) for side in compared.sides]
    if compared.tracks:
        said = ", ".join(
            f"{f.quantity.value} {told(f.quantity, f.value, exact=True)} "
            f"± {told_sigma(f.quantity, f.sigma)}"
            for f in compared.tracks
        )
        lines.append(f"  tracks of {'+'.join(compared.tracked_by)}: {said}")
    for found in compared.physics:
        lent = "" if found.apogee_from == found.reporter else f" (apogee of {found.apogee_from})"
        figures = f"apogee {found.apogee_km:g} km{lent}, range {found.range_km:g} km"
        if found.flight_time_s is None:
            answer = "no ballistic flight"
        else:
            answer = f"a ballistic flight of {found.flight_time_s:.0f} s, sigma {found.sigma_s:.0f}"
        lines.append(f"  physics: {found.reporter}, {figures}: {answer}")
    for part in compared.hidden:
        lines.append(
            f"  horizon: from the nearest land of {part.nation} a body over the launch is seen "
            f"from {part.launch_height_km:g} km up, over the impact from "
            f"{part.impact_height_km:g} km; the last {part.last_km:g} km of the flight are hidden"
        )
    lines.append("differences:" if compared.differences else "the parties' figures agree")
    lines += [f"  {difference_sentence(d, ENGLISH)}" for d in compared.differences]
    return "\n".join(lines)


def values_text(assessment: JointAssessment) -> str:
    """The values proposed and their bases; what stays open."""
    lines = []
    for quantity in Quantity:
        value = assessment.value(quantity)
        name = ENGLISH.of_quantity(quantity)
        if value is None:
            lines.append(f"  {name}: left open")
        else:
            sigma = f" ± {told_sigma(quantity, value.sigma)}" if value.sigma else ""
            basis = f"figure of {value.nation}" if value.nation else f"from {value.basis.value}"
            lines.append(f"  {name}: {told(quantity, value.value, exact=True)}{sigma}, {basis}")
    return "\n".join(lines)


def _side_line(side: Side) -> str:
    said = [
        f"{figure.quantity.value} {figure.qualifier}"
        f"{told(figure.quantity, figure.value, exact=False)}"
        + (
            ""
            if figure.first is None
            else f" (first {told(figure.quantity, figure.first, exact=False)})"
        )
        for figure in side.figures
    ]
    claim = ", a claim" if side.is_claim else ""
    return f"  {side.reporter} ({side.nation}{claim}): {', '.join(said)}"
