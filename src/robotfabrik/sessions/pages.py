"""A folder of web pages, served on this machine while a test or a job needs it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from robotfabrik.model.errors import UsageError


def look(where: str) -> None:
    """UsageError when it is neither an address nor a folder."""
    if "://" not in where and not Path(where).is_dir():
        raise UsageError(f"'{where}' is neither an address (https://…) nor a folder of pages")


@contextmanager
def reachable(where: str) -> Iterator[str]:
    """The address to go to: an address as it is; a folder is served for as long as this lasts."""
    if "://" in where:
        yield where
        return
    look(where)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Pages, directory=str(Path(where))))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


class _Pages(SimpleHTTPRequestHandler):
    """Files and nothing else: no listing of folders, no log."""

    def list_directory(self, path: Any) -> None:
        self.send_error(404, "no index.html lies here")

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        super().end_headers()
