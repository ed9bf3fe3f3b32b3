"""A schedule with the bots that it starts, and the jobs that its triggers make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from robotfabrik.engine.periods import period_name, period_of_items
from robotfabrik.model.firing import Due
from robotfabrik.model.process import Bot, Process
from robotfabrik.model.schedule import Files, Schedule, Trigger
from robotfabrik.model.work import PendingJob, Space, new_job_id
from robotfabrik.scheduling.folders import Folder
from robotfabrik.timing.clock import wall


@dataclass(frozen=True, slots=True)
class Plan:
    """What a service follows. `folder`: where the schedule's file lies. `bots`: each with its PDD."""

    schedule: Schedule
    folder: Path
    bots: Mapping[str, tuple[Bot, Process]] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.schedule.time_zone)

    def trigger(self, name: str) -> Trigger | None:
        """The trigger of that name."""
        return next((one for one in self.schedule.triggers if one.name == name), None)

    def today(self, now: datetime) -> date:
        """The day by the schedule's clock."""
        return wall(now, self.zone).date()

    def watched(self, start: Files) -> Folder:
        """The folder of a file trigger, as nobody has looked into it."""
        return Folder(self.folder / Path(start.folder).expanduser(), start.pattern, start.quiet)

    def queue(self, bot: str, now: datetime) -> tuple[Space, str]:
        """Where the bot's items are, and the only period whose items a job that starts now may take."""
        found, process = self.bots[bot]
        space = Space(found.environment, found.dataset, process.id)
        return space, period_of_items(process.period, self.today(now))

    def job(self, trigger: Trigger, due: Due, now: datetime, by: str) -> PendingJob:
        """The job of a fire, ready to wait for a machine."""
        bot, process = self.bots[trigger.bot]
        day = due.planned if trigger.arguments.date == "planned" else self.today(now)
        id = new_job_id(bot.id, day)
        rehearses = trigger.arguments.rehearse or bot.mode == "rehearsal"
        space = Space(bot.environment, bot.dataset, process.id, id if rehearses else "")
        return PendingJob(
            id, bot.id, space, day, period_name(process.period, day), words(trigger, day), by,
            trigger.name, bot.pool, bot.requires,
        )  # fmt: skip


def words(trigger: Trigger, day: date) -> tuple[str, ...]:
    """The words of `robotfabrik run` after BOT."""
    given = trigger.arguments
    found = [f"--date={day.isoformat()}", *(["--rehearse"] if given.rehearse else [])]
    for name in ("workers", "limit", "only"):
        if (value := getattr(given, name)) is not None:
            found.append(f"--{name}={value}")
    return (*found, *(f"--set={name}={text}" for name, text in given.written.items()))
