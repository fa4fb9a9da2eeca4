"""Stone Soup over a pass: its unscented Kalman filter, gate, nearest neighbour and initiator.

Stone Soup has no part that finds the end of the thrust. `Thrust.TOLD` is told it, `Thrust.TAILED`
too, and expects that the motor tails off for some seconds, as our own filter does. `Thrust.TESTED`
finds it as its users do (Bar-Shalom, Li and Kirubarajan 2001, section 11.6): beside the filter
with much process noise runs one without, begun anew whenever its innovations say that it is wrong;
where they stay credible for 10 s it is believed, and after 60 s for good.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from scipy.stats import chi2
from stonesoup.dataassociator.neighbour import NearestNeighbour
from stonesoup.deleter.time import UpdateTimeDeleter
from stonesoup.hypothesiser.distance import DistanceHypothesiser
from stonesoup.initiator.simple import MultiMeasurementInitiator
from stonesoup.measures import Mahalanobis
from stonesoup.predictor.kalman import UnscentedKalmanPredictor
from stonesoup.types.detection import Detection
from stonesoup.types.track import Track
from stonesoup.updater.kalman import UnscentedKalmanUpdater

from commonwatch.acquire.plot import Plot
from commonwatch.bench.followed import Moment
from commonwatch.bench.stonesoup_models import Arc, PlotReader, covariance_of, moment_of
from commonwatch.bench.watched_pass import WatchedPass
from commonwatch.trajectory.kernels.arc import height_m
from commonwatch.trajectory.kernels.bank_answers import TAIL_OFF_PSD_M2_S3, TAIL_OFF_S

# Thrust of 15 to 75 m/s2 less gravity, as white noise that is as strong within a second.
POWERED_PSD_M2_S3 = 50.0**2
# The arc is exact; what is left is rounding.
COASTING_PSD_M2_S3 = 0.0
GATE_SIGMAS = 6.0
# As many plots make a track as with ours, and one that burns is given up after as long.
POINTS_LEAST = 3
TENTATIVE_S = 8.0
POWERED_LOST_S = 25.0
# The test for the thrust's end.
TRIAL = timedelta(seconds=10.0)
FINAL = timedelta(seconds=60.0)
TRIAL_COMPONENTS_LEAST = 24
TRIAL_QUANTILE = 0.999


class Thrust(enum.Enum):
    """How the tracker learns that the thrust has ended; TAILED: with our own thrust's tail."""

    TESTED = "tested"
    TOLD = "told"
    TAILED = "tailed"


@dataclass(slots=True)
class _Trial:
    """A filter that takes the thrust to be over since `since`, and how wrong it was up to now."""

    track: Track
    since: datetime
    nis: float = 0.0
    components: int = 0

    def lasted(self, now: datetime) -> timedelta:
        """How long it has been credible, none where there were few plots to say so."""
        enough = self.components >= TRIAL_COMPONENTS_LEAST
        return now - self.since if enough else timedelta(0)


