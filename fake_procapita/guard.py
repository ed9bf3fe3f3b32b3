"""Around every screen: session, chaos, check of forms, roles, release of locks, error pages."""

from __future__ import annotations

import asyncio
import hmac
import traceback
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fake_procapita import readlog
from fake_procapita.problems import FormAlreadySent, FormExpired, InternalFault, PageProblem, ProtectedPerson
from fake_procapita.sessions import LOST
from fake_procapita.system import HEADERS, System
from fake_procapita.visit import Visit

Screen = Callable[[Visit], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


def guarded(screen: Screen, *roles: str, keeps_locks: bool = False) -> Endpoint:
    """The screen as an endpoint, for logged-in accounts that have one of the roles (if any are named).

    Opening a page gives back the locks of forms that were left, unless the page `keeps_locks`.
    """

    async def endpoint(request: Request) -> Response:
        system: System = request.app.state.system
        if delay := system.chaos.page_delay():
            await asyncio.sleep(delay)
        session = system.sessions.get(request.cookies.get(system.cookie, ""))
        if session is None:
            return RedirectResponse("/login", status_code=303, headers=HEADERS)
        if system.chaos.loses_session():
            system.sessions.end(session, LOST)
            return RedirectResponse("/login", status_code=303, headers=HEADERS)
        visit = Visit(request, system, session)
        try:
            if request.method == "POST":
                visit.form = await request.form()
                _check_form(visit)
            else:
                if not keeps_locks:
                    system.locks.release(session)
                if system.chaos.page_fails():
                    raise InternalFault
            if roles:
                visit.require(*roles)
            return await screen(visit)
        except ProtectedPerson as problem:
            _log_denied(visit, problem)
            return _problem_page(visit, problem)
        except PageProblem as problem:
            return _problem_page(visit, problem)
        except Exception:
            traceback.print_exc()
            return _problem_page(visit, InternalFault())

    return endpoint


def _problem_page(visit: Visit, problem: PageProblem) -> Response:
    return visit.render("problem.html", status=problem.status, title=problem.heading, problem=problem.message)


def same_origin(request: Request) -> bool:
    """Whether the request comes from one of our own pages, as far as the browser tells."""
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host", "")


def _check_form(visit: Visit) -> None:
    if not same_origin(visit.request):
        raise FormExpired
    if not hmac.compare_digest(visit.text("csrf_token").encode(), visit.session.csrf.encode()):
        raise FormExpired
    if visit.session.forms.states.get(visit.text("form_token"), "open") != "open":
        raise FormAlreadySent


def _log_denied(visit: Visit, problem: ProtectedPerson) -> None:
    with visit.begin() as connection:
        readlog.record(
            connection,
            visit.session,
            visit.today,
            problem.heading,
            person_id=problem.person_id,
            personnummer=problem.personnummer,
            case_number=problem.case_number,
            denied=True,
        )
