"""`robotfabrik check` and `test`: which files they take, and what they say of a file of another kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from robotfabrik.cli.main import main

REPOSITORY = """objects: 1
id: portal
name: Portal
screens:
  case:
    number: {label: Nummer, as: text}
    status: {label: Status, as: text}
"""
PDD = """pdd: 1
id: %s
name: Prov
version: 0.1.0
authority: read
applications: {portal: objects/portal.yaml}
process:
  - read_form: portal.case
    save_as: case
  - when: case.%s == ''
    return: Tomt
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pdd" / "objects").mkdir(parents=True)
    (tmp_path / "pdd" / "objects" / "portal.yaml").write_text(REPOSITORY, encoding="utf-8")
    (tmp_path / "pdd" / "a.yaml").write_text(PDD % ("a", "status"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_files_that_end_in_yml_are_checked_too(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 0
    (project / "pdd" / "b.yml").write_text(PDD % ("b", "statsu"), encoding="utf-8")
    (project / "schedule.yml").write_text("shedule: 1\n", encoding="utf-8")
    assert main(["check"]) == 1
    shown = capsys.readouterr().out
    assert "pdd/b.yml:10:16: error: record has no field 'statsu'" in shown
    assert "schedule.yml:1:1: error: unknown key in a schedule: 'shedule'" in shown


def test_a_name_that_another_pdd_uses_is_used(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "pdd" / "b.yaml").write_text(PDD % ("b", "statsu") + "  - log_message: x\n", encoding="utf-8")
    assert main(["check"]) == 1
    assert "nothing uses" not in capsys.readouterr().out


def test_tests_are_those_of_a_pdd(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test", "pdd/objects/portal.yaml"]) == 2
    shown = capsys.readouterr()
    assert "pdd/objects/portal.yaml is an object repository, not a PDD" in shown.out + shown.err
    assert "1 error in 1 file" in shown.out + shown.err