class StoneSoupTracker:
    """Plots in, confirmed tracks out, one plot at a time in the order of time."""

    def __init__(self, watched: WatchedPass, thrust: Thrust) -> None:
        self._plots = PlotReader(watched.sensors)
        self._updater = UnscentedKalmanUpdater(None, force_symmetric_covariance=True)
        self._powered = self._associator(POWERED_PSD_M2_S3)
        self._coasting = self._associator(COASTING_PSD_M2_S3)
        end = moment_of(watched.truth.burnout_s)
        self._tests = thrust is Thrust.TESTED
        # What is told: from when on which filter holds for all tracks.
        self._told: list[tuple[datetime, Any]] = []
        if thrust is Thrust.TOLD:
            self._told = [(end, self._coasting)]
        elif thrust is Thrust.TAILED:
            tail_off = timedelta(seconds=TAIL_OFF_S)
            self._told = [
                (end, self._associator(TAIL_OFF_PSD_M2_S3)),
                (end + tail_off, self._coasting),
            ]
        self._lost = UpdateTimeDeleter(timedelta(seconds=POWERED_LOST_S))
        self._starter = MultiMeasurementInitiator(
            None,
            deleter=UpdateTimeDeleter(timedelta(seconds=TENTATIVE_S)),
            data_associator=self._powered,
            updater=self._updater,
            min_points=POINTS_LEAST,
            initiator=self._plots,
        )
        self._filter_of_new = self._powered
        self._trials: dict[Track, _Trial] = {}
        # Confirmed tracks, each with the part that predicts, gates and associates for it.
        self._filters: dict[Track, Any] = {}

    def _associator(self, noise_psd_m2_s3: float) -> Any:
        predictor = UnscentedKalmanPredictor(Arc(noise_psd_m2_s3))
        gate = DistanceHypothesiser(predictor, self._updater, Mahalanobis(), GATE_SIGMAS)
        return NearestNeighbour(gate)

    def take(self, plot: Plot) -> None:
        """Give a plot to the nearest track within the gate, else to the initiator."""
        detection = self._plots.detection(plot)
        while self._told and detection.timestamp >= self._told[0][0]:
            self._change_all(*self._told.pop(0))
        fits: dict[Track, Any] = {}
        for track, associator in self._filters.items():
            fits |= _fits(associator, track, detection)
        if not fits:
            self._start(detection)
            return
        track = min(fits, key=lambda one: fits[one].distance)
        track.append(self._updater.update(fits[track]))
        if self._tests and self._filters[track] is self._powered:
            self._try_coast(track, detection)

    def _start(self, detection: Detection) -> None:
        """A plot that no track took: a tentative track grows by it, or begins."""
        # Stone Soup's initiator drops old ones too, but only after it has carried them to the plot.
        old = self._starter.deleter.delete_tracks(
            self._starter.holding_tracks, timestamp=detection.timestamp
        )
        self._starter.holding_tracks -= old
        for track in self._starter.initiate({detection}, detection.timestamp):
            self._filters[track] = self._filter_of_new

    def _change_all(self, since: datetime, associator: Any) -> None:
        """Another filter holds for all tracks from that moment on."""
        for track, before in self._filters.items():
            predictor = before.hypothesiser.predictor
            track.append(predictor.predict(track, timestamp=max(since, track.timestamp)))
        self._filters = dict.fromkeys(self._filters, associator)
        self._filter_of_new = associator

    def _try_coast(self, track: Track, detection: Detection) -> None:
        """Let the filter without process noise take the plot too; it may prove right or wrong."""
        trial = self._trials.get(track)
        if trial is None:
            self._trials[track] = _Trial(Track([track.state]), detection.timestamp)
            return
        hypothesis = _fits(self._coasting, trial.track, detection).get(trial.track)
        if hypothesis is not None:
            trial.track.append(self._updater.update(hypothesis))
            trial.nis += float(hypothesis.distance) ** 2
            trial.components += detection.state_vector.shape[0]
        credible = trial.nis < chi2.ppf(TRIAL_QUANTILE, max(trial.components, 1))
        if hypothesis is None or not credible:
            self._trials[track] = _Trial(Track([track.state]), detection.timestamp)
        elif trial.lasted(detection.timestamp) >= FINAL:
            self._coast_for_good(track)

    def _coast_for_good(self, track: Track) -> None:
        """The trial's answer becomes the track's."""
        track.append(self._trials.pop(track).track.state)
        self._filters[track] = self._coasting

    def moments(self, now_s: float) -> list[Moment]:
        """Every confirmed track as of now; what came down or was lost is dropped."""
        now = moment_of(now_s)
        burning = {track for track, one in self._filters.items() if one is self._powered}
        for track in self._lost.delete_tracks(burning, timestamp=now):
            if track in self._trials and self._trials[track].lasted(track.timestamp) >= TRIAL:
                self._coast_for_good(track)
            else:
                del self._filters[track]
        lines = []
        for track in tuple(self._filters):
            state = self._told_state(track, now)
            mean = np.asarray(state.state_vector, dtype=np.float64).ravel()
            if height_m(mean) < 0.0:
                del self._filters[track]
            else:
                lines.append(Moment(track.id, now_s, mean, covariance_of(state)))
        return lines

    def _told_state(self, track: Track, now: datetime) -> Any:
        """A track now: by the filter without process noise where that has stood its trial."""
        trial = self._trials.get(track)
        if trial is not None and trial.lasted(track.timestamp) >= TRIAL:
            return self._coasting.hypothesiser.predictor.predict(trial.track, timestamp=now)
        return self._filters[track].hypothesiser.predictor.predict(track, timestamp=now)


def _fits(associator: Any, track: Track, detection: Detection) -> dict[Track, Any]:
    """The hypothesis that holds the plot to be the track's, where it is within the gate."""
    found = associator.associate({track}, {detection}, detection.timestamp)
    return {one: hypothesis for one, hypothesis in found.items() if hypothesis}


def follow(watched: WatchedPass, thrust: Thrust, until_s: float) -> tuple[Moment, ...]:
    """Every confirmed track at each whole second (POSIX) of data time, without impacts."""
    tracker = StoneSoupTracker(watched, thrust)
    moments: list[Moment] = []
    at = 0
    for now_s in np.arange(np.ceil(watched.plots[0].time_s), np.floor(until_s) + 1.0):
        while at < len(watched.plots) and watched.plots[at].time_s <= now_s:
            tracker.take(watched.plots[at])
            at += 1
        moments += tracker.moments(float(now_s))
    return tuple(moments)
