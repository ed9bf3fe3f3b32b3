"""Tables over several pages, and the row that a target means."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from robotfabrik.activities.api import RawRow
from robotfabrik.model.errors import ElementMissing, Missing, SystemException
from robotfabrik.model.process import Column, Element, Table, Target
from robotfabrik.model.reading import clean, parse
from robotfabrik.sessions.locators import Spec, column_spec, spec_of, table_spec, wanted_columns
from robotfabrik.sessions.page import Deadline, Page, Result, request_of

MOST_PAGES = 10_000

Click = Callable[[Target, float], Awaitable[None]]


class Tables:
    """Reads the tables of one session's page."""

    def __init__(self, page: Page, click: Click) -> None:
        self._page = page
        self._click = click
        # Pages of tables that were turned to: a table is never read from its middle as if that were all.
        self._turned_to: dict[str, set[tuple[float, float]]] = {}

    async def read_all(
        self, table: Table, unknown: Sequence[Element], deadline: Deadline
    ) -> tuple[RawRow, ...] | str:
        """Every row of every page; the id of an unknown element when that is there."""
        rows: list[RawRow] = []
        request = request_of([], [table_spec(table)], [spec_of(element.selector) for element in unknown])
        result = await self._page.ask(
            request,
            lambda r: r["unknown"] >= 0 or table_ready(table, r["tables"][0]),
            deadline,
            table.id,
            lambda r: self.fail(table, r["tables"][0], deadline),
        )
        if result["unknown"] >= 0:
            return unknown[result["unknown"]].id
        self.check_first_page(table, result, result["tables"][0])
        turner = _Turner(self, table, request, result)
        while True:
            rows.extend(rows_of(table.columns, table, turner.part))
            if not await turner.next(deadline):
                return tuple(rows)

    async def row_spec(self, target: Target, table: Table, deadline: Deadline) -> Spec:
        """The spec of the row that a target means, on the page that is shown after this call."""
        choice = target.row
        if choice is None:
            raise SystemException(f"{target.id} lies in a row of {table.id}, but no row was named")
        wanted = {} if isinstance(choice, str) else dict(choice)
        columns = [_column(table, name) for name in wanted]
        asked = wanted_columns(table, frozenset(wanted))
        spec = table_spec(table, asked)
        request = request_of([], [spec], [])
        # The caller's time-out says how long to wait for the table; an empty one is an answer too.
        result = await self._page.ask(
            request,
            lambda r: table_ready(table, r["tables"][0]),
            deadline,
            table.id,
            lambda r: self.fail(table, r["tables"][0], deadline),
        )
        turner = _Turner(self, table, request, result)
        first_page = not self._is_turned_to(table, result, turner.part)
        while True:
            rows = rows_of(asked, table, turner.part)
            if choice == "first" and rows:
                self._need_first(first_page, table)
                return {"table": spec["table"], "pick": "first"}
            if wanted:
                matching = [row for row in rows if _matches(columns, wanted, row)]
                if len(matching) > 1:
                    raise ElementMissing(self._page.failures.several_rows(table.id, wanted, len(matching)))
                if matching:
                    texts = [matching[0].cells[c.name] or "" for c in columns]
                    specs = [column_spec(c) for c in columns]
                    return {"table": spec["table"], "columns": specs, "texts": texts}
            if not await turner.next(deadline):
                if choice == "last" and rows:
                    return {"table": spec["table"], "pick": "last"}
                self._need_first(first_page, table)
                raise Missing(f"{table.id}: no row with the wanted {', '.join(wanted) or choice}")

    async def fail(self, table: Table, part: Result, deadline: Deadline) -> None:
        """Say why a table could not be read."""
        if part.get("bad"):
            raise ElementMissing(self._page.failures.columns(table.id, part["bad"], part.get("headers", ())))
        if part.get("more", 0) > 1 and table.next:
            raise ElementMissing(f"{table.next.id}: {part['more']} found")
        found = await self._page.explain(spec_of(table.selector), deadline)
        if part.get("count", 0) > 1:
            found = {**(found or {}), "count": part["count"]}
        url = self._page.page.url
        raise ElementMissing(
            self._page.failures.missing(table.id, table.selector, url, deadline.timeout, found)
        )

    def check_first_page(self, table: Table, result: Result, part: Result) -> None:
        """Refuse to read a table on from a page that an earlier step has turned to."""
        self._need_first(not self._is_turned_to(table, result, part), table)

    def _is_turned_to(self, table: Table, result: Result, part: Result) -> bool:
        return (result["origin"], part.get("page")) in self._turned_to.get(table.id, ())

    def _need_first(self, is_first: bool, table: Table) -> None:
        if not is_first:
            raise SystemException(f"{table.id} stands on a later page: open its screen again first")

    def turned_to(self, table: Table, result: Result, part: Result) -> None:
        self._turned_to.setdefault(table.id, set()).add((result["origin"], part["page"]))


