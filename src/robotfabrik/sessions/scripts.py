"""What reaches behind the screen: scripts, cookies and the storage of pages. A last resort."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

from playwright.async_api import Error
from playwright.async_api import TimeoutError as PlaywrightTimeout

from robotfabrik.activities.api import Storage
from robotfabrik.model.errors import SystemException, TimedOut
from robotfabrik.model.process import Target
from robotfabrik.sessions.acting import Acting
from robotfabrik.sessions.failures import is_closed, is_moving, is_several
from robotfabrik.sessions.page import Deadline

_GET = "([kind, name]) => window[kind].getItem(name)"
_SET = """([kind, name, value]) =>
  value === null ? window[kind].removeItem(name) : window[kind].setItem(name, value)"""
_KINDS = {"local_storage": "localStorage", "session_storage": "sessionStorage"}


class Scripts(Acting):
    """A script is a function's body that knows `element` and `argument`."""

    async def script(self, script: str, target: Target | None, argument: str, timeout: float) -> Any:
        if target is not None:
            body = f"(element, argument) => {{ {script}\n}}"
            return await self._act(
                target, timeout, lambda found, deadline: self._run(found.evaluate(body, argument), deadline)
            )
        body = f"argument => {{ {script}\n}}"

        async def do(deadline: Deadline) -> Any:
            return await self._run(self.page.evaluate(body, argument), deadline)

        return await self._on_page("a script", timeout, do)

    async def _run(self, running: Awaitable[Any], deadline: Deadline) -> Any:
        try:
            async with asyncio.timeout(max(deadline.left, 0.05)):
                return await running
        except TimeoutError:
            raise TimedOut(f"the script did not end within {deadline.timeout:.1f} s") from None
        except PlaywrightTimeout:
            raise
        except Error as error:
            if is_closed(error) or is_moving(error) or is_several(error):
                raise
            # Its message may hold what the page shows.
            raise SystemException(f"the script ended with an error ({error.name})") from None

    async def browser_data(self, kind: Storage, name: str, timeout: float) -> str | None:
        async def do(_: Deadline) -> Any:
            if kind == "cookie":
                cookies = await self.page.context.cookies(self.page.url)
                return next((cookie.get("value") for cookie in cookies if cookie.get("name") == name), None)
            return await self.page.evaluate(_GET, [_KINDS[kind], name])

        value = await self._on_page("reading the browser's data", timeout, do)
        return None if value is None else str(value)

    async def set_browser_data(self, kind: Storage, name: str, value: str | None, timeout: float) -> None:
        async def do(_: Deadline) -> None:
            context = self.page.context
            if kind != "cookie":
                await self.page.evaluate(_SET, [_KINDS[kind], name, value])
            elif value is None:
                await context.clear_cookies(name=name)
            else:
                await context.add_cookies([{"name": name, "value": value, "url": self.page.url}])

        await self._on_page("setting the browser's data", timeout, do)
