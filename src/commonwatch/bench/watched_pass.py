"""The pass that trackers are compared on: what radars saw of one flight, its truth, the bounds."""

from __future__ import annotations

import math
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec
import numpy as np

from commonwatch.acquire.plot import Plot
from commonwatch.acquire.sensor import Sensor
from commonwatch.catalogue.published import load
from commonwatch.errors import UnusableInput
from commonwatch.limits import TRUTH_FILE_BYTES_MAX
from commonwatch.world.bounds import BEFORE_IMPACT_S, CHECKPOINTS_AFTER_BURNOUT_S, impact_bounds
from commonwatch.world.notional_sensors import notional_sensors
from commonwatch.world.pass_folder import read_limited, read_pass, write_pass
from commonwatch.world.replay_scene import TrueFlight, scene_of_pass
from commonwatch.world.scene import Scene
from commonwatch.world.scenes import OBJECT, flight_from_figures, lift_off_of, reconstruct_launch
from commonwatch.world.sensing import observe

Value = TypeVar("Value")

LAUNCH_ID = "NK20230315-01"
NATIONS = ("JPN", "KOR")
# bounds.json holds those of each nation's sensors, and under this name those of all.
ALL_SENSORS = "ALL"


@dataclass(frozen=True, slots=True)
class WatchedPass:
    """Radar plots in order of time, and what is true; times are POSIX seconds.

    `seen_s` are the object's first and last plot; `bounds_m` has for each mark the 1-sigma long
    axis of the smallest impact error that is possible.
    """

    name: str
    plots: tuple[Plot, ...]
    sensors: tuple[Sensor, ...]
    truth: TrueFlight
    impact_s: float
    seen_s: tuple[float, float]
    bounds_m: dict[str, float]

    @property
    def marks_s(self) -> dict[str, float]:
        """Moments at which impacts are compared."""
        after = {
            f"burnout+{after_s:.0f}s": self.truth.burnout_s + after_s
            for after_s in CHECKPOINTS_AFTER_BURNOUT_S
        }
        last = {f"impact-{BEFORE_IMPACT_S:.0f}s": self.impact_s - BEFORE_IMPACT_S}
        return after | {"apogee": self.truth.apogee_s} | last


class _Axes(msgspec.Struct):
    semi_axes_m: tuple[float, float]


def lofted_pass(seed: int) -> WatchedPass:
    """The launch of 2023-03-16 as notional radars of Japan and Korea see it; a seed is one pass."""
    # By way of a folder, so that a generated pass and a given one are read alike.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return pass_of_folder(folder, write_lofted_pass(folder, seed))


def write_lofted_pass(folder: Path, seed: int) -> str:
    """Write that pass, with truth, labels and bounds, into an empty folder; tell its name."""
    launch = load().find(LAUNCH_ID)
    flight = flight_from_figures(OBJECT, lift_off_of(launch), reconstruct_launch(launch))
    sensors = tuple(
        sensor
        for sensor in notional_sensors()
        if sensor.nation in NATIONS and sensor.kind == "radar"
    )
    seen = observe((flight,), sensors, np.random.default_rng(seed))
    scene = Scene(f"{LAUNCH_ID} with seed {seed}", (flight,), sensors, seen)
    write_pass(folder, scene, impact_bounds((flight,), sensors, seen))
    return scene.name


def pass_of_folder(folder: Path, name: str | None = None) -> WatchedPass:
    """A pass with truth, labels and bounds from its folder; sensors without range are left out.

    Raises UnusableInput where a part is missing, or where not exactly one ballistic object flies.
    """
    observed = read_pass(folder)
    scene = scene_of_pass(folder)
    if len(scene.flights) != 1 or scene.flights[0].impact_s is None:
        raise UnusableInput(
            f"{folder}: trackers are compared on one object that comes down; "
            f"truth.json tells of {len(scene.flights)}"
        )
    truth = scene.flights[0]
    labels = _decoded(folder / "labels.json.gz", list[str | None])
    if len(labels) != len(observed.plots) + len(observed.rejected):
        raise UnusableInput(f"{folder}: labels.json.gz has {len(labels)} labels: need one a plot")
    bounds = _decoded(folder / "bounds.json", dict[str, dict[str, dict[str, _Axes]]])
    sensors = tuple(sensor for sensor in observed.sensors if sensor.sigma_range_m is not None)
    ids = {sensor.id for sensor in sensors}
    labelled = [
        (plot, label)
        for plot, label in zip(observed.plots, labels, strict=True)
        if plot.sensor in ids
    ]
    seen_s = [plot.time_s for plot, label in labelled if label is not None]
    if not seen_s or len(bounds) != 1:
        raise UnusableInput(
            f"{folder}: no radar sees the object, or bounds.json is of another pass"
        )
    return WatchedPass(
        name=folder.resolve().name if name is None else name,
        plots=tuple(plot for plot, _label in labelled),
        sensors=sensors,
        truth=truth,
        impact_s=truth.impact_s if truth.impact_s is not None else math.nan,
        seen_s=(seen_s[0], seen_s[-1]),
        bounds_m={
            mark: axes.semi_axes_m[0]
            for mark, axes in next(iter(bounds.values())).get(ALL_SENSORS, {}).items()
        },
    )


def _decoded(file: Path, kind: type[Value]) -> Value:
    """A JSON file of a pass folder."""
    try:
        return msgspec.json.decode(read_limited(file, TRUTH_FILE_BYTES_MAX), type=kind)
    except msgspec.DecodeError as error:
        raise UnusableInput(f"{file}: not what a pass with truth holds: {error}") from error
