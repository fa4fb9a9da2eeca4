"""Health, readiness and metrics over HTTP, on this machine alone: no content of any plot or track.

/health    200 while the node's loop turns, else 503
/ready     200 while it takes plots, records and can release, else 503 with each reason a line
/metrics   counts in the Prometheus text format, version 0.0.4
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer

from commonwatch.node.service.config import PAGE_HOST

_JOIN_S = 5.0
_READ_S = 1.0
_TEXT = "text/plain; charset=utf-8"
_METRICS = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Metric:
    """One series: `kind` is gauge or counter; `labels` are pairs of name and value."""

    name: str
    kind: str
    help: str
    value: float
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What the page tells, made anew for each request."""

    alive: bool
    against: tuple[str, ...]
    metrics: Sequence[Metric]


def exposition(metrics: Sequence[Metric]) -> str:
    """The metrics as text, those of one name together."""
    lines: list[str] = []
    for name in dict.fromkeys(one.name for one in metrics):
        series = [one for one in metrics if one.name == name]
        lines += [f"# HELP {name} {series[0].help}", f"# TYPE {name} {series[0].kind}"]
        for one in series:
            labels = ",".join(f'{key}="{_escaped(value)}"' for key, value in one.labels)
            lines.append(f"{name}{f'{{{labels}}}' if labels else ''} {one.value:.17g}")
    return "\n".join(lines) + "\n"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


class Page:
    """The server, in a thread of its own; one request at a time, each in a second or not at all."""

    def __init__(self, port: int, told: Callable[[], Told]) -> None:
        class Handler(_Handler):
            tell = staticmethod(told)

        self._server = HTTPServer((PAGE_HOST, port), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, name="page", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def close(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._thread.join(_JOIN_S)
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """Answers GET alone; the library refuses a longer first line than 64 KiB, and 100 headers."""

    tell: Callable[[], Told]
    timeout = _READ_S
    server_version = "commonwatch"
    sys_version = ""

    def do_GET(self) -> None:  # the library's name
        """Answer one of the three pages."""
        told = self.tell()
        match self.path:
            case "/health":
                self._answer(200 if told.alive else 503, "alive\n" if told.alive else "stuck\n")
            case "/ready":
                against = "".join(f"{reason}\n" for reason in told.against)
                self._answer(503 if against else 200, against or "ready\n")
            case "/metrics":
                self._answer(200, exposition(told.metrics), _METRICS)
            case _:
                self._answer(404, "there are /health, /ready and /metrics\n")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the library's name
        """Say nothing: who asks how the node is, is no event."""

    def _answer(self, status: int, text: str, kind: str = _TEXT) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)
