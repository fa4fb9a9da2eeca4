"""Machine code in the cache must not outlive a change of what it was made from."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CALLEE = """
from commonwatch.trajectory.kernels.jit import kernel
FACTOR = {factor}
@kernel
def scaled(x):
    return {body}
"""
CALLER = """
from commonwatch.trajectory.kernels.jit import kernel
from callee import FACTOR, scaled
@kernel
def both(x):
    return between(x) + FACTOR
@kernel
def between(x):
    return scaled(x)
print(both(10.0))
"""


def run(folder: Path) -> float:
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    for other in ("NUMBA_DISABLE_JIT", "NUMBA_CACHE_DIR"):
        environment.pop(other, None)
    program = [sys.executable, str(folder / "caller_main.py")]
    done = subprocess.run(
        program, env=environment, capture_output=True, text=True, timeout=120, check=True
    )
    return float(done.stdout)


def test_a_change_in_another_file_is_seen(tmp_path):
    """Numba alone looks at the caller's file only, and would go on with the old callee."""
    (tmp_path / "caller.py").write_text(CALLER)
    (tmp_path / "caller_main.py").write_text("import caller\n")
    callee = tmp_path / "callee.py"
    callee.write_text(CALLEE.format(factor=1.0, body="2.0 * x"))
    assert run(tmp_path) == 21.0
    assert list(tmp_path.glob("__pycache__/*.nbc"))
    callee.write_text(CALLEE.format(factor=1.0, body="3.00 * x"))
    assert run(tmp_path) == 31.0
    callee.write_text(CALLEE.format(factor=5.0, body="3.00 * x"))
    assert run(tmp_path) == 35.0
