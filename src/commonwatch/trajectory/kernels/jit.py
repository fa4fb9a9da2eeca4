"""The one door to Numba: how every kernel is compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])


def kernel(function: F) -> F:
    """Compile to machine code, cached on disk; no fastmath, as results are compared across nations."""
    return cast(F, numba.njit(cache=True, error_model="numpy", fastmath=False, nogil=True)(function))
