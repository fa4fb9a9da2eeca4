"""Plots of which nobody knows whose they are: what keeps two tracks apart becomes no better known.

A track by itself is left alone, doubts pass and are forgotten, and what is remembered is bounded.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from commonwatch.estimate import tangle as tangles
from commonwatch.estimate.associate import Doubt
from commonwatch.estimate.sensor_rows import Scan
from commonwatch.estimate.tangle import Tangle
from commonwatch.estimate.track import Track
from commonwatch.trajectory.kernels import bank as layout
from commonwatch.trajectory.kernels.measurement import MEASUREMENT_SIZE
from tests.trajectory.flights import OVERFLIGHT

from . import two_coasts
from .tracks_by_hand import bank_of_radars, burning, coasting, path_of, spread
from .two_coasts import NOW_S, RADARS

COV = spread(30.0, 1.0)
PARTED = two_coasts.parted(10.0, (0.3, 0.5, 0.8))
FULL = 0.5  # as likely the other's as not


def scan_of(times_s: Sequence[float], rows: Sequence[np.ndarray] | None = None) -> Scan:
    """Plots, by default of sensors without range, of which no pairing says anything."""
    count = len(times_s)
    numbers = np.zeros(count, np.int64)
    seen = np.full((count, MEASUREMENT_SIZE), np.nan) if rows is None else np.array(rows)
    return Scan((), np.array(times_s, dtype=float), numbers, seen, numbers - 1)


def hear(
    tangle: Tangle,
    tracks: Sequence[Track],
    at_s: float,
    doubtful: Sequence[tuple[int, int, float]] = (),
) -> None:
    """One plot of every track; some may be another's: track, other track, chance."""
    doubts = [Doubt(track, track, chance, -1, other) for track, other, chance in doubtful]
    owner = np.arange(len(tracks))
    scan = scan_of([at_s] * len(tracks))
    tangle.hear(tracks, scan, ["R1"] * len(tracks), owner, doubts)


def three(at_s: float = 0.0):
    """A bank with three that coast side by side."""
    bank = bank_of_radars()
    beside = np.array([2e3, 0.0, 0.0, 0.0, 0.0, 0.0])
    return bank, [
        coasting(bank, name, OVERFLIGHT + k * beside, COV, at_s) for k, name in enumerate("abc")
    ]


def test_two_in_doubt_wander_and_one_by_itself_does_not():
    bank, tracks = three()
    tangle, seconds = Tangle(), 20
    for second in range(seconds):
        hear(tangle, tracks, float(second), [(0, 1, FULL), (1, 0, FULL)])
        tangle.settle(tracks, bank)
    # The mean of a constant, second by second from nothing: a geometric series.
    stays = 1.0 - tangles.FOLLOWS
    full_s = seconds - stays * (1.0 - stays**seconds) / (1.0 - stays)
    expected = COV.copy()
    expected[3:, 3:] += full_s * tangles.WANDERS_M_S**2 * np.eye(3)
    for track in tracks[:2]:
        mean, cov = path_of(bank, track)
        assert cov == pytest.approx(expected, rel=1e-9)
        assert np.array_equal(mean[3:], OVERFLIGHT[3:])
        assert tangle.holds(track.id)
    assert np.array_equal(path_of(bank, tracks[2])[1], COV)
    assert not tangle.holds(tracks[2].id)


def test_a_plot_that_may_be_false_is_no_tangle():
    bank, tracks = three()
    tangle = Tangle()
    for second in range(20):
        hear(tangle, tracks, float(second), [(0, -1, FULL)])
        tangle.settle(tracks, bank)
    assert not tangle.holds("a")
    assert np.array_equal(path_of(bank, tracks[0])[1], COV)


@given(st.floats(0.0, 0.5), st.integers(1, 5))
@settings(max_examples=40)
def test_it_holds_where_so_many_of_all_plots_may_be_anothers(chance, each):
    """The mean of doubts over plots: one doubtful plot in `each` counts for so much less."""
    bank, tracks = three()
    tangle = Tangle()
    for second in range(60):
        hear(tangle, tracks, float(second), [(0, 1, chance)])
        for _ in range(each - 1):
            hear(tangle, tracks, float(second))
        tangle.settle(tracks, bank)
    mean = chance / each
    if abs(mean - tangles.TANGLED_ABOVE) > 1e-6:
        assert tangle.holds("a") == (mean > tangles.TANGLED_ABOVE)
        assert (path_of(bank, tracks[0])[1][3, 3] > COV[3, 3]) == tangle.holds("a")


