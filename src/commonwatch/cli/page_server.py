"""One page on one port of this machine, for a browser beside the terminal."""

from __future__ import annotations

from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from commonwatch.errors import UnusableInput

LOOPBACK = "127.0.0.1"
PATHS = ("/", "/report.html")


def page_server(page: bytes, port: int, *, or_any: bool) -> ThreadingHTTPServer:
    """A server of `page` alone, bound to 127.0.0.1; no other file of the machine can be asked for.

    Where `port` is taken: any free one if `or_any`, else UnusableInput.
    """
    handler = type("PageHandler", (_PageHandler,), {"page": page})
    try:
        return ThreadingHTTPServer((LOOPBACK, port), handler)
    except OSError as error:
        if or_any:
            return ThreadingHTTPServer((LOOPBACK, 0), handler)
        raise UnusableInput(
            f"--port {port}: {error.strerror}; name another, or leave --port out"
        ) from error


class _PageHandler(BaseHTTPRequestHandler):
    page = b""

    def do_GET(self) -> None:
        """Answer with the page, or that there is nothing else."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """The same without the page itself."""
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        if self.path not in PATHS:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(self.page)))
        self.end_headers()
        if with_body:
            self.wfile.write(self.page)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's
        """Keep the terminal for what people read."""
