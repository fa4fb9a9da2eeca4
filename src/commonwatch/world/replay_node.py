"""One nation in a replay: its watch, and the views of what it knows alone and with others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from commonwatch.acquire.plot import Plot
from commonwatch.acquire.sensor import Sensor
from commonwatch.estimate.assessment import Assessment
from commonwatch.fuse.picture import PictureObject
from commonwatch.node.node import Node
from commonwatch.node.watch import Watch
from commonwatch.release.candidate import impact_from
from commonwatch.world.replay_alerts import AlertDesk
from commonwatch.world.replay_public import PublicDesk
from commonwatch.world.replay_result import NodeResult
from commonwatch.world.replay_view import VIEW_INTERVAL_S, Known, ViewKeeper


@dataclass(slots=True)
class ReplayNode:
    """A nation's node at work.

    `observe`, `release`, `receive`, `look`, in this order each second. `picture` is the last one.
    """

    nation: str
    watch: Watch
    sensors: Mapping[str, Sensor]
    alone: ViewKeeper
    shared: ViewKeeper
    alerts: AlertDesk
    public: PublicDesk
    picture: tuple[PictureObject, ...] = ()

    @property
    def node(self) -> Node:
        """The node itself."""
        return self.watch.node

    @property
    def alive(self) -> bool:
        """Whether its own sensors still have a track in the air."""
        return self.watch.alive

    def observe(self, plots: Sequence[Plot], now_s: float) -> None:
        """The own sensors' plots up to now."""
        self.alone.plots += len(plots)
        self.shared.plots += len(plots)
        self.watch.observe(plots, now_s)
        for told in self.watch.told:
            self._first_moments(told, now_s)

    def release(self, now_s: float) -> None:
        """What the own sensors say, to the gate."""
        self.watch.release(now_s)

    def receive(self, now_s: float) -> None:
        """What partners released."""
        for bulletin in self.watch.receive(now_s):
            if bulletin.status == "ended":
                continue
            self.shared.told_confirmed(now_s)
            if impact_from(bulletin) is not None:
                self.shared.told_impact(now_s)

    def look(self, now_s: float) -> None:
        """Both views and the alerts, on the grid of ten seconds of data time."""
        if now_s % VIEW_INTERVAL_S != 0.0:
            return
        live = [told for told in self.watch.told if told.status != "ended"]
        self.alone.take(tuple(Known(told, told.sources) for told in live), now_s)
        self.picture = self.watch.picture(now_s)
        self.shared.take(tuple(map(self._known, self.picture)), now_s)
        word = self.public.word(self.watch.own_word(), self.watch.own_down(), now_s)
        self.alerts.take(word, now_s)

    def result(self) -> NodeResult:
        """What this nation knew, alone and shared."""
        return NodeResult(self.alone.view(), self.shared.view())

    def _first_moments(self, told: Assessment, now_s: float) -> None:
        moments = self.watch.estimator.moments(told.track)
        first_s = moments.first_plot_s - self.alone.lift_off_s
        if self.alone.first_plot_s is None:
            self.alone.first_plot_s = self.shared.first_plot_s = round(first_s, 6)
        for keeper in (self.alone, self.shared):
            keeper.told_confirmed(moments.confirmed_s)
            if told.impact is not None:
                keeper.told_impact(now_s)

    def _known(self, item: PictureObject) -> Known:
        sensors = tuple(
            name
            for name in item.assessment.sources
            if self.sensors[name].nation in item.contributors
        )
        return Known(item.assessment, sensors)
