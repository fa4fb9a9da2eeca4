"""Scenes for what must hold in every one of them: a short one each time, all with an option."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import commonwatch.world
from commonwatch.acquire.plot import Plot
from commonwatch.catalogue.published import load
from commonwatch.world.random_passes import KIND_NAMES, draw_scene
from commonwatch.world.replay_scene import ReplayScene, scene_of_launch, scene_of_pass

# Six minutes, 120 km up, 400 km far: the shortest that all three nations have something to say of.
SHORT = "NK20170528-01"
DEMO = "NK20230315-01"
EXAMPLE = "example-pass"
DRAWN = ("lofted", "short", "salvo", "failed")
SHORTENED_S = 600.0


def names_of_scenes(config: pytest.Config) -> list[str]:
    """The short scene; with --every-scene the demo's launch, the example pass and drawn ones."""
    if not config.getoption("--every-scene"):
        return [SHORT]
    return [SHORT, DEMO, EXAMPLE, *(name for name in DRAWN if name in KIND_NAMES)]


def scene_named(name: str) -> ReplayScene:
    """The scene, long ones cut to their first ten minutes."""
    if name in KIND_NAMES:
        drawn = draw_scene(name, 1, np.random.default_rng(1))
        scene = ReplayScene(name, drawn.observation.plots, drawn.sensors, ())
    elif name == EXAMPLE:
        scene = scene_of_pass(Path(commonwatch.world.__path__[0]) / "data" / EXAMPLE)
    else:
        scene = scene_of_launch(load().find(name), seed=1)
    end_s = scene.plots[0].time_s + SHORTENED_S
    return replace(scene, plots=tuple(plot for plot in scene.plots if plot.time_s <= end_s))


def with_more_sensors(scene: ReplayScene) -> ReplayScene:
    """With a fourth nation's sensor, and one of KOR's of a kind that no agreement covers.

    Both see from where another sensor stands; the fourth nation's hears of things earlier.
    """
    seen = scene.sensors[0]
    hidden = next(one for one in scene.sensors if one.nation == "KOR")
    fourth = replace(seen, id="AUS-9", nation="AUS")
    uncovered = replace(hidden, id="KOR-X", kind="over-the-horizon")
    more: list[Plot] = []
    for plot in scene.plots:
        if plot.sensor == seen.id:
            more.append(replace(plot, sensor="AUS-9", time_s=plot.time_s - 37.3))
        if plot.sensor == hidden.id:
            more.append(replace(plot, sensor="KOR-X"))
    plots = sorted((*scene.plots, *more), key=lambda plot: (plot.time_s, plot.sensor))
    return replace(scene, plots=tuple(plots), sensors=(*scene.sensors, fourth, uncovered))
