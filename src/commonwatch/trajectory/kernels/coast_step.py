"""One step of a coasting estimate: the mean by Runge-Kutta, the covariance by its transition."""

from __future__ import annotations

import math

import numpy as np

from commonwatch.trajectory.kernels.atmosphere import SPACE, VACUUM, density_in_layer, layer_at
from commonwatch.trajectory.kernels.dynamics import WGS84_ROTATION_RAD_S, acceleration_in_layer
from commonwatch.trajectory.kernels.geodesy import height_from_distance
from commonwatch.trajectory.kernels.gravity import WGS84_GM_M3_S2
from commonwatch.trajectory.kernels.jit import borrowing_kernel, inlined_kernel, kernel

# In thin air the longest step; lower a step passes this share of the air's scale height.
STEP_MAX_S = 1.0
STEP_SHARE_OF_SCALE = 0.1
SCALE_HEIGHT_M = 7_000.0
AIR_BELOW_M = 150e3
# What is said to have fallen so deep stays there: nothing is known of the air in the ground.
LOWEST_M = -3_000.0
STEPS_MAX = 20_000
HALF_DENSITY_STEP_M = 20.0
# States of a coast without sensors' errors: known beforehand, short loops are quick.
LEAST_STATES = 7
# Rows of scratch that a step takes.
COAST_WORK_ROWS = 20


@borrowing_kernel
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


@borrowing_kernel
def _runge_kutta(
    x: np.ndarray,
    h_s: float,
    inverse_bc_m2_kg: float,
    fx: float,
    fy: float,
    fz: float,
    is_low: bool,
    ax1: float,
    ay1: float,
    az1: float,
) -> None:
    """`step_mean` where the acceleration at the start, force included, is known already."""
    x0, y0, z0, u0, v0, w0 = x[0], x[1], x[2], x[3], x[4], x[5]
    half = 0.5 * h_s
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


@borrowing_kernel
def step_mean(
    x: np.ndarray, h_s: float, inverse_bc_m2_kg: float, force: np.ndarray, is_low: bool
) -> None:
    """Move ECEF position and velocity, the first six of `x`, by one Runge-Kutta step in place.

    `force` is a constant specific force (3,), m/s2, ECEF.
    """
    fx, fy, fz = force[0], force[1], force[2]
    ax, ay, az = _acceleration(x[0], x[1], x[2], x[3], x[4], x[5], inverse_bc_m2_kg, is_low)
    _runge_kutta(x, h_s, inverse_bc_m2_kg, fx, fy, fz, is_low, ax + fx, ay + fy, az + fz)


@borrowing_kernel
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


@borrowing_kernel
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


@borrowing_kernel
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


@borrowing_kernel
def free_transition(x: float, y: float, z: float, h_s: float, phi: np.ndarray) -> None:
    """Fill the transition (6, 6) over `h_s` above the air, turned over: a column of it a row.

    `fill_transition` with the slopes written out: a point mass's gradient, and the frame's turning.
    """
    r2 = x * x + y * y + z * z
    g = WGS84_GM_M3_S2 / (r2 * math.sqrt(r2))
    k = 3.0 * g / r2
    turn = 2.0 * WGS84_ROTATION_RAD_S
    turn2 = turn * turn
    level = WGS84_ROTATION_RAD_S * WGS84_ROTATION_RAD_S - g
    xx, yy, zz = k * x * x + level, k * y * y + level, k * z * z - g
    xy, xz, yz = k * x * y, k * x * z, k * y * z
    half = 0.5 * h_s * h_s
    sixth = half * h_s / 3.0
    spin, spin2 = half * turn, sixth * turn
    # By position: of the position, then of the velocity.
    phi[0, 0] = 1.0 + half * xx + spin2 * xy
    phi[0, 1] = half * xy - spin2 * xx
    phi[0, 2] = half * xz
    phi[0, 3] = h_s * xx + spin * xy
    phi[0, 4] = h_s * xy - spin * xx
    phi[0, 5] = h_s * xz
    phi[1, 0] = half * xy + spin2 * yy
    phi[1, 1] = 1.0 + half * yy - spin2 * xy
    phi[1, 2] = half * yz
    phi[1, 3] = h_s * xy + spin * yy
    phi[1, 4] = h_s * yy - spin * xy
    phi[1, 5] = h_s * yz
    phi[2, 0] = half * xz + spin2 * yz
    phi[2, 1] = half * yz - spin2 * xz
    phi[2, 2] = 1.0 + half * zz
    phi[2, 3] = h_s * xz + spin * yz
    phi[2, 4] = h_s * yz - spin * xz
    phi[2, 5] = h_s * zz
    # By velocity.
    phi[3, 0] = h_s + sixth * (xx - turn2)
    phi[3, 1] = sixth * xy - spin
    phi[3, 2] = sixth * xz
    phi[3, 3] = 1.0 + half * (xx - turn2)
    phi[3, 4] = half * xy - h_s * turn
    phi[3, 5] = half * xz
    phi[4, 0] = sixth * xy + spin
    phi[4, 1] = h_s + sixth * (yy - turn2)
    phi[4, 2] = sixth * yz
    phi[4, 3] = half * xy + h_s * turn
    phi[4, 4] = 1.0 + half * (yy - turn2)
    phi[4, 5] = half * yz
    phi[5, 0] = sixth * xz
    phi[5, 1] = sixth * yz
    phi[5, 2] = h_s + sixth * zz
    phi[5, 3] = half * xz
    phi[5, 4] = half * yz
    phi[5, 5] = 1.0 + half * zz


