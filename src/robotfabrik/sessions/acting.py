"""Going somewhere, clicking, keys, scrolling and dragging."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Literal

from playwright.async_api import Error, Locator, Position
from playwright.async_api import TimeoutError as PlaywrightTimeout

from robotfabrik.activities.api import Guard, Modifier, Place
from robotfabrik.model.errors import ElementMissing, SystemException, TimedOut
from robotfabrik.model.process import Target
from robotfabrik.sessions.core import Core
from robotfabrik.sessions.failures import is_closed, is_interrupted, is_several, was_done, was_sent
from robotfabrik.sessions.locators import Spec, locator
from robotfabrik.sessions.page import LONGEST_WAIT, Deadline

# Between the committed intent and the writing click nothing may take long: the lease still holds then.
CLICK_AFTER_GUARD = 3.0
BLANK = "about:blank"
_KEYS = {"alt": "Alt", "control": "Control", "shift": "Shift", "meta": "Meta"}
_DIRECTIONS = {"down": (0, 1), "up": (0, -1), "right": (1, 0), "left": (-1, 0)}
Kind = Literal["single", "double", "right"]
_Press = Callable[[Deadline], Awaitable[None]]


class Acting(Core):
    """A click that navigates returns when the new page has been committed, so that the next reading cannot
    see the old one. A page that changes by script alone has no such moment: wait for what changes
    (`check_app_state`) before reading it.
    """

    # --- going

    async def goto(self, url: str, timeout: float) -> None:
        self._page.dialogs.begin()
        await self._slowly(None)
        deadline = Deadline(timeout)
        while True:
            try:
                response = await self.page.goto(url, wait_until="domcontentloaded", timeout=deadline.ms)
                break
            except PlaywrightTimeout:
                raise TimedOut(f"{self.failures.no_answer(url)} within {timeout:.1f} s") from None
            except Error as error:
                if is_closed(error) or self.page.is_closed():
                    self._page.raise_closed(error)
                # The page was on its way elsewhere (an error page, a redirect by script): go again.
                if is_interrupted(error) and deadline.left > 0:
                    await asyncio.sleep(LONGEST_WAIT)
                    continue
                raise SystemException(self.failures.no_answer(url, error)) from None
        if response is not None and response.status >= 500:
            raise SystemException(self.failures.server_error(response.status, response.url))

    async def navigate(self, action: Literal["back", "forward", "refresh"], timeout: float) -> None:
        if action == "refresh":
            # Asked for by its address: the browser's own reload would send a form a second time.
            url = self.page.url
            if "#" in url:  # else the browser would only scroll
                await self.goto(BLANK, timeout)
            return await self.goto(url, timeout)
        go = self.page.go_back if action == "back" else self.page.go_forward

        async def do(deadline: Deadline) -> None:
            before = self.page.url
            if (
                await go(wait_until="domcontentloaded", timeout=deadline.ms) is None
                and self.page.url == before
            ):
                raise SystemException(f"{self.failures.application}: there is no page to go {action} to")

        await self._on_page(f"going {action}", timeout, do)

    # --- the mouse

    async def click(
        self,
        target: Target,
        timeout: float,
        *,
        kind: Kind = "single",
        modifiers: Sequence[Modifier] = (),
        place: Place | None = None,
        guard: Guard | None = None,
    ) -> None:
        async def press(found: Locator, deadline: Deadline, *, trial: bool = False) -> None:
            position = None if place is None else await _position(found, place, deadline)
            keys = [_KEYS[name] for name in modifiers]
            if kind == "double":
                await found.dblclick(
                    timeout=deadline.ms, trial=trial, modifiers=keys or None, position=position  # type: ignore[arg-type]
                )  # fmt: skip
            else:
                button: Literal["left", "right"] = "right" if kind == "right" else "left"
                await found.click(
                    timeout=deadline.ms, trial=trial, button=button, modifiers=keys or None,  # type: ignore[arg-type]
                    position=position,
                )  # fmt: skip

        async def do(found: Locator, deadline: Deadline) -> None:
            if guard is None:
                return await press(found, deadline)
            await press(found, deadline, trial=True)
            await guard()
            return await self._after_guard(lambda limit: press(found, limit), target, deadline)

        async def plainly(spec: Spec, deadline: Deadline) -> bool:
            return await self._current.direct.click(target.id, spec, deadline)

        plain = kind == "single" and not modifiers and place is None and guard is None
        await self._act(target, timeout, do, plainly if plain else None)

    async def _after_guard(self, press: _Press, target: Target, deadline: Deadline) -> None:
        page = self._page
        before = page.moves
        limit = Deadline(min(CLICK_AFTER_GUARD, max(deadline.left, 1.0)))
        try:
            await press(limit)
        except PlaywrightTimeout as error:
            if was_done(error) and await page.wait_moved(before, deadline):
                return
            raise TimedOut(f"{target.id}: nobody knows whether the click was done") from None
        except Error as error:
            if page.has_closed_itself and was_sent(error):
                return
            if is_several(error):
                raise ElementMissing(f"{target.id}: several found right before the click") from None
            page.raise_closed(error)

    async def hover(self, target: Target, timeout: float) -> None:
        await self._act(target, timeout, lambda found, deadline: found.hover(timeout=deadline.ms))

    async def focus(self, target: Target, timeout: float) -> None:
        await self._act(target, timeout, lambda found, deadline: found.focus(timeout=deadline.ms))

    async def drag(self, target: Target, onto: Target, timeout: float) -> None:
        async def do(found: Locator, deadline: Deadline) -> None:
            spec = await self._target_spec(onto, deadline)
            end = locator(self.page, spec)
            try:
                await end.wait_for(timeout=deadline.ms)
            except Error as error:
                await self._failed(error, onto, spec, deadline)
            # A drag that moves in steps: pages look at the way, not only at its ends.
            await found.drag_to(end, timeout=deadline.ms, steps=5)

        await self._act(target, timeout, do)

    async def scroll(
        self,
        target: Target | None,
        direction: Literal["down", "up", "right", "left"],
        amount: int,
        timeout: float,
        *,
        until: Target | None = None,
    ) -> None:
        across, along = _DIRECTIONS[direction]
        deadline = Deadline(timeout)

        async def turn(_: object, limit: Deadline) -> None:
            await self.page.mouse.wheel(across * amount, along * amount)
            await asyncio.sleep(LONGEST_WAIT)  # the browser scrolls in its own time

        async def over(found: Locator, limit: Deadline) -> None:
            await found.hover(timeout=limit.ms)
            await turn(found, limit)

        async def in_middle(limit: Deadline) -> None:
            size = self.page.viewport_size or {"width": 2, "height": 2}
            await self.page.mouse.move(size["width"] / 2, size["height"] / 2)
            await turn(None, limit)

        while until is None or not await self._is_there(until):
            if until is not None and deadline.left <= 0:
                await self._missing(until, await self._target_spec(until, Deadline(0)), deadline)
            left = max(deadline.left, 0.05)
            if target is None:
                await self._on_page(f"scrolling {direction}", left, in_middle)
            else:
                await self._act(target, left, over)
            if until is None:
                return

    async def _is_there(self, target: Target) -> bool:
        raise NotImplementedError  # reading.py

    # --- the keyboard

    async def press(self, keys: str, target: Target | None, timeout: float) -> None:
        if target is not None:
            await self._act(target, timeout, lambda found, deadline: found.press(keys, timeout=deadline.ms))
            return

        async def do(deadline: Deadline) -> None:
            # On an element, not on the keyboard: only then Playwright awaits a navigation that it causes.
            handle = await self.page.evaluate_handle("document.activeElement || document.body")
            element = handle.as_element()
            if element is None:
                await self.page.keyboard.press(keys)
            else:
                await element.press(keys, timeout=deadline.ms)

        await self._on_page(f"the keys {keys}", timeout, do)


async def _position(found: Locator, place: Place, deadline: Deadline) -> Position:
    """Where in an element to click, in pixels from its top left corner."""
    await found.scroll_into_view_if_needed(timeout=deadline.ms)
    box = await found.bounding_box(timeout=deadline.ms)
    if box is None:
        raise PlaywrightTimeout("nothing is shown of it")
    corner = place.corner
    x = 1.0 if "left" in corner else box["width"] - 1 if "right" in corner else box["width"] / 2
    y = 1.0 if "top" in corner else box["height"] - 1 if "bottom" in corner else box["height"] / 2
    return {"x": x + place.right, "y": y + place.down}
