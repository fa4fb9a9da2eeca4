"""Arcs to impact beside heyoka's batch mode, in one run: microseconds an arc, and largest error.

    python bench/arcs.py [--arcs 10000] [--json]

Notional bodies after burnout, lofted, about 4,800 km up; gravity to J4, rotation, no air, as
heyoka's Taylor method cannot cross the kinks of the layered atmosphere. heyoka runs twice: with its
own terminal event at the ellipsoid, and told beforehand when each arc ends, with nothing to detect.
The reference is heyoka at 1e-16. Ours in air is shown too, without a peer.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Callable
from typing import Any

import heyoka as hy
import numpy as np
from numpy.typing import NDArray

from commonwatch.trajectory.batch import fly_all
from commonwatch.trajectory.frames import Site, ecef_from_geodetic, enu_from_ecef
from commonwatch.trajectory.kernels import dynamics, geodesy, gravity

LANES = 4
FLIGHT_MAX_S = 9000.0
ROUNDS = 3
STOPPED_BY_EVENT = -1
Array = NDArray[np.float64]


def starts(count: int) -> Array:
    """ECEF states (n, 6) about 300 km up, 7 km/s, elevation 70 degrees; seed fixed."""
    random = np.random.default_rng(20230316)
    rows = np.empty((count, 6))
    for row in rows:
        lat, lon, height = random.normal([40.1, 126.3, 3e5], [1.0, 1.0, 1e4])
        speed, elevation, azimuth = random.normal([7000.0, 70.0, 90.0], [50.0, 3.0, 5.0])
        el, az = math.radians(elevation), math.radians(azimuth)
        level = math.cos(el)
        direction = [level * math.sin(az), level * math.cos(az), math.sin(el)]
        row[:3] = ecef_from_geodetic([[lat, lon, height]])[0]
        row[3:] = speed * np.array(direction) @ enu_from_ecef(Site(lat, lon, height))
    return rows


def heyoka_integrator(tolerance: float, *, with_event: bool) -> Any:
    """Batch integrator of the same equations of motion, symbolic gradient of the potential."""
    x, y, z, vx, vy, vz = hy.make_vars("x", "y", "z", "vx", "vy", "vz")
    r = hy.sqrt(x * x + y * y + z * z)
    s, q = z / r, gravity.EGM96_RADIUS_M / r
    zonal = (
        gravity.EGM96_J2 * q**2 * (3.0 * s**2 - 1.0) / 2.0
        + gravity.EGM96_J3 * q**3 * (5.0 * s**3 - 3.0 * s) / 2.0
        + gravity.EGM96_J4 * q**4 * (35.0 * s**4 - 30.0 * s**2 + 3.0) / 8.0
    )
    w = dynamics.WGS84_ROTATION_RAD_S
    potential = gravity.WGS84_GM_M3_S2 / r * (1.0 - zonal) + w * w * (x * x + y * y) / 2.0
    gx, gy, gz = (hy.diff(potential, axis) for axis in (x, y, z))
    a, b = geodesy.WGS84_SEMI_MAJOR_M, geodesy.WGS84_SEMI_MINOR_M
    ground = (x * x + y * y) / (a * a) + z * z / (b * b) - 1.0
    event = hy.t_event_batch(ground, direction=hy.event_direction.negative)
    motion = [(x, vx), (y, vy), (z, vz), (vx, gx + 2.0 * w * vy), (vy, gy - 2.0 * w * vx), (vz, gz)]
    return hy.taylor_adaptive_batch(
        motion, np.ones((6, LANES)), tol=tolerance, t_events=[event] if with_event else []
    )


def heyoka_to_ground(integrator: Any, states: Array) -> Array:
    """Impact positions and times (n, 4): each lane stops at its own event, the others go on."""
    out = np.empty((len(states), 4))
    for i in range(0, len(states), LANES):
        integrator.state[:] = states[i : i + LANES].T
        integrator.set_time(0.0)
        integrator.reset_cooldowns()
        until = np.full(LANES, FLIGHT_MAX_S)
        for _ in range(LANES):  # a call ends when a lane does
            integrator.propagate_until(until)
            stopped = [int(result[0]) == STOPPED_BY_EVENT for result in integrator.propagate_res]
            until[stopped] = np.array(integrator.time)[stopped]
            if (until < FLIGHT_MAX_S).all():
                break
        out[i : i + LANES, :3] = integrator.state[:3].T
        out[i : i + LANES, 3] = until
    return out


def heyoka_told(integrator: Any, states: Array, times_s: Array) -> Array:
    """Positions (n, 3) at times given beforehand."""
    out = np.empty((len(states), 3))
    for i in range(0, len(states), LANES):
        integrator.state[:] = states[i : i + LANES].T
        integrator.set_time(0.0)
        integrator.propagate_until(times_s[i : i + LANES])
        out[i : i + LANES] = integrator.state[:3].T
    return out


def best_s(job: Callable[[], Any]) -> tuple[float, Any]:
    """Least processor time of some rounds, and what the job gave."""
    least, result = math.inf, None
    for _ in range(ROUNDS):
        begun = time.process_time()
        result = job()
        least = min(least, time.process_time() - begun)
    return least, result


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--arcs", type=int, default=10_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    count = max(LANES, options.arcs // LANES * LANES)
    states = starts(count)
    fly_all(states[:LANES], 0.0)  # compiled before the clock runs
    reference = heyoka_to_ground(heyoka_integrator(1e-16, with_event=True), states)
    times_s = np.ascontiguousarray(reference[:, 3])
    eventful = heyoka_integrator(1e-10, with_event=True)
    plain = heyoka_integrator(1e-10, with_event=False)
    jobs: dict[str, Callable[[], Array]] = {
        "heyoka 1e-10, batch of four, finds the ground": lambda: heyoka_to_ground(eventful, states),
        "heyoka 1e-10, batch of four, told the time": lambda: heyoka_told(plain, states, times_s),
        "Commonwatch, 1 mm": lambda: fly_all(states, 0.0).impact_states_ecef[:, :3],
        "Commonwatch, 1 cm": lambda: fly_all(states, 0.0, tolerance_m=0.01).impact_states_ecef[
            :, :3
        ],
        "Commonwatch, 1 cm, in air": lambda: fly_all(
            states, 1.0 / 6000.0, tolerance_m=0.01
        ).impact_states_ecef[:, :3],
    }
    rows = []
    for name, job in jobs.items():
        seconds, positions = best_s(job)
        in_air = "air" in name
        miss_m = np.linalg.norm(positions[:, :3] - reference[:, :3], axis=1).max()
        rows.append(
            {
                "what": name,
                "microseconds_an_arc": 1e6 * seconds / count,
                "largest_error_m": None if in_air else float(miss_m),
            }
        )
    base = rows[0]["microseconds_an_arc"]
    for row in rows:
        row["time_over_heyoka"] = row["microseconds_an_arc"] / base
    if options.json:
        print(json.dumps({"arcs": count, "rows": rows}, indent=1))
        return
    print(f"{count} arcs to impact, one core, least of {ROUNDS} rounds")
    for row in rows:
        error = row["largest_error_m"]
        told = "no peer" if error is None else f"{1e3 * error:.3g} mm"
        print(
            f"{row['what']:48}{row['microseconds_an_arc']:8.1f} us"
            f"{row['time_over_heyoka']:8.2f} x  largest error {told}"
        )


if __name__ == "__main__":
    main()
