"""Nodes as services: processes of our own program, joined over NATS, fed line by line."""

from __future__ import annotations

import gzip
import http.client
import json
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from commonwatch.node.agreement_desk import AgreementDesk
from commonwatch.node.agreements import worked_example_texts
from commonwatch.node.service.config import CONFIG_FILE, config_text, read_config
from commonwatch.node.service.making import make_node
from commonwatch.node.service.partners import add_partner, own_identity
from commonwatch.release.order import OrderKind
from commonwatch.utc import format_utc, parse_utc
from commonwatch.world.replay_setup import MARKINGS
from tests.house_rules import ROOT
from tests.sharing.links import until

PROGRAM = Path(sys.executable).with_name("commonwatch")
EXAMPLE_PASS = ROOT / "src/commonwatch/world/data/example-pass"
# Of a loaded machine.
WAIT_S_MAX = 60.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]


def example_plots(seconds: float) -> list[dict[str, object]]:
    """The example pass's first seconds, told as of now, at the same seconds of a minute."""
    lines = gzip.decompress((EXAMPLE_PASS / "plots.jsonl.gz").read_bytes()).splitlines()
    plots = [json.loads(line) for line in lines]
    first_s = parse_utc(plots[0]["time"])
    shift_s = round((time.time() - first_s) / 60.0) * 60.0
    kept = [plot for plot in plots if parse_utc(plot["time"]) <= first_s + seconds]
    return [{**plot, "time": format_utc(parse_utc(plot["time"]) + shift_s)} for plot in kept]


class Service:
    """One node's folder, and its process while it runs."""

    def __init__(self, folder: Path, desks: Path, code: str) -> None:
        self.code, self.folder, self.desk = code, folder / code, desks / code
        address = f"127.0.0.1:{free_port()}"
        sensors = EXAMPLE_PASS / "sensors.toml"
        self.file = make_node(self.folder, code, "exercise", address, sensors, time.time())
        desks.mkdir(exist_ok=True)
        shutil.move(self.folder / "desk", self.desk)
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.runs = 0

    def configure(self, others: Sequence[Service], every_s: int) -> None:
        config = read_config(self.file)
        text = config_text(
            msgspec.structs.replace(
                config,
                marking=msgspec.structs.replace(
                    config.marking,
                    level=MARKINGS[self.code],
                    releasable_to=tuple(sorted(other.code for other in others)),
                ),
                feed=msgspec.structs.replace(config.feed, clock="data", late_s=0.0),
                output=msgspec.structs.replace(config.output, picture_every_s=every_s),
                page=msgspec.structs.replace(config.page, port=self.port),
            )
        )
        text = text.replace('desk = "desk"', f"desk = {json.dumps(str(self.desk))}")
        (self.folder / CONFIG_FILE).write_text(text)
        for other in others:
            own = own_identity(other.file, read_config(other.file))
            given = self.folder.parent / f"{other.code}.json"
            given.write_bytes(msgspec.json.encode(own))
            add_partner(self.file, read_config(self.file), given, own.fingerprint, time.time())

    def start(self) -> None:
        self.runs += 1
        with (
            self.folder.joinpath(f"out.{self.runs}").open("wb") as out,
            self.folder.joinpath(f"log.{self.runs}").open("wb") as log,
        ):
            self.process = subprocess.Popen(
                [PROGRAM, "node", "run", self.folder],
                stdin=subprocess.PIPE, stdout=out, stderr=log,
            )  # fmt: skip
        until(self._is_ready, f"{self.code} is ready: {self.log()}", WAIT_S_MAX)

    def _is_ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log()
        return self.get("/ready") == (200, "ready\n")

    def get(self, path: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10.0)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except ConnectionError:
            return 0, ""
        finally:
            connection.close()

    def metrics(self) -> dict[str, float]:
        lines = self.get("/metrics")[1].splitlines()
        pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        return {name.removeprefix("commonwatch_"): float(value) for name, value in pairs}

    def say(self, lines: Iterable[dict[str, object]], until_s: float) -> None:
        """Feed plots, and the word that this is all up to then."""
        mark = {"kind": "mark", "time": format_utc(until_s)}
        assert self.process is not None
        assert self.process.stdin is not None
        for line in (*lines, mark):
            self.process.stdin.write(json.dumps(line).encode() + b"\n")
        self.process.stdin.flush()

    def end(self, how: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(how)
        status = self.process.wait(WAIT_S_MAX)
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process = None
        return status

    def out(self) -> list[dict[str, object]]:
        files = [self.folder / f"out.{run}" for run in range(1, self.runs + 1)]
        return [json.loads(line) for file in files for line in file.read_bytes().splitlines()]

    def log(self) -> str:
        return "".join(path.read_text() for path in sorted(self.folder.glob("log.*")))


def joined_services(folder: Path, codes: Sequence[str], every_s: int = 1) -> dict[str, Service]:
    """Nodes that know each other, every two with their agreement signed by both; not started."""
    desks = folder / "desks"
    made = {code: Service(folder / "nodes", desks, code) for code in codes}
    for service in made.values():
        others = [other for other in made.values() if other is not service]
        service.configure(others, every_s)
    texts = dict(worked_example_texts())
    now_s = time.time()
    for one in codes:
        for other in codes:
            name = f"{one}-{other}.toml"
            if name not in texts:
                continue
            first, second = AgreementDesk(desks / one), AgreementDesk(desks / other)
            first.propose(texts[name], name, now_s)
            second.take(first.exchange_for(other), None, now_s)
            first.give(f"{one}-{other}", OrderKind.SIGN, now_s)
            second.give(f"{one}-{other}", OrderKind.SIGN, now_s)
            first.take(second.exchange_for(one), None, now_s + 1.0)
            second.take(first.exchange_for(other), None, now_s + 1.0)
    return made
