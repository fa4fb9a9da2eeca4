"""Two nations' processes, and what their ledgers and their own words must have in common."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec

from commonwatch.bench.faults.nation import (
    ALONE_FILE,
    BEGIN_FILE,
    KEYS,
    PAIR,
    PUBLIC,
    QUIET_FILE,
    STOP_FILE,
    TOLD_FILE,
    Setting,
    Told,
    make_identities,
)
from commonwatch.bench.faults.zygote import Zygote
from commonwatch.errors import BrokenInvariant
from commonwatch.mode import EXERCISE
from commonwatch.node.ledger_store import LedgerRead, read_ledger
from commonwatch.share.envelope import open_recorded
from commonwatch.share.reconcile import DirectionAccount, Ledger, reconcile

HERE = "127.0.0.1"
# Of a loaded machine.
UP_S_MAX, SETTLED_S_MAX = 120.0, 60.0
_LOOK_S = 0.005
_told = msgspec.json.Decoder(Told)


class Pair:
    """The processes of KOR, which listens, and JPN, which dials; by nation, the id that runs."""

    def __init__(
        self, folder: Path, zygote: Zygote, hosts: Mapping[str, str] | None = None
    ) -> None:
        """With `hosts`, each is in a network namespace of its own, and waits to be let begin."""
        folder.mkdir(parents=True)
        self.folder, self._zygote = folder, zygote
        self._apart = hosts is not None
        self._hosts: Mapping[str, str] = hosts or dict.fromkeys(PAIR, HERE)
        self.running: dict[str, int] = {}
        self._looked: dict[str, int] = {}
        self._ports: dict[str, int] = {code: free_port() for code in PAIR}
        make_identities(folder, tuple({HERE, *self._hosts.values()}))

    def start(self, code: str) -> int:
        """Start a nation's process, once its port is free; its id."""
        port, first = self._ports[code], PAIR[0]
        if not self._apart:
            _until(lambda: _is_free(port), f"port of {code}")
        dial = (self._hosts[first], self._ports[first]) if code == PAIR[1] else None
        self._looked[code] = self._size(code)
        listen = (self._hosts[code], port)
        setting = Setting(str(self.folder), code, listen, dial, apart=self._apart)
        self.running[code] = self._zygote.fork(setting)
        return self.running[code]

    def kill(self, code: str) -> None:
        """End a process as it stands, with no word to it."""
        pid = self.running.pop(code)
        os.kill(pid, signal.SIGKILL)
        self._zygote.wait(pid)

    def abandon(self) -> None:
        """End all that runs, as it stands."""
        for code in tuple(self.running):
            self.kill(code)

    def until_up(self, code: str, within_s: float = UP_S_MAX) -> None:
        """Wait until this nation's process, since it was started, has told that its link is up."""
        since = self._looked[code]
        try:
            _until(lambda: any(one.up for one in self.told(code, since)), code, within_s)
        except BrokenInvariant as error:
            last = {one: self.told(one)[-1:] for one in PAIR}
            words = self._zygote.last_words()
            raise BrokenInvariant(f"{error}; they told {last}; {words}") from error

    def until_alone(self) -> None:
        """Wait until each is in its namespace."""
        for code in PAIR:
            _until((self.folder / f"{code}.{ALONE_FILE}").exists, f"namespace of {code}")

    def let_begin(self, code: str) -> None:
        """Its namespace is ready."""
        (self.folder / f"{code}.{BEGIN_FILE}").touch()

    def quiet(self) -> None:
        """Have both release nothing more."""
        (self.folder / QUIET_FILE).touch()

    def go_on(self) -> None:
        """Have both release again."""
        (self.folder / QUIET_FILE).unlink(missing_ok=True)

    def stop(self) -> dict[str, int]:
        """Have both end in good order; their statuses."""
        (self.folder / STOP_FILE).touch()
        return {code: self._zygote.wait(self.running.pop(code)) for code in list(self.running)}

    def told(self, code: str, since_bytes: int = 0) -> list[Told]:
        """What a nation's processes have told, whole lines alone."""
        path = self.folder / f"{code}.{TOLD_FILE}"
        if not path.exists():
            return []
        with path.open("rb") as file:
            file.seek(since_bytes)
            lines = file.read().split(b"\n")[:-1]
        return [_told.decode(line) for line in lines]

    def read(self, code: str) -> LedgerRead:
        """A nation's ledger as it lies on disk."""
        return read_ledger(self.folder / code)

    def accounts(self) -> tuple[DirectionAccount, DirectionAccount]:
        """Both directions, reconciled to the last record."""
        one, other = (self.read(code) for code in PAIR)
        return reconcile(
            Ledger(PAIR[0], tuple(one.records()), one.bodies),
            Ledger(PAIR[1], tuple(other.records()), other.bodies),
            PUBLIC,
            EXERCISE,
        )

    def settle(self, within_s: float = SETTLED_S_MAX) -> float:
        """Wait, with both quiet, until each has all and receipts for all; seconds it took."""
        began_s = time.monotonic()
        while time.monotonic() - began_s < within_s:
            if all(_is_whole(one) for one in self.accounts()):
                break
            time.sleep(0.2)
        return time.monotonic() - began_s

    def violations(self) -> Iterator[str]:
        """What does not hold of two that ended: acknowledged and lost, gaps, twice, unsound."""
        for code in PAIR:
            read = self.read(code)
            yield from (f"{code}: {reason}" for reason in read.reasons(KEYS[code].private.public))
            yield from (f"{code}: {lost}" for lost in self._lost(code, read))
            yield from (f"{code}: {twice}" for twice in _twice_or_missing(read))
        for way in self.accounts():
            name = f"{way.source} to {way.target}"
            yield from (f"{name}: {difference}" for difference in way.differences)
            if not _is_whole(way):
                yield (
                    f"{name}: {way.released} released, {way.received} received, "
                    f"{way.receipts} receipts"
                )

    def _lost(self, code: str, read: LedgerRead) -> Iterator[str]:
        """Records that the process had as durable, and the ledger holds not or otherwise."""
        for told in self.told(code):
            if told.durable > len(read.stored):
                yield f"record {told.durable} was durable and is lost"
            elif told.durable and read.stored[told.durable - 1].hash.hex() != told.last_hash:
                yield f"record {told.durable} is not the one that was durable"

    def _size(self, code: str) -> int:
        path = self.folder / f"{code}.{TOLD_FILE}"
        return path.stat().st_size if path.exists() else 0


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.create_server((HERE, 0)) as found:
        return int(found.getsockname()[1])


def _is_free(port: int) -> bool:
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((HERE, port))
        except OSError:
            return False
    return True


def _until(holds: Callable[[], bool], what: str, within_s: float = UP_S_MAX) -> None:
    until_s = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > until_s:
            raise BrokenInvariant(f"{what}: not ready within {within_s:.0f} s")
        time.sleep(_LOOK_S)


def _is_whole(way: DirectionAccount) -> bool:
    return not way.differences and way.released == way.received == way.receipts


def _twice_or_missing(read: LedgerRead) -> Iterator[str]:
    """Of the partner's bundles, taken by number: each once, and none left out."""
    numbers: list[int] = []
    for record in read.records():
        if record.kind in {"received", "receipt", "control-in"}:
            bundle = open_recorded(record.body, read.bodies, PUBLIC, EXERCISE).bundle
            numbers.append(bundle.sequence)
    twice = len(numbers) - len(set(numbers))
    missing = set(range(1, max(numbers, default=0) + 1)) - set(numbers)
    if twice:
        yield f"{twice} bundles were taken twice"
    if missing:
        yield f"bundles {sorted(missing)[:5]} were never taken"
