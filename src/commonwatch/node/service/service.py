"""The loop of a node: orders first, then each closed second, then what partners said.

One thread does all of this; threads beside it read, write, carry, look at the desk and answer the
page. Nothing waits for a reader, a partner or a page.
"""

from __future__ import annotations

import math
import os
import signal
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

import msgspec

from commonwatch.estimate.assessment import Assessment
from commonwatch.fuse.picture import PictureObject
from commonwatch.node.interpreter import set_for_a_node
from commonwatch.node.service.desk_watch import DeskWatch
from commonwatch.node.service.lines import LinesIn, LinesOut
from commonwatch.node.service.log import Log
from commonwatch.node.service.page import Page, Told
from commonwatch.node.service.parts import Parts, feed_descriptor, opened, output_descriptor
from commonwatch.node.service.state import Counts, told_of
from commonwatch.node.service.steady_clock import SteadyClock
from commonwatch.utc import format_utc

# How long the loop waits where nothing wakes it.
WAIT_S = 0.02
# Receipts leave, and partners are told how far this side is, on a beat of the wall's clock that
# nothing shifts: what one partner gets says nothing of another.
BEAT_S = 0.25
# A picture of the same second is told anew at most so often.
PICTURE_WAIT_S = 0.05
_LINES_AT_ONCE = 2_000


class PictureLine(msgspec.Struct, frozen=True, tag_field="kind", tag="picture"):
    """Every object as all that was said of it amounts to, at one second of the data's time."""

    time: str
    objects: tuple[PictureLineObject, ...]


class PictureLineObject(msgspec.Struct, frozen=True):
    """One object: the answer, who spoke of it, and on whose word the impact rests."""

    assessment: Assessment
    originators: tuple[str, ...]
    contributors: tuple[str, ...]


