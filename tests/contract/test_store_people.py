"""What people do with items and jobs, over every store: nothing is done twice, and no doubt is lost."""

# ruff: noqa: F401, F811

from __future__ import annotations

import itertools
import threading
import time
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from robotfabrik.model.errors import InDoubt, LeaseLost, UsageError
from robotfabrik.model.process import Retention
from robotfabrik.model.records import BY_HAND, ItemFilter, JobFilter
from robotfabrik.model.work import Item, NewItem, Selection, Settlement
from robotfabrik.store.people import ABANDONED_AFTER
from tests.contract.test_store import (
    DAY,
    DONE,
    OTHER,
    REHEARSAL,
    SPACE,
    Backend,
    backend,
    claim,
    claimed,
    eventually,
    in_threads,
    job,
    key,
    new,
    only,
    postgresql_server,
    store,
)

FAILED = Settlement("failed", "SE1", "broke", ("R1",), {"x": 1})


def held(
    store: Any, reference: str = "a", name: str = "k", candidates: Any = (), *, sent: bool = True
) -> Item:
    """An item that was given up in doubt of one effect."""
    item = claimed(store, reference)
    if sent:
        store.submit_effect(key(name), item)
    doubt = {
        "effect": "note", "scope": key(name).scope, "hash": name, "content": {"text": "Å"},
        "candidates": list(candidates),
    }  # fmt: skip
    store.settle(item, Settlement("held", None, "in doubt", output={"doubt": doubt}), DAY)
    return item


def counting(store: Any, reference: str = "a") -> Any:
    """The newest of an item's tries."""
    (item,) = store.find_items(ItemFilter(reference=reference))
    return item


def status(store: Any, name: str = "k") -> tuple[str, str | None]:
    record = store.effect(key(name))
    return (record.status, record.candidate) if record else ("none", None)


# --- the order of taking


def test_the_urgent_come_first_and_the_postponed_last(store: Any) -> None:
    for reference, priority, deadline in (
        ("normal", 2, None), ("low", 3, 1.0), ("late", 2, 9e9), ("soon", 2, 8e9), ("high", 1, None),
        ("normal 2", 2, None),
    ):  # fmt: skip
        store.add_item(SPACE, NewItem(reference, "", {}, priority=priority, deadline=deadline), "job-1")
    first = claim(store)
    store.postpone(first, "BE1", None)
    order = [claim(store).reference for _ in range(6)]
    assert (first.reference, order) == ("high", ["soon", "late", "normal", "normal 2", "low", "high"])


def test_an_item_is_not_taken_before_its_time(backend: Backend, store: Any) -> None:
    store.add_item(SPACE, NewItem("a", "", {}, not_before=time.time() + 1000), "job-1")
    assert store.claim(SPACE, "w1", "job-1", 600) is None
    assert 900 < store.next_due(SPACE) <= 1000
    assert store.add_item(SPACE, new("a"), "job-1") == "pending"
    assert store.claim(SPACE, "w1", "job-1", 600) is None  # adding again does not bring it forward
    backend.pass_time(1001)
    assert claim(store).reference == "a"


def test_a_missed_deadline_is_told(store: Any) -> None:
    store.add_item(SPACE, NewItem("a", "", {}, deadline=1000.0), "job-1")
    store.add_item(SPACE, NewItem("b", "", {}, deadline=9e9), "job-1")
    assert [item.late for item in store.open_items(SPACE, "job-1")] == [True, False]
    assert [item.reference for item in store.find_items(ItemFilter(late=True))] == ["a"]
    store.settle(claim(store), DONE, DAY)
    assert [item.reference for item in store.find_items(ItemFilter(late=True))] == ["a"]


def test_all_are_added_or_none(store: Any) -> None:
    with pytest.raises(TypeError):
        store.add_items(SPACE, [new("a"), new("b", day=DAY)], "job-1")
    assert store.items(SPACE) == []
    assert store.add_items(SPACE, [new("a"), new("b"), new("a")], "job-1") == ["added", "added", "pending"]


# --- trying again