@inlined_kernel
def _carry_free(cov: np.ndarray, phi: np.ndarray, work: np.ndarray, n: int) -> None:
    """P = Phi P Phi^T in place for n states of which six move, with Phi turned over.

    Sums run along rows, so that several columns are done at once. `work` is (6, n) at least.
    """
    for i in range(6):
        f0, f1, f2 = phi[0, i], phi[1, i], phi[2, i]
        f3, f4, f5 = phi[3, i], phi[4, i], phi[5, i]
        for j in range(n):
            work[i, j] = (
                f0 * cov[0, j]
                + f1 * cov[1, j]
                + f2 * cov[2, j]
                + f3 * cov[3, j]
                + f4 * cov[4, j]
                + f5 * cov[5, j]
            )
    for i in range(6):
        f0, f1, f2 = work[i, 0], work[i, 1], work[i, 2]
        f3, f4, f5 = work[i, 3], work[i, 4], work[i, 5]
        for j in range(6):
            cov[i, j] = (
                f0 * phi[0, j]
                + f1 * phi[1, j]
                + f2 * phi[2, j]
                + f3 * phi[3, j]
                + f4 * phi[4, j]
                + f5 * phi[5, j]
            )
        for j in range(6, n):
            cov[i, j] = work[i, j]
            cov[j, i] = work[i, j]
    for i in range(6):
        for j in range(i):
            cov[j, i] = cov[i, j]


@borrowing_kernel
def _free_step(mean: np.ndarray, cov: np.ndarray, h_s: float, work: np.ndarray) -> None:
    """One step above the air: the covariance by the slopes of its middle, the mean as `step_mean`.

    `work` is (COAST_WORK_ROWS, n).
    """
    x, y, z, u, v, w = mean[0], mean[1], mean[2], mean[3], mean[4], mean[5]
    ax, ay, az = acceleration_in_layer(x, y, z, u, v, w, 0.0, VACUUM)
    quarter = 0.25 * h_s
    half = 0.5 * h_s
    phi = work[7:13]
    free_transition(
        x + quarter * (u + (u + half * ax)),
        y + quarter * (v + (v + half * ay)),
        z + quarter * (w + (w + half * az)),
        h_s,
        phi,
    )
    _runge_kutta(mean, h_s, 0.0, 0.0, 0.0, 0.0, False, ax, ay, az)
    n = mean.size
    if n == LEAST_STATES:
        _carry_free(cov, phi, work[13:19], LEAST_STATES)
    else:
        _carry_free(cov, phi, work[13:19], n)


@borrowing_kernel
def _step_in_air(
    mean: np.ndarray, cov: np.ndarray, h_s: float, inverse_bc_m2_kg: float, work: np.ndarray
) -> None:
    """One step where there may be air: as above, with the slopes of the drag."""
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
    ax, ay, az = _acceleration(
        mean[0], mean[1], mean[2], mean[3], mean[4], mean[5], inverse_bc_m2_kg, True
    )
    middle[3] = mean[3] + 0.5 * h_s * ax
    middle[4] = mean[4] + 0.5 * h_s * ay
    middle[5] = mean[5] + 0.5 * h_s * az
    for i in range(3):
        middle[i] = mean[i] + 0.25 * h_s * (mean[3 + i] + middle[3 + i])
    slopes(middle, inverse_bc_m2_kg, True, by_position, by_velocity, by_drag)
    for i in range(3):
        by_last[i, 0] = by_drag[i]
    fill_transition(h_s, by_position, by_velocity, by_last, phi)
    step_mean(mean, h_s, inverse_bc_m2_kg, force, True)
    carry_covariance(cov, phi, work[13:19])


@borrowing_kernel
def coast_forward(mean: np.ndarray, cov: np.ndarray, duration_s: float, work: np.ndarray) -> None:
    """Carry a coasting estimate (n,), (n, n) by `duration_s`, back too, in place.

    States: ECEF position (m), velocity (m/s), log of the inverse ballistic coefficient (m2/kg), and
    constants that do not move it. `work` is (COAST_WORK_ROWS, max(n, 7)). Bar-Shalom, Li and
    Kirubarajan 2001, section 10.3.2.
    """
    left = duration_s
    for _ in range(STEPS_MAX):
        if left == 0.0:
            return
        h = min(max(left, -STEP_MAX_S), STEP_MAX_S)
        speed = math.sqrt(mean[3] * mean[3] + mean[4] * mean[4] + mean[5] * mean[5])
        height = height_of(mean)
        if height < LOWEST_M:
            return
        if height < AIR_BELOW_M + speed * abs(h):
            if height < 100e3 + speed * abs(h):
                most = STEP_SHARE_OF_SCALE * SCALE_HEIGHT_M / max(speed, 100.0)
                h = min(max(h, -most), most)
            _step_in_air(mean, cov, h, math.exp(mean[6]), work)
        else:
            _free_step(mean, cov, h, work)
        left -= h
