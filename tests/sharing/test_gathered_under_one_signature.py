"""Few messages leave at once, many leave together: at most 32 or what came within 4 ms."""

from itertools import pairwise

from commonwatch.limits import BUNDLE_MESSAGES_MAX, BUNDLE_WAIT_MAX_S
from commonwatch.node.gathering import Gathering

T0_S = 1_700_000_000.0
MS = 1e-3


def departures(arrivals_s, step_s=0.25 * MS):
    """(when, which) of each bundle, as a loop sees it that looks each quarter millisecond."""
    gathering, left, waiting = Gathering(), [], list(enumerate(arrivals_s))
    for look in range(round((arrivals_s[-1] - T0_S + 20 * MS) / step_s)):
        now_s = T0_S + look * step_s
        while waiting and waiting[0][1] <= now_s:
            number, at_s = waiting.pop(0)
            gathering.put(number, at_s)
        if len(gathering) and gathering.due(now_s):
            left.append((now_s, gathering.take(now_s)))
    assert not waiting
    assert not len(gathering)
    return left


def test_messages_far_apart_wait_for_nobody():
    arrivals_s = [T0_S + 10 * MS * number for number in range(20)]
    left = departures(arrivals_s)
    assert [taken for _at_s, taken in left] == [(number,) for number in range(20)]
    assert max(at_s - arrivals_s[taken[0]] for at_s, taken in left) <= 0.3 * MS


def test_messages_close_together_share_a_signature_and_wait_4_ms_at_most():
    arrivals_s = [T0_S + MS * number for number in range(200)]
    left = departures(arrivals_s)
    assert [number for _at_s, taken in left for number in taken] == list(range(200))
    waits_s = [at_s - arrivals_s[taken[0]] for at_s, taken in left]
    assert max(waits_s) <= BUNDLE_WAIT_MAX_S + 0.3 * MS
    apart_s = [after - before for (before, _), (after, _) in pairwise(left)]
    assert min(apart_s) >= BUNDLE_WAIT_MAX_S - 1e-6
    assert len(left) <= 51


def test_a_full_bundle_waits_for_nobody():
    gathering = Gathering()
    gathering.put(0, T0_S)
    assert gathering.take(T0_S) == (0,)
    for number in range(BUNDLE_MESSAGES_MAX - 1):
        gathering.put(number, T0_S)
    assert not gathering.due(T0_S)
    gathering.put(BUNDLE_MESSAGES_MAX, T0_S)
    assert gathering.due(T0_S)


def test_a_clock_that_went_back_holds_nothing_for_longer():
    gathering = Gathering()
    gathering.put(0, T0_S + 60.0)
    gathering.take(T0_S + 60.0)
    gathering.put(1, T0_S)
    assert gathering.due_at_s <= T0_S + BUNDLE_WAIT_MAX_S
