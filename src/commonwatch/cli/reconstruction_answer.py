"""What `reconstruct` answers, as one JSON object and as text for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from commonwatch.trajectory.reconstruction import Reconstruction


class AnsweredPlace(msgspec.Struct, frozen=True):
    """A place in geodetic degrees."""

    lat_deg: float
    lon_deg: float


class ReconstructionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The object of docs on `reconstruct`; what needs a ballistic flight is null without one.

    Speeds are Earth-fixed; times are from lift-off. `azimuth_assumed` says that the direction, and
    with it the impact, was not given: it is then east.
    """

    kind: str = "reconstruction"
    ballistic: bool
    flight_time_s: float | None
    flight_time_sigma_s: float | None
    impact: AnsweredPlace
    apogee_km: float
    range_km: float
    burnout_speed_m_s: float | None
    consistent: bool
    why: str
    launch: AnsweredPlace
    azimuth_deg: float
    azimuth_assumed: bool
    published_flight_time_s: float | None
    keplerian_time_s: float
    burnout_time_s: float | None
    burnout_height_km: float | None
    apogee_time_s: float | None
    impact_speed_m_s: float | None
    booster: str | None


def answer_of(found: Reconstruction) -> ReconstructionAnswer:
    """The answer, rounded to what it can mean."""
    flight = found.flight
    sigma_s = found.flight_time_sigma_s
    return ReconstructionAnswer(
        ballistic=found.ballistic,
        flight_time_s=None if flight is None else round(flight.flight_time_s, 1),
        flight_time_sigma_s=None if sigma_s is None else round(sigma_s, 1),
        impact=AnsweredPlace(round(found.impact.lat_deg, 5), round(found.impact.lon_deg, 5)),
        apogee_km=found.apogee_km,
        range_km=found.range_km,
        burnout_speed_m_s=None if flight is None else round(flight.burnout_speed_m_s, 1),
        consistent=found.consistent,
        why=found.why,
        launch=AnsweredPlace(found.launch.lat_deg, found.launch.lon_deg),
        azimuth_deg=round(found.azimuth_deg, 3),
        azimuth_assumed=found.azimuth_assumed,
        published_flight_time_s=found.published_flight_time_s,
        keplerian_time_s=round(found.keplerian_time_s, 1),
        burnout_time_s=None if flight is None else round(flight.cutoff_s, 1),
        burnout_height_km=None if flight is None else round(flight.burnout_height_m / 1e3, 1),
        apogee_time_s=None if flight is None else round(flight.apogee_time_s, 1),
        impact_speed_m_s=None if flight is None else round(flight.impact_speed_m_s, 1),
        booster=None if flight is None else flight.booster.name,
    )


def text_of(answer: ReconstructionAnswer) -> str:
    """The answer in lines for people."""
    published_s = answer.published_flight_time_s
    time = "" if published_s is None else f", {published_s:g} s"
    assumed = " (assumed: no direction is given)" if answer.azimuth_assumed else ""
    facts = [
        ("figures", f"apogee {answer.apogee_km:g} km, range {answer.range_km:g} km{time}"),
        ("launch", f"{answer.launch.lat_deg:.3f}, {answer.launch.lon_deg:.3f}"),
        ("towards", f"{answer.azimuth_deg:.1f} deg{assumed}"),
        ("impact", f"{answer.impact.lat_deg:.3f}, {answer.impact.lon_deg:.3f}"),
        ("ballistic", "yes" if answer.ballistic else "no"),
        ("consistent", "yes" if answer.consistent else "no"),
    ]
    if answer.ballistic:
        spread = f"{answer.flight_time_s:.0f} s, sigma {answer.flight_time_sigma_s:.0f} s"
        height = f"{answer.burnout_height_km:.0f} km"
        facts += [
            ("flight time", f"{spread} (drag-free arc {answer.keplerian_time_s:.0f} s)"),
            ("burnout", f"after {answer.burnout_time_s:.0f} s at {height}"),
            ("speed then", f"{answer.burnout_speed_m_s:.0f} m/s, Earth-fixed"),
            ("booster", f"{answer.booster}"),
        ]
    facts.append(("why", answer.why))
    return "\n".join(f"{name:<13} {value}" for name, value in facts)
