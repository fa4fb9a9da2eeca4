"""A replay that never ran, for the report's tests: a Keplerian arc, plausible answers about it.

The flight's figures are those published for 2023-03-16 (6,045 km up, 1,000 km far, 4,134 s); the
nodes' ellipses shrink along made-up but sensible curves.
"""

from __future__ import annotations

import math
from functools import cache
from itertools import pairwise

import msgspec

from commonwatch.report.page import render_report
from commonwatch.report.projection import destination, ground_range_km, place, unit_vector
from commonwatch.world.replay_result import (
    AlertResult,
    DirectionResult,
    ImpactView,
    LaunchView,
    NodeResult,
    PathPoint,
    ReplayResult,
    SensorView,
    TimelineEntry,
    TruthPath,
    View,
)

EARTH_RADIUS_KM = 6371.0088
LAUNCH = (39.2, 125.67)
IMPACT = (41.506, 137.089)
BURNOUT_S, FLIGHT_S, APOGEE_KM = 241.0, 4133.6, 6045.0
NATIONS = ("JPN", "KOR", "USA")

Curve = tuple[tuple[float, float], ...]
SHARED: Curve = ((100, 4e4), (241, 6e3), (256, 1050), (271, 84), (301, 17), (361, 2.4), (600, 1.2),
                 (2140, 0.5), (3500, 0.4), (3900, 0.02), (4130, 0.00035))  # fmt: skip
ALONE: dict[str, Curve] = {
    "KOR": (
        (245, 9e4),
        (256, 11_600),
        (271, 1350),
        (301, 1115),
        (3500, 1300),
        (3900, 300),
        (4130, 0.04),
    ),
    "JPN": (
        (236, 8e4),
        (256, 4550),
        (271, 300),
        (301, 24),
        (361, 2.5),
        (600, 1.5),
        (2140, 0.61),
        (3500, 0.5),
        (3900, 0.03),
        (4130, 0.0006),
    ),
    "USA": ((100, 9e4), (241, 3e4), (301, 2.5e4), (4130, 4e4)),
}
IN_SIGHT: dict[str, tuple[tuple[float, float], ...]] = {
    "KOR": ((45, 300), (4040, 4110)),
    "JPN": ((90, 720), (3600, 4134)),
    "USA": ((12, 241),),
}


def _flight() -> list[tuple[float, float, float, float]]:
    """Time, latitude, longitude, height along a Keplerian arc through launch and impact."""
    start, end = unit_vector(*LAUNCH), unit_vector(*IMPACT)
    half = ground_range_km(start, end) / EARTH_RADIUS_KM / 2.0
    apogee_km = EARTH_RADIUS_KM + APOGEE_KM
    eccentricity = (apogee_km - EARTH_RADIUS_KM) / (apogee_km - EARTH_RADIUS_KM * math.cos(half))
    parameter_km = apogee_km * (1.0 - eccentricity)
    squeeze = math.sqrt((1.0 - eccentricity) / (1.0 + eccentricity))

    def kepler_time(anomaly: float) -> float:
        eccentric = 2.0 * math.atan2(squeeze * math.sin(anomaly / 2), math.cos(anomaly / 2))
        return eccentric - eccentricity * math.sin(eccentric)

    first, last = kepler_time(math.pi - half), 2 * math.pi - kepler_time(math.pi - half)
    points = []
    for k in range(401):
        turn = half * (2.0 * k / 400 - 1.0)
        share = (kepler_time(math.pi + turn) % (2 * math.pi) - first) / (last - first)
        weight = 2.0 * half
        a = math.sin(half - turn) / math.sin(weight)
        b = math.sin(half + turn) / math.sin(weight)
        x, y, z = (a * s + b * e for s, e in zip(start, end, strict=True))
        lat, lon = place((x, y, z))
        radius_km = parameter_km / (1.0 - eccentricity * math.cos(turn))
        points.append((share * FLIGHT_S, lat, lon, max(0.0, (radius_km - EARTH_RADIUS_KM) * 1e3)))
    return points


