"""Whatever looks, crashes and restarts there are: each fire that came due has one row and one decision."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from robotfabrik.model.firing import Decision, Due, Standing
from robotfabrik.scheduling.deciding import decide
from robotfabrik.store import open_store
from robotfabrik.timing.fires import fires_of
from tests.support.schedules import trigger
from tests.support.scheduling import Machine, jobs, plan, run

STOCKHOLM = ZoneInfo("Europe/Stockholm")
START = datetime(2026, 10, 24, 20, tzinfo=UTC)  # the clock is changed the night after
NUMBERS = itertools.count()

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["look", "look", "look", "die", "restart", "end a job", "pause", "resume"]),
        st.integers(0, 1),
        st.sampled_from([0, 1, 5, 59, 61, 600, 3600, 7000, 90_000]),
    ),
    min_size=3, max_size=12,
)  # fmt: skip
TRIGGERS = st.builds(
    "{}\nmisfire: {}\nmax_parallel: {}\n{}".format,
    st.sampled_from(["cron: 30 2,3 * * *", "cron: 0 */3 * * *", "interval: 2h"]),
    st.sampled_from(["skip", "run_once"]), st.integers(1, 2),
    st.sampled_from(["", "blackout: 02:00-05:00", "blackout: 23:00-01:30"]),
)  # fmt: skip


class Dead(BaseException):
    """A machine without current."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with open_store(tmp_path_factory.mktemp("fires") / "store.db") as opened:
        yield opened


@settings(
    max_examples=20, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(keys=TRIGGERS, steps=STEPS)
def test_each_fire_has_one_decision(store: Any, keys: str, steps: list[tuple[str, int, int]]) -> None:
    name = f"t{next(NUMBERS)}"
    lines = "".join(f"    {line}\n" for line in keys.splitlines() if line)
    schedule = plan(f"triggers:\n  - name: {name}\n    bot: folkbokforing\n{lines}")
    machines = [Machine(store, schedule, "one"), Machine(store, schedule, "two")]
    now, last = START, START
    machines[0].look(now)
    for what, which, seconds in steps:
        now += timedelta(seconds=seconds)
        machine = machines[which]
        match what:
            case "look":
                machine.look(now)
                last = now
            case "die":
                if not _died(machine, now):  # no job was to be started
                    last = now
                machine.restart()
            case "restart":
                machine.restart()
            case "pause":
                store.fires.pause(name, "Eva", "", now)
            case "resume":
                store.fires.resume(name, "Eva", "", now)
            case "end a job":
                for job in jobs(store, "pending")[:1]:
                    run(store, job.job.id)
    found = list(reversed(store.fires.rows(name)))
    one = schedule.schedule.triggers[0]
    due = {fire.key for fire in fires_of(one, STOCKHOLM, START, last + timedelta.resolution)}
    assert Counter(row.key for row in found) == Counter(due)
    made = [job.job.id for job in jobs(store) if job.job.trigger == name]
    assert sorted(row.job for row in found if row.outcome == "started") == sorted(made)
    assert all(row.job in made for row in found if row.outcome == "joined")
    assert all(not row.job for row in found if row.outcome in ("waiting", "skipped"))


def _died(machine: Machine, now: datetime) -> bool:
    """Look, and lose the current in the middle of the transaction that starts a job, if one is started."""

    def enqueue(*_: Any) -> None:
        raise Dead

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("robotfabrik.store.fires.pending.enqueue", enqueue)
        try:
            machine.look(now)
        except Dead:
            return True
    return False


DUES = st.lists(st.tuples(st.integers(0, 300), st.booleans()), max_size=6, unique=True)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    kind=st.sampled_from(["cron: 0 6 * * *", "file: {folder: in}", "queue: {items: 1}", "after: other"]),
    misfire=st.sampled_from(["skip", "run_once"]), parallel=st.integers(1, 3), late=DUES, waited=DUES,
    paused=st.booleans(), closed=st.booleans(), active=st.integers(0, 4),
)  # fmt: skip
def test_a_decision_keeps_what_it_promises(
    kind: str, misfire: str, parallel: int, late: list[tuple[int, bool]], waited: list[tuple[int, bool]],
    paused: bool, closed: bool, active: int,
) -> None:  # fmt: skip
    patient = kind.startswith(("file", "queue"))
    more = "" if patient else f"\nmisfire: {misfire}"
    limit = "" if kind.startswith("queue") else f"\nmax_parallel: {parallel}"
    one = trigger(f"{kind}{more}{limit}")

    def dues(name: str, of: list[tuple[int, bool]]) -> tuple[Due, ...]:
        return tuple(
            Due(f"{name}{number}", START - timedelta(seconds=seconds), START.date(), shut)
            for number, (seconds, shut) in enumerate(sorted(of, reverse=True))
        )

    new, held = dues("new", late), () if patient else dues("held", waited)
    standing = Standing(START, paused, active, held)
    decisions = decide(one, new, standing, START, closed)
    keys = [decision.due.key for decision in decisions]
    assert len(set(keys)) == len(keys)
    assert set(keys) <= {due.key for due in (*new, *held)}
    begun = [decision for decision in decisions if decision.outcome == "started"]
    places = 1 if kind.startswith("queue") else parallel
    assert len(begun) <= max(0, places - active)
    assert not begun or not (paused or closed)
    assert all(d.outcome != "joined" or begun for d in decisions)
    if not patient:
        assert {due.key for due in new} <= set(keys)  # nothing is lost silently
        assert _waiting(decisions) <= (misfire == "run_once") * len((*new, *held))
    if patient:
        assert {decision.outcome for decision in decisions} <= {"started", "joined"}


def _waiting(decisions: list[Decision]) -> int:
    return sum(decision.outcome == "waiting" for decision in decisions)
