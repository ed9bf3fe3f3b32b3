"""Every robot over whole municipalities, both months, and one of them with chaos and crashes on the way."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from tests.support import compare
from tests.support.compare import Since, assert_equals_facit
from tests.support.fake import running_fake
from tests.support.robot import Robot, robots
from tests.support.towns import SHIPPED, make_town

NOVEMBER, DECEMBER = "2022-11-01", "2022-12-01"
pytestmark = pytest.mark.acceptance_long


@pytest.mark.parametrize("seed", [1, 7])
@pytest.mark.parametrize("bot", robots())
def test_two_months_equal_the_facit(tmp_path: Path, home: Path, bot: str, seed: int) -> None:
    """Rehearsed, run, run again and run in December."""
    data = SHIPPED if seed == 1 else make_town(tmp_path, seed, 400)
    with running_fake(data, NOVEMBER) as fake:
        robot, written = Robot(fake, home, bot), Since(fake)
        rehearsed = robot.run(NOVEMBER, "--rehearse")
        assert (rehearsed["written"], fake.export_notes()) == (0, [])
        november = robot.run(NOVEMBER)
        assert november["written"] == len(rehearsed["effects"])
        assert_equals_facit(written, data, "2022-11", robot=bot)
        again = robot.run(NOVEMBER)
        assert (again["written"], again["checked"], again["listed"]) == (0, 0, 0)
        fake.restart(DECEMBER)
        december = robot.run(DECEMBER)
        assert_equals_facit(written, data, "2022-11", "2022-12", robot=bot)
        assert {run[name] for run in (november, again, december) for name in ("failed", "held")} == {0}


def test_chaos_and_crashes_over_a_whole_municipality(tmp_path: Path, home: Path) -> None:
    data = make_town(tmp_path, 5, 400)
    chaos = "error500,lost-session,locked,kir-down,save-then-error"
    with running_fake(data, NOVEMBER, chaos=chaos) as fake:
        robot = Robot(fake, home)
        for count in range(2, 40, 4):  # killed again and again, at whatever it was doing
            run = robot.start(NOVEMBER)
            while len(fake.export_notes()) < count and run.poll() is None:
                time.sleep(0.05)
            os.kill(run.pid, signal.SIGKILL)
            run.wait()
        for _ in range(5):
            if not robot.run(NOVEMBER, code=None)["failed"]:
                break
        assert compare.notes(fake.export_notes()) == compare.expected_notes(data, "2022-11")
        assert compare.activities(fake.export_activities()) == compare.expected_activities(data, "2022-11")
