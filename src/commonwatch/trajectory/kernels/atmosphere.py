"""Air density of the US Standard Atmosphere 1976, with its printed table as the tail above 86 km.

The standard is made of layers, and its density has a kink where two meet. An integrator of high
order must not step across a kink, so a density is also to be had with the layer held fixed: the
layer's own smooth law, continued past its bounds.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.interpolate import CubicSpline

from commonwatch.trajectory.kernels.jit import kernel

# US Standard Atmosphere, 1976 (NOAA-S/T 76-1562): tables 2 and 4, section 1.3.
USSA1976_RADIUS_M = 6356766.0
USSA1976_G0_M_S2 = 9.80665
USSA1976_GAS_CONSTANT_J_KG_K = 8.31432e3 / 28.9644
# Bases of the seven layers: geopotential height, temperature, its gradient, pressure.
USSA1976_BASE_HEIGHT_M = np.array([0.0, 11e3, 20e3, 32e3, 47e3, 51e3, 71e3])
USSA1976_BASE_TEMPERATURE_K = np.array([288.15, 216.65, 216.65, 228.65, 270.65, 270.65, 214.65])
USSA1976_LAPSE_K_M = np.array([-6.5e-3, 0.0, 1.0e-3, 2.8e-3, 0.0, -2.8e-3, -2.0e-3])
USSA1976_BASE_PRESSURE_PA = np.array(
    [101325.0, 22632.06397, 5474.888669, 868.0186848, 110.9063056, 66.93887312, 3.956420429]
)
USSA1976_TABLE_TOP_M = 86e3
ATMOSPHERE_TOP_M = 1000e3

# Layers by number: 0 to 6 as above, TAIL above 86 km, and VACUUM where there is no drag to speak
# of.
TAIL = 7
VACUUM = 8
# Geometric height of the lower bound of layer 1 to 7; the lowest layer goes on below the sea.
LAYER_BASE_M = np.array(
    [
        *(USSA1976_RADIUS_M * h / (USSA1976_RADIUS_M - h) for h in USSA1976_BASE_HEIGHT_M),
        USSA1976_TABLE_TOP_M,
    ]
)
_BASE_DENSITY_KG_M3 = USSA1976_BASE_PRESSURE_PA / (
    USSA1976_GAS_CONSTANT_J_KG_K * USSA1976_BASE_TEMPERATURE_K
)
_HYDROSTATIC_K_M = USSA1976_G0_M_S2 / USSA1976_GAS_CONSTANT_J_KG_K
_LAPSE_OVER_BASE_1_M = USSA1976_LAPSE_K_M / USSA1976_BASE_TEMPERATURE_K
# Eq. 33a, 33b and 42: density over base density is T ratio ** exponent, or exp(slope * rise).
_DENSITY_EXPONENT = np.array(
    [0.0 if lapse == 0.0 else -(1.0 + _HYDROSTATIC_K_M / lapse) for lapse in USSA1976_LAPSE_K_M]
)
_DENSITY_SLOPE_1_M = -_HYDROSTATIC_K_M / USSA1976_BASE_TEMPERATURE_K

# Table I, pages 68 to 73, geometric height (km) and density (kg/m3), about every second row; the
# first with more digits, to join eq. 42.
USSA1976_TAIL = np.array(
    [
        [86, 6.95782e-6], [88, 4.875e-6], [90, 3.416e-6], [92, 2.393e-6], [94, 1.670e-6],
        [96, 1.162e-6], [97, 9.685e-7], [98, 8.071e-7], [99, 6.725e-7], [100, 5.604e-7],
        [102, 3.935e-7], [104, 2.769e-7], [106, 1.954e-7], [108, 1.381e-7], [110, 9.708e-8],
        [112, 6.838e-8], [114, 4.975e-8], [116, 3.720e-8], [118, 2.847e-8], [120, 2.222e-8],
        [122, 1.767e-8], [124, 1.428e-8], [126, 1.171e-8], [130, 8.152e-9], [134, 5.897e-9],
        [138, 4.396e-9], [142, 3.358e-9], [146, 2.618e-9], [150, 2.076e-9], [160, 1.233e-9],
        [170, 7.815e-10], [180, 5.194e-10], [190, 3.581e-10], [200, 2.541e-10], [210, 1.846e-10],
        [220, 1.367e-10], [230, 1.029e-10], [240, 7.858e-11], [250, 6.073e-11], [260, 4.742e-11],
        [280, 2.971e-11], [300, 1.916e-11], [320, 1.264e-11], [340, 8.503e-12], [360, 5.805e-12],
        [400, 2.803e-12], [440, 1.402e-12], [480, 7.208e-13], [500, 5.215e-13], [550, 2.384e-13],
        [600, 1.137e-13], [650, 5.712e-14], [700, 3.070e-14], [750, 1.788e-14], [800, 1.136e-14],
        [850, 7.824e-15], [900, 5.759e-15], [950, 4.453e-15], [1000, 3.561e-15],
    ]
)  # fmt: skip
_TAIL_HEIGHT_M = 1e3 * USSA1976_TAIL[:, 0]
# Cubic in every interval (highest power first), value, slope and curvature continuous.
_TAIL_CUBIC = np.ascontiguousarray(
    CubicSpline(_TAIL_HEIGHT_M, np.log(USSA1976_TAIL[:, 1]), bc_type="not-a-knot").c.T
)
_TAIL_INTERVALS = len(_TAIL_CUBIC)
_TAIL_SEARCH_MAX = 6  # 2**6 > 58 intervals


@kernel
def layer_at(height_m: float) -> int:
    """Number of the layer that holds a geometric height (m): 0 to 6, or TAIL."""
    layer = 0
    for k in range(1, TAIL + 1):
        if height_m >= LAYER_BASE_M[k]:
            layer = k
    return layer


@kernel
def density_in_layer(height_m: float, layer: int) -> float:
    """Density (kg/m3) at a geometric height (m) by the law of one layer, continued past its bounds.

    NOAA-S/T 76-1562: geopotential height eq. 18, density eq. 33a, 33b and 42; the tail is table I,
    the logarithm interpolated by a cubic spline, 0 above 1,000 km. NaN far outside the layer.
    """
    if layer >= TAIL:
        return tail_density(height_m)
    rise = (
        USSA1976_RADIUS_M * height_m / (USSA1976_RADIUS_M + height_m)
        - USSA1976_BASE_HEIGHT_M[layer]
    )
    if USSA1976_LAPSE_K_M[layer] == 0.0:
        return float(_BASE_DENSITY_KG_M3[layer] * math.exp(_DENSITY_SLOPE_1_M[layer] * rise))
    ratio = 1.0 + _LAPSE_OVER_BASE_1_M[layer] * rise
    if ratio <= 0.0:
        return math.nan
    return float(_BASE_DENSITY_KG_M3[layer] * math.exp(_DENSITY_EXPONENT[layer] * math.log(ratio)))


@kernel
def tail_density(height_m: float) -> float:
    """Density (kg/m3) above 86 km, the lowest interval continued below; 0 above 1,000 km."""
    if height_m >= ATMOSPHERE_TOP_M:
        return 0.0
    low = 0
    high = _TAIL_INTERVALS
    for _ in range(_TAIL_SEARCH_MAX):
        middle = (low + high) // 2
        if height_m >= _TAIL_HEIGHT_M[middle]:
            low = middle
        else:
            high = middle
    u = height_m - _TAIL_HEIGHT_M[low]
    c = _TAIL_CUBIC[low]
    return math.exp(((c[0] * u + c[1]) * u + c[2]) * u + c[3])


@kernel
def air_density(height_m: float) -> float:
    """Density (kg/m3) at a geometric height (m): 0 above 1,000 km; below 0 layer 0 goes on."""
    return density_in_layer(height_m, layer_at(height_m))
