"""The server as a process of ours: it comes up, comes back, is told apart, and is never left."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from commonwatch.errors import UnusableInput
from commonwatch.identity import nation
from commonwatch.limits import LINK_PARTNERS_MAX
from commonwatch.mode import EXERCISE
from commonwatch.node.link.nats_bus import NatsBus
from commonwatch.node.link.server import LinkServer, LinkUnavailable
from commonwatch.node.link.server_config import Address, LinkPartner, ServerSetup
from tests.sharing.links import ANY_PORT, Links, identities, until


@pytest.fixture
def pair(tmp_path):
    made = Links(tmp_path, ("KOR", "JPN"))
    yield made
    made.close()


def setup_of(partners=(), **changes) -> ServerSetup:
    known = identities(("KOR",))
    values = {
        "nation": nation("KOR"), "mode": EXERCISE, "identity": known["KOR"], "partners": partners,
        "links_at": ANY_PORT,
    }  # fmt: skip
    return ServerSetup(**{**values, **changes})


def runs(pid: int) -> bool:
    # One that ended and that nobody waited for yet still has its number.
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_keys_and_passwords_are_readable_for_their_owner_alone(pair):
    folder = pair.servers["KOR"].folder
    assert folder.stat().st_mode & 0o077 == 0
    for name in ("own.key", "server.conf"):
        assert (folder / name).stat().st_mode & 0o077 == 0


def test_killed_it_comes_back_at_the_same_ports_and_the_link_with_it(pair):
    server = pair.servers["KOR"]
    buses = {code: NatsBus(pair.servers[code]) for code in ("KOR", "JPN")}
    try:
        until(lambda: all(bus.links()[0].up for bus in buses.values()), "the link is up")
        before = (server.node_at, server.links_at, server.pid)
        os.kill(server.pid, signal.SIGKILL)
        until(lambda: not buses["KOR"].links()[0].up, "the loss is seen")
        assert not buses["KOR"].send("KOR", "JPN", "live", b"lost in the ledger's keeping")
        until(lambda: all(bus.links()[0].up for bus in buses.values()), "the link is up again")
        assert (server.node_at, server.links_at) == before[:2]
        assert server.pid != before[2]
        assert server.starts == 2
        assert buses["KOR"].send("KOR", "JPN", "live", b"again")
        until(buses["JPN"].arrived.is_set, "it arrives")
        assert buses["JPN"].drain("JPN", "live") == (b"again",)
    finally:
        for bus in buses.values():
            bus.close()


def test_stopped_nothing_is_left(pair):
    pids = [server.pid for server in pair.servers.values()]
    pair.close()
    assert not any(map(runs, pids))


def test_a_server_ends_with_a_node_that_was_killed(tmp_path):
    code = f"""
import time
from pathlib import Path
from tests.sharing.test_link_server import setup_of
from commonwatch.node.link.server import LinkServer
print(LinkServer(setup_of(), Path({str(tmp_path / "link")!r})).pid, flush=True)
time.sleep(60)
"""
    paths = os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), str(Path.cwd()))))
    node = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": paths},
    )
    with node:
        pid = int(node.stdout.readline())
        assert runs(pid)
        node.kill()
    until(lambda: not runs(pid), "the server ended", within_s=3.0)


def test_a_server_that_cannot_listen_says_so(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        began_s = time.monotonic()
        with pytest.raises(LinkUnavailable, match=r"KOR: .*(address already in use|not ready)"):
            LinkServer(setup_of(node_at=Address("127.0.0.1", port)), tmp_path / "link")
        assert time.monotonic() - began_s < 15.0


def partner(code: str, dial: Address | None = None) -> LinkPartner:
    return LinkPartner(nation(code), identities((code,))[code].certificate_pem, dial)


@pytest.mark.parametrize(
    ("partners", "links_at", "why"),
    [
        ((partner("KOR"),), ANY_PORT, "not itself"),
        ((partner("JPN"), partner("JPN")), ANY_PORT, "each partner once"),
        ((partner("JPN"),), None, "JPN would dial, and nothing listens"),
        (
            tuple(LinkPartner(f"{number:03d}", b"") for number in range(LINK_PARTNERS_MAX + 1)),
            ANY_PORT,
            "at most 64",
        ),
    ],
)
def test_a_setup_that_cannot_be_is_refused(partners, links_at, why):
    with pytest.raises(UnusableInput, match=why):
        setup_of(partners, links_at=links_at)


@pytest.mark.parametrize(
    ("host", "port"), [("a b", 1), ('x"} accounts {', 1), ("", 1), ("127.0.0.1", 70_000)]
)
def test_an_address_that_is_none_never_reaches_a_configuration(host, port):
    with pytest.raises(UnusableInput, match=r"host|port"):
        Address(host, port)
