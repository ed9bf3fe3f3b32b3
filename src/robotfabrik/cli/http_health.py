"""A service's health over HTTP: `/live` says that it looks at the schedule, `/ready` that all is well."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from robotfabrik.model.errors import UsageError

Answer = Callable[[], tuple[bool, dict[str, Any]]]
"""Whether all is well, and what is told."""


def address(text: str) -> tuple[str, int]:
    """`8090` on this machine only, or `HOST:8090`."""
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or not 0 <= int(port) < 65536:
        raise UsageError(f"--listen {text}: write --listen 127.0.0.1:8090")
    return host.strip("[]") or "127.0.0.1", int(port)


def serve(where: tuple[str, int], answers: dict[str, Answer]) -> ThreadingHTTPServer:
    """Answer GET and HEAD of these paths with 200 or 503, in threads that end with the process."""

    class Handler(BaseHTTPRequestHandler):
        server_version, sys_version = "robotfabrik", ""

        def do_GET(self) -> None:
            self._answer(with_body=True)

        def do_HEAD(self) -> None:
            self._answer(with_body=False)

        def _answer(self, with_body: bool) -> None:
            answer = answers.get(self.path.partition("?")[0])
            if answer is None:
                self.send_error(404)
                return
            try:
                well, told = answer()
            except Exception as error:  # what cannot be told is not well, and who asks gets an answer
                problem = f"this cannot be told: {type(error).__name__}"
                well, told = False, {"ok": False, "problems": [problem]}
            body = json.dumps(told).encode()
            with suppress(OSError):  # who asked has gone
                self.send_response(200 if well else 503)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Cache-Control", "no-store")
                self.end_headers()
                if with_body:
                    self.wfile.write(body)

        def log_message(self, format: str, *arguments: Any) -> None:
            """Who asks is not logged."""

    class Server(ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in where[0] else socket.AF_INET

    try:
        server = Server(where, Handler)
    except (OSError, OverflowError) as error:
        said = getattr(error, "strerror", None) or error
        raise UsageError(f"--listen {where[0]}:{where[1]}: {said}") from None
    server.daemon_threads = True
    Thread(target=server.serve_forever, name="health", daemon=True).start()
    return server
