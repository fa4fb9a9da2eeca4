"""The statistics of what is told once of an object: how soon, how steadily, the end of thrust."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence

from commonwatch.bench.calibration.classes import MISSILE
from commonwatch.bench.calibration.mark_figures import containment
from commonwatch.bench.calibration.rows import ObjectRow
from commonwatch.bench.calibration.statistics import Measured, median, quantile, share

ENDED_WITHIN_S = 5.0
TURN_WITHIN_S = 10.0
ORBIT_SURE = 0.9
SECONDS: tuple[tuple[str, Callable[[ObjectRow], float | None]], ...] = (
    ("first plot to confirmed", lambda one: one.confirmed_after_s),
    ("first plot to first impact", lambda one: one.first_impact_after_s),
    ("end of thrust until told", lambda one: one.ended_after_s),
    ("pull-up until told", lambda one: one.manoeuvring_after_s),
)


def object_figures(objects: Sequence[ObjectRow]) -> dict[str, Measured]:
    """What is told once of an object; seconds are medians."""
    figures: dict[str, Measured] = {}
    complete = [one.completeness for one in objects if one.completeness is not None]
    if complete:
        figures["completeness"] = mean(complete)
        figures["completely followed"] = share(sum(c == 1.0 for c in complete), len(complete))
    figures["objects with a break"] = share(sum(one.breaks > 0 for one in objects), len(objects))
    for name, seconds in SECONDS:
        told = [value for one in objects if (value := seconds(one)) is not None]
        if told:
            figures[f"{name}, s"] = median(told)
            figures[f"{name}, 95 of 100 within, s"] = quantile(told, 0.95)
    launches = [one.launch for one in objects if one.launch is not None]
    figures |= {f"launch {name}": one for name, one in containment(launches).items()}
    return figures | _orders(objects)


def _orders(objects: Sequence[ObjectRow]) -> dict[str, Measured]:
    """What the classes are about: the end of the thrust, a pull-up, an orbit."""
    figures: dict[str, Measured] = {}
    wrong = sum(one.manoeuvring_wrong_s > 0 for one in objects)
    figures["told as manoeuvring while it was not"] = share(wrong, len(objects))
    powered = [one for one in objects if one.part == MISSILE]
    if powered:
        early = sum(one.ended_early for one in powered)
        late = [one.ended_after_s for one in powered]
        quick = sum(one is not None and one <= ENDED_WITHIN_S for one in late)
        figures["end of thrust told too early"] = share(early, len(powered))
        figures[f"end of thrust told within {ENDED_WITHIN_S:.0f} s"] = share(quick, len(powered))
    turning = [one for one in objects if any(c.mark.startswith("pull-up") for c in one.checks)]
    if turning:
        quick = sum(
            one.manoeuvring_after_s is not None and one.manoeuvring_after_s <= TURN_WITHIN_S
            for one in turning
        )
        figures[f"pull-up told within {TURN_WITHIN_S:.0f} s"] = share(quick, len(turning))
    orbits = [one for one in objects if one.impacts_in_orbit is not None]
    if orbits:
        sure = sum((one.orbital_probability or 0.0) > ORBIT_SURE for one in orbits)
        wrong = sum((one.impacts_in_orbit or 0) > 0 for one in orbits)
        figures[f"orbit above {ORBIT_SURE} 20 s after insertion"] = share(sure, len(orbits))
        figures["impact told after insertion"] = share(wrong, len(orbits))
    return figures


def mean(values: Sequence[float]) -> Measured:
    """The mean, between the least and the greatest."""
    return Measured(len(values), statistics.fmean(values), min(values), max(values))
