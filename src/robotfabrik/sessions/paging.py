"""The ways to the rest of a table: its next page, a button that adds rows, scrolling."""

from __future__ import annotations

import asyncio
import json
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from robotfabrik.activities.api import RawRow
from robotfabrik.model.errors import SystemException
from robotfabrik.model.process import Table, Target
from robotfabrik.sessions.locators import table_spec, without_frame
from robotfabrik.sessions.page import LONGEST_WAIT, Deadline, Page, Result
from robotfabrik.sessions.rest import MOMENT, QUIET, STANDING
from robotfabrik.sessions.rows import Whole, rows_of, table_ready

MOST_PAGES = 10_000
# A list draws what has come into sight a moment after it was scrolled.
DRAWN_WITHIN = 0.3

Click = Callable[[Target, float], Awaitable[None]]


class Walked(Protocol):
    """What a walk needs of the tables around it."""

    @property
    def click(self) -> Click: ...
    async def fail(
        self, table: Table, part: Result, deadline: Deadline, whole: Whole | None = None
    ) -> None: ...
    def turned_to(self, table: Table, result: Result, part: Result) -> None: ...
    @property
    def page(self) -> Page: ...


class Walk(ABC):
    """One table, read from state to state. `rows` are those that `collect` has taken so far."""

    def __init__(self, walked: Walked, table: Table, request: str, result: Result) -> None:
        self._walked = walked
        self._page = walked.page
        self._table = table
        self._request = request
        self._result = result
        self.rows: list[RawRow] = []

    @property
    def part(self) -> Result:
        """The table as it stands now."""
        part: Result = self._result["tables"][0]
        return part

    async def start(self, deadline: Deadline) -> bool:
        """Go to the beginning; true when that was elsewhere."""
        return False

    @abstractmethod
    def collect(self) -> None:
        """Take the rows that are new in this state."""

    @abstractmethod
    async def next(self, deadline: Deadline) -> bool:
        """Go on to more rows; false at the end."""

    async def settled(
        self, deadline: Deadline, is_it: Callable[[Result], bool] = lambda result: True
    ) -> Result:
        """The table's next state that is the wanted one, when all of it is there."""
        whole = Whole(self._table, deadline.timeout)
        return await self._page.ask(
            self._request,
            lambda r: table_ready(self._table, r["tables"][0]) and is_it(r) and whole.look(r, r["tables"][0]),
            deadline,
            self._table.id,
            lambda r: self._fail(r, deadline, whole if is_it(r) else None),
        )

    async def _fail(self, result: Result, deadline: Deadline, whole: Whole | None = None) -> None:
        """Say why no more rows came. `whole` when some did, but not all."""
        part = result["tables"][0]
        if not table_ready(self._table, part) or whole:
            await self._walked.fail(self._table, part, deadline, whole)
        next_id = self._table.next.id if self._table.next else ""
        raise SystemException(f"{self._table.id}: {next_id} was clicked, but the table stayed as it was")

    async def until(self, enough: Callable[[Result], bool], wait: float, timeout: float) -> Result | None:
        """Read until the table is as wanted; none when it has stood still for `wait` seconds."""
        deadline = Deadline(timeout)
        still, page = deadline.started, self.part.get("page")
        while True:
            moment = Deadline(min(LONGEST_WAIT, max(deadline.left, 0.0)))
            result = await self._page.ask(self._request, lambda r: True, moment, self._table.id)
            part = result["tables"][0]
            ready = table_ready(self._table, part)
            if ready and enough(part):
                return await self.settled(Deadline(timeout), lambda r: enough(r["tables"][0]))
            now = time.monotonic()
            if not ready or _fetches(result, now - deadline.started) or part.get("page") != page:
                still, page = now, part.get("page")
            if now - still >= min(wait, timeout):
                return None
            if deadline.left <= 0:
                await self._walked.fail(self._table, part, deadline)
                raise SystemException(f"{self._table.id} does not come to rest")
            await asyncio.sleep(LONGEST_WAIT / 2)


class Pages(Walk):
    """Turns pages; a page counts only when it is really another one."""

    def __init__(self, walked: Walked, table: Table, request: str, result: Result) -> None:
        super().__init__(walked, table, request, result)
        self._seen = {result["tables"][0].get("page")}
        self._pages = 1

    def collect(self) -> None:
        self.rows.extend(rows_of(self._table.columns, self._table, self.part))

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
        await self._walked.click(Target(next_element, next_element.selector), deadline.timeout)
        result = await self.settled(Deadline(deadline.timeout), lambda r: self._turned(before, r))
        page = result["tables"][0]["page"]
        if page in self._seen:
            raise SystemException(
                f"{self._table.id}: {next_element.id} came back to a page that was already read"
            )
        self._seen.add(page)
        self._pages += 1
        self._result = result
        self._walked.turned_to(self._table, result, self.part)
        return True

    def _turned(self, before: Result, result: Result) -> bool:
        if result["origin"] != before["origin"]:
            return True
        part = result["tables"][0]
        return bool(part["page"] != before["tables"][0]["page"] and part["rows"])


