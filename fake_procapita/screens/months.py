"""A list of all cases by month and status, and its filter Avser månad."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, FromClause, Row, Select, and_, false, func, select, true
from starlette.responses import Response

from fake_procapita.paging import Paging
from fake_procapita.screens.sheet import Field, Form, Link, Table, bad_date, order, show
from fake_procapita.visit import Visit

PAGE = 100


class Month:
    """The month that was typed, if any; a list of a month that is none is empty."""

    def __init__(self, visit: Visit) -> None:
        self._typed = visit.query("manad").strip()
        wrong = self._typed and bad_date(self._typed + "-01")
        self.values: Mapping[str, str] = {"manad": self._typed}
        self.errors: Mapping[str, str] = {"manad": "Ange månad som åååå-mm."} if wrong else {}

    def condition(self, column: ColumnElement[Any]) -> ColumnElement[bool]:
        """What the rows of the month have in common."""
        if self.errors:
            return false()
        return column == self._typed if self._typed else true()

    def address(self, screen: str, tab: str) -> str:
        """Where a tab leads, with the month kept."""
        return f"{screen}?{urlencode({'urval': tab} | ({'manad': self._typed} if self._typed else {}))}"

    def form(self, screen: str, tab: str) -> Form:
        """The filter itself, with the tab kept."""
        return Form(
            "Urval",
            screen,
            "",
            (Field("manad", "Avser månad", hint="åååå-mm", width="short"),),
            submit="Visa",
            keep={"urval": tab},
            method="get",
        )


@dataclass(frozen=True, slots=True)
class MonthList:
    """One line for each row of a table, by month and status."""

    screen: str
    address: str
    tabs: Mapping[str, tuple[str, str]]
    """By their part of the address: the tab's name and the status that it shows, or "" for all. The first is
    shown when none is asked for."""
    table: FromClause
    query: Select[Any]
    month: ColumnElement[Any]
    columns: Mapping[str, ColumnElement[Any]]
    """The columns, and what each sorts by."""
    otherwise: ColumnElement[Any]
    """What rows are in the order of that are equal, or when no column is chosen."""
    line: Callable[[Visit, Row[Any]], list[str | Link]]
    empty: str

    async def page(self, visit: Visit) -> Response:
        """One page of the list."""
        visit.session.case_visit = ""
        tab = visit.query("urval") if visit.query("urval") in self.tabs else next(iter(self.tabs))
        status, month = self.tabs[tab][1], Month(visit)
        chosen = and_(self.table.c.status == status if status else true(), month.condition(self.month))
        counted = select(func.count()).select_from(self.table).where(chosen)
        sorting = [*order(visit, *([column] for column in self.columns.values())), self.otherwise]
        with visit.begin() as connection:
            paging = Paging(visit.query("sida"), PAGE, connection.execute(counted).scalar_one())
            shown = self.query.where(chosen).order_by(*sorting).limit(PAGE).offset(paging.offset)
            found = connection.execute(shown).all()
            visit.look(connection, self.screen)
        rows = [self.line(visit, row) for row in found]
        return show(
            visit,
            self.screen,
            tabs=[
                (text, month.address(self.address, key), key == tab) for key, (text, _) in self.tabs.items()
            ],
            search=month.form(self.address, tab),
            values=month.values,
            errors=month.errors,
            tables=[Table(self.screen, list(self.columns), rows, self.empty, paging)],
        )
