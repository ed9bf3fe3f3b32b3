"""A month of Trelleborg's robots and people, over one case system and with one store, as in an office."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from fake_procapita import exporting
from tests.support import handled, people
from tests.support.compare import facit
from tests.support.fake import ROOT, RunningFake
from tests.support.robot import PATIENCE, Robot

DAY, MONTH = "2022-11-01", "2022-11"
WRITES = {
    "intag": "applications", "handlaggning": "decisions", "utbetalning": "payments", "stickprov": "samples",
}  # fmt: skip
"""The table of the case system that grows while a robot works."""
WITH_FILES = ("intag",)
RUNS = 4  # so often a robot comes back to what failed
Fact = tuple[str, ...]


class Month:
    """The robots' and the people's parts of a month; `killed`: kill -9 twice at every robot's work."""

    def __init__(self, fake: RunningFake, home: Path, *, killed: bool = False) -> None:
        self.fake, self.home, self.killed = fake, home, killed
        self.town, self.day = fake.data, DAY

    def go_on(self, day: str) -> None:
        """It is another day."""
        self.day = day
        self.fake.restart(day)

    def run(self, bot: str, *options: str) -> dict[str, Any]:
        """Let a robot do all that it can do now; one that writes in cases does it once more, for nothing."""
        robot = Robot(self.fake, self.home, bot)
        if bot in WITH_FILES:
            options = (*options, "--set", f"e_tjänst={self.town / '.state' / 'e-tjanst'}")
        if self.killed and bot in WRITES:
            self._kill(robot, options)
        for _ in range(RUNS):
            result = robot.run(self.day, *options, code=None)
            if not result["failed"]:
                break
        if bot in WRITES:
            again = robot.run(self.day, *options)
            assert (again["written"], again["failed"], again["held"]) == (0, 0, 0), bot
        return result

    def _kill(self, robot: Robot, options: tuple[str, ...]) -> None:
        """Twice, when the robot has written something since it was started."""
        for _ in range(2):
            before = len(self.stored(WRITES[robot.bot]))
            started = robot.start(self.day, *options)
            while len(self.stored(WRITES[robot.bot])) == before and started.poll() is None:
                time.sleep(0.05)
            if started.poll() is None:
                os.kill(started.pid, signal.SIGKILL)
            started.communicate()

    def command(self, *words: str) -> str:
        """What a command of robotfabrik prints."""
        environment = Robot(self.fake, self.home, "beslut").environment
        return subprocess.run(
            [sys.executable, "-m", "robotfabrik.cli.main", *words], cwd=ROOT, env=environment, check=True,
            text=True, encoding="utf-8", stdout=subprocess.PIPE, timeout=PATIENCE,
        ).stdout  # fmt: skip

    def compared(self) -> dict[str, Any]:
        """The robot's proposals and what people decided."""
        words = ("--month", MONTH, "--url", f"procapita={self.fake.url}", "--json")
        found: dict[str, Any] = json.loads(self.command("compare", "handlaggning", *words))
        return found

    @contextmanager
    def person(self, chromium: Browser, role: str, *, place: int = 0) -> Iterator[Any]:
        """Somebody with this role is at work in a browser of their own."""
        with people.at_work(chromium, self.fake, role, place=place) as page:
            yield page

    def stored(self, name: str) -> list[dict[str, str]]:
        """What the case system has stored since its data were loaded."""
        return exporting.stored(self.town, name)

    # --- what stands in the case system, and what the facit wants to stand there

    def proposals(self) -> Counter[Fact]:
        """Case, result, kronor and motivation of what the robot has proposed."""
        return handled.proposals(self.fake)

    def proposals_due(self) -> Counter[Fact]:
        return handled.proposals_due(self.town)

    def paid(self) -> Counter[Fact]:
        """Case, kronor, clearing and account, day and status of the payments that robots have made."""
        return Counter(
            (r["case_number"], r["amount"], f"{r['clearing']}-{r['account']}", r["date"], r["status"])
            for r in self.stored("payments")
            if r["created_by"].startswith("robot-")
        )

    def payments_due(self, status: str) -> Counter[Fact]:
        return Counter(
            (row["case_number"], row["amount"], row["account"], row["day"], status)
            for row in facit(self.town, MONTH, "utbetalning")
        )
