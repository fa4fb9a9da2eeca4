"""One step of a coasting estimate: the mean by Runge-Kutta, the covariance by its transition."""

from __future__ import annotations

import math

import numpy as np

from commonwatch.trajectory.kernels.atmosphere import SPACE, VACUUM, density_in_layer, layer_at
from commonwatch.trajectory.kernels.dynamics import WGS84_ROTATION_RAD_S, acceleration_in_layer
from commonwatch.trajectory.kernels.geodesy import height_from_distance
from commonwatch.trajectory.kernels.gravity import WGS84_GM_M3_S2
from commonwatch.trajectory.kernels.jit import kernel

# In thin air the longest step; lower a step passes this share of the air's scale height.
STEP_MAX_S = 1.0
STEP_SHARE_OF_SCALE = 0.1
SCALE_HEIGHT_M = 7_000.0
AIR_BELOW_M = 150e3
# What is said to have fallen so deep stays there: nothing is known of the air in the ground.
LOWEST_M = -3_000.0
STEPS_MAX = 20_000
HALF_DENSITY_STEP_M = 20.0
# Rows of scratch that a step takes.
COAST_WORK_ROWS = 20


@kernel
def height_of(x: np.ndarray) -> float:
    """Height (m) above the ellipsoid of a state that begins with an ECEF position."""
    inverse_r = 1.0 / math.sqrt(x[0] * x[0] + x[1] * x[1] + x[2] * x[2])
    s = x[2] * inverse_r
    return float(height_from_distance(inverse_r, s * s))


@kernel
def _acceleration(
    x: float,
    y: float,
    z: float,
    vx: float,
    vy: float,
    vz: float,
    inverse_bc_m2_kg: float,
    is_low: bool,
) -> tuple[float, float, float]:
    """ECEF acceleration (m/s2) of a coast; no air where it is not low."""
    layer = VACUUM
    if is_low:
        inverse_r = 1.0 / math.sqrt(x * x + y * y + z * z)
        s = z * inverse_r
        layer = layer_at(height_from_distance(inverse_r, s * s))
    return acceleration_in_layer(x, y, z, vx, vy, vz, inverse_bc_m2_kg, layer)


@kernel
def step_mean(
    x: np.ndarray, h_s: float, inverse_bc_m2_kg: float, force: np.ndarray, is_low: bool
) -> None:
    """Move ECEF position and velocity, the first six of `x`, by one Runge-Kutta step in place.

    `force` is a constant specific force (3,), m/s2, ECEF.
    """
    x0, y0, z0, u0, v0, w0 = x[0], x[1], x[2], x[3], x[4], x[5]
    fx, fy, fz = force[0], force[1], force[2]
    half = 0.5 * h_s
    ax1, ay1, az1 = _acceleration(x0, y0, z0, u0, v0, w0, inverse_bc_m2_kg, is_low)
    ax1, ay1, az1 = ax1 + fx, ay1 + fy, az1 + fz
    u2, v2, w2 = u0 + half * ax1, v0 + half * ay1, w0 + half * az1
    ax2, ay2, az2 = _acceleration(
        x0 + half * u0, y0 + half * v0, z0 + half * w0, u2, v2, w2, inverse_bc_m2_kg, is_low
    )
    ax2, ay2, az2 = ax2 + fx, ay2 + fy, az2 + fz
    u3, v3, w3 = u0 + half * ax2, v0 + half * ay2, w0 + half * az2
    ax3, ay3, az3 = _acceleration(
        x0 + half * u2, y0 + half * v2, z0 + half * w2, u3, v3, w3, inverse_bc_m2_kg, is_low
    )
    ax3, ay3, az3 = ax3 + fx, ay3 + fy, az3 + fz
    u4, v4, w4 = u0 + h_s * ax3, v0 + h_s * ay3, w0 + h_s * az3
    ax4, ay4, az4 = _acceleration(
        x0 + h_s * u3, y0 + h_s * v3, z0 + h_s * w3, u4, v4, w4, inverse_bc_m2_kg, is_low
    )
    ax4, ay4, az4 = ax4 + fx, ay4 + fy, az4 + fz
    sixth = h_s / 6.0
    x[0] = x0 + sixth * (u0 + 2.0 * (u2 + u3) + u4)
    x[1] = y0 + sixth * (v0 + 2.0 * (v2 + v3) + v4)
    x[2] = z0 + sixth * (w0 + 2.0 * (w2 + w3) + w4)
    x[3] = u0 + sixth * (ax1 + 2.0 * (ax2 + ax3) + ax4)
    x[4] = v0 + sixth * (ay1 + 2.0 * (ay2 + ay3) + ay4)
    x[5] = w0 + sixth * (az1 + 2.0 * (az2 + az3) + az4)


