"""Slow and obvious twins of the kernels, from the defining equations."""

from __future__ import annotations

import cmath
import math
from itertools import pairwise

import erfa
import numpy as np
from numpy.typing import NDArray
from scipy.integrate import quad, solve_ivp

Vector = NDArray[np.float64]

GM_M3_S2 = 3.986004418e14
RADIUS_M = 6378137.0
# EGM96, unnormalised: J2, J3, J4.
ZONALS = {2: 1.08262668e-3, 3: -2.53265649e-6, 4: -1.61962159e-6}
EARTH_ROTATION_RAD_S = np.array([0.0, 0.0, 7.292115e-5])
WGS84_ERFA = 1

# US Standard Atmosphere 1976, table 4: geopotential height (m), molecular-scale temperature (K).
TEMPERATURE_CORNERS = [
    (0.0, 288.15),
    (11e3, 216.65),
    (20e3, 216.65),
    (32e3, 228.65),
    (47e3, 270.65),
    (51e3, 270.65),
    (71e3, 214.65),
    (84852.0, 186.946),
]


def height_m(position_ecef_m: Vector) -> float:
    return float(erfa.gc2gd(WGS84_ERFA, position_ecef_m)[2])


def potential(x: complex, y: complex, z: complex) -> complex:
    """Zonal potential, Legendre polynomials written out; complex for the complex step."""
    r = cmath.sqrt(x * x + y * y + z * z)
    s = z / r
    legendre = {
        2: (3 * s**2 - 1) / 2,
        3: (5 * s**3 - 3 * s) / 2,
        4: (35 * s**4 - 30 * s**2 + 3) / 8,
    }
    return GM_M3_S2 / r * (1 - sum(ZONALS[n] * (RADIUS_M / r) ** n * legendre[n] for n in ZONALS))


def gravity(position_ecef_m: Vector) -> Vector:
    """Gradient of the potential by complex step: exact to rounding, whatever the formula."""
    x, y, z = position_ecef_m.tolist()
    h = 1e-10
    return np.array(
        [
            potential(x + 1j * h, y, z).imag / h,
            potential(x, y + 1j * h, z).imag / h,
            potential(x, y, z + 1j * h).imag / h,
        ]
    )


def temperature_k(geopotential_m: float) -> float:
    heights, temperatures = zip(*TEMPERATURE_CORNERS, strict=True)
    return float(np.interp(geopotential_m, heights, temperatures))


def density_to_86_km(height_above_sea_m: float) -> float:
    """From the equation of hydrostatics alone: the pressure integrated by quadrature."""
    gas_constant = 8314.32 / 28.9644
    top = 6356766.0 * height_above_sea_m / (6356766.0 + height_above_sea_m)
    corners = [h for h, _ in TEMPERATURE_CORNERS if h < top]
    sum_ = sum(
        quad(lambda h: 9.80665 / (gas_constant * temperature_k(h)), low, high, epsrel=1e-12)[0]
        for low, high in pairwise([*corners, top])
    )
    return 101325.0 * math.exp(-sum_) / (gas_constant * temperature_k(top))


def acceleration(state: Vector, inverse_bc: float, density_at) -> Vector:
    """Newton in the rotating frame, with cross products."""
    r, v = state[:3], state[3:]
    w = EARTH_ROTATION_RAD_S
    inertial = gravity(r) - np.cross(w, np.cross(w, r)) - 2 * np.cross(w, v)
    if inverse_bc == 0.0:
        return inertial
    return inertial - 0.5 * density_at(height_m(r)) * np.linalg.norm(v) * inverse_bc * v


def fly(state, inverse_bc: float, density_at, bounds_m, span_s: float = 9000.0):
    """SciPy's DOP853 at 1e-13 to the ground, begun anew wherever the density has a kink.

    Returns impact time and state, and time and height of the apogee (NaN where there was none).
    """

    def slope(_t: float, y: Vector) -> Vector:
        return np.concatenate([y[3:], acceleration(y, inverse_bc, density_at)])

    def height_rate(_t: float, y: Vector) -> float:
        lon, lat, _ = erfa.gc2gd(WGS84_ERFA, y[:3])
        normal = np.array(
            [math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)]
        )
        return float(normal @ y[3:])

    def crossing(bound_m: float):
        def event(_t: float, y: Vector) -> float:
            return height_m(y[:3]) - bound_m

        event.terminal = True
        return event

    height_rate.direction = -1.0
    ground = crossing(0.0)
    ground.direction = -1.0
    events = [ground, height_rate, *(crossing(b) for b in bounds_m if inverse_bc > 0.0)]
    t, y, apogee = 0.0, np.asarray(state, dtype=np.float64), (math.nan, math.nan)
    for _ in range(40):
        found = solve_ivp(slope, (t, span_s), y, "DOP853", rtol=1e-13, atol=1e-9, events=events)
        t, y = float(found.t[-1]), found.y[:, -1]
        if len(found.t_events[1]) > 0:
            apogee = (float(found.t_events[1][0]), height_m(found.y_events[1][0][:3]))
        if len(found.t_events[0]) > 0:
            return t, y, apogee
        if t >= span_s:
            return None
        # Leave the bound, lest it be found again: 1e-7 s, less than a millimetre.
        y = y + 1e-7 * slope(t, y)
        t += 1e-7
    return None


def coast(state, inverse_bc: float, density_at, duration_s: float) -> Vector:
    """SciPy's DOP853 at 1e-13 for a while, forward or back."""

    def slope(_t: float, y: Vector) -> Vector:
        return np.concatenate([y[3:], acceleration(y, inverse_bc, density_at)])

    found = solve_ivp(slope, (0.0, duration_s), np.asarray(state), "DOP853", rtol=1e-13, atol=1e-9)
    return found.y[:, -1]


def jacobi_constant(state: Vector) -> float:
    """Energy in the rotating frame, which a coast without drag keeps (m2/s2)."""
    x, y, z = state[:3].tolist()
    w = EARTH_ROTATION_RAD_S[2]
    kinetic = 0.5 * float(state[3:] @ state[3:])
    return kinetic - 0.5 * w * w * (x * x + y * y) - potential(x, y, z).real