def _at(curve: Curve, at_s: float) -> float:
    for (t0, v0), (t1, v1) in pairwise(curve):
        if at_s <= t1:
            share = (at_s - t0) / (t1 - t0)
            return math.exp(math.log(v0) + share * (math.log(v1) - math.log(v0)))
    return curve[-1][1]


def _impacts(curve: Curve, sources: tuple[str, ...]) -> tuple[ImpactView, ...]:
    views = []
    for at_s in range(math.ceil(curve[0][0] / 10) * 10, int(FLIGHT_S), 10):
        area_km2 = _at(curve, at_s)
        minor_km = math.sqrt(area_km2 / math.pi / 3.0)
        lat, lon = destination(*IMPACT, 70.0 + at_s % 7, minor_km * 1.1)
        views.append(
            ImpactView(
                at_s=float(at_s), error_m=minor_km * 1100.0, semi_major_m=minor_km * 3000.0,
                semi_minor_m=minor_km * 1000.0, area_km2=area_km2, sources=sources, lat_deg=lat,
                lon_deg=lon, azimuth_deg=75.0, impact_at_s=FLIGHT_S + 1.0, time_sigma_s=2.0,
                if_thrust_ends=at_s < BURNOUT_S,
            )
        )  # fmt: skip
    return tuple(views)


def _path(seen: tuple[tuple[float, float], ...], error_m: float) -> tuple[PathPoint, ...]:
    flight = _flight()
    points = []
    for at_s, lat, lon, height_m in flight:
        if at_s < seen[0][0] + 3:
            continue
        in_sight = any(start <= at_s <= end for start, end in seen)
        phase = "boost" if at_s < BURNOUT_S else "ballistic"
        status = "confirmed" if in_sight else "coasting"
        points.append(PathPoint(at_s, lat + error_m / 111e3, lon, height_m, error_m, status, phase))
    return tuple(points)


def _view(codes: tuple[str, ...], curve: Curve) -> View:
    seen = tuple(sorted(span for code in codes for span in IN_SIGHT[code]))
    sources = tuple(f"{code}-{k}" for code in codes for k in ((1, 2) if code != "USA" else (1,)))
    impacts = _impacts(curve, sources)
    return View(
        first_plot_s=seen[0][0], confirmed_s=seen[0][0] + 3.0, first_impact_s=impacts[0].at_s,
        events=1, tracks=1, plots=1200 * len(codes), impact=impacts,
        path=_path(seen, 500.0 / len(codes)),
        launch=LaunchView(
            FLIGHT_S, 0.4, 1.2, LAUNCH[0] + 0.003, LAUNCH[1] - 0.004, 2400.0 / len(codes),
            900.0 / len(codes), 68.0, 480.0,
        ),
        burnout_s=BURNOUT_S, apogee_km=APOGEE_KM + 1.0,
    )  # fmt: skip


def _timeline(suspended: bool) -> tuple[TimelineEntry, ...]:
    entries = []
    for second in range(14, int(FLIGHT_S)):
        for source in NATIONS:
            if not any(start <= second <= end for start, end in IN_SIGHT[source]):
                continue
            for target in NATIONS:
                if target == source:
                    continue
                refused = suspended and {source, target} == {"JPN", "KOR"}
                kind = "withheld" if refused else "bulletin"
                entries.append(TimelineEntry(float(second), kind, source, target, "track t1"))
                if not refused:
                    entries.append(
                        TimelineEntry(second + 0.02, "receipt", target, source, "accepted")
                    )
    if suspended:
        entries.append(TimelineEntry(0.0, "suspended", "JPN", "KOR", "by order"))
    entries.append(TimelineEntry(262.0, "alert", "JPN", "public", "exercise alert prepared"))
    return tuple(sorted(entries, key=lambda entry: entry.at_s))


