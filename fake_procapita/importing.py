"""From the data folder's CSV files to the database, once.

The database is built beside its final name and renamed when complete, so an interrupted import
leaves nothing behind. A hash of the files is kept: data that changed afterwards is not mixed in.
The e-service's files are copied beside it then, since what takes them in moves them.
"""

from __future__ import annotations

import csv
import hashlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Table, Update, func, insert, select, update

from fake_procapita import casework, db
from fake_procapita.formats import newlines, person_name, search_key
from fake_procapita.problems import UsageProblem

FILES = {
    "people.csv": db.people,
    "households.csv": db.households,
    "members.csv": db.members,
    "cases.csv": db.cases,
    "kir_people.csv": db.kir_people,
    "kir_residence.csv": db.kir_residence,
    "kir_events.csv": db.kir_events,
    "kir_civil.csv": db.kir_civil,
    "notes.csv": db.notes,
    "activities.csv": db.activities,
}
#: what a data folder may leave out
CASE_WORK = casework.FILES
STATE = ".state"
DATABASE = "procapita.db"
E_SERVICE, INBOX = "e-tjanst", "inkorg"


def imported_key(table: str) -> str:
    """Where the state keeps how many rows of a table of the case work came from the files."""
    return f"imported {table}"


def database_path(folder: Path) -> Path:
    """Where the live state of a data folder lies."""
    return folder / STATE / DATABASE


def open_state(folder: Path, *, fresh: bool) -> Engine:
    """The engine on the folder's state; imports the CSV files if there is none yet."""
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise UsageProblem(f"{folder} is no data folder: {', '.join(missing)} is missing.")
    path = database_path(folder)
    digest = _digest(folder)
    if fresh:
        shutil.rmtree(path.parent, ignore_errors=True)
        if path.exists():
            raise UsageProblem(f"{path.parent} cannot be deleted. Does another server use it?")
    if not path.exists():
        _import(folder, path, digest)
    engine = db.open_engine(path)
    with engine.connect() as connection:
        known = dict(connection.execute(select(db.meta.c.key, db.meta.c.value)).tuples().all())
    if known.get("schema") != db.SCHEMA or known.get("digest") != digest:
        engine.dispose()
        raise UsageProblem(
            f"the files in {folder} have changed since they were imported into {path.parent}. "
            "Start with --fresh to import them again; that deletes the notes and activities written since."
        )
    return engine


def _digest(folder: Path) -> str:
    total = hashlib.sha256()
    for name in (*FILES, *CASE_WORK):
        total.update(name.encode())
        total.update((folder / name).read_bytes() if (folder / name).is_file() else b"")
    return total.hexdigest()


def _import(folder: Path, path: Path, digest: str) -> None:
    path.parent.mkdir(exist_ok=True)
    partial = path.with_suffix(".import")
    partial.unlink(missing_ok=True)
    engine = db.open_engine(partial, importing=True)
    try:
        with engine.begin() as connection:
            db.metadata.create_all(connection)
            for name, table in {**FILES, **CASE_WORK}.items():
                rows = list(_rows(folder / name, table)) if (folder / name).is_file() else []
                if rows:
                    connection.execute(insert(table), rows)
                if table in casework.TABLES:
                    connection.execute(insert(db.meta), {"key": imported_key(table.name), "value": len(rows)})
            connection.execute(_pay_decisions())
            connection.exec_driver_sql(db.LOCKED_NOTE)
            connection.execute(
                insert(db.meta), [{"key": "schema", "value": db.SCHEMA}, {"key": "digest", "value": digest}]
            )
        with engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE")
    finally:
        engine.dispose()
    _copy_inbox(folder)
    os.replace(partial, path)


def _pay_decisions() -> Update:
    """Tell each payment of the files which decision it pays: the case's valid one of that month."""
    paid, decided = casework.payments.c, casework.decisions.c
    same = (decided.case_number == paid.case_number) & (func.substr(decided.start, 1, 7) == paid.month)
    key = select(func.max(decided.decision_id)).where(same, decided.status == "Gällande").scalar_subquery()
    return update(casework.payments).values(decision_id=func.coalesce(key, ""))


def _copy_inbox(folder: Path) -> None:
    """Lay the e-service's files where they may be moved; a copy that was interrupted is made anew."""
    if (folder / INBOX).is_dir():
        copy = folder / STATE / E_SERVICE
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(folder / INBOX, copy / INBOX)


def _rows(path: Path, table: Table) -> Iterable[dict[str, Any]]:
    columns = {column.name for column in table.columns if column.name != "id"}
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        present = [name for name in reader.fieldnames or () if name in columns]
        for row in reader:
            values: dict[str, Any] = {name: row[name] or "" for name in present}
            yield _completed(values, table)


def _completed(values: dict[str, Any], table: Table) -> dict[str, Any]:
    """Adds the columns that the files do not have."""
    if table is db.people:
        values["search_name"] = search_key(person_name(values["given_name"], values["surname"]))
    elif table is db.cases:
        values["latest"] = max(values["last_application"], values["decided_to"])
    elif table is casework.applications:
        digital = values["sender"] == casework.E_SERVICE
        values["channel"] = values.get("channel") or (casework.DIGITAL if digital else casework.PAPER)
    elif table is casework.decisions:
        values["decided_on"] = values["date"] if values["decided_by"] else ""
    elif table is casework.expenses:
        values["kind"] = casework.OTHER if values["item"] in casework.HEALTH else ""
    elif table in (db.notes, db.activities):
        values["imported"] = True
        values["text"] = newlines(values["text"])
    return values
