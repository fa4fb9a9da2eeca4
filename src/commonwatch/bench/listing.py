"""Which benchmarks there are, what they need, and where the scripts among them lie."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import msgspec

from commonwatch.errors import UnusableInput


class Benchmark(msgspec.Struct, frozen=True):
    """A benchmark by name; `peer` is the module that it runs beside, None beside the truth.

    `others` are further peers, which the same installation brings.
    """

    name: str
    about: str
    peer: str | None
    others: tuple[str, ...] = ()

    @property
    def is_ready(self) -> bool:
        """Whether the peers are installed."""
        peers = (*(() if self.peer is None else (self.peer,)), *self.others)
        return all(importlib.util.find_spec(peer) is not None for peer in peers)

    def require_ready(self) -> None:
        """Raise UnusableInput, with the way out, where the peer is not installed."""
        if not self.is_ready:
            raise UnusableInput(
                f"bench {self.name}: its peer, {self.peer}, is not installed here; "
                "`make bench` in a checkout installs the peers and runs all benchmarks"
            )


STONE_SOUP = Benchmark(
    "stonesoup",
    "plots to impact on a lofted flight, beside Stone Soup's unscented Kalman filter",
    "stonesoup",
)
ARCS = Benchmark("arcs", "arcs to the ground, beside heyoka's batch of four", "heyoka")
SPEED = Benchmark(
    "speed",
    "a filter step, a scan of many objects, a whole pass; beside Stone Soup and FilterPy",
    "filterpy",
    ("stonesoup",),
)
GATE = Benchmark(
    "gate",
    "a release decision from the table, beside Cedar asked each time; bulletins into a ledger",
    "cedarpy",
)
SHARE = Benchmark(
    "share",
    "an update from one node to another over a real link, beside bare NATS on the same; a minute",
    "nats",
)
LEDGER = Benchmark(
    "ledger",
    "durable records beside bare SQLite; transfers with receipts between two nodes",
    "sqlite3",
)
CALIBRATION = Benchmark(
    "calibration", "whether what the estimator tells is true, by class of flight; hours", None
)
SUSPEND = Benchmark(
    "suspend", "from an order to suspend to the gate closed, on the wall and beside load", None
)
FAULTS = Benchmark(
    "faults",
    "real nodes killed, without power, refused by the disk, spoilt, cut off; ten minutes",
    None,
)
SIMULATE = Benchmark(
    "simulate", "whole nodes on a virtual clock, network and disk, seed by seed; what fails", None
)
# Those beside a peer, which `all` runs, and all.
BESIDE_A_PEER = (STONE_SOUP, SPEED, ARCS, GATE, LEDGER, SHARE)
BENCHMARKS = (*BESIDE_A_PEER, SUSPEND, SIMULATE, CALIBRATION, FAULTS)


class ListedBenchmark(msgspec.Struct, frozen=True):
    """One line of the list; `ready` says whether its peer is installed."""

    name: str
    about: str
    peer: str | None
    ready: bool


class Listing(msgspec.Struct, frozen=True, tag_field="kind", tag="benchmarks"):
    """What `bench --json` prints."""

    benchmarks: tuple[ListedBenchmark, ...]


def listing() -> Listing:
    """All benchmarks, and which can run here."""
    return Listing(
        tuple(ListedBenchmark(one.name, one.about, one.peer, one.is_ready) for one in BENCHMARKS)
    )


def script_of_arcs() -> Path:
    """The benchmark of arcs, a script of the checkout; raises UnusableInput where that is not."""
    script = Path(__file__).resolve().parents[3] / "bench" / "arcs.py"
    if not script.exists():
        raise UnusableInput(
            f"bench arcs: {script} is not there; it comes with a checkout, not with the package"
        )
    return script
