"""The one door to Numba: how every kernel is compiled, and when a compiled one is out of date."""

from __future__ import annotations

import hashlib
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


def borrowing_kernel(function: F) -> F:
    """A kernel that makes no array, but works on those that it is given: it counts no references.

    A bank is some twenty arrays, and each time that one kernel hands it to the next Numba counts
    all of them up and down, atomically: of carrying tracks on that was two thirds. The caller holds
    them meanwhile. What allocates, or calls what does, does not compile under it. No array may be
    returned.
    """
    njit: Any = numba.njit  # its types know nothing of the option
    compiled = njit(cache=True, error_model="numpy", fastmath=False, nogil=True, _nrt=False)(
        function
    )
    _date_by_what_it_uses(compiled, function)
    return cast("F", compiled)


def inlined_kernel(function: F) -> F:
    """A kernel put into each that calls it, where numbers that the caller knows shape its loops."""
    compiled = numba.njit(
        cache=True, error_model="numpy", fastmath=False, nogil=True, inline="always"
    )(function)
    _date_by_what_it_uses(compiled, function)
    return cast("F", compiled)


def _date_by_what_it_uses(compiled: Any, function: Callable[..., Any]) -> None:
    """Make the cached machine code stale also where a kernel that it calls, or a constant, changed.

    Numba stamps what it caches with the date of the kernel's own file, but compiles callees and
    constants of other files into it. A digest of the stamps of all that the kernel's module has
    imported so far, and of its constants, is added here: more than the kernel uses, never less.
    """
    cache_file = _cache_file(compiled)
    if cache_file is None:  # interpreted, NUMBA_DISABLE_JIT=1
        return
    used = sorted((name, _stamp(value)) for name, value in function.__globals__.items())
    digest = hashlib.sha256(repr(used).encode()).hexdigest()
    cache_file._source_stamp = (cache_file._source_stamp, digest)  # noqa: SLF001


def _cache_file(compiled: Any) -> Any:
    """Numba's record of a kernel's cached machine code; None for what is not a compiled kernel."""
    return getattr(getattr(compiled, "_cache", None), "_cache_file", None)


def _stamp(value: Any) -> str:
    """What tells that a global changed: a callee's stamp, a constant's value; else nothing."""
    cache_file = _cache_file(value)
    if cache_file is not None:
        return repr(cache_file._source_stamp)  # noqa: SLF001
    if isinstance(value, np.ndarray):
        return repr((value.shape, value.dtype.str, value.tobytes()))
    return repr(value) if isinstance(value, int | float | tuple) else ""
