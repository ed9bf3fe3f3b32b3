"""What lives as long as the server, and the templates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import Engine

from fake_procapita import formats, protection
from fake_procapita.chaos import Chaos
from fake_procapita.locks import Locks
from fake_procapita.municipality import (
    ADMINISTRATOR,
    APPROVER,
    CASEWORKER,
    LEADER,
    PAYER,
    PROTECTED_CASES,
    ROBOT,
    Municipality,
)
from fake_procapita.sessions import Sessions

TEMPLATES = Path(__file__).parent / "templates"
STAFF = (CASEWORKER, LEADER)
#: who may see the lists of all cases' decisions and spot checks
DECISION_READERS = (*STAFF, ROBOT, PAYER, APPROVER)
SAMPLE_READERS = (*STAFF, ROBOT)
#: the menu's links of an open case, after the older four
CASE_SCREENS = (
    ("aktualisering", "Aktualisering"),
    ("utredning", "Utredning"),
    ("berakning", "Beräkning"),
    ("beslut", "Beslut"),
    ("utbetalning", "Utbetalning"),
    ("stickprov", "Stickprov"),
    ("bevakningar", "Bevakningar"),
    ("arbetsmarknad", "Arbetsmarknad"),
    ("ssbtek", "SSBTEK"),
    ("dokument", "Dokument"),
    ("kommunicering", "Kommunicering"),
    ("referensram", "Referensram"),
)

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; "
    "img-src 'self' data:; frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
#: of a page that is shown in a frame of another
FRAMED = HEADERS | {
    "Content-Security-Policy": HEADERS["Content-Security-Policy"].replace(
        "frame-ancestors 'none'", "frame-ancestors 'self'"
    )
}


@dataclass(frozen=True)
class System:
    """Everything that lives as long as the server."""

    today: date
    municipality: Municipality
    engine: Engine
    sessions: Sessions
    locks: Locks
    chaos: Chaos
    cookie: str
    templates: Environment
    assets: dict[str, str]


def templates() -> Environment:
    """All templates, compiled once."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        auto_reload=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        cache_size=-1,
    )
    environment.filters.update(
        personnummer=formats.personnummer, kronor=formats.kronor, shortened=formats.shortened
    )
    environment.globals.update(
        address=formats.address,
        person_name=formats.person_name,
        is_hidden=protection.is_hidden,
        skydd=protection.shown,
        STAFF=STAFF,
        DECISION_READERS=DECISION_READERS,
        SAMPLE_READERS=SAMPLE_READERS,
        case_screens=CASE_SCREENS,
        ADMINISTRATOR=ADMINISTRATOR,
        LEADER=LEADER,
        PROTECTED_CASES=PROTECTED_CASES,
    )
    for name in environment.list_templates():
        environment.get_template(name)
    return environment
