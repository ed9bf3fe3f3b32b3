"""Tables over several pages, and the row that a target means."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from robotfabrik.activities.api import RawRow
from robotfabrik.model.errors import ElementMissing, Missing, SystemException, TimedOut
from robotfabrik.model.process import Column, Element, Table, Target
from robotfabrik.model.reading import clean, parse
from robotfabrik.sessions.locators import Spec, column_spec, spec_of, table_spec, wanted_columns
from robotfabrik.sessions.page import Deadline, Page, Result, request_of
from robotfabrik.sessions.paging import Click, walk
from robotfabrik.sessions.rows import Whole, is_unsaid, rows_of, table_ready


class Tables:
    """Reads the tables of one session's page."""

    def __init__(self, page: Page, click: Click) -> None:
        self.page = page
        self.click = click
        # Pages of tables that were turned to: a table is never read from its middle as if that were all.
        self._turned_to: dict[str, set[tuple[float, float]]] = {}

    async def read_all(
        self, table: Table, unknown: Sequence[Element], deadline: Deadline, max_rows: int | None = None
    ) -> tuple[RawRow, ...] | str:
        """Every row, or the first `max_rows`; the id of an unknown element when that is there."""
        request = request_of([], [table_spec(table)], [spec_of(element.selector) for element in unknown])

        def is_whole(result: Result, part: Result) -> bool:
            return table_ready(table, part) and whole.look(result, part)

        whole = Whole(table, deadline.timeout)
        result = await self.page.ask(
            request,
            lambda r: r["unknown"] >= 0 or is_whole(r, r["tables"][0]),
            deadline,
            table.id,
            lambda r: self.fail(table, r["tables"][0], deadline, whole),
        )
        if result["unknown"] >= 0:
            return unknown[result["unknown"]].id
        self.check_first_page(table, result, result["tables"][0])
        way = walk(self, table, request, result)
        await way.start(deadline)
        way.collect()
        while (max_rows is None or len(way.rows) < max_rows) and await way.next(deadline):
            way.collect()
        return tuple(way.rows[:max_rows])

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
        asked_for = replace(table, columns=asked)
        whole = Whole(asked_for, deadline.timeout)

        def has_answer(result: Result, part: Result) -> bool:
            """Is the wanted row there? Without it, nobody knows before the page is at rest."""
            if not table_ready(table, part):
                return False
            there = any(_matches(columns, wanted, row) for row in rows_of(asked, table, part))
            return (bool(wanted) and there) or whole.look(result, part, sure=not part.get("more"))

        result = await self.page.ask(
            request,
            lambda r: has_answer(r, r["tables"][0]),
            deadline,
            table.id,
            lambda r: self.fail(table, r["tables"][0], deadline, whole),
        )
        way = walk(self, asked_for, request, result)
        first_page = not self._is_turned_to(table, result, way.part)
        place: Spec = {"table": spec["table"], **({"rows": spec["rows"]} if table.rows else {})}
        # What is in sight is looked at first, then a list that scrolls from its top.
        started = bool(choice == "first" and await way.start(deadline)) or not table.scrolls
        while True:
            rows = rows_of(asked, table, way.part)
            if choice == "first" and rows:
                self._need_first(first_page, table)
                return {**place, "pick": "first"}
            if wanted:
                matching = [row for row in rows if _matches(columns, wanted, row)]
                if len(matching) > 1:
                    raise ElementMissing(self.page.failures.several_rows(table.id, wanted, len(matching)))
                if matching:
                    texts = [matching[0].cells[c.name] or "" for c in columns]
                    specs = [column_spec(c) for c in columns]
                    return {**place, "columns": specs, "texts": texts}
            if not started:
                started = True
                if await way.start(deadline):
                    continue
            if not await way.next(deadline):
                if choice == "last" and rows:
                    return {**place, "pick": "last"}
                self._need_first(first_page, table)
                raise Missing(f"{table.id}: no row with the wanted {', '.join(wanted) or choice}")

    async def fail(
        self, table: Table, part: Result, deadline: Deadline, whole: Whole | None = None
    ) -> None:
        """Say why a table could not be read. With `whole` it may be there, but not all of it."""
        if whole and table_ready(table, part):
            failures, url = self.page.failures, self.page.page.url
            if table.empty and is_unsaid(table, part):
                raise ElementMissing(failures.neither(table.id, table.empty.id, url, deadline.timeout))
            raise TimedOut(failures.at_work(table.id, url, whole.rest.why, deadline.timeout))
        if part.get("bad"):
            raise ElementMissing(self.page.failures.columns(table.id, part["bad"], part.get("headers", ())))
        if part.get("more", 0) > 1 and table.next:
            raise ElementMissing(f"{table.next.id}: {part['more']} found")
        found = await self.page.explain(spec_of(table.selector), deadline)
        if part.get("count", 0) > 1:
            found = {**(found or {}), "count": part["count"]}
        url = self.page.page.url
        raise ElementMissing(
            self.page.failures.missing(table.id, table.selector, url, deadline.timeout, found)
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
