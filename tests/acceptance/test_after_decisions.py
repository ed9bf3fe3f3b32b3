"""What follows when bifall have been approved: each is paid once, and a sample is drawn once a month."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from contextlib import closing
from math import ceil
from pathlib import Path

import pytest

from fake_procapita.chaos import ALL
from fake_procapita.importing import database_path
from robotfabrik.activities.sampling import lots
from tests.support.compare import facit
from tests.support.decided import (
    MONTH,
    PAYMENT,
    SAMPLE,
    make_decided,
    messages_sent,
    payments_due,
    payments_made,
    samples_made,
)
from tests.support.fake import RunningFake, running_fake
from tests.support.robot import PATIENCE, Robot

NOVEMBER = "2022-11-01"
RUNS = 4  # so often a robot comes back to what failed
ALL_OF_THEM = ("--set", "andel=100 %", "--set", "papper=ja")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_decided(tmp_path_factory.mktemp("decided"), 11, 40)


@pytest.mark.acceptance_long
def test_every_approved_bifall_is_paid_once(town: Path, home: Path) -> None:
    due = payments_due(town)
    with running_fake(town, NOVEMBER) as fake:
        robot = Robot(fake, home, PAYMENT)
        result = robot.run(NOVEMBER)
        assert (result["noted"], result["failed"], result["held"], result["listed"]) == (due.total(), 0, 0, 0)
        assert payments_made(fake) == due
        again = robot.run(NOVEMBER)
        assert (again["written"], again["checked"], again["failed"]) == (0, 0, 0)
        assert payments_made(fake) == due


@pytest.mark.acceptance_long
def test_a_sample_is_drawn_once_and_anybody_can_draw_it_again(town: Path, home: Path) -> None:
    rows = {row["case_number"]: row for row in facit(town, MONTH, SAMPLE)}
    digital = [r for r in rows.values() if r["status"] in ("digital", "listed") and not is_paper(r)]
    with running_fake(town, NOVEMBER) as fake:
        register_results(fake)
        robot = Robot(fake, home, SAMPLE)
        result = robot.run(NOVEMBER)
        (draw,) = result["tables"]["Urval"]
        frame = result["tables"]["Urvalsram"]
        assert draw["Urvalsram"] == len(frame) == len(digital)
        assert draw["Dragna"] == ceil(len(digital) / 10)
        drawn = lots([row["Ansökan"] for row in frame], draw["Frö"])[: draw["Dragna"]]
        assert {row["Ansökan"] for row in frame if row["Dragen"]} == set(drawn)
        assert result["tables"]["Resultat av stickprov"] == [
            {"Månad": "2022-10", "Omfattning": "Hel", "Resultat": "Medicin utan förmån", "Antal": 2,
             "Belopp": "1200"},
            {"Månad": "2022-10", "Omfattning": "Hel", "Resultat": "Utan anmärkning", "Antal": 1,
             "Belopp": 0},
        ]  # fmt: skip
        assert result["failed"] == result["held"] == 0
        assert result["checked"] + result["listed"] == draw["Dragna"]
        assert_told(fake, rows, result["checked"])
        again = robot.run(NOVEMBER, *ALL_OF_THEM)  # other settings draw nothing new either
        assert again["tables"]["Urval"] == [draw]
        assert (again["written"], again["already_done"]) == (0, draw["Dragna"])
        assert_told(fake, rows, result["checked"])


def assert_told(fake: RunningFake, rows: dict[str, dict[str, str]], number: int) -> None:
    """The drawn cases have their sample and their message, each once."""
    drawn = {case: made for case, made in samples_made(fake).items() if made[1] == MONTH}
    assert len(drawn) == number
    assert drawn == {case: ("Hel", MONTH, rows[case]["day"]) for case in drawn}
    assert messages_sent(fake) == Counter(
        (case, "Brev" if is_paper(rows[case]) else "Min sida", rows[case]["text"], rows[case]["day"])
        for case in drawn
    )


def is_paper(row: dict[str, str]) -> bool:
    return row["subject"].startswith("AK")


def register_results(fake: RunningFake) -> None:
    """What caseworkers have registered about last month's sample."""
    column = "case_number, application_id, month, scope, drawn, answer_by, result, amount, comment, status"
    with closing(sqlite3.connect(database_path(fake.data))) as database:
        applied = database.execute(
            "SELECT a.case_number, a.application_id FROM applications a JOIN cases USING (case_number)"
            " JOIN households h USING (household_id) JOIN people p ON p.person_id = h.registerledare"
            " WHERE a.month = '2022-10' AND p.protection = '' ORDER BY a.id LIMIT 3"
        ).fetchall()
        told = (("Medicin utan förmån", "900"), ("Medicin utan förmån", "300"), ("Utan anmärkning", ""))
        for number, (case, result) in enumerate(zip(applied, told, strict=True), 1):
            values = (*case, "2022-10", "Hel", "2022-10-03", "2022-10-17", *result, "", "Klart")
            database.execute(
                f"INSERT INTO samples (sample_id, created_by, registered_by, registered_on, {column})"
                f" VALUES ('SP{number:05}', '', '', '', {', '.join('?' * len(values))})",
                values,
            )
        database.commit()


