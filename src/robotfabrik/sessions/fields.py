"""Giving controls a value: one place that knows the kinds of controls that web pages have."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from playwright.async_api import Error, Locator
from playwright.async_api import TimeoutError as PlaywrightTimeout

from robotfabrik.model.errors import ElementMissing, SystemException
from robotfabrik.model.process import Element, Selector, Target
from robotfabrik.model.reading import clean, parse
from robotfabrik.model.types import BOOLEAN
from robotfabrik.sessions.acting import Acting
from robotfabrik.sessions.core import selector_of
from robotfabrik.sessions.direct import holds
from robotfabrik.sessions.failures import is_several
from robotfabrik.sessions.locators import Spec, engine, locator, spec_of
from robotfabrik.sessions.page import LONGEST_WAIT, Deadline

# list, lists: <select> · autocomplete: a field with suggestions · chooser: a button that opens a list
# listbox: an open list · radios, checkboxes: something around them
_KIND = """element => {
  const role = element.getAttribute('role'), tag = element.tagName;
  const type = tag === 'INPUT' ? element.type : '';
  if (tag === 'SELECT') return element.multiple ? 'lists' : 'list';
  if (type === 'checkbox' || /^(checkbox|switch|menuitemcheckbox)$/.test(role)) return 'checkbox';
  if (type === 'radio' || role === 'radio') return 'radio';
  if (type === 'file') return 'file';
  if (role === 'listbox') return 'listbox';
  const field = tag === 'INPUT' || tag === 'TEXTAREA';
  const has = selector => !field && !!element.querySelector(selector);
  const written = field ? !element.readOnly : element.isContentEditable || has('input:not([readonly])');
  const suggests = /^(list|both)$/.test(element.getAttribute('aria-autocomplete'));
  if (role === 'combobox' || element.getAttribute('aria-haspopup') === 'listbox' || suggests)
    return written ? 'autocomplete' : 'chooser';
  if (has('input[type=radio],[role=radio]')) return 'radios';
  if (has('input[type=checkbox],[role=checkbox],[role=switch]')) return 'checkboxes';
  return 'text';
}"""
# The field inside a combobox whose role stands on what is around it.
_INNER = "input:not([readonly]),textarea"
_IS_FIELD = "element => element.matches('input,textarea') || element.isContentEditable"
_POPUP = "element => element.getAttribute('aria-controls') || element.getAttribute('aria-owns') || ''"
_IS_OPEN = "element => element.getAttribute('aria-expanded') === 'true'"
_IS_OTHERWISE = """(element, wanted) => wanted.includes(element) !== (element.selected ?? element.checked
  ?? ['aria-selected', 'aria-checked'].some(name => element.getAttribute(name) === 'true'))"""
_VALUE = "element => element.value ?? (element.isContentEditable ? element.innerText : null)"
_TO_THE_END = "element => element.tagName === 'INPUT' ? 'End' : 'Control+End'"
# What a list offers, and which of it can be chosen.
_OFFERED = """element => [...element.options].map(option =>
  [option.label.replace(/\\s+/g, ' ').trim(), !option.matches(':disabled')])"""
# The names of choices, as their labels or their own texts give them.
_NAMES = """choices => choices.map(one => [...one.labels ?? []].map(label => label.textContent).join(' ')
  || one.getAttribute('aria-label') || one.textContent)"""
_CLOSED = "element => element.getAttribute('aria-expanded') === 'false'"
_GROUP = "xpath=ancestor::*[self::fieldset or self::form or @role='radiogroup'][1]"
# A box that is drawn anew in its label's place: the label takes the click.
_COVERED = """element => {
  const box = element.getBoundingClientRect();
  const at = element.getRootNode().elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  const labels = [...element.labels ?? []];
  return !!at && !element.contains(at) && labels.some(label => label.contains(at));
}"""
ASKED_WITHIN = 5.0  # what is there answers within this time, however busy the browser is


class Fields(Acting):
    """Controls are told apart by what they are, never by what they are called."""

    # --- text

    async def fill(self, target: Target, text: str, timeout: float, *, verify: bool = True) -> None:
        async def plainly(spec: Spec, deadline: Deadline) -> bool:
            return await self._current.direct.fill(target.id, spec, text, deadline, verify=verify)

        async def do(found: Locator, deadline: Deadline) -> None:
            await self._fill(found, target, text, deadline, verify=verify)

        await self._act(target, timeout, do, plainly)

    async def type_keys(
        self, target: Target, text: str, timeout: float, *, delay: float, empty: bool, verify: bool
    ) -> None:
        async def do(found: Locator, deadline: Deadline) -> None:
            if empty:
                await found.fill("", timeout=deadline.ms)
            else:
                end = await found.evaluate(_TO_THE_END, timeout=deadline.ms)
                await found.press(end, timeout=deadline.ms)
            # The pauses are the author's own and no waiting for the page.
            ms = deadline.ms + 1000 * delay * len(text)
            await found.press_sequentially(text, delay=1000 * delay, timeout=ms)
            if verify:
                await self._verify(found, target, text, Deadline(max(deadline.left, 1.0)))

        await self._act(target, timeout, do)

    async def _fill(
        self, found: Locator, target: Target, text: str, deadline: Deadline, *, verify: bool = True
    ) -> None:
        await found.fill(text, timeout=deadline.ms)
        if verify:
            await self._verify(found, target, text, deadline)

    async def _verify(self, found: Locator, target: Target, text: str, deadline: Deadline) -> None:
        value = await found.evaluate(_VALUE, timeout=deadline.ms)
        if not holds(value, text):
            refused = "" if value else " (a date is 2022-11-01, a time 13:45)"
            message = f"{target.id}: the field does not hold the text that was typed into it{refused}"
            raise SystemException(message)

    # --- by the kind of control

    async def enter(self, target: Target, value: str, timeout: float) -> None:
        async def plainly(spec: Spec, deadline: Deadline) -> bool:
            return await self._current.direct.fill(target.id, spec, value, deadline, only_text=True)

        async def do(found: Locator, deadline: Deadline) -> None:
            match await found.evaluate(_KIND, timeout=deadline.ms):
                case "text":
                    await self._fill(found, target, value, deadline)
                case "checkbox":
                    await self._set(found, _yes(target, value), deadline)
                case "radio":
                    # One of a group is named; the value says which is meant, or that it is this one.
                    other = found.locator(_GROUP).locator(engine(_named("radio", value)))
                    if await other.count():
                        found = other
                    elif not _yes(target, value):
                        raise SystemException(f"{target.id}: choose another one to clear a radio button")
                    await self._set(found, True, deadline)
                case "file":
                    raise SystemException(f"{target.id} takes files: use upload_file")
                case kind:
                    await self._choose(found, target, kind, value, deadline)

        await self._act(target, timeout, do, plainly)

    async def select(self, target: Target, item: str, timeout: float) -> None:
        async def do(found: Locator, deadline: Deadline) -> None:
            await self._choose(
                found, target, await found.evaluate(_KIND, timeout=deadline.ms), item, deadline
            )

        await self._act(target, timeout, do)

    async def select_several(self, target: Target, items: Sequence[str], timeout: float) -> None:
        async def do(found: Locator, deadline: Deadline) -> None:
            match await found.evaluate(_KIND, timeout=deadline.ms):
                case "lists":
                    await self._select_option(found, target, items, deadline)
                case "checkboxes":
                    await self._only(found, target, "checkbox", items, deadline)
                case "listbox":
                    await self._only(found, target, "option", items, deadline)
                case "autocomplete" | "chooser" as kind:
                    for item in items:
                        await self._choose(found, target, kind, item, deadline)
                case _:
                    raise SystemException(f"{target.id} is nothing to choose several from")

        await self._act(target, timeout, do)

    async def check(self, target: Target, on: bool, timeout: float) -> None:
        await self._act(target, timeout, lambda found, deadline: self._set(found, on, deadline))

    async def _set(self, found: Locator, on: bool, deadline: Deadline) -> None:
        if await found.evaluate(_COVERED, timeout=deadline.ms):
            if await found.is_checked(timeout=deadline.ms) is not on:
                handle = await found.evaluate_handle("element => element.labels[0]", timeout=deadline.ms)
                if label := handle.as_element():
                    await label.click(timeout=deadline.ms)
            return
        await found.set_checked(on, timeout=deadline.ms)

    async def _choose(self, found: Locator, target: Target, kind: str, item: str, deadline: Deadline) -> None:
        match kind:
            case "list" | "lists":
                await self._select_option(found, target, [item], deadline)
            case "listbox":
                choice = await self._choice_in(found, "option", item, target, deadline)
                await choice.click(timeout=deadline.ms)
            case "radios":
                choice = await self._choice_in(found, "radio", item, target, deadline)
                await self._set(choice, True, deadline)
            case "chooser":
                earlier = await self._on(target, _choice("", item)).count()
                if not await found.evaluate(_IS_OPEN, timeout=deadline.ms):
                    await found.click(timeout=deadline.ms)
                await self._click_option(found, found, target, item, deadline, earlier)
            case "autocomplete" | "text":
                field = found
                earlier = await self._on(target, _choice("", item)).count()
                if not await found.evaluate(_IS_FIELD, timeout=deadline.ms):
                    field = found.locator(_INNER).first
                await field.fill("", timeout=deadline.ms)
                await field.press_sequentially(item, timeout=deadline.ms)
                await self._click_option(found, field, target, item, deadline, earlier)
            case _:
                raise SystemException(f"{target.id} is no list, and has no choices")

    async def _select_option(
        self, found: Locator, target: Target, items: Sequence[str], deadline: Deadline
    ) -> None:
        try:
            await found.select_option(label=[*items], timeout=deadline.ms)
        except PlaywrightTimeout:
            # The list is there: asking it takes no waiting, but a busy machine its time.
            offered = dict(await found.evaluate(_OFFERED, timeout=1000 * ASKED_WITHIN))
            for item in items:
                if clean(item) not in offered:
                    raise self._not_offered(target, item, [*offered], deadline) from None
                if not offered[clean(item)]:
                    raise self._refused(target, item, "is disabled") from None
            raise

    async def _click_option(
        self, found: Locator, field: Locator, target: Target, item: str, deadline: Deadline, earlier: int
    ) -> None:
        """Click a choice of the list that a control opens, once it is offered: lists come and change.

        A list may be open although its control says that it is closed. It is this control's when the control
        names it, or when nothing of that name was shown before: `earlier` says how many were.
        """
        while True:
            moment = max(deadline.ms, 1000)  # the control is there: asking it takes no waiting
            # Which list it is may change with every letter.
            popup = await field.evaluate(_POPUP, timeout=moment)
            popup = popup or await found.evaluate(_POPUP, timeout=moment)
            choice = self._on(target, _choice(popup, item))
            closed = earlier and not popup and await field.evaluate(_CLOSED, timeout=moment)
            count = await choice.count()
            if count == 1 and not closed:
                return await choice.click(timeout=deadline.ms)
            if deadline.left <= 0:
                if closed and count:
                    why = "is shown, but the control says that its list is closed (aria-expanded)"
                    raise self._refused(target, item, why)
                every = self._on(target, {"kind": "role", "value": "option", "exact": True})
                raise self._not_offered(target, item, await every.all_inner_texts(), deadline, count)
            await asyncio.sleep(LONGEST_WAIT)

    async def _choice_in(
        self, found: Locator, role: str, item: str, target: Target, deadline: Deadline
    ) -> Locator:
        """A choice that stands inside an element, once it is there."""
        choice = found.locator(engine(_named(role, item)))
        try:
            await choice.wait_for(timeout=deadline.ms)
        except Error as error:
            if not is_several(error) and not isinstance(error, PlaywrightTimeout):
                raise
            every = found.locator(engine({"kind": "role", "value": role, "exact": True}))
            names = await every.evaluate_all(_NAMES)
            raise self._not_offered(target, item, names, deadline, await choice.count()) from None
        return choice

    def _not_offered(
        self, target: Target, item: str, offered: Sequence[str], deadline: Deadline, count: int = 0
    ) -> ElementMissing:
        selector = selector_of(target)
        return ElementMissing(
            self.failures.not_offered(target.id, selector, item, offered, deadline.timeout, count)
        )

    def _refused(self, target: Target, item: str, why: str) -> ElementMissing:
        return ElementMissing(self.failures.refused_choice(target.id, selector_of(target), item, why))

    async def _only(
        self, found: Locator, target: Target, role: str, items: Sequence[str], deadline: Deadline
    ) -> None:
        """Choose these of what stands inside an element, and no others."""
        wanted = [await self._choice_in(found, role, item, target, deadline) for item in items]
        handles = [await choice.element_handle(timeout=deadline.ms) for choice in wanted]
        every = found.locator(engine({"kind": "role", "value": role, "exact": True}))
        for handle in await every.element_handles():
            if await handle.evaluate(_IS_OTHERWISE, handles):
                await handle.click(timeout=deadline.ms)

    def _on(self, target: Target, spec: Spec) -> Locator:
        """A part of the page that the target is on: the same frame."""
        frame = selector_of(target).frame
        if frame is None and isinstance(target.element, Element) and target.element.table is not None:
            frame = target.element.table.selector.frame
        return locator(self.page, {**spec, "frame": spec_of(frame)} if frame else spec)


def _named(role: str, name: str) -> Spec:
    return spec_of(Selector("role", role, name))


def _choice(popup: str, item: str) -> Spec:
    """A choice of an open list: in the one that the control names, if it does."""
    within = spec_of(Selector("css", f'[id="{popup.split()[0]}"]')) if popup and '"' not in popup else None
    first, *others = (_named(role, item) for role in ("option", "menuitem", "listitem"))
    for spec in (first, *others) if within else ():
        spec["within"] = within
    return {**first, "fallbacks": others}


def _yes(target: Target, value: str) -> bool:
    try:
        return bool(parse(BOOLEAN, value))
    except ValueError:
        raise SystemException(f"{target.id} is a checkbox: it takes ja or nej") from None
