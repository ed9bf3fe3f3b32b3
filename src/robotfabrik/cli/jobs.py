"""`robotfabrik jobs`: what runs and what has run; stop, kill and restart."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from robotfabrik.cli.person import acting, add_by
from robotfabrik.cli.queues import as_text, facts, iso, lasted, moment, shown, table
from robotfabrik.cli.run import add_arguments
from robotfabrik.model.errors import LeaseLost, UsageError
from robotfabrik.model.records import STOPPED, JobFilter, JobRecord, Wish
from robotfabrik.model.suggest import did_you_mean
from robotfabrik.model.work import RETRACT, Job
from robotfabrik.store import SqlStore
from robotfabrik.wiring import Project, end_process, is_gone, release_dead

SHOWN: Final = 30
PATIENCE: Final = 20.0  # seconds that a killed job gets to give back what it holds
FIGURES: Final = ("checked", "noted", "listed", "failed", "held", "already_done", "excluded", "written")


def add(commands: Any) -> None:
    command = commands.add_parser("jobs", help="list jobs, show one, start, stop, kill or restart it")
    command.add_argument("--bot", metavar="BOT", help="only jobs of this bot")
    command.add_argument("--environment", choices=("test", "production"), help="only jobs in this one")
    command.add_argument("--status", metavar="STATUS", help="pending, running, abandoned, faulted, …")
    command.add_argument("--since", type=moment, metavar="TIME", help="only jobs that started since")
    command.add_argument("--limit", type=int, default=SHOWN, metavar="N", help=f"the newest N; {SHOWN}")
    command.add_argument("--json", action="store_true", help="print one JSON object")
    command.set_defaults(run=listed)
    actions = command.add_subparsers(metavar="ACTION")
    for name, help, run in (
        ("show", "everything about one job", show),
        ("stop", "end a job after the items under way", stop),
        ("kill", "end a job at once; what is under way is given back", kill),
        ("restart", "run the same bot with the same arguments again, in this terminal", restart),
    ):
        one = actions.add_parser(name, help=help)
        one.add_argument("job", metavar="JOB", help="the job's id")
        one.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON")
        if name != "show":
            add_by(one)
        one.set_defaults(run=run)
    new = actions.add_parser("start", help="let a job wait for a machine that serves the bot's pool")
    add_arguments(new)
    new.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON")
    add_by(new)
    new.set_defaults(run=start)


def state(record: JobRecord) -> str:
    """Its status; `abandoned` when it says that it runs and nobody runs it."""
    return "abandoned" if is_gone(record) else record.status


def listed(given: argparse.Namespace) -> int:
    if given.limit < 1:
        raise UsageError("--limit is a number from 1 on")
    kept = None if given.status == "abandoned" else given.status
    asked = JobFilter(given.bot, given.environment, kept, given.since, None if given.status else given.limit)
    with Project(Path.cwd()).store() as store:
        found = [job for job in store.jobs(asked) if given.status in (None, state(job))][: given.limit]
    if given.json:
        print(json.dumps({"jobs": list(map(as_json, found))}, ensure_ascii=False))
    elif not found:
        print("no jobs")
    else:
        table(
            (
                "job", "bot", "environment", "mode", "state", "started", "took", "by", "checked", "failed",
                "held",
            ),
            [
                (
                    job.job.id, job.job.bot, job.job.space.environment, _mode(job.job), state(job),
                    shown(_started(job)), _took(job), job.job.started_by or job.job.trigger,
                    *(str(job.summary.get(name, "")) for name in ("checked", "failed", "held")),
                )
                for job in found
            ],
        )  # fmt: skip
    return 0


def _mode(job: Job) -> str:
    """A retraction is no run: its list says so."""
    if job.space.queue != RETRACT:
        return job.mode
    return RETRACT if job.mode == "live" else f"{RETRACT}, {job.mode}"


def retracting(job: Job) -> str:
    """The command that such a job was started with, as far as it holds no case data."""
    return f"robotfabrik retract --job {job.takes_back or 'JOB'}"


def _started(record: JobRecord) -> float | None:
    """None: it never got so far."""
    return record.started_at if record.job.owner else None


def _took(record: JobRecord) -> str:
    if _started(record) is None:
        return ""
    end = time.time() if record.ended_at is None else record.ended_at
    return "" if is_gone(record) else lasted(max(0.0, end - record.started_at))


def as_json(record: JobRecord) -> dict[str, Any]:
    job = record.job
    return {
        "job": job.id, "bot": job.bot, "process": job.space.process, "environment": job.space.environment,
        "dataset": job.space.dataset, "mode": job.mode, "state": state(record), "date": job.date.isoformat(),
        "period": job.period, "release": job.release, "configuration": job.configuration,
        "arguments": list(job.arguments), "started_by": job.started_by, "machine": job.machine,
        "owner": job.owner, "trigger": job.trigger,
        "takes_back": job.takes_back,
        "restart_of": job.restart_of, "restarts": record.restarts, "pool": record.pool,
        "requires": list(record.requires), "queued": iso(record.queued_at),
        "started": iso(_started(record)), "ended": iso(record.ended_at),
        "seconds": record.summary.get("seconds"), "wanted": record.wanted, "wanted_by": record.wanted_by,
        "summary": record.summary,
    }  # fmt: skip


def show(given: argparse.Namespace) -> int:
    project = Project(Path.cwd())
    with project.store() as store:
        record = the_job(store, given.job)
    if given.json:
        print(json.dumps(as_json(record), ensure_ascii=False))
        return 0
    job, space = record.job, record.job.space
    folder = project.runs / job.id
    facts(
        [
            ("job", job.id), ("state", state(record)), ("bot", job.bot), ("mode", _mode(job)),
            ("takes back", job.takes_back),
            ("queue", f"{space.environment}/{space.dataset}/{space.process}"),
            ("date", job.date), ("period", job.period), ("release", job.release),
            ("queued", shown(record.queued_at)), ("started", shown(_started(record))),
            ("ended", shown(record.ended_at)), ("took", _took(record)),
            ("started by", job.started_by), ("trigger", job.trigger), ("restart of", job.restart_of),
            ("pool", record.pool if record.queued_at else ""), ("requires", ", ".join(record.requires)),
            ("machine", job.machine),
            ("wanted", record.wanted and f"{record.wanted}, by {record.wanted_by}"),
            ("arguments", " ".join(job.arguments)), ("folder", folder if folder.is_dir() else None),
        ]
    )  # fmt: skip
    for title, values in (
        ("Configuration", job.configuration),
        ("Figures", {name: record.summary[name] for name in FIGURES if name in record.summary}),
    ):
        if values:
            print(f"\n{title}")
            facts([(name, as_text(value)) for name, value in values.items()], "  ")
    return 0


def start(given: argparse.Namespace) -> int:
    from robotfabrik.cli.pending import as_pending

    project = Project(Path.cwd())
    job = as_pending(project, given, started_by=acting(given))
    with project.store() as store:
        store.enqueue(job)
    if given.json:
        print(json.dumps({"job": job.id, "pool": job.pool, "requires": list(job.requires)}))
    else:
        needed = f" with {', '.join(job.requires)}" if job.requires else ""
        print(f"{job.id} waits for a machine of the pool {job.pool}{needed}")
    return 0


def stop(given: argparse.Namespace) -> int:
    with Project(Path.cwd()).store() as store:
        record = unfinished(store, given.job)
        if is_gone(record):
            raise UsageError(f"nobody runs {given.job} any more; robotfabrik jobs kill clears it away")
        store.want(given.job, "stop", acting(given))
        waits = the_job(store, given.job).status == STOPPED
    print(f"{given.job} {'waits no more' if waits else 'ends after the items under way'}")
    return 0


def kill(given: argparse.Namespace) -> int:
    """Ask first: what ends by itself gives back what it holds and leaves a report."""
    with Project(Path.cwd()).store() as store:
        record = unfinished(store, given.job)
        wish: Wish = "kill"
        store.want(given.job, wish, acting(given))
        if the_job(store, given.job).status == STOPPED:
            print(f"{given.job} waits no more")
            return 0
        if not is_gone(record):
            print(f"{given.job} was asked to end", flush=True)
            if _within(PATIENCE, lambda: the_job(store, given.job).status != "running"):
                print(f"{given.job} has ended")
                return 0
            end_process(record)
        if not _within(PATIENCE, lambda: not _lives(the_job(store, given.job))):
            raise UsageError(
                f"{given.job} does not answer, and runs on {record.job.machine or 'another machine'}:"
                " end it there"
            )
        with suppress(LeaseLost):  # its machine has seen it die and was faster
            store.end_job(given.job, "killed", dict(record.summary))
        release_dead(store, record.job.space)
    print(f"{given.job} is ended; what it held is open again")
    return 0


def _lives(record: JobRecord) -> bool:
    return record.status == "running" and not is_gone(record)


def _within(seconds: float, question: Callable[[], bool]) -> bool:
    until = time.monotonic() + seconds
    while not (answer := question()) and time.monotonic() < until:
        time.sleep(0.2)
    return answer


def restart(given: argparse.Namespace) -> int:
    from robotfabrik.cli.pending import run_again

    with Project(Path.cwd()).store() as store:
        record = the_job(store, given.job)
    if record.status in ("pending", "running") and not is_gone(record):
        does = "waits" if record.status == "pending" else "runs"
        raise UsageError(f"{given.job} still {does}; stop it first")
    job = record.job
    if job.space.queue:
        raise UsageError(
            f"{given.job} took back what a job wrote, and somebody approves that each time:"
            f" {retracting(job)} --approve --by NAME --reason TEXT"
        )
    if not job.arguments:
        raise UsageError(f"what {given.job} was started with is not known: robotfabrik run {job.bot}")
    return run_again(Project(Path.cwd()), record.pending, acting(given), as_json=given.json)


def the_job(store: SqlStore, job_id: str) -> JobRecord:
    record = store.job(job_id)
    if record is None:
        known = [one.job.id for one in store.jobs(JobFilter(limit=500))]
        raise UsageError(f"there is no job '{job_id}'. {did_you_mean(job_id, known)}".rstrip())
    return record


def unfinished(store: SqlStore, job_id: str) -> JobRecord:
    record = the_job(store, job_id)
    if record.status not in ("pending", "running"):
        ended = datetime.fromtimestamp(record.ended_at or record.started_at)
        raise UsageError(f"{job_id} ended {ended:%Y-%m-%d %H:%M} ({record.status})")
    return record
