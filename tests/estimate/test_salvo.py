"""Several launched within minutes from a few places: as many tracks and events as objects."""

from __future__ import annotations

from tests.estimate.drawn import drawn, followers, told_of

NUMBER = 1


def test_as_many_tracks_and_events_as_objects():
    of, told = drawn("salvo", NUMBER), told_of("salvo", NUMBER)
    assert len(of.flights) > 2
    assert told.summary.tracks == len(of.flights)
    assert len(told.summary.events) == len(of.flights)


def test_each_object_has_a_track_of_its_own():
    tracks = followers("salvo", NUMBER)
    assert [len(own) for own in tracks.values()] == [1] * len(tracks)
    assert len({track for own in tracks.values() for track in own}) == len(tracks)
