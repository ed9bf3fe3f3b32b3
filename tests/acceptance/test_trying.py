"""A person tries the robot in a terminal: one household, step by step, over the bundled case system."""

from __future__ import annotations

import csv
import fcntl
import json
import os
import re
import select
import shlex
import subprocess
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support import compare
from tests.support.fake import ROOT, RunningFake, running_fake
from tests.support.robot import Robot, variable

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs a pseudo terminal")

NOVEMBER = "2022-11-01"
PROMPT = b"(step) "
CTRL_C = "\x03"
PATIENCE = 120  # seconds until a run that says nothing more is given up


@dataclass
class Conversation:
    """What stood on the terminal, the exit code, and what --json printed."""

    text: str
    code: int
    result: dict[str, Any]


def converse(robot: Robot, *options: str, answers: list[str]) -> Conversation:
    """Run in a terminal of its own, as a person would; each prompt gets the next answer."""
    main, side = os.openpty()
    command = robot.command(NOVEMBER, *options)
    with subprocess.Popen(
        command, cwd=ROOT, env=robot.environment, stdin=side, stdout=subprocess.PIPE, stderr=side,
        start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    ) as run:  # fmt: skip
        os.close(side)
        try:
            text = b"".join(_told(main, answers))
            out, _ = run.communicate(timeout=PATIENCE)
        finally:
            run.kill()
            os.close(main)
    assert answers == [], text.decode()
    return Conversation(text.decode().replace("\r\n", "\n"), run.returncode, json.loads(out))


def _told(terminal: int, answers: list[str]) -> Iterator[bytes]:
    """What the run says, until it closes the terminal."""
    line = b""
    while True:
        assert select.select([terminal], [], [], PATIENCE)[0], "the run says nothing more"
        try:
            said = os.read(terminal, 65_536)
        except OSError:  # Linux says so when nobody has it open any more
            return
        if not said:
            return
        yield said
        line = (line + said).rpartition(b"\n")[2]
        if line.endswith(PROMPT):
            assert answers, "asked more often than expected"
            os.write(terminal, f"{answers.pop(0)}\n".encode())
            line = b""


@contextmanager
def trying(town: Path, home: Path) -> Iterator[tuple[Robot, RunningFake, str]]:
    """A robot over a municipality, and the reference of a household that gets a note."""
    noted = next(row for row in compare.facit(town, "2022-11") if row["status"] == "noted")
    with running_fake(town, NOVEMBER) as fake:
        yield Robot(fake, home), fake, f"{noted['case_number']}/2022-11"


GUIDE = ROOT / "docs" / "writing-a-pdd.md"


def transcript() -> tuple[list[str], list[str], str]:
    """The guide's conversation: the options, the answers, and what stands on the terminal."""
    begin = re.escape("```text\n$ robotfabrik run folkbokforing ")
    found = re.search(begin + r"(.*)\n([^`]*?)^\d+ checked", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    assert found is not None
    answers = re.findall(r"^\(step\) (.*)$", found[2], re.MULTILINE)
    return shlex.split(found[1]), answers, found[2]


def unnumbered(text: str) -> str:
    """Without the numbers of lines and steps, which every change of a PDD moves."""
    text = re.sub(r"(\.yaml):\d+", r"\1", re.sub(r"^process\.\d+", "process", text, flags=re.MULTILINE))
    return re.sub(r"^ +\d+ \|", "    |", text, flags=re.MULTILINE)


def test_the_guides_conversation_goes_as_it_is_told(home: Path) -> None:
    data = ROOT / "fixtures" / "default"
    options, answers, text = transcript()
    with running_fake(data, NOVEMBER) as fake:
        robot = Robot(fake, home)
        told = converse(robot, *options, answers=answers)
        assert fake.export_notes() == []
    if "ROBOTFABRIK_UPDATE_GOLDEN" in os.environ:
        GUIDE.write_text(GUIDE.read_text(encoding="utf-8").replace(text, told.text), encoding="utf-8")
        text = told.text
    assert unnumbered(told.text) == unnumbered(text)
    assert told.code == 0
    assert [effect["outcome"] for effect in told.result["effects"]] == ["rehearsed"]
    # Nothing of a person stands on the terminal.
    assert robot.environment[variable(robot.bot)].split(":")[1].split(";")[0] not in told.text
    assert not re.search(r"\d{6,}", told.text)
    with (data / "people.csv").open(encoding="utf-8", newline="") as file:
        names = {f"{row['given_name']} {row['surname']}" for row in csv.DictReader(file)}
    assert [name for name in names if name in told.text] == []


def test_quitting_between_the_click_and_the_look_leaves_one_note(small: Path, home: Path) -> None:
    """The note is sent, the person quits, and the next run finds it instead of writing a second one."""
    with trying(small, home) as (robot, fake, reference):
        told = converse(
            robot, "--item", reference, "--break", "procapita.write_note.do.9",
            answers=["s", "v text = 'annat'", CTRL_C],
        )  # fmt: skip
        assert "its steps run as they stand" in told.text
        assert (told.code, told.result["written"]) == (130, 0)
        assert len(fake.export_notes()) == 1
        again = robot.run(NOVEMBER, "--item", reference)
        assert (again["written"], len(fake.export_notes())) == (1, 1)


def test_without_a_terminal_it_says_so(home: Path, small: Path) -> None:
    fake = RunningFake(small, NOVEMBER, [])
    ended = subprocess.run(
        Robot(fake, home).command(NOVEMBER, "--step"), cwd=ROOT, text=True, capture_output=True,
        stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    assert ended.returncode == 2
    assert ended.stderr == (
        "robotfabrik: --step and --break ask at every pause what to do: run them in a terminal\n"
    )
