"""A look at the schedule: what is due, decided in the store, where each fire has one row and one decision."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from robotfabrik.model.errors import RobotError, unforeseen
from robotfabrik.model.firing import BY_HAND, Decision, Due, FireRow, QueueState, Standing
from robotfabrik.model.schedule import After, Cron, Files, Interval, NewItems, Trigger
from robotfabrik.model.work import PendingJob, Space
from robotfabrik.scheduling.deciding import GRACE, decide, places
from robotfabrik.scheduling.folders import Folder, FolderProblem, FoundFile
from robotfabrik.scheduling.plan import Plan
from robotfabrik.timing.blackouts import closed
from robotfabrik.timing.fires import fires_of

REACH: Final = timedelta(days=31)
"""So far back what nobody looked at is decided on."""
AGAIN: Final = timedelta(minutes=30)
"""A queue trigger whose last job changed nothing in the queue starts the next one so much later."""
WRONG: Final = timedelta(minutes=5)
"""So far ahead of the clock the last look cannot be: the clock was wrong then."""
MANY: Final = 10_000
"""More files than this in a folder are told: each look takes its time."""

_CROWDED = f"more than {MANY} files lie in its folder: move away what is done"

Tell = Callable[[str, str], None]
"""Level and text, for the log."""


class Fires(Protocol):
    """What a look needs of the store (store.firing.FireStore, where it is described)."""

    def standings(self) -> Mapping[str, Standing]: ...

    def introduce(
        self, trigger: str, bot: str, now: datetime, by: str, before: Sequence[Due] = ()
    ) -> bool: ...

    def retire(self, trigger: str, now: datetime, by: str) -> None: ...

    def decide(
        self, trigger: str, bot: str, dues: Sequence[Due], now: datetime, by: str,
        choose: Callable[[Sequence[Due], Standing], Sequence[Decision]],
        make: Callable[[Decision], PendingJob],
    ) -> Sequence[FireRow]: ...  # fmt: skip

    def undecided(self, trigger: str, dues: Sequence[Due]) -> Sequence[Due]: ...

    def looked(self, triggers: Sequence[str], until: datetime) -> None: ...

    def look_again_from(self, trigger: str, now: datetime) -> None: ...

    def note_problem(self, trigger: str, problem: str) -> None: ...

    def ended_jobs(
        self, trigger: str, bot: str, statuses: Sequence[str], rehearsals: bool, days: float
    ) -> Sequence[tuple[str, datetime]]: ...

    def queue(self, bot: str, space: Space, period: str) -> QueueState: ...

    def rows(
        self, trigger: str | None = None, since: float | None = None, limit: int | None = None
    ) -> Sequence[FireRow]: ...


@dataclass(slots=True)
class Looker:
    """Looks at a plan for one service. `by`: the machine. Several may look at once, also at other plans."""

    plan: Plan
    fires: Fires
    by: str
    tell: Tell
    own: dict[str, datetime] = field(default_factory=dict)  # trigger → until when this service has looked

    def begin(self, now: datetime) -> None:
        """Before the first look: what left the schedule while nobody looked is new when it comes back."""
        for name in self.fires.standings():
            if self.plan.trigger(name) is None:
                self.fires.retire(name, now, self.by)

    def follow(self, plan: Plan, now: datetime) -> Looker:
        """Who looks at another plan from now on. A trigger that is not in it is new when it comes back."""
        own = dict(self.own)
        for trigger in self.plan.schedule.triggers:
            if plan.trigger(trigger.name) is None:
                self.fires.retire(trigger.name, now, self.by)
                own.pop(trigger.name, None)
        return replace(self, plan=plan, own=own)

    # --- times, queues, other bots

    def look(self, now: datetime) -> list[FireRow]:
        """Decide on everything that is due but files; what has changed."""
        found: list[FireRow] = []
        idle: list[str] = []
        standings = self.fires.standings()
        for trigger in self.plan.schedule.triggers:
            if isinstance(trigger.start, Files):
                continue
            standing = standings.get(trigger.name)
            if standing is None:
                self.fires.introduce(trigger.name, trigger.bot, now, self.by)
            elif (dues := self._dues(trigger, standing, now)) or self._may_go(trigger, standing, now):
                found += self._decide(trigger, dues, now)
            elif isinstance(trigger.start, Cron | Interval) and standing.looked < now - GRACE:
                idle.append(trigger.name)
            self.own[trigger.name] = now
        if idle:
            self.fires.looked(idle, now)
        return found

    def _decide(self, trigger: Trigger, dues: Sequence[Due], now: datetime) -> Sequence[FireRow]:
        shut = self._closed(trigger, now)
        return self.fires.decide(
            trigger.name, trigger.bot, dues, now, self.by,
            lambda dues, standing: decide(trigger, dues, standing, now, shut),
            lambda one: self.plan.job(trigger, one.due, now, f"trigger {trigger.name}"),
        )  # fmt: skip

    def _closed(self, trigger: Trigger, moment: datetime) -> bool:
        return closed(trigger.blackouts, moment, self.plan.zone) is not None

    def _may_go(self, trigger: Trigger, standing: Standing, now: datetime) -> bool:
        """Has it fires that wait, for nothing any more?"""
        return bool(standing.waiting) and (standing.paused or self._free(trigger, standing, now))

    def _free(self, trigger: Trigger, standing: Standing, now: datetime) -> bool:
        return standing.active < places(trigger) and not self._closed(trigger, now)

    def _dues(self, trigger: Trigger, standing: Standing, now: datetime) -> list[Due]:
        match trigger.start:
            case Cron() | Interval():
                return list(self._by_time(trigger, standing, now))
            case After():
                return list(self._by_jobs(trigger, trigger.start, now))
            case NewItems():
                return self._by_items(trigger, trigger.start, standing, now)
        return []

    def _by_time(self, trigger: Trigger, standing: Standing, now: datetime) -> Iterator[Due]:
        start = self._since(trigger, standing, now)
        for fire in fires_of(trigger, self.plan.zone, start, now + timedelta.resolution):
            planned = fire.moved_from or fire.local.date()
            yield Due(fire.key, fire.due, planned, fire.closed is not None)

    def _since(self, trigger: Trigger, standing: Standing, now: datetime) -> datetime:
        """From when on fires are not surely decided.

        Not only the store's word: a service with an older schedule may have looked further, and not have
        seen what is new in this one. What is decided has a row, and is left alone.
        """
        if standing.looked > now + WRONG:
            until = f"looked at until {standing.looked:%Y-%m-%d %H:%M} UTC, which is to come"
            self.tell("warning", f"trigger {trigger.name}: {until}: a clock was wrong")
            self.fires.look_again_from(trigger.name, now)
            return now
        start = min(standing.looked, self.own.get(trigger.name, standing.looked))
        if start < now - REACH:
            away = f"nobody looked since {start:%Y-%m-%d}"
            lost = f"what was due more than {REACH.days} days ago is not decided on"
            self.tell("warning", f"trigger {trigger.name}: {away}: {lost}")
        return max(start, now - REACH)

    def _by_jobs(self, trigger: Trigger, start: After, now: datetime) -> Iterator[Due]:
        rehearsals = trigger.arguments.rehearse  # a chain that is rehearsed is so from link to link
        statuses = sorted(start.statuses)
        for job, ended in self.fires.ended_jobs(trigger.name, start.bot, statuses, rehearsals, REACH.days):
            if (due := ended + start.delay) <= now:
                yield Due(job, due, self.plan.today(due), self._closed(trigger, due))

    def _by_items(self, trigger: Trigger, start: NewItems, standing: Standing, now: datetime) -> list[Due]:
        if standing.paused or trigger.bot not in self.plan.bots:
            return []
        state = self.fires.queue(trigger.bot, *self.plan.queue(trigger.bot, now))
        enough = start.items is not None and state.items >= start.items
        old = start.older_than is not None and state.age >= start.older_than.total_seconds()
        if state.busy or not state.items or not (enough or old):
            return []
        lately = self.fires.rows(trigger.name, (now - AGAIN).timestamp())
        last = next((row.key for row in lately if not row.key.startswith(BY_HAND)), "")
        if last.startswith(f"{state.key} "):
            return []
        return [Due(f"{state.key} {now.isoformat()}", now, self.plan.today(now))]

    # --- files

    def look_into(self, trigger: Trigger, folder: Folder, now: datetime, seconds: float) -> Sequence[FireRow]:
        """Decide on the files in a trigger's folder. `seconds`: of a clock that nobody changes."""
        standing = self.fires.standings().get(trigger.name)
        found: Sequence[FireRow] = []
        problem = ""
        try:
            files = folder.files()
            problem = _CROWDED if len(files) > MANY else ""
            found = self._by_files(trigger, folder, files, standing, now, seconds)
        except RobotError:  # of the store: no trouble of the folder
            raise
        except Exception as error:  # whatever it is, people see it where they look for it
            words = isinstance(error, FolderProblem)
            problem = str(error) if words else f"its folder cannot be looked into: {unforeseen(error)}"
            if standing is None:
                self.fires.introduce(trigger.name, trigger.bot, now, self.by)
        self._problem(trigger, folder, problem, standing.problem if standing else "")
        return found

    def _by_files(
        self, trigger: Trigger, folder: Folder, files: Sequence[FoundFile], standing: Standing | None,
        now: datetime, seconds: float,
    ) -> Sequence[FireRow]:  # fmt: skip
        if standing is None:
            before = [self._due(file, now) for file in files]
            if self.fires.introduce(trigger.name, trigger.bot, now, self.by, before) and before:
                told = f"{len(before)} files lay there already and start nothing"
                self.tell("info", f"trigger {trigger.name}: {told}")
            return []
        complete = folder.complete(files, seconds)
        new = self.fires.undecided(trigger.name, [self._due(file, now) for file in complete])
        folder.done({file.key for file in complete} - {due.key for due in new})
        if not new or standing.paused or not self._free(trigger, standing, now):
            return []
        return self._decide(trigger, new, now)

    def _due(self, file: FoundFile, now: datetime) -> Due:
        return Due(file.key, now, self.plan.today(now))

    def _problem(self, trigger: Trigger, folder: Folder, problem: str, noted: str) -> None:
        """Tell when a problem begins, and when it is over: another service may see more."""
        before = noted if folder.problem is None else folder.problem
        folder.problem = problem
        if problem == before:
            return
        self.fires.note_problem(trigger.name, problem)
        if problem:
            self.tell("warning", f"trigger {trigger.name}: {problem}")
        else:
            self.tell("info", f"trigger {trigger.name}: its folder can be looked into again")
