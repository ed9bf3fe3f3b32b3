"""SSBTEK: what the seven parties can answer about a person, and how it is stored.

Field names are those of the service itself. A stored value is visible from its day on; a later one of the
same record and field takes its place. Record 0 holds a party's fields, the others are the rows of its table.
The field `fel` means that the party does not answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from fake_procapita.casework import ssbtek

FAULT = "fel"
_s = ssbtek.c


@dataclass(frozen=True)
class Party:
    """One of the seven: its fields and its table; by `dated` only rows of the asked period are shown."""

    code: str
    name: str
    fields: tuple[str, ...] = ()
    table: str = ""
    columns: tuple[str, ...] = ()
    dated: str = ""


PARTIES = (
    Party(
        "FK",
        "Försäkringskassan och Pensionsmyndigheten",
        ("utlamnare", "tillstand"),
        "Utbetalningar",
        ("forman", "belopp", "utbetalningsdatum"),
        "utbetalningsdatum",
    ),
    Party("SKV", "Skatteverket", ("Taxeringsar", "SummaIntakterPaKapital", "OverskottPaKapital")),
    Party(
        "AF",
        "Arbetsförmedlingen",
        (
            "Arbetssokande",
            "ArbetssokandeSKAT",
            "ArbetssokandeRegistrerad",
            "ArbetssokandeOmfattning",
            "ArbetssokandeAvaktualiserad",
            "Akassetillhorighet",
        ),
        "Aktivitetsrapporter",
        ("Manad", "Inlamnad"),
    ),
    Party(
        "SO",
        "A-kassorna",
        (),
        "Utbetalningar",
        (
            "SvarandeOrganisation",
            "Utbetalningsdatum",
            "NettoEfterSkatt",
            "NettoEfterAvdrag",
            "Ersattningsdagar",
            "AvserFrom",
            "AvserTom",
        ),
        "Utbetalningsdatum",
    ),
    Party("CSN", "CSN", ("studiemedel", "studiehjalp", "hemutrustningslan", "studiestartsstod")),
    Party(
        "TNS",
        "Transportstyrelsen",
        ("resultat",),
        "Fordonsinnehav",
        ("regnr", "fabrikat", "fordonsar", "fordonsslag", "handelsbeteckning"),
    ),
    Party(
        "MIV",
        "Migrationsverket",
        (),
        "Tillstånd",
        (
            "ansokningsdatum",
            "arendeTypNamn",
            "beslutsKodNamn",
            "beslutsTypNamn",
            "beslutsdatum",
            "giltighetstid",
        ),
    ),
)


@dataclass(frozen=True)
class Answer:
    """What one party says: `fault` alone, or values and rows (both may be empty)."""

    party: Party
    fault: str
    values: dict[str, str]
    rows: list[dict[str, str]]


def answers(
    connection: Connection, personnummer: str, start: str, end: str, today: date, silent: str = ""
) -> list[Answer]:
    """What the parties say today about a person and a period; `silent` names one that does not answer now."""
    stored = connection.execute(
        select(ssbtek)
        .where(_s.personnummer == personnummer, _s.visible_from <= today.isoformat())
        .order_by(_s.visible_from, _s.id)
    )
    found: dict[str, dict[int, dict[str, str]]] = {}
    for row in stored:
        found.setdefault(row.party, {}).setdefault(int(row.record), {})[row.field] = row.value
    return [_answer(party, found.get(party.code, {}), start, end, party.code == silent) for party in PARTIES]


def _answer(party: Party, stored: dict[int, dict[str, str]], start: str, end: str, silent: bool) -> Answer:
    values = stored.get(0, {})
    if silent or FAULT in values:
        return Answer(party, values.get(FAULT, "") or "Tjänsten svarar inte.", {}, [])
    rows: Sequence[dict[str, str]] = [row for record, row in sorted(stored.items()) if record]
    if party.dated:
        rows = [row for row in rows if start <= row.get(party.dated, "") <= end]
    return Answer(party, "", values, list(rows))
