"""Tables over several pages, and the row that a target means."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from robotfabrik.activities.api import RawRow
from robotfabrik.model.errors import ElementMissing, Missing, SystemException
from robotfabrik.model.process import Column, Element, Table, Target
from robotfabrik.model.reading import clean, parse
from robotfabrik.sessions.locators import Spec, spec_of, table_spec
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

    async def read_all(self, table: Table, unknown: Sequence[Element], deadline: Deadline) -> tuple[RawRow, ...] | str:
        """Every row of every page; the id of an unknown element when that is there."""
        rows: list[RawRow] = []
        request = request_of([], [table_spec(table)], [spec_of(element.selector) for element in unknown])
        names = [column.name for column in table.columns]
        result = await self._page.read(
            request, lambda r: r["unknown"] >= 0 or table_ready(table, r["tables"][0]), deadline,
            lambda r: self.fail(table, r["tables"][0], deadline), table.id,
        )  # fmt: skip
        if result["unknown"] >= 0:
            return unknown[result["unknown"]].id
        self.check_first_page(table, result, result["tables"][0])
        turner = _Turner(self, table, request, result)
        while True:
            rows.extend(rows_of(names, table, turner.part))
            if not await turner.next(deadline):
                return tuple(rows)

    async def row_spec(self, target: Target, table: Table, deadline: Deadline) -> Spec:
        """The spec of the row that a target means, on the page that is shown after this call."""
        choice = target.row
        if choice is None:
            raise SystemException(f"{target.id} lies in a row of {table.id}, but no row was named")
        wanted = {} if isinstance(choice, str) else dict(choice)
        columns = [_column(table, name) for name in wanted]
        spec = table_spec(table, frozenset(wanted))
        names = [column["name"] for column in spec["columns"]]
        request = request_of([], [spec], [])
        # The caller's time-out says how long to wait for the table; an empty one is an answer too.
        result = await self._page.read(
            request, lambda r: table_ready(table, r["tables"][0]), deadline,
            lambda r: self.fail(table, r["tables"][0], deadline), table.id,
        )  # fmt: skip
        turner = _Turner(self, table, request, result)
        first_page = not self._is_turned_to(table, result, turner.part)
        while True:
            rows = rows_of(names, table, turner.part)
            if choice == "first" and rows:
                self._need_first(first_page, table)
                return {"table": spec["table"], "pick": "first"}
            if wanted:
                matching = [row for row in rows if not row.hidden and _matches(columns, wanted, row)]
                if len(matching) > 1:
                    raise ElementMissing(self._page.failures.several_rows(table.id, wanted, len(matching)))
                if matching:
                    asked = [{"name": c.name, "header": c.header, "optional": c.optional} for c in columns]
                    texts = [matching[0].cells[c.name] or "" for c in columns]
                    return {"table": spec["table"], "columns": asked, "texts": texts}
            if not await turner.next(deadline):
                if choice == "last" and rows:
                    return {"table": spec["table"], "pick": "last"}
                self._need_first(first_page, table)
                raise Missing(f"{table.id}: no row with the wanted {', '.join(wanted) or choice}")

    def fail(self, table: Table, part: Result, deadline: Deadline) -> Any:
        """Say why a table could not be read."""
        if part.get("bad"):
            raise ElementMissing(self._page.failures.columns(table.id, part["bad"], part.get("headers", ())))
        if part.get("more", 0) > 1 and table.next:
            raise ElementMissing(f"{table.next.id}: {part['more']} found")
        return self._explain(table, part, deadline)

    async def _explain(self, table: Table, part: Result, deadline: Deadline) -> None:
        found = await self._page.explain(spec_of(table.selector), deadline)
        if part.get("count", 0) > 1:
            found = {**(found or {}), "count": part["count"]}
        raise ElementMissing(
            self._page.failures.missing(table.id, table.selector, self._page.page.url, deadline.timeout, found)
        )

    def check_first_page(self, table: Table, result: Result, part: Result) -> None:
        """Refuse to read a table on from a page that an earlier step has turned to."""
        self._need_first(not self._is_turned_to(table, result, part), table)

    def _is_turned_to(self, table: Table, result: Result, part: Result) -> bool:
        return (result["origin"], part.get("page")) in self._turned_to.get(table.id, ())

    def _need_first(self, is_first: bool, table: Table) -> None:
        if not is_first:
            raise SystemException(f"{table.id} stands on a later page: open its screen again before reading it")

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
            raise SystemException(f"{self._table.id}: more than {MOST_PAGES} pages; {next_element.id} never ends")
        before = self._result
        # Each page has the whole time-out: a register of 400 pages takes longer than one of 4.
        await self._tables._click(Target(next_element, next_element.selector), deadline.timeout)
        fresh = Deadline(deadline.timeout)
        result = await self._page.read(
            self._request, lambda r: self._turned(before, r), fresh,
            lambda r: self._stuck(r, fresh), self._table.id,
        )  # fmt: skip
        if result["origin"] == before["origin"]:
            result = await self._steady(result, fresh)
        page = result["tables"][0]["page"]
        if page in self._seen:
            raise SystemException(f"{self._table.id}: {next_element.id} came back to a page that was already read")
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
            again = await self._page.read(
                self._request, lambda r, page=page: r["tables"][0].get("page") != page, settled,  # type: ignore[misc]
                lambda r: r, self._table.id,
            )  # fmt: skip
            if again["tables"][0].get("page") == page and table_ready(self._table, again["tables"][0]):
                return again
            result = again
            if deadline.left <= 0:
                raise SystemException(f"{self._table.id} does not come to rest after its next page was asked for")

    def _stuck(self, result: Result, deadline: Deadline) -> Any:
        part = result["tables"][0]
        if table_ready(self._table, part):
            next_id = self._table.next.id if self._table.next else ""
            raise SystemException(f"{self._table.id}: {next_id} was clicked, but the table stayed as it was")
        return self._tables.fail(self._table, part, deadline)


def table_ready(table: Table, part: Mapping[str, Any]) -> bool:
    """Is the table there once, with its columns? (An optional one may be absent.)"""
    if part.get("waiting") or part.get("more", 0) > 1:
        return False
    if part["count"] == 0:
        return table.optional
    return part["count"] == 1 and not part.get("bad") and "rows" in part


def rows_of(names: Sequence[str], table: Table, part: Mapping[str, Any]) -> list[RawRow]:
    """The rows of one page."""
    rows = []
    for hidden, cells in part.get("rows", ()):
        if hidden:
            rows.append(RawRow({str(table.protects): cells[0]}, hidden=True))
        else:
            rows.append(RawRow({name: text_or_none(text) for name, text in zip(names, cells, strict=True)}))
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
    return all(_same(column, wanted[column.name], row.cells[column.name]) for column in columns)


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
