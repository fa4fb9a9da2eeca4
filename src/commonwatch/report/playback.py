"""The moments through which the page's time slider goes, and what it says at each."""

from __future__ import annotations

from commonwatch.report import findings, words
from commonwatch.report.axes import flight_time_axis
from commonwatch.report.findings import FlightPoint
from commonwatch.world.replay_result import ReplayResult, View

STEPS = 180


def playback_times(result: ReplayResult) -> tuple[float, ...]:
    """Seconds after lift-off, close together in the ascent as on the plots' time axis."""
    when = findings.moments(result)
    axis = flight_time_axis(0.0, float(STEPS), when.burnout_s, when.end_s())
    return tuple(round(axis.seconds(float(k)), 1) for k in range(STEPS + 1))


def playback_points(result: ReplayResult) -> tuple[FlightPoint, ...]:
    """Where the object was at each of them; empty where there is no flight."""
    flight = findings.flight(result)
    if not flight:
        return ()
    return tuple(findings.at_time(flight, at_s) for at_s in playback_times(result))


def playback_words(result: ReplayResult) -> tuple[str, ...]:
    """For each moment the height, and every nation's area alone and shared."""
    said = []
    flight = findings.flight(result)
    for at_s in playback_times(result):
        told = words.clock(at_s)
        if flight:
            told += f" · {words.figure(findings.at_time(flight, at_s).height_km, 3)} km up"
        for code, node in result.nodes.items():
            told += f" · {code} {_area(node.alone, at_s)} alone, {_area(node.shared, at_s)} shared"
        said.append(told)
    return tuple(said)


def _area(view: View, at_s: float) -> str:
    impact = findings.impact_at(view, at_s)
    return words.area(impact.area_km2) if impact else "nothing"
