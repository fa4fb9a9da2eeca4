"""The other side of `bench share`, a process of its own: it receives and says when.

Started by run.py; each line on standard input is a task, each answered by lines of JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

from nats.aio.client import Client
from nats.aio.msg import Msg

from commonwatch.bench.share.side import GIVER, HERE, TAKER, Side
from commonwatch.node.interpreter import set_for_a_node
from commonwatch.node.link.nats_bus import NatsBus
from commonwatch.node.link.server import LinkServer
from commonwatch.node.link.server_config import Address, subject, user_of_node
from commonwatch.node.node import Node

BARE_LANE = "bare"
REPORT_EVERY_S = 0.25
# What came in is made durable, and receipted, as one group each so often.
DURABLE_EVERY_S = 0.01
_IDLE_S = 0.05
_TASK_S_MAX = 120.0


async def bare_client(server: LinkServer, other: str) -> Client:
    """A plain client of nats.py on the own server, in the partner's account."""
    client = Client()
    await client.connect(
        f"tls://{server.node_at}",
        user=user_of_node(other),
        password=server.passwords[other],
        tls=server.client_tls(),
        tls_hostname=HERE,
        tls_handshake_first=True,
        pending_size=64 * 1024 * 1024,
    )
    return client


async def _bare(server: LinkServer, count: int) -> list[tuple[int, float]]:
    client = await bare_client(server, GIVER)
    done = asyncio.Event()
    came: list[tuple[int, float]] = []

    async def took(message: Msg) -> None:
        came.append((int.from_bytes(message.data[:8], "big"), time.time()))
        if len(came) == count:
            done.set()

    await client.subscribe(
        subject(GIVER, TAKER, BARE_LANE), cb=took, pending_msgs_limit=-1, pending_bytes_limit=-1
    )
    await client.flush()
    _say("ready")
    async with asyncio.timeout(_TASK_S_MAX):
        await done.wait()
    await client.close()
    return came


def _held(node: Node, bus: NatsBus, count: int) -> list[tuple[str, float, float]]:
    """Bulletins that came first of their object: id, when it was issued, when it was held.

    Until so many have come in all, older words on an object among them; all are in the ledger then.
    """
    came: list[tuple[str, float, float]] = []
    received = node.receiving.inbound.received
    wanted, until_s, report_s = len(received) + count, time.monotonic() + _TASK_S_MAX, 0.0
    durable_s = 0.0
    while (len(received) < wanted or node.journal.waits) and time.monotonic() < until_s:
        bus.arrived.wait(DURABLE_EVERY_S if node.journal.waits else _IDLE_S)
        now_s = time.time()
        accepted = node.receive(now_s)
        held_s = time.time()
        came += ((item.id, item.issued_s, held_s) for item in accepted)
        if node.journal.waits and now_s - durable_s >= DURABLE_EVERY_S:
            durable_s = now_s
            node.commit_soon(now_s)
        node.send_durable(now_s)
        if now_s - report_s >= REPORT_EVERY_S:
            report_s = now_s
            node.report_progress(now_s)
    return came


def _say(what: object) -> None:
    print(json.dumps(what), flush=True)


def main() -> None:
    """Do what standard input asks, until it ends."""
    folder, port = sys.argv[1:]
    side = Side(TAKER, Path(folder), Address(HERE, int(port)))
    try:
        bus, node = None, None
        _say(side.server.pid)
        for line in sys.stdin:
            task, count = line.split()
            if task == "bare":
                _say(asyncio.run(_bare(side.server, int(count))))
                continue
            if bus is None or node is None:
                bus = side.bus()
                node = side.node(bus, bus.arrived.set)
                side.await_link(bus)
                set_for_a_node()
            _say("ready")
            came = _held(node, bus, int(count))
            _say((came, time.time()))
    finally:
        side.close()


if __name__ == "__main__":
    main()
