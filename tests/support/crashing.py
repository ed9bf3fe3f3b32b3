"""A robot over a real store that is stopped at one boundary, put up again, and compared with the truth.

A boundary is where a robot meets the world: before and after each call of its store and each statement and
commit inside it, each call of its windows, and inside a click between its guard and what it does. What can
stop it there: the process is killed, the browser dies, the connection to the store is cut.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from robotfabrik.engine import performer as engine
from robotfabrik.model.errors import SystemException
from robotfabrik.model.process import Process
from robotfabrik.model.records import ItemFilter, QueueItem, Verdict
from robotfabrik.model.work import WITHOUT_PERIOD, Selection, Space
from robotfabrik.store import SqlStore, open_store
from tests.support.engine import Application, Clock, Gate, define, new_job, perform

CASES: Final = ("1", "2")
TEXTS: Final = ("Kontroll av {}", "Andra anteckningen om {}")
STEPS: Final = """
    - type_into: {target: app.cases.open, text: "${{ item.number }}"}
    - once: app.write_note
      key: [item.reference]
      with: {text: "Kontroll av ${{ item.number }}"}
    - once: app.write_note
      key: [item.reference, "'andra'"]
      with: {text: "Andra anteckningen om ${{ item.number }}"}
    """
SECTIONS: Final = {
    "queue": "{item: {number: text}, reference: [item.number], lock: item.number, attempts: 3}",
    "dispatch": """
        - for_each: "['1', '2']"
          as: number
          steps: [add_queue_item: {number: "${{ number }}"}]
        """,
}
MOVED: Final = {
    "items": ("available_at", "lease_until", "added_at", "settled_at"),
    "effects": ("submitted_at", "confirmed_at"), "jobs": ("started_at", "seen_at"),
}  # fmt: skip


def two_notes_a_case(folder: Path) -> Process:
    """A robot that adds two cases to its queue and writes two notes in each."""
    return define(folder, STEPS, **SECTIONS)


# --- what stops a robot


class Crash(BaseException):
    """kill -9: nothing of the robot goes on."""


class Stop(Gate):
    """Counts the boundaries and stops the robot at number `at`, from 0."""

    def __init__(self, at: int, shelf: Shelf) -> None:
        self.at, self.shelf, self.passed, self.where = at, shelf, 0, ""

    @property
    def reached(self) -> bool:
        return self.passed > self.at

    def is_here(self, what: str) -> bool:
        self.passed += 1
        if self.passed != self.at + 1:
            return False
        self.where = what
        return True


class KilledRunner(Stop):
    """After the boundary nothing that the robot still tries has an effect."""

    async def session(self, what: str) -> None:
        self.store(what)

    def store(self, what: str) -> None:
        if self.is_here(what) or self.reached:
            raise Crash


class KilledBrowser(Stop):
    """Every window is gone until one is opened again; the store is there all the time."""

    dead = False

    async def session(self, what: str) -> None:
        if self.is_here(what):
            self.dead = True
        elif what == "open":
            self.dead = False
        if self.dead and what != "close":
            raise SystemException("the browser was closed")


class CutStore(Stop):
    """The connection to the store is cut; the next one may be made at once."""

    def store(self, what: str) -> None:
        if self.is_here(what):
            self.shelf.cut(lost_answer=what.startswith("after "))


KINDS: Final[dict[str, type[Stop]]] = {
    "runner": KilledRunner, "browser": KilledBrowser, "store connection": CutStore,
}  # fmt: skip


# --- the store


@dataclass
class Shelf:
    """Where stores come from: each a new one, over SQLite or in one database of PostgreSQL."""

    name: str
    url: str
    run: Callable[[str], Any]
    fresh: Callable[[], None]

    def open(self) -> SqlStore:
        return open_store(self.url)

    def cut(self, *, lost_answer: bool) -> None:
        if self.name == "postgresql":
            self.run(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            if not lost_answer:
                return  # the server tells it
        raise OperationalError("", {}, sqlite3.OperationalError("disk I/O error"))


def on_sqlite(folder: Path) -> Shelf:
    empty, path = folder / "empty.db", folder / "store.db"
    open_store(empty).close()

    def fresh() -> None:
        for old in folder.glob("store.db*"):
            old.unlink()
        shutil.copy(empty, path)

    def run(statement: str) -> Any:
        with sqlite3.connect(path, timeout=30) as connection:
            connection.execute(statement)
        connection.close()

    return Shelf("sqlite", str(path), run, fresh)


@contextmanager
def on_postgresql(url: str) -> Iterator[Shelf]:
    import psycopg

    open_store(url).close()
    with psycopg.connect(url, autocommit=True) as connection:

        def run(statement: str) -> Any:
            connection.execute(statement)  # type: ignore[call-overload,unused-ignore]

        yield Shelf("postgresql", url, run, lambda: run(
            "TRUNCATE jobs, items, effects, interventions, audit, contents RESTART IDENTITY CASCADE"
        ))  # fmt: skip


class Watched:
    """A store whose calls, statements and commits pass a gate. Whoever waits for an item waits no longer."""

    def __init__(self, store: SqlStore, gate: Gate, pass_time: Callable[[float], None]) -> None:
        self._store, self._gate, self._pass_time = store, gate, pass_time
        self._call = ""  # only inside a call: what the test itself asks is no boundary
        self.pepper = store.pepper
        sa.event.listen(store._engine, "before_cursor_execute", self._statement)
        sa.event.listen(store._engine, "commit", self._commit)

    def _statement(self, *_: Any) -> None:
        if self._call:
            self._gate.store(f"in {self._call}")

    def _commit(self, _: Any) -> None:
        if self._call:
            self._gate.store(f"committing {self._call}")

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._store, name)

        def passed(*arguments: Any) -> Any:
            self._gate.store(f"before {name}")
            self._call = name
            try:
                result = call(*arguments)
            finally:
                self._call = ""
            self._gate.store(f"after {name}")
            return result

        return passed

    def next_due(self, space: Space, selection: Selection = WITHOUT_PERIOD) -> float | None:
        due: float | None = self._store.next_due(space, selection)
        if due:
            self._pass_time(due + 0.001)
        return None if due is None else 0.0


# --- one robot, stopped once


@dataclass
class Figures:
    """What came of many runs that were stopped."""

    points: int = 0
    lost: int = 0
    double: int = 0
    held: int = 0
    settled: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        ways = ", ".join(f"{count} {verdict}" for verdict, count in sorted(self.settled.items()))
        held = f"{self.held} held ({ways})" if self.held else "0 held"
        return f"{self.points} points, {self.lost} lost, {self.double} double, {held}"


class World:
    """A robot, its store and its application. `saves`: what the application does with the first ones."""

    def __init__(self, robot: Process, shelf: Shelf, saves: tuple[str, ...]) -> None:
        self.robot, self.shelf, self.clock = robot, shelf, Clock()
        self.application = Application(clock=self.clock, saves=list(saves))
        shelf.fresh()

    def pass_time(self, seconds: float) -> None:
        self.clock.now += seconds
        for table, columns in MOVED.items():
            earlier = ", ".join(f"{column} = {column} - {seconds}" for column in columns)
            self.shelf.run(f"UPDATE {table} SET {earlier}")

    async def run(self, gate: Gate | None = None) -> None:
        """A run of the robot, as a process of its own: nothing is known but what the store holds."""
        gate = gate or Gate()
        with self.shelf.open() as store, suppress(Crash, BaseExceptionGroup):
            await perform(self.robot, self.application, Watched(store, gate, self.pass_time), gate=gate)

    def restart(self) -> None:
        """As the next run on the same machine does: what the dead one held is open again."""
        space = new_job(self.robot).space
        with self.shelf.open() as store:
            for owner in store.owners(space):
                store.release_owner(space, owner)

    def outlive_the_lease(self) -> None:
        """As a worker on another machine does."""
        self.pass_time(engine.LEASE + 1)

    async def until_quiet(self) -> None:
        for _ in range(4):
            await self.run()
            if all(item.status in ("successful", "held", "business") for item in self.items()):
                return
        raise AssertionError([(item.reference, item.status, item.reason) for item in self.items()])

    def items(self) -> list[QueueItem]:
        with self.shelf.open() as store:
            return list(store.find_items(ItemFilter()))

    def notes(self, case: str) -> list[str]:
        return [note.text for note in self.application.journal(case)]

    def settle(self, item: QueueItem, verdict: Verdict) -> None:
        with self.shelf.open() as store:
            store.settle_held(item.id, verdict, "Eva", "sett i journalen")

    def findings(self) -> list[str]:
        with self.shelf.open() as store:
            return [finding.message for finding in store.verify_audit()]

    def count(self, figures: Figures) -> None:
        """Compare with what stands in the application, when everything has arrived."""
        self.pass_time(1000)
        assert sorted(item.reference for item in self.items()) == [*CASES]
        for item in self.items():
            for text in TEXTS:
                wanted = text.format(item.reference)
                found = sum(note.startswith(wanted) for note in self.notes(item.reference))
                figures.double += found > 1
                figures.lost += found < 1 and item.status != "held" and item.exception != "by-hand"
            if item.status == "successful":
                counted = [outcome for _, outcome, _ in item.output["effects"]]
                assert counted == ["written"] * len(TEXTS), (item.reference, counted)
        assert self.findings() == []


async def stopped_at(
    at: int, kind: str, robot: Process, shelf: Shelf, saves: tuple[str, ...], figures: Figures,
    *, other_machine: bool = False,
) -> bool:  # fmt: skip
    """Stop a robot at one boundary, let it be finished, and count. False when it ended before."""
    world = World(robot, shelf, saves)
    gate = KINDS[kind](at, shelf)
    await world.run(gate)
    if not gate.reached:
        return False
    world.outlive_the_lease() if other_machine else world.restart()
    await world.until_quiet()
    figures.points += 1
    for _ in range(len(TEXTS)):
        held = [item for item in world.items() if item.status == "held"]
        figures.held += len(held)
        for item in held:
            doubt = item.doubt
            assert doubt is not None, f"{gate.where}: held without what was intended: {item.reason}"
            assert doubt.content["text"] in [text.format(item.reference) for text in TEXTS]
            seen = [str(one["text"]) for one in doubt.candidates]
            assert set(seen) <= set(world.notes(item.reference)), gate.where
            verdict: Verdict = "done" if seen else "redo"
            if at % 3 == 2:
                verdict = "by-hand"
            world.settle(item, verdict)
            figures.settled[verdict] = figures.settled.get(verdict, 0) + 1
        if held:
            await world.until_quiet()
    assert not [item for item in world.items() if item.status == "held"], gate.where
    before = (figures.lost, figures.double)
    world.count(figures)
    assert (figures.lost, figures.double) == before, f"{kind} at {gate.where} ({at}), {saves}"
    return True
