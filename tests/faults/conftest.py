"""Says loudly, at the end of a run, which faults could not be put here and what that takes."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

MEMORY = Path("/dev/shm")


@pytest.fixture(autouse=True)
def in_memory(monkeypatch):
    """Lanes make their ledgers in memory where there is one: thousands of fsynced groups."""
    monkeypatch.setattr(tempfile, "tempdir", str(MEMORY) if MEMORY.is_dir() else None)


def pytest_terminal_summary(terminalreporter):
    skipped = [one for one in terminalreporter.stats.get("skipped", ()) if "faults/" in one.nodeid]
    if skipped:
        terminalreporter.section("faults that were not put")
        for one in skipped:
            terminalreporter.write_line(f"SKIPPED: {one.nodeid}: {one.longrepr[2]}")
