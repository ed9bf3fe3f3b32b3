"""What most screens of a case are made of: fields to read, tables, buttons, and forms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row
from starlette.responses import Response

from fake_procapita import formats, records
from fake_procapita.locks import case_key
from fake_procapita.paging import Paging
from fake_procapita.records import OpenCase
from fake_procapita.screens.person import NO_LOCK, lock_holder
from fake_procapita.visit import Visit

BAD_DATE = "Ange datum som åååå-mm-dd."


@dataclass(frozen=True)
class Link:
    """A cell, or a line of links, that leads to another page."""

    text: str
    href: str


@dataclass(frozen=True)
class Table:
    """A table with a heading of its own; `empty` is said when it has no rows."""

    heading: str
    columns: Sequence[str]
    rows: Iterable[Sequence[str | Link]]
    empty: str = ""
    paging: Paging | None = None
    address: str = ""


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
class Form:
    """A form with its address; `back` is where Avbryt leads."""

    heading: str
    address: str
    back: str
    fields: Sequence[Field]
    submit: str = "Spara"
    intro: str = ""
    keep: Mapping[str, str] = field(default_factory=dict)


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
    holder = lock_holder(visit, case.registerledare, [case.case_number]) if case is not None else None
    return visit.render(
        "sheet.html",
        open_case=records.open_case(case) if case is not None else open_case,
        heading=heading,
        fields=fields,
        tables=tables,
        regions=regions,
        buttons=buttons,
        tabs=tabs,
        search=search,
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
    visit: Visit, case: Row[Any], form: Form, values: Mapping[str, str], errors: Mapping[str, str]
) -> Response:
    """The form of a case, with the case locked for this session; or back, if somebody else has it."""
    if holder := visit.system.locks.take(case_key(case.case_number), visit.session):
        visit.say(f"Posten är låst av {holder}.")
        return visit.redirect(form.back)
    return visit.render(
        "sheet_form.html",
        open_case=records.open_case(case),
        form=form,
        values=values,
        errors=errors,
        form_token=visit.new_form(),
        status=422 if errors else 200,
    )


def lock_errors(visit: Visit, case: Row[Any]) -> dict[str, str]:
    """What to say when the lock has gone since the form was opened."""
    return {} if visit.system.locks.has(case_key(case.case_number), visit.session) else {"": NO_LOCK}


def done(visit: Visit, case: Row[Any], message: str, address: str) -> Response:
    """After a save: give the lock back, say so, go on."""
    visit.system.locks.give_back(case_key(case.case_number), visit.session)
    visit.say(message)
    return visit.after_form(address)


def bad_date(text: str) -> str:
    """What is wrong with a typed date; empty if nothing."""
    return "" if formats.iso_date(text) else BAD_DATE


def check(errors: dict[str, str], name: str, message: str) -> None:
    """Keep the message, if there is one."""
    if message:
        errors[name] = message
