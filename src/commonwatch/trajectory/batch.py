"""Many unpowered arcs in one call, one row each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from commonwatch.errors import UnusableInput
from commonwatch.limits import ARC_BATCH_ROWS_MAX, ARC_DURATION_MAX_S
from commonwatch.trajectory.arc import (
    INVERSE_BC_MAX_M2_KG,
    TOLERANCE_LEAST_M,
    TOLERANCE_MOST_M,
    Arc,
    arc_of,
)
from commonwatch.trajectory.checked_arrays import number_in
from commonwatch.trajectory.kernels import arc as kernels
from commonwatch.trajectory.kernels.rows import fly_rows, geodetic_rows


@dataclass(frozen=True, slots=True)
class ArcBatch:
    """Arcs by row: `statuses` (n,) of the kernel, and columns that are NaN where not reached.

    Times are seconds after each row's start, heights and positions metres, velocities m/s, ECEF.
    """

    statuses: NDArray[np.int64]
    events: NDArray[np.float64]

    @property
    def landed(self) -> NDArray[np.bool_]:
        """Rows (n,) that met the ground."""
        return np.asarray(self.statuses == kernels.DONE)

    @property
    def impact_time_s(self) -> NDArray[np.float64]:
        """Time of impact (n,), s."""
        return self.events[:, kernels.IMPACT_TIME]

    @property
    def impact_states_ecef(self) -> NDArray[np.float64]:
        """ECEF position (m) and velocity (m/s) at impact (n, 6)."""
        return np.asarray(self.events[:, kernels.IMPACT_STATE : kernels.IMPACT_STATE + 6])

    @property
    def impact_lat_lon_deg(self) -> NDArray[np.float64]:
        """Latitude and longitude of the impact (n, 2), deg."""
        out = np.full((len(self.statuses), 3), np.nan)
        landed = self.landed
        rows = np.empty((int(landed.sum()), 3))
        geodetic_rows(np.ascontiguousarray(self.impact_states_ecef[landed, :3]), rows)
        out[landed] = rows
        return np.asarray(np.degrees(out[:, :2]))

    @property
    def apogee_time_s(self) -> NDArray[np.float64]:
        """Time of the highest point (n,), s."""
        return self.events[:, kernels.APOGEE_TIME]

    @property
    def apogee_height_m(self) -> NDArray[np.float64]:
        """Height of the highest point (n,), m."""
        return self.events[:, kernels.APOGEE_HEIGHT]

    def arc(self, row: int) -> Arc:
        """One row as the value that `arc.fly` gives, with the reason where it did not land."""
        return arc_of(int(self.statuses[row]), self.events[row])


def fly_all(
    states_ecef: ArrayLike,
    inverse_bc_m2_kg: ArrayLike,
    max_s: float = ARC_DURATION_MAX_S,
    tolerance_m: float = kernels.TOLERANCE_M,
) -> ArcBatch:
    """Fly each row of ECEF states (n, 6), m and m/s, to the ground: see `arc.fly`.

    `inverse_bc_m2_kg` is one number for all rows or (n,). A row that cannot be flown, a value that
    is not finite among them, gets its own status and NaN: it does not spoil the others. Raises
    UnusableInput for shapes, for more than ARC_BATCH_ROWS_MAX rows, and for a time or tolerance.
    """
    states = np.ascontiguousarray(states_ecef, dtype=np.float64)
    if states.ndim != 2 or states.shape[1] != 6:
        raise UnusableInput(f"ECEF states: shape {states.shape}: need (n, 6)")
    count = states.shape[0]
    if count > ARC_BATCH_ROWS_MAX:
        raise UnusableInput(f"ECEF states: {count} rows: at most {ARC_BATCH_ROWS_MAX}")
    number_in("longest time", max_s, 0.0, ARC_DURATION_MAX_S)
    number_in("tolerance", tolerance_m, TOLERANCE_LEAST_M, TOLERANCE_MOST_M)
    inverse_bc = np.asarray(inverse_bc_m2_kg, dtype=np.float64)
    if inverse_bc.shape not in {(), (count,)}:
        raise UnusableInput(
            f"inverse ballistic coefficients: shape {inverse_bc.shape}: need one, or ({count},)"
        )
    if not ((inverse_bc >= 0.0) & (inverse_bc <= INVERSE_BC_MAX_M2_KG)).all():
        raise UnusableInput(
            f"inverse ballistic coefficients: need numbers from 0 to {INVERSE_BC_MAX_M2_KG:g}"
        )
    events = np.full((count, kernels.EVENT_SIZE), np.nan)
    statuses = np.zeros(count, dtype=np.int64)
    each = np.ascontiguousarray(np.broadcast_to(inverse_bc, (count,)))
    fly_rows(states, each, float(max_s), float(tolerance_m), events, statuses)
    return ArcBatch(statuses, events)
