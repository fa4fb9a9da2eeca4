"""T17: real nodes in namespaces, the wire between them cut, one way, slow and lossy, and healed."""

from __future__ import annotations

import random

import pytest

from commonwatch.bench.faults.links import CONDITIONS, links, missing
from commonwatch.bench.faults.wire import CUT, FREE, SLOW, Wire

from .test_t18_killed import told

WHY = missing()


@pytest.mark.skipif(WHY is not None, reason=f"no link is cut here: {WHY}")
def test_t17_both_ledgers_agree_within_30_s_after_each_fault_of_the_wire():
    answer = links(len(CONDITIONS), 600.0, told)
    assert answer.violations == ()
    assert answer.done == len(CONDITIONS)
    assert answer.figures[-1].value > 50, "bulletins went"


def wire(way) -> Wire:
    made = object.__new__(Wire)
    made.ways = (way, FREE)
    made._generator = random.Random(1)
    return made


def test_a_cut_wire_carries_nothing_and_a_slow_one_what_it_says():
    free_at = [0.0, 0.0]
    assert wire(CUT)._arrives_s(0, 100, 5.0, free_at) is None
    assert wire(FREE)._arrives_s(0, 100, 5.0, free_at) == pytest.approx(5.0, abs=1e-5)
    slow = wire(SLOW)
    told = [slow._arrives_s(0, 1000, 5.0 + 0.05 * n, free_at) for n in range(1000)]
    came = [at for at in told if at is not None]
    assert 0.08 < 1.0 - len(came) / 1000 < 0.12, "ten in a hundred are lost"
    late = [at - 5.0 - 0.05 * n for n, at in enumerate(told) if at is not None]
    assert min(late) >= 0.08 + 8 * 1000 / 256e3 - 1e-9
    assert max(late) <= 0.12 + 3 * 8 * 1000 / 256e3
    full = [slow._arrives_s(0, 1000, 100.0, free_at) for n in range(1000)]
    assert sum(at is not None for at in full) < 70, "what finds no room is dropped"
