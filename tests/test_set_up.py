"""What `make demo` and `make test` say where a machine lacks something, before anything is made."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.house_rules import ROOT


@pytest.fixture
def checkout(tmp_path) -> Path:
    for name in ("tools", "requirements"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def set_up_with_python(checkout: Path, script: str) -> subprocess.CompletedProcess[str]:
    """Run the set-up with a Python that is a shell script, as the only one it may find."""
    python = checkout / "python"
    python.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    python.chmod(0o755)
    return subprocess.run(
        ["bash", "tools/set-up.sh", "runtime"],
        cwd=checkout,
        env=os.environ | {"PYTHON": str(python)},
        capture_output=True,
        check=False,
        text=True,
    )


def test_no_python_that_is_new_enough(checkout):
    done = set_up_with_python(checkout, "exit 1")
    assert done.returncode == 1
    assert "no Python 3.11 or newer" in done.stderr
    assert "apt-get install python3" in done.stderr
    assert not (checkout / ".venv").exists()


def test_a_python_without_venv_names_the_package_of_debian(checkout):
    script = 'case "$2" in *ensurepip*) exit 1;; *print*) echo python3.11-venv;; esac'
    done = set_up_with_python(checkout, script)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "apt-get install python3-venv (or python3.11-venv)" in done.stderr
    assert not (checkout / ".venv").exists()


def test_ci_runs_the_second_command_of_the_readme():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    lines = script.read_text("utf-8").splitlines()
    assert "set -euo pipefail" in lines
    assert lines[-1] == "make test"
