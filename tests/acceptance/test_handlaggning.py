"""Handling decides as the facit says: rule, note, activity, calculation and proposal, each once."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.support.applied import register_digital
from tests.support.fake import running_fake
from tests.support.handled import ROBOT, assert_handled, counted, facit, proposals
from tests.support.robot import Robot
from tests.support.towns import make_town

NOVEMBER = "2022-11-01"
RUNS = 6  # so often a robot comes back to what failed


def town(folder: Path, seed: int, households: int) -> Path:
    """A municipality whose applications have been taken in."""
    made = make_town(folder, seed, households, "trelleborg")
    register_digital(made)
    return made


@pytest.mark.acceptance_long
def test_every_application_is_handled_as_the_facit_says(tmp_path: Path, home: Path) -> None:
    data = town(tmp_path, 11, 40)
    with running_fake(data, NOVEMBER) as fake:
        robot = Robot(fake, home, ROBOT)
        result = robot.run(NOVEMBER)
        assert_handled(fake, data)
        assert (result["failed"], result["held"]) == (0, 0)
        assert Counter(
            {(row["Sätt"], row["Förslag"], row["Regel"]): row["n"] for row in result["counts"]}
        ) == counted(data)
        for status, number in Counter(row["status"] for row in facit(data)).items():
            assert result[status] == number
        again = robot.run(NOVEMBER)
        assert (again["written"], again["failed"], again["held"], again["checked"]) == (0, 0, 0, 0)


@pytest.mark.acceptance_long
@pytest.mark.parametrize("seed", [7, 23])
def test_whole_municipalities(tmp_path: Path, home: Path, seed: int) -> None:
    data = town(tmp_path, seed, 400)
    with running_fake(data, NOVEMBER) as fake:
        result = Robot(fake, home, ROBOT).run(NOVEMBER)
        assert_handled(fake, data)
        assert (result["failed"], result["held"]) == (0, 0)


@pytest.mark.acceptance_long
def test_killed_again_and_again(tmp_path: Path, home: Path) -> None:
    """The calculation, the proposal and the note of a case are made whole, whatever was half done."""
    data = town(tmp_path, 11, 40)
    with running_fake(data, NOVEMBER) as fake:
        robot = Robot(fake, home, ROBOT)
        for count in (1, 3, 6, 9, 12):
            run = robot.start(NOVEMBER)
            while proposals(fake).total() < count and run.poll() is None:
                time.sleep(0.05)
            os.kill(run.pid, signal.SIGKILL)
            run.wait()
        for _ in range(RUNS):
            if not robot.run(NOVEMBER, code=None)["failed"]:
                break
        assert_handled(fake, data)


@pytest.mark.acceptance_long
def test_all_faults(tmp_path: Path, home: Path) -> None:
    """Nothing twice and nothing that the facit does not say, however the case system fails."""
    data = town(tmp_path, 11, 40)
    with running_fake(data, NOVEMBER, chaos="all", extra=("--chaos-seed", "3")) as fake:
        robot = Robot(fake, home, ROBOT)
        for _ in range(RUNS):
            if not robot.run(NOVEMBER, code=None)["failed"]:
                break
        assert max(Counter(case for case, *_ in proposals(fake).elements()).values(), default=0) <= 1
        expected = {(row["case_number"], row["amount"], row["motivation"]) for row in facit(data)}
        assert {(case, amount, why) for case, _, amount, why in proposals(fake)} <= expected
