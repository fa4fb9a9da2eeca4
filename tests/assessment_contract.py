"""A strict reader of what `track` prints: keys, types, words and the relations between them.

Written from the published form of assessments alone, without the program's own types.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec
import numpy as np

Time = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")]
Name = Annotated[str, msgspec.Meta(min_length=1)]
Latitude = Annotated[float, msgspec.Meta(ge=-90.0, le=90.0)]
Longitude = Annotated[float, msgspec.Meta(ge=-180.0, le=180.0)]
Size = Annotated[float, msgspec.Meta(ge=0.0)]
Probability = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
Triple = tuple[float, float, float]
Row = tuple[float, float, float, float, float, float]

TWO_HOURS_S = 7200.0
LINES_AT_LEAST_EVERY_S = 1.0
ROUNDING = 1e-9


class Ellipse(msgspec.Struct, forbid_unknown_fields=True):
    semi_major_m: Size
    semi_minor_m: Size
    azimuth_deg: float


class Ground(msgspec.Struct, forbid_unknown_fields=True):
    time: Time
    time_sigma_s: Size
    lat_deg: Latitude
    lon_deg: Longitude
    ellipse95: Ellipse


class Impact(Ground, forbid_unknown_fields=True):
    if_thrust_ends: bool = False


class Apogee(msgspec.Struct, forbid_unknown_fields=True):
    time: Time
    height_m: float
    height_sigma_m: Size


class State(msgspec.Struct, forbid_unknown_fields=True):
    position_m: Triple
    velocity_m_s: Triple
    covariance: tuple[Row, Row, Row, Row, Row, Row]


class Line(msgspec.Struct, forbid_unknown_fields=True, tag_field="kind", tag="assessment"):
    time: Time
    track: Name
    event: Name
    status: Literal["confirmed", "coasting", "ended"]
    phase: Literal["boost", "ballistic", "descent", "glide", "orbit"]
    sources: tuple[Name, ...]
    state: State
    launch: Ground | None
    burnout_time: Time | None
    apogee: Apogee | None
    impact: Impact | None
    orbital_probability: Probability
    manoeuvring: bool
    reason: Name | None = None

    @property
    def time_s(self) -> float:
        return seconds(self.time)


class Object(msgspec.Struct, forbid_unknown_fields=True):
    track: Name
    status: Literal["confirmed", "coasting", "ended"]
    phase: Literal["boost", "ballistic", "descent", "glide", "orbit"]
    orbital_probability: Probability
    impact: Impact | None
    first_plot: Time
    confirmed: Time
    first_impact: Time | None


class Event(msgspec.Struct, forbid_unknown_fields=True):
    event: Name
    launch: Ground | None
    objects: tuple[Object, ...]
    first_plot: Time
    confirmed: Time
    first_impact: Time | None


class Summary(msgspec.Struct, forbid_unknown_fields=True, tag_field="kind", tag="summary"):
    plots: Annotated[int, msgspec.Meta(ge=0)]
    rejected: Annotated[int, msgspec.Meta(ge=0)]
    tracks: Annotated[int, msgspec.Meta(ge=0)]
    events: tuple[Event, ...]
    sensors: dict[Name, Literal["suspect", "left-out"]] = {}


class SensorChange(msgspec.Struct, forbid_unknown_fields=True, tag_field="kind", tag="sensor"):
    """A sensor that is believed more or less than before: a kind of line of its own."""

    time: Time
    sensor: Name
    state: Literal["sound", "suspect", "left-out"]
    reason: Name


class Told(msgspec.Struct):
    """A whole output, read and found to keep the contract."""

    lines: tuple[Line, ...]
    summary: Summary
    changes: tuple[SensorChange, ...] = ()


_decoder = msgspec.json.Decoder(Line | SensorChange | Summary)


def seconds(time: str) -> float:
    """POSIX seconds."""
    return datetime.fromisoformat(time).astimezone(UTC).timestamp()


def read_told(text: str) -> Told:
    """Every line, or an AssertionError (msgspec.ValidationError) that says which is wrong."""
    assert text.endswith("\n"), "the last line has no end"
    read = [_decoder.decode(line) for line in text.splitlines()]
    *both, summary = read
    changes = tuple(line for line in both if isinstance(line, SensorChange))
    lines = [line for line in both if not isinstance(line, SensorChange)]
    assert isinstance(summary, Summary), "the summary is not last"
    assert all(isinstance(line, Line) for line in lines), "a summary before the end"
    for number, line in enumerate(lines, 1):
        wrong = what_is_wrong(line)
        assert not wrong, f"line {number} ({line.track} at {line.time}): {wrong}"
    told = Told(tuple(lines), summary, changes)
    _follow_tracks(told)
    _compare_summary(told)
    return told


def what_is_wrong(line: Line) -> list[str]:
    """What one line says that cannot be, sentence by sentence."""
    covariance = np.array(line.state.covariance)
    sigmas = np.sqrt(np.abs(np.diag(covariance)))
    ended = line.status == "ended"
    rules = {
        "a number is not finite": _all_finite(msgspec.to_builtins(line)),
        "covariance is not symmetric": bool(
            (np.abs(covariance - covariance.T) <= ROUNDING * np.outer(sigmas, sigmas)).all()
        ),
        "a variance is not positive": bool((np.diag(covariance) > 0.0).all()),
        "covariance is not positive definite": _is_definite(covariance, sigmas),
        "no source": bool(line.sources),
        "sources are not sorted or not unique": list(line.sources) == sorted(set(line.sources)),
        "reason without end, or end without reason": ended == (line.reason is not None),
        "an end that neither came down nor was withdrawn": not ended
        or (line.reason or "").startswith(("came down", "withdrawn")),
        "manoeuvring in a phase without force": not (line.manoeuvring and line.phase == "orbit"),
    }
    wrong = [what for what, holds in rules.items() if not holds]
    return wrong + _wrong_ground(line)


def _wrong_ground(line: Line) -> list[str]:
    rules = {}
    for name, point in (("launch", line.launch), ("impact", line.impact)):
        if point is not None:
            ellipse = point.ellipse95
            rules |= {
                f"{name}: the long axis is the shorter": ellipse.semi_major_m
                >= ellipse.semi_minor_m,
                f"{name}: an ellipse of no size": ellipse.semi_minor_m > 0.0,
                f"{name}: azimuth is not one": -180.0 <= ellipse.azimuth_deg <= 360.0,
            }
    if line.launch is not None:
        rules["launch after now"] = seconds(line.launch.time) <= line.time_s
    if line.burnout_time is not None:
        rules["burnout after now"] = seconds(line.burnout_time) <= line.time_s
    if line.impact is not None:
        ahead_s = seconds(line.impact.time) - line.time_s
        rules |= {
            "impact in boost without `if_thrust_ends`, or the reverse": line.impact.if_thrust_ends
            == (line.phase == "boost"),
            "impact told of an orbit": line.phase != "orbit",
            "impact more than two hours ahead": ahead_s <= TWO_HOURS_S,
        }
    return [what for what, holds in rules.items() if not holds]


def _is_definite(covariance: np.ndarray, sigmas: np.ndarray) -> bool:
    """Cholesky's test, in units in which every sigma is one."""
    if not (np.isfinite(covariance).all() and (sigmas > 0.0).all()):
        return False
    try:
        np.linalg.cholesky(covariance / np.outer(sigmas, sigmas))
    except np.linalg.LinAlgError:
        return False
    return True


