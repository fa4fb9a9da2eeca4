"""Lines of a whole file: one clock gone wild costs its line alone, and nobody else's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonwatch.acquire.read_plots import read_plots

from .builders import SENSORS, at, line, longest_in_order

TIMES = st.lists(st.integers(0, 300), min_size=0, max_size=60)
IN_ORDER = st.lists(st.integers(1000, 3000), min_size=3, max_size=40).map(sorted)
BAD = st.sampled_from(
    [b"{", b"\xff\xfe\x00", line(azimuth_deg=361.0), line(sensor="?"), b"x" * 9000, line()[:-1]]
)


def seconds(read) -> list[float]:
    return [plot.time_s for plot in read.plots]


def test_a_file_of_nothing():
    assert read_plots([], SENSORS).plots == ()
    assert read_plots([b"\n", b"  \r\n"], SENSORS).rejected == ()


def test_lines_of_one_instant_are_all_kept_in_their_order():
    lines = [line(azimuth_deg=float(k)) for k in range(5)]
    read = read_plots(lines, SENSORS)
    assert [plot.azimuth_deg for plot in read.plots] == [0.0, 1.0, 2.0, 3.0, 4.0]


@given(TIMES)
def test_no_more_lines_are_given_up_than_must_be(times):
    """Against the slow twin, which tries every way."""
    read = read_plots([at(t / 10) for t in times], SENSORS)
    assert seconds(read) == sorted(seconds(read))
    assert len(read.plots) == longest_in_order([float(t) for t in times])
    assert len(read.plots) + len(read.rejected) == len(times)
    taken = set(range(1, len(times) + 1)) - {one.line for one in read.rejected}
    assert [at(times[k - 1] / 10) for k in sorted(taken)] == [
        line(time=told) for told in (_time(plot.time_s) for plot in read.plots)
    ]


def _time(time_s: float) -> str:
    second = round((time_s % 3600) * 100) / 100
    return f"2023-03-15T22:{int(second // 60):02d}:{second % 60:05.2f}Z"


@pytest.mark.parametrize("wild", ["1999-01-01T00:00:00Z", "2031-01-01T00:00:00Z"])
@given(times=IN_ORDER, data=st.data())
def test_one_clock_gone_wild_costs_that_line(wild, times, data):
    """Except where it stands where its time belongs: first of all back, or last of all ahead."""
    place = data.draw(st.integers(1, len(times) - 1))
    lines = [at(t / 10) for t in times]
    alone = read_plots(lines, SENSORS)
    spoilt = read_plots([*lines[:place], line(time=wild), *lines[place:]], SENSORS)
    assert alone.rejected == ()
    assert spoilt.plots == alone.plots
    assert [one.line for one in spoilt.rejected] == [place + 1]
    assert "order" in spoilt.rejected[0].reason


@given(times=IN_ORDER, bad=st.lists(st.tuples(st.integers(0, 40), BAD), max_size=8))
def test_bad_lines_never_change_another_lines_plot(times, bad):
    lines = [at(t / 10) for t in times]
    alone = read_plots(lines, SENSORS)
    mixed = list(lines)
    for place, told in bad:
        mixed.insert(min(place, len(mixed)), told)
    read = read_plots(mixed, SENSORS)
    assert read.plots == alone.plots
    assert [one.line for one in read.rejected] == [
        number for number, told in enumerate(mixed, 1) if told not in set(lines)
    ]
