"""Notional boosters of the kind that a flight of given energy needs.

None describes a real vehicle. What is known of a class in public is how fast its thrust lifts it
and how long it burns: about 80 s for a short-range single stage, twice 43 s for a fast two-stage
one of medium range, three stages of 75 to 115 s for an intercontinental one. In between all figures
go over linearly, so that a slightly higher flight takes a slightly longer time.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from commonwatch.trajectory.ascent import Booster, Stage
from commonwatch.trajectory.keplerian_arc import KeplerianArc

# Drag while the stages burn, and of what is left when they are spent (kg/m2), notional.
POWERED_BALLISTIC_COEFFICIENT_KG_M2 = 8000.0
COASTING_BALLISTIC_COEFFICIENT_KG_M2 = 6000.0

# Boosters that burn in 0.75 to 1.3 times the typical time are as plausible as the typical one.
PACE_FASTEST = 0.75
PACE_SLOWEST = 1.3
# From this elevation of the arc upwards the typical pace, down to a brisk one for a level arc.
STEEP_DEG = 25.0
PACE_LEVEL = 0.7
# Share of the whole burn at which a level arc's booster has turned over.
PITCH_OVER_SHARE_LEVEL = 0.5


@dataclass(frozen=True, slots=True)
class BoosterClass:
    """Typical stages (burn s, first specific thrust m/s2, mass ratio) for one speed of the arc."""

    speed_m_s: float
    stages: tuple[tuple[float, float, float], ...]
    vertical_s: float
    pitch_over_end_s: float


@dataclass(frozen=True, slots=True)
class SteeredBooster:
    """A booster, until when its thrust is vertical, and from when it no longer turns."""

    booster: Booster
    vertical_s: float
    pitch_over_end_s: float


# Speeds are those of the drag-free arc at the ground. Stages that a class does not need never
# ignite, as thrust is cut off before; they are there so that one class can go over into the next.
BOOSTER_CLASSES = (
    BoosterClass(500.0, ((40.0, 30.0, 2.2), (40.0, 30.0, 2.5), (40.0, 30.0, 2.5)), 1.5, 6.0),
    BoosterClass(2400.0, ((80.0, 28.0, 2.8), (60.0, 30.0, 3.0), (60.0, 30.0, 3.0)), 5.0, 24.0),
    BoosterClass(4700.0, ((43.0, 36.0, 2.6), (43.0, 41.0, 3.5), (80.0, 30.0, 7.0)), 5.0, 40.0),
    BoosterClass(5200.0, ((75.0, 22.0, 2.6), (75.0, 27.0, 3.2), (90.0, 28.0, 7.0)), 6.0, 40.0),
    BoosterClass(6800.0, ((92.0, 17.5, 2.6), (92.0, 22.5, 2.97), (115.0, 25.0, 8.3)), 8.0, 40.0),
    BoosterClass(8500.0, ((85.0, 19.0, 2.6), (85.0, 24.0, 2.97), (108.0, 28.0, 11.0)), 8.0, 40.0),
    BoosterClass(11000.0, ((95.0, 18.0, 2.6), (95.0, 24.0, 3.5), (115.0, 28.0, 20.0)), 8.0, 40.0),
)


def typical_booster(arc: KeplerianArc, pace: float = 1.0) -> SteeredBooster:
    """The booster of a flight with that drag-free arc.

    `pace` stretches all times and divides all thrusts: the same speed reached in more or less time.
    A shallow flight turns over late, as it must climb out of the dense air before it levels out,
    and is brisk, as a thrust of little more than the weight would not hold it up leaning far over.
    """
    speed_m_s = arc.speed_m_s
    shallow = max(0.0, 1.0 - arc.elevation_deg / STEEP_DEG)
    pace *= 1.0 - shallow * (1.0 - PACE_LEVEL)
    upper = min(
        max(bisect_right([c.speed_m_s for c in BOOSTER_CLASSES], speed_m_s), 1),
        len(BOOSTER_CLASSES) - 1,
    )
    low, high = BOOSTER_CLASSES[upper - 1], BOOSTER_CLASSES[upper]
    share = (speed_m_s - low.speed_m_s) / (high.speed_m_s - low.speed_m_s)
    share = min(1.0, max(0.0, share))

    def between(at_low: float, at_high: float) -> float:
        return at_low + share * (at_high - at_low)

    stages = tuple(
        Stage(
            burn_s=pace * between(a[0], b[0]),
            initial_acceleration_m_s2=between(a[1], b[1]) / pace,
            mass_ratio=between(a[2], b[2]),
            ballistic_coefficient_kg_m2=POWERED_BALLISTIC_COEFFICIENT_KG_M2,
        )
        for a, b in zip(low.stages, high.stages, strict=True)
    )
    booster = Booster(f"notional, for {speed_m_s / 1e3:.1f} km/s", stages)
    pitch_over_end_s = pace * between(low.pitch_over_end_s, high.pitch_over_end_s)
    late_s = max(0.0, PITCH_OVER_SHARE_LEVEL * booster.burn_s - pitch_over_end_s)
    return SteeredBooster(
        booster,
        pace * between(low.vertical_s, high.vertical_s),
        pitch_over_end_s + shallow * late_s,
    )
