"""A recorded pass through the estimator, in the order of the data's own time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from commonwatch.acquire.plot import Plot
from commonwatch.acquire.sensor import Sensor
from commonwatch.errors import UnusableInput
from commonwatch.estimate.assessment import Assessment, GroundPoint, Impact
from commonwatch.estimate.estimator import Estimator
from commonwatch.node.observation_files import Observations
from commonwatch.utc import format_utc

# A track that has no end in sight (an orbit) is followed so long past the last plot.
AFTER_LAST_PLOT_MAX_S = 7200.0


class Advance(Protocol):
    """Say how far the work is."""

    def __call__(self, done: float, what: str = "") -> None:
        """Show it."""


class ObjectSummary(msgspec.Struct, frozen=True):
    """What was last known of one object of an event."""

    track: str
    status: str
    phase: str
    orbital_probability: float
    impact: Impact | None
    first_plot: str
    confirmed: str
    first_impact: str | None


class EventSummary(msgspec.Struct, frozen=True):
    """One lift-off and what came of it."""

    event: str
    launch: GroundPoint | None
    objects: tuple[ObjectSummary, ...]
    first_plot: str
    confirmed: str
    first_impact: str | None


class Summary(msgspec.Struct, frozen=True, tag_field="kind", tag="summary", omit_defaults=True):
    """The last line of a run. `sensors`: the state of each that is not sound at its end."""

    plots: int
    rejected: int
    tracks: int
    events: tuple[EventSummary, ...]
    sensors: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class _Seen:
    """First moments and last words of one track."""

    last: Assessment
    impact: Impact | None
    first_impact: str | None


def of_nations(
    observed: Observations, nations: Sequence[str]
) -> tuple[tuple[Plot, ...], tuple[Sensor, ...]]:
    """The plots and sensors of some nations, of all where none is named.

    Raises UnusableInput for an unknown one.
    """
    have = sorted({sensor.nation for sensor in observed.sensors})
    for nation in nations:
        if nation not in have:
            raise UnusableInput(
                f"--nation {nation}: no sensor is of that nation; there are {', '.join(have)}"
            )
    sensors = tuple(s for s in observed.sensors if not nations or s.nation in nations)
    ids = {sensor.id for sensor in sensors}
    return tuple(plot for plot in observed.plots if plot.sensor in ids), sensors


def seconds_of(
    plots: Sequence[Plot], estimator: Estimator
) -> Iterator[tuple[float, Sequence[Plot]]]:
    """Whole seconds of data time with the plots up to each, while there is a plot or live track.

    Seconds with neither are passed over, so that a gap of a year costs nothing.
    """
    at = 0
    now_s = -math.inf
    end_s = plots[-1].time_s + AFTER_LAST_PLOT_MAX_S if plots else -math.inf
    while at < len(plots) or (estimator.alive and now_s < end_s):
        # A float from the first: of an integer every kernel would be compiled a second time.
        soonest_s = -math.inf if estimator.alive else float(math.ceil(plots[at].time_s))
        now_s = max(now_s + 1.0, soonest_s)
        until = at
        while until < len(plots) and plots[until].time_s <= now_s:
            until += 1
        yield now_s, plots[at:until]
        at = until


def track_pass(observed: Observations, nations: Sequence[str], advance: Advance) -> Iterator[str]:
    """Lines of assessments.md, the summary last, each with its line end."""
    plots, sensors = of_nations(observed, nations)
    estimator = Estimator(sensors)
    seen: dict[str, _Seen] = {}
    for now_s, new in seconds_of(plots, estimator):
        for line in estimator.advance(new, now_s):
            before = seen.get(line.track)
            first = before.first_impact if before is not None else None
            told = (
                line.impact
                if line.impact is not None
                else (before.impact if before is not None else None)
            )
            if line.phase == "orbit":
                told = None
            seen[line.track] = _Seen(
                line, told, first or (line.time if line.impact is not None else None)
            )
            yield msgspec.json.encode(line).decode() + "\n"
        for change in estimator.sensor_changes:
            yield msgspec.json.encode(change).decode() + "\n"
        advance(now_s - plots[0].time_s)
    yield (
        msgspec.json.encode(_summary(len(plots), observed.rejected, seen, estimator)).decode()
        + "\n"
    )


def _summary(plots: int, rejected: int, seen: dict[str, _Seen], estimator: Estimator) -> Summary:
    """What the whole run found."""
    objects: dict[str, list[ObjectSummary]] = {}
    launches: dict[str, GroundPoint | None] = {}
    for track, one in seen.items():
        moments = estimator.moments(track)
        objects.setdefault(one.last.event, []).append(
            ObjectSummary(
                track,
                one.last.status,
                one.last.phase,
                one.last.orbital_probability,
                one.impact,
                format_utc(moments.first_plot_s),
                format_utc(moments.confirmed_s),
                one.first_impact,
            )
        )
        launches[one.last.event] = launches.get(one.last.event) or one.last.launch
    events = tuple(
        EventSummary(
            event,
            launches[event],
            tuple(of_event),
            min(one.first_plot for one in of_event),
            min(one.confirmed for one in of_event),
            min(
                (one.first_impact for one in of_event if one.first_impact is not None), default=None
            ),
        )
        for event, of_event in objects.items()
    )
    return Summary(plots, rejected, len(seen), events, estimator.sensors_not_sound)
