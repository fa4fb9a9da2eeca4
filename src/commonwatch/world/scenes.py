"""Published launches flown again: rebuilt from their figures and seen by notional sensors."""

from __future__ import annotations

import numpy as np

from commonwatch.acquire.plot import Plot
from commonwatch.acquire.sensor import Sensor
from commonwatch.catalogue.launch import PublishedLaunch
from commonwatch.errors import UnusableInput
from commonwatch.trajectory.geodesic import Place
from commonwatch.trajectory.reconstruction import Reconstruction, reconstruct
from commonwatch.utc import parse_utc
from commonwatch.world.flight import Flight, Lift, fly
from commonwatch.world.sensing import observe

OBJECT = "L1"


def reconstruct_launch(launch: PublishedLaunch) -> Reconstruction:
    """The ballistic flight that has a launch's published figures.

    Its direction is that of the published impact, else the published bearing, else east. Raises
    UnusableInput where place, apogee or range was not published.
    """
    if launch.launch is None or launch.apogee_km is None or launch.ground_range_km is None:
        raise UnusableInput(
            f"launch {launch.id}: it cannot be flown, as its place, apogee or range was not "
            "published; `commonwatch launches` lists which were"
        )
    impact = None
    if launch.impact is not None:
        impact = Place(launch.impact.lat_deg, launch.impact.lon_deg)
    return reconstruct(
        launch.launch.lat_deg,
        launch.launch.lon_deg,
        launch.apogee_km,
        launch.ground_range_km,
        azimuth_deg=launch.bearing_deg if impact is None else None,
        impact=impact,
        flight_time_s=launch.flight_time_s,
    )


def flight_from_figures(name: str, lift_off_s: float, figures: Reconstruction) -> Flight:
    """The true flight of a reconstruction, second by second; `lift_off_s` is POSIX.

    Raises UnusableInput, saying why, where no ballistic flight has the figures.
    """
    flown = figures.flown
    lift = Lift(
        flown.launch,
        0.0,
        flown.booster,
        flown.steering,
        flown.cutoff_s,
        flown.ballistic_coefficient_kg_m2,
    )
    return fly(name, lift_off_s, lift)


def lift_off_of(launch: PublishedLaunch) -> float:
    """When a launch lifted off (POSIX s): its published minute, else the start of its day in UTC.

    Raises UnusableInput where not even the day was published.
    """
    text = launch.launch_time or f"{launch.date_utc}T00:00:00Z"
    try:
        return parse_utc(text)
    except ValueError as error:
        raise UnusableInput(
            f"launch {launch.id}: its day was not published, only {launch.date_utc}"
        ) from error


def observe_launch(
    launch: PublishedLaunch, sensors: tuple[Sensor, ...], seed: int
) -> tuple[tuple[Plot, ...], Flight]:
    """What notional sensors would have seen of a published launch, and the flight that they saw.

    The same seed gives the same plots. Raises UnusableInput where the launch cannot be flown.
    """
    flight = flight_from_figures(OBJECT, lift_off_of(launch), reconstruct_launch(launch))
    seen = observe((flight,), sensors, np.random.default_rng(seed))
    return seen.plots, flight
