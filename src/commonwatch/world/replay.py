"""A scene through whole nodes: each with its own sensors, keys and ledger, alone and shared.

Data time is the clock: the same scene, seed and orders give the same answer. Each second, every
node observes, then releases through its gate, then receives; the views look at what is known after
that.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from commonwatch.acquire.plot import Plot
from commonwatch.mode import EXERCISE
from commonwatch.utc import format_utc
from commonwatch.world.replay_exchange import exchange_of, read_ledgers, timeline_of
from commonwatch.world.replay_result import AlertResult, ReplayResult, SensorView, TimelineEntry
from commonwatch.world.replay_scene import ReplayScene
from commonwatch.world.replay_setup import ReplayNetwork, ReplayOptions
from commonwatch.world.replay_truth import truth_path

# A track without an end in sight is followed so long past the last plot.
AFTER_LAST_PLOT_MAX_S = 7200.0
# Rounds in which the last receipts go out, come in and are recorded.
SETTLING_ROUNDS = 3

Advance = Callable[[float], None]


@dataclass(slots=True)
class _Orders:
    """Orders still to be given (POSIX seconds), and what had crossed when the suspension bit."""

    suspend_s: float | None
    restore_s: float | None
    at_suspension: dict[tuple[str, str], int] | None = None
    after_suspension: dict[tuple[str, str], int] = field(default_factory=dict)


def replay(
    scene: ReplayScene, options: ReplayOptions, folder: Path, advance: Advance
) -> ReplayResult:
    """Run the scene.

    Each node's data stays in `folder`, one folder a nation, as a live node's would. `advance` hears
    of every second of data time since the first; it may show progress, or wait.
    """
    network = ReplayNetwork(scene, options, folder)
    orders = _planned(network)
    sensors = {sensor.id: sensor.nation for sensor in scene.sensors}
    now_s = scene.plots[0].time_s
    try:
        for now_s, plots in _seconds(network):
            _give(orders, network, now_s)
            _second(network, sensors, plots, now_s)
            advance(now_s - scene.plots[0].time_s)
        _settle(network, now_s)
        _count_after_suspension(orders, network)
    finally:
        network.close()
    return _result(network, orders.after_suspension)


def _second(
    network: ReplayNetwork, sensors: dict[str, str], plots: Sequence[Plot], now_s: float
) -> None:
    for code, item in network.nodes.items():
        item.observe([plot for plot in plots if sensors[plot.sensor] == code], now_s)
    for item in network.nodes.values():
        item.release(now_s)
    for item in network.nodes.values():
        item.receive(now_s)
    for item in network.nodes.values():
        item.look(now_s)


def _seconds(network: ReplayNetwork) -> Iterator[tuple[float, Sequence[Plot]]]:
    """Whole seconds with the plots up to each, while a plot is to come or a track in the air."""
    plots = network.scene.plots
    at, now_s = 0, float(math.ceil(plots[0].time_s)) - 1.0
    end_s = plots[-1].time_s + AFTER_LAST_PLOT_MAX_S
    while True:
        # What waits for its group leaves on its own beat, not with somebody else's next plot.
        alive = any(item.alive or item.node.journal.waits for item in network.nodes.values())
        if at >= len(plots) and not (alive and now_s < end_s):
            return
        now_s = now_s + 1.0 if alive else max(now_s + 1.0, float(math.ceil(plots[at].time_s)))
        until = at
        while until < len(plots) and plots[until].time_s <= now_s:
            until += 1
        yield now_s, plots[at:until]
        at = until


def _planned(network: ReplayNetwork) -> _Orders:
    options, lift_off_s = network.options, network.scene.lift_off_s
    orders = _Orders(
        None if options.suspend_at_s is None else lift_off_s + options.suspend_at_s,
        None if options.restore_at_s is None else lift_off_s + options.restore_at_s,
    )
    if options.agreement == "suspended":
        orders.at_suspension = network.live_bytes()
    return orders


def _give(orders: _Orders, network: ReplayNetwork, now_s: float) -> None:
    if orders.suspend_s is not None and now_s >= orders.suspend_s:
        orders.suspend_s = None
        network.suspend(now_s)
        orders.at_suspension = network.live_bytes()
    if orders.restore_s is not None and now_s >= orders.restore_s:
        orders.restore_s = None
        _count_after_suspension(orders, network)
        network.restore(now_s)


def _count_after_suspension(orders: _Orders, network: ReplayNetwork) -> None:
    before, now = orders.at_suspension, network.live_bytes()
    if before is not None:
        for way in network.ordered_directions():
            orders.after_suspension[way] = now.get(way, 0) - before.get(way, 0)
    orders.at_suspension = None


def _settle(network: ReplayNetwork, now_s: float) -> None:
    for _ in range(SETTLING_ROUNDS):
        for item in network.nodes.values():
            item.node.receive(now_s)
            item.node.commit(now_s)


def _result(network: ReplayNetwork, after_suspension: dict[tuple[str, str], int]) -> ReplayResult:
    scene = network.scene
    ledgers = read_ledgers(network.folder, tuple(network.nodes))
    exchange, agree = exchange_of(
        ledgers, network.public_keys, EXERCISE, network.bus, after_suspension
    )
    alerts = tuple(alert for item in network.nodes.values() for alert in item.alerts.prepared)
    timeline = (*timeline_of(ledgers, scene.lift_off_s), *map(_told, alerts))
    return ReplayResult(
        launch=scene.name,
        lift_off=format_utc(scene.lift_off_s),
        agreement=network.options.told_agreement,
        nodes={code: item.result() for code, item in network.nodes.items()},
        exchange=exchange,
        ledgers_agree=agree,
        alerts=tuple(sorted(alerts, key=lambda alert: alert.at_s)),
        timeline=tuple(sorted(timeline, key=lambda entry: entry.at_s)),
        truth=truth_path(scene),
        sensors=tuple(
            SensorView(s.id, s.nation, s.kind, s.lat_deg, s.lon_deg) for s in scene.sensors
        ),
        published=scene.published,
        sources=scene.sources,
    )


def _told(alert: AlertResult) -> TimelineEntry:
    return TimelineEntry(alert.at_s, "alert", alert.nation, alert.nation, alert.headline_en)
