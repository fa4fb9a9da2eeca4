"""Power is lost while a ledger is written, again and again: what was acknowledged is there.

The ledger lies on a file system of ours (FUSE) that knows what was synced.
"""

from __future__ import annotations

import importlib.util
import os
import random
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from commonwatch.bench.faults.answer import Figure, LaneAnswer
from commonwatch.bench.faults.nation import KEYS
from commonwatch.bench.faults.writer import OWN, Append, Durable, groups
from commonwatch.bench.faults.zygote import Zygote
from commonwatch.bench.machine import this_machine
from commonwatch.errors import CheckFailed, UnusableInput, require
from commonwatch.mode import EXERCISE
from commonwatch.node.ledger_store import LedgerStore, read_ledger

# The power goes in one of the first so many changes of the disk: the making of the ledger is some
# thirty of them, a group four or more.
CHANGES_MAX = 160
# One ledger in so many begins anew; the others go on from what the loss before it left.
ANEW = 4
MOUNTED_S_MAX, DARK_S_MAX = 20.0, 60.0
NOTES = (
    "A process appends groups of records to a ledger on a file system that keeps what was synced. "
    "In one of its changes, writes, syncs and names alike, the power goes: the process is killed; "
    "of what was not synced nothing, all, the beginning or any sectors are left, torn at 512 "
    "bytes; of names some from the beginning. The ledger opens, verifies, holds what was durable, "
    "and is written on. Three in four begin from what the loss before left.",
)


def missing() -> str | None:
    """What the machine lacks for this lane, None where nothing."""
    if importlib.util.find_spec("mfusepy") is None:
        return "mfusepy is not installed; `make test` or `make bench` installs it"
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        return "/dev/fuse is not there or may not be opened"
    if shutil.which("fusermount3") is None:
        return "fusermount3 is not installed; on Debian: apt-get install fuse3"
    return None


class Mount:
    """The file system's process, mounted; closed, it is unmounted."""

    def __init__(self, place: Path, log: Path, *, lies: bool = False) -> None:
        place.mkdir()
        self.place = place
        with log.open("wb") as words:
            self._process = subprocess.Popen(  # noqa: S603  # our own program
                [sys.executable, "-m", "commonwatch.bench.faults.volatile_mount", place,
                 *(["lies"] if lies else [])],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=words,
            )  # fmt: skip
        until_s = time.monotonic() + MOUNTED_S_MAX
        while not place.is_mount():
            told = log.read_text(errors="replace")[-300:]
            require(self._process.poll() is None, f"the file system ended: {told}")
            require(time.monotonic() < until_s, f"not mounted: {told}")
            time.sleep(0.02)

    def ask(self, line: str) -> None:
        """Give a command, and wait until it is obeyed."""
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()
        self.hear("done", DARK_S_MAX)

    def hear(self, word: str, within_s: float) -> None:
        """Wait for a word of it."""
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], within_s)
        heard = self._process.stdout.readline().decode().strip() if ready else "nothing"
        require(heard == word, f"the file system said {heard}, not {word}")

    def close(self) -> None:
        """Unmount; the process ends by it."""
        subprocess.run(["fusermount3", "-u", "-z", self.place], check=False)  # noqa: S603, S607
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.wait(MOUNTED_S_MAX)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()


@dataclass(slots=True)
class _Sums:
    cuts: int = 0
    records: int = 0
    unknown: int = 0
    before_any: int = 0


def power(
    times: int,
    seconds: float,
    advance: Callable[[float, str], None],
    seed: int = 18,
    *,
    lies: bool = False,
) -> LaneAnswer:
    """So many losses, or as many as go into so many seconds; with `lies`, syncs do nothing."""
    why = missing()
    if why is not None:
        raise UnusableInput(f"faults, power: {why}")
    generator, began_s = random.Random(seed), time.monotonic()  # noqa: S311  # of faults
    sums, violations = _Sums(), list[str]()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        zygote = Zygote(place / "log")
        mount = Mount(place / "disk", place / "disk.log", lies=lies)
        try:
            before: Path | None = None
            while sums.cuts < times and time.monotonic() - began_s < seconds:
                advance(sums.cuts, f"{len(violations)} violations")
                if not generator.randrange(ANEW) or violations:
                    before = None
                found = _lost(place, mount, zygote, before, sums.cuts, generator)
                told = place / f"{sums.cuts}.told"
                violations += (
                    f"loss {sums.cuts}: {what}" for what in _violations(found, told, sums)
                )
                if before is not None:
                    shutil.rmtree(before)
                sums.cuts, before = sums.cuts + 1, found
        finally:
            mount.close()
            zygote.close()
    return LaneAnswer(
        "faults", "power", this_machine(("commonwatch", "sqlalchemy", "mfusepy")), times,
        sums.cuts, round(time.monotonic() - began_s, 1),
        (
            Figure("records that were durable, found each time", sums.records),
            Figure("groups found that were not known to be durable", sums.unknown),
            Figure("losses before anything was durable", sums.before_any),
        ),
        tuple(violations), NOTES,
    )  # fmt: skip


def _lost(
    place: Path,
    mount: Mount,
    zygote: Zygote,
    before: Path | None,
    number: int,
    generator: random.Random,
) -> Path:
    """Lose the power once; the folder with what is found afterwards."""
    folder, found = mount.place / str(number), place / f"{number}.found"
    folder.mkdir()
    if before is not None:
        _carry_over(before, folder)
    mount.ask(f"cut {number} {generator.randint(1, CHANGES_MAX)}")
    told = place / f"{number}.told"
    pid = zygote.fork(Append(str(folder), str(told), number))
    mount.hear("cut", DARK_S_MAX)
    os.kill(pid, signal.SIGKILL)
    zygote.wait(pid)
    mount.ask(f"left {number} {generator.randrange(2**31)} {found}")
    return found


def _carry_over(before: Path, folder: Path) -> None:
    """What an earlier loss left, on this disk and synced."""
    for path in before.iterdir():
        with (folder / path.name).open("wb") as file:
            file.write(path.read_bytes())
            file.flush()
            os.fsync(file.fileno())
    directory = os.open(folder, os.O_RDONLY)
    os.fsync(directory)
    os.close(directory)


def _violations(found: Path, told: Path, sums: _Sums) -> Iterator[str]:
    lines = told.read_bytes().splitlines() if told.exists() else []
    durable = [msgspec.json.decode(line, type=Durable) for line in lines]
    key = KEYS[OWN].private
    try:
        store = LedgerStore(found, OWN, EXERCISE, key)
    except (CheckFailed, UnusableInput) as error:
        yield f"the ledger does not open: {error}"
        return
    stored = store.read().stored
    for one in durable:
        if one.size > len(stored):
            yield f"record {one.size} was durable and is lost"
        elif one.size and stored[one.size - 1].hash.hex() != one.last_hash:
            yield f"record {one.size} is not the one that was durable"
    sums.records += durable[-1].size if durable else 0
    sums.before_any += not durable
    sums.unknown += bool(durable) and len(stored) > durable[-1].size
    store.append(next(groups(0)), time.time())
    store.close()
    yield from read_ledger(found).reasons(key.public)