class Growth(Walk):
    """A button adds rows below those that are there."""

    def collect(self) -> None:
        rows = rows_of(self._table.columns, self._table, self.part)
        if rows[: len(self.rows)] != self.rows:
            raise SystemException(f"{self._table.id}: its first rows changed while more were asked for")
        self.rows = rows

    async def next(self, deadline: Deadline) -> bool:
        more = self._table.next
        if more is None or not self.part.get("more"):
            _need_end(self._table, self.part)
            return False
        before = len(self.part["rows"])
        if before > MOST_PAGES:
            raise SystemException(f"{self._table.id}: more than {MOST_PAGES} rows: {more.id} never ends")
        await self._walked.click(Target(more, more.selector), deadline.timeout)

        def grown(part: Result) -> bool:
            return len(part["rows"]) > before

        result = await self.until(grown, QUIET if not self._table.end else deadline.timeout, deadline.timeout)
        if result is not None:
            self._result = result
            return True
        fresh = Deadline(0)
        self._result = await self._page.ask(self._request, lambda r: True, fresh, self._table.id)
        if self.part.get("more"):
            await self._fail(self._result, fresh)
        _need_end(self._table, self.part)
        return False


class Scrolled(Walk):
    """Scrolling brings more rows, and may take away those that have gone out of sight."""

    def __init__(self, walked: Walked, table: Table, request: str, result: Result) -> None:
        super().__init__(walked, table, request, result)
        self._by_place: dict[tuple[int, int], RawRow] = {}

    def collect(self) -> None:
        found = dict(
            zip(self._places(self.part), rows_of(self._table.columns, self._table, self.part), strict=True)
        )
        known = self._by_place.keys() & found.keys()
        if self._by_place and found and not known and not _follow(self._by_place, found):
            raise SystemException(f"{self._table.id}: rows were passed over while it was scrolled")
        if any(self._by_place[place] != found[place] for place in known):
            raise SystemException(f"{self._table.id}: its rows moved while it was scrolled")
        self._by_place.update(found)
        self.rows = [row for _, row in sorted(self._by_place.items())]

    async def start(self, deadline: Deadline) -> bool:
        if not await self._scroll("top", deadline):
            return False
        await asyncio.sleep(MOMENT / 2)  # a page hears of it a moment later
        self._result = await self.settled(Deadline(deadline.timeout))
        return True

    async def next(self, deadline: Deadline) -> bool:
        known = set(self._by_place) | set(self._places(self.part))

        def is_more(part: Result) -> bool:
            return not known.issuperset(self._places(part))

        def is_over(part: Result) -> bool:
            return is_more(part) or bool(part.get("end"))

        while True:
            moved = await self._scroll("further", deadline)
            wait = DRAWN_WITHIN if moved else deadline.timeout if self._table.end else QUIET
            result = await self.until(is_over, wait, deadline.timeout)
            if result is not None and is_more(result["tables"][0]):
                if len(known) > MOST_PAGES * 10:
                    raise SystemException(f"{self._table.id}: its list never ends")
                self._result = result
                return True
            if not moved:
                self._result = result or self._result
                _need_end(self._table, self.part)
                return False

    def _places(self, part: Result) -> list[tuple[int, int]]:
        return [(int(along), int(across)) for along, across in part.get("places", ())]

    async def _scroll(self, to: str, deadline: Deadline) -> bool:
        spec = table_spec(self._table)
        frame = await self._page.frame_of(spec["table"].get("frame"), deadline)
        if frame is None:
            return False
        request = json.dumps({"table": without_frame(spec), "to": to})
        answer = await self._page.call("scroll", request, deadline, frame)
        return answer is not None and bool(answer["moved"])


def _follow(known: Mapping[tuple[int, int], RawRow], found: Mapping[tuple[int, int], RawRow]) -> bool:
    """Are they numbered by the page, and does one part begin where the other ends?"""
    numbers = sorted(number for number, across in {**known, **found} if across == 0)
    return len(numbers) == len(known) + len(found) and numbers[-1] - numbers[0] == len(numbers) - 1


def _need_end(table: Table, part: Result) -> None:
    """A table that shows when it has ended must show it: else its last rows may not have come."""
    if table.end is not None and not part.get("end"):
        raise SystemException(f"{table.id}: no more rows came, but {table.end.id} is not shown")


def _fetches(result: Result, within: float) -> bool:
    """Is a request under way that may bring rows? One that is always open began before and stays so."""
    page = result.get("rest")
    if page is None or page["fetching"] is None:
        return False
    # What scrolling has started may have begun a moment before the waiting did.
    return bool(page["fetching"] <= 1000 * max(within, STANDING))


def walk(walked: Walked, table: Table, request: str, result: Result) -> Walk:
    """The way to the rest of a table."""
    kind = Scrolled if table.scrolls else Growth if table.grows else Pages
    return kind(walked, table, request, result)
