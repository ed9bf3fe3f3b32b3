"""Clicking and filling in what is plainly there, at once.

Playwright's own actions bring a large script into every new page, which costs as much as the page itself. An
element that is found once, in plain sight, usable and at rest needs none of it: it is clicked in its middle
with the real mouse, or filled in with the real keyboard. Everything else is left to Playwright, which waits,
scrolls, enters frames and knows why something cannot be used.
"""

from __future__ import annotations

import asyncio
import json
import time
import unicodedata

from playwright.async_api import Error

from robotfabrik.model.errors import SystemException, TimedOut
from robotfabrik.sessions.locators import Spec
from robotfabrik.sessions.page import LOADING_GRACE, Deadline, Page, Result

# How long an element may be missing before Playwright waits for it.
PATIENCE = 1.0


def holds(value: str | None, text: str) -> bool:
    """Does a field's value hold a text? A field may set it in its own form: 1000 as 1 000,00."""
    return value is None or _letters(text) in _letters(value)


def _letters(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFC", text).casefold() if c.isalnum())


class Direct:
    """The plain way to act on one page. False: it was not plain, and nothing has been done that counts."""

    def __init__(self, page: Page) -> None:
        self._page = page

    async def click(self, id: str, spec: Spec, deadline: Deadline) -> bool:
        """Click, and wait for the page that the click asks for."""
        found = await self._aim(id, {"spec": spec}, deadline)
        if not found["ready"]:
            return False
        before = self._page.moves
        try:
            async with asyncio.timeout(max(deadline.left, 0) + LOADING_GRACE):
                await self._page.page.mouse.click(*found["at"])
        except TimeoutError:
            raise TimedOut(self._page.failures.hangs(self._page.page.url)) from None
        except Error as error:
            if self._page.has_closed_itself:
                return True
            self._page.raise_closed(error)
        try:
            outcome = await self._page.call("outcome", "", deadline)
        except TimedOut:  # a page that is on its way elsewhere may answer nothing more
            raise TimedOut(self._page.failures.used_in_vain(id, deadline.timeout)) from None
        except SystemException:
            if self._page.has_closed_itself:
                return True
            raise
        if outcome is not None and outcome["missed"]:
            return False
        going = outcome is None or outcome["leaving"]  # none: the page went away while it was asked
        if going and not await self._page.wait_moved(before, deadline):
            raise TimedOut(self._page.failures.used_in_vain(id, deadline.timeout))
        return True

    async def fill(
        self, id: str, spec: Spec, text: str, deadline: Deadline, *, verify: bool = True,
        only_text: bool = False,
    ) -> bool:  # fmt: skip
        """Replace a field's text. `only_text` leaves a field alone that takes its text from a list."""
        if not text:
            return False
        aimed = await self._aim(id, {"spec": spec, "fill": True, "onlyText": only_text}, deadline)
        if not aimed["ready"]:
            return False
        try:
            await self._page.page.keyboard.insert_text(text)
        except Error as error:
            self._page.raise_closed(error)
        # Its script may have moved the focus meanwhile, or the field takes fewer characters.
        found = await self._page.call("typed", "", deadline)
        return found is None or not verify or holds(found["value"], text)

    async def _aim(self, id: str, request: Spec, deadline: Deadline) -> Result:
        """Look until something is there, for as long as this way is worth it."""
        first: float | None = None

        def enough(found: Result) -> bool:
            nonlocal first
            first = first or time.monotonic()
            return found["count"] or time.monotonic() - first >= PATIENCE

        if "frame" in request["spec"]:
            return {"ready": False}
        return await self._page.ask(json.dumps(request), enough, deadline, id, name="aim")