def test_a_retried_item_names_its_successor(store: Any) -> None:
    store.add_item(SPACE, NewItem("a", "case", {"n": 1}, "2022-11", 1, 9e9), "job-1")
    old = claim(store, selection=Selection("2022-11"))
    store.submit_effect(key("k"), old)
    store.settle(old, FAILED, DAY)
    number = store.retry_item(old.id, "Eva", "again")
    item = counting(store)
    assert (item.id, item.status, item.fields, item.lock) == (number, "new", {"n": 1}, "case")
    assert (item.period, item.priority, item.deadline, item.attempts) == ("2022-11", 1, 9e9, 0)
    (first,) = store.earlier_tries(number)
    assert (first.id, first.status, first.reason, first.successor) == (old.id, "retried", "broke", number)
    assert [(e.key, e.status) for e in store.effects_of(number)] == [(key("k"), "submitting")]
    (act,) = store.interventions_of([old.id])
    assert (act.by, act.what, act.note) == ("Eva", "retried", "again")
    assert [item.status for item in store.items(SPACE)] == ["new"]
    assert store.add_item(SPACE, NewItem("a", "case", {}, "2022-11"), "job-2") == "pending"


@pytest.mark.parametrize("outcome", ["successful", "held", "new", "in_progress"])
def test_what_waits_is_done_or_in_doubt_is_not_retried(store: Any, outcome: Any) -> None:
    store.add_item(SPACE, new("a"), "job-1")
    if outcome != "new":
        item = claim(store)
        if outcome != "in_progress":
            store.settle(item, Settlement(outcome), DAY)
    with pytest.raises(UsageError, match=f"is {outcome}; only failed or business"):
        store.retry_item(counting(store).id, "Eva")
    assert len(store.find_items(ItemFilter(every_try=True))) == 1


def test_of_two_who_retry_at_once_one_does(backend: Backend, store: Any) -> None:
    item = claimed(store)
    store.settle(item, FAILED, DAY)
    answers: list[str] = []

    def retry() -> None:
        try:
            backend.open().retry_item(item.id, "Eva")
            answers.append("retried")
        except UsageError:
            answers.append("refused")

    in_threads(4, retry)
    assert sorted(answers) == ["refused"] * 3 + ["retried"]
    assert len(store.find_items(ItemFilter(every_try=True))) == 2


def test_a_deleted_item_stays_away_until_it_is_retried(store: Any) -> None:
    store.add_item(SPACE, new("a"), "job-1")
    store.delete_item(counting(store).id, "Eva", "Fel ärende")
    assert store.add_item(SPACE, new("a"), "job-1") == "done"
    assert store.claim(SPACE, "w1", "job-1", 600) is None
    store.retry_item(counting(store).id, "Eva")
    assert claim(store).reference == "a"


def test_what_may_have_happened_is_not_deleted(store: Any) -> None:
    item = claimed(store)
    store.submit_effect(key("k"), item)
    store.settle(item, FAILED, DAY)
    with pytest.raises(UsageError, match="may have happened"):
        store.delete_item(item.id, "Eva", "bort")
    assert [one.id for one in store.find_items(ItemFilter(in_doubt=True))] == [item.id]


def test_a_person_postpones_what_waits(backend: Backend, store: Any) -> None:
    store.add_item(SPACE, new("a"), "job-1")
    store.postpone_item(counting(store).id, time.time() + 500, "Eva")
    assert store.claim(SPACE, "w1", "job-1", 600) is None
    backend.pass_time(501)
    item = claim(store)
    with pytest.raises(UsageError, match="only new items can be postponed"):
        store.postpone_item(item.id, time.time(), "Eva")


def test_what_nobody_takes_is_abandoned(backend: Backend, store: Any) -> None:
    dead = claimed(store, "a", "case")
    claimed(store, "b")
    assert store.abandon() == 0
    backend.pass_time(ABANDONED_AFTER + 601)
    alive = claim(store, selection=only("b"))
    assert (store.abandon(OTHER), store.abandon(SPACE), store.abandon()) == (0, 1, 0)
    still = {item.reference: item.abandoned for item in store.open_items(SPACE, "job-1")}
    assert still == {"a": True, "b": False}
    with pytest.raises(LeaseLost):
        store.settle(dead, DONE, DAY)
    store.settle(alive, DONE, DAY)
    assert store.next_due(SPACE) is None
    assert store.add_item(SPACE, new("a", "case"), "job-2") == "reopened"
    assert claim(store).attempt == 1


# --- what is in doubt