def wait_until(fake: RunningFake, count: int, run: subprocess.Popen[str], robot: str) -> None:
    """Until so many payments or messages stand in the case system, or the run has ended."""
    made = payments_made if robot == PAYMENT else messages_sent
    while made(fake).total() < count and run.poll() is None:
        time.sleep(0.05)


@pytest.mark.acceptance_long
def test_killed_while_it_pays(town: Path, home: Path) -> None:
    due = payments_due(town)
    with running_fake(town, NOVEMBER) as fake:
        robot = Robot(fake, home, PAYMENT)
        for count in (1, 2, 5, 9):
            kill_when(fake, robot, count)
        assert robot.run(NOVEMBER)["failed"] == 0
        assert payments_made(fake) == due
        fake.restart("2022-11-02")
        assert robot.run("2022-11-02")["written"] == 0
        assert payments_made(fake) == due


@pytest.mark.acceptance_long
def test_killed_while_it_samples(town: Path, home: Path) -> None:
    rows = {row["case_number"]: row for row in facit(town, MONTH, SAMPLE)}
    with running_fake(town, NOVEMBER) as fake:
        robot = Robot(fake, home, SAMPLE)
        for count in (1, 2, 6):
            kill_when(fake, robot, count, *ALL_OF_THEM)
        result = robot.run(NOVEMBER, *ALL_OF_THEM)
        (draw,) = result["tables"]["Urval"]
        told = sum(row["status"] in ("digital", "paper") for row in rows.values())
        assert draw["Dragna"] == told + sum(row["status"] == "listed" for row in rows.values())
        assert result["failed"] == result["held"] == 0
        assert_told(fake, rows, told)


def kill_when(fake: RunningFake, robot: Robot, count: int, *options: str) -> None:
    run = robot.start(NOVEMBER, *options)
    wait_until(fake, count, run, robot.bot)
    os.kill(run.pid, signal.SIGKILL)
    run.communicate(timeout=PATIENCE)


@pytest.mark.acceptance_long
@pytest.mark.parametrize(
    "chaos", ["slow", "error500", "lost-session", "locked", "late-save", "save-then-error",
              "error-before-save", "moved-button", "duplicate-row", "extra-dialog", ALL]
)  # fmt: skip
def test_each_chaos_pays_nothing_twice(town: Path, home: Path, chaos: str) -> None:
    due = payments_due(town)
    with running_fake(town, NOVEMBER, chaos=chaos, extra=("--chaos-seed", "3")) as fake:
        robot = Robot(fake, home, PAYMENT)
        for _ in range(RUNS):
            if not robot.run(NOVEMBER, code=None)["failed"]:
                break
        assert payments_made(fake) - due == Counter()
        if chaos != ALL:  # with it some buttons have other names for good
            assert payments_made(fake) == due
