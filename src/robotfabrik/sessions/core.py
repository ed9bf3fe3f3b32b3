"""What every way of using a window needs: the window itself, finding, acting, and saying why it failed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from dataclasses import replace
from typing import Any, NoReturn

from playwright.async_api import Error, Locator
from playwright.async_api import Page as BrowserPage
from playwright.async_api import TimeoutError as PlaywrightTimeout

from robotfabrik.model.errors import ElementMissing, RobotError, SessionLost, SystemException, TimedOut
from robotfabrik.model.process import Element, Screen, Selector, Target
from robotfabrik.sessions.direct import Direct
from robotfabrik.sessions.failures import (
    Failures,
    is_closed,
    is_moving,
    is_several,
    is_wrong_text,
    was_done,
    was_sent,
)
from robotfabrik.sessions.highlight import Highlight
from robotfabrik.sessions.locators import Spec, locator, spec_of
from robotfabrik.sessions.page import FIRST_WAIT, Deadline, Page
from robotfabrik.sessions.paging import Click
from robotfabrik.sessions.rehearsal import NetworkGuard
from robotfabrik.sessions.tables import Tables

MAIN = "main"
# What is there is outlined within this time, however busy the browser is.
DRAWN_WITHIN = 5.0

Action = Callable[[Locator, Deadline], Awaitable[Any]]
Plainly = Callable[[Spec, Deadline], Awaitable[bool]]


class Window:
    """One page, with what is remembered of it. `opener` is where to go on when it closes."""

    def __init__(self, page: Page, click: Click, opener: Window | None = None) -> None:
        self.page = page
        self.opener = opener
        self.direct = Direct(page)
        self.tables = Tables(page, click)
        self.forms: dict[tuple[str, tuple[str, ...]], Any] = {}  # screens' readings, prepared once


class Core:
    """The windows of one application, one of which is used. Times are in seconds."""

    def __init__(
        self,
        page: Page,
        network: NetworkGuard | None = None,
        slow: float = 0.0,
        chrome: Collection[str] = (),
    ) -> None:
        self._network = network
        self._slow = slow
        self._chrome = chrome
        self._highlight = Highlight()
        self._downloads: asyncio.Queue[Any] = asyncio.Queue()
        self._popups: list[Window] = []  # opened by a page, and not named yet
        self._current = self._window(page, None)
        self._windows: dict[str, Window] = {MAIN: self._current}

    @property
    def failures(self) -> Failures:
        return self._page.failures

    @property
    def page(self) -> BrowserPage:
        """The browser's page of the window that is used."""
        return self._page.page

    @property
    def _page(self) -> Page:
        return self._current.page

    async def click(self, target: Target, timeout: float) -> None:
        raise NotImplementedError  # acting.py

    # --- windows

    def _window(self, page: Page, opener: Window | None) -> Window:
        window = Window(page, lambda target, timeout: self.click(target, timeout), opener)
        page.page.on("popup", lambda opened: self._opened(opened, window))
        page.page.on("close", lambda _: self._closed(window))
        page.page.on("download", self._downloads.put_nowait)
        return window

    def _opened(self, opened: BrowserPage, opener: Window) -> None:
        page = Page(opened, opener.page.failures, opener.page.login_marker, may_close=True)
        self._popups.append(self._window(page, opener))

    def _closed(self, window: Window) -> None:
        """A window that has gone is forgotten; where it came from is used again. (The first one stays.)"""
        if window is self._windows[MAIN]:
            return
        self._popups = [popup for popup in self._popups if popup is not window]
        self._windows = {name: known for name, known in self._windows.items() if known is not window}
        if self._current is window:
            opener = window.opener
            self._current = opener if opener and opener in self._windows.values() else self._windows[MAIN]

    # --- acting

    async def _act(self, target: Target, timeout: float, do: Action, plainly: Plainly | None = None) -> Any:
        """Find the element and do something to it; every failure in plain words.

        Only a strict-mode violation is tried again here: it comes before anything was done. `plainly` is
        tried first.
        """
        page = self._page
        page.dialogs.begin()
        await self._slowly(target)
        deadline = Deadline(timeout)
        spec = await self._target_spec(target, deadline)
        found = locator(page.page, spec)
        element = target.element if isinstance(target.element, Element) else None
        if plainly is not None:
            async with self._network_of(element, target.id):
                if await plainly(spec, deadline):
                    page.dialogs.check()
                    return None
        await page.settle(deadline)
        while True:
            try:
                async with self._network_of(element, target.id):
                    result = await do(found, deadline)
                page.dialogs.check()
                return result
            except Error as error:
                if page.has_closed_itself and was_sent(error):
                    return None
                if not is_several(error) or deadline.left <= 0:
                    await self._failed(error, target, spec, deadline)
                await asyncio.sleep(FIRST_WAIT)

    def _network_of(self, element: Element | None, cause: str) -> AbstractAsyncContextManager[None]:
        """What watches the network while something is done; nothing but in a rehearsal."""
        return self._network.during(element, cause, self.page) if self._network else nullcontext()

    async def _on_page(self, cause: str, timeout: float, do: Callable[[Deadline], Awaitable[Any]]) -> Any:
        """Do something to the whole page; every failure in plain words."""
        page = self._page
        page.dialogs.begin()
        await self._slowly(None)
        deadline = Deadline(timeout)
        await page.settle(deadline)
        try:
            async with self._network_of(None, cause), asyncio.timeout(max(deadline.left, 0.05)):
                result = await do(deadline)
        except (PlaywrightTimeout, TimeoutError):
            raise TimedOut(f"after {cause}, {self.failures.no_answer()}") from None
        except Error as error:
            if page.has_closed_itself:
                return None
            page.raise_closed(error)
        page.dialogs.check()
        return result

    async def _failed(self, error: Error, target: Target, spec: Spec, deadline: Deadline) -> NoReturn:
        page = self._page
        if is_closed(error) or page.page.is_closed():
            page.raise_closed(error)
        if isinstance(error, PlaywrightTimeout) and was_done(error):
            raise TimedOut(self.failures.used_in_vain(target.id, deadline.timeout)) from None
        if is_wrong_text(error):
            raise SystemException(self.failures.wrong_text(target.id)) from None
        if not isinstance(error, PlaywrightTimeout) and not is_several(error) and not is_moving(error):
            raise SystemException(f"{target.id}: {self.failures.other(error)}") from None
        await self._missing(target, spec, deadline, usable=is_several(error))

    async def _missing(
        self, target: Target, spec: Spec, deadline: Deadline, *, usable: bool = True
    ) -> NoReturn:
        """Say that an element is not there, or cannot be used, and what is there instead."""
        page = self._page
        found = await page.explain(spec, Deadline(1.0))
        if found is not None:
            page.verify(found)
            if not found["count"] and await page.at_login(target.id, Deadline(1.0)):
                raise SessionLost(self.failures.lost(target.id))
        raise ElementMissing(
            self.failures.missing(
                target.id, selector_of(target), page.page.url, deadline.timeout, found, usable=usable
            )
        )

    async def _target_spec(self, target: Target, deadline: Deadline, *, turning: bool = True) -> Spec:
        spec = spec_of(selector_of(target))
        element = target.element
        if isinstance(element, Element) and element.table is not None:
            table = element.table if turning else replace(element.table, next=None, scrolls=False)
            spec["row"] = await self._current.tables.row_spec(target, table, deadline)
            if frame := spec["row"]["table"].get("frame"):
                spec["row"]["table"] = {k: v for k, v in spec["row"]["table"].items() if k != "frame"}
                spec["frame"] = frame
        return spec

    # --- for people who watch

    async def highlight(self, target: Target | None, timeout: float) -> None:
        await self._highlight.remove()
        if target is None:
            return
        deadline = Deadline(timeout)
        spec = await self._target_spec(target, deadline, turning=timeout > 0)
        if not timeout and "frame" not in spec:
            seen = await self._page.count(spec, deadline)
            if seen is None or not seen["count"]:
                await self._missing(target, spec, deadline)
        try:
            patience = deadline.ms if timeout else 1000 * DRAWN_WITHIN
            await self._highlight.draw(locator(self.page, spec), patience)
        except Error as error:
            await self._failed(error, target, spec, deadline)

    async def _slowly(self, target: Target | None) -> None:
        """Before something is done: show where, and wait, when a person wants to look on."""
        if not self._slow:
            return
        if target is not None:
            with suppress(RobotError):  # doing it will say what is wrong
                await self.highlight(target, 0)
        await asyncio.sleep(self._slow)
        await self.highlight(None, 0)


def selector_of(target: Target) -> Selector:
    """How a target is found; SystemException for a whole screen."""
    if target.selector is not None:
        return target.selector
    if isinstance(target.element, Screen):
        raise SystemException(f"{target.id} is a whole screen: name one of its elements")
    return target.element.selector