def test_done_goes_on_without_doing_it_again(store: Any) -> None:
    item = held(store, candidates=[{"id": "N7", "text": "Å (ändrad)"}])
    (shown,) = store.find_items(ItemFilter(in_doubt=True))
    assert (shown.doubt.effect, shown.doubt.content) == ("note", {"text": "Å"})
    assert shown.doubt.candidates == ({"id": "N7", "text": "Å (ändrad)"},)
    number = store.settle_held(item.id, "done", "Eva", "står i journalen")
    assert status(store) == ("confirmed", "N7")
    again = claim(store)
    assert (again.id, store.effect(key("k")).item) == (number, number)
    with pytest.raises(InDoubt):
        store.submit_effect(key("k"), again)
    assert store.bound_candidates(key("").scope, ["N7"], key("other")) == {"N7"}
    (act,) = store.interventions_of([item.id])
    assert (act.what, act.note) == ("settled: done", "står i journalen")
    assert store.earlier_tries(number)[0].doubt == shown.doubt


@pytest.mark.parametrize("seen", [(), ({"id": "N1"}, {"id": "N2"})])
def test_done_binds_nothing_that_nobody_knows(store: Any, seen: Any) -> None:
    item = held(store, candidates=seen, sent=False)
    with pytest.raises(UsageError, match="saw no 'N9'"):
        store.settle_held(item.id, "done", "Eva", "ja", "N9")
    store.settle_held(item.id, "done", "Eva", "ja")
    assert status(store)[0] == "confirmed"
    assert store.bound_candidates(key("").scope, ["N1", "N2"], key("other")) == frozenset()


def test_done_may_name_one_of_several(store: Any) -> None:
    item = held(store, candidates=[{"id": "N1"}, {"id": "N2"}])
    store.settle_held(item.id, "done", "Eva", "den andra", "N2")
    assert status(store) == ("confirmed", "N2")


def test_redo_may_be_submitted_again(store: Any) -> None:
    store.settle_held(held(store).id, "redo", "Eva", "finns inte")
    assert status(store) == ("withdrawn", None)
    item = claim(store)
    store.submit_effect(key("k"), item)
    assert status(store) == ("submitting", None)
    store.confirm_effect(key("k"), item, "N1")
    store.settle(item, DONE, DAY)
    assert status(store) == ("confirmed", "N1")


def test_by_hand_is_never_taken_again(store: Any) -> None:
    item = held(store)
    assert store.settle_held(item.id, "by-hand", "Eva", "skriver själv") == item.id
    ended = counting(store)
    assert (ended.status, ended.exception, ended.in_doubt) == ("business", BY_HAND, False)
    assert status(store)[0] == "confirmed"
    assert store.add_item(SPACE, new("a"), "job-2") == "done"
    assert store.claim(SPACE, "w1", "job-2", 600) is None


def test_only_doubt_is_settled_and_only_once(store: Any) -> None:
    item = held(store)
    store.settle_held(item.id, "redo", "Eva", "nej")
    for verdict in ("done", "redo", "by-hand"):
        with pytest.raises(UsageError, match="not in doubt"):
            store.settle_held(item.id, verdict, "Eva", "igen")
    with pytest.raises(UsageError, match="no item 999"):
        store.settle_held(999, "done", "Eva", "?")
    store.add_item(REHEARSAL, new("r"), "job-r")
    other = claim(store, REHEARSAL, job_id="job-r")
    store.settle(other, Settlement("held"), DAY)
    with pytest.raises(UsageError, match="rehearsal"):
        store.settle_held(other.id, "done", "Eva", "?")


def test_what_is_seen_since_is_not_withdrawn(store: Any) -> None:
    first = held(store)
    second = claimed(store, "b")
    store.confirm_effect(key("k"), second, "N1")
    with pytest.raises(UsageError, match="confirmed since"):
        store.settle_held(first.id, "redo", "Eva", "nej")
    assert counting(store).status == "held"  # nothing of it was done
    store.settle_held(first.id, "done", "Eva", "ja")
    assert status(store) == ("confirmed", "N1")


def test_anothers_intent_is_not_withdrawn(store: Any) -> None:
    """Two items with one effect: what the other one has just sent is its own to look for."""
    first = held(store, sent=False)
    second = claimed(store, "b")
    store.submit_effect(key("k"), second)
    store.settle_held(first.id, "redo", "Eva", "nej")
    again = claim(store, selection=only("a"))
    with pytest.raises(InDoubt, match="another robot"):
        store.submit_effect(key("k"), again)
    store.confirm_effect(key("k"), second, "N1")