def test_a_doubt_passes_with_plots_that_are_surely_its_own():
    bank, tracks = three()
    tangle = Tangle()
    for second in range(30):
        hear(tangle, tracks, float(second), [(0, 1, FULL)])
        tangle.settle(tracks, bank)
    for second in range(30, 38):
        hear(tangle, tracks, float(second))
        tangle.settle(tracks, bank)
    assert not tangle.holds("a")
    before = path_of(bank, tracks[0])[1]
    for second in range(38, 48):
        hear(tangle, tracks, float(second))
        tangle.settle(tracks, bank)
    assert np.array_equal(path_of(bank, tracks[0])[1], before)


def test_who_is_out_of_sight_takes_no_plots_and_becomes_no_less_known():
    bank, tracks = three()
    tangle = Tangle()
    for second in range(20):
        hear(tangle, tracks, float(second), [(0, 1, FULL), (1, 0, FULL)])
        tangle.settle(tracks, bank)
    # The next plots of its slowest sensor may still come.
    tangle.settle(tracks, bank)
    before = path_of(bank, tracks[0])[1]
    for _ in range(3600):
        tangle.settle(tracks, bank)
    assert np.array_equal(path_of(bank, tracks[0])[1], before)


def test_what_has_ended_is_forgotten():
    bank, tracks = three()
    tangle = Tangle()
    for second in range(5):
        hear(tangle, tracks, float(second), [(0, 1, FULL), (1, 2, FULL), (2, 0, FULL)])
        tangle.settle(tracks, bank)
        tangle.uncross(tracks, bank, float(second))
    left = [tracks[0], tracks[2]]
    tangle.settle(left, bank)
    tangle.uncross(left, bank, 5.0)
    assert [tangle.holds(name) for name in "abc"] == [True, False, True]
    remembered = (tangle._mean, tangle._silent_s, tangle._plots, tangle._wrong, tangle._seen)
    assert all("b" not in one for one in remembered)
    assert list(tangle._last_doubt_s) == [("a", "c")]


def test_doubts_and_plots_of_a_minute_ago_are_forgotten():
    bank, tracks = three()
    tangle = Tangle()
    hear(tangle, tracks, 10.0, [(0, 1, FULL)])
    tangle.uncross(tracks, bank, 10.0)
    tangle.uncross(tracks, bank, 9.0 + tangles.CROSSED_OVER_S)
    assert list(tangle._last_doubt_s) == [("a", "b")]
    assert set(tangle._seen) == {"a", "b"}
    tangle.uncross(tracks, bank, 15.0 + tangles.CROSSED_OVER_S)
    assert not tangle._last_doubt_s
    assert not tangle._seen


def test_of_plots_only_the_last_and_so_many_are_kept():
    bank, tracks = three()
    tangle, most = Tangle(), tangles.CROSSED_PLOTS_MAX
    scans = np.arange(0.0, 50.0, 0.05)
    for at_s in scans.tolist():
        hear(tangle, tracks, at_s, [(0, 1, FULL)])
    assert scans.size > 1.5 * most
    kept = [plot.time_s for plot in tangle._seen["a"]]
    assert kept == scans[-most:].tolist()
    assert len(tangle._seen["b"]) == most
    assert "c" not in tangle._seen
    hear(tangle, tracks, 90.0, [(0, 1, FULL)])
    tangle.uncross(tracks, bank, 90.0)
    since_s = 90.0 - tangles.CROSSED_OVER_S
    kept = [plot.time_s for plot in tangle._seen["a"]]
    assert kept == [*scans[scans >= since_s].tolist()[-most + 1 :], 90.0]


@pytest.fixture
def asked(monkeypatch):
    """Each time that two are looked at: when, and the place between them."""
    calls, real = [], tangles.uncrossed

    def noted(now_s, between, *seen):
        calls.append((now_s, between[:3].copy()))
        return real(now_s, between, *seen)

    monkeypatch.setattr(tangles, "uncrossed", noted)
    return calls


