"""Whole passes: processor seconds of the estimator, and of the command with its peak memory."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from commonwatch.bench.our_run import assessed
from commonwatch.bench.speed.answer import PassFigures
from commonwatch.bench.timing import timed
from commonwatch.bench.watched_pass import write_lofted_pass
from commonwatch.errors import UnusableInput, require
from commonwatch.limits import CALIBRATION_DRAWS_MAX
from commonwatch.world.pass_folder import read_pass, write_pass
from commonwatch.world.random_passes import draw_scene
from commonwatch.world.scene import Scene

RUNS = 3
SALVO = 8
KIB_A_MIB = 1024.0
# A process begins with its parent's peak of memory: so the command is started by one that is small.
STARTER = """
import resource, subprocess, sys
status = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(status, used.ru_utime + used.ru_stime, used.ru_maxrss)
"""
# Where the system counts peak memory in bytes, not in KiB.
COUNTS_BYTES = sys.platform == "darwin"


@dataclass(frozen=True, slots=True)
class Spent:
    """What a finished process took: processor seconds, and its peak memory in MiB."""

    cpu_s: float
    peak_mib: float


def whole_pass(seed: int) -> PassFigures:
    """The lofted pass of a seed, in this process after a first run, and by the command."""
    with tempfile.TemporaryDirectory() as name:
        title = write_lofted_pass(Path(name), seed)
        return _figures(Path(name), title)


def salvo_pass(seed: int) -> PassFigures:
    """Eight short flights from four places, in pairs some seconds apart, likewise."""
    scene = _salvo(seed)
    with tempfile.TemporaryDirectory() as name:
        write_pass(Path(name), scene, {})
        return _figures(Path(name), f"{len(scene.flights)} flights, drawn with seed {seed}")


def _salvo(seed: int) -> Scene:
    """The first salvo of eight of a seed; raises UnusableInput where chance gives none."""
    for number in range(1, CALIBRATION_DRAWS_MAX + 1):
        try:
            scene = draw_scene("salvo", number, np.random.default_rng([seed, number]))
        except UnusableInput:
            continue
        if len(scene.flights) == SALVO:
            return scene
    raise UnusableInput(f"--seed {seed}: no salvo of {SALVO} in {CALIBRATION_DRAWS_MAX} draws")


def _figures(folder: Path, title: str) -> PassFigures:
    """What a pass folder takes."""
    observed = read_pass(folder)
    plots, sensors = observed.plots, observed.sensors
    assessed(plots, sensors)
    lines, seconds = timed(lambda: assessed(plots, sensors), RUNS)
    spent = command_on(folder)
    return PassFigures(
        name=title,
        data_s=round(plots[-1].time_s - plots[0].time_s, 1),
        plots=len(plots),
        assessments=len(lines),
        cpu_s=seconds.cpu_s,
        us_a_plot=round(1e6 * seconds.cpu_s / len(plots), 1),
        command_cpu_s=round(spent.cpu_s, 3),
        command_peak_mib=round(spent.peak_mib, 1),
    )


def command_on(folder: Path) -> Spent:
    """`commonwatch track` on a pass folder, its lines thrown away."""
    program = "import sys; from commonwatch.cli.app import main; sys.exit(main())"
    arguments = ["track", "--sensors", f"{folder}/sensors.toml", f"{folder}/plots.jsonl.gz"]
    found = subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-c", STARTER, sys.executable, "-c", program, *arguments],
        check=True,
        capture_output=True,
        text=True,
    )
    status, cpu_s, peak = found.stdout.split()
    require(int(status) == 0, f"track ended with status {status}: {found.stderr[-500:]}")
    peak_kib = float(peak) / (1024.0 if COUNTS_BYTES else 1.0)
    return Spent(float(cpu_s), peak_kib / KIB_A_MIB)
