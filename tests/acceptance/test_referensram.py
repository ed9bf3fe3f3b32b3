"""Höör's robot over a municipality with frames: reports, notes and statuses equal the facit, each once."""

from __future__ import annotations

import csv
import io
import json
import time
from collections import defaultdict
from pathlib import Path

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from fake_procapita import casework, db
from fake_procapita.importing import database_path
from tests.support import compare
from tests.support.applied import register_digital
from tests.support.fake import RunningFake, running_fake
from tests.support.robot import Robot
from tests.support.towns import make_town

BOT, NOVEMBER = "referensram", "2022-11-01"


class Höör:
    """A municipality where the digital applications are registered, and its e-service's folder."""

    def __init__(self, folder: Path, seed: int, households: int) -> None:
        self.data = make_town(folder, seed, households, "hoor")
        self.files = register_digital(self.data)
        self.e_service = folder / "e-tjanst"
        self.setting = ("--set", f"e_tjänst={self.e_service}")

    def expected_reports(self) -> dict[str, str]:
        """What each application's table says, row by row, by the application's id; lines break anywhere."""
        rows = defaultdict(list)
        with (self.data / "facit_report.csv").open(encoding="utf-8", newline="") as file:
            for subject, *cells in list(csv.reader(file))[1:]:
                rows[subject] += filter(None, cells)
        return {
            key: "".join("".join(rows[subject]).split())
            for key, subject in self.files.items()
            if subject in rows
        }

    def assert_equals_facit(self, fake: RunningFake, decisions: int) -> None:
        assert compare.notes(fake.export_notes()) == compare.expected_notes(self.data, "2022-11", robot=BOT)
        activities = compare.expected_activities(self.data, "2022-11", robot=BOT)
        assert compare.activities(fake.export_activities()) == activities
        assert reports(fake) == sorted(self.expected_reports().items())
        assert len(rows(fake, casework.decisions)) == decisions
        numbers = {Path(subject).stem.partition("_")[2] for subject in self.files.values()}
        assert {path.stem for path in (self.e_service / "status").iterdir()} == numbers


def rows(fake: RunningFake, table: object) -> list[dict[str, str]]:
    engine = db.open_engine(database_path(fake.data))
    try:
        with engine.connect() as connection:
            return [dict(row) for row in connection.execute(select(table)).mappings()]  # type: ignore[call-overload]
    finally:
        engine.dispose()


def reports(fake: RunningFake) -> list[tuple[str, str]]:
    """The application and the table's text of every report, in order."""
    kinds = {row["document_id"] for row in rows(fake, casework.documents) if row["type"] == "Kontrollrapport"}
    found = []
    for row in rows(fake, casework.contents):
        if row["document_id"] in kinds:
            reader = PdfReader(io.BytesIO(row["content"]))  # type: ignore[arg-type]
            text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
            table = text.partition(" Resultat ")[2].partition(" Rapporten är underlag ")[0]
            found.append((reader.metadata.title.split(", ")[1], "".join(table.split())))  # type: ignore[union-attr]
    return sorted(found)


def test_it_equals_the_facit_and_writes_nothing_again(tmp_path: Path, home: Path) -> None:
    höör = Höör(tmp_path, 11, 40)
    with running_fake(höör.data, NOVEMBER) as fake:
        robot, decisions = Robot(fake, home, BOT), len(rows(fake, casework.decisions))
        result = robot.run(NOVEMBER, *höör.setting)
        noted = len(höör.files)
        assert (result["noted"], result["failed"], result["held"]) == (noted, 0, 0)
        assert result["written"] == noted + len(höör.expected_reports())
        höör.assert_equals_facit(fake, decisions)
        again = robot.run(NOVEMBER, *höör.setting)
        assert (again["written"], again["failed"], again["already_done"]) == (0, 0, noted)
        höör.assert_equals_facit(fake, decisions)
    status = json.loads((höör.e_service / "status" / "EA-2022-000001.json").read_text(encoding="utf-8"))
    assert status == {
        "ansokningsid": "EA-2022-000001", "status": "under handläggning", "datum": NOVEMBER,
        "meddelande": "Din ansökan för november 2022 handläggs. Du får besked när beslutet är fattat.",
    }  # fmt: skip
    assert not [path for path in robot.files("files/*") if path.is_file()], "reports lie in the cases alone"


@pytest.mark.acceptance_long
def test_with_chaos_and_killed_on_the_way(tmp_path: Path, home: Path) -> None:
    höör = Höör(tmp_path, 7, 400)
    with running_fake(höör.data, NOVEMBER, chaos="all", extra=("--chaos-delay", "5")) as fake:
        robot, decisions = Robot(fake, home, BOT), len(rows(fake, casework.decisions))
        for count in range(3, 60, 8):  # now after a report, now after a note
            run = robot.start(NOVEMBER, *höör.setting)
            while len(fake.export_notes()) + len(reports(fake)) < count and run.poll() is None:
                time.sleep(0.05)
            run.kill()  # it may have stopped by itself
            run.wait()
        fake.mend()
        for _ in range(3):
            if not robot.run(NOVEMBER, *höör.setting, code=None)["failed"]:
                break
        höör.assert_equals_facit(fake, decisions)
