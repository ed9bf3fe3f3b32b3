"""Three machines on one PostgreSQL: whatever dies, every item is handled, and nothing is written twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from robotfabrik.cli.pending import pending
from robotfabrik.model.records import ItemFilter, JobFilter, JobRecord
from robotfabrik.store import SqlStore, open_store
from robotfabrik.wiring import Project
from tests.support import compare
from tests.support.fake import ROOT, running_fake
from tests.support.robot import Robot
from tests.support.workers import (
    Register,
    Server,
    environment,
    kill_with_children,
    launcher_of,
    project_in,
    until,
    workers,
)

DAY = "2022-11-01"
ITEMS = 20
SILENCE = 20.0


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("pg") / "data")
    yield server
    server.close()


@pytest.fixture
def register() -> Iterator[Register]:
    register = Register(0.15)
    yield register
    register.close()


@pytest.fixture
def root(tmp_path: Path, register: Register) -> Path:
    """A project with the bots a and b, which write each of their items into the register."""
    return project_in(tmp_path / "project", register.url, ITEMS, "a", "b")


def enqueue(root: Path, store: SqlStore, bot: str) -> str:
    return store.enqueue(pending(Project(root), bot, [f"--date={DAY}"], started_by="test"))


def known(store: SqlStore, job: str) -> JobRecord:
    record = store.job(job)
    assert record is not None
    return record


def last_of(store: SqlStore, job: str) -> JobRecord:
    """The job that goes on with a job's work now."""
    followers = {record.job.restart_of: record.job.id for record in store.jobs(JobFilter())}
    while job in followers:
        job = followers[job]
    return known(store, job)


def ended(store: SqlStore, *jobs: str) -> Callable[[], bool]:
    return lambda: all(last_of(store, job).status == "successful" for job in jobs)


def test_nothing_is_lost_when_a_machine_dies_and_the_store_restarts(
    server: Server, root: Path, register: Register
) -> None:
    said = root / "workers.txt"
    with (
        open_store(server.url) as store,
        workers(root, environment(server.url, root), SILENCE, said) as start,
    ):
        # Nobody carries yet: no machine has made Procrastinate's tables. The first that comes tells of it.
        first = enqueue(root, store, "a")
        machines = [start("--pool", "office") for _ in range(3)]
        until(lambda: len(register.written("a")) >= 4, "the first job writes")
        record = known(store, first)
        killed = launcher_of(record)
        kill_with_children(killed)
        second = enqueue(root, store, "b")
        server.run("DELETE FROM procrastinate_jobs WHERE status = 'todo'")  # deferred, but never delivered
        until(lambda: len(register.written("b")) >= 4, "the second job writes")
        server.restart(away=1.0)
        until(ended(store, first, second), "both jobs end")
        assert known(store, first).status == "abandoned"
        assert last_of(store, first).restarts >= 1
        for name in "ab":
            items = store.find_items(ItemFilter(process=name))
            assert [item.status for item in items] == ["successful"] * ITEMS
            assert set(register.written(name).values()) == {1}
            assert len(register.written(name)) == ITEMS
        assert list(store.verify_audit()) == []
        until(lambda: server.run("SELECT count(*) FROM procrastinate_jobs") == [(0,)], "nothing is carried")
        for machine in machines:
            if machine.pid != killed:
                machine.terminate()
                assert machine.wait(60) == 0


@pytest.mark.acceptance_long
def test_every_household_has_its_note_when_machines_die(server: Server, small: Path, tmp_path: Path) -> None:
    """The same in a browser: two machines die one after the other, and the store restarts."""
    with running_fake(small, DAY) as fake, open_store(server.url) as store:
        robot = Robot(fake, tmp_path)
        about = {**robot.environment, **environment(server.url, tmp_path)}
        words = [f"--date={DAY}", f"--url=procapita={fake.url}"]
        first = store.enqueue(pending(Project(ROOT), "folkbokforing", words, started_by="test"))
        with workers(ROOT, about, 2 * SILENCE, tmp_path / "workers.txt") as start:
            for _ in range(3):
                start()
            for count in (3, 7):
                until(lambda count=count: len(fake.export_notes()) >= count, f"{count} notes")
                job = until(lambda: (one := last_of(store, first)).status == "running" and one, "it runs")
                kill_with_children(launcher_of(job))
                start()
            until(lambda: len(fake.export_notes()) >= 10, "10 notes")
            server.restart(away=5.0)
            until(ended(store, first), "the job ends")
        assert compare.notes(fake.export_notes()) == compare.expected_notes(small, "2022-11")
        assert compare.activities(fake.export_activities()) == compare.expected_activities(small, "2022-11")
        assert list(store.verify_audit()) == []
