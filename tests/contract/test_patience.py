"""A store that goes away while it is asked: what was kept unheard is neither lost nor done twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from robotfabrik.model.errors import JobTaken, LeaseLost, StoreLost
from robotfabrik.model.work import PendingJob
from robotfabrik.store import SqlStore
from robotfabrik.store.patience import PatientStore
from tests.contract.test_store import DAY, DONE, SPACE, Backend, job, key, new, start_jobs


class Deaf:
    """A store whose every call is kept and never heard the first time, or not even kept."""

    def __init__(self, store: SqlStore, kept: bool) -> None:
        self._store, self._kept = store, kept
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._store, name)

        def ask(*arguments: Any) -> Any:
            self.asked.append(name)
            if len(self.asked) % 2 == 0:
                return call(*arguments)
            if self._kept:
                call(*arguments)
            raise StoreLost("the store failed: the server closed the connection")

        return ask


@pytest.fixture(params=[True, False], ids=["kept", "lost"])
def kept(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def store(database: Backend) -> Iterator[SqlStore]:
    with database.open() as opened:
        start_jobs(opened)
        yield opened


@pytest.fixture
def patient(store: SqlStore, kept: bool, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("robotfabrik.store.patience.PAUSES", (0.0,))
    return PatientStore(Deaf(store, kept))  # type: ignore[arg-type]


def test_a_job_is_started_and_ended_once(store: SqlStore, patient: Any) -> None:
    store.enqueue(PendingJob("job-w", "bot", SPACE, DAY, "2022-11"))
    patient.start_job(job("job-w"))
    assert patient.beat("job-w", "owner") == ""
    patient.end_job("job-w", "successful", {"checked": 1})
    record = store.job("job-w")
    assert record is not None
    assert (record.status, record.summary) == ("successful", {"checked": 1})
    actions = [row.action for row in store.audit_rows() if row.subject == "job-w"]
    assert actions == ["job.queued", "job.started", "job.ended"]


def test_what_another_has_is_refused(store: SqlStore, patient: Any) -> None:
    store.enqueue(PendingJob("job-w", "bot", SPACE, DAY, "2022-11"))
    store.start_job(replace(job("job-w"), owner="another"))
    with pytest.raises(JobTaken):
        patient.start_job(job("job-w"))
    store.give_up(0.0, "job-w")
    with pytest.raises(LeaseLost):
        patient.end_job("job-w", "successful", {})


@pytest.mark.parametrize(
    ("end", "status"),
    [
        (lambda store, item: store.settle(item, DONE, DAY), "successful"),
        (lambda store, item: store.retry(item, 0.0, "broke"), "new"),
        (lambda store, item: store.postpone(item, "BE1", 0.0), "new"),
        (lambda store, item: store.release(item), "new"),
    ],
    ids=["settle", "retry", "postpone", "release"],
)
def test_an_item_is_let_go_once(
    store: SqlStore, patient: Any, end: Callable[[Any, Any], None], status: str
) -> None:
    store.add_item(SPACE, new("a"), "job-1")
    item = store.claim(SPACE, "w1", "job-1", 600)
    assert item is not None
    end(patient, item)
    found = store.items(SPACE)[0]
    assert found.status == status
    if status == "new":
        again = store.claim(SPACE, "w2", "job-1", 600)
        assert again is not None
        with pytest.raises(LeaseLost):
            end(patient, item)  # now it is another's
        assert store.items(SPACE)[0].status == "in_progress"


def test_an_effect_is_recorded_once(store: SqlStore, patient: Any) -> None:
    assert patient.add_items(SPACE, [new("a"), new("b")], "job-1")
    item = store.claim(SPACE, "w1", "job-1", 600)
    assert item is not None
    patient.submit_effect(key("k"), item, {"text": "x"})
    patient.confirm_effect(key("k"), item, "note-1")
    record = patient.effect(key("k"))
    assert (record.status, record.candidate) == ("confirmed", "note-1")
    assert len(store.items(SPACE)) == 2
    assert list(store.verify_audit()) == []


def test_an_item_that_was_claimed_unheard_is_taken_later(
    database: Backend, store: SqlStore, patient: Any, kept: bool
) -> None:
    store.add_item(SPACE, new("a"), "job-1")
    item = patient.claim(SPACE, "w1", "job-1", 60)
    assert (item is None) == kept
    database.pass_time(61)
    assert store.claim(SPACE, "w1", "job-1", 60) is not None


def test_it_does_not_ask_for_ever(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("robotfabrik.store.patience.PAUSES", (0.0,))

    class Gone:
        pepper = b"x"

        def beat(self, *_: Any) -> str:
            raise StoreLost("gone")

    patient = PatientStore(Gone(), 0.05)  # type: ignore[arg-type]
    assert patient.pepper == b"x"
    with pytest.raises(StoreLost):
        patient.beat("job-1", "owner")


def test_a_server_that_ends_its_connections_is_lost_and_found_again(postgresql_server: Any) -> None:
    import psycopg

    from robotfabrik.store import open_store

    url = postgresql_server()
    with open_store(url) as store, psycopg.connect(url, autocommit=True) as other:
        start_jobs(store)
        end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"

        def interrupted() -> None:
            with store._write() as connection:
                other.execute(end)
                connection.exec_driver_sql("SELECT 1")

        with pytest.raises(StoreLost):
            interrupted()
        other.execute(end)
        assert store.beat("job-1", "owner") == ""
