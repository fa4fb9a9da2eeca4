"""Folders in memory where the machine has them: these tests write thousands of fsynced groups."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from tests.sharing.builders import world

MEMORY = Path("/dev/shm")


@pytest.fixture
def tmp_path():
    with _folder() as name:
        yield Path(name)


@pytest.fixture(scope="module")
def base():
    with _folder() as name:
        yield Path(name)


def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)


@pytest.fixture
def three(tmp_path):
    made = world(tmp_path)
    yield made
    made.close()
