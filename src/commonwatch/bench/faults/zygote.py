"""Processes at the price of a fork: one imports everything, and becomes a nation's on demand.

Each line on standard input is an errand, answered by the process's id; a process's id waits
for its end and is answered by its status.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import traceback
from pathlib import Path
from typing import NoReturn

import msgspec

from commonwatch.bench.faults.exchange import Exchange, exchanged
from commonwatch.bench.faults.nation import Setting, live
from commonwatch.bench.faults.writer import Append, appended
from commonwatch.errors import require

_errands = msgspec.json.Decoder(Setting | Exchange | Append)
# Nothing that was forked outlives the zygote, whatever that died of.
_libc = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1
_ENDS_S_MAX = 30.0
_WORDS_CHARACTERS = 800


class Zygote:
    """The process that forks, seen from the harness; closed, it ends with all that it made."""

    def __init__(self, log: Path) -> None:
        self._log = log.open("ab")
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "commonwatch.bench.faults.zygote"],  # our own
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )

    def fork(self, errand: Setting | Exchange | Append) -> int:
        """A new process for an errand; its id."""
        return self._ask(msgspec.json.encode(errand))

    def wait(self, pid: int) -> int:
        """Wait for a process that was told to end: its status, negative for a signal."""
        return self._ask(str(pid).encode())

    def last_words(self) -> str:
        """The end of what its processes wrote to standard error."""
        return Path(self._log.name).read_text(errors="replace")[-_WORDS_CHARACTERS:]

    def close(self) -> None:
        """End it."""
        if self._process.stdin is not None and self._process.stdout is not None:
            self._process.stdin.close()
            self._process.wait(_ENDS_S_MAX)
            self._process.stdout.close()
        self._log.close()

    def _ask(self, line: bytes) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._lock:
            self._process.stdin.write(line + b"\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        require(bool(answer), "the zygote is gone")
        return int(answer)


def _run(told: bytes) -> NoReturn:
    status = 1
    try:
        errand = _errands.decode(told)
        match errand:
            case Setting():
                status = live(errand)
            case Exchange():
                status = exchanged(errand)
            case Append():
                status = appended(errand)
    finally:
        # The child must not go on as a second zygote, whatever it died of.
        if sys.exc_info()[0] is not None:
            traceback.print_exc()
            sys.stderr.flush()
        os._exit(status)


def main() -> None:
    """Fork and wait, as standard input asks."""
    while line := os.read(0, 4096):
        told = line.strip()
        if told.isdigit():
            _pid, status = os.waitpid(int(told), 0)
            answer = os.waitstatus_to_exitcode(status)
        else:
            answer = os.fork()
            if not answer:
                _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
                os.close(0)
                _run(told)
        os.write(1, f"{answer}\n".encode())


if __name__ == "__main__":
    main()
