"""A tiny web server for pages that a test writes itself, and short ways to write elements and tables."""

from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from robotfabrik.model.process import Column, Element, Screen, Selector, Table, Target
from robotfabrik.model.source import Source, Span
from robotfabrik.model.types import TEXT, Type
from robotfabrik.sessions.session import PlaywrightSession

SPAN = Span(Source("objects.yaml", ""), 1, 1)
PAGE = '<!doctype html><html lang="sv"><meta charset="utf-8"><title>Prov</title><body>{}</body></html>'


@dataclass
class Answer:
    body: str
    status: int = 200
    wait: float = 0.0
    type: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    chunks: tuple[tuple[float, str], ...] = ()  # more of the body, each after a wait


Handler = Callable[[str, str, str], Answer]  # method, path with query, body


class Site:
    """Serves `pages` by path; remembers what was asked."""

    def __init__(self) -> None:
        self.pages: dict[str, str | Answer | Handler] = {}
        self.requests: list[tuple[str, str]] = []
        site = self

        class Request(http.server.BaseHTTPRequestHandler):
            def answer(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                body = self.rfile.read(length).decode("utf-8", "replace")
                site.requests.append((self.command, self.path))
                answer = site.find(self.command, self.path, body)
                time.sleep(answer.wait)
                try:
                    self.send_response(answer.status)
                    self.send_header("content-type", answer.type)
                    for name, value in answer.headers.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(answer.body.encode())
                    for wait, more in answer.chunks:
                        self.wfile.flush()
                        time.sleep(wait)
                        self.wfile.write(more.encode())
                except OSError:
                    pass  # the browser did not wait for it

            do_GET = do_POST = do_HEAD = do_PUT = answer

            def log_message(self, *args: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Request)
        self._server.daemon_threads = True
        threading.Thread(
            target=self._server.serve_forever, daemon=True, kwargs={"poll_interval": 0.05}
        ).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def find(self, method: str, path: str, body: str) -> Answer:
        page = self.pages.get(urlsplit(path).path)
        if page is None:
            return Answer(PAGE.format("<p>Sidan finns inte</p>"), 404)
        if callable(page):
            return page(method, path, body)
        return page if isinstance(page, Answer) else Answer(PAGE.format(page))

    def writes(self) -> list[tuple[str, str]]:
        return [request for request in self.requests if request[0] not in ("GET", "HEAD", "OPTIONS")]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def role(value: str, name: str | None = None, **more: Any) -> Selector:
    return Selector("role", value, name, **more)


def label(value: str, **more: Any) -> Selector:
    return Selector("label", value, **more)


def text(value: str, **more: Any) -> Selector:
    return Selector("text", value, **more)


def test_id(value: str, **more: Any) -> Selector:
    return Selector("test_id", value, **more)


test_id.__test__ = False  # type: ignore[attr-defined]


def css(value: str, **more: Any) -> Selector:
    return Selector("css", value, **more)


def element(
    selector: Selector, id: str = "app.screen.element", type: Type | None = TEXT, **more: Any
) -> Element:
    return Element(id, SPAN, selector, type, **more)


def column(name: str, header: str, type: Type = TEXT, optional: bool = False, always: bool = False) -> Column:
    return Column(name, header, type, optional, False, SPAN, always)


def table(selector: Selector, *columns: Column, id: str = "app.screen.list", **more: Any) -> Table:
    return Table(id, SPAN, selector, columns, **more)


def screen(**elements: Element | Table) -> Screen:
    return Screen("app.screen", SPAN, "Skärm", elements, Type("record"))


def target(selector: Selector, row: Any = None, **more: Any) -> Target:
    found = element(selector, **more)
    return Target(found, found.selector, row)


async def show(session: PlaywrightSession, site: Site, body: str) -> None:
    """Go to a page with this body."""
    site.pages["/page"] = body
    await session.goto(site.url + "/page", 30)