def test_a_candidate_of_another_effect_is_refused(store: Any) -> None:
    store.confirm_effect(key("other"), claimed(store, "b"), "N1")
    item = held(store, candidates=[{"id": "N1"}])
    with pytest.raises(UsageError, match="belongs to something that was done before"):
        store.settle_held(item.id, "done", "Eva", "ja")
    assert (counting(store).status, status(store)[0]) == ("held", "submitting")


def test_a_doubt_that_was_not_told_is_what_was_sent(store: Any) -> None:
    item = claimed(store)
    store.submit_effect(key("k"), item)
    store.settle(item, Settlement("held"), DAY)
    assert counting(store).doubt is None
    store.settle_held(item.id, "done", "Eva", "ja")
    assert status(store)[0] == "confirmed"


def test_settling_while_robots_claim_never_does_it_twice(backend: Backend, store: Any) -> None:
    """Two persons disagree and two robots wait: one word counts, and at most one robot may write."""
    others = [backend.open() for _ in range(4)]
    for n in range(4):
        name, reference = f"k{n}", f"r{n}"
        item = held(store, reference, name)
        said: list[str] = []
        wrote: list[int] = []
        turns = itertools.count()

        def one(
            name: str = name, reference: str = reference, number: int = item.id, turns: Any = turns,
            said: list[str] = said, wrote: list[int] = wrote,
        ) -> None:  # fmt: skip
            turn = next(turns)
            if turn < 2:
                settle(others[turn], number, ("done", "redo")[turn], said)
            else:
                work(others[turn], reference, name, wrote)

        in_threads(4, one)
        assert len(said) == 1, said
        assert len(wrote) <= (said == ["redo"]), (said, wrote)
        if (left := store.claim(SPACE, "rest", "job-1", 600, only(reference))) is not None:
            store.settle(left, DONE, DAY)


def settle(store: Any, number: int, verdict: Any, said: list[str]) -> None:
    try:
        store.settle_held(number, verdict, "Eva", "ja")
        said.append(verdict)
    except UsageError:
        pass


def work(store: Any, reference: str, name: str, wrote: list[int]) -> None:
    """As a robot does: what is not confirmed may be done."""
    for _ in range(20):
        taken = store.claim(SPACE, threading.current_thread().name, "job-1", 600, only(reference))
        if taken is None:
            continue
        try:
            store.submit_effect(key(name), taken)
            wrote.append(taken.id)
            store.confirm_effect(key(name), taken, f"N-{reference}")
        except InDoubt:
            pass
        store.settle(taken, DONE, DAY)


# --- retention


def test_what_is_thinned_is_still_done(store: Any) -> None:
    for reference, outcome in (("a", "successful"), ("b", "business"), ("c", "failed"), ("d", "held")):
        item = claimed(store, reference, f"case-{reference}")
        store.settle(item, Settlement(outcome, "E1", "hemligt", ("R1",), {"x": "hemligt"}, {"n": 1}), DAY)
    store.add_item(SPACE, new("open"), "job-1")
    store.retry_item(counting(store, "c").id, "Eva", "hemligt")
    young, all_there_is = Retention(items=1), Retention(items=-1)  # days
    assert store.forget("bot", young, "Eva", {}) == (0, 0)
    assert store.forget("another", all_there_is, "Eva", {}) == (0, 0)
    assert store.forget("bot", all_there_is, "Eva", {}) == (3, 0)  # a, b and the first try of c
    assert store.forget("bot", all_there_is, "Eva", {}) == (0, 0)
    items = store.find_items(ItemFilter(every_try=True))
    thinned = [item for item in items if item.thinned_at]
    assert len(thinned) == 3
    for item in thinned:
        assert (item.fields, item.output, item.reason, item.progress) == ({}, {}, "", "")
        assert (item.exception, item.rules, item.analytics) == ("E1", ("R1",), {"n": 1})
        assert item.reference.startswith("#")
        assert len(item.lock) == 65
    assert [act.note for act in store.interventions_of([item.id for item in items])] == [""]
    added = [store.add_item(SPACE, new(name), "job-2") for name in "abcd"]
    assert added == ["done", "done", "pending", "held"]
    assert store.last_completed(SPACE, "case-a", date(2022, 12, 1)) == DAY
    assert store.last_completed(SPACE, "a", date(2022, 12, 1)) == DAY
    assert store.last_completed(OTHER, "case-a", date(2022, 12, 1)) is None
    assert store.add_item(OTHER, new("a"), "job-o") == "added"
    number = next(item.id for item in thinned if item.status == "business")
    with pytest.raises(UsageError, match="thinned"):
        store.retry_item(number, "Eva")


