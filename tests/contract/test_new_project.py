"""`robotfabrik new`: the project checks, tests and runs green at once, in a real browser."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from openpyxl import load_workbook

from robotfabrik.authoring.new import contents
from robotfabrik.authoring.schema import schema
from robotfabrik.cli.main import main

FOLDER = "mina robotar åäö"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for variable in ("ROBOTFABRIK_HOME", "ROBOTFABRIK_STORE"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_new_project_is_green(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["new", FOLDER]) == 0
    commands = [line.strip() for line in capsys.readouterr().out.splitlines() if line.startswith("  ")]
    assert shlex.split(commands[0]) == ["cd", FOLDER]
    monkeypatch.chdir(here / FOLDER)
    assert main(["check"]) == 0
    assert capsys.readouterr().out == ""
    assert main(["test", "--coverage", "--fail-under", "100"]) == 0
    assert main([*shlex.split(commands[-1])[1:], "--json"]) == 0
    ran = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (ran["checked"], ran["listed"], ran["failed"]) == (3, 1, 0)
    rows = load_workbook(Path(ran["folder"]) / "report.xlsx")["Alla ärenden"].values
    assert [row[-3:] for row in rows if row[0] == "B104"] == [("B104", 18900, "av chef")]


@pytest.mark.parametrize("occupied", ["a folder", "a file"])
def test_what_is_there_is_left_alone(here: Path, occupied: str, capsys: pytest.CaptureFixture[str]) -> None:
    target = here / "p"
    if occupied == "a folder":
        target.mkdir()
        (target / "anteckning.txt").write_text("kvar", encoding="utf-8")
    else:
        target.write_text("kvar", encoding="utf-8")
    assert main(["new", "p"]) == 2
    assert "name a folder that is new or empty" in capsys.readouterr().err
    assert [path.name for path in here.rglob("*")] in (["p", "anteckning.txt"], ["p"])


def test_a_folder_that_cannot_be_made_is_told(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "fil").write_text("", encoding="utf-8")
    assert main(["new", "fil/p"]) == 2
    assert "cannot be made" in capsys.readouterr().err


def test_the_editor_gets_the_schema() -> None:
    made = contents()
    settings = json.loads(made[".vscode/settings.json"])
    (path,) = settings["yaml.schemas"]
    assert json.loads(made[path]) == schema()
    assert ".robotfabrik/" in made[".gitignore"]
