"""The robot survives what happens: every household handled, no note twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import psutil
import pytest

from fake_procapita.chaos import ALL, PROFILES
from tests.support import compare
from tests.support.compare import Since, assert_equals_facit
from tests.support.fake import RunningFake, running_fake
from tests.support.robot import PATIENCE, Robot, robots

NOVEMBER = "2022-11-01"
RUNS = 4  # so often a robot comes back to what failed
LASTING = {"renamed-button", "renamed-label", ALL}
"""Under these no note can be written, however often the robot comes back."""


def assert_all_written_once(fake: RunningFake, data: Path) -> None:
    assert compare.notes(fake.export_notes()) == compare.expected_notes(data, "2022-11")
    assert compare.activities(fake.export_activities()) == compare.expected_activities(data, "2022-11")


def wait_for_notes(fake: RunningFake, count: int, run: subprocess.Popen[str]) -> None:
    """Until so many notes stand in the case system, or the run has ended."""
    while len(fake.export_notes()) < count and run.poll() is None:
        time.sleep(0.05)


def kill_tree(pid: int, *, only: str | None = None) -> None:
    """kill -9 of a process with all below it, or only of those below it whose name holds `only`."""
    top = psutil.Process(pid)
    for process in [*top.children(recursive=True), *([] if only else [top])]:
        try:
            if only is None or only in process.name():
                os.kill(process.pid, signal.SIGKILL)
        except (psutil.Error, ProcessLookupError):
            continue


@pytest.mark.acceptance_long
@pytest.mark.parametrize("bot", robots())
def test_killed_runner(small: Path, home: Path, bot: str) -> None:
    """Three times, where the robot has so many notes to write."""
    with running_fake(small, NOVEMBER) as fake:
        robot, written = Robot(fake, home, bot), Since(fake)
        notes = compare.expected_notes(small, "2022-11", robot=bot).total()
        for count in sorted({1, notes // 4, notes // 2} - {0}):
            run = robot.start(NOVEMBER)
            wait_for_notes(fake, count, run)
            os.kill(run.pid, signal.SIGKILL)  # the driver and the browser live on, as orphans
            run.wait()
        result = robot.run(NOVEMBER)
        assert_equals_facit(written, small, "2022-11", robot=bot)
        again = robot.run(NOVEMBER)
        done = sum(result[name] for name in ("checked", "listed", "already_done"))
        assert (again["written"], again["already_done"]) == (0, done)


@pytest.mark.acceptance_long
def test_killed_browser_and_a_case_system_gone_for_twenty_seconds(small: Path, home: Path) -> None:
    with running_fake(small, NOVEMBER) as fake:
        run = Robot(fake, home).start(NOVEMBER)
        wait_for_notes(fake, 2, run)
        kill_tree(run.pid, only="chrom")
        wait_for_notes(fake, 6, run)
        fake.kill()
        time.sleep(20)
        fake.start(fresh=False)
        out, errors = run.communicate(timeout=PATIENCE)
        assert run.returncode == 0, errors
        assert json.loads(out)["failed"] == 0
        assert_all_written_once(fake, small)


@pytest.mark.acceptance_long
def test_faults_together(small: Path, home: Path) -> None:
    chaos = "lost-session,locked,save-then-error,late-save"
    with running_fake(small, NOVEMBER, chaos=chaos, extra=("--chaos-delay", "14")) as fake:
        robot = Robot(fake, home)
        noted = 0
        for _ in range(RUNS):  # what failed is opened again by a rerun
            result = robot.run(NOVEMBER, code=None)
            noted += result["noted"]
            if not result["failed"]:
                break
        assert_all_written_once(fake, small)
        assert noted == compare.expected_notes(small, "2022-11").total()


@pytest.mark.acceptance_long
@pytest.mark.parametrize("chaos", [*PROFILES, ALL])
@pytest.mark.parametrize("bot", robots())
def test_each_chaos(small: Path, home: Path, bot: str, chaos: str) -> None:
    """Every note at most once and none but the facit's; who has none yet is named. Most faults pass over."""
    with running_fake(small, NOVEMBER, chaos=chaos, extra=("--chaos-seed", "3")) as fake:
        robot, written = Robot(fake, home, bot), Since(fake)
        for _ in range(1 if chaos in LASTING else RUNS):
            if not robot.run(NOVEMBER, code=None)["failed"]:
                break
        notes = compare.expected_notes(small, "2022-11", robot=bot)
        activities = compare.expected_activities(small, "2022-11", robot=bot)
        referrals = compare.expected_referrals(small, "2022-11", robot=bot)
        assert written.notes() - notes == Counter()
        assert written.activities() - activities == Counter()
        assert written.referrals() - referrals == Counter()
        named = [f"{item.reference} {item.lock} {item.fields}" for item in robot.unfinished()]
        for case, *_ in notes - written.notes():
            assert any(case in item for item in named), case
        if chaos not in LASTING:
            assert_equals_facit(written, small, "2022-11", robot=bot)


@pytest.mark.acceptance_long
def test_renamed_button(small: Path, home: Path) -> None:
    with running_fake(small, NOVEMBER, chaos="renamed-button") as fake:
        robot = Robot(fake, home)
        result = robot.run(NOVEMBER, "--limit", "12", code=1)
        assert fake.export_notes() == []
        assert result["failed"] + result["checked"] + result["listed"] >= 1
        log = robot.files("log.txt")[0].read_text(encoding="utf-8")
        assert "procapita.journal.new_note" in log
        assert "Ny anteckning" in log  # the nearest candidate
        assert robot.files("evidence/*.png")


def test_interrupted_run_gives_back_what_it_holds(small: Path, home: Path) -> None:
    with running_fake(small, NOVEMBER) as fake:
        robot = Robot(fake, home)
        run = robot.start(NOVEMBER)
        wait_for_notes(fake, 2, run)
        run.send_signal(signal.SIGINT)
        out, _ = run.communicate(timeout=PATIENCE)
        assert run.returncode == 130
        interrupted = json.loads(out)
        assert interrupted["status"] == "interrupted"
        done = interrupted["checked"] + interrupted["listed"]
        assert 0 < done < 40
        again = robot.run(NOVEMBER, "--limit", "1")
        assert again["already_done"] == done  # what was under way has been finished or given back