@kernel
def slopes(
    x: np.ndarray,
    inverse_bc_m2_kg: float,
    is_low: bool,
    by_position: np.ndarray,
    by_velocity: np.ndarray,
    by_drag: np.ndarray,
) -> None:
    """Fill the slopes of a coast's acceleration by position, velocity (3, 3), log drag (3,).

    Gravity's gradient is that of a point mass.
    """
    r2 = x[0] * x[0] + x[1] * x[1] + x[2] * x[2]
    inverse_r = 1.0 / math.sqrt(r2)
    g = WGS84_GM_M3_S2 * inverse_r / r2
    w = WGS84_ROTATION_RAD_S
    for i in range(3):
        for j in range(3):
            by_position[i, j] = 3.0 * g * x[i] * x[j] / r2
            by_velocity[i, j] = 0.0
        by_position[i, i] -= g
        by_drag[i] = 0.0
    by_position[0, 0] += w * w
    by_position[1, 1] += w * w
    by_velocity[0, 1] = 2.0 * w
    by_velocity[1, 0] = -2.0 * w
    if not is_low:
        return
    s = x[2] * inverse_r
    height = height_from_distance(inverse_r, s * s)
    layer = layer_at(height)
    if layer >= SPACE:
        return
    density = density_in_layer(height, layer)
    rise = (
        density_in_layer(height + HALF_DENSITY_STEP_M, layer)
        - density_in_layer(height - HALF_DENSITY_STEP_M, layer)
    ) / (2.0 * HALF_DENSITY_STEP_M)
    speed = math.sqrt(x[3] * x[3] + x[4] * x[4] + x[5] * x[5])
    if speed < 1.0:
        return
    k = -0.5 * density * inverse_bc_m2_kg
    for i in range(3):
        by_drag[i] = k * speed * x[3 + i]
        for j in range(3):
            by_position[i, j] += by_drag[i] / density * rise * x[j] * inverse_r
            by_velocity[i, j] += k * x[3 + i] * x[3 + j] / speed
        by_velocity[i, i] += k * speed


@kernel
def fill_transition(
    h_s: float,
    by_position: np.ndarray,
    by_velocity: np.ndarray,
    by_last: np.ndarray,
    phi: np.ndarray,
) -> None:
    """Fill the first six rows (6, 6 + c) of a transition over `h_s`, to second order in it.

    `by_last` (3, c) is the slope of the acceleration by the c constants that follow.
    """
    half = 0.5 * h_s * h_s
    sixth = half * h_s / 3.0
    last = by_last.shape[1]
    for i in range(3):
        for j in range(3):
            both = by_position[i, j]
            turned = 0.0
            for k in range(3):
                both += by_velocity[i, k] * by_velocity[k, j]
                turned += by_velocity[i, k] * by_position[k, j]
            one = 1.0 if i == j else 0.0
            phi[i, j] = one + half * by_position[i, j] + sixth * turned
            phi[i, 3 + j] = one * h_s + half * by_velocity[i, j] + sixth * both
            phi[3 + i, j] = h_s * by_position[i, j] + half * turned
            phi[3 + i, 3 + j] = one + h_s * by_velocity[i, j] + half * both
        for j in range(last):
            turned = 0.0
            for k in range(3):
                turned += by_velocity[i, k] * by_last[k, j]
            phi[i, 6 + j] = half * by_last[i, j] + sixth * turned
            phi[3 + i, 6 + j] = h_s * by_last[i, j] + half * turned


@kernel
def carry_covariance(cov: np.ndarray, phi: np.ndarray, work: np.ndarray) -> None:
    """P = Phi P Phi^T in place, where Phi (6, k) moves the first six of n states by the first k.

    `work` is (6, n) at least.
    """
    n = cov.shape[0]
    k = phi.shape[1]
    for i in range(6):
        for j in range(n):
            total = 0.0
            for a in range(k):
                total += phi[i, a] * cov[a, j]
            work[i, j] = total
    for i in range(6):
        for j in range(6, n):
            cov[i, j] = work[i, j]
            cov[j, i] = work[i, j]
    for i in range(6):
        for j in range(i + 1):
            total = 0.0
            for a in range(k):
                total += work[i, a] * phi[j, a]
            cov[i, j] = total
            cov[j, i] = total


@kernel
def coast_forward(mean: np.ndarray, cov: np.ndarray, duration_s: float, work: np.ndarray) -> None:
    """Carry a coasting estimate (n,), (n, n) by `duration_s`, back too, in place.

    States: ECEF position (m), velocity (m/s), log of the inverse ballistic coefficient (m2/kg), and
    constants that do not move it. `work` is (COAST_WORK_ROWS, max(n, 7)). Bar-Shalom, Li and
    Kirubarajan 2001, section 10.3.2.
    """
    inverse_bc = math.exp(mean[6])
    left = duration_s
    force = work[0]
    force[0] = 0.0
    force[1] = 0.0
    force[2] = 0.0
    by_position = work[1:4, 0:3]
    by_velocity = work[1:4, 3:6]
    by_drag = work[4]
    by_last = work[4:7, 3:4]
    phi = work[7:13, 0:7]
    middle = work[19]
    for _ in range(STEPS_MAX):
        if left == 0.0:
            return
        h = min(max(left, -STEP_MAX_S), STEP_MAX_S)
        speed = math.sqrt(mean[3] ** 2 + mean[4] ** 2 + mean[5] ** 2)
        if height_of(mean) < LOWEST_M:
            return
        is_low = height_of(mean) < AIR_BELOW_M + speed * abs(h)
        if is_low and height_of(mean) < 100e3 + speed * abs(h):
            most = STEP_SHARE_OF_SCALE * SCALE_HEIGHT_M / max(speed, 100.0)
            h = min(max(h, -most), most)
        # The slopes of the middle of a step.
        ax, ay, az = _acceleration(
            mean[0], mean[1], mean[2], mean[3], mean[4], mean[5], inverse_bc, is_low
        )
        middle[3] = mean[3] + 0.5 * h * ax
        middle[4] = mean[4] + 0.5 * h * ay
        middle[5] = mean[5] + 0.5 * h * az
        for i in range(3):
            middle[i] = mean[i] + 0.25 * h * (mean[3 + i] + middle[3 + i])
        slopes(middle, inverse_bc, is_low, by_position, by_velocity, by_drag)
        for i in range(3):
            by_last[i, 0] = by_drag[i]
        fill_transition(h, by_position, by_velocity, by_last, phi)
        step_mean(mean, h, inverse_bc, force, is_low)
        carry_covariance(cov, phi, work[13:19])
        left -= h
