"""What most screens of a case are made of: fields to read, tables, buttons, and forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import ColumnElement, Row
from starlette.responses import Response

from fake_procapita import formats, ordering, protection, records
from fake_procapita.locks import case_key
from fake_procapita.paging import Paging
from fake_procapita.records import OpenCase
from fake_procapita.screens import journal_access
from fake_procapita.screens.person import NO_LOCK
from fake_procapita.visit import Visit

BAD_DATE = "Ange datum som åååå-mm-dd."


@dataclass(frozen=True)
class Link:
    """A cell, or a line of links, that leads to another page."""

    text: str
    href: str


@dataclass(frozen=True)
class Table:
    """A table with a heading of its own; `empty` is said when it has no rows.

    The headers sort. With `paging` the rows are one page of a list that is in order already.
    """

    heading: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str | Link]]
    empty: str = ""
    paging: Paging | None = None


@dataclass(frozen=True)
class Button:
    """Leads to another page, or (`posts`) does something at once."""

    text: str
    address: str
    posts: bool = False


@dataclass(frozen=True)
class Region:
    """A part of a page with a heading: fields, a table, or a message."""

    heading: str
    fields: Sequence[tuple[str, str]] = ()
    tables: Sequence[Table] = ()
    alert: str = ""


@dataclass(frozen=True)
class Field:
    """A field of a form: text, select, check, area or file."""

    name: str
    label: str
    kind: str = "text"
    options: Sequence[tuple[str, str]] = ()
    hint: str = ""
    width: str = ""


@dataclass(frozen=True)
class Grid:
    """Rows of a form, each with the same fields; the button `add` makes one more below the others."""

    name: str
    heading: str
    fields: Sequence[Field]
    add: str


@dataclass(frozen=True)
class Form:
    """A form with its address; `back` is where Avbryt leads. `method` is get for one that only reads."""

    heading: str
    address: str
    back: str
    fields: Sequence[Field]
    submit: str = "Spara"
    intro: str = ""
    keep: Mapping[str, str] = field(default_factory=dict)
    grids: Sequence[Grid] = ()
    method: str = "post"


def options(*values: str, empty: str = "") -> tuple[tuple[str, str], ...]:
    """Options whose value is their text, after an empty one that says what to do."""
    return (*((("", empty),) if empty else ()), *((value, value) for value in values))


def show(
    visit: Visit,
    heading: str,
    *,
    case: Row[Any] | None = None,
    open_case: OpenCase | None = None,
    fields: Sequence[tuple[str, str]] = (),
    tables: Sequence[Table] = (),
    regions: Sequence[Region] = (),
    buttons: Sequence[Button] = (),
    tabs: Sequence[tuple[str, str, bool]] = (),
    search: Form | None = None,
    values: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    hint: str = "",
    alert: str = "",
    frame: Link | None = None,
    links: Sequence[Link] = (),
) -> Response:
    """A page to read. `tabs` are (text, address, chosen); `search` is a form on the page itself."""
    holder = None
    if case is not None:
        journal_access.enter(visit, case.case_number)
        holder = journal_access.holder(visit, case)
    chaos = visit.system.chaos
    return visit.render(
        "sheet.html",
        open_case=records.open_case(case) if case is not None else open_case,
        heading=heading,
        fields=fields,
        tables=[_shown(visit, table, number) for number, table in enumerate(tables, start=1)],
        address=ordering.address(visit.request.url, "sida"),
        regions=regions,
        buttons=[replace(button, text=chaos.button(button.text)) for button in buttons],
        tabs=tabs,
        search=_as_shown(visit, search) if search else None,
        values=values or {},
        errors=errors or {},
        hint=hint,
        alert=alert,
        frame=frame,
        links=links,
        locked_by=holder,
        status=422 if errors else 200,
    )


def ask(
    visit: Visit, case: Row[Any], form: Form, values: Mapping[str, Any], errors: Mapping[str, str]
) -> Response:
    """The form of a case, with the case locked for this session; or back, if somebody else has it."""
    journal_access.enter(visit, case.case_number)
    if holder := journal_access.take(visit, case):
        visit.say(f"Posten är låst av {holder}.")
        return visit.redirect(form.back)
    return visit.render(
        "sheet_form.html",
        open_case=records.open_case(case),
        form=_as_shown(visit, form),
        values=values,
        errors=errors,
        form_token=visit.new_form(),
        status=422 if errors else 200,
    )


def grid_rows(visit: Visit, grid: Grid) -> list[dict[str, str]]:
    """What was filled in below a grid's headers, without the rows in which nothing was typed."""
    columns = [
        [
            " ".join(text.split())
            for text in visit.form.getlist(f"{grid.name}-{each.name}")
            if isinstance(text, str)
        ]
        for each in grid.fields
    ]
    typed = [at for at, each in enumerate(grid.fields) if each.kind == "text"]
    names = [each.name for each in grid.fields]
    return [
        dict(zip(names, row, strict=True))
        for row in zip(*columns, strict=False)
        if any(row[at] for at in typed)
    ]


