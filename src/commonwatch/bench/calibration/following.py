"""What the estimator told over a pass, as arrays by track, and which object each track is on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from commonwatch.acquire.plot import Plot
from commonwatch.acquire.sensor import Sensor
from commonwatch.bench.score import LEAST_MOMENTS, ON_M, ON_SIGMAS, SIGMA_MAX_M, SLACK_M2
from commonwatch.estimate.assess import Line
from commonwatch.estimate.assessment import GroundPoint, Impact, StateEstimate
from commonwatch.estimate.estimator import Estimator
from commonwatch.world.flight import Flight
from commonwatch.world.scene import Scene

# The estimator is asked on for so long after the last truth, to see that it lets go.
AFTER_END_S = 30.0
ON_NOTHING = -1


class LineLike(Protocol):
    """What is looked at of a line: of an assessment, or of `estimate.assess.Line`."""

    @property
    def track(self) -> str:
        """The track's id."""
        ...

    @property
    def event(self) -> str:
        """The launch event's id."""
        ...

    @property
    def status(self) -> str:
        """`ended` where it is the track's last."""
        ...

    @property
    def phase(self) -> str:
        """`boost` while it burns."""
        ...

    @property
    def state(self) -> StateEstimate:
        """Where it is."""
        ...

    @property
    def launch(self) -> GroundPoint | None:
        """Where it came from."""
        ...

    @property
    def impact(self) -> Impact | None:
        """Where it comes down."""
        ...

    @property
    def orbital_probability(self) -> float:
        """How likely it does not."""
        ...

    @property
    def manoeuvring(self) -> bool:
        """Whether it bends its path."""
        ...


class Follower(Protocol):
    """What is calibrated: the face of `estimate.estimator.Estimator`."""

    @property
    def alive(self) -> bool:
        """Whether there is any track that has not ended."""
        ...

    def advance(self, plots: Sequence[Plot], now_s: float) -> Sequence[LineLike]:
        """Take plots up to a moment and tell every track as of then."""
        ...


class LazyEstimator:
    """The estimator; of what it tells, only what is looked at is worked out, and is the same."""

    def __init__(self, sensors: tuple[Sensor, ...]) -> None:
        self._estimator = Estimator(sensors)

    @property
    def alive(self) -> bool:
        """Whether there is any track that has not ended."""
        return self._estimator.alive

    def advance(self, plots: Sequence[Plot], now_s: float) -> tuple[Line, ...]:
        """Take plots up to a moment; a line of every track as of then."""
        self._estimator.follow(plots, now_s)
        return self._estimator.lines(now_s)


MakeFollower = Callable[[tuple[Sensor, ...]], Follower]


@dataclass(frozen=True, slots=True)
class Followed:
    """One track: lines (n) at whole POSIX seconds `times_s` (n,), the one that ends it left out.

    States (n, 6) and covariances (n, 6, 6) are ECEF; `on` (n,) says on which object it is, by the
    index of the flight, ON_NOTHING where on none.
    """

    track: str
    lines: tuple[LineLike, ...]
    times_s: NDArray[np.float64]
    states: NDArray[np.float64]
    covariances: NDArray[np.float64]
    on: NDArray[np.int64]


def lines_by_track(scene: Scene, make: MakeFollower) -> dict[str, list[tuple[float, LineLike]]]:
    """All that is told of each track, second by second, until a little after the last truth."""
    plots = scene.observation.plots
    follower = make(scene.sensors)
    last_s = max(one.lift_off_s + float(one.times_s[-1]) for one in scene.flights) + AFTER_END_S
    told: dict[str, list[tuple[float, LineLike]]] = {}
    at = 0
    now_s = -np.inf
    while (at < len(plots) or follower.alive) and now_s < last_s:
        now_s = now_s + 1.0 if follower.alive else max(now_s + 1.0, np.ceil(plots[at].time_s))
        until = at
        while until < len(plots) and plots[until].time_s <= now_s:
            until += 1
        for line in follower.advance(plots[at:until], float(now_s)):
            if line.status != "ended":
                told.setdefault(line.track, []).append((float(now_s), line))
        at = until
    return told


def followed(
    flights: tuple[Flight, ...], told: dict[str, list[tuple[float, LineLike]]]
) -> tuple[Followed, ...]:
    """The tracks as arrays, each moment given to the object that it fits best."""
    tracks = []
    for track, moments in told.items():
        times_s = np.array([time_s for time_s, _line in moments])
        lines = tuple(line for _time_s, line in moments)
        told_states = [line.state for line in lines]
        states = np.array([one.position_m + one.velocity_m_s for one in told_states])
        covariances = _covariances(told_states)
        on = objects_of(flights, times_s, states, covariances)
        tracks.append(Followed(track, lines, times_s, states, covariances, on))
    return tuple(tracks)


def _covariances(states: Sequence[StateEstimate]) -> NDArray[np.float64]:
    """The told covariances (n, 6, 6); three times as quick as `np.array` of nested tuples."""
    numbers = chain.from_iterable(chain.from_iterable(one.covariance for one in states))
    return np.fromiter(numbers, dtype=np.float64, count=36 * len(states)).reshape(-1, 6, 6)


def objects_of(
    flights: tuple[Flight, ...],
    times_s: NDArray[np.float64],
    states: NDArray[np.float64],
    covariances: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Index of the flight that each moment (n,) is on: the nearest by its own covariance.

    It is on something within 6 sigma where its sigma is under 60 km, or within 5 km.
    """
    best = np.full(times_s.size, ON_NOTHING, dtype=np.int64)
    nearest = np.full(times_s.size, np.inf)
    spread = covariances[:, :3, :3] + SLACK_M2 * np.eye(3)
    sure = np.trace(covariances[:, :3, :3], axis1=1, axis2=2) < 3.0 * SIGMA_MAX_M**2
    for index, flight in enumerate(flights):
        off = states[:, :3] - flight.states_at(times_s - flight.lift_off_s)[:, :3]
        there = np.flatnonzero(np.isfinite(off[:, 0]))
        square = np.full(times_s.size, np.inf)
        weighed = np.linalg.solve(spread[there], off[there, :, None])[:, :, 0]
        square[there] = np.einsum("ni,ni->n", off[there], weighed)
        distance = np.full(times_s.size, np.inf)
        distance[there] = np.linalg.norm(off[there], axis=1)
        on = (sure & (square < ON_SIGMAS**2)) | (distance < ON_M)
        better = on & (square < nearest)
        best[better], nearest[better] = index, square[better]
    return best


def owned_by(
    tracks: tuple[Followed, ...], flights: tuple[Flight, ...], from_s: Sequence[float]
) -> tuple[tuple[Followed, ...], ...]:
    """For each flight the tracks that are on it most, counted from `from_s` (POSIX) of it on."""
    owned: list[list[Followed]] = [[] for _ in flights]
    for track in tracks:
        counts = [
            int(np.count_nonzero((track.on == index) & (track.times_s > begin_s)))
            for index, begin_s in enumerate(from_s)
        ]
        most = max(counts)
        if most >= LEAST_MOMENTS:
            for index, count in enumerate(counts):
                if count == most:
                    owned[index].append(track)
    return tuple(tuple(mine) for mine in owned)


def spurious_share(tracks: tuple[Followed, ...]) -> float:
    """Share of all track time that is on no object."""
    total = sum(track.on.size for track in tracks)
    nothing = sum(int(np.count_nonzero(track.on == ON_NOTHING)) for track in tracks)
    return nothing / total if total else 0.0