class _Turner:
    """Turns the pages of one table; a page counts only when it is really another one."""

    def __init__(self, tables: Tables, table: Table, request: str, result: Result) -> None:
        self._tables = tables
        self._page = tables._page
        self._table = table
        self._request = request
        self._result = result
        self._seen = {result["tables"][0].get("page")}
        self._pages = 1

    @property
    def part(self) -> Result:
        """The table as it stands on the present page."""
        part: Result = self._result["tables"][0]
        return part

    async def next(self, deadline: Deadline) -> bool:
        """Go to the next page and read it; false at the end."""
        next_element = self._table.next
        if next_element is None or not self.part.get("more"):
            return False
        if self._pages >= MOST_PAGES:
            raise SystemException(
                f"{self._table.id}: more than {MOST_PAGES} pages: {next_element.id} never ends"
            )
        before = self._result
        # Each page has the whole time-out: a register of 400 pages takes longer than one of 4.
        await self._tables._click(Target(next_element, next_element.selector), deadline.timeout)
        fresh = Deadline(deadline.timeout)
        result = await self._page.ask(
            self._request,
            lambda r: self._turned(before, r),
            fresh,
            self._table.id,
            lambda r: self._stuck(r, fresh),
        )
        if result["origin"] == before["origin"]:
            result = await self._steady(result, fresh)
        page = result["tables"][0]["page"]
        if page in self._seen:
            raise SystemException(
                f"{self._table.id}: {next_element.id} came back to a page that was already read"
            )
        self._seen.add(page)
        self._pages += 1
        self._result = result
        self._tables.turned_to(self._table, result, self.part)
        return True

    def _turned(self, before: Result, result: Result) -> bool:
        part = result["tables"][0]
        if not table_ready(self._table, part):
            return False
        if result["origin"] != before["origin"]:
            return True
        return bool(part["page"] != before["tables"][0]["page"] and part["rows"])

    async def _steady(self, result: Result, deadline: Deadline) -> Result:
        """A page filled by script may come row by row: two readings must agree."""
        while True:
            page = result["tables"][0]["page"]
            settled = Deadline(min(max(deadline.left, 0.05), 0.05))
            # Read on until it changes or the moment has passed.
            again = await self._page.ask(self._request, _page_is_not(page), settled, self._table.id)
            if again["tables"][0].get("page") == page and table_ready(self._table, again["tables"][0]):
                return again
            result = again
            if deadline.left <= 0:
                raise SystemException(f"{self._table.id} does not come to rest on its next page")

    async def _stuck(self, result: Result, deadline: Deadline) -> None:
        part = result["tables"][0]
        if table_ready(self._table, part):
            next_id = self._table.next.id if self._table.next else ""
            raise SystemException(f"{self._table.id}: {next_id} was clicked, but the table stayed as it was")
        await self._tables.fail(self._table, part, deadline)


def _page_is_not(page: float) -> Callable[[Result], bool]:
    return lambda result: result["tables"][0].get("page") != page


def table_ready(table: Table, part: Mapping[str, Any]) -> bool:
    """Is the table there once, with its columns? (An optional one may be absent.)"""
    if part.get("waiting") or part.get("more", 0) > 1:
        return False
    if part["count"] == 0:
        return table.optional
    return part["count"] == 1 and not part.get("bad") and "rows" in part


def rows_of(columns: Sequence[Column], table: Table, part: Mapping[str, Any]) -> list[RawRow]:
    """The rows of one page. Of a protected row only what may be read is there at all."""
    rows = []
    for hidden, cells in part.get("rows", ()):
        read = {
            column.name: text_or_none(text)
            for column, text in zip(columns, cells, strict=True)
            if not hidden or column.always or column.name == table.protects
        }
        rows.append(RawRow(read, hidden=bool(hidden)))
    return rows


def text_or_none(text: str | None) -> str | None:
    """What was read, none when it is only blanks."""
    return text if text is not None and clean(text) else None


def _column(table: Table, name: str) -> Column:
    found = next((column for column in table.columns if column.name == name), None)
    if found is None:
        raise SystemException(f"{table.id} has no column {name}")
    return found


def _matches(columns: Sequence[Column], wanted: Mapping[str, Any], row: RawRow) -> bool:
    # What a protected row does not show cannot be what is looked for.
    return all(c.name in row.cells and _same(c, wanted[c.name], row.cells[c.name]) for c in columns)


def _same(column: Column, value: Any, text: str | None) -> bool:
    """Is a cell's text the wanted value? By the column's type first, then as cleaned text."""
    if text is None:
        return value is None or value is False
    try:
        if parse(column.type, text) == value:
            return True
    except ValueError:
        pass
    if isinstance(value, str):
        try:
            if parse(column.type, text) == parse(column.type, value):
                return True
        except ValueError:
            pass
    return _cleaned(str(value)) == _cleaned(text)


def _cleaned(text: str) -> str:
    return re.sub(r"\s+", " ", clean(text))
