"""A run that stops early tells the unit; what a run wrote is taken back. Over the case system's screens."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from fake_procapita import exporting
from fake_procapita.importing import database_path
from tests.support import compare
from tests.support.fake import ROOT, RunningFake, running_fake
from tests.support.robot import PATIENCE, Robot

NOVEMBER, DECEMBER = "2022-11-01", "2022-12-01"
TEXT = (
    r"Folkbokföringsrobot stannade 2022-11-01 kl\. \d\d:\d\d\. (\d+) ärenden är inte kontrollerade,"
    r" se listan\. Kontrollera dem manuellt om de ska handläggas i dag\."
)
REASON = "Uppgiften lästes från fel adress"


def messages(fake: RunningFake) -> list[dict[str, str]]:
    return exporting.stored(fake.data, "messages")


def wait_for(run: subprocess.Popen[str], happened: Callable[[], bool]) -> None:
    """Until it has happened, or the run has ended."""
    while not happened() and run.poll() is None:
        time.sleep(0.05)


def retract(robot: Robot, job: str, *options: str) -> str:
    command = [sys.executable, "-m", "robotfabrik.cli.main", "retract", "--job", job, *options]
    ended = subprocess.run(
        command, cwd=ROOT, env=robot.environment, capture_output=True, text=True, encoding="utf-8",
        timeout=PATIENCE,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_the_unit_is_told_and_a_note_is_taken_back(small: Path, home: Path) -> None:
    with running_fake(small, NOVEMBER) as fake:
        robot = Robot(fake, home)
        killed = robot.start(NOVEMBER)
        wait_for(killed, lambda: bool(fake.export_notes()))
        os.kill(killed.pid, signal.SIGKILL)
        killed.wait()
        assert messages(fake) == []  # nobody was left to tell it

        # the next one tells it first; it is interrupted, and tells that too
        stopped = robot.start(NOVEMBER)
        wait_for(stopped, lambda: bool(messages(fake)))
        before = len(fake.export_notes())  # now, since what was killed may have been saved late
        wait_for(stopped, lambda: len(fake.export_notes()) > before)
        stopped.send_signal(signal.SIGINT)
        out, errors = stopped.communicate(timeout=PATIENCE)
        assert (stopped.returncode, "Traceback" in errors) == (130, False)
        result = json.loads(out)
        told = [re.match(TEXT, message["text"]) for message in messages(fake)]
        first, second = [int(found[1]) for found in told if found]
        assert 40 - first == result["already_done"]
        handled = sum(result[name] for name in ("checked", "listed"))
        assert first - second == handled
        cases = messages(fake)[1]["cases"].split()
        assert len(cases) < second  # protected ones are counted, not named
        assert "skyddade personuppgifter står inte i listan" in messages(fake)[1]["text"]
        assert {message["recipient"] for message in messages(fake)} == {"Gruppkorg Ekonomiskt bistånd"}
        assert fake.export_activities() == [a for a in fake.export_activities() if a["case_number"]]

        # one note is taken back, once
        effect = result["effects"][0]
        before, content = len(fake.export_notes()), effect["content"]
        one = ("--only", effect["item"])
        assert "1 can be taken back" in retract(robot, result["job"], *one)
        there = ("--date", NOVEMBER, "--url", f"procapita={fake.url}", "--reason", f"{REASON}.")
        approved = ("--approve", "--by", "Karin Frank")
        assert "1 written" in retract(robot, result["job"], *one, *there, *approved)
        assert "taken back by" in retract(robot, result["job"], *one, *there, *approved)
        (note,) = fake.export_notes()[before:]
        assert note["text"] == correction(content["rubrik"])
        assert note["signature"] == f"Automatisk kontroll utförd {NOVEMBER} av Folkbokföringsrobot."
        assert (note["type"], note["notified"]) == ("Kontroll", "ja")
        assert note["case_number"] == effect["item"].partition("/")[0]


def cancel(fake: RunningFake, note: str) -> None:
    """A person has cancelled a note."""
    with closing(sqlite3.connect(database_path(fake.data))) as database, database:
        changed = database.execute("UPDATE notes SET status = 'Makulerad' WHERE note_id = ?", (note,))
        assert changed.rowcount == 1


def correction(rubrik: str) -> str:
    return f'Anteckningen {NOVEMBER} "{rubrik}" gäller inte. Orsak: {REASON}.'


@pytest.mark.acceptance_long
def test_the_month_after_a_retraction(small: Path, home: Path) -> None:
    """What was taken back is told again where it still stands; everything else is as if nothing had been."""
    with running_fake(small, NOVEMBER) as fake:
        robot = Robot(fake, home)
        november = robot.run(NOVEMBER)
        there = ("--date", NOVEMBER, "--url", f"procapita={fake.url}", "--reason", REASON)
        *effects, cancelled = json.loads(retract(robot, november["job"], "--json"))["effects"]
        cancel(fake, cancelled["id"])  # by somebody: there is nothing to correct
        retract(robot, november["job"], *there, "--approve", "--by", "Karin Frank")
        assert "by hand: BE20" in retract(robot, november["job"], "--only", cancelled["item"])
        written = len(november["effects"])
        notes = fake.export_notes()
        assert len(notes) == 2 * written - 1
        assert robot.run(NOVEMBER)["written"] == 0
        fake.restart(DECEMBER)
        robot.run(DECEMBER)
        new = fake.export_notes()[len(notes) :]
        assert not [note for note in new if "gäller inte" in note["text"]]
        found, expected = compare.notes(new), compare.expected_notes(small, "2022-12")
        taken_back = {effect["item"].partition("/")[0] for effect in effects}
        other = Counter({note: count for note, count in found.items() if note[0] not in taken_back})
        assert other == Counter({n: count for n, count in expected.items() if n[0] not in taken_back})
        # what was taken back is told again, from the same day on
        changes = changed_since([note for note in notes[:written] if note["case_number"] in taken_back])
        assert changes
        assert changes <= changed_since(new)


def changed_since(notes: list[dict[str, str]]) -> set[tuple[str, str]]:
    """The cases with changes that are told, and since when."""
    found = ((note["case_number"], re.search(r"har skett sedan (\S+)", note["text"])) for note in notes)
    return {(case, since[1]) for case, since in found if since}
