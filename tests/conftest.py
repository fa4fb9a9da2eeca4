"""Hypothesis for the whole suite: no deadline, and in CI the same examples each time."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# The first call of a kernel compiles it, and machines that run tests have other work too.
settings.register_profile(
    "commonwatch",
    deadline=None,
    derandomize="CI" in os.environ,
    max_examples=int(os.environ.get("HYPOTHESIS_MAX_EXAMPLES", "100")),
)
settings.load_profile("commonwatch")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--every-scene",
        action="store_true",
        help="Non-interference and suspension on every shipped scene: minutes instead of seconds.",
    )
