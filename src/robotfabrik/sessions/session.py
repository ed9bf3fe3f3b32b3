"""A robot's window in one web application: the UI `Session` over a Playwright page."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from dataclasses import replace
from typing import Literal, NoReturn

from playwright.async_api import Error, Locator
from playwright.async_api import TimeoutError as PlaywrightTimeout

from robotfabrik.activities.api import Guard, RawForm, RawRow
from robotfabrik.model.errors import (
    ElementMissing,
    Missing,
    RobotError,
    SessionLost,
    SystemException,
    TimedOut,
)  # fmt: skip
from robotfabrik.model.process import Element, Screen, Selector, Table, Target
from robotfabrik.sessions.direct import Direct, holds
from robotfabrik.sessions.failures import Failures, is_closed, is_interrupted, is_moving, is_several, was_done
from robotfabrik.sessions.highlight import Highlight
from robotfabrik.sessions.locators import (
    Spec,
    field_spec,
    is_exists,
    is_literal,
    locator,
    spec_of,
    table_spec,
)
from robotfabrik.sessions.page import FIRST_WAIT, LONGEST_WAIT, Deadline, Page, Result, request_of
from robotfabrik.sessions.rehearsal import NetworkGuard
from robotfabrik.sessions.tables import Tables, rows_of, table_ready, text_or_none

# Between the committed intent and the writing click nothing may take long: the lease still holds then.
CLICK_AFTER_GUARD = 3.0
# What is there is outlined within this time, however busy the browser is.
DRAWN_WITHIN = 5.0

Action = Callable[[Locator, Deadline], Awaitable[None]]
Plainly = Callable[[Spec, Deadline], Awaitable[bool]]


class PlaywrightSession:
    """One page of one application. See activities.api.Session for the contract.

    A click that navigates returns when the new page has been committed, so that the next reading cannot see
    the old one. A page that changes by script alone has no such moment: wait for what changes
    (`check_app_state`) before reading it.
    """

    def __init__(self, page: Page, network: NetworkGuard | None = None, slow: float = 0.0) -> None:
        self._page = page
        self._network = network
        self._slow = slow
        self._highlight = Highlight()
        self._direct = Direct(page)
        self._tables = Tables(page, self._turn)
        self._forms: dict[tuple[str, tuple[str, ...]], _Form] = {}

    @property
    def failures(self) -> Failures:
        return self._page.failures

    # --- going and acting

    async def goto(self, url: str, timeout: float) -> None:
        await self._slowly(None)
        deadline = Deadline(timeout)
        while True:
            try:
                response = await self._page.page.goto(url, wait_until="domcontentloaded", timeout=deadline.ms)
                break
            except PlaywrightTimeout:
                raise TimedOut(f"{self.failures.no_answer()} within {timeout:.1f} s") from None
            except Error as error:
                if is_closed(error) or self._page.page.is_closed():
                    self._page.raise_closed(error)
                # The page was on its way elsewhere (an error page, a redirect by script): go again.
                if is_interrupted(error) and deadline.left > 0:
                    await asyncio.sleep(LONGEST_WAIT)
                    continue
                raise SystemException(self.failures.no_answer(error)) from None
        if response is not None and response.status >= 500:
            raise SystemException(self.failures.server_error(response.status, response.url))

    async def click(
        self, target: Target, timeout: float, *, kind: Literal["single", "double", "right"] = "single",
        guard: Guard | None = None,
    ) -> None:  # fmt: skip
        async def do(found: Locator, deadline: Deadline) -> None:
            if guard is not None:
                await _click(found, kind, deadline.ms, trial=True)
                await guard()
                await self._click_after_guard(found, target, kind, deadline)
            else:
                await _click(found, kind, deadline.ms)

        async def plainly(spec: Spec, deadline: Deadline) -> bool:
            return await self._direct.click(target.id, spec, deadline)

        plain = kind == "single" and guard is None
        await self._act(target, timeout, do, plainly if plain else None)

    async def fill(self, target: Target, text: str, timeout: float) -> None:
        async def plainly(spec: Spec, deadline: Deadline) -> bool:
            return await self._direct.fill(target.id, spec, text, deadline)

        async def do(found: Locator, deadline: Deadline) -> None:
            await found.fill(text, timeout=deadline.ms)
            value = await found.evaluate("element => element.value ?? null", timeout=deadline.ms)
            if not holds(value, text):
                raise SystemException(f"{target.id}: the field does not hold the text that was typed into it")

        await self._act(target, timeout, do, plainly)

    async def select(self, target: Target, item: str, timeout: float) -> None:
        async def do(found: Locator, deadline: Deadline) -> None:
            await found.select_option(label=item, timeout=deadline.ms)

        await self._act(target, timeout, do)

    async def check(self, target: Target, on: bool, timeout: float) -> None:
        await self._act(target, timeout, lambda found, deadline: found.set_checked(on, timeout=deadline.ms))

    async def press(self, keys: str, target: Target | None, timeout: float) -> None:
        if target is not None:
            await self._act(target, timeout, lambda found, deadline: found.press(keys, timeout=deadline.ms))
            return
        await self._slowly(None)
        deadline = Deadline(timeout)
        await self._page.settle(deadline)
        try:
            async with self._network_of(None, f"the keys {keys}"):
                await self._press_focused(keys, deadline)
        except PlaywrightTimeout:
            raise TimedOut(f"after the keys {keys}, {self.failures.no_answer()}") from None
        except Error as error:
            self._page.raise_closed(error)

    async def _press_focused(self, keys: str, deadline: Deadline) -> None:
        # Pressed on an element, not on the keyboard: only then Playwright awaits a navigation that it causes.
        handle = await self._page.page.evaluate_handle("document.activeElement || document.body")
        element = handle.as_element()
        if element is None:
            await self._page.page.keyboard.press(keys)
        else:
            await element.press(keys, timeout=deadline.ms)

    async def _turn(self, target: Target, timeout: float) -> None:
        await self.click(target, timeout)

    async def _act(self, target: Target, timeout: float, do: Action, plainly: Plainly | None = None) -> None:
        """Find the element and do something to it; every failure in plain words.

        Only a strict-mode violation is tried again here: it comes before anything was done. `plainly` is
        tried first.
        """
        await self._slowly(target)
        deadline = Deadline(timeout)
        spec = await self._target_spec(target, deadline)
        found = locator(self._page.page, spec)
        element = target.element if isinstance(target.element, Element) else None
        if plainly is not None:
            async with self._network_of(element, target.id):
                if await plainly(spec, deadline):
                    return
        await self._page.settle(deadline)
        while True:
            try:
                async with self._network_of(element, target.id):
                    await do(found, deadline)
                return
            except Error as error:
                if not is_several(error) or deadline.left <= 0:
                    await self._failed(error, target, spec, deadline)
                await asyncio.sleep(FIRST_WAIT)

    def _network_of(self, element: Element | None, cause: str) -> AbstractAsyncContextManager[None]:
        """What watches the network while something is done; nothing but in a rehearsal."""
        return self._network.during(element, cause, self._page.page) if self._network else nullcontext()

    async def _click_after_guard(self, found: Locator, target: Target, kind: str, deadline: Deadline) -> None:
        before = self._page.moves
        limit = Deadline(min(CLICK_AFTER_GUARD, max(deadline.left, 1.0)))
        try:
            await _click(found, kind, limit.ms)
        except PlaywrightTimeout as error:
            if was_done(error) and await self._page.wait_moved(before, deadline):
                return
            raise TimedOut(f"{target.id}: nobody knows whether the click was done") from None
        except Error as error:
            if is_several(error):
                raise ElementMissing(f"{target.id}: several found right before the click") from None
            self._page.raise_closed(error)

    async def _failed(self, error: Error, target: Target, spec: Spec, deadline: Deadline) -> NoReturn:
        if is_closed(error) or self._page.page.is_closed():
            self._page.raise_closed(error)
        if isinstance(error, PlaywrightTimeout) and was_done(error):
            raise TimedOut(self.failures.used_in_vain(target.id, deadline.timeout)) from None
        if not isinstance(error, PlaywrightTimeout) and not is_several(error) and not is_moving(error):
            raise SystemException(f"{target.id}: {self.failures.other(error)}") from None
        found = await self._page.explain(spec, Deadline(1.0))
        if found is not None:
            self._page.verify(found)
            if not found["count"] and await self._page.at_login(target.id, Deadline(1.0)):
                raise SessionLost(self.failures.lost(target.id))
        raise ElementMissing(
            self.failures.missing(
                target.id,
                _selector(target),
                self._page.page.url,
                deadline.timeout,
                found,
                usable=is_several(error),
            )
        )

    async def _slowly(self, target: Target | None) -> None:
        """Before something is done: show where, and wait, when a person wants to look on."""
        if not self._slow:
            return
        if target is not None:
            with suppress(RobotError):  # doing it will say what is wrong
                await self.highlight(target, 0)
        await asyncio.sleep(self._slow)
        await self.highlight(None, 0)

    async def _target_spec(self, target: Target, deadline: Deadline, *, turning: bool = True) -> Spec:
        spec = spec_of(_selector(target))
        element = target.element
        if isinstance(element, Element) and element.table is not None:
            table = element.table if turning else replace(element.table, next=None)
            spec["row"] = await self._tables.row_spec(target, table, deadline)
            if frame := spec["row"]["table"].get("frame"):
                spec["row"]["table"] = {k: v for k, v in spec["row"]["table"].items() if k != "frame"}
                spec["frame"] = frame
        return spec

    # --- reading

    async def read_text(self, target: Target, timeout: float) -> str | None:
        deadline = Deadline(timeout)
        element = target.element
        optional = isinstance(element, Element) and (element.optional or is_exists(element))
        spec = await self._target_spec(target, deadline)
        if isinstance(element, Element) and is_exists(element):
            spec["any"] = True
        any_number = bool(spec.get("any"))
        result = await self._page.ask(
            request_of([spec], [], []),
            lambda r: _field_ready(r["fields"][0], optional, any_number),
            deadline,
            target.id,
            lambda r: self._explain(target.id, _selector(target), spec, r["fields"][0], deadline),
        )
        return _field_text(result["fields"][0], any_number)

    async def read_form(self, screen: Screen, unknown: Sequence[Element], timeout: float) -> RawForm:
        deadline = Deadline(timeout)
        key = (screen.id, tuple(element.id for element in unknown))
        form = self._forms.get(key)
        if form is None or form.screen is not screen:
            form = self._forms[key] = _Form(screen, unknown)
        result = await self._page.ask(
            form.request,
            form.ready,
            deadline,
            screen.id + ".",
            lambda r: self._explain_form(form, r, deadline),
        )
        for table, part in zip(form.tables.values(), result["tables"], strict=False):
            if part["count"]:
                self._tables.check_first_page(table, result, part)
        return form.raw(result)

    async def read_table(
        self, table: Table, unknown: Sequence[Element], timeout: float
    ) -> tuple[RawRow, ...] | str:
        return await self._tables.read_all(table, unknown, Deadline(timeout))

    async def exists(self, target: Target, timeout: float, *, gone: bool = False) -> bool:
        deadline = Deadline(timeout)
        try:
            spec = await self._target_spec(target, deadline)
        except Missing:
            return gone
        spec["any"] = True
        result = await self._page.ask(
            request_of([spec], [], []), lambda r: _present(r["fields"][0]) is not gone, deadline, target.id
        )
        return _present(result["fields"][0]) is not gone

    async def wait_element_vanish(self, target: Target, timeout: float) -> None:
        if not await self.exists(target, timeout, gone=True):
            raise TimedOut(f"{target.id} was still there after {timeout:.1f} s")

    async def highlight(self, target: Target | None, timeout: float) -> None:
        await self._highlight.remove()
        if target is None:
            return
        deadline = Deadline(timeout)
        spec = await self._target_spec(target, deadline, turning=timeout > 0)
        if not timeout and "frame" not in spec:
            seen = await self._page.explain(spec, deadline)
            if seen is None or not seen["count"]:
                await self._explain(target.id, _selector(target), spec, {}, deadline)
        try:
            patience = deadline.ms if timeout else 1000 * DRAWN_WITHIN
            await self._highlight.draw(locator(self._page.page, spec), patience)
        except Error as error:
            await self._failed(error, target, spec, deadline)

    async def _explain(
        self, id: str, selector: Selector, spec: Spec, part: Result, deadline: Deadline
    ) -> NoReturn:
        found = await self._page.explain(spec, deadline)
        if part.get("count", 0) > 1:
            found = {**(found or {}), "count": part["count"]}
        raise ElementMissing(
            self.failures.missing(id, selector, self._page.page.url, deadline.timeout, found)
        )

    async def _explain_form(self, form: _Form, result: Result, deadline: Deadline) -> None:
        if result.get("elsewhere"):
            element = form.signs[0]
            await self._explain(element.id, element.selector, spec_of(element.selector), {}, deadline)
        for element, part in zip(form.fields.values(), result["fields"], strict=True):
            if not _field_ready(part, element.optional, is_exists(element)):
                await self._explain(element.id, element.selector, field_spec(element), part, deadline)
        for table, part in zip(form.tables.values(), result["tables"], strict=True):
            if not table_ready(table, part):
                await self._tables.fail(table, part, deadline)


class _Form:
    """A screen's reading, prepared once: the request never changes."""

    def __init__(self, screen: Screen, unknown: Sequence[Element]) -> None:
        self.screen = screen
        self.unknown = unknown
        literal = {
            name: e for name, e in screen.elements.items()
            if isinstance(e, Element) and not e.parameters and is_literal(e.selector)
        }  # fmt: skip
        self.fields = {name: e for name, e in literal.items() if e.type is not None}
        self.tables = {name: e for name, e in screen.elements.items() if isinstance(e, Table)}
        # Everything that is read may be optional: then the screen's other elements say that it is this one.
        self.signs = [e for e in literal.values() if e.type is None]
        self.request = request_of(
            [field_spec(e) for e in self.fields.values()],
            [table_spec(t) for t in self.tables.values()],
            [spec_of(e.selector) for e in unknown],
            [spec_of(e.selector) for e in self.signs],
        )

    def ready(self, result: Result) -> bool:
        if result["unknown"] >= 0:
            return True
        if result.get("elsewhere"):
            return False
        fields = zip(self.fields.values(), result["fields"], strict=True)
        tables = zip(self.tables.values(), result["tables"], strict=True)
        return all(_field_ready(part, e.optional, is_exists(e)) for e, part in fields) and all(
            table_ready(table, part) for table, part in tables
        )

    def raw(self, result: Result) -> RawForm:
        if result["unknown"] >= 0:
            return RawForm({}, {}, self.unknown[result["unknown"]].id)
        fields = {
            name: _field_text(part, is_exists(element))
            for (name, element), part in zip(self.fields.items(), result["fields"], strict=True)
        }
        tables = {
            name: tuple(rows_of(table.columns, table, part)) if part["count"] else None
            for (name, table), part in zip(self.tables.items(), result["tables"], strict=True)
        }
        return RawForm(fields, tables)


def _field_ready(part: Mapping[str, object], optional: bool, any_number: bool) -> bool:
    if part.get("waiting"):
        return False
    count = part["count"]
    return any_number or count == 1 or (count == 0 and optional)


def _field_text(part: Mapping[str, object], only_exists: bool) -> str | None:
    if not part["count"]:
        return None
    text = part["text"]
    found = text_or_none(text if isinstance(text, str) else None)
    # An icon has no text, but it is there.
    return found or ("ja" if only_exists else None)


def _present(part: Mapping[str, object]) -> bool:
    return bool(part["count"])


def _selector(target: Target) -> Selector:
    if target.selector is not None:
        return target.selector
    if isinstance(target.element, Screen):
        raise SystemException(f"{target.id} is a whole screen: name one of its elements")
    return target.element.selector


async def _click(found: Locator, kind: str, ms: float, trial: bool = False) -> None:
    if kind == "double":
        await found.dblclick(timeout=ms, trial=trial)
    else:
        await found.click(timeout=ms, trial=trial, button="right" if kind == "right" else "left")
