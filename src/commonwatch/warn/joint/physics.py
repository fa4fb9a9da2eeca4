"""Whether a ballistic flight can have a side's figures, and how long it then takes."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from commonwatch.catalogue.launch import PublishedLaunch
from commonwatch.trajectory.geodesic import Place, distance_and_azimuth
from commonwatch.trajectory.published_figures import APOGEE_KM_MIN, RANGE_KM_MIN
from commonwatch.trajectory.reconstruction import reconstruct
from commonwatch.warn.joint.figures import Quantity, Side

EXACT = ""


class PhysicsFinding(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The ballistic flight of an apogee and a range (km), where there is one.

    `apogee_from` is another side than `reporter` where that one gave no apogee of its own.
    `published_s` is the flight time that was held against it. Times in s.
    """

    reporter: str
    apogee_from: str
    apogee_km: float
    range_km: float
    published_s: float | None
    ballistic: bool
    consistent: bool
    flight_time_s: float | None
    sigma_s: float | None


def azimuth_of(launch: PublishedLaunch) -> float | None:
    """Where the flight went (deg from north), None where nobody published it."""
    if launch.launch is not None and launch.impact is not None:
        start = Place(launch.launch.lat_deg, launch.launch.lon_deg)
        return distance_and_azimuth(start, Place(launch.impact.lat_deg, launch.impact.lon_deg))[1]
    return launch.bearing_deg


def findings(launch: PublishedLaunch, sides: Sequence[Side]) -> tuple[PhysicsFinding, ...]:
    """What physics says of each side's apogee and range; bounds (> and the like) are left out.

    A side without an apogee is held against the first other party's.
    """
    found = []
    for side in sides:
        range_km = _exact(side, Quantity.RANGE)
        from_sides = [side, *(s for s in sides if s is not side and not s.is_claim)]
        lent = next((s for s in from_sides if _exact(s, Quantity.APOGEE) is not None), None)
        if range_km is None or lent is None:
            continue
        apogee_km = _exact(lent, Quantity.APOGEE)
        flight_time = side.figure(Quantity.FLIGHT_TIME)
        if apogee_km is not None:
            published_s = None if flight_time is None else flight_time.value
            one = finding(launch, side.reporter, apogee_km, range_km, published_s)
            if one is not None:
                found.append(msgspec.structs.replace(one, apogee_from=lent.reporter))
    return tuple(found)


def finding(
    launch: PublishedLaunch,
    reporter: str,
    apogee_km: float,
    range_km: float,
    published_s: float | None,
) -> PhysicsFinding | None:
    """What physics says of one pair; None where the launch place is unknown or it is too small."""
    if launch.launch is None or apogee_km < APOGEE_KM_MIN or range_km < RANGE_KM_MIN:
        return None
    flight = reconstruct(
        launch.launch.lat_deg,
        launch.launch.lon_deg,
        apogee_km,
        range_km,
        azimuth_deg=azimuth_of(launch),
        flight_time_s=published_s,
    )
    time_s = None if flight.flight is None else round(flight.flight.flight_time_s)
    sigma_s = flight.flight_time_sigma_s
    return PhysicsFinding(
        reporter=reporter,
        apogee_from=reporter,
        apogee_km=apogee_km,
        range_km=range_km,
        published_s=published_s,
        ballistic=flight.ballistic,
        consistent=flight.consistent,
        flight_time_s=None if time_s is None else float(time_s),
        sigma_s=None if sigma_s is None else float(max(1, round(sigma_s))),
    )


def _exact(side: Side, quantity: Quantity) -> float | None:
    figure = side.figure(quantity)
    return figure.value if figure is not None and figure.qualifier == EXACT else None
