"""The network guard of a rehearsal: whatever could write does not leave the browser.

It sits at the browser's context, under everything that a page can do: forms, Enter, fetch, beacons,
frames, popups, workers. Service workers are blocked for every session, shared workers by a flag of the
browser (Playwright sees neither); WebRTC and WebTransport are taken from the pages.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, Error, Page, Request, Route, WebSocketRoute

from robotfabrik.model.errors import SystemException
from robotfabrik.model.process import Element
from robotfabrik.sessions.candidates import Mask
from robotfabrik.sessions.page import NEXT_TASK

HARMLESS = frozenset({"GET", "HEAD", "OPTIONS"})
# Forms and beacons: an action sends them, even if it is over when they reach the guard.
_OF_AN_ACTION = frozenset({"document", "ping"})
_NO_OTHER_WAYS = """
for (const name of ['WebTransport', 'RTCPeerConnection', 'webkitRTCPeerConnection', 'SharedWorker'])
  delete globalThis[name];
"""


class NetworkGuard:
    """Stops what could write, and tells the action that caused it."""

    def __init__(self, mask: Mask) -> None:
        self._mask = mask
        self._acting = False
        self._allowed = False
        self._cause = ""
        self._untold: list[str] = []
        self.stopped: list[str] = []  # everything, also what no action caused: method and masked path

    async def install(self, context: BrowserContext) -> None:
        """Guard every page that this context will ever have."""
        await context.route("**/*", self._request)
        await context.route_web_socket("**/*", self._web_socket)
        await context.add_init_script(_NO_OTHER_WAYS)

    async def _request(self, route: Route, request: Request) -> None:
        with suppress(Error):  # the page may have gone, and its request with it
            if request.method in HARMLESS or self._allowed:
                await route.continue_()
            else:
                self._stop(request.method, request.url, request.resource_type in _OF_AN_ACTION)
                await route.abort("aborted")

    async def _web_socket(self, socket: WebSocketRoute) -> None:
        # Not connected to the server: messages of the page end here.
        self._stop("WebSocket", socket.url, False)
        await socket.close()

    def _stop(self, method: str, url: str, of_an_action: bool) -> None:
        what = f"{method} {self._mask(urlsplit(url).path)}"
        self.stopped.append(what)
        if self._acting or of_an_action:  # else it may be a timer's
            self._untold.append(what)

    @asynccontextmanager
    async def during(self, element: Element | None, cause: str, page: Page) -> AsyncIterator[None]:
        """An action: what it sends is allowed when it only asks (`submits: read`), else it fails."""
        self._tell()
        self._acting, self._cause = True, cause
        self._allowed = element is not None and element.submits == "read"
        try:
            yield
            with suppress(Error):  # requests of timers and promises that the action set off
                await page.evaluate(NEXT_TASK)
        finally:
            self._acting = self._allowed = False
            self._tell()

    def _tell(self) -> None:
        if self._untold:
            stopped = ", ".join(dict.fromkeys(self._untold))
            self._untold.clear()
            message = f"the rehearsal stopped a request that could write: {stopped} from {self._cause}"
            raise SystemException(message) from None
