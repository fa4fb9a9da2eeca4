"""The system refuses a file call of the ledger, for every call of an exchange: EIO and ENOSPC.

strace hangs on to a real process and has the kernel answer its k-th call on the ledger's files
with the error: once, or from then on.
"""

from __future__ import annotations

import itertools
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from commonwatch.bench.faults.answer import Figure, LaneAnswer
from commonwatch.bench.faults.exchange import DONE_FILE, GO_FILE, SPOILT, Done, Exchange
from commonwatch.bench.faults.nation import KEYS, PAIR, PUBLIC
from commonwatch.bench.faults.zygote import Zygote
from commonwatch.bench.machine import this_machine
from commonwatch.errors import CheckFailed, UnusableInput, require
from commonwatch.mode import EXERCISE
from commonwatch.node.high_water import MARK_FILE
from commonwatch.node.ledger_store import LEDGER_FILE, LedgerRead, LedgerStore, read_ledger
from commonwatch.share.envelope import open_recorded
from commonwatch.share.ledger import Entry

ERRORS = ("EIO", "ENOSPC")
CALLS = "openat,pread64,pwrite64,write,fsync,fdatasync,ftruncate,unlink"
FILES = (LEDGER_FILE, f"{LEDGER_FILE}-wal", f"{LEDGER_FILE}-shm", MARK_FILE)
_ATTACHED_S_MAX = 30.0
NOTES = (
    "A process with two nodes exchanges bulletins, receipts and heads; strace has the kernel "
    "refuse the k-th call on the second node's ledger files (database, log, its index, mark), for "
    "every k, once and from then on. Afterwards: what was receipted is in the ledger, what was "
    "durable is there, the ledger opens and goes on; a node that stopped says so and still takes "
    "in from memory.",
)


def missing() -> str | None:
    """What the machine lacks for this lane, None where nothing."""
    if shutil.which("strace") is None:
        return "strace is not installed; on Debian: apt-get install strace"
    tried = subprocess.run(  # our own words
        ["strace", "-o", "/dev/null", "-e", "inject=getpid:error=EIO", "true"],  # noqa: S607
        check=False, capture_output=True,
    )  # fmt: skip
    return None if tried.returncode == 0 else "strace may not trace processes here"


def refused(times: int, seconds: float, advance: Callable[[float, str], None]) -> LaneAnswer:
    """So many refusals spread over all calls, errors, once and for good; or those of so long."""
    why = missing()
    if why is not None:
        raise UnusableInput(f"faults, refused: {why}")
    began_s = time.monotonic()
    told, violations = list[Done](), list[str]()
    with tempfile.TemporaryDirectory() as place:
        zygote = Zygote(Path(place) / "log")
        try:
            calls = _calls(Path(place) / "count", zygote)
            whole = [
                f"{error}:when={k}{more}"
                for error, more, k in itertools.product(ERRORS, ("", "+"), range(1, calls + 1))
            ]
            chosen = whole[:: -(-len(whole) // times)] if times < len(whole) else whole
            for number, fault in enumerate(chosen):
                if time.monotonic() - began_s >= seconds:
                    break
                advance(number, fault)
                folder = Path(place) / str(number)
                done = _one(folder, zygote, f"inject={CALLS}:error={fault}")
                words = zygote.last_words()
                violations += (f"{fault}: {what}" for what in _violations(folder, done, words))
                told += [] if done is None else [done]
                shutil.rmtree(folder)
        finally:
            zygote.close()
    return LaneAnswer(
        "faults", "refused", this_machine(("commonwatch", "sqlalchemy")), len(chosen), len(told),
        round(time.monotonic() - began_s, 1),
        (
            Figure("calls on the ledger's files in the exchange", calls),
            Figure("did not open, and said why", sum(one.refused is not None for one in told)),
            Figure("stopped, and said why", sum(one.stopped is not None for one in told)),
            Figure("went on: the call was not needed, or tried again by SQLite",
                   sum(one.stopped is None and one.refused is None for one in told)),
        ),
        tuple(violations), NOTES,
    )  # fmt: skip


def _one(folder: Path, zygote: Zygote, inject: str, log: Path | None = None) -> Done | None:
    """One exchange under strace; what it told, None where it died of the fault."""
    folder.mkdir()
    pid = zygote.fork(Exchange(str(folder)))
    paths = [word for name in FILES for word in ("-P", str(folder / SPOILT / name))]
    tracer = subprocess.Popen(  # noqa: S603  # our own words
        ["strace", "-p", str(pid), "-o", log or "/dev/null",  # noqa: S607
         "-e", f"trace={CALLS}", *paths,
         *(["-e", inject] if inject else [])],
        stderr=subprocess.PIPE,
    )  # fmt: skip
    assert tracer.stderr is not None
    require(b"attached" in tracer.stderr.readline(), "strace did not attach")
    (folder / GO_FILE).touch()
    zygote.wait(pid)
    tracer.wait(_ATTACHED_S_MAX)
    tracer.stderr.close()
    path = folder / DONE_FILE
    return msgspec.json.decode(path.read_bytes(), type=Done) if path.exists() else None


def _calls(folder: Path, zygote: Zygote) -> int:
    log = folder.with_suffix(".log")
    done = _one(folder, zygote, "", log)
    require(done is not None and done.stopped is None, "an exchange without a fault is whole")
    return sum("(" in line for line in log.read_text().splitlines())


def _violations(folder: Path, done: Done | None, words: str) -> Iterator[str]:
    if done is None:
        yield f"the process died: {words[-200:]}"
        return
    if done.refused == "" or done.stopped == "":
        yield "it stopped without a reason"
    if done.stopped is not None and done.held < done.held_then:
        yield "what it held in memory is gone"
    try:
        store = LedgerStore(folder / SPOILT, SPOILT, EXERCISE, KEYS[SPOILT].private)
    except (CheckFailed, UnusableInput) as error:
        yield f"its ledger does not open again: {error}"
        return
    read = store.read()
    if done.durable > len(read.stored):
        yield f"record {done.durable} was durable and is lost"
    elif done.durable and read.stored[done.durable - 1].hash.hex() != done.last_hash:
        yield f"record {done.durable} is not the one that was durable"
    lost = _receipts(_of(folder, PAIR[0])) - _taken(read)
    yield from (f"{item} was receipted and is lost" for item in sorted(lost))
    store.append([Entry("decision", PAIR[0], "after", b"")], time.time())
    store.close()


def _of(folder: Path, code: str) -> LedgerRead | None:
    return read_ledger(folder / code) if (folder / code / LEDGER_FILE).exists() else None


def _receipts(read: LedgerRead | None) -> set[str]:
    """Bulletins for which a receipt came."""
    if read is None:
        return set()
    return {
        one.bulletin
        for record in read.records()
        if record.kind == "receipt"
        for one in open_recorded(record.body, read.bodies, PUBLIC, EXERCISE).bundle.receipts
    }


def _taken(read: LedgerRead) -> set[str]:
    return {
        item.id
        for record in read.records()
        if record.kind == "received"
        for item in open_recorded(record.body, read.bodies, PUBLIC, EXERCISE).bundle.named
    }
