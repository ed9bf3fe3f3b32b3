"""Robots whose work is more than a note: what they change, they change once, whatever stops them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select

from fake_procapita import casework, db, exporting
from fake_procapita.importing import database_path
from robotfabrik.model.records import ItemFilter
from robotfabrik.store import open_store
from tests.support import compare
from tests.support.fake import ROOT, RunningFake, running_fake
from tests.support.robot import Robot

NOVEMBER, DECEMBER = "2022-11-01", "2022-12-01"
CLOSE = ("--set", "läge=utför")


def rows(fake: RunningFake, table: Any, **where: str) -> list[dict[str, str]]:
    """The rows of one of the case system's tables, in order."""
    query = select(table)
    for column, value in where.items():
        query = query.where(table.c[column] == value)
    engine = db.open_engine(database_path(fake.data))
    try:
        with engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]
    finally:
        engine.dispose()


def closed(fake: RunningFake) -> dict[str, tuple[str, str]]:
    """When and why each closed case was closed."""
    return {
        row["case_number"]: (row["end"], row["end_reason"]) for row in rows(fake, db.cases, status="Avslutat")
    }


def notes_of_closing(data: Path) -> Any:
    """The notes of the mode utför: the facit's, which are those of förslag, in the past tense."""
    return compare.notes(
        {**row, "text": row["text"].replace("Förslag: ärendet avslutas per", "Ärendet avslutades per")}
        for row in compare.facit(data, "2022-11", "avslut")
        if row["status"] == "noted"
    )


def test_cases_are_closed_once_and_noted_once(small: Path, home: Path) -> None:
    notes = notes_of_closing(small)
    cases = {case: (NOVEMBER, "Ingen ny ansökan") for case, *_ in notes}
    with running_fake(small, NOVEMBER) as fake:
        before = closed(fake)
        robot = Robot(fake, home, "avslut")
        result = robot.run(NOVEMBER, *CLOSE)
        assert (result["noted"], result["written"]) == (len(cases), 2 * len(cases))
        assert closed(fake) == before | cases
        assert compare.notes(fake.export_notes()) == notes
        again = robot.run(NOVEMBER, *CLOSE)
        assert (again["checked"], again["listed"], again["written"]) == (0, 0, 0)
        fake.restart(DECEMBER)
        assert robot.run(DECEMBER, *CLOSE)["written"] == 0
        assert closed(fake) == before | cases


@pytest.mark.acceptance_long
def test_the_unit_gets_one_list_and_each_caseworker_the_own_findings(small: Path, home: Path) -> None:
    expected = compare.facit(small, "2022-11", "anvisning")
    left = {row["case_number"] for row in expected if row["status"] == "listed" and row["code"] != "BE1"}
    with running_fake(small, NOVEMBER) as fake:
        robot = Robot(fake, home, "anvisning")
        robot.run(NOVEMBER)
        assert robot.run(NOVEMBER)["written"] == 0
        (message,) = exporting.stored(fake.data, "messages")
        assert message["rubrik"] == "Anvisningsrobot: ärenden att hantera manuellt"
        assert sorted(message["cases"].split()) == sorted(left)
        assert all(case in message["text"] for case in left)
    with open_store(home / "store.db") as store:
        items = store.find_items(ItemFilter(process="anvisning"))
    of = {item.output["columns"]["Ärende"]: item.output["columns"]["Handläggare"] for item in items}
    shown = set()
    for person in set(of.values()):
        rows = own_rows(robot, home / "own.xlsx", person)
        assert {of[row["Ärende"]] for row in rows} == {person}
        shown |= {row["Ärende"] for row in rows}
        for row in rows:
            assert (row["Avläst"].date().isoformat(), bool(row["Regel"])) == (NOVEMBER, True)
            assert bool(row["Värde"]) == bool(row["Källa"]) == (row["Ärende"] not in left)
    assert shown == {row["case_number"] for row in expected if row["status"] in ("noted", "listed")}


def own_rows(robot: Robot, book: Path, person: str) -> list[dict[str, Any]]:
    """What `robotfabrik items own` writes for a caseworker."""
    command = [sys.executable, "-m", "robotfabrik.cli.main", "items", "own", str(book), "--for", person]
    days = ["--from", NOVEMBER, "--until", NOVEMBER]
    subprocess.run([*command, *days], cwd=ROOT, env=robot.environment, check=True, stdout=subprocess.DEVNULL)
    headings, *rows = openpyxl.load_workbook(book).worksheets[0].iter_rows(values_only=True)
    found = [dict(zip(headings, row, strict=True)) for row in rows]
    return [row for row in found if row["Ärende"]]  # below stand the steps to follow


@pytest.mark.acceptance_long
def test_stopped_between_note_and_closing(small: Path, home: Path) -> None:
    """The day after, the case is closed as of the day that the note names."""
    notes = notes_of_closing(small)
    with running_fake(small, NOVEMBER) as fake:
        robot, before = Robot(fake, home, "avslut"), closed(fake)
        run = robot.start(NOVEMBER, *CLOSE)
        while not fake.export_notes() and run.poll() is None:
            time.sleep(0.01)
        os.kill(run.pid, signal.SIGKILL)
        run.wait()
        fake.restart("2022-11-02")
        robot.run("2022-11-02", *CLOSE)
        assert compare.notes(fake.export_notes()) == notes
        assert closed(fake) == before | {case: (NOVEMBER, "Ingen ny ansökan") for case, *_ in notes}


@pytest.mark.acceptance_long
def test_stopped_between_referral_and_note(small: Path, home: Path) -> None:
    """The case system has no button Ny journalanteckning: the robot comes as far as its notes."""
    expected = compare.expected_notes(small, "2022-11", robot="anvisning")
    with running_fake(small, NOVEMBER, chaos="renamed-button") as fake:
        robot, before = Robot(fake, home, "anvisning"), len(rows(fake, casework.referrals))
        assert robot.run(NOVEMBER, code=1)["failed"] == expected.total()
        sent = rows(fake, casework.referrals)
        assert (len(sent), fake.export_notes()) == (before + expected.total(), [])
        fake.mend()
        robot.run(NOVEMBER)
        assert rows(fake, casework.referrals) == sent
        assert compare.notes(fake.export_notes()) == expected
        assert robot.run(NOVEMBER)["written"] == 0
