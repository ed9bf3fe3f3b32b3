"""Inloggning and Logga ut."""

from __future__ import annotations

import asyncio
import hmac
import secrets

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from fake_procapita.guard import guarded, same_origin
from fake_procapita.sessions import LOGGED_OUT, Session
from fake_procapita.system import HEADERS, System
from fake_procapita.visit import Visit

TOKEN = "_login"


async def show(request: Request) -> Response:
    """The login page; says why an earlier session is over."""
    system: System = request.app.state.system
    if delay := system.chaos.page_delay():
        await asyncio.sleep(delay)
    farewell = system.sessions.farewell(request.cookies.get(system.cookie, ""))
    response = _page(request, notice=farewell)
    if farewell:
        response.delete_cookie(system.cookie, httponly=True, samesite="strict")
    return response


async def log_in(request: Request) -> Response:
    """Check the password and open a session."""
    system: System = request.app.state.system
    form = await request.form()
    username, password, unit = (str(form.get(name, "")) for name in ("anvandarnamn", "losenord", "enhet"))
    cookie = request.cookies.get(system.cookie + TOKEN, "")
    if not cookie or not hmac.compare_digest(cookie.encode(), str(form.get("login_token", "")).encode()):
        return _page(
            request, error="Sidan hade blivit för gammal. Försök igen.", username=username, status=403
        )
    if not same_origin(request):
        return _page(request, error="Inloggningen kom från en annan webbplats.", status=403)
    answer = system.sessions.log_in(username.strip(), password, unit)
    if not isinstance(answer, Session):
        return _page(request, error=answer, username=username, unit=unit, status=401)
    response = RedirectResponse("/inkorg", status_code=303, headers=HEADERS)
    response.set_cookie(system.cookie, answer.sid, httponly=True, samesite="strict")
    return response


async def log_out(visit: Visit) -> Response:
    """End the session."""
    visit.system.sessions.end(visit.session, LOGGED_OUT)
    return visit.redirect("/login")


async def start(request: Request) -> Response:
    """The bare address leads to the Inkorg, or to the login."""
    return RedirectResponse("/inkorg", status_code=303, headers=HEADERS)


def _page(
    request: Request,
    *,
    notice: str = "",
    error: str = "",
    username: str = "",
    unit: str = "",
    status: int = 200,
) -> Response:
    system: System = request.app.state.system
    token = request.cookies.get(system.cookie + TOKEN) or secrets.token_urlsafe(18)
    html = system.templates.get_template("login.html").render(
        municipality=system.municipality,
        assets=system.assets,
        today=system.today.isoformat(),
        login_token=token,
        notice=notice,
        error=error,
        username=username,
        unit=unit or system.municipality.units[0],
    )
    response = HTMLResponse(html, status_code=status, headers=HEADERS)
    response.set_cookie(system.cookie + TOKEN, token, httponly=True, samesite="strict")
    return response


routes = [
    Route("/", start),
    Route("/login", show),
    Route("/login", log_in, methods=["POST"]),
    Route("/logga-ut", guarded(log_out), methods=["POST"]),
]
