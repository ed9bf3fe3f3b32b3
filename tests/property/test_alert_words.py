"""Whatever a job leaves in the store, alerts and summaries say nothing of a case."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from robotfabrik.alerting import summaries, words
from robotfabrik.alerting.ports import Watched
from robotfabrik.alerting.watch import look
from robotfabrik.model.alerts import Alert, AlertSettings, Mailing, SummaryOrder
from robotfabrik.model.records import ItemFilter, JobFilter, JobRecord, QueueItem
from robotfabrik.model.source import Source, Span
from robotfabrik.model.work import Job, Space

PRIVATE = "20220101-1234 Märta Fågelkvist"
SETTINGS = AlertSettings(Span(Source("alerts.yaml", ""), 1, 1))
NOW = datetime(2022, 11, 2, 12, tzinfo=UTC)
Values = st.one_of(st.integers(-5, 10_000), st.none(), st.booleans(), st.just(PRIVATE), st.just([PRIVATE]))
Figures = st.dictionaries(
    st.sampled_from([name for name, _ in summaries.COUNTS] + ["stopped_by", "reason", PRIVATE]), Values
)
Jobs = st.lists(
    st.tuples(st.sampled_from(["successful", "faulted", "interrupted", "running", "abandoned"]), Figures),
    min_size=1, max_size=6,
)  # fmt: skip


class Shelf:
    """A store with a bot's jobs and items, newest first."""

    def __init__(self, jobs: list[tuple[str, dict[str, Any]]], held: int) -> None:
        at = NOW.timestamp()
        self._jobs = [record(n, status, at - 60 * n, figures) for n, (status, figures) in enumerate(jobs)]
        self._items = [item(n) for n in range(held)]

    def jobs(self, wanted: JobFilter) -> list[JobRecord]:
        return self._jobs

    def find_items(self, wanted: ItemFilter) -> list[QueueItem]:
        return self._items

    def decisions(self, bot: str | None = None) -> list[Any]:
        return []

    @property
    def alerts(self) -> Any:
        return self

    def open(self) -> list[Alert]:
        return []

    def take_mailing(self, mailing: Mailing) -> bool:
        return True


def record(number: int, status: str, at: float, figures: dict[str, Any]) -> JobRecord:
    job = Job(
        f"b-{number}", "b", Space("production", "default", "p"), date(2022, 11, 2), "2022-11", "r", "Robot",
        "eva", "host:1:1", "live", {"secret": PRIVATE}, (f"--item={PRIVATE}",), "host",
    )  # fmt: skip
    ended = None if status == "running" else at + 1
    return JobRecord(job, status, at, ended, 1000.0, summary=figures)


def item(number: int) -> QueueItem:
    return QueueItem(
        number, Space("production", "default", "p"), "b", PRIVATE, PRIVATE, {"name": PRIVATE}, "2022-11", 2,
        None, False, "held", True, None, PRIVATE, 1, {}, 0.0, "", None, None, (), {"doubt": PRIVATE}, {},
        PRIVATE, "b-1", "b-1", "b-1", 1.0, 2.0, 3.0, None, None,
    )  # fmt: skip


@settings(deadline=None, max_examples=40)  # many mails each
@given(jobs=Jobs, held=st.integers(0, 5))
def test_nothing_of_a_case_is_said(jobs: list[tuple[str, dict[str, Any]]], held: int) -> None:
    shelf = Shelf(jobs, held)
    watched = Watched(SETTINGS, ("b",), "host", (), gone=lambda job: True)
    told = ""
    for cause in look(watched, shelf, NOW):
        for over in (None, NOW.timestamp()):
            alert = Alert(1, cause, None, (), over)
            told += words.title([alert]) + words.body([alert]) + words.body([alert, alert])
    for every in ("job", "day", "month"):
        order = SummaryOrder("b", ("enhet@example.org",), every)  # type: ignore[arg-type]
        for ended in [[job] for job in shelf.jobs(JobFilter())] + [shelf.jobs(JobFilter())]:
            found = summaries.letter(shelf, order, "2022-11", ended)
            assert all(type(count) is int and count >= 0 for _, count in found.figures)
            told += summaries.compose(found, "robot@example.org", "enhet@example.org").as_string()
            told += repr(found)
    assert not any(part in told for part in (PRIVATE, "0101-1234", "Fågelkvist", "--item"))


@given(jobs=Jobs)
def test_a_cause_ends_with_the_next_job_that_is_successful(jobs: list[tuple[str, dict[str, Any]]]) -> None:
    watched = Watched(SETTINGS, ("b",), "host", (), gone=lambda job: True)
    assert look(watched, Shelf([("successful", {}), *jobs], 0), NOW) == []
    kinds = [cause.key for cause in look(watched, Shelf(jobs, 0), NOW)]
    assert len(kinds) == len(set(kinds))
    assert bool(kinds) is (jobs[0][0] != "successful")
