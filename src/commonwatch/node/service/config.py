"""The TOML file of a node that runs as a service, and the files beside it.

node.toml        this file
identity.json    the node's nation, mode and the public keys that it goes by; key: its own
link.pem, .key   its certificate on links, and the key of that
partners/        each partner's identity file, as it was accepted
desk/            the nation's agreement desk, where orders are signed
ledger.db        the node's ledger
plots.jsonl      plots that tracks in the air rest on, to start again from
"""

from __future__ import annotations

import math
import tomllib
from pathlib import Path
from typing import Literal

import msgspec

from commonwatch.errors import UnusableInput
from commonwatch.limits import FEED_LATE_MAX_S, NODE_FILE_BYTES_MAX
from commonwatch.node.durable import read_bounded
from commonwatch.node.link.server_config import Address

CONFIG_FILE = "node.toml"
LINK_CERTIFICATE, LINK_KEY = "link.pem", "link.key"
PARTNERS_FOLDER = "partners"
LINK_FOLDER = "link"
PLOTS_FILE = "plots.jsonl"
STANDARD = "-"
PAGE_HOST = "127.0.0.1"


class Marking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the own sensors' word is marked; whom it is releasable to: nobody who is not named."""

    level: str
    releasable_to: tuple[str, ...] = ()


class Feed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where plots come from. `clock`: `wall`, or `data` of a replay; `late_s`: what is awaited."""

    plots: str = STANDARD
    clock: Literal["wall", "data"] = "wall"
    late_s: float = 1.0


class Output(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where assessments and pictures go as JSON lines; pictures every so many whole seconds."""

    file: str = STANDARD
    picture_every_s: int = 1


class Links(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where this node listens for partners, and where they reach it, each as host:port."""

    listen: str
    address: str


class Page(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The port of health, readiness and metrics on this machine alone; 0: none."""

    port: int = 0


class NodeConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    nation: str
    mode: Literal["LIVE", "EXERCISE", "TEST"]
    marking: Marking
    links: Links
    sensors: str = "sensors.toml"
    desk: str = "desk"
    feed: Feed = Feed()
    output: Output = Output()
    page: Page = Page()


def config_file(place: Path) -> Path:
    """The TOML file, given itself or its folder."""
    return place / CONFIG_FILE if place.is_dir() else place


def read_config(file: Path) -> NodeConfig:
    """The configuration in a file; UnusableInput with the key that cannot be used."""
    if not file.is_file():
        raise UnusableInput(f"{file}: no such file; `commonwatch node init` writes one")
    text = read_bounded(file, NODE_FILE_BYTES_MAX)
    try:
        found = msgspec.toml.decode(text.encode(), type=NodeConfig)
    except msgspec.ValidationError as error:
        raise UnusableInput(f"{file}: {error}") from error
    except (tomllib.TOMLDecodeError, msgspec.DecodeError, RecursionError) as error:
        raise UnusableInput(f"{file}: not TOML: {error}") from error
    return found


def faults_of_values(config: NodeConfig) -> tuple[str, ...]:
    """What of the values cannot be used, each with its key and what would be right."""
    faults = []
    late_s, every_s = config.feed.late_s, config.output.picture_every_s
    if not (math.isfinite(late_s) and 0.0 <= late_s <= FEED_LATE_MAX_S):
        faults.append(f"feed.late_s: {late_s}; 0 to {FEED_LATE_MAX_S:.0f} seconds")
    if not 1 <= every_s <= 3600:
        faults.append(f"output.picture_every_s: {every_s}; 1 to 3600 whole seconds")
    if not 0 <= config.page.port <= 65_535:
        faults.append(f"page.port: {config.page.port}; 0 (none) to 65535")
    for key, text in (("listen", config.links.listen), ("address", config.links.address)):
        try:
            if parse_address(text).port == 0:
                faults.append(f"links.{key}: port 0; partners need a port that stays")
        except UnusableInput as error:
            faults.append(f"links.{key}: {error}")
    return tuple(faults)


def parse_address(text: str) -> Address:
    """`host:port`, an IPv6 address in brackets; UnusableInput where it is none."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or len(port) > 5:
        raise UnusableInput(f"`{text[:80]}`: write host:port, as in 192.0.2.1:7422")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    return Address(host, int(port))


def beside(file: Path, name: str) -> Path:
    """A path of the configuration: relative ones begin where the file lies."""
    return file.parent / name


def config_text(config: NodeConfig) -> str:
    """The file as `node init` writes it."""
    said = {
        name: msgspec.json.encode(value).decode()
        for name, value in (
            ("nation", config.nation),
            ("mode", config.mode),
            ("sensors", config.sensors),
            ("level", config.marking.level),
            ("releasable_to", config.marking.releasable_to),
            ("plots", config.feed.plots),
            ("listen", config.links.listen),
            ("address", config.links.address),
        )
    }
    return f"""\
# One nation's node. `commonwatch node check` says everything that is wrong with it.
nation = {said["nation"]}
mode = {said["mode"]} # LIVE, EXERCISE or TEST, for the node's whole life
sensors = {said["sensors"]} # own and partners': who may speak for which
desk = "desk" # where orders on agreements are signed

[marking] # of what the own sensors say
level = {said["level"]} # as the agreements know it
releasable_to = {said["releasable_to"]} # nobody who is not named here is told anything

[feed]
plots = {said["plots"]} # a file that grows, a pipe, or "-" for standard input
clock = "{config.feed.clock}" # "data" where a recorded pass is replayed
late_s = {config.feed.late_s} # a second is closed this much later; what comes after is refused

[output]
file = "-" # assessments and pictures, JSON lines
picture_every_s = {config.output.picture_every_s}

[links]
listen = {said["listen"]} # where partners' servers are awaited
address = {said["address"]} # where partners reach it

[page]
port = {config.page.port} # /health, /ready and /metrics on this machine; 0: none
"""
