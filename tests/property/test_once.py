"""An effect happens at most once and none is lost, wherever the robot is stopped and whatever a save does.

A robot touches the world only through its session and its store. Every call of both is a point, before and
after it, and inside a click also between its guard and the click itself. The tests stop the robot at every
single point: killed, frozen until another robot has taken over, or with a store that fails.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from robotfabrik.engine import performer as engine
from robotfabrik.engine import retry
from robotfabrik.engine.performer import Options
from robotfabrik.model.process import Process
from tests.support.engine import (
    QUEUE,
    WRITE,
    Application,
    Gate,
    Gated,
    Note,
    QuickStore,
    add,
    define,
    new_job,
    perform,
    stored,
)

CASES = ("1", "2")
HARMLESS = ("ok", "late", "error_after", "error_before", "lost_after", "lost_before", "frozen")
TWO_ADULTS = """
    - type_into: {target: app.cases.open, text: "${{ item.number }}"}
    - for_each: "['vuxen 1', 'vuxen 2']"
      as: person
      steps:
        - once: app.write_note
          key: [item.reference, person]
          with: {text: Samma text om två vuxna}
    """


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "RETRY_DELAYS", (0.0, 0.0, 0.0))
    monkeypatch.setattr(engine, "IDLE_LOOK", 0.0)


@pytest.fixture(scope="module")
def robot(tmp_path_factory: pytest.TempPathFactory) -> Process:
    return define(tmp_path_factory.mktemp("robot"), WRITE, **QUEUE)


class Crash(BaseException):
    """kill -9: nothing of the robot goes on."""


class Stop(Gate):
    """Stops the robot at point number `at`, counted from 0."""

    def __init__(self, at: int) -> None:
        self.at, self.passed, self.where = at, 0, ""

    @property
    def reached(self) -> bool:
        return self.passed > self.at

    def _is_here(self, what: str) -> bool:
        self.passed += 1
        if self.passed != self.at + 1:
            return False
        self.where = what
        return True


class Kill(Stop):
    """After the point nothing that the robot still tries has an effect."""

    async def session(self, what: str) -> None:
        self.store(what)

    def store(self, what: str) -> None:
        if self._is_here(what) or self.reached:
            raise Crash


class Fail(Stop):
    """The store fails once, before or after it has done what it was asked to."""

    def store(self, what: str) -> None:
        if self._is_here(what):
            raise OSError("disk I/O error")


class Freeze(Stop):
    """The robot stands still at the point until it is told to go on."""

    def __init__(self, at: int) -> None:
        super().__init__(at)
        self._loop = asyncio.get_running_loop()
        self.stands = asyncio.Event()
        self._go = threading.Event()

    async def session(self, what: str) -> None:
        if self._is_here(what):
            self.stands.set()
            await asyncio.to_thread(self._go.wait, 30)

    def store(self, what: str) -> None:
        if self._is_here(what):
            self._loop.call_soon_threadsafe(self.stands.set)
            self._go.wait(30)

    def go_on(self) -> None:
        self._go.set()


class NothingDue(Gated):
    """The store of a robot that ends as soon as nothing can be done at once."""

    def next_due(self, *arguments: Any) -> float | None:
        due = super(QuickStore, self._store).next_due(*arguments)
        return due if due == 0.0 else None


@dataclass
class World:
    """A robot, its store and its application."""

    robot: Process
    store: QuickStore
    application: Application

    @classmethod
    def with_saves(cls, robot: Process, *saves: str) -> World:
        store = QuickStore()
        return cls(robot, store, Application(clock=store.clock, saves=list(saves)))

    async def run(self, gate: Gate | None = None) -> None:
        gate = gate or Gate()
        await perform(self.robot, self.application, Gated(self.store, gate), gate=gate)

    async def run_until_stopped(self, gate: Stop) -> None:
        with suppress(Crash, BaseExceptionGroup):
            await self.run(gate)

    def restart(self) -> None:
        """As a new run on the same machine does: what the dead one held is open again."""
        space = new_job(self.robot).space
        for owner in self.store.owners(space):
            self.store.release_owner(space, owner)

    def outlive_the_lease(self) -> None:
        """As a run on another machine does."""
        self.store.clock.now += engine.LEASE + 1

    async def until_quiet(self) -> None:
        """Run until nothing is open; failed items are added again, as the next dispatch does."""
        for _ in range(4):
            add(self.store, self.robot, *CASES)
            await self.run()
            if all(item.status in ("successful", "held") for item in self.statuses()):
                return
        raise AssertionError([item.status for item in self.statuses()])

    def statuses(self) -> list[Any]:
        return list(stored(self.store, self.robot).values())

    def check(self, *, each: int = 1, may_be_held: bool = False) -> None:
        """Every case has its notes, or is held for a person and has at most those."""
        self.store.clock.now += 1000  # whatever is still under way arrives
        for item in self.statuses():
            found = len(self.application.journal(item.reference))
            assert found == each or (may_be_held and item.status == "held" and found < each), (
                item.reference, item.status, item.reason, found
            )  # fmt: skip
            assert item.status == "successful" or may_be_held, (item.status, item.reason)
            if item.status == "successful":  # whichever execution wrote it, it is counted once
                assert [outcome for _, outcome, _ in item.output["effects"]] == ["written"] * each


Recover = Callable[[World], None]
recovering = pytest.mark.parametrize("recover", [World.restart, World.outlive_the_lease])


@recovering
@pytest.mark.parametrize("save", HARMLESS)
async def test_killed_at_every_point(robot: Process, save: str, recover: Recover) -> None:
    at = 0
    while True:
        world = World.with_saves(robot, save)
        add(world.store, robot, *CASES)
        gate = Kill(at)
        await world.run_until_stopped(gate)
        recover(world)
        await world.until_quiet()
        world.check()
        if not gate.reached:
            break
        at += 1
    assert at > 50  # the robot really was stopped in the middle


@pytest.mark.parametrize("at", range(0, 400, 7))
async def test_killed_again_and_again(robot: Process, at: int) -> None:
    """Each run is killed a little later than the one before."""
    world = World.with_saves(robot, "late", "error_after", "lost_after")
    add(world.store, robot, *CASES)
    for more in range(3):
        await world.run_until_stopped(Kill(at % 90 + more * 11))
        world.restart()
    await world.until_quiet()
    world.check()


@recovering
async def test_two_effects_with_the_same_text(
    tmp_path_factory: pytest.TempPathFactory, recover: Recover
) -> None:
    """Two adults of a household may get identical notes: two keys, two notes."""
    robot = define(tmp_path_factory.mktemp("adults"), TWO_ADULTS, **QUEUE)
    at = 0
    while True:
        world = World.with_saves(robot, "late")
        add(world.store, robot, *CASES)
        gate = Kill(at)
        await world.run_until_stopped(gate)
        recover(world)
        await world.until_quiet()
        world.check(each=2)
        if not gate.reached:
            break
        at += 1


async def test_a_store_that_fails_at_every_point(robot: Process) -> None:
    at = 0
    while True:
        world = World.with_saves(robot, "ok")
        add(world.store, robot, *CASES)
        gate = Fail(at)
        await world.run(gate)
        world.outlive_the_lease()
        await world.until_quiet()
        world.check()
        if not gate.reached:
            break
        at += 1
    assert at > 30


BETWEEN_INTENT_AND_CLICK = ("after submit_effect", "clicking app.journal.save")


@pytest.mark.parametrize("save", ["ok", "late"])
async def test_frozen_at_every_point_while_another_robot_takes_over(robot: Process, save: str) -> None:
    """The frozen robot goes on after the other one is ready: it must notice, and write nothing more.

    What remains is a robot frozen between its intent and its click for longer than the other one waits.
    """
    at = 0
    while True:
        world = World.with_saves(robot, save)
        add(world.store, robot, *CASES)
        gate = Freeze(at)
        frozen = asyncio.create_task(world.run(gate))
        await _stands_or_ends(gate, frozen)
        if gate.where not in BETWEEN_INTENT_AND_CLICK:
            world.outlive_the_lease()
            await world.run()
        gate.go_on()
        await frozen
        await world.until_quiet()
        world.check()
        if not gate.reached:
            break
        at += 1


@pytest.mark.parametrize("save", ["ok", "error_after"])
async def test_frozen_at_every_point_while_another_robot_looks(
    tmp_path_factory: pytest.TempPathFactory, save: str
) -> None:
    """The frozen robot goes on while the other one waits for what may come: also right before its click."""
    robot = define(tmp_path_factory.mktemp("slow"), WRITE, **QUEUE)
    robot = _settling_within(robot, engine.LEASE * 3)
    at = 0
    while True:
        world = World.with_saves(robot, save)
        add(world.store, robot, *CASES)
        gate = Freeze(at)
        frozen = asyncio.create_task(world.run(gate))
        await _stands_or_ends(gate, frozen)
        world.outlive_the_lease()
        await perform(robot, world.application, NothingDue(world.store, Gate()))
        gate.go_on()
        await frozen
        await world.until_quiet()
        world.check()
        if not gate.reached:
            break
        at += 1


async def _stands_or_ends(gate: Freeze, run: asyncio.Task[None]) -> None:
    stands = asyncio.create_task(gate.stands.wait())
    await asyncio.wait((stands, run), return_when=asyncio.FIRST_COMPLETED)
    stands.cancel()


def _settling_within(robot: Process, seconds: float) -> Process:
    for effect in robot.applications["app"].effects.values():
        object.__setattr__(effect, "settles_within", seconds)
    return robot


# --- from one month to the next


class Monthly(Application):
    """Verify sees the notes of this month."""

    since = 0.0

    def journal(self, case: str) -> list[Note]:
        return [note for note in super().journal(case) if note.at >= self.since]


MONTHLY = {
    "queue": "{item: {number: text}, reference: [item.number, job.period], lock: item.number, attempts: 3}",
    "dispatch": """
        - for_each: "['1', '2']"
          as: number
          steps: [add_queue_item: {number: "${{ number }}"}]
        """,
}


@pytest.mark.parametrize("parts", [[("dispatch", "process")], [("dispatch",), ("process",)]])
@pytest.mark.parametrize("save", ["ok", "late", "lost_before"])
async def test_an_unfinished_month_does_not_reach_into_the_next(
    tmp_path_factory: pytest.TempPathFactory, save: str, parts: list[tuple[str, ...]]
) -> None:
    """The second month's notes are written once each, whatever is still open of the first."""
    robot = define(tmp_path_factory.mktemp("monthly"), WRITE, **MONTHLY)
    at = 0
    while True:
        store = QuickStore()
        application = Monthly(clock=store.clock, saves=[save])
        gate = Kill(at)
        with suppress(Crash, BaseExceptionGroup):
            await perform(robot, application, Gated(store, gate), gate=gate)
        World(robot, store, application).restart()
        store.clock.now += 31 * 86_400
        application.since = store.clock.now
        for part in parts:  # dispatcher and performer as one job, or as two
            december = new_job(robot, day=date(2022, 12, 1))
            options = Options(only=frozenset(part))
            outcome = await perform(robot, application, store, job=december, options=options)
        noted = {item.reference: item.noted for item in outcome.items}
        assert noted == {"1/2022-12": True, "2/2022-12": True}
        before = [note.case for note in application.notes if note.at < application.since]
        since = [note.case for note in application.notes if note.at >= application.since]
        assert sorted(since) == [*CASES]
        assert len(set(before)) == len(before)
        open_still = [item.reference for item in store.items(december.space) if item.status == "new"]
        assert outcome.left == open_still
        assert all(reference.endswith("/2022-11") for reference in open_still)
        if not gate.reached:
            break
        at += 1
    assert at > 50


