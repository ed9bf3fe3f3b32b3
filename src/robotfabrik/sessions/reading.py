"""Reading: one element, a whole screen at once, tables, and whether something is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from robotfabrik.activities.api import RawForm, RawRow
from robotfabrik.model.errors import ElementMissing, Missing, TimedOut
from robotfabrik.model.process import Element, Screen, Selector, Table, Target
from robotfabrik.model.reading import gives_value
from robotfabrik.model.types import TEXT, Type
from robotfabrik.sessions.core import Core, selector_of
from robotfabrik.sessions.locators import Spec, field_spec, is_exists, is_literal, spec_of, table_spec
from robotfabrik.sessions.page import Deadline, Result, request_of
from robotfabrik.sessions.rest import Rest
from robotfabrik.sessions.rows import is_unsaid, lacks, rows_of, table_ready, text_or_none

# What a page's script changes of a field is its property; everything else is as it is written.
_ATTRIBUTE = """(element, name) => {
  if (name === 'value' && element.type === 'password') return '';
  const changes = ['value', 'checked', 'selected', 'disabled', 'open'].includes(name);
  const live = changes ? element[name] : undefined;
  if (typeof live === 'boolean') return live ? 'ja' : 'nej';
  return live ?? element.getAttribute(name);
}"""


class Reading(Core):
    """Every reading waits for what it wants, and is taken from one state of the page."""

    async def read_text(self, target: Target, timeout: float) -> str | None:
        deadline = Deadline(timeout)
        element = target.element
        optional = isinstance(element, Element) and (element.optional or is_exists(element))
        spec = await self._target_spec(target, deadline)
        if isinstance(element, Element) and is_exists(element):
            spec["any"] = True
        any_number = bool(spec.get("any"))
        type_ = (element.type if isinstance(element, Element) else None) or TEXT
        rest = Rest(timeout)

        def is_read(result: Result) -> bool:
            part = result["fields"][0]
            return _field_ready(part, optional, any_number) and (
                result["rest"] is None or _fields_rest(rest, result, [(type_, optional, part)])
            )

        async def explain(result: Result) -> None:
            part = result["fields"][0]
            if _field_ready(part, optional, any_number):
                self._at_work(target.id, rest, deadline)
            await self._explain(target.id, selector_of(target), spec, part, deadline)

        result = await self._page.ask(request_of([spec], [], []), is_read, deadline, target.id, explain)
        return _field_text(result["fields"][0], any_number)

    async def read_form(self, screen: Screen, unknown: Sequence[Element], timeout: float) -> RawForm:
        deadline = Deadline(timeout)
        key = (screen.id, tuple(element.id for element in unknown))
        form = self._current.forms.get(key)
        if form is None or form.screen is not screen:
            form = self._current.forms[key] = Form(screen, unknown)
        rest = Rest(timeout)
        result = await self._page.ask(
            form.request,
            lambda r: form.ready(r) and form.is_whole(r, rest),
            deadline,
            screen.id + ".",
            lambda r: self._explain_form(form, r, rest, deadline),
        )
        for table, part in zip(form.tables.values(), result["tables"], strict=False):
            if part["count"]:
                self._current.tables.check_first_page(table, result, part)
        return form.raw(result)

    async def read_table(
        self, table: Table, unknown: Sequence[Element], timeout: float, *, max_rows: int | None = None
    ) -> tuple[RawRow, ...] | str:
        return await self._current.tables.read_all(table, unknown, Deadline(timeout), max_rows)

    async def attribute(self, target: Target, name: str, timeout: float) -> str | None:
        value = await self._act(
            target, timeout, lambda found, deadline: found.evaluate(_ATTRIBUTE, name, timeout=deadline.ms)
        )
        return None if value is None else str(value)

    async def find(self, target: Target, timeout: float) -> None:
        deadline = Deadline(timeout)
        spec = await self._target_spec(target, deadline)
        await self._page.ask(
            request_of([spec], [], []),
            lambda r: r["fields"][0]["count"] == 1,
            deadline,
            target.id,
            lambda r: self._explain(target.id, selector_of(target), spec, r["fields"][0], deadline),
        )

    async def _is_there(self, target: Target) -> bool:
        return await self.exists(target, 0)

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
            url = self._page.page.url
            raise TimedOut(self.failures.still_there(target.id, selector_of(target), url, timeout))

    async def _explain(
        self, id: str, selector: Selector, spec: Spec, part: Result, deadline: Deadline
    ) -> NoReturn:
        found = await self._page.explain(spec, deadline)
        if part.get("count", 0) > 1:
            found = {**(found or {}), "count": part["count"]}
        raise ElementMissing(
            self.failures.missing(id, selector, self._page.page.url, deadline.timeout, found)
        )

    def _at_work(self, id: str, rest: Rest, deadline: Deadline) -> NoReturn:
        raise TimedOut(self.failures.at_work(id, self.page.url, rest.why, deadline.timeout))

    async def _explain_form(self, form: Form, result: Result, rest: Rest, deadline: Deadline) -> None:
        if result.get("elsewhere"):
            element = form.signs[0]
            await self._explain(element.id, element.selector, spec_of(element.selector), {}, deadline)
        for element, part in zip(form.fields.values(), result["fields"], strict=True):
            if not _field_ready(part, element.optional, is_exists(element)):
                await self._explain(element.id, element.selector, field_spec(element), part, deadline)
        for table, part in zip(form.tables.values(), result["tables"], strict=True):
            if not table_ready(table, part):
                await self._current.tables.fail(table, part, deadline)
            if table.empty and is_unsaid(table, part):
                raise ElementMissing(
                    self.failures.neither(table.id, table.empty.id, self.page.url, deadline.timeout)
                )
        self._at_work(form.lacking(result), rest, deadline)


class Form:
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

    def is_whole(self, result: Result, rest: Rest) -> bool:
        """Is all there that will come? What is missing may still be on its way."""
        if result["unknown"] >= 0:
            return True
        tables = list(zip(self.tables.values(), result["tables"], strict=True))
        if any(is_unsaid(table, part) for table, part in tables):
            return False
        if result["rest"] is None:
            return True
        fields = [
            (element.type or TEXT, element.optional or is_exists(element), part)
            for element, part in zip(self.fields.values(), result["fields"], strict=True)
        ]
        return _fields_rest(rest, result, fields, tables)

    def lacking(self, result: Result) -> str:
        """The id of the first field that has no value that can be read; else the screen's."""
        for element, part in zip(self.fields.values(), result["fields"], strict=True):
            if not gives_value(element.type or TEXT, _field_text(part, False), element.optional):
                return element.id
        return self.screen.id

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


