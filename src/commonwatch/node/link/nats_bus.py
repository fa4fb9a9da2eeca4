"""The bus over NATS: the node's own thread puts in and reads out, a thread of ours carries.

For each partner one connection to our own server, into that partner's account. What waits, waits
here, where a suspension can still take it back; the broker is handed no more than a window of it.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast, get_args

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from commonwatch.errors import require
from commonwatch.identity import Nation
from commonwatch.limits import (
    LINK_BACKLOG_IN_FLIGHT_MAX,
    LINK_IN_FLIGHT_BYTES_MAX,
    LINK_IN_FLIGHT_MAX,
    LINK_SERVER_PENDING_BYTES_MAX,
)
from commonwatch.node.bus import BusLane, Urgency
from commonwatch.node.link.frame import (
    HELLO_LANE,
    Frame,
    frame_bytes,
    hello_bytes,
    read_frame,
    read_hello,
)
from commonwatch.node.link.in_lanes import InLanes
from commonwatch.node.link.out_lanes import Outgoing, OutLanes
from commonwatch.node.link.server import LinkServer
from commonwatch.node.link.server_config import subject, user_of_node
from commonwatch.share.message import Lane

HELLO_EVERY_S = 0.2
# What was read frees the sender's window, which is told before much of it is full.
_HELLO_AFTER_READ = LINK_BACKLOG_IN_FLIGHT_MAX // 8
# A partner that was not heard for so long cannot be reached: nothing but orders waits for it here.
SILENT_AFTER_S = 1.0
_CONNECT_AGAIN_S = 0.1
_CONNECT_S_MAX = 2
_STOP_S_MAX = 5.0
_END_S_MAX = 1.0
_LANES: frozenset[str] = frozenset((*get_args(Lane), "progress"))


@dataclass(frozen=True, slots=True)
class LinkState:
    """How a link stands. `heard_before_s`: seconds since the partner was last heard, if ever."""

    partner: str
    up: bool
    heard_before_s: float | None
    waiting: int
    under_way: int
    unread: int
    dropped: int
    left_to_backlog: int
    lost: str | None


@dataclass(slots=True)
class _Link:
    """One partner: its lanes, guarded by the bus's lock, and the task that serves it."""

    partner: Nation
    out: OutLanes = field(default_factory=OutLanes)
    came: InLanes = field(default_factory=InLanes)
    up: bool = False
    heard_s: float | None = None
    left_to_backlog: int = 0
    lost: str | None = None
    hello_due: bool = False
    read_since_hello: int = 0
    woken: bool = False
    wake: asyncio.Event = field(default_factory=asyncio.Event)