# --- what a person must look at


@pytest.mark.parametrize("save", ["changed", "silent"])
async def test_what_differs_or_never_comes_is_held(robot: Process, save: str) -> None:
    world = World.with_saves(robot, save)
    add(world.store, robot, *CASES)
    await world.until_quiet()
    statuses = {reference: item.status for reference, item in stored(world.store, robot).items()}
    assert statuses == {"1": "held", "2": "successful"}
    assert len(world.application.journal("1")) == (1 if save == "changed" else 0)


async def test_a_changed_note_is_held_wherever_the_robot_is_killed(robot: Process) -> None:
    at = 0
    while True:
        world = World.with_saves(robot, "changed")
        add(world.store, robot, *CASES)
        gate = Kill(at)
        await world.run_until_stopped(gate)
        world.restart()
        await world.until_quiet()
        assert len(world.application.notes) == 2
        assert sorted(item.status for item in world.statuses()) == ["held", "successful"]
        if not gate.reached:
            break
        at += 1


async def test_an_application_that_never_saves_is_not_asked_for_ever(robot: Process) -> None:
    world = World.with_saves(robot, *["error_before"] * 50)
    add(world.store, robot, "1")
    await world.run()
    assert stored(world.store, robot)["1"].status == "held"
    tries = [done for done in world.application.done if done[:2] == ("click", "app.journal.save")]
    assert 1 < len(tries) <= 4


# --- schedules nobody thought of

FAULTS = st.lists(
    st.tuples(st.sampled_from([Kill, Fail]), st.integers(0, 120), st.sampled_from(["restart", "lease"])),
    max_size=5,
)  # fmt: skip
SAVES = st.lists(st.sampled_from([*HARMLESS, "changed", "silent"]), max_size=6)


@given(faults=FAULTS, saves=SAVES)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_schedule(robot: Process, faults: list[tuple[Any, int, str]], saves: list[str]) -> None:
    async def schedule() -> None:
        world = World.with_saves(robot, *saves)
        add(world.store, robot, *CASES)
        for kind, at, recovery in faults:
            await world.run_until_stopped(kind(at))
            world.restart() if recovery == "restart" else world.outlive_the_lease()
        await world.until_quiet()
        world.check(may_be_held=True)

    asyncio.run(schedule())
