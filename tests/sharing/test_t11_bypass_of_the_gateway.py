"""T11, bypass of the gateway: who may import a way out, and who has a route to a partner at all."""

from __future__ import annotations

import ast
import socket
import subprocess
import sys

import pytest

from tests.house_rules import ROOT, tracked_files

NO_NETWORK = ROOT / "tools/no-network.sh"
# What carries bytes off the machine; `select` and `asyncio` are how such things are driven.
CARRIERS = {
    "socket", "socketserver", "ssl", "http", "urllib", "requests", "httpx", "aiohttp", "nats",
    "asyncio", "ftplib", "smtplib", "xmlrpc", "websockets", "zmq", "grpc", "paramiko",
}  # fmt: skip
BENCH_OF_THE_BUS = "src/commonwatch/bench/share/"
# Where a carrier may be imported: the bus, and the page that a replay shows on this machine alone.
# The benchmark of the bus sends between processes of this machine, and holds no one's data.
MAY_CARRY = (
    "src/commonwatch/node/",
    "src/commonwatch/world/",
    "src/commonwatch/console/",
    BENCH_OF_THE_BUS,
)
LOCAL_PAGE = {"src/commonwatch/cli/page_server.py", "src/commonwatch/report/playback.py"}
# Looks which ports of this machine are free for the nodes whose faults it makes; it sends nothing.
FREE_PORTS = {"src/commonwatch/bench/faults/pair.py"}
# Who hands an envelope to a bus: the journal, once the ledger holds it, and who sends again out
# of the ledger what nobody receipted after a restart, or what a partner says that it misses.
# Heads of the ledger hold no one's data (a size, a root, a signature) and go outside the numbered
# bundles: what is shown is durable before it leaves, and a lost one is not sent again (ADR 0023).
MAY_SEND = {
    "src/commonwatch/node/heads.py": {"self._journal.bus.send"},
    "src/commonwatch/node/journal.py": {"self.bus.send"},
    "src/commonwatch/node/node.py": {"self.journal.bus.send"},
    "src/commonwatch/node/resuming.py": {"self._journal.bus.send"},
}


def sources() -> list[tuple[str, ast.Module]]:
    return [
        (str(file.path), file.tree)
        for file in tracked_files()
        if file.in_package and file.is_python
    ]


def imported(tree: ast.Module) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


def carrying(files: list[tuple[str, ast.Module]]) -> set[str]:
    return {
        path
        for path, tree in files
        if imported(tree) & CARRIERS
        and not path.startswith(MAY_CARRY)
        and path not in LOCAL_PAGE | FREE_PORTS
    }


def sending(files: list[tuple[str, ast.Module]]) -> set[tuple[str, str]]:
    """Calls of a bus's `send`, by file."""
    return {
        (path, ast.unparse(node.func))
        for path, tree in files
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "send"
        and ast.unparse(node.func.value).rpartition(".")[2] in {"bus", "_bus"}
    }


def test_t11_no_module_but_the_nodes_shell_imports_a_way_off_the_machine():
    assert carrying(sources()) == set()
    planted = [("src/commonwatch/estimate/leak.py", ast.parse("import socket"))]
    assert carrying(planted) == {"src/commonwatch/estimate/leak.py"}


def test_t11_an_envelope_reaches_a_bus_from_the_journal_alone():
    allowed = {(path, call) for path, calls in MAY_SEND.items() for call in calls}
    found = {one for one in sending(sources()) if one[0].startswith("src/commonwatch/node/")}
    assert found == allowed
    elsewhere = {one for one in sending(sources()) if not one[0].startswith(BENCH_OF_THE_BUS)}
    assert elsewhere == found, "and from nowhere outside the node's shell"
    planted = [("src/commonwatch/warn/leak.py", ast.parse("self.bus.send(1, 2, 3, 4)"))]
    assert sending(planted) == {("src/commonwatch/warn/leak.py", "self.bus.send")}


CONNECT = "import socket, sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])), 5).close()"


@pytest.fixture
def partner():
    """Something that listens as a partner would, and its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def connects(port: int, *before: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*before, sys.executable, "-c", CONNECT, str(port)],
        capture_output=True, check=False, text=True, timeout=60,
    )  # fmt: skip


def test_t11_a_process_that_is_not_the_gates_cannot_reach_a_partner(partner):
    """In a network namespace of its own; on a machine that has none this says so, loudly."""
    try:
        can = subprocess.run([NO_NETWORK, "true"], capture_output=True, check=False).returncode == 0
    except OSError:
        can = False
    if not can:
        # Past pytest's capture, so that whoever runs the suite on such a machine sees it.
        print("\nT11 IS NOT SHOWN HERE: no network namespaces", file=sys.__stderr__)
        return
    assert connects(partner).returncode == 0, "whoever has a route gets through"
    confined = connects(partner, str(NO_NETWORK))
    assert confined.returncode != 0
    assert "Network is unreachable" in confined.stderr or "refused" in confined.stderr
    # What is not the gate needs no route: the program works there as anywhere.
    done = subprocess.run(
        [NO_NETWORK, sys.executable, "-c", WORKS], cwd=ROOT, capture_output=True, check=False,
        text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "expected_impact from KOR to JPN: release" in done.stdout


WORKS = """
import sys
from commonwatch.cli.app import run
sys.exit(run(["agreement", "explain", "expected_impact", "--from", "KOR", "--to", "JPN"]))
"""
