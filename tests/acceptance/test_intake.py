"""The intake robot over an e-service's folder: every file becomes what the facit says, once."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from fake_procapita.importing import database_path
from fixtures.cli import run as generate
from fixtures.papers import Papers
from fixtures.tables import read_tables
from fixtures.verify_intake import fates
from tests.support.compare import Since, facit
from tests.support.fake import RunningFake, running_fake
from tests.support.robot import Robot

DAY, MONTH, BOT = "2022-11-01", "2022-11", "intag"
FOLDERS = {
    "registered": "klara", "noted": "klara", "manual": "manuell", "duplicate": "dubbletter",
    "waiting": "inkorg",
}  # fmt: skip


def municipality(folder: Path, profile: str) -> Path:
    data = folder / profile
    assert generate(["--profile", profile, "--seed", "5", "--households", "40", "--out", str(data)]) == 0
    return data


class Intake:
    """The robot and its folders."""

    def __init__(self, fake: RunningFake, home: Path, profile: str) -> None:
        self.fake, self.robot = fake, Robot(fake, home, BOT)
        self.folder = fake.data / ".state" / "e-tjanst"
        takes = "ja" if profile == "hoor" else "nej"
        self.options = (
            "--set", f"e_tjänst={self.folder}", "--set", f"tar_emot_bilagor={takes}", "--dataset", profile,
        )  # fmt: skip

    def run(self, *options: str, code: int | None = 0) -> dict[str, Any]:
        return self.robot.run(DAY, *self.options, *options, code=code)

    def names(self, folder: str) -> set[str]:
        return {path.name for path in (self.folder / folder).iterdir()}

    def reason(self, name: str) -> str:
        return (self.folder / "manuell" / f"{name}.txt").read_text("utf-8").split("\n")[0]

    def registered(self) -> Counter[tuple[str, ...]]:
        """What came by the e-service: number, case, day, month, what is asked for and stated."""
        with closing(sqlite3.connect(database_path(self.fake.data))) as database:
            rows = database.execute(
                "SELECT application_id, number, case_number, date, month FROM applications WHERE number != ''"
            )
            return Counter((*what, *self._lines(database, key)) for key, *what in rows)

    def documents(self) -> Counter[str]:
        """The titles of what robots have put in the cases."""
        with closing(sqlite3.connect(database_path(self.fake.data))) as database:
            rows = database.execute(
                "SELECT title FROM documents d JOIN contents c USING (document_id)"
            )
            return Counter(title for (title,) in rows)

    @staticmethod
    def _lines(database: sqlite3.Connection, key: str) -> tuple[str, str]:
        asked = database.execute(
            "SELECT item, amount FROM application_rows WHERE application_id = ? ORDER BY id", (key,)
        )
        stated = database.execute(
            "SELECT subject, value FROM application_facts WHERE application_id = ? ORDER BY id", (key,)
        )
        return tuple("; ".join(f"{a} {b}" for a, b in rows) for rows in (asked, stated))  # type: ignore[return-value]


def expected(data: Path, profile: str) -> tuple[Counter[tuple[str, ...]], Counter[str]]:
    """The applications and documents that shall stand in the case system, from the files alone."""
    papers = Papers(read_tables(data))
    inbox = {path.name: path.read_bytes() for path in (data / "inkorg").iterdir()}
    found: Counter[tuple[str, ...]] = Counter()
    documents: Counter[str] = Counter()
    for fate in fates(papers, inbox, profile):
        if fate.applied is None:
            continue
        form = fate.form
        stated = [("Antal i hushållet", str(fate.applied.persons))]
        stated += [(kind, f"{amount:,} kr".replace(",", " ")) for kind, amount in fate.applied.incomes]
        stated += [("Planering", fate.applied.plan)] if fate.applied.plan else []
        stated += [("Meddelande", form["meddelande"])] if form.get("meddelande") else []
        lines = ("; ".join(f"{a} {b}" for a, b in rows) for rows in (fate.applied.posts, stated))
        case = papers.case[fate.household]["case_number"]
        found[form["ansokningsid"], case, fate.applied.date, form["avser"], *lines] += 1
        documents.update(entry["filnamn"] for entry in form["bilagor"])
    return found, documents


def assert_equals_facit(intake: Intake, written: Since, data: Path, profile: str) -> None:
    rows = facit(data, MONTH, BOT)
    for row in rows:
        name, folder = row["subject"], FOLDERS[row["status"]]
        assert name in intake.names(folder), row
        if row["status"] == "manual":
            assert intake.reason(name) == row["text"]
    told = [row for row in rows if row["status"] == "noted"]
    assert written.notes() == Counter((r["case_number"], r["rubrik"], r["text"]) for r in told)
    assert written.activities() == Counter(
        (r["case_number"], r["activity_recipient"], r["activity"]) for r in told
    )
    applications, documents = expected(data, profile)
    assert intake.registered() == applications
    assert intake.documents() == documents
    kept = {path.name for path in (data / "inkorg").iterdir()}
    there = [name for folder in set(FOLDERS.values()) for name in intake.names(folder)]
    assert {name for name in there if not name.endswith(".txt")} == kept
    status = {
        path.stem: json.loads(path.read_text("utf-8"))["status"]
        for path in (intake.folder / "status").iterdir()
    }
    assert {number for number, said in status.items() if said == "registrerad"} == {
        *(number for number, *_ in applications), *(_number(row["subject"]) for row in told)
    }  # fmt: skip
    assert intake.names("kvitton") == {
        f"{number}.json" for number, said in status.items() if said == "registrerad"
    }


def _number(name: str) -> str:
    return name.rsplit("_", 1)[1].split(".")[0]


@pytest.fixture
def trelleborg(tmp_path: Path) -> Iterator[Intake]:
    with running_fake(municipality(tmp_path / "towns", "trelleborg"), DAY) as fake:
        yield Intake(fake, tmp_path / "home", "trelleborg")


def test_hostile_files_go_to_a_person_with_a_reason(trelleborg: Intake) -> None:
    """They lie among sound ones, which are taken as if nothing were."""
    inbox = trelleborg.folder / "inkorg"
    rows = facit(trelleborg.fake.data, MONTH, BOT)
    sound = [row["subject"] for row in rows if row["status"] == "registered"][:2]
    for path in inbox.iterdir():
        if path.name not in sound:
            path.unlink()
    hostile = {
        "20221101T040000_EA-2022-900001.json": b"[" * 200_000,
        "20221101T040001_EA-2022-900002.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><ansokan>&b;</ansokan>',
        "20221101T040002_EA-2022-900003.json": b" " * 6_000_000,
        "20221101T040003_EA-2022-900004.xml": '<ansokan><namn>Å</namn></ansokan>'.encode("latin-1"),
        "' --; DROP TABLE *?[x].json": b"{}",
        "[]åäö \N{GRINNING FACE}.xml": b"",
    }
    for name, content in hostile.items():
        (inbox / name).write_bytes(content)
    link = "20221101T040005_EA-2022-900006.json"
    (inbox / link).symlink_to("/etc/passwd")
    result = trelleborg.run()
    assert (result["failed"], result["held"]) == (0, 0)
    refused = (*hostile, link)
    assert trelleborg.names("manuell") == {f"{name}{end}" for name in refused for end in ("", ".txt")}
    assert all(trelleborg.reason(name) for name in refused)
    assert trelleborg.names("klara") == set(sound)
    assert trelleborg.registered().total() == 2
    # Whoever puts a file back has it read again, and it is known.
    shutil.copy2(trelleborg.folder / "klara" / sound[0], inbox / sound[0])
    assert trelleborg.run()["written"] == 0
    assert sound[0] in trelleborg.names("dubbletter")
    assert trelleborg.registered().total() == 2


@pytest.mark.acceptance_long
def test_every_file_becomes_what_the_facit_says_once(trelleborg: Intake) -> None:
    written, data = Since(trelleborg.fake), trelleborg.fake.data
    result = trelleborg.run()
    assert (result["failed"], result["held"]) == (0, 0)
    assert_equals_facit(trelleborg, written, data, "trelleborg")
    again = trelleborg.run()
    assert (again["written"], again["failed"], again["listed"], again["checked"]) == (0, 0, 0, 0)
    assert trelleborg.registered() == expected(data, "trelleborg")[0]


@pytest.mark.acceptance_long
@pytest.mark.parametrize("profile", ["trelleborg", "hoor"])
def test_nothing_is_lost_or_done_twice_when_it_is_killed(tmp_path: Path, profile: str) -> None:
    with running_fake(municipality(tmp_path / "towns", profile), DAY) as fake:
        intake, written = Intake(fake, tmp_path / "home", profile), Since(fake)
        for number in (1, 5, 11, 18, 24):  # of the applications that are registered
            started = intake.robot.start(DAY, *intake.options)
            while intake.registered().total() < number and started.poll() is None:
                time.sleep(0.05)
            with suppress(ProcessLookupError):  # it has ended by itself
                os.killpg(started.pid, signal.SIGKILL)
            started.communicate()
        _until_done(intake)
        assert_equals_facit(intake, written, fake.data, profile)


@pytest.mark.acceptance_long
@pytest.mark.parametrize("profile", ["trelleborg", "hoor"])
def test_it_equals_the_facit_in_a_case_system_with_faults(tmp_path: Path, profile: str) -> None:
    with running_fake(municipality(tmp_path / "towns", profile), DAY, chaos="all") as fake:
        intake, written = Intake(fake, tmp_path / "home", profile), Since(fake)
        _until_done(intake)
        assert_equals_facit(intake, written, fake.data, profile)


def _until_done(intake: Intake) -> None:
    """Every ten minutes another run, in reality."""
    for _ in range(6):
        result = intake.run(code=None)
        if result["status"] == "successful" and not (result["failed"] or result["held"]):
            waiting = {name for name in intake.names("inkorg") if name.endswith((".json", ".xml"))}
            if not waiting:
                return
    raise AssertionError(f"{sorted(intake.names('inkorg'))} still lie there: {result}")
