"""A whole lofted pass: processor seconds of the estimator, and the command's peak memory."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from commonwatch.bench.our_run import assessed
from commonwatch.bench.speed.answer import PassFigures
from commonwatch.bench.timing import timed
from commonwatch.bench.watched_pass import pass_of_folder, write_lofted_pass
from commonwatch.errors import require

RUNS = 3
KIB_A_MIB = 1024.0
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
        folder = Path(name)
        title = write_lofted_pass(folder, seed)
        watched = pass_of_folder(folder, title)
        assessed(watched)
        lines, seconds = timed(lambda: assessed(watched), RUNS)
        spent = command_on(folder)
    return PassFigures(
        name=title,
        data_s=round(watched.impact_s - watched.seen_s[0], 1),
        plots=len(watched.plots),
        assessments=len(lines),
        cpu_s=seconds.cpu_s,
        us_a_plot=round(1e6 * seconds.cpu_s / len(watched.plots), 1),
        command_cpu_s=round(spent.cpu_s, 3),
        command_peak_mib=round(spent.peak_mib, 1),
    )


def command_on(folder: Path) -> Spent:
    """`commonwatch track` on a pass folder, its lines thrown away."""
    program = "import sys; from commonwatch.cli.app import main; sys.exit(main())"
    arguments = ["track", "--sensors", f"{folder}/sensors.toml", f"{folder}/plots.jsonl.gz"]
    with subprocess.Popen(  # noqa: S603  # our own program
        [sys.executable, "-c", program, *arguments], stdout=subprocess.DEVNULL
    ) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    require(process.returncode == 0, f"track ended with status {process.returncode}")
    peak_kib = usage.ru_maxrss / (1024.0 if COUNTS_BYTES else 1.0)
    return Spent(usage.ru_utime + usage.ru_stime, peak_kib / KIB_A_MIB)
