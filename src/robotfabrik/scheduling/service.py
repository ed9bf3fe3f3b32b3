"""The service: looks at the schedule again and again, follows its changes, and shows that it lives.

APScheduler wakes it; what is due, and whether it was decided before, the rows of the store say. Each folder
has a job of its own: a network disk that hangs holds up nobody else.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby
from threading import Lock
from typing import Any, Final, Protocol

from apscheduler.executors.pool import ThreadPoolExecutor  # type: ignore[import-untyped]
from apscheduler.schedulers.background import BackgroundScheduler  # type: ignore[import-untyped]

from robotfabrik.model.errors import DefinitionError, RobotError, unforeseen
from robotfabrik.model.firing import FireRow
from robotfabrik.model.schedule import Files, Trigger
from robotfabrik.scheduling.folders import Folder
from robotfabrik.scheduling.looking import Fires, Looker, Tell
from robotfabrik.scheduling.plan import Plan

EVERY: Final = 5
"""Seconds between two looks."""
_THREADS: Final = 16
_ALIKE: Final = 10
"""More decisions than this that are alike are told in two lines."""
_AHEAD: Final = 60.0
"""Seconds that the next look may lie ahead: more, and somebody has set the clock back."""


class Store(Fires, Protocol):
    """What the service needs of the store besides."""

    def beat(self, owner: str, machine: str, pid: int) -> None: ...

    def leave(self, owner: str) -> None: ...


class Source(Protocol):
    """Where the plan comes from."""

    def state(self) -> object:
        """Another one when what the plan is made of has changed."""

    def load(self) -> Plan:
        """The plan; DefinitionError or UsageError when there is none."""


class Service:
    """One machine's service. `owner` names its process; `looked` is told of after each look."""

    def __init__(
        self, source: Source, store: Store, owner: str, tell: Tell, looked: Callable[[], None] = lambda: None
    ) -> None:
        self._source, self._store, self._owner, self._tell = source, store, owner, tell
        self._looked = looked
        self._state = source.state()
        self._looker = Looker(source.load(), store, owner, tell)
        self._turn = Lock()
        self._begun = False
        self._failed: dict[str, str] = {}
        self._last = time.monotonic()
        self._clock = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(_THREADS)},
            # However late it is woken, it looks once.
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        # That a look was left out since the one before still goes on is no news; what nobody foresaw is.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)

    @property
    def plan(self) -> Plan:
        return self._looker.plan

    @property
    def silent(self) -> float:
        """Seconds since the last look, also one that the store has failed."""
        return time.monotonic() - self._last

    def start(self) -> None:
        """Look for the first time, then every EVERY seconds in threads of its own."""
        self._look()
        self._clock.add_job(self._look, "interval", seconds=EVERY, id="look")
        self._watch()
        self._clock.start()

    def stop(self) -> None:
        """No look begins after this; the one under way is finished."""
        self._clock.remove_all_jobs()
        if self._clock.running:
            self._clock.shutdown(wait=False)
        with self._turn:
            try:
                self._store.leave(self._owner)
            except RobotError as error:
                self._tell("warning", str(error))

    def keep_awake(self) -> None:
        """Call this now and then: when the clock is set back, nobody waits until it is as late as before."""
        for job in self._clock.get_jobs():
            if (job.next_run_time - datetime.now(UTC)).total_seconds() > _AHEAD:
                job.modify(next_run_time=datetime.now(UTC))

    # --- looking

    def _look(self) -> None:
        with self._turn:
            self._carefully("the look", self._whole_look)
            self._last = time.monotonic()
        self._looked()

    def _whole_look(self) -> None:
        now = datetime.now(UTC)
        if not self._begun:
            self._looker.begin(now)
            self._begun = True
        self._follow_changes(now)
        self._told(self._looker.look(now))
        self._store.beat(self._owner, socket.gethostname(), os.getpid())

    def _look_into(self, looker: Looker, trigger: Trigger, folder: Folder) -> None:
        def look() -> None:
            self._told(looker.look_into(trigger, folder, datetime.now(UTC), time.monotonic()))

        self._carefully(f"trigger {trigger.name}: the look into its folder", look)

    def _carefully(self, what: str, look: Callable[[], None]) -> None:
        """A look that fails, for whatever reason, is told once, and the next one tries again."""
        try:
            look()
        except Exception as error:
            why = str(error) if isinstance(error, RobotError) else unforeseen(error)
            if self._failed.get(what) != why:
                self._tell("error", f"{what} failed: {why}")
            self._failed[what] = why
        else:
            if self._failed.pop(what, None) is not None:
                self._tell("info", f"{what} works again")

    def _told(self, rows: Sequence[FireRow]) -> None:
        for line in in_words(rows):
            self._tell("info", line)

    # --- the plan

    def _follow_changes(self, now: datetime) -> None:
        if (state := self._source.state()) == self._state:
            return
        self._state = state
        try:
            plan = self._source.load()
        except DefinitionError as error:
            self._tell("error", "the schedule was changed and is wrong: the one before stays in force")
            for one in error.diagnostics:
                self._tell(
                    "error", f"{one.span.source.path}:{one.span.line}:{one.span.column}: {one.message}"
                )
            return
        except RobotError as error:
            self._tell("error", f"the schedule was changed and cannot be read: {error}")
            return
        self._looker = self._looker.follow(plan, now)
        self._watch()
        self._tell("info", f"the schedule was changed: {triggers_in_words(plan)}")

    def _watch(self) -> None:
        """A job for each folder of the plan, and none for others."""
        for job in self._clock.get_jobs():
            if job.id != "look":
                job.remove()
        for trigger in self.plan.schedule.triggers:
            if isinstance(trigger.start, Files):
                arguments: list[Any] = [self._looker, trigger, self.plan.watched(trigger.start)]
                self._clock.add_job(
                    self._look_into, "interval", args=arguments, seconds=EVERY, id=f"folder {trigger.name}",
                    next_run_time=datetime.now(UTC),
                )  # fmt: skip


def in_words(rows: Sequence[FireRow]) -> Iterator[str]:
    """A line for each decision, but one for many that are alike, as after a long stop."""
    for _, group in groupby(rows, lambda row: (row.trigger, row.outcome, row.why, row.job)):
        alike = list(group)
        yield from map(_line, alike if len(alike) <= _ALIKE else alike[:1])
        if len(alike) > _ALIKE:
            yield f"trigger {alike[0].trigger}: … and {len(alike) - 1} more, until {alike[-1].key}"


def _line(row: FireRow) -> str:
    why = f" ({row.why})" if row.why else ""
    match row.outcome:
        case "started":
            return f"trigger {row.trigger}: {row.key}{why}: job {row.job} of {row.bot} waits for a machine"
        case "joined":
            return f"trigger {row.trigger}: {row.key}{why}: job {row.job} stands for it"
        case "waiting":
            return f"trigger {row.trigger}: {row.key}{why}: waits until it may start {row.bot}"
    return f"trigger {row.trigger}: {row.key}{why}: left out"


def triggers_in_words(plan: Plan) -> str:
    """How many triggers there are."""
    number = len(plan.schedule.triggers)
    return f"{number} trigger{'' if number == 1 else 's'}"
