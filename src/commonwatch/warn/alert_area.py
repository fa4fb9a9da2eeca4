"""Who is at risk: a pure function of the forecast, the area last told and policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from commonwatch.errors import UnusableInput
from commonwatch.warn.area_polygon import ellipse_rings
from commonwatch.warn.forecast import ImpactForecast, Tracking
from commonwatch.warn.geodesic import rough_distance_m
from commonwatch.warn.impact_probability import impact_probability, nearest_corner_m
from commonwatch.warn.regions import Region, Regions, Ring

Why = Literal["impact", "neighbour", "held"]
"""Its own probability; a neighbour's, and some of its own; or told before and not yet clear."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertPolicy:
    """When a nation warns. Probabilities are those of an impact within `margin_m` of a region.

    The defaults are notional. A region is told from `threshold` on, or from `neighbour_threshold`
    on where a neighbour is told for its own sake, and stays told until it falls below `release`.
    Nothing is told on an ellipse of more than `semi_major_max_m`, nor on one that assumes that the
    thrust stops now unless `while_thrusting`; what was told before is then held.
    """

    threshold: float = 0.01
    neighbour_threshold: float = 0.002
    release: float = 0.0005
    margin_m: float = 20_000.0
    time_sigmas: float = 3.0
    semi_major_max_m: float = 500_000.0
    sea_within_m: float = 5_000_000.0
    while_thrusting: bool = False
    all_clear_after_s: float = 30.0
    expires_after_s: float = 900.0
    update_interval_s: float = 60.0
    time_change_s: float = 60.0

    def __post_init__(self) -> None:
        """Refuse a policy whose thresholds contradict one another."""
        if not 0.0 < self.release <= self.neighbour_threshold <= self.threshold <= 1.0:
            raise UnusableInput(
                "alert policy: need 0 < release <= neighbour_threshold <= threshold <= 1"
            )
        if not (0.0 <= self.margin_m <= 200_000.0 and 0.0 < self.semi_major_max_m <= 2_000_000.0):
            raise UnusableInput(
                "alert policy: need a margin of 0 to 200 km, an ellipse of up to 2,000 km"
            )
        if not (0.0 < self.time_sigmas <= 10.0 and 0.0 <= self.all_clear_after_s <= 3_600.0):
            raise UnusableInput(
                "alert policy: need 0 < time_sigmas <= 10, all-clear within an hour"
            )
        if not (
            0.0 < self.expires_after_s <= 86_400.0 and self.expires_after_s > self.all_clear_after_s
        ):
            raise UnusableInput("alert policy: expiry must come after the all-clear, within a day")


@dataclass(frozen=True, slots=True)
class RegionRisk:
    """A region that is told, the probability of an impact in or near it, and why it is told."""

    region_id: str
    probability: float
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertArea:
    """Where a nation's people are at risk, from when until when (POSIX seconds).

    `rings` outline the 95 % ellipse; empty where nothing concerns the nation and where it is
    `over`. `released` are regions told before that are at risk no more.
    """

    event: str
    nation: str
    as_of_s: float
    tracking: Tracking
    over: bool
    regions: tuple[RegionRisk, ...]
    released: tuple[str, ...]
    rings: tuple[Ring, ...]
    lat_deg: float
    lon_deg: float
    semi_major_m: float
    earliest_s: float
    latest_s: float

    @property
    def region_ids(self) -> tuple[str, ...]:
        """The regions told, in the order of their codes."""
        return tuple(risk.region_id for risk in self.regions)

    @property
    def tells_something(self) -> bool:
        """Whether there is anybody to tell."""
        return bool(self.regions or self.rings)


