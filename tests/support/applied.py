"""Registers the e-applications of a municipality, as the intake does, for tests of what comes after it."""

from __future__ import annotations

from pathlib import Path

from fake_procapita.casework import E_SERVICE
from fixtures.papers import Papers
from fixtures.tables import read_profile, read_tables
from fixtures.verify_intake import Applied, fates
from tests.support.rows import Rows, write_rows


def register_digital(town: Path) -> dict[str, str]:
    """Put the applications of `inkorg/` into the case system's files; the file of each, by its id there."""
    tables = read_tables(town)
    papers, (profile, inbox) = Papers(tables), read_profile(town)
    applied = [fate.applied for fate in fates(papers, inbox, profile) if fate.applied]
    keys = {_register(tables, papers, each): each.subject for each in applied}
    for name in ("applications.csv", "application_rows.csv", "application_facts.csv"):
        write_rows(town / name, tables[name])
    return keys


def _register(tables: dict[str, Rows], papers: Papers, applied: Applied) -> str:
    case = papers.case[applied.household]
    key = f"AK{max(int(row['application_id'][2:]) for row in tables['applications.csv']) + 1:05}"
    person = papers.adults(applied.household)[0][0]
    application = {
        "application_id": key, "case_number": case["case_number"], "date": applied.date, "type": "Ansökan",
        "reason": "Försörjningsstöd", "month": "2022-11", "sender": E_SERVICE,
        "caseworker": case["caseworker"], "unit": papers.accounts[case["caseworker"]]["unit"],
        "status": "Ny", "number": applied.subject.partition("_")[2].partition(".")[0],
    }  # fmt: skip
    tables["applications.csv"].append(application)
    own = {"application_id": key, "person_id": person}
    for item, amount in applied.posts:
        tables["application_rows.csv"].append({**own, "item": item, "amount": str(amount), "date": ""})
    facts = [("Antal i hushållet", str(applied.persons))]
    facts += [(kind, f"{amount:,} kr".replace(",", " ")) for kind, amount in applied.incomes]
    facts += [("Planering", applied.plan)] if applied.plan else []
    for subject, value in facts:
        tables["application_facts.csv"].append({**own, "subject": subject, "value": value})
    return key
