"""What people get after the handling: the morning's list, the comparison, and reminders to summarise."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from fake_procapita.importing import database_path
from tests.support import people
from tests.support.compare import facit
from tests.support.fake import ROOT, RunningFake, running_fake
from tests.support.robot import Robot, pool_of, variable
from tests.support.rows import read_rows
from tests.support.town import Town
from tests.support.towns import make_town

MONTH, FIRST, SECOND, THIRD = "2022-11", "2022-11-01", "2022-11-02", "2022-11-03"


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[RunningFake]:
    """A municipality of which only what came on paper has been taken in."""
    with running_fake(make_town(tmp_path, 1, 40, "trelleborg"), FIRST) as fake:
        yield fake


def stored(fake: RunningFake, question: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(database_path(fake.data))) as database:
        return database.execute(question).fetchall()


def lists(fake: RunningFake) -> list[str]:
    """The texts of the morning's lists, the oldest first."""
    asked = "SELECT text FROM messages WHERE rubrik LIKE 'Daglisterobot: daglista %' ORDER BY id"
    return [text for (text,) in stored(fake, asked)]


def compared(robot: Robot, day: str) -> dict[str, Any]:
    """What `robotfabrik compare` says of a robot's month."""
    words = ["compare", robot.bot, "--month", MONTH, "--date", day, "--url", f"procapita={robot.fake.url}"]
    environment = {**robot.environment, variable("beslut"): pool_of("beslut", robot.fake)}
    ended = subprocess.run(
        [sys.executable, "-m", "robotfabrik.cli.main", *words, "--json"], cwd=ROOT, env=environment,
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr + ended.stdout
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def decide_otherwise(fake: RunningFake, case: str, amount: int) -> None:
    """A caseworker's own decision about the month, which still waits for another person."""
    town = Town(fake)
    with town.browser(town.with_role("handläggare")) as worker:
        worker.get(f"/arende/{case}/beslut/ny")
        worker.send(
            "/ny", type="Ekonomiskt bistånd", start="2022-11-01", end="2022-11-30", result="Delavslag",
            amount=str(amount), motivation="Hyran enligt avtalet.",
        )  # fmt: skip


@pytest.mark.acceptance_long
def test_the_days_after_the_handling(fake: RunningFake, home: Path) -> None:
    paper = [row for row in facit(fake.data, MONTH, "handlaggning") if row["subject"].startswith("AK")]
    rules = Counter(row["code"] for row in paper)
    granted = {row["case_number"]: int(row["amount"]) for row in paper if row["code"] == "BIFALL"}
    handling, morning = Robot(fake, home, "handlaggning"), Robot(fake, home, "daglista")
    assert handling.run(FIRST)["failed"] == 0
    assert morning.run(FIRST)["written"] == 1
    # Neither a second run nor a robot that has lost its memory leaves a second list.
    assert morning.run(FIRST)["written"] == 0
    assert Robot(fake, home.with_name("elsewhere"), "daglista").run(FIRST)["written"] == 0
    (text,) = lists(fake)
    kronor = f"{sum(granted.values()):,}".replace(",", " ")
    assert f"Förslag om bifall: {len(granted)}, sammanlagt {kronor} kr." in text
    assert f"M10, planeringen ({rules['M10']}): " in text
    assert "är inte avstämd" not in text

    case, amount = next(iter(granted.items()))
    with people.browser() as chromium, people.at_work(chromium, fake, "gruppledare") as page:
        done = people.decide(page, refuse={case: "Hyran stämmer inte med avtalet."})
    assert len(done.refused) == 1
    decide_otherwise(fake, case, amount - 350)
    with people.browser() as chromium, people.at_work(chromium, fake, "gruppledare") as page:
        people.decide(page)
    approved = len(granted) - 1
    fake.restart(SECOND)
    morning.run(SECOND)
    text = lists(fake)[1]
    assert text.startswith(f"Listan {FIRST} är inte avstämd.\n\n")
    said = f"Beslut {FIRST} om robotens förslag: {approved} godkända, 1 avvisade, 0 med utbetalning."
    assert said in text
    with people.browser() as chromium, people.at_work(chromium, fake, "handläggare") as page:
        assert "Daglisterobot: daglista 2022-11-02" in people.settle_messages(page)
    fake.restart(THIRD)
    morning.run(THIRD)
    assert "är inte avstämd" not in lists(fake)[2]

    found = compared(handling, THIRD)
    assert (found["of"], found["compared"], found["agreed"]) == ("live", len(granted), approved)
    assert [row["by"] for row in found["agreement"]] == [["BIFALL"]]
    assert found["amounts"] == {"Robotens belopp": {"count": 1, "sum": "-350", "largest": "-350"}}
    (other,) = found["disagreements"]
    assert (other["key"], other["decided"]["Resultat"]) == ([case, MONTH], "delavslag")
    left = Counter({row["by"][0]: row["count"] for row in found["left"]})
    assert left == {rule: number for rule, number in rules.items() if rule.startswith("M")}


def reminders(fake: RunningFake) -> Counter[tuple[str, str, str]]:
    asked = "SELECT case_number, date, text FROM watches WHERE type = 'Sammanfattning' AND status = 'Öppen'"
    return Counter(stored(fake, asked))


@pytest.mark.acceptance_long
def test_every_case_is_summarised_every_third_month(fake: RunningFake, home: Path) -> None:
    there = Counter(
        (row["case_number"], row["date"], row["text"])
        for row in read_rows(fake.data / "watches.csv")
        if (row["type"], row["status"]) == ("Sammanfattning", "Öppen")
    )
    due = Counter(
        (row["case_number"], row["day"], row["text"])
        for row in facit(fake.data, MONTH, "sammanfattning")
        if row["status"] == "watched"
    )
    result = Robot(fake, home, "sammanfattning").run(FIRST)
    assert (result["failed"], result["held"], result["written"]) == (0, 0, due.total())
    assert reminders(fake) == there + due
    # A robot that has lost its memory finds its own reminders again; a later day of the month is the same.
    fake.restart(SECOND)
    again = Robot(fake, home.with_name("elsewhere"), "sammanfattning").run(SECOND)
    assert (again["failed"], again["held"], again["written"]) == (0, 0, 0)
    assert reminders(fake) == there + due
