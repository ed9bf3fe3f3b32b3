"""A service of the schedule whose clock a test moves, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from robotfabrik.model.firing import FireRow
from robotfabrik.model.process import Bot, Process
from robotfabrik.model.records import JobFilter, JobRecord
from robotfabrik.model.schedule import Files, Trigger
from robotfabrik.model.work import Job, NewItem, Space
from robotfabrik.parsing.loader import Loader
from robotfabrik.scheduling.folders import Folder
from robotfabrik.scheduling.looking import Looker
from robotfabrik.scheduling.plan import Plan
from tests.support.schedules import built

GOLDEN = Path(__file__).parents[1] / "golden" / "definitions" / "schedules"
BOT = "folkbokforing"
SPACE = Space("test", "default", "small")


def loaded() -> tuple[Bot, Process]:
    """A bot and what it runs."""
    found = Loader(lambda _: None).bot(GOLDEN / "bots" / f"{BOT}.yaml")
    assert found is not None
    return found[:2]


def plan(text: str, folder: Path = Path()) -> Plan:
    """A plan of a schedule that starts BOT, from what stands under `schedule: 1`."""
    schedule, problems = built(f"schedule: 1\n{text}")
    assert problems == []
    bot, process = loaded()
    return Plan(schedule, folder, {t.bot: (bot, process) for t in schedule.triggers})


def one_trigger(keys: str, head: str = "") -> Plan:
    """A plan of one trigger, t."""
    lines = "".join(f"    {line}\n" for line in keys.strip().splitlines())
    return plan(f"{head}\ntriggers:\n  - name: t\n    bot: {BOT}\n{lines}")


def at(text: str) -> datetime:
    """A moment: Stockholm's wall clock, or with an offset of its own."""
    from zoneinfo import ZoneInfo

    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo("Europe/Stockholm"))).astimezone(UTC)


@dataclass
class Machine:
    """One service on a store, as it is after a start; what it tells is in `told`."""

    store: Any
    plan: Plan
    name: str = "one"
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.looker = self._looker()
        self._folders: dict[str, Folder] = {}

    def _looker(self) -> Looker:
        return Looker(self.plan, self.store.fires, self.name, lambda level, text: self.told.append(text))

    def restart(self) -> None:
        """It forgets what is not in the store."""
        self.looker = self._looker()
        self._folders.clear()

    def look(self, *times: str | datetime) -> list[FireRow]:
        """The rows that changed."""
        moments = [time if isinstance(time, datetime) else at(time) for time in times]
        return [row for moment in moments for row in self.looker.look(moment)]

    def every(self, seconds: float, first: str, last: str) -> list[FireRow]:
        """Looks from one time to another."""
        moment, end, found = at(first), at(last), []
        while moment <= end:
            found += self.look(moment)
            moment += timedelta(seconds=seconds)
        return found

    def look_into(self, now: datetime, seconds: float) -> list[FireRow]:
        """A look into the folder of the only trigger."""
        trigger: Trigger = self.plan.schedule.triggers[0]
        assert isinstance(trigger.start, Files)
        folder = self._folders.setdefault(trigger.name, self.plan.watched(trigger.start))
        return list(self.looker.look_into(trigger, folder, now, seconds))


def rows(store: Any, trigger: str = "t") -> list[tuple[str, str, str]]:
    """Key, outcome and why of a trigger's fires, the oldest first."""
    return [(row.key, row.outcome, row.why) for row in reversed(store.fires.rows(trigger))]


def jobs(store: Any, status: str | None = None) -> list[JobRecord]:
    """The jobs, the oldest first."""
    return list(reversed(store.jobs(JobFilter(status=status))))


def run(store: Any, job_id: str, status: str = "successful") -> None:
    """A machine takes a pending job and ends it; `running` leaves it at work."""
    record = store.job(job_id)
    store.start_job(replace(record.job, release="r", robot="robot", owner="machine:1:1"))
    if status != "running":
        store.end_job(job_id, status, {})


def run_all(store: Any, status: str = "successful") -> None:
    """Machines take all that waits, and end it."""
    for job in jobs(store, "pending"):
        run(store, job.job.id, status)


def by_hand(store: Any, id: str, space: Space = SPACE, bot: str = BOT) -> Job:
    """A job that a person has started."""
    mode: Any = "rehearsal" if space.rehearsal else "live"
    job = Job(id, bot, space, date(2026, 11, 2), "2026-11", "r", "robot", "Eva", "machine:1:1", mode)
    store.start_job(job)
    return job


def add_items(store: Any, job: Job, *references: str, period: str = "") -> None:
    store.add_items(job.space, [NewItem(one, "", {}, period) for one in references], job.id)