def _all_finite(value: object) -> bool:
    if isinstance(value, dict):
        return all(map(_all_finite, value.values()))
    if isinstance(value, list | tuple):
        return all(map(_all_finite, value))
    return not isinstance(value, float) or math.isfinite(value)


def by_track(lines: Iterable[Line]) -> dict[str, list[Line]]:
    """Lines by their track's id, in the order in which they were told."""
    tracks = defaultdict(list)
    for line in lines:
        tracks[line.track].append(line)
    return dict(tracks)


def _follow_tracks(told: Told) -> None:
    """Each track is told of at least every second from confirmation on, and not after its end."""
    times = [line.time_s for line in told.lines]
    assert times == sorted(times), "lines go back in time"
    confirmed = {
        one.track: seconds(one.confirmed) for event in told.summary.events for one in event.objects
    }
    for track, lines in by_track(told.lines).items():
        moments = [confirmed[track], *(line.time_s for line in lines)]
        gaps = np.diff(moments)
        assert gaps.min() >= 0.0, f"{track} is told of before it is confirmed"
        longest = float(gaps.max())
        assert longest <= LINES_AT_LEAST_EVERY_S + 1e-6, f"{track}: silent for {longest} s"
        ended = [line.status == "ended" for line in lines]
        assert not any(ended[:-1]), f"{track} is told of after its end"
    _follow_events(told)


def _follow_events(told: Told) -> None:
    """A track may turn out to have parted from another: once, and then into that one's event."""
    event_of: dict[str, str] = {}
    changed: set[str] = set()
    for line in told.lines:
        before = event_of.get(line.track, line.event)
        if before != line.event:
            others = {event for track, event in event_of.items() if track != line.track}
            assert line.event in others, f"{line.track} joins an event of which no one was told"
            assert line.track not in changed, f"{line.track} changes its event again"
            changed.add(line.track)
        event_of[line.track] = line.event


def _compare_summary(told: Told) -> None:
    """The summary repeats what the lines said last."""
    tracks = by_track(told.lines)
    objects = {one.track: one for event in told.summary.events for one in event.objects}
    assert told.summary.tracks == len(tracks) == len(objects)
    assert set(objects) == set(tracks)
    for event in told.summary.events:
        assert {one.track for one in event.objects} == {
            track for track, lines in tracks.items() if lines[-1].event == event.event
        }
        assert event.first_plot == min(one.first_plot for one in event.objects)
    for track, one in objects.items():
        last = tracks[track][-1]
        assert (one.status, one.phase) == (last.status, last.phase)
        assert one.first_plot <= one.confirmed
        impacts = [line for line in tracks[track] if line.impact is not None]
        assert one.first_impact == (impacts[0].time if impacts else None)