def _exchange(timeline: tuple[TimelineEntry, ...]) -> dict[str, DirectionResult]:
    exchange = {}
    for source in NATIONS:
        for target in NATIONS:
            if source == target:
                continue
            mine = [entry for entry in timeline if (entry.source, entry.target) == (source, target)]
            sent = sum(entry.kind == "bulletin" for entry in mine)
            held = sum(entry.kind == "withheld" for entry in mine)
            exchange[f"{source}->{target}"] = DirectionResult(
                sent, held, sent, sent, sent * 1130, 0
            )
    return exchange


def _alert() -> AlertResult:
    return AlertResult(
        nation="JPN", at_s=262.0, identifier="urn:oid:2.49.0.0.392.0-exercise-1",
        regions=("JP-01", "JP-02", "JP-05"),
        headline_en="EXERCISE: missile launch, take shelter",
        headline_ja="【訓練】ミサイル発射。建物の中に避難してください",
        headline_ko="[훈련] 미사일 발사. 건물 안으로 대피하십시오",
        description_en="EXERCISE. A missile was launched and may come down near Aomori.",
        description_ja="これは訓練です。ミサイルが発射され、青森県付近に落下する可能性があります。",
        description_ko="이것은 훈련입니다. 미사일이 발사되어 아오모리현 부근에 낙하할 수 있습니다.",
        cap_xml='<?xml version="1.0"?>\n<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">\n'
        "  <status>Exercise</status>\n</alert>\n",
    )  # fmt: skip


def _truth() -> TruthPath:
    flight = _flight()
    return TruthPath(
        at_s=tuple(point[0] for point in flight), lat_deg=tuple(point[1] for point in flight),
        lon_deg=tuple(point[2] for point in flight), height_m=tuple(point[3] for point in flight),
        launch_lat_deg=LAUNCH[0], launch_lon_deg=LAUNCH[1], impact_lat_deg=IMPACT[0],
        impact_lon_deg=IMPACT[1], impact_at_s=FLIGHT_S, burnout_at_s=BURNOUT_S,
        apogee_at_s=FLIGHT_S / 2, apogee_km=APOGEE_KM, range_km=1000.2,
    )  # fmt: skip


def lofted_replay(*, suspended: bool = False) -> ReplayResult:
    """The lofted flight, with the agreement between Japan and Korea in force or not."""
    timeline = _timeline(suspended)
    nodes = {}
    for code in NATIONS:
        partners = tuple(n for n in NATIONS if not (suspended and {n, code} == {"JPN", "KOR"}))
        better = min((ALONE[n] for n in partners), key=lambda curve: curve[-1][1])
        shared = better if suspended else SHARED
        nodes[code] = NodeResult(_view((code,), ALONE[code]), _view(partners, shared))
    return ReplayResult(
        launch="NK20230315-01", lift_off="2023-03-15T22:09:00Z",
        agreement="suspended" if suspended else "in-force", nodes=nodes,
        exchange=_exchange(timeline), ledgers_agree=True, alerts=(_alert(),), timeline=timeline,
        truth=_truth(),
        sensors=(
            SensorView("KOR-1", "KOR", "radar", 36.62, 127.45),
            SensorView("KOR-2", "KOR", "radar", 37.6, 131.2),
            SensorView("JPN-1", "JPN", "radar", 40.9, 140.35),
            SensorView("JPN-2", "JPN", "radar", 38.05, 138.45),
            SensorView("JPN-3", "JPN", "radar", 31.8, 129.75),
            SensorView("USA-1", "USA", "infrared", 0.0, 132.0),
        ),
        published={
            "apogee": "6,045 km (KCNA)", "range": "1,000.2 km (KCNA)",
            "flight time": "69 min 11 s (KCNA)",
        },
        sources=(
            "Apogee, range, flight time: KCNA, 2023-03-17, as collected by CNS/NTI.",
            "Sensors: notional.", "Booster: notional.",
        ),
    )  # fmt: skip


def without_truth(result: ReplayResult) -> ReplayResult:
    """The same replay of a pass whose truth is not known."""
    return msgspec.structs.replace(result, truth=None)


@cache
def lofted_page() -> str:
    """The report on the lofted flight."""
    return render_report(lofted_replay())
