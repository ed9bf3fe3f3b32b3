"""The long ones: whole municipalities of other seeds, both months, with chaos and crashes on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support import compare
from tests.support.fake import ROOT, running_fake
from tests.support.robot import Robot

NOVEMBER, DECEMBER = "2022-11-01", "2022-12-01"
pytestmark = pytest.mark.acceptance_long


def municipality(folder: Path, seed: int) -> Path:
    data = folder / f"m{seed}"
    command = [
        sys.executable,
        str(ROOT / "fixtures" / "generate.py"),
        "--seed",
        str(seed),
        "--households",
        "400",
    ]
    subprocess.run([*command, "--out", str(data)], check=True, capture_output=True)
    return data


@pytest.mark.parametrize("seed", [7, 42])
def test_two_months_equal_the_facit(tmp_path: Path, home: Path, seed: int) -> None:
    data = municipality(tmp_path, seed)
    with running_fake(data, NOVEMBER) as fake:
        robot = Robot(fake, home)
        assert len(robot.run(NOVEMBER, "--rehearse")["effects"]) == 40
        assert robot.run(NOVEMBER)["written"] == 40
        assert robot.run(NOVEMBER)["already_done"] == 400
        fake.restart(DECEMBER)
        assert robot.run(DECEMBER)["written"] == 5
        assert compare.notes(fake.export_notes()) == compare.expected_notes(data, "2022-11", "2022-12")
        assert compare.activities(fake.export_activities()) == compare.expected_activities(
            data, "2022-11", "2022-12"
        )


def test_chaos_and_crashes_over_a_whole_municipality(tmp_path: Path, home: Path) -> None:
    data = municipality(tmp_path, 5)
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
