"""Jobs that wait for a machine: how one is asked for, and how the machine runs it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, NoReturn

from robotfabrik.cli.run import (
    add_arguments,
    address,
    called_with,
    dataset,
    load,
    run_job,
    setting,
    settle_day,
)
from robotfabrik.engine.periods import period_name
from robotfabrik.model.errors import JobTaken, RobotError, StoreUnreachable, UsageError
from robotfabrik.model.records import JobRecord
from robotfabrik.model.work import PendingJob, Space, new_job_id
from robotfabrik.store import SqlStore
from robotfabrik.wiring import Project


class _Words(argparse.ArgumentParser):
    """Words that nobody typed: what is wrong with them is raised."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"these are no arguments of `robotfabrik run`: {message}")


def parsed(bot: str, words: Sequence[str]) -> argparse.Namespace:
    """The words of `robotfabrik run` after BOT, but for those that only a person at the screen needs."""
    parser = _Words(prog="robotfabrik run", add_help=False)
    add_arguments(parser)
    return parser.parse_args([bot, *words])


def pending(
    project: Project, bot: str, words: Sequence[str] = (), *, started_by: str = "", trigger: str = ""
) -> PendingJob:
    """A job of a bot that may be queued. UsageError or DefinitionError: it could not run."""
    return as_pending(project, parsed(bot, words), started_by=started_by, trigger=trigger)


def as_pending(
    project: Project, given: argparse.Namespace, *, started_by: str = "", trigger: str = ""
) -> PendingJob:
    """The same of arguments that are already read."""
    bot, process, _ = load(project, given.bot)
    settle_day(given, bot)
    for text in given.url:
        address(text, bot)
    for text in given.set:
        setting(text, process)
    id = new_job_id(bot.id, given.date)
    rehearsal = given.rehearse or bot.mode == "rehearsal"
    return PendingJob(
        id, bot.id,
        Space(bot.environment, dataset(given.dataset) or bot.dataset, process.id, id if rehearsal else ""),
        given.date, period_name(process.period, given.date), called_with(given),
        started_by, trigger, bot.pool, bot.requires,
    )  # fmt: skip


def run_pending(project: Project, given: argparse.Namespace) -> int:
    """Run the job that waits under `--job`, as its row says. One that cannot be started has faulted."""
    with project.store() as store:
        record = store.job(given.job)
        first = begun_by(store, record) if record is not None else ""
    if record is None or record.job.bot != given.bot:
        raise UsageError(f"there is no job '{given.job}' of the bot '{given.bot}'")
    if record.status != "pending":
        raise JobTaken(given.job)
    try:
        words = _as_run(given, record.job.arguments)
        return run_job(project, words, record.pending, launched=True, first=first)
    except (JobTaken, StoreUnreachable):
        raise
    except Exception:
        # What runs has ended its row itself; what has not come so far would meet the same again.
        with suppress(RobotError), project.store() as store:
            store.refuse_job(given.job)
        raise


def begun_by(store: SqlStore, record: JobRecord) -> str:
    """The job that began what this one goes on with, when machines have left it; empty when it begins."""
    first = record
    while first.queued_at is not None and first.job.restart_of:
        if (before := store.job(first.job.restart_of)) is None:
            break
        first = before
    return "" if first is record else first.job.id


def run_again(project: Project, job: PendingJob, by: str, *, as_json: bool) -> int:
    """Run, here and now, what an ended job was called with."""
    from robotfabrik.cli.main import parser

    given = parser().parse_args(["run", job.bot, *job.arguments, *(["--json"] if as_json else [])])
    again = replace(
        job, id=new_job_id(job.bot, given.date), started_by=by, trigger="", restart_of=job.id, restarts=0
    )
    return run_job(project, given, again)


def _as_run(given: argparse.Namespace, words: Sequence[str]) -> argparse.Namespace:
    """The arguments of the row, with what else `run` has as it was given."""
    values: dict[str, Any] = {**vars(given), **vars(parsed(given.bot, words))}
    return argparse.Namespace(**values)
