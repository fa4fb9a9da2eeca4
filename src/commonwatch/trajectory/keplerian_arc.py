"""The drag-free two-body arc from the ground through a given apogee and ground range."""

from __future__ import annotations

import math
from dataclasses import dataclass

from commonwatch.trajectory.kernels.gravity import WGS84_GM_M3_S2

IUGG_MEAN_RADIUS_M = 6371008.8  # Moritz 2000, Geodetic Reference System 1980, mean radius R1


@dataclass(frozen=True, slots=True)
class KeplerianArc:
    """Time aloft, speed and angle above the horizon at either end of an arc over a round Earth."""

    flight_time_s: float
    speed_m_s: float
    elevation_deg: float


def keplerian_arc(apogee_m: float, range_m: float) -> KeplerianArc:
    """The arc of a body thrown from the ground, without air, ascent or the Earth's rotation.

    Apogee above the ground and ground range, both above 0, the range at most half way round. Bate,
    Mueller, White, Fundamentals of Astrodynamics, section 6.2: the apogee bisects the range angle.
    """
    r = IUGG_MEAN_RADIUS_M
    r_apogee = r + apogee_m
    cosine = math.cos(0.5 * range_m / r)
    eccentricity = apogee_m / (r_apogee - r * cosine)
    a = r_apogee / (1.0 + eccentricity)
    anomaly = math.acos(max(-1.0, min(1.0, (1.0 - r / a) / eccentricity)))
    time_s = (
        2.0
        * math.sqrt(a**3 / WGS84_GM_M3_S2)
        * (math.pi - anomaly + eccentricity * math.sin(anomaly))
    )
    speed = math.sqrt(WGS84_GM_M3_S2 * (2.0 / r - 1.0 / a))
    horizontal = math.sqrt(WGS84_GM_M3_S2 * a * (1.0 - eccentricity**2)) / r
    return KeplerianArc(time_s, speed, math.degrees(math.acos(min(1.0, horizontal / speed))))


def longest_range_m(speed_m_s: float) -> float:
    """Greatest ground range of a drag-free arc that leaves the ground with that speed.

    Half way round the Earth where the speed reaches everywhere. Bate, Mueller, White, section 6.2:
    sin(range angle / 2) = q / (2 - q), q = v^2 r / GM.
    """
    q = speed_m_s**2 * IUGG_MEAN_RADIUS_M / WGS84_GM_M3_S2
    if q >= 1.0:
        return math.pi * IUGG_MEAN_RADIUS_M
    return 2.0 * IUGG_MEAN_RADIUS_M * math.asin(q / (2.0 - q))