def test_of_pairs_only_those_latest_in_doubt_are_looked_at_and_ever_so_often(asked):
    bank, tangle, count = bank_of_radars(), Tangle(), 9
    step = np.array([1e3, 0.0, 0.0, 0.0, 0.0, 0.0])
    # Twice as far each time, so that no two pairs have the same middle.
    tracks = [coasting(bank, f"t{k}", OVERFLIGHT + 2.0**k * step, COV, 0.0) for k in range(count)]
    pairs = [(one, two) for one in range(count) for two in range(one)]
    assert len(pairs) > tangles.CROSSED_PAIRS_MAX
    for k, (one, two) in enumerate(pairs):
        hear(tangle, tracks, 0.1 * k, [(one, two, FULL)])
    tangle.uncross(tracks, bank, 10.0)
    places = [path_of(bank, track)[0][:3] for track in tracks]
    middles = [0.5 * (places[one] + places[two]) for one, two in pairs]
    latest = middles[-tangles.CROSSED_PAIRS_MAX :]
    assert np.array([place for _, place in asked]) == pytest.approx(np.array(latest))
    asked.clear()
    tangle.uncross(tracks, bank, 10.0 + 0.9 * tangles.CROSSED_EVERY_S)
    assert not asked
    tangle.uncross(tracks, bank, 10.0 + tangles.CROSSED_EVERY_S)
    assert len(asked) == tangles.CROSSED_PAIRS_MAX


@pytest.mark.parametrize("what", ["burns", "is not in doubt"])
def test_nobody_asks_for_what_burns_or_is_in_no_doubt(asked, what):
    bank, tangle = bank_of_radars(), Tangle()
    make = burning if what == "burns" else coasting
    tracks = [
        coasting(bank, "a", PARTED[0], COV, NOW_S),
        make(bank, "b", PARTED[1], COV, NOW_S, 0.0),
    ]
    hear(tangle, tracks, NOW_S, [(0, 1, FULL)] if what == "burns" else [])
    tangle.uncross(tracks, bank, NOW_S)
    assert not asked


def crossed_tracks(crossed: Sequence[str], since_s: float | None = None):
    """Two that coast now, in doubt, with plots of the last minute; and where they truly are."""
    rng = np.random.default_rng(3)
    pair = two_coasts.tracks_of(*two_coasts.pair_seen(PARTED, RADARS, rng), crossed)
    between = two_coasts.between(PARTED)[:6]
    bank, tangle = bank_of_radars(), Tangle()
    tracks = [coasting(bank, name, between, COV, NOW_S, since_s) for name in "ab"]
    for track in tracks:
        slot = bank.bank.slots[track.row, 0]
        bank.bank.cov[slot, 6, 3] = bank.bank.cov[slot, 3, 6] = 1e-3
    for k, plots in enumerate(pair):
        times_s, rows = [plot.time_s for plot in plots], [plot.row for plot in plots]
        owner = np.full(len(plots), k)
        doubts = [Doubt(0, k, FULL, -1, 1 - k)]
        sensors = [plot.sensor for plot in plots]
        tangle.hear(tracks, scan_of(times_s, rows), sensors, owner, doubts)
    return bank, tangle, tracks


def test_crossed_tracks_are_put_where_their_objects_are(asked):
    bank, tangle, tracks = crossed_tracks(["R2"])
    tangle.uncross(tracks, bank, NOW_S)
    assert len(asked) == 1
    for track, state in zip(tracks, PARTED, strict=True):
        assert two_coasts.squares(path_of(bank, track), state) < chi2.ppf(0.999, 6)
        assert not tangle._seen[track.id]
        slot = bank.bank.slots[track.row, 0]
        assert not bank.bank.cov[slot, 6, :6].any()
        assert not bank.bank.cov[slot, :6, 6].any()
        assert bank.bank.integers[track.row, layout.COUNT] == 1


def test_tracks_that_are_not_crossed_keep_their_paths(asked):
    bank, tangle, tracks = crossed_tracks([])
    before = [path_of(bank, track) for track in tracks]
    tangle.uncross(tracks, bank, NOW_S)
    assert len(asked) == 1
    for track, (mean, cov) in zip(tracks, before, strict=True):
        assert np.array_equal(path_of(bank, track)[0], mean)
        assert np.array_equal(path_of(bank, track)[1], cov)


def test_plots_of_while_it_may_have_burnt_are_not_asked(asked):
    bank, tangle, tracks = crossed_tracks(["R2"], since_s=NOW_S - 10.0)
    before = [path_of(bank, track)[0] for track in tracks]
    tangle.uncross(tracks, bank, NOW_S)
    assert len(asked) == 1
    assert all(
        np.array_equal(path_of(bank, track)[0], mean)
        for track, mean in zip(tracks, before, strict=True)
    )