# --- finding


def test_items_are_found_by_what_is_asked(store: Any) -> None:
    for reference, space, job_id in (("a/1", SPACE, "job-1"), ("a_1", SPACE, "job-2"), ("b", OTHER, "job-o")):
        store.add_item(space, replace(new(reference), period="2022-11"), job_id)
    store.add_item(REHEARSAL, new("a/1"), "job-r")
    store.settle(claim(store, selection=Selection("2022-11")), FAILED, DAY)

    def found(**wanted: Any) -> list[str]:
        return [item.reference for item in store.find_items(ItemFilter(**wanted))]

    assert found() == ["b", "a_1", "a/1"]
    assert found(limit=1) == ["b"]
    assert found(process="utbetalning") == ["b"]
    assert found(contains="a_") == ["a_1"]
    assert found(status="failed") == found(exception="SE1") == found(reference="a/1") == ["a/1"]
    assert found(period="2022-12") == found(environment="production") == found(bot="other") == []
    assert found(bot="bot", dataset="default") == ["b", "a_1", "a/1"]
    assert found(since=time.time() + 100) == []
    assert len(found(since=time.time() - 100)) == 3


# --- jobs


def test_a_job_hears_what_is_wanted_of_it(backend: Backend, store: Any) -> None:
    store.start_job(
        replace(job("job-9"), configuration={"a": "1"}, arguments=("--date=2022-11-01",), machine="m")
    )
    record = store.job("job-9")
    assert (record.job.configuration, record.job.arguments, record.job.machine) == (
        {"a": "1"}, ("--date=2022-11-01",), "m",
    )  # fmt: skip
    assert (record.status, record.wanted, store.beat("job-9", "owner")) == ("running", "", "")
    backend.pass_time(100)
    assert 100 <= store.job("job-9").silent < 160
    store.want("job-9", "stop", "Eva")
    assert store.beat("job-9", "owner") == "stop"
    assert store.job("job-9").silent < 60
    store.end_job("job-9", "interrupted", {"checked": 3})
    ended = store.job("job-9")
    assert (ended.status, ended.wanted, ended.wanted_by, ended.summary) == (
        "interrupted", "stop", "Eva", {"checked": 3},
    )  # fmt: skip
    with pytest.raises(UsageError, match="does not run"):
        store.want("job-9", "kill", "Eva")
    assert [r.job.id for r in store.jobs(JobFilter(status="interrupted"))] == ["job-9"]
    assert len(store.jobs(JobFilter(bot="bot", environment="test", limit=3))) == 3
    assert store.jobs(JobFilter(bot="another")) == store.jobs(JobFilter(since=time.time() + 100)) == []
    assert store.job("nowhere") is None


def test_who_stopped_early_is_owing_until_it_is_told(backend: Backend, store: Any) -> None:
    telling = replace(job("job-9"), tells=True)
    store.start_job(telling)
    backend.pass_time(1)
    for id, space in (("job-a", SPACE), ("job-b", OTHER), ("job-c", SPACE)):
        store.start_job(replace(telling, id=id, space=space))
    store.start_job(replace(telling, id="job-d", tells=False))
    store.dispatched("job-a")
    store.end_job("job-a", "faulted", {})
    store.end_job("job-c", "successful", {})
    owing = store.owing(SPACE)
    assert [(r.job.id, r.status, r.dispatched, r.job.tells) for r in owing] == [
        ("job-9", "running", False, True), ("job-a", "faulted", True, True),
    ]  # fmt: skip
    assert owing[1].ended_at is not None
    assert owing[0].started_at <= owing[0].seen_at <= owing[1].seen_at
    store.has_told("job-a")
    assert [r.job.id for r in store.owing(SPACE)] == ["job-9"]


def test_a_queue_beside_has_items_of_its_own(store: Any) -> None:
    beside = SPACE.beside("outage")
    store.add_item(SPACE, new("a"), "job-1")
    store.add_item(beside, new("a"), "job-1")
    assert [(i.reference, i.space.process) for i in store.find_items(ItemFilter(reference="a"))] == [
        ("a", "folkbokforing/outage"), ("a", "folkbokforing"),
    ]  # fmt: skip
    assert len(store.items(SPACE)) == len(store.items(beside)) == 1
    for process in ("folkbokforing", "folkbokforing/outage"):
        assert len(store.find_items(ItemFilter(bot="bot", process=process, reference="a"))) == 1
