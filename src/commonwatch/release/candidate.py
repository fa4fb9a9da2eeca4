"""From an own estimate to a candidate for release, and from a bulletin back to an estimate."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import chain

from commonwatch.errors import require
from commonwatch.estimate.assessment import Apogee, Assessment, Ellipse, GroundPoint, Impact
from commonwatch.estimate.own_estimate import CoastInformation, OwnEstimate, PoweredState
from commonwatch.fuse.contribution import Contribution
from commonwatch.identity import Nation
from commonwatch.label import Label
from commonwatch.lineage import lineage_of
from commonwatch.marking.portions import PortionLabel
from commonwatch.mode import Mode
from commonwatch.release.bulletin import (
    BOOST_DIMENSION,
    STATE_DIMENSION,
    ApogeeStatement,
    BoostState,
    Bulletin,
    Content,
    GroundStatement,
    StateInformation,
    Status,
)
from commonwatch.release.decision import Candidate
from commonwatch.utc import format_utc, parse_utc

# How an assessment's reason for its end starts where the track is taken back.
WITHDRAWN = "withdrawn"


def candidates_from(
    own_estimates: Sequence[OwnEstimate],
    assessments: Sequence[Assessment],
    *,
    originator: Nation,
    label: Label,
    mode: Mode,
    portions: tuple[PortionLabel, ...] = (),
) -> tuple[Candidate, ...]:
    """As `each_candidate_from`, all at once."""
    return tuple(
        each_candidate_from(
            own_estimates,
            assessments,
            originator=originator,
            label=label,
            mode=mode,
            portions=portions,
        )
    )


def each_candidate_from(
    own_estimates: Sequence[OwnEstimate],
    assessments: Sequence[Assessment],
    *,
    originator: Nation,
    label: Label,
    mode: Mode,
    portions: tuple[PortionLabel, ...] = (),
) -> Iterator[Candidate]:
    """Everything that the originator's own sensors say, one candidate a track.

    The gate decides what goes. `portions` are labels of some of its fields, else `label` holds. The
    assessments must be the node's own, made of the same sensors. A track that has ended has an
    assessment alone and no estimate any more.
    """
    own_by_track = {own.track: own for own in own_estimates}
    told_by_track = {told.track: told for told in assessments}
    for track in dict.fromkeys([*own_by_track, *told_by_track]):
        yield _candidate(
            own_by_track.get(track),
            told_by_track.get(track),
            originator,
            label=label,
            mode=mode,
            portions=portions,
        )


def _candidate(
    own: OwnEstimate | None,
    told: Assessment | None,
    originator: Nation,
    *,
    label: Label,
    mode: Mode,
    portions: tuple[PortionLabel, ...],
) -> Candidate:
    either = own if own is not None else told
    require(either is not None, "a candidate has an estimate or an assessment")
    assert either is not None
    return Candidate(
        originator=originator,
        track=either.track,
        event=either.event,
        status=_status(either.status, told),
        label=label,
        lineage=lineage_of((originator,), either.sources),
        mode=mode,
        content=_content(own, told),
        coasting=either.status == "coasting",
        began_s=-math.inf if own is None else own.first_plot_s,
        portions=portions,
    )


def _status(status: str, told: Assessment | None) -> Status:
    if status != "ended":
        return "current"
    reason = told.reason if told is not None else None
    return "withdrawn" if reason is not None and reason.startswith(WITHDRAWN) else "ended"


def _content(own: OwnEstimate | None, told: Assessment | None) -> Content:
    launch = own.launch if own is not None else told.launch if told is not None else None
    phase = own.phase if own is not None else told.phase if told is not None else None
    impact = told.impact if told is not None else None
    apogee = told.apogee if told is not None else None
    return Content(
        phase=phase,
        launch=None if launch is None else _ground(launch),
        path=None if own is None else _path(own),
        burnout_s=_burnout_s(own, told),
        impact=None if impact is None else _ground(impact),
        apogee=None
        if apogee is None
        else ApogeeStatement(parse_utc(apogee.time), apogee.height_m, apogee.height_sigma_m),
    )


def _burnout_s(own: OwnEstimate | None, told: Assessment | None) -> float | None:
    if own is not None:
        return own.burnout_s
    if told is None or told.burnout_time is None:
        return None
    return parse_utc(told.burnout_time)


def _ground(point: GroundPoint) -> GroundStatement:
    return GroundStatement(
        time_s=parse_utc(point.time),
        time_sigma_s=point.time_sigma_s,
        lat_deg=point.lat_deg,
        lon_deg=point.lon_deg,
        semi_major_m=point.ellipse95.semi_major_m,
        semi_minor_m=point.ellipse95.semi_minor_m,
        azimuth_deg=point.ellipse95.azimuth_deg,
        if_thrust_ends=isinstance(point, Impact) and point.if_thrust_ends,
    )


def _path(own: OwnEstimate) -> StateInformation | BoostState | None:
    if own.coast is not None:
        return StateInformation(
            own.epoch_s,
            own.last_plot_s,
            own.coast.reference,
            own.coast.vector,
            _upper(own.coast.matrix),
        )
    if own.powered is not None:
        return BoostState(
            own.epoch_s, own.last_plot_s, own.powered.mean, _upper(own.powered.covariance)
        )
    return None


def _upper(matrix: Sequence[Sequence[float]]) -> tuple[float, ...]:
    return tuple(chain.from_iterable(row[i:] for i, row in enumerate(matrix)))


def estimate_from(bulletin: Bulletin) -> OwnEstimate | None:
    """The originator's estimate that a bulletin carries, for fusing.

    None where no path was released. Track and event are the originator's names for them, prefixed
    so that no two nations' meet.
    """
    content = bulletin.content
    if content is None or content.path is None or bulletin.status == "withdrawn":
        return None
    path = content.path
    powered = isinstance(path, BoostState)
    return OwnEstimate(
        track=contribution_key(bulletin)[1],
        event=f"{bulletin.originator}:{bulletin.event}",
        epoch_s=path.epoch_s,
        last_plot_s=path.last_plot_s,
        sources=bulletin.lineage.sensors,
        status="ended" if bulletin.status == "ended" else "confirmed",
        phase=content.phase or ("boost" if powered else "ballistic"),
        launch=None if content.launch is None else _point(content.launch),
        burnout_s=content.burnout_s,
        coast=CoastInformation(
            path.reference, path.vector, _square(path.matrix_upper, STATE_DIMENSION)
        )
        if isinstance(path, StateInformation)
        else None,
        powered=PoweredState(path.mean, _square(path.covariance_upper, BOOST_DIMENSION))
        if isinstance(path, BoostState)
        else None,
    )


def contribution_key(bulletin: Bulletin) -> tuple[str, str]:
    """Whose data it is, and the name under which its object is fused: that of who told it."""
    return bulletin.lineage.originators[0], f"{bulletin.originator}:{bulletin.object}"


def contribution_from(bulletin: Bulletin) -> Contribution | None:
    """What a bulletin adds to a picture; None where no path was released."""
    estimate = estimate_from(bulletin)
    if estimate is None:
        return None
    first, *others = bulletin.lineage.originators
    return Contribution(
        first,
        estimate,
        impact_from(bulletin),
        apogee_from(bulletin),
        via="" if first == bulletin.originator else bulletin.originator,
        others=tuple(others),
    )


def impact_from(bulletin: Bulletin) -> Impact | None:
    """The originator's own words on the impact, as far as they were released."""
    if bulletin.content is None or bulletin.content.impact is None:
        return None
    place = bulletin.content.impact
    point = _point(place)
    return Impact(
        time=point.time,
        time_sigma_s=point.time_sigma_s,
        lat_deg=point.lat_deg,
        lon_deg=point.lon_deg,
        ellipse95=point.ellipse95,
        if_thrust_ends=place.if_thrust_ends,
    )


def apogee_from(bulletin: Bulletin) -> Apogee | None:
    """The originator's own words on the apogee, as far as they were released."""
    if bulletin.content is None or bulletin.content.apogee is None:
        return None
    told = bulletin.content.apogee
    return Apogee(format_utc(told.time_s), told.height_m, told.height_sigma_m)


def _point(place: GroundStatement) -> GroundPoint:
    return GroundPoint(
        time=format_utc(place.time_s),
        time_sigma_s=place.time_sigma_s,
        lat_deg=place.lat_deg,
        lon_deg=place.lon_deg,
        ellipse95=Ellipse(place.semi_major_m, place.semi_minor_m, place.azimuth_deg),
    )


def _square(upper: Sequence[float], dimension: int) -> tuple[tuple[float, ...], ...]:
    rows: list[list[float]] = [[0.0] * dimension for _ in range(dimension)]
    values = iter(upper)
    for i in range(dimension):
        for j in range(i, dimension):
            rows[i][j] = rows[j][i] = next(values)
    return tuple(tuple(row) for row in rows)