def lock_errors(visit: Visit, case: Row[Any]) -> dict[str, str]:
    """What to say when the lock has gone since the form was opened."""
    return {} if visit.system.locks.has(case_key(case.case_number), visit.session) else {"": NO_LOCK}


def done(visit: Visit, case: Row[Any], message: str, address: str) -> Response:
    """After a save: give the lock back, say so, go on."""
    visit.system.locks.give_back(case_key(case.case_number), visit.session)
    visit.say(message)
    return visit.after_form(address)


def refused(visit: Visit, case: Row[Any], address: str) -> Response | None:
    """Back to the page, if somebody else holds the case; for buttons that do something at once."""
    if holder := journal_access.holder(visit, case):
        visit.say(f"Posten är låst av {holder}.")
        return visit.redirect(address)
    return None


def order(visit: Visit, *columns: Sequence[ColumnElement[Any]]) -> list[ColumnElement[Any]]:
    """The order of a paged list: by what the chosen column sorts by, if one is chosen."""
    number, falling = ordering.chosen(visit.request.url, 1)
    chosen = columns[number - 1] if number is not None and number <= len(columns) else ()
    return protection.order(visit.account, chosen, falling=falling)


def _shown(visit: Visit, table: Table, number: int) -> dict[str, Any]:
    """The table as the page needs it: headers that sort, rows in order, under chaos some of them twice."""
    column, falling = ordering.chosen(visit.request.url, number)
    rows = list(table.rows)
    if table.paging is None and column is not None and column <= len(table.columns):
        at = column - 1
        rows.sort(key=lambda row: ordering.key(_text(row[at])), reverse=falling)
    twice = visit.system.chaos.shows_twice
    rows = [row for row in rows for row in [row] * (1 + (isinstance(row[0], Link) and twice(row[0].text)))]
    headers = [
        (text, *ordering.header(visit.request.url, number, place))
        for place, text in enumerate(table.columns, start=1)
    ]
    return {"table": table, "headers": headers, "rows": rows}


def _text(cell: str | Link) -> str:
    return cell if isinstance(cell, str) else cell.text


def _as_shown(visit: Visit, form: Form) -> Form:
    """The form under the labels that chaos leaves it."""
    chaos = visit.system.chaos
    fields = [replace(each, label=chaos.label(each.label)) for each in form.fields]
    grids = [replace(grid, add=chaos.button(grid.add)) for grid in form.grids]
    return replace(form, fields=fields, submit=chaos.button(form.submit), grids=grids)


def bad_date(text: str) -> str:
    """What is wrong with a typed date; empty if nothing."""
    return "" if formats.iso_date(text) else BAD_DATE


def check(errors: dict[str, str], name: str, message: str) -> None:
    """Keep the message, if there is one."""
    if message:
        errors[name] = message
