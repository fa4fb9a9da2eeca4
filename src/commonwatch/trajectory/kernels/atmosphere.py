"""Air density of the US Standard Atmosphere 1976, with its printed table as the tail above 86 km."""

from __future__ import annotations

import math

import numpy as np

from commonwatch.trajectory.kernels.jit import kernel

# US Standard Atmosphere, 1976 (NOAA-S/T 76-1562), tables 1, 2 and 4.
USSA1976_RADIUS_M = 6356766.0
USSA1976_G0_M_S2 = 9.80665
USSA1976_GAS_CONSTANT_J_KG_K = 8.31432e3 / 28.9644
USSA1976_BASE_HEIGHT_M = np.array([0.0, 11e3, 20e3, 32e3, 47e3, 51e3, 71e3])
USSA1976_BASE_TEMPERATURE_K = np.array([288.15, 216.65, 216.65, 228.65, 270.65, 270.65, 214.65])
USSA1976_LAPSE_K_M = np.array([-6.5e-3, 0.0, 1.0e-3, 2.8e-3, 0.0, -2.8e-3, -2.0e-3])
USSA1976_BASE_PRESSURE_PA = np.array(
    [101325.0, 22632.06397, 5474.888669, 868.0186848, 110.9063056, 66.93887312, 3.956420429]
)
USSA1976_TABLE_TOP_M = 86e3
# Geometric height and density, table I (parts 3 and 4).
USSA1976_TAIL_HEIGHT_M = np.array(
    [86e3, 90e3, 95e3, 100e3, 105e3, 110e3, 115e3, 120e3, 130e3, 140e3, 150e3, 160e3, 180e3, 200e3, 250e3, 300e3,
     400e3, 500e3, 600e3, 700e3, 800e3, 900e3, 1000e3]
)  # fmt: skip
USSA1976_TAIL_LOG_DENSITY = np.log(
    np.array(
        [6.958e-6, 3.416e-6, 1.393e-6, 5.604e-7, 2.325e-7, 9.708e-8, 4.289e-8, 2.222e-8, 8.152e-9, 3.831e-9, 2.076e-9,
         1.233e-9, 5.194e-10, 2.541e-10, 6.073e-11, 1.916e-11, 2.803e-12, 5.215e-13, 1.137e-13, 3.070e-14, 1.136e-14,
         5.759e-15, 3.561e-15]
    )  # fmt: skip
)
ATMOSPHERE_TOP_M = 1000e3


@kernel
def air_density(height_m: float) -> float:
    """Density (kg/m3) at a geometric height (m) above sea level; 0 above 1,000 km; below 0 the lowest layer goes on.

    NOAA-S/T 76-1562: geopotential height eq. 18, pressure eq. 33a and 33b, density eq. 42; above 86 km
    the printed table, interpolated in the logarithm.
    """
    if height_m >= ATMOSPHERE_TOP_M:
        return 0.0
    if height_m >= USSA1976_TABLE_TOP_M:
        i = 0
        for k in range(1, USSA1976_TAIL_HEIGHT_M.size - 1):
            if height_m >= USSA1976_TAIL_HEIGHT_M[k]:
                i = k
        h0 = USSA1976_TAIL_HEIGHT_M[i]
        share = (height_m - h0) / (USSA1976_TAIL_HEIGHT_M[i + 1] - h0)
        low = USSA1976_TAIL_LOG_DENSITY[i]
        return math.exp(low + share * (USSA1976_TAIL_LOG_DENSITY[i + 1] - low))
    h = USSA1976_RADIUS_M * height_m / (USSA1976_RADIUS_M + height_m)
    i = 0
    for k in range(1, USSA1976_BASE_HEIGHT_M.size):
        if h >= USSA1976_BASE_HEIGHT_M[k]:
            i = k
    rise = h - USSA1976_BASE_HEIGHT_M[i]
    base = USSA1976_BASE_TEMPERATURE_K[i]
    lapse = USSA1976_LAPSE_K_M[i]
    hydrostatic = USSA1976_G0_M_S2 / USSA1976_GAS_CONSTANT_J_KG_K
    temperature = base + lapse * rise
    if lapse == 0.0:
        pressure = USSA1976_BASE_PRESSURE_PA[i] * math.exp(-hydrostatic * rise / base)
    else:
        pressure = USSA1976_BASE_PRESSURE_PA[i] * math.pow(base / temperature, hydrostatic / lapse)
    return pressure / (USSA1976_GAS_CONSTANT_J_KG_K * temperature)
