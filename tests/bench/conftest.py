"""Says loudly at the end of a run which benchmark tests had no peer to run beside."""

from __future__ import annotations

import importlib.util

IS_THERE = importlib.util.find_spec("stonesoup") is not None


def pytest_terminal_summary(terminalreporter):
    if not IS_THERE:
        terminalreporter.section("benchmarks")
        terminalreporter.write_line(
            "SKIPPED: the tests beside Stone Soup, which is not installed; `make bench` runs them"
        )
