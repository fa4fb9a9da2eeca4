"""How the interpreter is set in a process that does nothing but run a node."""

from __future__ import annotations

import gc
import sys

# A thread that computes lets another, such as the one that carries, wait no longer than this.
TURN_S = 0.0005


def set_for_a_node() -> None:
    """Turns between threads are short, and what was loaded is not looked through for garbage.

    To be called once, when all is open: a look through half a million objects that stay for good
    stopped everything for a tenth of a second.
    """
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(TURN_S)