def _fields_rest(
    rest: Rest,
    result: Result,
    fields: Sequence[tuple[Type, bool, Mapping[str, Any]]],
    tables: Sequence[tuple[Table, Mapping[str, Any]]] = (),
) -> bool:
    """Is everything there (fields with type and whether they are optional), or is the page at rest?"""
    texts = [_field_text(part, False) for _, _, part in fields]
    if not tables and all(texts) and _all_read(fields, texts):
        return True
    seen = (*texts, *((part.get("page"), len(part.get("rows", ()))) for _, part in tables))
    sure = not _all_read(fields, texts) or any(lacks(table, part) for table, part in tables)
    return rest.look(result, seen, sure=sure)


def _all_read(fields: Sequence[tuple[Type, bool, Any]], texts: Sequence[str | None]) -> bool:
    both = zip(fields, texts, strict=True)
    return all(gives_value(type_, text, optional) for (type_, optional, _), text in both)


def _field_text(part: Mapping[str, object], only_exists: bool) -> str | None:
    if not part["count"]:
        return None
    text = part["text"]
    found = text_or_none(text if isinstance(text, str) else None)
    # An icon has no text, but it is there.
    return found or ("ja" if only_exists else None)


def _present(part: Mapping[str, object]) -> bool:
    return bool(part["count"])
