"""The true flight, for the pictures of a replay: no node ever sees it."""

from __future__ import annotations

import math

import numpy as np

from commonwatch.trajectory.geodesic import distance_and_azimuth
from commonwatch.trajectory.kernels.geodesy import geodetic_from_ecef
from commonwatch.world.flight import interpolate_states
from commonwatch.world.replay_result import TruthPath
from commonwatch.world.replay_scene import ReplayScene, TrueFlight

TRUTH_STEP_S = 10.0


def truth_path(scene: ReplayScene) -> TruthPath | None:
    """The first flight of a scene that came down and whose path is known.

    None where there is none.
    """
    flight = next(
        (item for item in scene.flights if item.impact is not None and item.times_s.size > 1), None
    )
    return None if flight is None else _path(flight, scene.lift_off_s)


def _path(flight: TrueFlight, lift_off_s: float) -> TruthPath | None:
    impact, impact_s = flight.impact, flight.impact_s
    if impact is None or impact_s is None:
        return None
    first_s, last_s = float(flight.times_s[0]), float(flight.times_s[-1])
    times_s = np.append(np.arange(first_s, last_s, TRUTH_STEP_S), last_s)
    places = [
        geodetic_from_ecef(state[0], state[1], state[2])
        for state in interpolate_states(flight.times_s, flight.states_ecef, times_s)
    ]
    distance_m, _azimuth_deg = distance_and_azimuth(flight.launch, impact)
    return TruthPath(
        at_s=tuple(round(float(time_s) - lift_off_s, 6) for time_s in times_s),
        lat_deg=tuple(math.degrees(place[0]) for place in places),
        lon_deg=tuple(math.degrees(place[1]) for place in places),
        height_m=tuple(float(place[2]) for place in places),
        launch_lat_deg=flight.launch.lat_deg,
        launch_lon_deg=flight.launch.lon_deg,
        impact_lat_deg=impact.lat_deg,
        impact_lon_deg=impact.lon_deg,
        impact_at_s=round(impact_s - lift_off_s, 6),
        burnout_at_s=round(flight.burnout_s - lift_off_s, 6),
        apogee_at_s=round(flight.apogee_s - lift_off_s, 6),
        apogee_km=flight.apogee_m / 1e3,
        range_km=distance_m / 1e3,
    )
