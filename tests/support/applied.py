"""Registers the e-applications of a municipality, as the intake does, for tests of what comes after it."""

from __future__ import annotations

import csv
from pathlib import Path

from fixtures.papers import Papers
from fixtures.verify_intake import Applied, fates

E_SERVICE = "E-tjänsten"
Table = list[dict[str, str]]


def register_digital(town: Path) -> None:
    """Put the applications of `inkorg/` into the case system's files."""
    tables = {path.name: _read(path) for path in town.glob("*.csv")}
    papers = Papers(tables)
    inbox = {path.name: path.read_bytes() for path in (town / "inkorg").iterdir()}
    for fate in fates(papers, inbox, "trelleborg"):
        if fate.applied:
            _register(tables, papers, fate.applied)
    for name in ("applications.csv", "application_rows.csv", "application_facts.csv"):
        _write(town / name, tables[name])


def _register(tables: dict[str, Table], papers: Papers, applied: Applied) -> None:
    case = papers.case[applied.household]
    key = f"AK{max(int(row['application_id'][2:]) for row in tables['applications.csv']) + 1:05}"
    person = papers.adults(applied.household)[0][0]
    worker = case["caseworker"]
    application = {
        "application_id": key, "case_number": case["case_number"], "date": applied.date, "type": "Ansökan",
        "reason": "Försörjningsstöd", "month": "2022-11", "sender": E_SERVICE, "caseworker": worker,
        "unit": papers.accounts[worker]["unit"], "status": "Ny",
    }  # fmt: skip
    tables["applications.csv"].append(application)
    own = {"application_id": key, "person_id": person}
    for item, amount in applied.posts:
        tables["application_rows.csv"].append({**own, "item": item, "amount": str(amount), "date": ""})
    facts = [("Antal i hushållet", str(applied.persons))]
    facts += [(kind, f"{amount:,} kr".replace(",", " ")) for kind, amount in applied.incomes]
    for subject, value in facts:
        tables["application_facts.csv"].append({**own, "subject": subject, "value": value})


def _read(path: Path) -> Table:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _write(path: Path, rows: Table) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
