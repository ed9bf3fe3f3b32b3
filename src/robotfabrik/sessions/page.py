"""One page of the browser: reading it through the resolver, waiting, and saying why something failed."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal, NoReturn

from playwright.async_api import Error, Frame, Request
from playwright.async_api import Page as BrowserPage

from robotfabrik.model.errors import SessionLost, SystemException, TimedOut
from robotfabrik.model.process import Element
from robotfabrik.sessions.dialogs import Dialogs
from robotfabrik.sessions.failures import Failures, is_closed, is_moving
from robotfabrik.sessions.locators import (
    Spec,
    explainer_source,
    locator,
    resolver_source,
    spec_of,
    without_frame,
)
from robotfabrik.sessions.rest import combined, rest_source

Result = dict[str, Any]

FIRST_WAIT = 0.025
LONGEST_WAIT = 0.1
# A page that is still being parsed is never read, however short the time-out: it gets this long to arrive.
LOADING_GRACE = 5.0
# At the login screen for this long, and the element is not there: logged out, not a page on its way.
LOST_AFTER = 1.0

_HELD_BY = 'Symbol.for("robotfabrik")'
_PARTS = ("read", "count", "state", "aim", "outcome", "typed", "scroll")
_CALLS = {
    name: f"request => {{ const r = globalThis[{_HELD_BY}]; return r ? {call} : null; }}"
    for name, call in (
        *((name, f"r.{name}(request)") for name in _PARTS),
        ("explain", f"({explainer_source()})(r.parts, request)"),
    )
}
# The resolver comes first: what it does itself is nothing that a page does.
INSTALL = f"globalThis[{_HELD_BY}] ??= {resolver_source()}; {rest_source()};"
# Ends when what has just begun in the page, such as sending a form, has left it.
NEXT_TASK = f"() => globalThis[{_HELD_BY}]?.later()"


class Deadline:
    """A point in time; `ms` is what Playwright is told."""

    __slots__ = ("started", "timeout")

    def __init__(self, timeout: float) -> None:
        self.started = time.monotonic()
        self.timeout = timeout

    @property
    def left(self) -> float:
        return self.started + self.timeout - time.monotonic()

    @property
    def ms(self) -> float:
        # Playwright takes 0 for "no time-out at all".
        return max(1.0, self.left * 1000)


class Page:
    """A browser page with the resolver in it."""

    def __init__(
        self,
        page: BrowserPage,
        failures: Failures,
        login_marker: Element | None = None,
        *,
        may_close: bool = False,
    ) -> None:
        self.page = page
        self.failures = failures
        self.login_marker = login_marker
        self.dialogs = Dialogs(page, failures)
        self._may_close = may_close  # one that a page has opened may close itself when it has done its work
        self._unverified = False  # a new document has come whose status nobody has looked at
        self.navigations = 0
        self._called_off = 0  # navigations that left the page as it was: downloads, answers without content
        self._moved = asyncio.Event()
        self._lost_since: float | None = None
        page.on("framenavigated", self._on_navigated)
        page.on("requestfailed", self._on_failed)

    def _on_navigated(self, frame: Frame) -> None:
        if frame == self.page.main_frame:
            self._unverified = True
            self.navigations += 1
            self._moved.set()

    def _on_failed(self, request: Request) -> None:
        if request.is_navigation_request() and request.failure == "net::ERR_ABORTED":
            self._called_off += 1
            self._moved.set()

    @property
    def has_closed_itself(self) -> bool:
        """Has a window gone that was opened to do something and close?"""
        browser = self.page.context.browser
        return self._may_close and self.page.is_closed() and browser is not None and browser.is_connected()

    async def frame_of(self, spec: Spec | None, deadline: Deadline) -> Frame | None:
        """The frame that a chain of selectors means; None when it is not there."""
        if spec is None:
            return self.page.main_frame
        try:
            handle = await locator(self.page, spec).element_handle(timeout=min(deadline.ms, 1000))
            return await handle.content_frame()
        except Error as error:
            if is_closed(error):
                self.raise_closed(error)
            return None

    async def ask(
        self,
        request: str,
        ready: Callable[[Result], bool],
        deadline: Deadline,
        wanted: str,
        missing: Callable[[Result], Awaitable[None]] | None = None,
        *,
        name: Literal["read", "aim"] = "read",
    ) -> Result:
        """Ask the resolver until `ready` says yes: at once when everything is there at the first try.

        When the time is up, `missing` says by raising what the last result lacks; without it, that result
        is the answer. `wanted` is the id of what is read or used.
        """
        wait = FIRST_WAIT
        result: Result | None = None
        asked = self._with_login(request, wanted)
        while True:
            logged_out: bool | None = None
            found = await self.call(name, asked, deadline)
            if found is not None:
                self.verify(found)
                if not found["loading"]:
                    result = await self._with_foreign_frames(found, request, deadline)
                    # What is optional, or shall be gone, is not on the login screen either.
                    if not found.get("login") and ready(result):
                        return result
                    logged_out = await self._check_login(wanted, found, deadline)
            left = deadline.left if result is not None else deadline.left + LOADING_GRACE
            if left <= 0:
                if result is None:
                    raise TimedOut(self.failures.never_loaded(self.page.url))
                if await self.at_login(wanted, Deadline(1.0)) if logged_out is None else logged_out:
                    raise SessionLost(self.failures.lost(wanted))
                if missing:
                    await missing(result)
                return result
            await asyncio.sleep(min(wait, max(left, 0.001)))
            wait = min(LONGEST_WAIT, wait * 1.5)

    async def call(
        self, name: str, request: str, deadline: Deadline, frame: Frame | None = None
    ) -> Result | None:
        """Ask the resolver; None while the page is on its way to another one."""
        where = frame or self.page.main_frame
        try:
            # evaluate has no time-out of its own, and a page's script may never end.
            async with asyncio.timeout(max(deadline.left, 0) + LOADING_GRACE):
                answer = await where.evaluate(_CALLS[name], request)
                if answer is None:
                    await where.evaluate(f"() => {{ {INSTALL} }}")
                    answer = await where.evaluate(_CALLS[name], request)
        except TimeoutError:
            raise TimedOut(self.failures.hangs(self.page.url)) from None
        except Error as error:
            if is_moving(error) and not self.page.is_closed():
                return None
            self.raise_closed(error)
        result: Result = json.loads(answer)
        return result

    def verify(self, state: Mapping[str, Any]) -> None:
        """Raise when the page is an error of the server or the network."""
        self._unverified = False
        if state["failed"]:
            raise SystemException(self.failures.no_answer())
        if state["status"] >= 500:
            raise SystemException(self.failures.server_error(state["status"], state["path"]))

    async def settle(self, deadline: Deadline) -> None:
        """Before acting: a page that has just come must be parsed and no error."""
        if not self._unverified:
            return
        try:
            await self.page.wait_for_load_state("domcontentloaded", timeout=deadline.ms)
        except Error as error:
            if is_closed(error) or self.page.is_closed():
                self.raise_closed(error)
            raise TimedOut(self.failures.never_loaded(self.page.url)) from None
        if state := await self.call("state", "", deadline):
            self.verify(state)

    async def _check_login(self, wanted: str, found: Result, deadline: Deadline) -> bool:
        """Whether the login screen is there; SessionLost when it has been for a while."""
        seen = found["login"] if "login" in found else await self.at_login(wanted, deadline)
        if not seen:
            self._lost_since = None
            return False
        now = time.monotonic()
        self._lost_since = self._lost_since or now
        if now - self._lost_since >= min(LOST_AFTER, deadline.timeout):
            self._lost_since = None
            raise SessionLost(self.failures.lost(wanted))
        return True

    def _with_login(self, request: str, wanted: str) -> str:
        """The request, asking for the login marker too: looked for when something else is missing."""
        marker = self._marker_elsewhere(wanted)
        if marker is None:
            return request
        return f'{request[:-1]}, "login": {json.dumps(spec_of(marker.selector))}}}'

    def _marker_elsewhere(self, wanted: str) -> Element | None:
        """The login screen's marker, when `wanted` is on another screen."""
        marker = self.login_marker
        if marker is None or wanted.rsplit(".", 1)[0] == marker.id.rsplit(".", 1)[0]:
            return None
        return marker

    async def at_login(self, wanted: str, deadline: Deadline) -> bool:
        """Is the login screen there, although an element of another screen is wanted?"""
        marker = self._marker_elsewhere(wanted)
        if marker is None:
            return False
        found = await self.count(spec_of(marker.selector), deadline)
        return found is not None and found["count"] > 0

    async def count(self, spec: Spec, deadline: Deadline) -> Result | None:
        """How many match."""
        return await self.call("count", json.dumps({"spec": spec}), deadline)

    async def explain(self, spec: Spec, deadline: Deadline) -> Result | None:
        """How many match, and why it is not one that can be used: see explain.js."""
        found = await self.call("explain", json.dumps({"spec": spec}), deadline)
        if found is None or not found.get("foreign"):
            return found
        frame = await self.frame_of(spec.get("frame"), Deadline(1.0))
        if frame is None:
            return found
        inside = await self.call("explain", json.dumps({"spec": without_frame(spec)}), deadline, frame)
        return {**inside, **{k: found[k] for k in ("status", "failed", "path")}} if inside else found

    @property
    def moves(self) -> int:
        """How many navigations have ended, with a new page or without."""
        return self.navigations + self._called_off

    async def wait_moved(self, before: int, deadline: Deadline) -> bool:
        """Wait for the end of a navigation that is already under way."""
        while self.moves == before:
            self._moved.clear()
            try:
                async with asyncio.timeout(max(deadline.left, 0)):
                    await self._moved.wait()
            except TimeoutError:
                return False
        return True

    async def _with_foreign_frames(self, result: Result, request: str, deadline: Deadline) -> Result:
        """Read what lies in frames of other origins: a script of this page cannot look into them."""
        if not any(part.get("foreign") for kind in ("fields", "tables") for part in result.get(kind, ())):
            return result
        asked = json.loads(request)
        for kind in ("fields", "tables"):
            for i, part in enumerate(result[kind]):
                if part.get("foreign"):
                    result[kind][i], rest = await self._foreign(kind, asked[kind][i], deadline)
                    result["rest"] = combined(result.get("rest"), rest)
        return result

    async def _foreign(self, kind: str, spec: Spec, deadline: Deadline) -> tuple[Result, Result | None]:
        """A part's reading, and what is going on in its frame."""
        chain = spec["table"]["frame"] if kind == "tables" else spec["frame"]
        frame = await self.frame_of(chain, deadline)
        request = {"fields": [], "tables": [], "unknown": [], kind: [without_frame(spec)]}
        answer = await self.call("read", json.dumps(request), deadline, frame) if frame else None
        parts = answer[kind] if answer else []
        return (dict(parts[0]), answer["rest"]) if answer and parts else ({"count": 0}, None)

    def raise_closed(self, error: Error) -> NoReturn:
        """Raise the plain form of an error that is not about an element."""
        if is_closed(error) or self.page.is_closed():
            raise SystemException(self.failures.closed()) from None
        raise SystemException(self.failures.other(error)) from None


def request_of(
    fields: list[Spec], tables: list[Spec], unknown: list[Spec], signs: Sequence[Spec] = ()
) -> str:
    """A reading as the resolver takes it.

    When neither a field nor a table is found, one of the `signs` must be: else the result is `elsewhere`.
    """
    return json.dumps({"fields": fields, "tables": tables, "unknown": unknown, "signs": list(signs)})
