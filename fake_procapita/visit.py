"""One visit to one page: who, what was sent, and how to answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import Connection
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from fake_procapita import formats, ordering, protection, readlog
from fake_procapita.municipality import PERSONS_ONLY, ROBOT, Account
from fake_procapita.problems import (
    FormAlreadySent,
    FormExpired,
    InternalFault,
    NotAllowed,
    PersonsOnly,
    ProtectedPerson,
)
from fake_procapita.records import OpenCase
from fake_procapita.sessions import Session
from fake_procapita.system import HEADERS, System

T = TypeVar("T")


@dataclass
class Visit:
    """A request by someone who is logged in."""

    request: Request
    system: System
    session: Session
    form: FormData = field(default_factory=FormData)

    @property
    def account(self) -> Account:
        return self.session.account

    @property
    def today(self) -> date:
        return self.system.today

    def begin(self) -> AbstractContextManager[Connection]:
        """A transaction, as a context manager that gives the connection."""
        return self.system.engine.begin()

    def path(self, name: str) -> str:
        """A part of the address."""
        return str(self.request.path_params[name])

    def query(self, name: str, default: str = "") -> str:
        return str(self.request.query_params.get(name, default))

    def text(self, name: str) -> str:
        """A field of the form, with line ends as `\\n`; empty if it was not sent."""
        value = self.form.get(name, "")
        return formats.newlines(value) if isinstance(value, str) else ""

    def line(self, name: str) -> str:
        """A one-line field as it was typed."""
        return self.text(name).replace("\n", " ")

    def word(self, name: str) -> str:
        """A one-line field without surrounding spaces."""
        return " ".join(self.text(name).split())

    def look(
        self,
        connection: Connection,
        screen: str,
        *,
        hides: str | None = "",
        person_id: str = "",
        personnummer: str = "",
        case_number: str = "",
    ) -> None:
        """Log that the person or case is looked at; stop if its protection (`hides`) forbids it."""
        if protection.is_hidden(hides, self.account):
            raise ProtectedPerson(screen, person_id, personnummer, case_number)
        readlog.record(
            connection,
            self.session,
            self.today,
            screen,
            person_id=person_id,
            personnummer=personnummer,
            case_number=case_number,
        )

    def require(self, *roles: str) -> None:
        """Stop unless the account has one of the roles."""
        if not self.account.has(*roles):
            decided = self.account.has(ROBOT) and set(roles) <= set(PERSONS_ONLY)
            raise PersonsOnly if decided else NotAllowed

    def say(self, message: str) -> None:
        """Show the message on the next page."""
        self.session.messages.append(message)

    def redirect(self, address: str) -> Response:
        return RedirectResponse(address, status_code=303, headers=HEADERS)

    def after_form(self, address: str) -> Response:
        """Go on after a save: to the link that was clicked in a changed form, else to `address`."""
        wanted = self.text("fortsatt")
        local = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
        return self.redirect(wanted if local else address)

    def render(
        self, template: str, *, status: int = 200, open_case: OpenCase | None = None, **values: Any
    ) -> Response:
        """The page, with what every page shows."""
        messages, self.session.messages = self.session.messages, []
        self.session.open_case = open_case
        html = self.system.templates.get_template(template).render(
            v=self,
            me=self.account,
            session=self.session,
            today=self.today.isoformat(),
            messages=messages,
            municipality=self.system.municipality,
            assets=self.system.assets,
            open_case=open_case,
            extra_dialog=self.system.chaos.opens_dialog(),
            print_view=self._print_view(),
            **values,
        )
        return HTMLResponse(html, status_code=status, headers=HEADERS)

    def _print_view(self) -> dict[str, Any]:
        """Whether the page is shown as it is printed, and the address of the other view."""
        chosen = bool(self.query("utskrift"))
        more = {} if chosen else {"utskrift": "ja"}
        return {"chosen": chosen, "address": ordering.address(self.request.url, "utskrift", **more)}

    def new_form(self) -> str:
        """A token for a form that is about to be shown."""
        return self.session.forms.issue()

    async def save(self, work: Callable[[Connection], T]) -> T:
        """Do the work in one transaction and use up the form; chaos strikes here."""
        forms, token = self.session.forms.states, self.text("form_token")
        if token not in forms:
            raise FormExpired
        if forms[token] != "open":
            raise FormAlreadySent
        forms[token] = "busy"
        faults = self.system.chaos.next_save()
        try:
            if faults.error_before:
                raise InternalFault
            if faults.delay:
                await asyncio.sleep(faults.delay)
            with self.begin() as connection:
                result = work(connection)
        except BaseException:
            forms[token] = "open"
            raise
        forms[token] = "done"
        if faults.error_after:
            raise InternalFault
        return result