class NatsBus:
    """A Bus of one nation over its own server; `bytes_sent` counts what was taken for delivery."""

    def __init__(self, server: LinkServer) -> None:
        """Connect to each partner's account, now and whenever the connection is lost."""
        self.nation = server.setup.nation
        self.bytes_sent: dict[tuple[str, BusLane], int] = {}
        self.arrived = threading.Event()
        self.sent_counts: dict[tuple[str, BusLane], int] = {}
        self.arrived_counts: dict[tuple[str, BusLane], int] = {}
        self._server = server
        self._session = secrets.randbits(63) | 1
        self._lock = threading.Lock()
        self._links = {item.nation: _Link(item.nation) for item in server.setup.partners}
        self._held = False
        self._stop: asyncio.Event | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=f"bus-{self.nation}", daemon=True)
        self._thread.start()

    def send(
        self,
        sender: str,
        recipient: str,
        lane: BusLane,
        raw: bytes,
        urgency: Urgency = Urgency.USUAL,
    ) -> bool:
        """Queue an envelope for a partner; False where no link leads there now, or it is full."""
        require(sender == self.nation, f"the bus of {self.nation} was given words of {sender}")
        link = self._links.get(Nation(recipient))
        if link is None:
            return False
        with self._lock:
            if not link.up and lane != "control":
                link.left_to_backlog += 1
                return False
            if not link.out.put(Outgoing(lane, raw), urgency):
                return False
            way = (recipient, lane)
            self.bytes_sent[way] = self.bytes_sent.get(way, 0) + len(raw)
            self.sent_counts[way] = self.sent_counts.get(way, 0) + 1
            self._wake(link)
        return True

    def drain(self, recipient: str, lane: BusLane) -> tuple[bytes, ...]:
        """What came in this lane and may be read now, by partner, each one's in order."""
        require(recipient == self.nation, f"the bus of {self.nation} was asked by {recipient}")
        self.arrived.clear()
        # Asked often, in the midst of other work. What comes from here on wakes again.
        if not any(link.came.unread for link in self._links.values()):
            return ()
        now_s = time.monotonic()
        taken: list[bytes] = []
        with self._lock:
            for link in self._links.values():
                read = link.came.read(lane, now_s)
                if read:
                    taken += read
                    link.read_since_hello += len(read)
                    if link.read_since_hello >= _HELLO_AFTER_READ:
                        link.hello_due = True
                        self._wake(link)
                if link.came.unread:
                    self.arrived.set()
        return tuple(taken)

    def purge(self, sender: str, recipient: str) -> tuple[bytes, ...]:
        """Take back every bulletin that was not handed to the broker."""
        require(sender == self.nation, f"the bus of {self.nation} was asked by {sender}")
        link = self._links.get(Nation(recipient))
        if link is None:
            return ()
        with self._lock:
            taken = link.out.purge_live()
            if taken:
                self.bytes_sent[recipient, "live"] -= sum(map(len, taken))
                self.sent_counts[recipient, "live"] -= len(taken)
        return taken

    @contextmanager
    def held(self) -> Iterator[None]:
        """Meanwhile nothing is handed to the broker: all that waits can be taken back."""
        with self._lock:
            self._held = True
        try:
            yield
        finally:
            with self._lock:
                self._held = False
                for link in self._links.values():
                    self._wake(link)

    def links(self) -> tuple[LinkState, ...]:
        """How each link stands, in the order of the partners' names."""
        now_s = time.monotonic()
        with self._lock:
            return tuple(
                LinkState(
                    link.partner,
                    link.up,
                    None if link.heard_s is None else now_s - link.heard_s,
                    link.out.waiting,
                    link.out.under_way,
                    link.came.unread,
                    link.came.dropped,
                    link.left_to_backlog,
                    None if link.up else link.lost,
                )
                for _partner, link in sorted(self._links.items())
            )

    def close(self) -> None:
        """Stop carrying; what waits is left to the ledger."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._ask_to_stop)
            self._thread.join(_STOP_S_MAX)
        require(not self._thread.is_alive(), f"the bus of {self.nation} does not stop")

    # ------------------------------------------------------------------ in the thread that carries

    def _ask_to_stop(self) -> None:
        if self._stop is not None:
            self._stop.set()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve_all())
            self._loop.run_until_complete(_end_all())
        finally:
            self._loop.close()

    async def _serve_all(self) -> None:
        self._stop = asyncio.Event()
        tasks = [asyncio.create_task(self._serve(link)) for link in self._links.values()]
        await self._stop.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, link: _Link) -> None:
        """Connect, carry until the connection is lost, and again. A new client each time.

        So that nothing lies in an old one's buffers and leaves when it finds its server again.
        """
        # Asked each time: a cancellation that comes while the client gives up may be lost in it.
        while self._stop is not None and not self._stop.is_set():
            client = Client()
            try:
                await self._connect(link, client)
                await self._carry(link, client)
                link.lost = "the connection to our own server was lost"
            except (NatsError, OSError, TimeoutError) as error:
                # What was under way is missed by the partner, who says so.
                link.lost = f"{type(error).__name__}: {str(error)[:120]}"
            finally:
                self._set_down(link)
                await client.close()
            await asyncio.sleep(_CONNECT_AGAIN_S)

    async def _connect(self, link: _Link, client: Client) -> None:
        server = self._server

        async def came(message: Msg) -> None:
            self._came(link, message)

        await client.connect(
            f"tls://{server.node_at}",
            name=f"node {self.nation}",
            user=user_of_node(link.partner),
            password=server.passwords[link.partner],
            tls=server.client_tls(),
            tls_hostname=server.node_at.host,
            tls_handshake_first=True,
            allow_reconnect=False,
            connect_timeout=_CONNECT_S_MAX,
            error_cb=_told_elsewhere,
            pending_size=LINK_SERVER_PENDING_BYTES_MAX,
        )
        await client.subscribe(
            subject(link.partner, self.nation, "*"),
            cb=came,
            pending_msgs_limit=8 * LINK_IN_FLIGHT_MAX,
            pending_bytes_limit=4 * LINK_IN_FLIGHT_BYTES_MAX,
        )

    async def _carry(self, link: _Link, client: Client) -> None:
        """Hand over what may go, and say hello, while the connection lasts."""
        hello_s = 0.0
        while client.is_connected:
            link.wake.clear()
            with self._lock:
                link.woken = False
            now_s = time.monotonic()
            if now_s >= hello_s or link.hello_due:
                hello_s = now_s + HELLO_EVERY_S
                link.hello_due = False
                await self._say_hello(link, client)
                self._look_for_silence(link, now_s)
            await self._hand_over(link, client)
            if not link.wake.is_set():
                try:
                    async with asyncio.timeout(max(0.0, hello_s - time.monotonic())):
                        await link.wake.wait()
                except TimeoutError:
                    pass  # time for the next hello

    async def _hand_over(self, link: _Link, client: Client) -> None:
        while client.is_connected:
            with self._lock:
                may = link.up and not self._held
                taken = link.out.take(time.monotonic()) if may else None
            if taken is None:
                return
            number, item = taken
            frame = frame_bytes(Frame(self._session, number, item.raw))
            await client.publish(subject(self.nation, link.partner, item.lane), frame)

    async def _say_hello(self, link: _Link, client: Client) -> None:
        with self._lock:
            hello = link.came.hello()
            link.read_since_hello = 0
        await client.publish(subject(self.nation, link.partner, HELLO_LANE), hello_bytes(hello))

    def _came(self, link: _Link, message: Msg) -> None:
        lane = message.subject.rpartition(".")[2]
        if lane == HELLO_LANE:
            self._heard(link, message.data)
            return
        frame = read_frame(message.data)
        if frame is None or lane not in _LANES:
            with self._lock:
                link.came.dropped += 1
            return
        kept_in = cast("BusLane", lane)
        with self._lock:
            if link.came.put(kept_in, frame):
                way = (str(link.partner), kept_in)
                self.arrived_counts[way] = self.arrived_counts.get(way, 0) + 1
                self.arrived.set()

    def _heard(self, link: _Link, data: bytes) -> None:
        hello = read_hello(data)
        if hello is None:
            return
        now_s = time.monotonic()
        with self._lock:
            link.heard_s = now_s
            link.up = True
            # Another session is an older one of ours, or none was heard of yet.
            if hello.session == self._session:
                link.out.hear(hello, now_s)
        link.wake.set()

    def _look_for_silence(self, link: _Link, now_s: float) -> None:
        if link.heard_s is not None and now_s - link.heard_s > SILENT_AFTER_S:
            self._set_down(link)

    def _set_down(self, link: _Link) -> None:
        with self._lock:
            link.up = False
            link.left_to_backlog += link.out.leave_to_backlog()

    def _wake(self, link: _Link) -> None:
        """Wake the link's task, once until it looks; under the lock."""
        if not link.woken and not self._loop.is_closed():
            link.woken = True
            self._loop.call_soon_threadsafe(link.wake.set)


async def _end_all() -> None:
    """End what the client's library left running, so that closing the loop cuts nothing off."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    if left:
        await asyncio.wait(left, timeout=_END_S_MAX)


class _WithoutEof(logging.Filter):
    """asyncio warns each time that nats.py closes a connection under TLS; nothing is wrong then."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is to be told."""
        return "eof_received() has no effect" not in str(record.msg)


logging.getLogger("asyncio").addFilter(_WithoutEof())


async def _told_elsewhere(_error: Exception) -> None:
    """A lost connection ends `_carry`, and shows in `links`; nats.py would log it besides."""
