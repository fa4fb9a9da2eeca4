"""One nation in a replay: its node, its estimator, what it knows alone and with others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from commonwatch.acquire.plot import Plot
from commonwatch.acquire.sensor import Sensor
from commonwatch.estimate.assessment import Assessment
from commonwatch.estimate.estimator import Estimator
from commonwatch.estimate.own_estimate import OwnEstimate
from commonwatch.fuse.closing import Closings, Key
from commonwatch.fuse.contribution import Contribution
from commonwatch.fuse.freshness import is_fresh
from commonwatch.fuse.picture import PictureObject, picture
from commonwatch.node.node import Node, OwnWord
from commonwatch.release.candidate import (
    WITHDRAWN,
    contribution_from,
    contribution_key,
    impact_from,
)
from commonwatch.release.groups import ReleaseGroup
from commonwatch.world.replay_alerts import AlertDesk
from commonwatch.world.replay_public import PublicDesk
from commonwatch.world.replay_result import NodeResult
from commonwatch.world.replay_view import VIEW_INTERVAL_S, Known, ViewKeeper


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


@dataclass(slots=True)
class ReplayNode:
    """A nation's node at work.

    `observe`, `release`, `receive`, `look`, in this order each second.
    """

    nation: str
    node: Node
    estimator: Estimator
    sensors: Mapping[str, Sensor]
    alone: ViewKeeper
    shared: ViewKeeper
    alerts: AlertDesk
    public: PublicDesk
    apart: tuple[SomeSensors, ...] = ()
    own: tuple[OwnEstimate, ...] = ()
    told: tuple[Assessment, ...] = ()
    closings: Closings = field(default_factory=Closings)
    _came_down: set[Key] = field(default_factory=set)

    @property
    def alive(self) -> bool:
        """Whether its own sensors still have a track in the air."""
        return self.estimator.alive or any(one.estimator.alive for one in self.apart)

    def observe(self, plots: Sequence[Plot], now_s: float) -> None:
        """The own sensors' plots up to now."""
        self.alone.plots += len(plots)
        self.shared.plots += len(plots)
        self.told = self.estimator.advance(plots, now_s)
        self.own = self.estimator.own_estimates(now_s)
        for one in self.apart:
            one.observe(plots, now_s)
        for told in self.told:
            self._first_moments(told, now_s)
            if told.status == "ended" and not (told.reason or "").startswith(WITHDRAWN):
                self._came_down.add((self.nation, told.track))

    def release(self, now_s: float) -> None:
        """What the own sensors say, to the gate."""
        apart = {partner: one.word for one in self.apart for partner in one.group.partners}
        self.node.release(self.own, self.told, now_s, apart)

    def receive(self, now_s: float) -> None:
        """What partners released."""
        for bulletin in self.node.receive(now_s):
            if bulletin.status == "ended":
                self._came_down.add(contribution_key(bulletin))
                continue
            self.shared.told_confirmed(now_s)
            if impact_from(bulletin) is not None:
                self.shared.told_impact(now_s)

    def look(self, now_s: float) -> None:
        """Both views and the alerts, on the grid of ten seconds of data time."""
        if now_s % VIEW_INTERVAL_S != 0.0:
            return
        live = [told for told in self.told if told.status != "ended"]
        alone = tuple(Known(told, told.sources) for told in live)
        self.alone.take(alone, now_s)
        own, partners = self._of_own(), self._from_partners(now_s)
        self.closings = self.closings.after((*own, *partners), self._came_down, now_s)
        partners = self.closings.open(partners)
        # With no word from anyone else there is nothing to fuse: the own answer stands as it is.
        shared = alone
        if partners:
            open_ones = (*self.closings.open(own), *partners)
            shared = tuple(map(self._known, picture(self.nation, open_ones, now_s)))
        self.shared.take(shared, now_s)
        own_down = {key for key in self._came_down if key[0] == self.nation}
        self.alerts.take(self.public.word(own, own_down, now_s), now_s)

    def result(self) -> NodeResult:
        """What this nation knew, alone and shared."""
        return NodeResult(self.alone.view(), self.shared.view())

    def _first_moments(self, told: Assessment, now_s: float) -> None:
        moments = self.estimator.moments(told.track)
        first_s = moments.first_plot_s - self.alone.lift_off_s
        if self.alone.first_plot_s is None:
            self.alone.first_plot_s = self.shared.first_plot_s = round(first_s, 6)
        for keeper in (self.alone, self.shared):
            keeper.told_confirmed(moments.confirmed_s)
            if told.impact is not None:
                keeper.told_impact(now_s)

    def _of_own(self) -> tuple[Contribution, ...]:
        told = {item.track: item for item in self.told}
        return tuple(
            Contribution(self.nation, item, told[item.track].impact, told[item.track].apogee)
            for item in self.own
        )

    def _from_partners(self, now_s: float) -> tuple[Contribution, ...]:
        held = [
            told
            for item in self.node.held()
            if (told := contribution_from(item.bulletin)) is not None
        ]
        return tuple(item for item in held if is_fresh(item, now_s))

    def _known(self, item: PictureObject) -> Known:
        sensors = tuple(
            name
            for name in item.assessment.sources
            if self.sensors[name].nation in item.contributors
        )
        return Known(item.assessment, sensors)
