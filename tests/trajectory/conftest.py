"""Hypothesis without a deadline, as the first call of a kernel compiles it."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile(
    "kernels",
    deadline=None,
    max_examples=int(os.environ.get("HYPOTHESIS_MAX_EXAMPLES", "100")),
)
settings.load_profile("kernels")
