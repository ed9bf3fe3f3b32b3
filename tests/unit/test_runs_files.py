"""Which files a job may use."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from robotfabrik.model.errors import SystemException
from robotfabrik.runs.files import JobFiles
from robotfabrik.testing import run_case
from tests.support.engine import define


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("project/.home/runs", "granted", "elsewhere"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "project" / "lista.xlsx").touch()
    (tmp_path / "project" / ".home" / "store.db").touch()
    return tmp_path


def files(root: Path, *, rehearsal: bool = False) -> JobFiles:
    project = root / "project"
    home = project / ".home"
    granted = (str(root / "granted"),)
    return JobFiles(home / "runs" / "J1" / "files", project, granted, closed=home, rehearsal=rehearsal)


def own(root: Path) -> Path:
    return root / "project" / ".home" / "runs" / "J1" / "files"


def test_the_jobs_own_file_stands_before_the_projects(root: Path) -> None:
    assert files(root).path("lista.xlsx") == root / "project" / "lista.xlsx"
    written = files(root).path("lista.xlsx", write=True)
    assert written == own(root) / "lista.xlsx"
    written.touch()
    assert files(root).path("lista.xlsx") == written


def test_folders_on_the_way_are_made_for_the_owner_alone(root: Path) -> None:
    path = files(root).path("a/b/c.txt", write=True)
    assert not path.exists()
    for folder in (path.parent, path.parent.parent, own(root)):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_nothing_is_made_by_looking(root: Path) -> None:
    files(root).path("a/b.txt")
    assert not own(root).exists()


@pytest.mark.parametrize("text", ["../x", "a/../../x", "../granted/../x", "länk/x"])
@pytest.mark.parametrize("write", [True, False])
def test_nothing_leads_out(root: Path, text: str, write: bool) -> None:
    own(root).mkdir(parents=True)
    for folder in (own(root), root / "project"):
        (folder / "länk").symlink_to(root / "elsewhere")
    with pytest.raises(SystemException, match="folders:"):
        files(root).path(text, write=write)


def test_whole_paths_need_a_grant(root: Path) -> None:
    granted = str(root / "granted" / "x.csv")
    assert files(root).path(granted) == files(root).path(granted, write=True) == Path(granted)
    (root / "granted" / "ut").symlink_to(root / "elsewhere")
    for text in (root / "elsewhere" / "x", root / "granted" / ".." / "x", root / "granted" / "ut" / "x"):
        with pytest.raises(SystemException, match="add its folder to the bot's `folders:`"):
            files(root).path(str(text))


def test_home_is_understood(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(root))
    found = JobFiles(own(root), root / "project", ("~/granted",))
    assert found.path("~/granted/x") == root / "granted" / "x"


def test_the_store_and_other_jobs_are_closed(root: Path) -> None:
    for text in (".home/store.db", ".home/runs/J2/files/x"):
        with pytest.raises(SystemException):
            files(root).path(text)


def test_a_rehearsal_changes_only_the_jobs_own(root: Path) -> None:
    rehearsal = files(root, rehearsal=True)
    assert rehearsal.path("a/x.txt", write=True) == own(root) / "a" / "x.txt"
    assert rehearsal.path(str(root / "granted" / "x.txt"))
    with pytest.raises(SystemException, match=r"^the rehearsal stopped a change of a file: x\.txt$"):
        rehearsal.path(str(root / "granted" / "x.txt"), write=True)


@pytest.mark.parametrize("text", ["", "  ", "a\0b", "~nobodyatall/x", "snurra/x"])
def test_what_is_no_file_name_is_said_plainly(root: Path, text: str) -> None:
    (root / "project" / "snurra").symlink_to("snurra")
    with pytest.raises(SystemException):
        files(root).path(text)


def test_a_project_that_is_its_own_home_can_be_read(root: Path) -> None:
    project = root / "project"
    assert JobFiles(own(root), project, closed=project).path("lista.xlsx") == project / "lista.xlsx"
    assert os.listdir(own(root).parent.parent) == []


async def test_a_pdds_own_test_reads_the_project_and_writes_beside_it(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing that a test writes stays."""
    project = root / "project"
    (project / "mall.txt").write_text("Hej")
    steps = """
        - {read_text_file: mall.txt, save_as: text}
        - write_text_file: {path: svar.txt, text: "${{ text }} Åsa"}
        - {read_text_file: svar.txt, save_as: answer}
        - check_true: answer == 'Hej Åsa'
        """
    tests = "- {name: Svar, given: {date: 2022-11-01}, expect: {status: successful}}"
    process = define(project, steps, tests=tests)
    monkeypatch.chdir(project)
    before = sorted(project.rglob("*"))
    (case,) = process.tests
    assert (await run_case(process, case)).problems == []
    assert sorted(project.rglob("*")) == before
