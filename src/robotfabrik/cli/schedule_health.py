"""`robotfabrik schedule health`: is the schedule looked after?"""

from __future__ import annotations

import argparse
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from robotfabrik.cli.plans import ScheduleFile
from robotfabrik.model.errors import DefinitionError, RobotError
from robotfabrik.model.records import JobFilter
from robotfabrik.model.schedule import Schedule
from robotfabrik.scheduling.health import Health, judge
from robotfabrik.store import SqlStore
from robotfabrik.wiring import Project


def add(actions: Any) -> None:
    command = actions.add_parser("health", help="is the schedule looked after? exit code 1 when not")
    command.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    command.set_defaults(run=show)


def show(given: argparse.Namespace) -> int:
    """Exit code 0 all is well, 1 something is not."""
    project = Project(Path.cwd())
    try:
        schedule = ScheduleFile(Path()).load().schedule
        with project.existing_store() as store:
            health = measured(store, schedule, project.home)
    except DefinitionError:
        health = Health(("schedule.yaml, or what it names, is wrong: robotfabrik check",))
    except (RobotError, OSError) as error:
        health = Health((str(error),))
    if given.json:
        print(json.dumps(health.as_data(), ensure_ascii=False))
    elif health.ok:
        print(f"all is well: the last look was {health.silent:.0f} s ago, {health.waiting} fires wait")
    else:
        print("\n".join(health.problems))
    return 0 if health.ok else 1


def measured(store: SqlStore, schedule: Schedule, home: Path) -> Health:
    """The health now; SystemException when the store cannot be written to, OSError when the disk fails."""
    store.fires.probe()
    waiting = store.jobs(JobFilter(status="pending"))
    since = [job.started_at if job.queued_at is None else job.queued_at for job in waiting]
    # With PostgreSQL there is no such folder before the first job.
    free = shutil.disk_usage(next(one for one in (home, *home.parents) if one.exists())).free
    return judge(schedule, store.fires.standings(), store.fires.services(), since, free, datetime.now(UTC))
