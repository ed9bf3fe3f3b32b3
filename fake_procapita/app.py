"""The application: all screens, static files, and what lives as long as the server."""

from __future__ import annotations

import hashlib
from pathlib import Path

from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fake_procapita.config import Settings
from fake_procapita.guard import guarded
from fake_procapita.locks import Locks
from fake_procapita.municipality import Municipality
from fake_procapita.problems import NotFound
from fake_procapita.screens import (
    application_form,
    applications,
    assets,
    calculation_forms,
    calculations,
    case,
    cases,
    communication,
    decision_list,
    decisions,
    delegate,
    documents,
    frames,
    household,
    inbox,
    investigations,
    journal,
    kir,
    labour,
    log,
    login,
    messages,
    note_form,
    payments,
    person,
    plans,
    samples,
    search,
    ssbtek,
    watches,
)
from fake_procapita.sessions import Sessions
from fake_procapita.system import System, templates
from fake_procapita.visit import Visit

STATIC = Path(__file__).parent / "static"
MEDIA = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
# search comes before person: its address would be taken for a person's
SCREENS = (
    login, inbox, messages, cases, search, person, assets, household, case, journal, note_form, kir, log,
    applications, application_form, investigations, calculations, calculation_forms, decisions, payments,
    watches, labour, plans, ssbtek, delegate, decision_list, samples, documents, communication, frames,
)  # fmt: skip


def build_app(settings: Settings, facts: Municipality, engine: Engine, *, cookie: str) -> Starlette:
    """The application over an open database."""
    files = {path.name: path.read_bytes() for path in STATIC.iterdir()}
    locks = Locks()
    system = System(
        today=settings.today,
        municipality=facts,
        engine=engine,
        sessions=Sessions(facts, settings.idle_seconds, locks.release),
        locks=locks,
        chaos=settings.chaos,
        cookie=cookie,
        templates=templates(),
        assets={
            name: f"/static/{name}?{hashlib.sha256(body).hexdigest()[:8]}" for name, body in files.items()
        },
    )

    async def static(request: Request) -> Response:
        name = str(request.path_params["name"])
        if name not in files:
            return Response(status_code=404)
        headers = {"Cache-Control": "public, max-age=31536000, immutable"}
        return Response(files[name], media_type=MEDIA[Path(name).suffix], headers=headers)

    routes = [Route("/static/{name}", static)]
    for module in SCREENS:
        routes.extend(module.routes)
    application = Starlette(routes=routes, exception_handlers={404: _missing, 405: _missing})
    application.state.system = system
    return application


async def _nothing(visit: Visit) -> Response:
    raise NotFound


async def _missing(request: Request, _problem: Exception) -> Response:
    if request.url.path == "/favicon.ico":
        return Response(status_code=404)
    return await guarded(_nothing)(request)
