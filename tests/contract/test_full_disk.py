"""A full disk: the job stops in plain words, the store stays sound, nothing is lost or done twice."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from robotfabrik import wiring
from robotfabrik.cli.main import main
from robotfabrik.engine import performer as engine
from robotfabrik.engine import retry
from robotfabrik.model.process import Process
from robotfabrik.store import SqlStore, open_store
from tests.support.engine import (
    QUEUE,
    WRITE,
    Application,
    Clock,
    QuickStore,
    Watch,
    add,
    define,
    new_job,
    perform,
    stored,
)
from tests.support.small import BOT, pdd, work_in, write

CASES = ("1", "2", "3")


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "RETRY_DELAYS", (0.0, 0.0, 0.0))
    monkeypatch.setattr(engine, "IDLE_LOOK", 0.0)


def limit(store: SqlStore, pages: int) -> None:
    """The file may grow to so many pages, as on a disk that ends there."""
    store._engine.dispose()

    @sa.event.listens_for(store._engine, "connect")
    def connected(connection: object, _: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages}")  # type: ignore[attr-defined]


def pages(store: SqlStore) -> int:
    with store._read() as connection:
        return int(connection.exec_driver_sql("PRAGMA page_count").scalar_one())


async def test_wherever_the_store_is_full_the_next_run_finishes_the_work(tmp_path: Path) -> None:
    long = WRITE.replace("Kontroll av", f"Kontroll {'x' * 3000} av")
    robot: Process = define(tmp_path / "robot", long, **QUEUE)
    said: list[str] = []
    for more in range(100):
        path = tmp_path / f"{more}.db"
        application = Application(clock=Clock())
        with open_store(path) as store:
            add(store, robot, *CASES)  # type: ignore[arg-type]
            limit(store, pages(store) + more)
            outcome = await perform(robot, application, store)
            told = [item.reason for item in outcome.items if item.status == "failed"]
            told += [outcome.reason] if outcome.status == "faulted" else []
        if not told:
            break
        said += told
        with open_store(path) as store:  # there is room again
            space = new_job(robot).space
            for owner in store.owners(space):
                store.release_owner(space, owner)
            add(store, robot, *CASES)  # type: ignore[arg-type]
            outcome = await perform(robot, application, store)
            assert outcome.status == "successful"
            found = stored(store, robot)  # type: ignore[arg-type]
            assert {item.status for item in found.values()} == {"successful"}
            assert sorted(note.case for note in application.notes) == list(CASES)
            assert list(store.verify_audit()) == []
    assert {text.partition(" (step")[0].rpartition("row, the last: ")[2] for text in said} == {
        "the store failed: database or disk is full"
    }


class FullAfter(Watch):
    """The file of the steps takes so many lines more."""

    def __init__(self, lines: int) -> None:
        super().__init__()
        self.lines = lines

    def step(self, *told: Any) -> None:
        super().step(*told)
        self.lines -= 1
        if self.lines < 0:
            raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("save", ["ok", "error_after", "changed"])
async def test_wherever_the_lines_of_the_steps_end_the_next_run_finishes_the_work(
    tmp_path: Path, save: str
) -> None:
    """The store has room. What a step did, and why it ended, is not forgotten for want of a line."""
    robot: Process = define(tmp_path / "robot", WRITE, **QUEUE)
    for lines in range(100):
        store = QuickStore()
        application = Application(clock=store.clock, saves=[save])
        add(store, robot, *CASES)
        watch = FullAfter(lines)
        outcome = await perform(robot, application, store, watch=watch)
        if watch.lines >= 0:
            break
        assert outcome.status in ("faulted", "successful")
        for reason in (item.reason for item in outcome.items if item.status == "failed"):
            assert "No space left on device" in reason
        for _ in range(2):  # there is room again
            add(store, robot, *CASES)
            await perform(robot, application, store)
        ends = sorted(item.status for item in stored(store, robot).values())
        assert ends == (["held"] if save == "changed" else ["successful"]) + ["successful"] * 2, lines
        store.clock.now += 1000
        assert sorted(note.case for note in application.notes) == list(CASES), lines
    assert lines > 20


def test_a_run_on_a_full_disk_ends_in_plain_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    numbers = [f"{n} {'x' * 250}" for n in range(14)]
    write(tmp_path, {"pdd/small.yaml": pdd(numbers), "bots/small.yaml": BOT})
    work_in(tmp_path, monkeypatch)

    def full(url: str) -> SqlStore:
        store = open_store(url)
        limit(store, pages(store) + 1)
        return store

    with monkeypatch.context() as small:
        small.setattr(wiring, "open_store", full)
        assert main(["run", "small", "--date", "2022-11-01"]) == 1
    shown = capsys.readouterr()
    assert "the store failed: database or disk is full" in shown.out + shown.err
    assert "Traceback" not in shown.out + shown.err
    assert main(["run", "small", "--date", "2022-11-01", "--json"]) == 0
    with open_store(tmp_path / ".robotfabrik" / "store.db") as store:
        assert list(store.verify_audit()) == []
        with store._read() as connection:
            found = connection.exec_driver_sql("SELECT status, count(*) FROM items GROUP BY status").all()
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    assert [tuple(row) for row in found] == [("successful", 14)]
