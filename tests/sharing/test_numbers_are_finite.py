"""Whether every number in a field is finite: the quick way against the plain recursion."""

from __future__ import annotations

import math
import random

import msgspec

from commonwatch.release.bulletin import ApogeeStatement, Content, DelayedField, is_finite


def naive(value: object) -> bool:
    if isinstance(value, msgspec.Struct):
        return all(naive(part) for part in msgspec.structs.astuple(value))
    if isinstance(value, tuple):
        return all(naive(part) for part in value)
    return not isinstance(value, float) or math.isfinite(value)


def drawn(generator: random.Random, depth: int) -> object:
    leaves = (1.5, -2.0, 3, 10**400, True, None, "inf", "", math.nan, math.inf, -math.inf)
    kind = generator.randrange(6 if depth else 2)
    if kind < 2:
        return generator.choice(leaves[: len(leaves) if generator.random() < 0.1 else 8])
    if kind < 4:
        return tuple(drawn(generator, depth - 1) for _ in range(generator.randrange(5)))
    if kind == 4:
        return ApogeeStatement(*(drawn(generator, 0) for _ in range(3)))
    return Content(delayed=(DelayedField("path", drawn(generator, 0)),))


def test_the_quick_way_says_what_the_recursion_says():
    generator = random.Random(7)
    told = {True: 0, False: 0}
    for _ in range(20_000):
        value = drawn(generator, 4)
        assert is_finite(value) is naive(value), value
        told[naive(value)] += 1
    assert min(told.values()) > 1000
