"""The one door to Numba: how every kernel is compiled, and when a compiled one is out of date."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np

F = TypeVar("F", bound=Callable[..., Any])


def kernel(function: F) -> F:
    """Compile to machine code, cached on disk; no fastmath: nations compare results."""
    compiled = numba.njit(cache=True, error_model="numpy", fastmath=False, nogil=True)(function)
    _date_by_what_it_uses(compiled, function)
    return cast("F", compiled)


def _date_by_what_it_uses(compiled: Any, function: Callable[..., Any]) -> None:
    """Make the cached machine code stale also where a kernel that it calls, or a constant, changed.

    Numba stamps what it caches with the date of the kernel's own file, but compiles callees and
    constants of other files into it. The stamps of all those are added to it here.
    """
    cache_file = getattr(getattr(compiled, "_cache", None), "_cache_file", None)
    if cache_file is None:  # interpreted, NUMBA_DISABLE_JIT=1
        return
    names = sorted(set(function.__code__.co_names) & set(function.__globals__))
    used = tuple((name, _stamp(function.__globals__[name])) for name in names)
    cache_file._source_stamp = (cache_file._source_stamp, used)  # noqa: SLF001


def _stamp(value: Any) -> Any:
    """What tells that a global used by a kernel changed: a callee's stamp, a constant's value."""
    cache_file = getattr(getattr(value, "_cache", None), "_cache_file", None)
    if cache_file is not None:
        return cache_file._source_stamp  # noqa: SLF001
    if isinstance(value, np.ndarray):
        return (value.shape, value.dtype.str, value.tobytes())
    if isinstance(value, int | float | tuple):
        return value
    return None
