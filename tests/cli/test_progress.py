"""Progress and the compiling line: on a terminal, and nowhere else."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys

from commonwatch.cli.progress import progress

PROBE = """
from commonwatch.cli.kernels import ready_kernels
ready_kernels(); ready_kernels()
from commonwatch.trajectory.kernels.geodesy import ecef_from_geodetic
ecef_from_geodetic(0.5, 1.0, 10.0)
"""


def test_no_progress_into_a_pipe(capsys):
    with progress("flying", 10.0) as advance:
        advance(5.0, "half way")
    assert capsys.readouterr() == ("", "")


def test_progress_on_a_terminal_goes_to_standard_error(monkeypatch, capsys):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress("flying", 10.0) as advance:
        advance(5.0, "half way")
    assert "flying" in terminal.getvalue()
    assert capsys.readouterr().out == ""


def compile_with_cache_in(folder) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROBE],
        env=os.environ | {"NUMBA_CACHE_DIR": str(folder)},
        capture_output=True,
        check=True,
        text=True,
    )


def test_a_cold_cache_is_told_in_one_line_and_a_warm_one_is_silent(tmp_path):
    cold = compile_with_cache_in(tmp_path)
    assert cold.stdout == ""
    assert cold.stderr.startswith("compiling kernels, once:")
    assert cold.stderr.count("\n") == 1
    warm = compile_with_cache_in(tmp_path)
    assert (warm.stdout, warm.stderr) == ("", "")


def test_on_a_terminal_the_line_names_the_kernel_and_goes_away(tmp_path):
    ours, theirs = pty.openpty()
    subprocess.run(
        [sys.executable, "-c", PROBE],
        env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)},
        stderr=theirs,
        check=True,
    )
    os.close(theirs)
    shown = os.read(ours, 10_000)
    os.close(ours)
    assert b"compiling kernels, once: 1 ecef_from_geodetic" in shown
    assert shown.endswith(b"\r\x1b[K")