class Service:
    """One node, from its start to its end; `run` returns when it was told to stop."""

    def __init__(self, file: Path, began_s: float) -> None:
        """Open everything, and take up the tracks that were in the air."""
        self._stack, self._began_s = ExitStack(), began_s
        self._clock = SteadyClock(time.time(), time.monotonic())
        try:
            self._open(file, began_s)
        except BaseException:
            self._stack.close()
            raise

    def _open(self, file: Path, began_s: float) -> None:
        self._parts: Parts = opened(file, began_s)
        config, watch = self._parts.config, self._parts.watch
        self._stack.push(self._parts.stack)
        self.log = Log(watch.nation, config.mode)
        self._wake = self._parts.bus.arrived
        self._stopping = threading.Event()
        self._data = config.feed.clock == "data"
        if self._data:
            watch.node.clock_of_orders = self._wall_s
        self.counts = Counts()
        self._take_up_tracks()
        self._out = LinesOut(self._owned(output_descriptor(file, config)))
        self._stack.callback(self._out.close)
        self._desk = DeskWatch(self._parts.desk, watch.node.hold_back, self._wake.set)
        self._stack.callback(self._desk.close)
        self._lines = LinesIn(self._owned(feed_descriptor(file, config)), self._wake.set)
        self._stack.callback(self._lines.close)
        self.page_port = 0
        if config.page.port:
            page = Page(config.page.port, self._told)
            self._stack.callback(page.close)
            self.page_port = page.port

    def _owned(self, descriptor: int) -> int:
        self._stack.callback(os.close, descriptor)
        return descriptor

    def run(self) -> None:
        """Turn until told to stop, then close everything: the ledger last but for its server."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._asked_to_stop)
        set_for_a_node()
        took_ms = round(1e3 * (time.time() - self._began_s))
        self.log.say("started", count=len(self._parts.server.setup.partners), took_ms=took_ms)
        try:
            while not self._stopping.is_set():
                self.counts.turned_s = time.monotonic()
                if not self._turn():
                    self._wake.wait(WAIT_S)
            self._parts.watch.node.commit(self._now_s())
        finally:
            self._stack.close()
        self.log.say("stopped")

    def close(self) -> None:
        """Close everything without a run."""
        self._stack.close()

    def _asked_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping.set()
        self._wake.set()

    def _turn(self) -> bool:
        """One round; whether there was work, so that the next follows at once."""
        wall_s = self._wall_s()
        self._obey(wall_s)
        took = self._read(wall_s)
        closed = self._close_second(wall_s)
        self._receive()
        self._beat(wall_s)
        self._say_changes()
        self._parts.watch.node.send_durable(self._now_s())
        return closed or took

    def _obey(self, wall_s: float) -> None:
        node, orders = self._parts.watch.node, self._desk.take()
        if orders:
            node.take_up_orders(orders, wall_s)
            self.log.say("orders-taken-up", count=len(orders))
        node.obey(wall_s)

    def _read(self, wall_s: float) -> bool:
        lines = self._lines.take(_LINES_AT_ONCE)
        refused = sum(
            self._parts.feed.put(number, line, wall_s) is not None for number, line in lines
        )
        if refused:
            self.log.say("plots-refused", count=refused, why=f"last line read: {lines[-1][0]}")
        return bool(lines)

    def _close_second(self, wall_s: float) -> bool:
        """The next second that is due: observed, released and told; whether there was one."""
        feed, watch = self._parts.feed, self._parts.watch
        ended = self._lines.ended and not self._lines.waiting
        before_s = feed.closed_s
        found = feed.close_next(feed.due_s(wall_s, ended=ended), alive=watch.alive)
        if found is None:
            return False
        if math.isfinite(before_s):
            self._receive()
            self._tell_picture(before_s, settled=True)
        now_s, plots = found
        began_s = time.perf_counter()
        flies = bool(plots) or watch.alive
        if flies:
            self._parts.kept.keep(now_s, plots)
            watch.observe(plots, now_s)
        outcome = watch.release(now_s)
        self.counts.add_released(bulletin.recipient for bulletin in outcome.released)
        for told in watch.told if flies else ():
            self._out.put(msgspec.json.encode(told))
        if not watch.alive:
            self._parts.kept.nothing_flies(self._begun())
        self.counts.second_took_s = time.perf_counter() - began_s
        self.counts.picture_due, self.counts.closed_s = True, now_s
        return True

    def _begun(self) -> int:
        watch = self._parts.watch
        return max(one.begun for one in (watch.estimator, *(x.estimator for x in watch.apart)))

    def _receive(self) -> None:
        for bulletin in self._parts.watch.receive(self._now_s()):
            self.counts.add_received(bulletin.originator)
            self.counts.picture_due = True

    def _beat(self, wall_s: float) -> None:
        monotonic_s = time.monotonic()
        closed_s = self._parts.feed.closed_s
        waited = monotonic_s - self.counts.pictured_s >= PICTURE_WAIT_S
        if self.counts.picture_due and waited and math.isfinite(closed_s):
            self._tell_picture(closed_s, settled=False)
        if monotonic_s - self.counts.beat_s >= BEAT_S:
            self.counts.beat_s = monotonic_s
            node = self._parts.watch.node
            node.report_progress(wall_s)
            node.show_head(wall_s)
            node.commit_soon(self._now_s())

    def _tell_picture(self, at_s: float, *, settled: bool) -> None:
        if at_s % self._parts.config.output.picture_every_s != 0.0:
            self.counts.picture_due = False
            return
        objects = self._parts.watch.picture(at_s, settled=settled)
        if self.counts.picture_due:
            self.counts.picture_due, self.counts.pictured_s = False, time.monotonic()
            if objects or self.counts.objects:
                self._out.put(msgspec.json.encode(_line(at_s, objects)))
            self.counts.objects = len(objects)

    def _now_s(self) -> float:
        """The data's time as far as it is closed; the wall's before any."""
        closed_s = self._parts.feed.closed_s
        return closed_s if math.isfinite(closed_s) else self._wall_s()

    def _wall_s(self, _data_s: float = math.nan) -> float:
        return self._clock.now_s(time.time(), time.monotonic())

    def _take_up_tracks(self) -> None:
        """Observe again what was kept. Nothing is released by it: it was, or it is too late."""
        for now_s, plots in self._parts.kept.seconds:
            self._parts.watch.observe(plots, now_s)
            self._parts.feed.closed_s = now_s
        if self._parts.kept.seconds:
            self.log.say("tracks-taken-up", count=len(self._parts.watch.own))
        self._parts.kept.seconds = ()

    def _say_changes(self) -> None:
        for event, partner, why in self.counts.changes(
            self._parts, self._lines, self._desk, self._clock
        ):
            self.log.say(event, partner=partner, why=why)

    def _told(self) -> Told:
        return told_of(self._parts, self._lines, self._out, self.counts, self._clock)


def _line(at_s: float, objects: tuple[PictureObject, ...]) -> PictureLine:
    told = (PictureLineObject(one.assessment, one.originators, one.contributors) for one in objects)
    return PictureLine(format_utc(at_s), tuple(told))
