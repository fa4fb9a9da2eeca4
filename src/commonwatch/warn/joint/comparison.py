"""All that is said of one launch, side by side: the sides, the tracks, physics, the differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from commonwatch.catalogue.correction import Correction
from commonwatch.catalogue.launch import Grade, PublishedLaunch, ReporterStatement
from commonwatch.errors import UnusableInput
from commonwatch.trajectory.geodesic import Place
from commonwatch.utc import parse_utc
from commonwatch.warn.joint.differences import Circumstances, Difference, differences
from commonwatch.warn.joint.figures import Quantity, Side
from commonwatch.warn.joint.horizon import HiddenPart, hidden_part
from commonwatch.warn.joint.physics import PhysicsFinding, azimuth_of, findings
from commonwatch.warn.joint.sides import sides_of
from commonwatch.warn.regions import Regions


class TrackFigure(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One figure of the tracks with its standard deviation, in the quantity's unit."""

    quantity: Quantity
    value: float
    sigma: float


class Comparison(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One launch as everyone tells it; `tracked_by` are the nations whose sensors saw it."""

    launch_id: str
    date_utc: str
    sides: tuple[Side, ...]
    tracks: tuple[TrackFigure, ...]
    tracked_by: tuple[str, ...]
    physics: tuple[PhysicsFinding, ...]
    hidden: tuple[HiddenPart, ...]
    differences: tuple[Difference, ...]

    @property
    def parties(self) -> tuple[str, ...]:
        """The nations that spoke, the launching side left out, in the order of their codes."""
        return tuple(sorted({side.nation for side in self.sides if not side.is_claim}))

    def track(self, quantity: Quantity) -> TrackFigure | None:
        """What the tracks say of it, None where they say nothing."""
        return next((f for f in self.tracks if f.quantity is quantity), None)


@dataclass(frozen=True, slots=True)
class Published:
    """All that was published of one launch; `same_day` are the other flights of that day."""

    launch: PublishedLaunch
    statements: tuple[ReporterStatement, ...]
    corrections: tuple[Correction, ...]
    same_day: tuple[PublishedLaunch, ...]


def compare(
    published: Published,
    regions: Regions,
    tracks: Sequence[TrackFigure] = (),
    tracked_by: Sequence[str] = (),
) -> Comparison:
    """Lay side by side what was said of one launch.

    Raises UnusableInput where no government said anything of it.
    """
    launch = published.launch
    if not published.statements:
        raise UnusableInput(
            f"{launch.id}: no government's statement on it comes with the program; "
            "`launches show` tells what is known"
        )
    sides = sides_of(launch, published.statements, published.corrections)
    physics = findings(launch, sides)
    hidden = _hidden(launch, regions, sides)
    same_day = tuple(parse_utc(o.launch_time) for o in published.same_day if o.launch_time)
    seen = Circumstances(physics, hidden, same_day, shared_values=launch.grade is Grade.C)
    return Comparison(
        launch_id=launch.id,
        date_utc=launch.date_utc,
        sides=sides,
        tracks=tuple(tracks),
        tracked_by=tuple(tracked_by),
        physics=physics,
        hidden=hidden,
        differences=differences(sides, seen),
    )


def _hidden(
    launch: PublishedLaunch, regions: Regions, sides: Sequence[Side]
) -> tuple[HiddenPart, ...]:
    azimuth_deg = azimuth_of(launch)
    parties = [side for side in sides if not side.is_claim]
    apogees_km = [f.value for s in parties if (f := s.figure(Quantity.APOGEE)) is not None]
    ranges_km = [f.value for s in parties if (f := s.figure(Quantity.RANGE)) is not None]
    if launch.launch is None or azimuth_deg is None or not (apogees_km and ranges_km):
        return ()
    start = Place(launch.launch.lat_deg, launch.launch.lon_deg)
    parts = (
        hidden_part(nation, regions.of(nation), start, azimuth_deg, max(apogees_km), max(ranges_km))
        for nation in sorted({side.nation for side in parties})
    )
    return tuple(part for part in parts if part is not None)
