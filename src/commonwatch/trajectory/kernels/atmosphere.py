"""Air density of the US Standard Atmosphere 1976: its equations to 86 km, its printed table above.

The standard is made of layers, and its density has a kink where two meet. An integrator of high
order must not step across a kink, so a density is also to be had with the layer held fixed: the
layer's own smooth law, continued past its bounds.
"""

from __future__ import annotations

import math

import numpy as np

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

# Layers by number: 0 to 6 as above, 7 to 12 the tail, SPACE above it. VACUUM is no layer: the law
# for a body without drag.
TAIL = 7
TAIL_BOUNDS_M = (86e3, 100e3, 110e3, 120e3, 200e3, 500e3, 1000e3)
SPACE = TAIL + len(TAIL_BOUNDS_M) - 1
VACUUM = SPACE + 1
# Geometric height of the lower bound of each layer; the lowest goes on below the sea.
LAYER_BASE_M = np.array(
    [
        *(USSA1976_RADIUS_M * h / (USSA1976_RADIUS_M - h) for h in USSA1976_BASE_HEIGHT_M),
        *TAIL_BOUNDS_M,
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

# Table I, pages 68 to 73, geometric height (km) and density (kg/m3); the first with more digits, to
# join eq. 42.
USSA1976_TAIL = np.array(
    [
        [86, 6.95782e-6], [87, 5.824e-6], [88, 4.875e-6], [89, 4.081e-6], [90, 3.416e-6],
        [91, 2.860e-6], [92, 2.393e-6], [93, 2.000e-6], [94, 1.670e-6], [95, 1.393e-6],
        [96, 1.162e-6], [97, 9.685e-7], [98, 8.071e-7], [99, 6.725e-7], [100, 5.604e-7],
        [102, 3.935e-7], [104, 2.769e-7], [106, 1.954e-7], [108, 1.381e-7], [110, 9.708e-8],
        [112, 6.838e-8], [114, 4.975e-8], [116, 3.720e-8], [118, 2.847e-8], [120, 2.222e-8],
        [122, 1.767e-8], [124, 1.428e-8], [126, 1.171e-8], [128, 9.717e-9], [130, 8.152e-9],
        [132, 6.904e-9], [134, 5.897e-9], [136, 5.074e-9], [138, 4.396e-9], [140, 3.831e-9],
        [142, 3.358e-9], [144, 2.958e-9], [146, 2.618e-9], [148, 2.326e-9], [150, 2.076e-9],
        [155, 1.585e-9], [160, 1.233e-9], [165, 9.750e-10], [170, 7.815e-10], [175, 6.339e-10],
        [180, 5.194e-10], [185, 4.295e-10], [190, 3.581e-10], [195, 3.006e-10], [200, 2.541e-10],
        [205, 2.160e-10], [210, 1.846e-10], [215, 1.585e-10], [220, 1.367e-10], [225, 1.184e-10],
        [230, 1.029e-10], [235, 8.979e-11], [240, 7.858e-11], [245, 6.898e-11], [250, 6.073e-11],
        [255, 5.360e-11], [260, 4.742e-11], [265, 4.206e-11], [270, 3.738e-11], [275, 3.329e-11],
        [280, 2.971e-11], [285, 2.656e-11], [290, 2.378e-11], [295, 2.133e-11], [300, 1.916e-11],
        [310, 1.552e-11], [320, 1.264e-11], [340, 8.503e-12], [360, 5.805e-12], [380, 4.013e-12],
        [400, 2.803e-12], [420, 1.975e-12], [440, 1.402e-12], [460, 1.002e-12], [480, 7.208e-13],
        [500, 5.215e-13], [525, 3.509e-13], [550, 2.384e-13], [575, 1.637e-13], [600, 1.137e-13],
        [625, 7.998e-14], [650, 5.712e-14], [675, 4.148e-14], [700, 3.070e-14], [725, 2.318e-14],
        [750, 1.788e-14], [775, 1.410e-14], [800, 1.136e-14], [825, 9.339e-15], [850, 7.824e-15],
        [875, 6.664e-15], [900, 5.759e-15], [925, 5.038e-15], [950, 4.453e-15], [975, 3.968e-15],
        [1000, 3.561e-15],
    ]
)  # fmt: skip
# The table's temperature has its kinks at 100, 110 and 120 km; between them, and in the three long
# pieces above, polynomials of these degrees keep within half a digit of every printed row.
TAIL_DEGREES = (8, 4, 4, 8, 8, 8)
TAIL_DEGREE_MAX = 8
TAIL_PAST_SHARE = 0.1


def _tail_polynomials() -> np.ndarray:
    """Coefficients (pieces, TAIL_DEGREE_MAX + 1) of log density in the share of a piece's height.

    Highest power first. Least squares in units of the printed last digit; the ends of a piece are
    met exactly, so that pieces join.
    """
    height_m, density = 1e3 * USSA1976_TAIL[:, 0], USSA1976_TAIL[:, 1]
    last_digit = 10.0 ** np.floor(np.log10(density) - 3.0) / density
    rows = []
    for piece, degree in enumerate(TAIL_DEGREES):
        low, high = TAIL_BOUNDS_M[piece : piece + 2]
        inside = (height_m >= low) & (height_m <= high)
        share = (height_m[inside] - low) / (high - low)
        log_density = np.log(density[inside])
        line = np.array([log_density[-1] - log_density[0], log_density[0]])
        bump = np.array([-1.0, 1.0, 0.0])  # share (1 - share), nothing at the ends
        basis = [np.polymul(bump, [1.0] + [0.0] * k) for k in range(degree - 1)]
        matrix = np.column_stack([np.polyval(b, share) for b in basis])
        weight = 1.0 / last_digit[inside]
        rest = weight * (log_density - np.polyval(line, share))
        found, *_ = np.linalg.lstsq(weight[:, None] * matrix, rest, rcond=None)
        polynomial = line
        for amount, part in zip(found, basis, strict=True):
            polynomial = np.polyadd(polynomial, amount * part)
        rows.append(np.pad(polynomial, (TAIL_DEGREE_MAX + 1 - len(polynomial), 0)))
    return np.array(rows)


_TAIL_POLYNOMIALS = _tail_polynomials()


@kernel
def layer_at(height_m: float) -> int:
    """Number of the layer that holds a geometric height (m): 0 to SPACE."""
    layer = 0
    for k in range(1, SPACE + 1):
        if height_m >= LAYER_BASE_M[k]:
            layer = k
    return layer


@kernel
def density_in_layer(height_m: float, layer: int) -> float:
    """Density (kg/m3) at a geometric height (m) by the law of one layer, continued past its bounds.

    NOAA-S/T 76-1562: geopotential height eq. 18, density eq. 33a, 33b and 42; from TAIL on the
    polynomials through table I, none in SPACE. A polynomial goes on for a tenth of its length;
    farther out the layer that is there holds. NaN far outside the layers below.
    """
    if TAIL <= layer < SPACE:
        base_m = LAYER_BASE_M[layer]
        share = (height_m - base_m) / (LAYER_BASE_M[layer + 1] - base_m)
        if -TAIL_PAST_SHARE <= share <= 1.0 + TAIL_PAST_SHARE:
            return _tail_density(share, layer)
        layer = layer_at(height_m)
        if TAIL <= layer < SPACE:
            base_m = LAYER_BASE_M[layer]
            return _tail_density((height_m - base_m) / (LAYER_BASE_M[layer + 1] - base_m), layer)
    if layer >= SPACE:
        return 0.0
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
def _tail_density(share: float, layer: int) -> float:
    """Density (kg/m3) at a share of the height of one piece of the tail."""
    log_density = _TAIL_POLYNOMIALS[layer - TAIL, 0]
    for k in range(1, TAIL_DEGREE_MAX + 1):
        log_density = log_density * share + _TAIL_POLYNOMIALS[layer - TAIL, k]
    return math.exp(log_density)


@kernel
def air_density(height_m: float) -> float:
    """Density (kg/m3) at a geometric height (m): 0 above 1,000 km; below 0 layer 0 goes on."""
    return density_in_layer(height_m, layer_at(height_m))
