"""What goes first, what may be under way, what is read of whom; no network."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from commonwatch.limits import (
    LINK_BACKLOG_IN_FLIGHT_MAX,
    LINK_ENVELOPES_A_SECOND_MAX,
    LINK_IN_FLIGHT_BYTES_MAX,
    LINK_IN_FLIGHT_MAX,
)
from commonwatch.node.bus import Urgency
from commonwatch.node.link.frame import (
    Frame,
    Hello,
    frame_bytes,
    hello_bytes,
    read_frame,
    read_hello,
)
from commonwatch.node.link.in_lanes import InLanes
from commonwatch.node.link.out_lanes import WRITTEN_OFF_AFTER_S, Outgoing, OutLanes
from commonwatch.node.link.rate import TokenBucket

IN_ORDER = [
    ("control", Urgency.USUAL),
    ("live", Urgency.LAUNCH),
    ("live", Urgency.USUAL),
    ("receipt", Urgency.USUAL),
    ("live", Urgency.BACKLOG),
]


def taken_now(lanes: OutLanes, now_s: float = 0.0) -> list[bytes]:
    raws = []
    while (taken := lanes.take(now_s)) is not None:
        raws.append(taken[1].raw)
    return raws


@given(st.lists(st.sampled_from(range(5)), max_size=60))
def test_orders_then_launches_then_live_then_receipts_then_the_backlog(ranks):
    lanes = OutLanes()
    for number, rank in enumerate(ranks):
        lane, urgency = IN_ORDER[rank]
        assert lanes.put(Outgoing(lane, b"%d" % number), urgency)
    # Python's sort is stable: within a rank, the order in which they came.
    expected = sorted(range(len(ranks)), key=lambda number: ranks[number])
    assert taken_now(lanes) == [b"%d" % number for number in expected]


def filled(urgency: Urgency, count: int = 1000) -> OutLanes:
    lanes = OutLanes()
    for number in range(count):
        lanes.put(Outgoing("live", b"%04d" % number), urgency)
    return lanes


def test_no_more_is_under_way_than_the_window_and_an_order_waits_for_nobody():
    lanes = filled(Urgency.USUAL)
    assert len(taken_now(lanes)) == LINK_IN_FLIGHT_MAX
    lanes.put(Outgoing("control", b"suspend"), Urgency.USUAL)
    assert taken_now(lanes) == [b"suspend"]
    # What the other side holds unread is under way still; what it read is not.
    lanes.hear(Hello(1, LINK_IN_FLIGHT_MAX + 1, LINK_IN_FLIGHT_MAX, 0), 0.1)
    assert taken_now(lanes) == []
    lanes.hear(Hello(1, LINK_IN_FLIGHT_MAX + 1, LINK_IN_FLIGHT_MAX - 10, 0), 0.2)
    assert len(taken_now(lanes)) == 10


def test_the_backlog_leaves_room_for_what_is_live():
    lanes = filled(Urgency.BACKLOG)
    assert len(taken_now(lanes)) == LINK_BACKLOG_IN_FLIGHT_MAX
    lanes.put(Outgoing("live", b"now"), Urgency.USUAL)
    assert taken_now(lanes) == [b"now"]


def test_large_envelopes_fill_the_window_by_their_bytes():
    lanes = OutLanes()
    for _ in range(40):
        lanes.put(Outgoing("live", bytes(LINK_IN_FLIGHT_BYTES_MAX // 8)), Urgency.USUAL)
    assert len(taken_now(lanes)) == 8


def test_a_suspension_takes_back_every_bulletin_and_nothing_else():
    lanes = OutLanes()
    for lane, urgency in IN_ORDER:
        lanes.put(Outgoing(lane, f"{lane} {urgency.name}".encode()), urgency)
    assert set(lanes.purge_live()) == {b"live LAUNCH", b"live USUAL", b"live BACKLOG"}
    assert taken_now(lanes) == [b"control USUAL", b"receipt USUAL"]
    assert lanes.waiting_bytes == 0


def test_what_was_lost_with_a_cut_does_not_hold_the_window_for_ever():
    lanes = filled(Urgency.USUAL)
    assert len(taken_now(lanes, 10.0)) == LINK_IN_FLIGHT_MAX
    lanes.hear(Hello(1, 56, 0, 0), 10.1)
    assert len(taken_now(lanes, 10.1)) == 56
    lanes.hear(Hello(1, 56, 0, 0), 10.1 + 0.9 * WRITTEN_OFF_AFTER_S)
    assert taken_now(lanes, 10.5) == []
    lanes.hear(Hello(1, 56, 0, 0), 10.1 + 1.1 * WRITTEN_OFF_AFTER_S)
    assert len(taken_now(lanes, 10.7)) == LINK_IN_FLIGHT_MAX


@given(
    st.lists(st.tuples(st.floats(0.0, 2.0), st.integers(1, 40)), max_size=40),
    st.integers(1, 20),
    st.integers(1, 30),
)
def test_a_bucket_never_lets_more_through_than_burst_and_rate(steps, rate, burst):
    bucket, now_s, through = TokenBucket(rate, burst), 0.0, 0
    for wait_s, asked in steps:
        now_s += wait_s
        bucket.refill(now_s)
        through += sum(bucket.take(1.0) for _ in range(asked))
        assert through <= burst + rate * now_s + 1e-6


def test_a_partner_is_read_at_its_rate_and_what_is_past_its_window_finds_no_room():
    lanes = InLanes()
    for number in range(1, 2001):
        lanes.put("live", Frame(5, number, b"x"))
    assert lanes.unread == 2 * LINK_IN_FLIGHT_MAX
    assert lanes.dropped == 2000 - 2 * LINK_IN_FLIGHT_MAX
    assert len(lanes.read("live", 100.0)) == LINK_IN_FLIGHT_MAX
    assert lanes.read("live", 100.0) == []
    assert len(lanes.read("live", 100.0 + 10.5 / LINK_ENVELOPES_A_SECOND_MAX)) == 10
    assert lanes.hello() == Hello(5, 2000, LINK_IN_FLIGHT_MAX - 10, LINK_IN_FLIGHT_MAX - 10)


def test_a_sender_that_started_anew_is_counted_anew():
    lanes = InLanes()
    lanes.put("live", Frame(5, 900, b"before"))
    lanes.put("live", Frame(6, 1, b"after"))
    assert (lanes.hello().session, lanes.hello().last_arrived) == (6, 1)
    assert lanes.read("live", 0.0) == [b"before", b"after"]


@given(st.binary(max_size=64))
def test_what_is_no_frame_is_none_and_a_frame_comes_back_as_it_was(data):
    frame = read_frame(data)
    assert (frame is None) == (len(data) < 16)
    assert frame is None or frame_bytes(frame) == data
    hello = read_hello(data)
    assert (hello is None) == (len(data) != 24)
    assert hello is None or hello_bytes(hello) == data
