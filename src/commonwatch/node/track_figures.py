"""Shell: assessments of tracks, as `track` prints them, into the figures of a comparison."""

from __future__ import annotations

import math
from pathlib import Path

import msgspec

from commonwatch.errors import UnusableInput
from commonwatch.estimate.assessment import Assessment
from commonwatch.limits import TRACKS_FILE_BYTES_MAX
from commonwatch.trajectory.geodesic import Place, distance_and_azimuth
from commonwatch.untrusted_json import decode_json
from commonwatch.utc import parse_utc
from commonwatch.warn.joint.comparison import TrackFigure
from commonwatch.warn.joint.figures import Quantity

# Of an ellipse of 95 % in two dimensions: its half axis over the standard deviation.
SIGMAS_95 = math.sqrt(-2.0 * math.log(0.05))
LAUNCH_WITHIN_S = 1800.0


class _Kind(msgspec.Struct, frozen=True):
    kind: str


def read_track_figures(
    path: Path, published_launch_s: float | None
) -> tuple[tuple[TrackFigure, ...], tuple[str, ...]]:
    """The figures of the object that flew farthest, and the nations whose sensors saw it.

    Only launches within half an hour of the published one are taken, where its time is known.
    Raises UnusableInput with file and line where a line is no assessment, or none is of the launch.
    """
    if path.stat().st_size > TRACKS_FILE_BYTES_MAX:
        raise UnusableInput(f"{path}: longer than {TRACKS_FILE_BYTES_MAX} bytes")
    newest: dict[str, Assessment] = {}
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            wrong, right = f"{path}, line {number}: no line of `track`", "need what `track` prints"
            if decode_json(line, _Kind, wrong, right).kind == "assessment":
                one = decode_json(line, Assessment, wrong, right)
                if one.launch is not None and one.impact is not None:
                    newest[one.track] = one
    ours = [one for one in newest.values() if _is_near(one, published_launch_s)]
    if not ours:
        raise UnusableInput(
            f"{path}: no track with a launch and an impact within {LAUNCH_WITHIN_S:.0f} s of the "
            "published launch"
        )
    farthest = max(ours, key=_range_m)
    nations = sorted({source.partition("-")[0] for source in farthest.sources})
    return _figures(farthest), tuple(nations)


def _is_near(one: Assessment, published_s: float | None) -> bool:
    if published_s is None or one.launch is None:
        return one.launch is not None
    return abs(parse_utc(one.launch.time) - published_s) <= LAUNCH_WITHIN_S


def _range_m(one: Assessment) -> float:
    if one.launch is None or one.impact is None:
        return 0.0
    start = Place(one.launch.lat_deg, one.launch.lon_deg)
    return distance_and_azimuth(start, Place(one.impact.lat_deg, one.impact.lon_deg))[0]


def _figures(one: Assessment) -> tuple[TrackFigure, ...]:
    if one.launch is None or one.impact is None:
        return ()
    launch_s, impact_s = parse_utc(one.launch.time), parse_utc(one.impact.time)
    sigma_s = math.hypot(one.launch.time_sigma_s, one.impact.time_sigma_s)
    along_m = math.hypot(one.launch.ellipse95.semi_major_m, one.impact.ellipse95.semi_major_m)
    figures = [
        _told(Quantity.LAUNCH_TIME, launch_s, one.launch.time_sigma_s),
        _told(Quantity.RANGE, _range_m(one) / 1e3, along_m / SIGMAS_95 / 1e3),
        _told(Quantity.FLIGHT_TIME, impact_s - launch_s, sigma_s),
    ]
    if one.apogee is not None:
        height_km, sigma_km = one.apogee.height_m / 1e3, one.apogee.height_sigma_m / 1e3
        figures.insert(1, _told(Quantity.APOGEE, height_km, sigma_km))
    return tuple(figures)


def _told(quantity: Quantity, value: float, sigma: float) -> TrackFigure:
    # To a tenth of a second or kilometre; the sigma is rounded up, never down.
    return TrackFigure(
        quantity=quantity, value=round(value, 1), sigma=max(0.1, math.ceil(sigma * 10.0) / 10.0)
    )
