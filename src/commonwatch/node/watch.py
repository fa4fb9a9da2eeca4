"""One nation at work: what its sensors say, what it releases, and the picture with others' word.

A replay and a node that runs as a service drive the same object, each on its own clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from commonwatch.acquire.plot import Plot
from commonwatch.acquire.sensor import Sensor
from commonwatch.estimate.assessment import Assessment
from commonwatch.estimate.estimator import Estimator
from commonwatch.estimate.own_estimate import OwnEstimate
from commonwatch.fuse.closing import Closings, Key
from commonwatch.fuse.contribution import Contribution
from commonwatch.fuse.freshness import is_fresh
from commonwatch.fuse.one_word import one_word_each
from commonwatch.fuse.picture import PictureObject, picture
from commonwatch.node.node import Node, OwnWord
from commonwatch.node.releasing import ReleaseOutcome
from commonwatch.release.agreement import Terms
from commonwatch.release.bulletin import Bulletin
from commonwatch.release.candidate import WITHDRAWN, contribution_from, contribution_key
from commonwatch.release.groups import ReleaseGroup, release_groups


@dataclass(slots=True)
class SomeSensors:
    """What some of the own sensors say, for partners that may know of these alone."""

    group: ReleaseGroup
    estimator: Estimator
    word: OwnWord = field(default_factory=OwnWord)

    def observe(self, plots: Sequence[Plot], now_s: float) -> None:
        """The plots of these sensors among the own ones up to now."""
        told = self.estimator.advance(
            [plot for plot in plots if plot.sensor in self.group.sensors], now_s
        )
        self.word = OwnWord(self.estimator.own_estimates(now_s), told)


def sensors_apart(
    nation: str,
    terms: Sequence[Terms],
    own: Sequence[Sensor],
    made: Callable[[tuple[Sensor, ...]], Estimator] = Estimator,
) -> Iterator[SomeSensors]:
    """The groups of partners that may know of some own sensors only, each with its estimator."""
    for group in release_groups(nation, terms, own):
        if len(group.sensors) < len(own):
            known = tuple(sensor for sensor in own if sensor.id in group.sensors)
            yield SomeSensors(group, made(known))


@dataclass(slots=True)
class Watch:
    """A nation's node with its estimators; `observe`, `release`, `receive`, in this order.

    Times are POSIX seconds of the data, and only go forward.
    """

    nation: str
    node: Node
    estimator: Estimator
    apart: tuple[SomeSensors, ...] = ()
    own: tuple[OwnEstimate, ...] = ()
    told: tuple[Assessment, ...] = ()
    came_down: set[Key] = field(default_factory=set)
    _closings: Closings = field(default_factory=Closings)

    @property
    def alive(self) -> bool:
        """Whether the own sensors still have a track in the air."""
        return self.estimator.alive or any(one.estimator.alive for one in self.apart)

    def observe(self, plots: Sequence[Plot], now_s: float) -> None:
        """The own sensors' plots up to now, in order of time."""
        self.told = self.estimator.advance(plots, now_s)
        self.own = self.estimator.own_estimates(now_s)
        for one in self.apart:
            one.observe(plots, now_s)
        self.came_down |= {
            (self.nation, told.track)
            for told in self.told
            if told.status == "ended" and not (told.reason or "").startswith(WITHDRAWN)
        }

    def release(self, now_s: float) -> ReleaseOutcome:
        """What the own sensors say, to the gate."""
        apart = {partner: one.word for one in self.apart for partner in one.group.partners}
        return self.node.release(self.own, self.told, now_s, apart)

    def receive(self, now_s: float) -> tuple[Bulletin, ...]:
        """What partners released."""
        bulletins = self.node.receive(now_s)
        self.came_down |= {
            contribution_key(bulletin) for bulletin in bulletins if bulletin.status == "ended"
        }
        return bulletins

    def picture(self, now_s: float, *, settled: bool = True) -> tuple[PictureObject, ...]:
        """Every object that flies, as all that was said of it amounts to.

        Where it is not `settled`, what is found to have come down is not remembered: more may come
        of this same moment.
        """
        own, partners = self.own_word(), self._from_partners(now_s)
        closings = self._closings.after((*own, *partners), self.came_down, now_s)
        if settled:
            self._closings = closings
        partners = closings.open(partners)
        if partners:
            return picture(self.nation, (*closings.open(own), *partners), now_s)
        # With no word from anyone else there is nothing to fuse: the own answer stands as it is.
        alone = (self.nation,)
        return tuple(
            PictureObject(told, alone, alone) for told in self.told if told.status != "ended"
        )

    def own_word(self) -> tuple[Contribution, ...]:
        """What the own sensors say of each object."""
        told = {item.track: item for item in self.told}
        return tuple(
            Contribution(self.nation, item, told[item.track].impact, told[item.track].apogee)
            for item in self.own
        )

    def own_down(self) -> set[Key]:
        """What came down by the own sensors' word."""
        return {key for key in self.came_down if key[0] == self.nation}

    def _from_partners(self, now_s: float) -> tuple[Contribution, ...]:
        held = [
            told
            for item in self.node.held()
            if (told := contribution_from(item.bulletin)) is not None
        ]
        return one_word_each((item for item in held if is_fresh(item, now_s)), now_s)
