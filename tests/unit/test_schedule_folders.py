"""File triggers: which files are complete, and that each version of one starts one job."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from robotfabrik.scheduling import looking
from robotfabrik.scheduling.folders import Folder, FolderProblem, FoundFile
from robotfabrik.store import open_store
from tests.support.scheduling import Machine, at, jobs, one_trigger, rows, run_all

NOW = at("2026-11-02 06:00")
QUIET = timedelta(seconds=30)


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


def write(path: Path, text: str = "x", modified: int = 1_000_000_000) -> Path:
    path.write_text(text, encoding="utf-8")
    os.utime(path, (modified, modified))
    return path


def names(found: Any) -> list[str]:
    return [Path(file.path).name for file in found]


def test_a_file_is_complete_when_nothing_has_changed_for_long_enough(inbox: Path) -> None:
    folder = Folder(inbox, "*.xlsx", QUIET)

    def look(seconds: float) -> list[str]:
        return names(folder.complete(folder.files(), seconds))

    write(inbox / "a.xlsx")
    write(inbox / "b.csv")
    assert look(100) == []
    write(inbox / "a.xlsx", "xx")  # it has grown
    assert look(131) == []
    write(inbox / "a.xlsx", "yy", 1_000_000_001)
    assert look(140) == []
    write(inbox / "c.xlsx", modified=900_000_000)
    assert look(169.9) == []
    assert look(170) == ["a.xlsx"]
    assert look(200) == ["c.xlsx", "a.xlsx"]  # the oldest first
    folder.done(file.key for file in folder.files() if file.path.endswith("a.xlsx"))
    assert look(201) == ["c.xlsx"]
    write(inbox / "a.xlsx", "zzz")
    assert look(202) == ["c.xlsx"]
    assert look(232) == ["a.xlsx", "c.xlsx"][::-1]


def test_what_programs_keep_for_themselves_is_no_file(inbox: Path) -> None:
    for name in (".hidden.xlsx", "~$a.xlsx", "a.xlsx"):
        write(inbox / name)
    (inbox / "folder.xlsx").mkdir()
    (inbox / "nowhere.xlsx").symlink_to(inbox / "gone")
    assert names(Folder(inbox, "*.xlsx", QUIET).files()) == ["a.xlsx"]


def test_a_folder_that_is_not_there_or_no_folder_is_a_problem(inbox: Path) -> None:
    with pytest.raises(FolderProblem, match="is not there"):
        Folder(inbox / "no", "*", QUIET).files()
    write(inbox / "a")
    with pytest.raises(FolderProblem, match="cannot be read"):
        Folder(inbox / "a", "*", QUIET).files()


def test_a_key_tells_nothing_of_the_name(inbox: Path) -> None:
    write(inbox / "Anna Andersson.xlsx")
    (file,) = Folder(inbox, "*", QUIET).files()
    assert "nna" not in file.key
    assert len(file.key) == 40


def test_a_name_need_not_be_utf_8(inbox: Path) -> None:
    """As on an old share: what Python makes of its bytes is no text that can be encoded."""
    with suppress(OSError):  # some file systems have no such names
        write(inbox / os.fsdecode("bosättning.xlsx".encode("latin-1")))
    keys = {FoundFile(f"/in/bos{letter}ttning", 1, 1).key for letter in ("\udce4", "\udce5", "ä")}
    assert len(keys) == 3
    assert all(file.key for file in Folder(inbox, "*", QUIET).files())


# --- with the store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Any]:
    with open_store(tmp_path / "store.db") as opened:
        yield opened


@pytest.fixture
def machine(store: Any, inbox: Path) -> Machine:
    return Machine(store, one_trigger(f"file: {{folder: {inbox}, pattern: '*.xlsx'}}"))


def test_each_version_of_a_file_starts_one_job(store: Any, machine: Machine, inbox: Path) -> None:
    write(inbox / "old.xlsx")
    assert machine.look_into(NOW, 0) == []
    assert [row[1:] for row in rows(store)] == [("skipped", "before")]
    assert machine.told == ["trigger t: 1 files lay there already and start nothing"]
    write(inbox / "a.xlsx", modified=1)
    write(inbox / "b.xlsx", modified=2)
    machine.look_into(NOW, 10)
    assert jobs(store) == []
    assert [row.outcome for row in machine.look_into(NOW, 40)] == ["started", "joined"]
    write(inbox / "c.xlsx", modified=3)
    machine.look_into(NOW, 50)
    machine.look_into(NOW, 90)  # the job is still at work: the new file waits in its folder
    assert len(jobs(store)) == 1
    run_all(store)
    machine.restart()  # what it saw it has to see again
    assert machine.look_into(NOW, 100) == []
    assert [row.outcome for row in machine.look_into(NOW, 130)] == ["started"]
    run_all(store)
    write(inbox / "a.xlsx", "changed", 4)
    machine.look_into(NOW, 140)
    machine.look_into(NOW, 170)
    assert len(jobs(store)) == 3
    assert len({row.key for row in store.fires.rows("t")}) == 5
    for seconds in (180, 210, 240):
        run_all(store)
        assert machine.look_into(NOW, seconds) == []


def test_two_services_start_one_job_for_a_file(store: Any, machine: Machine, inbox: Path) -> None:
    other = Machine(store, machine.plan, "two")
    for one in (machine, other):
        one.look_into(NOW, 0)
    write(inbox / "a.xlsx")
    found = [one.look_into(NOW, seconds) for seconds in (10, 40) for one in (machine, other)]
    assert [len(rows) for rows in found] == [0, 0, 1, 0]


def test_what_comes_during_a_pause_or_a_blackout_starts_its_bot_afterwards(store: Any, inbox: Path) -> None:
    machine = Machine(store, one_trigger(f"file: {{folder: {inbox}}}\nblackout: 06:00-07:00"))
    machine.look_into(NOW, 0)
    write(inbox / "a.xlsx")
    machine.look_into(NOW, 10)
    assert machine.look_into(NOW, 40) == []
    store.fires.pause("t", "Eva", "", NOW)
    assert machine.look_into(at("2026-11-02 07:00"), 50) == []
    store.fires.resume("t", "Eva", "", NOW)
    assert [row.outcome for row in machine.look_into(at("2026-11-02 07:01"), 60)] == ["started"]


def test_a_folder_that_is_gone_is_told_once(store: Any, machine: Machine, inbox: Path) -> None:
    inbox.rename(inbox.with_name("away"))
    for seconds in (0, 5, 10):
        machine.look_into(NOW, seconds)
    problem = f"the folder {inbox} is not there"
    assert machine.told == [f"trigger t: {problem}"]
    assert store.fires.standings()["t"].problem == problem
    inbox.with_name("away").rename(inbox)
    Machine(store, one_trigger(f"file: {{folder: {inbox}-elsewhere}}"), "two").look_into(NOW, 12)
    machine.look_into(NOW, 15)
    assert machine.told[1:] == ["trigger t: its folder can be looked into again"]
    assert store.fires.standings()["t"].problem == ""


def test_what_nobody_foresaw_is_told_once_and_is_the_triggers_problem(
    store: Any, machine: Machine, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise ValueError("no such thing")

    machine.look_into(NOW, 0)
    write(inbox / "a.xlsx")
    with monkeypatch.context() as patch:
        patch.setattr(Folder, "complete", fail)
        for seconds in (5, 10):
            assert machine.look_into(NOW, seconds) == []
    problem = "its folder cannot be looked into: ValueError: no such thing"
    assert machine.told == [f"trigger t: {problem}"]
    assert store.fires.standings()["t"].problem == problem
    machine.look_into(NOW, 15)
    assert machine.told[1:] == ["trigger t: its folder can be looked into again"]
    assert store.fires.standings()["t"].problem == ""
    assert [row.outcome for row in machine.look_into(NOW, 45)] == ["started"]


def test_a_folder_that_grows_for_ever_is_told(
    store: Any, machine: Machine, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "MANY", 2)
    machine.look_into(NOW, 0)
    for number in range(3):
        write(inbox / f"{number}.xlsx")
    machine.look_into(NOW, 5)
    write(inbox / "more.xlsx")
    machine.look_into(NOW, 10)
    assert machine.told == ["trigger t: more than 10000 files lie in its folder: move away what is done"]
    assert machine.look_into(NOW, 40)[0].outcome == "started"
