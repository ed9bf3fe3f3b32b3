"""Several windows of one application, and the dialogs that they show."""

from __future__ import annotations

import asyncio

from playwright.async_api import Error

from robotfabrik.model.errors import ElementMissing, SystemException
from robotfabrik.sessions.acting import Acting
from robotfabrik.sessions.core import MAIN, Window
from robotfabrik.sessions.dialogs import Answer
from robotfabrik.sessions.page import LONGEST_WAIT, Deadline, Page


class Windows(Acting):
    """A window has a name; targets are looked for in the one that is used. `main` is the first one."""

    async def open_window(self, name: str, url: str, timeout: float) -> None:
        if name in self._windows:
            raise SystemException(f"{self.failures.application}: the window '{name}' is open already")
        opener = self._current
        try:
            opened = await self.page.context.new_page()
        except Error as error:
            self._page.raise_closed(error)
        page = Page(opened, opener.page.failures, opener.page.login_marker, may_close=True)
        self._current = self._windows[name] = self._window(page, opener)
        if url:
            await self.goto(url, timeout)

    async def attach_window(self, name: str, title: str, timeout: float) -> None:
        if name in self._windows:
            raise SystemException(f"{self.failures.application}: the window '{name}' is open already")
        deadline = Deadline(timeout)
        while True:
            found = [popup for popup in self._popups if await _is_titled(popup, title)]
            if len(found) > 1:
                message = f"{len(found)} windows were opened: say which with 'title:'"
                raise ElementMissing(f"{self.failures.application}: {message}")
            if found:
                self._popups.remove(found[0])
                self._current = self._windows[name] = found[0]
                return
            if deadline.left <= 0:
                there = f"; {len(self._popups)} with another title" if self._popups else ""
                message = f"no window was opened within {timeout:.1f} s{there}{self.failures.said()}"
                raise ElementMissing(f"{self.failures.application}: {message}")
            await asyncio.sleep(LONGEST_WAIT)

    async def use_window(self, name: str) -> None:
        self._current = self._named(name)

    async def has_window(self, name: str) -> bool:
        return name in self._windows

    async def close_window(self, name: str) -> None:
        window = self._named(name)
        if name == MAIN:
            raise SystemException(f"{self.failures.application}: the first window stays open to the end")
        await _close(window)
        self._closed(window)

    async def close_other_windows(self) -> None:
        for window in [*self._popups, *(w for name, w in self._windows.items() if name != MAIN)]:
            await _close(window)
            self._closed(window)
        self._current = self._windows[MAIN]

    def _named(self, name: str) -> Window:
        if name not in self._windows:
            there = ", ".join(self._windows)
            raise SystemException(f"{self.failures.application}: no window '{name}' is open; open: {there}")
        return self._windows[name]

    # --- dialogs

    async def answer_dialog(self, accept: bool, text: str, message: str) -> None:
        self._page.dialogs.arm(Answer(accept, text, message))

    async def dialog_text(self) -> str | None:
        return self._page.dialogs.last


async def _is_titled(window: Window, title: str) -> bool:
    if not title:
        return True
    try:
        return title.casefold() in (await window.page.page.title()).casefold()
    except Error:  # on its way to another page
        return False


async def _close(window: Window) -> None:
    try:
        await window.page.page.close()
    except Error as error:
        window.page.raise_closed(error)
