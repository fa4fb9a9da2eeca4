"""T19: the kernel refuses calls on the ledger's files with EIO and ENOSPC (strace --inject)."""

from __future__ import annotations

import pytest

from commonwatch.bench.faults.refused import missing, refused

from .test_t18_killed import told

pytestmark = pytest.mark.skipif(
    missing() is not None, reason=f"no call is refused here: {missing()}"
)


def test_t19_whatever_call_is_refused_nothing_receipted_is_lost_and_the_node_says_why():
    answer = refused(16, 600.0, told)
    assert answer.violations == ()
    assert answer.done == answer.asked >= 12
    figures = {one.name: one.value for one in answer.figures}
    assert figures["stopped, and said why"] > 0
    assert figures["did not open, and said why"] > 0
