"""What one nation saw come down is closed for the others who told of the same object."""

from __future__ import annotations

import numpy as np

from commonwatch.estimate.assessment import Ellipse, Impact
from commonwatch.estimate.own_estimate import CoastInformation, OwnEstimate
from commonwatch.fuse.closing import Closings
from commonwatch.fuse.contribution import Contribution
from commonwatch.utc import format_utc

EPOCH_S = 1_678_918_800.0
HERE = np.array([-3272361.2, 4378677.0, 4478448.8, -3777.9, 3558.99, 4620.8, -8.7])
SIGMAS = np.array([100.0, 100.0, 100.0, 1.0, 1.0, 1.0, 0.1])


def word(
    originator: str,
    track: str,
    *,
    metres_away: float = 0.0,
    last_plot_s: float = EPOCH_S,
    due_s: float = EPOCH_S,
) -> Contribution:
    reference = HERE + np.array([metres_away, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    matrix = tuple(tuple(row) for row in np.diag(SIGMAS**-2.0).tolist())
    estimate = OwnEstimate(
        track=track,
        event="e1",
        epoch_s=EPOCH_S,
        last_plot_s=last_plot_s,
        sources=(f"{originator}-1",),
        status="confirmed",
        phase="ballistic",
        launch=None,
        burnout_s=None,
        coast=CoastInformation(tuple(reference.tolist()), (0.0,) * 7, matrix),
        powered=None,
    )
    impact = Impact(format_utc(due_s), 2.0, 41.0, 137.0, Ellipse(500.0, 100.0, 0.0))
    return Contribution(originator, estimate, impact, None)


def test_the_others_words_on_the_same_object_close_with_it():
    words = (word("KOR", "t1"), word("USA", "USA:o1"), word("JPN", "JPN:o9", metres_away=5e5))
    before = Closings().after(words, (), EPOCH_S)
    assert before.open(words) == words
    after = before.after(words[1:], {("KOR", "t1")}, EPOCH_S)
    assert [one.originator for one in after.open(words)] == ["JPN"]


def test_what_was_never_seen_together_stays_open():
    words = (word("KOR", "t1"), word("USA", "USA:o1", metres_away=5e5))
    after = Closings().after(words, (), EPOCH_S).after(words, {("KOR", "t1")}, EPOCH_S)
    assert [one.originator for one in after.open(words)] == ["USA"]


def test_closed_stays_closed():
    words = (word("KOR", "t1"), word("USA", "USA:o1"))
    after = Closings().after(words, (), EPOCH_S).after(words, {("KOR", "t1")}, EPOCH_S)
    again = after.after(words, {("KOR", "t1")}, EPOCH_S + 10.0)
    assert again.open(words) == ()


def test_who_saw_it_later_is_not_closed_by_who_lost_it_long_ago():
    words = (word("KOR", "t1"), word("USA", "USA:o1", last_plot_s=EPOCH_S - 300.0))
    grouped = Closings().after(words, (), EPOCH_S)
    after = grouped.after(words, {("USA", "USA:o1")}, EPOCH_S)
    assert [one.originator for one in after.open(words)] == ["KOR"]
    assert grouped.after(words, {("KOR", "t1")}, EPOCH_S).open(words) == ()


def test_what_by_its_own_account_is_still_on_its_way_is_not_closed():
    words = (word("KOR", "t1"), word("USA", "USA:o1", due_s=EPOCH_S + 600.0))
    after = Closings().after(words, (), EPOCH_S).after(words, {("KOR", "t1")}, EPOCH_S)
    assert [one.originator for one in after.open(words)] == ["USA"]