def alert_area(
    forecast: ImpactForecast,
    previous: AlertArea | None,
    policy: AlertPolicy,
    regions: Regions,
    *,
    nation: str,
    now_s: float,
) -> AlertArea:
    """The area at risk in `nation` at `now_s`, given what was last told of the same event.

    Nothing else enters: no recipient list, no drill before. Raises UnusableInput where `previous`
    is of another event or nation.
    """
    if previous is not None and (previous.event, previous.nation) != (forecast.event, nation):
        raise UnusableInput(
            f"alert area of {forecast.event} in {nation}: the area before is of {previous.event} in"
            f" {previous.nation}; need one of the same event and nation, or none"
        )
    earliest_s = forecast.time_s - policy.time_sigmas * forecast.time_sigma_s
    latest_s = forecast.time_s + policy.time_sigmas * forecast.time_sigma_s
    told_before = previous.region_ids if previous else ()
    over = now_s > latest_s + policy.all_clear_after_s
    if over:
        risks: tuple[RegionRisk, ...] = ()
        rings: tuple[Ring, ...] = ()
    elif _too_vague(forecast, policy):
        risks = tuple(RegionRisk(region_id, 0.0, "held") for region_id in told_before)
        rings = previous.rings if previous else ()
    else:
        risks = _risks(forecast, told_before, policy, regions.of(nation))
        near = bool(risks) or _near(forecast, regions.of(nation), policy.sea_within_m)
        rings = _rings(forecast) if near else ()
    told_now = {risk.region_id for risk in risks}
    return AlertArea(
        event=forecast.event,
        nation=nation,
        as_of_s=forecast.as_of_s,
        tracking=forecast.tracking,
        over=over,
        regions=risks,
        released=tuple(region_id for region_id in told_before if region_id not in told_now),
        rings=rings,
        lat_deg=forecast.lat_deg,
        lon_deg=forecast.lon_deg,
        semi_major_m=forecast.semi_major_m,
        earliest_s=earliest_s,
        latest_s=latest_s,
    )


def worth_telling(
    previous: AlertArea | None, area: AlertArea, policy: AlertPolicy, *, since_told_s: float
) -> bool:
    """Whether `area` differs from what was last told so much that people must hear of it.

    A new region, a track lost or found again, and the all-clear are told at once. Regions released
    and changes of time or place wait until `update_interval_s` after the last message.
    """
    if previous is None:
        return area.tells_something and not area.over
    if area.over != previous.over:
        return True
    if area.over:
        return False
    if (area.tracking == "lost") != (previous.tracking == "lost"):
        return True
    if set(area.region_ids) - set(previous.region_ids) or (area.rings and not previous.rings):
        return True
    return since_told_s >= policy.update_interval_s and _changed(previous, area, policy)


def _changed(previous: AlertArea, area: AlertArea, policy: AlertPolicy) -> bool:
    moved_m = rough_distance_m(
        previous.lat_deg, previous.lon_deg, np.array([area.lat_deg]), np.array([area.lon_deg])
    )
    sooner_s = abs(area.earliest_s - previous.earliest_s)
    later_s = abs(area.latest_s - previous.latest_s)
    return (
        bool(area.released)
        or bool(previous.rings) != bool(area.rings)
        or max(sooner_s, later_s) > policy.time_change_s
        or float(moved_m[0]) > max(0.5 * previous.semi_major_m, 5_000.0)
        or not 0.5 <= max(area.semi_major_m, 1e3) / max(previous.semi_major_m, 1e3) <= 2.0
    )


def _too_vague(forecast: ImpactForecast, policy: AlertPolicy) -> bool:
    """Whether no region can honestly be named from this forecast."""
    if forecast.semi_major_m > policy.semi_major_max_m:
        return True
    return forecast.if_thrust_ends and not policy.while_thrusting


def _risks(
    forecast: ImpactForecast,
    told_before: tuple[str, ...],
    policy: AlertPolicy,
    candidates: tuple[Region, ...],
) -> tuple[RegionRisk, ...]:
    chances = {
        region.id: impact_probability(forecast, region, policy.margin_m, least=policy.release)
        for region in candidates
    }
    struck = {region_id for region_id, chance in chances.items() if chance >= policy.threshold}
    risks = []
    for region in candidates:
        chance = chances[region.id]
        near_struck = not struck.isdisjoint(region.neighbours)
        if region.id in struck:
            risks.append(RegionRisk(region.id, chance, "impact"))
        elif near_struck and chance >= policy.neighbour_threshold:
            risks.append(RegionRisk(region.id, chance, "neighbour"))
        elif region.id in told_before and (chance >= policy.release or forecast.tracking == "lost"):
            # A lost track's ellipse grows, and each region's share of it shrinks: that is no
            # all-clear.
            risks.append(RegionRisk(region.id, chance, "held"))
    return tuple(risks)


def _near(forecast: ImpactForecast, own: tuple[Region, ...], within_m: float) -> bool:
    """Whether the nation's ships and aircraft are plausibly concerned."""
    return any(
        nearest_corner_m(region, forecast.lat_deg, forecast.lon_deg) <= within_m for region in own
    )


def _rings(forecast: ImpactForecast) -> tuple[Ring, ...]:
    return ellipse_rings(
        forecast.lat_deg,
        forecast.lon_deg,
        semi_major_m=forecast.semi_major_m,
        semi_minor_m=forecast.semi_minor_m,
        azimuth_deg=forecast.azimuth_deg,
    )
