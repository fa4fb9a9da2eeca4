"""Live, exercise and test: three types, so that no value of one can stand where another is meant.

There is no conversion between them. What a mode signs, stores and sends carries the mode's word
inside the signed bytes; a node compares the word with its own and refuses every other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Live:
    """The real thing."""

    word: ClassVar[str] = "LIVE"


@dataclass(frozen=True, slots=True)
class Exercise:
    """A drill or a replay: can never be taken for the real thing."""

    word: ClassVar[str] = "EXERCISE"


@dataclass(frozen=True, slots=True)
class Test:
    """A check of a line or of the program itself."""

    __test__: ClassVar[bool] = False  # pytest collects classes of this name otherwise
    word: ClassVar[str] = "TEST"


Mode = Live | Exercise | Test
Rehearsal = Exercise | Test

LIVE = Live()
EXERCISE = Exercise()
TEST = Test()
