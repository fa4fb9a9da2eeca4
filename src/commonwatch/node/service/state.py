"""How a service is doing: counts without content, for its page and its log."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from commonwatch.limits import ORDER_CLOCK_TOLERANCE_S
from commonwatch.node.service.desk_watch import DeskWatch
from commonwatch.node.service.lines import LinesIn, LinesOut
from commonwatch.node.service.page import Metric, Told
from commonwatch.node.service.parts import Parts
from commonwatch.node.service.steady_clock import SteadyClock

# A loop that has not turned for so long is stuck.
STUCK_AFTER_S = 5.0
_PREFIX = "commonwatch_"


@dataclass(slots=True)
class Counts:
    """What the loop did; monotonic times, and seconds of the data where it says so."""

    began_s: float = field(default_factory=time.monotonic)
    turned_s: float = field(default_factory=time.monotonic)
    beat_s: float = -math.inf
    pictured_s: float = -math.inf
    picture_due: bool = False
    closed_s: float = 0.0
    objects: int = 0
    second_took_s: float = 0.0
    released: dict[str, int] = field(default_factory=dict)
    received: dict[str, int] = field(default_factory=dict)
    _said: dict[str, str | None] = field(default_factory=dict)

    def add_released(self, recipients: Iterable[str]) -> None:
        """Bulletins that the gate let go."""
        for name in recipients:
            self.released[name] = self.released.get(name, 0) + 1

    def add_received(self, originator: str) -> None:
        """A bulletin that was taken."""
        self.received[originator] = self.received.get(originator, 0) + 1

    def changes(
        self, parts: Parts, lines: LinesIn, desk: DeskWatch, clock: SteadyClock
    ) -> Iterator[tuple[str, str | None, str | None]]:
        """What is otherwise than when it was last asked: event, partner, why."""
        for link in parts.bus.links():
            if self._is_new(f"link {link.partner}", "up" if link.up else "down"):
                yield ("link-up" if link.up else "link-down"), link.partner, link.lost
            apart = "apart" if is_apart(parts, link.partner) else None
            if self._is_new(f"clock of {link.partner}", apart):
                yield (
                    ("partner-clock-apart" if apart else "partner-clock-right"),
                    link.partner,
                    None,
                )
        stopped = parts.watch.node.stopped
        if self._is_new("stopped", stopped):
            yield "release-stopped", None, "the ledger cannot be written"
        if self._is_new("clock", clock.trouble):
            yield ("clock-apart" if clock.trouble else "clock-right"), None, clock.trouble
        if self._is_new("kept", parts.kept.failed):
            yield "plots-not-kept", None, parts.kept.failed
        if self._is_new("server", parts.server.failed):
            yield "server-failed", None, parts.server.failed
        if self._is_new("desk", desk.trouble):
            yield "desk-trouble" if desk.trouble else "desk-read", None, desk.trouble
        if self._is_new("feed", "ended" if lines.ended else None):
            yield "feed-ended", None, lines.failed

    def _is_new(self, what: str, state: str | None) -> bool:
        before = self._said.get(what)
        self._said[what] = state
        return before != state


def is_apart(parts: Parts, partner: str) -> bool:
    """Whether a partner's clock and the own differ by more than orders allow for."""
    return abs(parts.watch.node.resuming.clock_offset_s(partner)) > ORDER_CLOCK_TOLERANCE_S


def told_of(
    parts: Parts, lines: LinesIn, out: LinesOut, counts: Counts, clock: SteadyClock
) -> Told:
    """What the page tells now."""
    against = []
    if parts.watch.node.stopped is not None:
        against.append("the ledger cannot be written: nothing is released or receipted")
    if parts.server.failed is not None:
        against.append("the link server does not run")
    if lines.failed is not None or out.failed is not None:
        against.append(f"feed or output: {lines.failed or out.failed}")
    if clock.trouble is not None:
        against.append(clock.trouble)
    if parts.kept.is_full:
        against.append("plots are kept no more: a start would not know what is in the air")
    alive = time.monotonic() - counts.turned_s < STUCK_AFTER_S
    if not alive:
        against.append("the loop does not turn")
    return Told(alive, tuple(against), tuple(_metrics(parts, lines, out, counts, clock)))


def _metrics(
    parts: Parts, lines: LinesIn, out: LinesOut, counts: Counts, clock: SteadyClock
) -> Iterator[Metric]:
    feed, ledger = parts.feed, parts.watch.node.journal.store.head
    for name, text, value in (
        ("up_seconds", "Since the start.", time.monotonic() - counts.began_s),
        ("data_seconds", "The last second of the data that was released (POSIX).", counts.closed_s),
        ("second_took_seconds", "Work on the last closed second.", counts.second_took_s),
        ("feed_lines_waiting", "Lines that were read and not taken.", lines.waiting),
        ("feed_plots_waiting", "Plots whose second is not closed.", feed.waiting),
        ("clock_apart_seconds", "The machine's clock less the one gone by.", clock.apart_s),
        ("objects", "Objects in the last picture.", counts.objects),
        ("release_stopped", "1 where nothing is released.", parts.watch.node.stopped is not None),
    ):
        yield Metric(_PREFIX + name, "gauge", text, float(value))
    for name, text, count in (
        ("plots_total", "Plots taken.", feed.taken),
        ("ledger_records_total", "Records in the ledger.", ledger.size),
        ("output_lines_left_out_total", "Lines nobody read in time.", out.left_out),
        ("server_starts_total", "Starts of the link server.", parts.server.starts),
    ):
        yield Metric(_PREFIX + name, "counter", text, count)
    for why, count in sorted(feed.rejected.copy().items()):
        text = "Lines of the feed that were not taken."
        yield Metric(f"{_PREFIX}plots_refused_total", "counter", text, count, (("why", why),))
    for name, text, by in (
        ("bulletins_released_total", "Bulletins released, by recipient.", counts.released),
        ("bulletins_received_total", "Bulletins taken, by originator.", counts.received),
    ):
        for partner, count in sorted(by.copy().items()):
            yield Metric(_PREFIX + name, "counter", text, count, (("partner", partner),))
    links = parts.bus.links()
    for link in links:
        yield Metric(
            f"{_PREFIX}link_up", "gauge", "1 where the partner was heard within a second.",
            float(link.up), (("partner", link.partner),),
        )  # fmt: skip
    for link in links:
        yield Metric(
            f"{_PREFIX}partner_clock_seconds", "gauge", "The partner's clock less the own.",
            parts.watch.node.resuming.clock_offset_s(link.partner), (("partner", link.partner),),
        )  # fmt: skip
    for link in links:
        yield Metric(
            f"{_PREFIX}link_waiting", "gauge", "Envelopes that wait for the partner.",
            link.waiting, (("partner", link.partner),),
        )  # fmt: skip
