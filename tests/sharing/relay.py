"""A cable between two servers that can be cut: TCP through a thread of ours."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading

from commonwatch.node.link.server_config import Address


class Relay:
    """Carries both ways what comes to `at`, to `to`; while it is cut, nothing of it."""

    def __init__(self, to: Address) -> None:
        self._to = to
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.at = Address("127.0.0.1", self._listener.getsockname()[1])
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._peer: dict[socket.socket, socket.socket] = {}
        self._cut, self._closing = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def cut(self) -> None:
        """From now on nothing crosses, and nobody is told: connections stay as they are."""
        self._cut.set()

    def heal(self) -> None:
        """What was stuck in the cable is gone; who dials is connected."""
        self._cut.clear()

    def close(self) -> None:
        self._closing.set()
        self._thread.join(5.0)

    def _run(self) -> None:
        stuck: set[socket.socket] = set()
        while not self._closing.is_set():
            for key, _ in self._selector.select(0.01):
                source = key.fileobj
                if source is self._listener:
                    self._connect()
                elif self._cut.is_set():
                    stuck.add(source)
                    self._swallow(source)
                else:
                    self._carry(source)
            if stuck and not self._cut.is_set():
                for source in stuck:
                    self._drop(source)
                stuck.clear()
        for source in list(self._peer):
            self._drop(source)
        self._listener.close()
        self._selector.close()

    def _connect(self) -> None:
        near, _ = self._listener.accept()
        try:
            far = socket.create_connection((self._to.host, self._to.port), 2.0)
        except OSError:
            near.close()
            return
        for one, other in ((near, far), (far, near)):
            self._peer[one] = other
            self._selector.register(one, selectors.EVENT_READ)

    def _swallow(self, source: socket.socket) -> None:
        with contextlib.suppress(OSError):
            if source in self._peer and not source.recv(65_536):
                self._drop(source)

    def _carry(self, source: socket.socket) -> None:
        if source not in self._peer:
            return
        try:
            data = source.recv(65_536)
            if data:
                self._peer[source].sendall(data)
                return
        except OSError:
            pass  # an end is gone, and so is the other
        self._drop(source)

    def _drop(self, source: socket.socket) -> None:
        peer = self._peer.pop(source, None)
        for one in (source, peer):
            if one is not None:
                self._peer.pop(one, None)
                with contextlib.suppress(KeyError, ValueError):
                    self._selector.unregister(one)
                one.close()
