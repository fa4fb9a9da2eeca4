"""What a replay found, as facts to be told: checkpoints, ratios, phases. No words, no drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from commonwatch.world.replay_result import (
    DirectionResult,
    ImpactView,
    PathPoint,
    ReplayResult,
    View,
)

STALE_AFTER_S = 15.0
"""An answer older than this is not the answer at a checkpoint; views come every 10 s."""
BEFORE_IMPACT_S = 600.0
AFTER_BURNOUT_S = 60.0
KARMAN_LINE_M = 100_000.0
"""FAI Sporting Code, section 8: 100 km above mean sea level."""


@dataclass(frozen=True, slots=True)
class Moments:
    """When things happened to the object, seconds after lift-off; None where nobody can say."""

    burnout_s: float | None
    apogee_s: float | None
    reentry_s: float | None
    impact_s: float | None

    def end_s(self) -> float:
        """Where a time axis ends."""
        known = [s for s in (self.burnout_s, self.apogee_s, self.impact_s) if s is not None]
        return max(known, default=600.0)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A moment at which alone and shared are compared."""

    name: str
    at_s: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """One nation's impact ellipse at a checkpoint, alone and shared."""

    checkpoint: Checkpoint
    alone: ImpactView | None
    shared: ImpactView | None

    @property
    def ratio(self) -> float | None:
        """How many times smaller the shared area is; None unless both are known."""
        if self.alone is None or self.shared is None or self.shared.area_km2 <= 0.0:
            return None
        return self.alone.area_km2 / self.shared.area_km2


def all_views(result: ReplayResult) -> list[View]:
    """Every view of every node, nations in the order of the result, shared before alone."""
    return [view for node in result.nodes.values() for view in (node.shared, node.alone)]


def moments(result: ReplayResult) -> Moments:
    """The flight's moments: true ones where the truth is known, else the nodes' own."""
    truth = result.truth
    if truth is not None:
        flight = list(zip(truth.at_s, truth.height_m, strict=True))
        return Moments(
            truth.burnout_at_s,
            truth.apogee_at_s,
            _falls_below(flight, truth.apogee_at_s),
            truth.impact_at_s,
        )
    views = all_views(result)
    path = max((view.path for view in views), key=len, default=())
    flight = [(point.at_s, point.height_m) for point in path]
    top = max(flight, key=lambda at: at[1], default=(None, 0.0))[0]
    falls = [view.impact[-1].impact_at_s for view in views if view.impact]
    return Moments(
        next((view.burnout_s for view in views if view.burnout_s is not None), None),
        top,
        None if top is None else _falls_below(flight, top),
        falls[0] if falls else None,
    )


def _falls_below(flight: Sequence[tuple[float, float]], after_s: float) -> float | None:
    """When the height first goes down through 100 km after apogee."""
    previous: tuple[float, float] | None = None
    for at_s, height_m in flight:
        if at_s >= after_s and previous and previous[1] >= KARMAN_LINE_M > height_m:
            share = (previous[1] - KARMAN_LINE_M) / (previous[1] - height_m)
            return previous[0] + share * (at_s - previous[0])
        previous = (at_s, height_m)
    return None


def checkpoints(when: Moments) -> tuple[Checkpoint, ...]:
    """A minute after burnout, apogee, ten minutes before impact: those that lie in this order."""
    found: list[Checkpoint] = []
    if when.burnout_s is not None:
        found.append(Checkpoint("60 s after burnout", when.burnout_s + AFTER_BURNOUT_S))
    if when.apogee_s is not None and (not found or when.apogee_s > found[-1].at_s):
        found.append(Checkpoint("at apogee", when.apogee_s))
    if when.impact_s is not None:
        late_s = when.impact_s - BEFORE_IMPACT_S
        if not found or late_s > found[-1].at_s:
            found.append(Checkpoint("10 min before impact", late_s))
        elif when.impact_s - AFTER_BURNOUT_S > found[-1].at_s:
            found.append(Checkpoint("60 s before impact", when.impact_s - AFTER_BURNOUT_S))
    return tuple(found)


def impact_at(view: View, at_s: float) -> ImpactView | None:
    """The view's answer in force at a time; None where it had none of late."""
    found = None
    for impact in view.impact:
        if impact.at_s > at_s:
            break
        found = impact
    return found if found is not None and at_s - found.at_s <= STALE_AFTER_S else None


