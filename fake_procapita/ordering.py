"""The order of tables: which header was clicked, where the headers lead, and how cells compare.

`sortera=2-3` in an address is the third column of the page's second table; `ordning=fallande` turns it round.
"""

from __future__ import annotations

import re
from urllib.parse import urlencode

from starlette.datastructures import URL, QueryParams

FALLING = "fallande"
_CHOICE = re.compile(r"([1-9])-([1-9][0-9]?)")
_AMOUNT = re.compile(r"(-?[0-9][0-9\s]*?)(?: kr| %)?")


def chosen(url: URL, table: int) -> tuple[int | None, bool]:
    """The number of the column that orders this table of the page, and whether it falls."""
    query = QueryParams(url.query)
    found = _CHOICE.fullmatch(query.get("sortera", ""))
    if found is None or int(found[1]) != table:
        return None, False
    return int(found[2]), query.get("ordning") == FALLING


def header(url: URL, table: int, column: int) -> tuple[str, str]:
    """Where a header leads, and how the table is ordered by it now: ascending, descending or not at all."""
    now, falling = chosen(url, table)
    state = "" if now != column else "descending" if falling else "ascending"
    more = {"sortera": f"{table}-{column}"} | ({"ordning": FALLING} if state == "ascending" else {})
    return address(url, "sida", "sortera", "ordning", **more), state


def address(url: URL, *without: str, **more: str) -> str:
    """The page's own address without some of its parts, and with others added."""
    kept = [(name, value) for name, value in QueryParams(url.query).multi_items() if name not in without]
    query = urlencode([*kept, *more.items()])
    return url.path + (f"?{query}" if query else "")


def key(text: str) -> tuple[int, int, str]:
    """Amounts and numbers by size, everything else as text after them."""
    found = _AMOUNT.fullmatch(text)
    return (0, int("".join(found[1].split())), "") if found else (1, 0, text.casefold())
