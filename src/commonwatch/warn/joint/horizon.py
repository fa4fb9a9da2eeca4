"""What the Earth's curvature hides of a flight from the nearest land of a nation.

No sensor's place enters: from the nearest land is the best that anything standing on a nation's
ground can see, so what is hidden there is hidden from all of it. A ship may stand nearer, and a
satellite sees from above: what is hidden is a likely cause of a difference, not a proof.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np

from commonwatch.trajectory.geodesic import Place, destination
from commonwatch.warn.geodesic import rough_distance_m
from commonwatch.warn.regions import Region

EARTH_RADIUS_KM = 6371.0
# Refraction of a standard atmosphere bends radar beams as if the Earth were 4/3 as large
# (ITU-R P.310, effective Earth-radius factor k).
EFFECTIVE_RADIUS_FACTOR = 4.0 / 3.0
PATH_POINTS = 101
# From here on nothing rises over the horizon of interest; keeps the cosine away from zero.
DISTANCE_KM_MAX = 8000.0


class HiddenPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What lies below the horizon of a nation's nearest land (km).

    `launch_height_km` and `impact_height_km`: how high a body over the launch, over the impact,
    must be to be seen; `last_km`: how much of the flight's end, along the ground, is below it.
    """

    nation: str
    launch_height_km: float
    impact_height_km: float
    last_km: float


def horizon_height_km(distance_km: float) -> float:
    """Height (km) that a body at this ground distance (km, 0 to 8,000) needs to be seen at all."""
    radius_km = EARTH_RADIUS_KM * EFFECTIVE_RADIUS_FACTOR
    angle = min(distance_km, DISTANCE_KM_MAX) / radius_km
    return radius_km * (1.0 / math.cos(angle) - 1.0)


def hidden_part(
    nation: str,
    land: Sequence[Region],
    launch: Place,
    azimuth_deg: float,
    apogee_km: float,
    range_km: float,
) -> HiddenPart | None:
    """What is hidden of a drag-free flight of that apogee and range; None without a map of land.

    The height over the ground is a parabola, near enough for the low end that is asked about.
    """
    if not land:
        return None
    lats = np.array([lat for region in land for ring in region.rings for lat, _ in ring])
    lons = np.array([lon for region in land for ring in region.rings for _, lon in ring])
    heights_km = []
    for k in range(PATH_POINTS):
        place = destination(launch, azimuth_deg, range_km * 1e3 * k / (PATH_POINTS - 1))
        nearest_m = float(rough_distance_m(place.lat_deg, place.lon_deg, lats, lons).min())
        heights_km.append(horizon_height_km(nearest_m / 1e3))
    hidden = 0
    for k in range(PATH_POINTS - 1, -1, -1):
        share = k / (PATH_POINTS - 1)
        if 4.0 * apogee_km * share * (1.0 - share) > heights_km[k]:
            break
        hidden += 1
    return HiddenPart(
        nation=nation,
        launch_height_km=round(heights_km[0], 1),
        impact_height_km=round(heights_km[-1], 1),
        last_km=round(range_km * max(0, hidden - 1) / (PATH_POINTS - 1), 0),
    )