def compare(result: ReplayResult, code: str) -> tuple[Comparison, ...]:
    """One nation's comparisons at every checkpoint."""
    node = result.nodes[code]
    return tuple(
        Comparison(point, impact_at(node.alone, point.at_s), impact_at(node.shared, point.at_s))
        for point in checkpoints(moments(result))
    )


def spans(path: Sequence[PathPoint], status: str) -> list[tuple[float, float]]:
    """The stretches of time over which a path had a status, from first to last point of each."""
    found: list[tuple[float, float]] = []
    start: float | None = None
    for k, point in enumerate(path):
        holds = point.status == status
        if holds and start is None:
            start = point.at_s
        if start is not None and (not holds or k == len(path) - 1):
            found.append((start, point.at_s))
            start = None
    return found


def directions(result: ReplayResult) -> list[tuple[str, str, DirectionResult]]:
    """The directions of exchange as source, target, what crossed."""
    found = []
    for name, crossed in result.exchange.items():
        source, _, target = name.partition("->")
        found.append((source, target, crossed))
    return found


def silent_pairs(result: ReplayResult) -> list[tuple[str, str]]:
    """Pairs of nations between which not one byte crossed, either way."""
    crossed = {(source, target): d.bytes for source, target, d in directions(result)}
    return [
        (source, target)
        for (source, target), octets in crossed.items()
        if source < target and octets == 0 and crossed.get((target, source)) == 0
    ]


@dataclass(frozen=True, slots=True)
class FlightPoint:
    """The object at a time: place and height as the pictures need them."""

    at_s: float
    lat_deg: float
    lon_deg: float
    height_km: float


def flight(result: ReplayResult) -> tuple[FlightPoint, ...]:
    """The flight that the pictures draw: the true one, else the longest path that a node held."""
    truth = result.truth
    if truth is not None:
        columns = zip(truth.at_s, truth.lat_deg, truth.lon_deg, truth.height_m, strict=True)
        return tuple(FlightPoint(t, lat, lon, max(0.0, h) / 1e3) for t, lat, lon, h in columns)
    path = max((view.path for view in all_views(result)), key=len, default=())
    return tuple(
        FlightPoint(p.at_s, p.lat_deg, p.lon_deg, max(0.0, p.height_m) / 1e3) for p in path
    )


def endpoints(result: ReplayResult) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Launch and impact as latitude and longitude: true ones, else the nodes' last answers."""
    truth = result.truth
    if truth is not None:
        start = (truth.launch_lat_deg, truth.launch_lon_deg)
        return start, (truth.impact_lat_deg, truth.impact_lon_deg)
    views = all_views(result)
    launches = [view.launch for view in views if view.launch is not None]
    impacts = [view.impact[-1] for view in views if view.impact]
    if not launches or not impacts:
        return None
    return (
        (launches[0].lat_deg, launches[0].lon_deg),
        (impacts[0].lat_deg, impacts[0].lon_deg),
    )


def own_spans(result: ReplayResult) -> dict[str, list[tuple[float, float]]]:
    """For each nation, when its own sensors alone kept the track in sight."""
    return {code: spans(node.alone.path, "confirmed") for code, node in result.nodes.items()}


def in_any(at_s: float, many: Sequence[Sequence[tuple[float, float]]]) -> bool:
    """Whether a time lies in any of several lists of stretches."""
    return any(start <= at_s <= end for spans_ in many for start, end in spans_)


def at_time(points: Sequence[FlightPoint], at_s: float) -> FlightPoint:
    """Where the object was at a time, straight between the points about it; `points` not empty."""
    later = next((k for k, point in enumerate(points) if point.at_s >= at_s), len(points) - 1)
    before, after = points[max(0, later - 1)], points[later]
    if after.at_s <= before.at_s or not before.at_s <= at_s <= after.at_s:
        return after
    share = (at_s - before.at_s) / (after.at_s - before.at_s)
    turn = (after.lon_deg - before.lon_deg + 180.0) % 360.0 - 180.0
    return FlightPoint(
        at_s,
        before.lat_deg + share * (after.lat_deg - before.lat_deg),
        (before.lon_deg + share * turn + 180.0) % 360.0 - 180.0,
        before.height_km + share * (after.height_km - before.height_km),
    )


def alert_region_ids(result: ReplayResult) -> frozenset[str]:
    """The ids of the regions that any node's alert names."""
    return frozenset(region for alert in result.alerts for region in alert.regions)
