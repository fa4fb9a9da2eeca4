"""`commonwatch reconstruct`: a flight from published figures, and whether physics agrees."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from commonwatch.errors import UnusableInput

if TYPE_CHECKING:
    from commonwatch.catalogue.launch import PublishedLaunch

EXAMPLES = (
    "commonwatch reconstruct --launch 39.2,125.67 --apogee-km 6045 --range-km 1000.2 --json",
    "commonwatch reconstruct --id NK20230315-01",
    "commonwatch reconstruct --id NK20230615-01 --json",
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The figures of the command line, each where given in place of the catalogue's."""

    launch: tuple[float, float]
    apogee_km: float
    range_km: float
    azimuth_deg: float | None
    impact: tuple[float, float] | None
    flight_time_s: float | None


def command(
    *,
    launch: Annotated[
        str | None, typer.Option(metavar="LAT,LON", help="Where it was launched, degrees.")
    ] = None,
    apogee_km: Annotated[
        float | None, typer.Option(metavar="H", help="Highest point above the ellipsoid.")
    ] = None,
    range_km: Annotated[
        float | None, typer.Option(metavar="R", help="Ground range along the geodesic.")
    ] = None,
    azimuth_deg: Annotated[
        float | None, typer.Option(metavar="A", help="Direction from north; east if not known.")
    ] = None,
    impact: Annotated[
        str | None, typer.Option(metavar="LAT,LON", help="Where it fell, in place of a direction.")
    ] = None,
    flight_time_s: Annotated[
        float | None, typer.Option(metavar="T", help="Published time, to be held against it.")
    ] = None,
    launch_id: Annotated[
        str | None,
        typer.Option("--id", metavar="ID", help="Take what is not given from `launches show ID`."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Rebuild a flight from its published figures: time, impact, speed, and how sure that is.

    The flight has a powered ascent by a notional booster typical of its energy. Figures that no
    ballistic flight can have are named as such and not fitted. With a flight time it says whether
    the three fit, and by how many seconds they miss.
    """
    from commonwatch.cli.kernels import ready_kernels
    from commonwatch.cli.output import print_json

    asked = _with_catalogue(
        _published(launch_id),
        launch=_place(launch, "--launch"),
        apogee_km=apogee_km,
        range_km=range_km,
        azimuth_deg=azimuth_deg,
        impact=_place(impact, "--impact"),
        flight_time_s=flight_time_s,
    )
    ready_kernels()
    from commonwatch.cli.reconstruction_answer import answer_of, text_of
    from commonwatch.trajectory.geodesic import Place
    from commonwatch.trajectory.reconstruction import reconstruct

    answer = answer_of(
        reconstruct(
            *asked.launch,
            asked.apogee_km,
            asked.range_km,
            azimuth_deg=asked.azimuth_deg,
            impact=None if asked.impact is None else Place(*asked.impact),
            flight_time_s=asked.flight_time_s,
        )
    )
    if json:
        print_json(answer)
    else:
        print(text_of(answer))


def _published(launch_id: str | None) -> PublishedLaunch | None:
    if launch_id is None:
        return None
    from commonwatch.catalogue.published import load

    return load().find(launch_id)


def _with_catalogue(
    published: PublishedLaunch | None,
    *,
    launch: tuple[float, float] | None,
    apogee_km: float | None,
    range_km: float | None,
    azimuth_deg: float | None,
    impact: tuple[float, float] | None,
    flight_time_s: float | None,
) -> _Asked:
    if published is not None:
        if launch is None and published.launch is not None:
            launch = (published.launch.lat_deg, published.launch.lon_deg)
        apogee_km = published.apogee_km if apogee_km is None else apogee_km
        range_km = published.ground_range_km if range_km is None else range_km
        flight_time_s = published.flight_time_s if flight_time_s is None else flight_time_s
        if azimuth_deg is None and impact is None:
            azimuth_deg = published.bearing_deg
            if published.impact is not None:
                azimuth_deg = None
                impact = (published.impact.lat_deg, published.impact.lon_deg)
    if launch is None or apogee_km is None or range_km is None:
        raise _missing(published, launch is None, apogee_km is None, range_km is None)
    return _Asked(launch, apogee_km, range_km, azimuth_deg, impact, flight_time_s)


def _missing(published: PublishedLaunch | None, *missing: bool) -> UnusableInput:
    options = ("--launch LAT,LON", "--apogee-km H", "--range-km R")
    needed = " and ".join(
        option for option, is_missing in zip(options, missing, strict=True) if is_missing
    )
    if published is None:
        return UnusableInput(f"reconstruct needs {needed} (or --id ID of a published launch)")
    return UnusableInput(
        f"{published.id} (grade {published.grade}) has no published figure for {needed}; "
        "give what is missing"
    )


def _place(text: str | None, option: str) -> tuple[float, float] | None:
    if text is None:
        return None
    try:
        lat_deg, lon_deg = (float(part) for part in text.split(","))
    except ValueError:
        lat_deg = lon_deg = math.nan
    if not (math.isfinite(lat_deg) and math.isfinite(lon_deg)):
        raise UnusableInput(
            f"{option} is {text!r}; LAT,LON in degrees is needed, such as 39.2,125.67"
        )
    return lat_deg, lon_deg
