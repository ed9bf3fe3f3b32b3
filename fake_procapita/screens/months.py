"""The filter Avser månad above a list, with what belongs to it in addresses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, false, true

from fake_procapita.screens.sheet import Field, Form, bad_date
from fake_procapita.visit import Visit


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
