"""A night of schedule.yaml over the bundled case system, on another day than today.

The schedule's service, its triggers and the bots are the real ones. Only the service's clock is set: it
stands at each fire until the job of that fire has ended, and nobody waits for the hours between.

    python -m tests.support.night FILE schedule …    the command line, whose service reads the time in FILE
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import yaml

from robotfabrik.cli.main import main
from robotfabrik.cli.plans import ScheduleFile
from robotfabrik.model.firing import FireRow
from robotfabrik.model.records import JobRecord
from robotfabrik.scheduling import service
from robotfabrik.scheduling.looking import Looker
from robotfabrik.store import SqlStore, open_store
from robotfabrik.timing.clock import midnight
from robotfabrik.timing.fires import fires_of
from tests.support.fake import ROOT, RunningFake
from tests.support.robot import PATIENCE, pool_of, variable
from tests.support.workers import until

ADDRESS = "http://localhost:8000"  # of the case system, in the bots as they are shipped
FIRST_LOOK = timedelta(minutes=1)  # before midnight: what a trigger that is new was due before starts nothing
ENDED = ("successful", "faulted", "interrupted")


@dataclass(frozen=True, slots=True)
class Fire:
    """A fire that started its bot, and the job that came of it."""

    bot: str
    due: datetime  # by the schedule's clock
    job: JobRecord

    @property
    def seconds(self) -> float:
        """From the fire to the end of the job."""
        assert self.job.ended_at is not None
        return self.job.ended_at - (self.job.queued_at or self.job.started_at)


class Night:
    """A project whose bots work in a fake; `folder` holds it, its store and its runs."""

    def __init__(self, fake: RunningFake, folder: Path) -> None:
        self.root, self.home, self._clock = folder / "project", folder / "home", folder / "clock"
        for name in ("bots", "pdd"):
            shutil.copytree(ROOT / name, self.root / name)
        self._copy_schedule(fake)
        for bot in (self.root / "bots").iterdir():
            bot.write_text(bot.read_text("utf-8").replace(ADDRESS, fake.url), "utf-8")
        self.plan = ScheduleFile(self.root).load()
        self.environment = {
            **os.environ, "ROBOTFABRIK_HOME": str(self.home),
            "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
            **{variable(bot): pool_of(bot, fake) for bot in self.plan.bots},
        }  # fmt: skip
        self.environment.pop("ROBOTFABRIK_STORE", None)

    def _copy_schedule(self, fake: RunningFake) -> None:
        """Without the bots that have no account there: they work in another municipality."""
        schedule = yaml.safe_load((ROOT / "schedule.yaml").read_text("utf-8"))
        schedule["triggers"] = [each for each in schedule["triggers"] if pool_of(each["bot"], fake)]
        (self.root / "schedule.yaml").write_text(yaml.safe_dump(schedule, allow_unicode=True), "utf-8")

    def run(self, day: date) -> list[Fire]:
        """Everything that the schedule has planned for a day, in order."""
        zone = self.plan.zone
        first, last = midnight(day, zone), midnight(day + timedelta(days=1), zone)
        self._set(first - FIRST_LOOK)
        with self._service(), open_store(self.home / "store.db") as store:
            names = {trigger.name for trigger in self.plan.schedule.triggers}
            until(lambda: names <= set(store.fires.standings()), "the service sees every trigger")
            due = sorted(
                (fire.starts, trigger.name, fire.key, trigger.bot)
                for trigger in self.plan.schedule.triggers
                for fire in fires_of(trigger, zone, first, last)
                if fire.starts is not None
            )
            found = []
            for moment, trigger, key, bot in due:
                self._set(moment)
                found.append(Fire(bot, moment.astimezone(zone), self._job_of(store, trigger, key)))
            return found

    def _set(self, moment: datetime) -> None:
        written = self._clock.with_suffix(".new")
        written.write_text(moment.isoformat(), "utf-8")
        written.replace(self._clock)

    @staticmethod
    def _job_of(store: SqlStore, trigger: str, key: str) -> JobRecord:
        """The job of a fire, when it has ended."""

        def ended() -> JobRecord | None:
            name = next((row.job for row in store.fires.rows(trigger) if row.key == key and row.job), None)
            job = None if name is None else store.job(name)
            return job if job is not None and job.status in ENDED else None

        found: JobRecord = until(ended, f"the job of {trigger} ends", PATIENCE)
        return found

    @contextmanager
    def _service(self) -> Iterator[None]:
        """`robotfabrik schedule`, as an administrator starts it."""
        command = [sys.executable, "-m", "tests.support.night", str(self._clock), "schedule"]
        self.home.mkdir(mode=0o700)
        with (self.home / "service.txt").open("wb") as said:
            process = subprocess.Popen(command, cwd=self.root, env=self.environment, stdout=said, stderr=said)
            try:
                until((self.home / "store.db").exists, "the service makes its store")
                yield
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(PATIENCE)


def read_clock_in(file: Path) -> None:
    """Let the service look at the schedule every second, at the time that stands in a file."""
    look = Looker.look

    def look_then(self: Looker, _: datetime) -> list[FireRow]:
        return look(self, datetime.fromisoformat(file.read_text("utf-8")))

    for owner, name, new in ((Looker, "look", look_then), (service, "EVERY", 1)):
        setattr(owner, name, new)


if __name__ == "__main__":
    read_clock_in(Path(sys.argv[1]))
    sys.exit(main(sys.argv[2:]))
