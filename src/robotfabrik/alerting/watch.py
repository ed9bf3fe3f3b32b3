"""Looks at what is wrong now. It names bots, jobs, triggers and machines, never a case or a person."""

from __future__ import annotations

import os
import shutil
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import takewhile
from pathlib import Path
from typing import Final, Literal

from robotfabrik.alerting.ports import Due, Store, Watched
from robotfabrik.deployment.gate import overdue
from robotfabrik.deployment.steps import in_force
from robotfabrik.model.alerts import GIGABYTE, Alert, Cause, Kind
from robotfabrik.model.records import ItemFilter, JobFilter, JobRecord, QueueItem
from robotfabrik.model.work import RETRACT

NEWEST: Final = 50
"""So many jobs of a bot are looked at."""
EARLY: Final = 60.0
"""Seconds before it is due that a job may begin: clocks differ."""
SETTLED: Final = 600.0
"""Seconds after a job's end by which the audit's head has been kept."""
REHEARSAL: Final = "--rehearse"

_RAN = ("running", "successful", "faulted", "interrupted", "abandoned")
_WHY = {
    "max_consecutive_failures": "too many system exceptions in a row (limits: max_consecutive_failures)",
    "flagged_share": "it noted or listed a larger share than the bot allows (limits: flagged_share)",
}


def look(watched: Watched, store: Store, now: datetime) -> list[Cause]:
    """Everything that is wrong now. `now` has a zone."""
    jobs = {bot: store.jobs(JobFilter(bot=bot, limit=NEWEST)) for bot in watched.bots}
    before = store.alerts.open()
    found: list[Cause] = []
    for bot in watched.bots:
        found += _of_jobs(watched, bot, jobs[bot])
        found += _review(store, bot, now)
    found += _held(watched, store)
    found += _not_started(watched, jobs, now)
    found += _raised(watched, jobs, before)
    found += _expiring(watched, now)
    found += _disk(watched, before, now)
    found += _head(watched, jobs, now)
    return found


def judged(watched: Watched, cause: Cause) -> bool:
    """Would `look` have found it, if it were still so? Others look at other machines and projects."""
    if cause.machine:
        return cause.machine == watched.machine and (cause.kind != "audit" or watched.head_kept is not None)
    if cause.kind == "not_started":
        return watched.due is not None and cause.bot in watched.bots
    return cause.bot in watched.bots if cause.bot else watched.expiring is not None


# --- jobs


def _of_jobs(watched: Watched, bot: str, jobs: Sequence[JobRecord]) -> Iterator[Cause]:
    """What was wrong with the newest jobs, until the first one back that was successful.

    Where one took back successfully, what was wrong before with taking back is over, and nothing else.
    """
    decided = [(job, wrong) for job in _told(jobs) if (wrong := _wrong(watched, job)) is not None]
    kinds: dict[Kind, list[JobRecord]] = defaultdict(list)
    took_back = False
    for job, kind in takewhile(lambda one: one[1] != "successful" or _takes_back(one[0]), decided):
        if kind == "successful":
            took_back = True
        elif not (took_back and _takes_back(job)):
            kinds[kind].append(job)
    for kind, records in kinds.items():
        newest, times = records[0], [_end(record) for record in records]
        yield Cause(
            kind, "", _happened(kind, newest), _todo(kind, newest), min(times), max(times), bot,
            count=len(records),
        )  # fmt: skip


def _told(jobs: Sequence[JobRecord]) -> list[JobRecord]:
    """Without those that somebody rehearsed, who sees how it goes, and those that another one took up."""
    taken_up = {job.job.restart_of for job in jobs}
    return [
        job
        for job in jobs
        if REHEARSAL not in job.job.arguments
        and not (job.status in ("abandoned", "interrupted") and job.job.id in taken_up)
    ]


def _takes_back(record: JobRecord) -> bool:
    """It says nothing of how the bot's own work goes."""
    return record.job.space.queue == RETRACT


def _wrong(watched: Watched, record: JobRecord) -> Kind | Literal["successful"] | None:
    """A kind of cause, or successful; none when it says nothing: it still runs, or a person ended it."""
    match record.status:
        case "successful":
            return "successful"
        case "faulted":
            return "breaker" if record.summary.get("stopped_by") == "flagged_share" else "faulted"
        case "interrupted":
            return None if record.wanted else "interrupted"
        case "abandoned":
            return "abandoned"
        case "running" if watched.gone(record):
            return "abandoned"
    return None


_UNTOLD: Final = " The unit may not know: give it the manual list of the job's report."


def _happened(kind: Kind, record: JobRecord) -> str:
    id, machine = record.job.id, record.job.machine
    where = f" on {machine}" if machine else ""
    match kind:
        case "interrupted":
            return f"The job {id} was ended{where} before it was done, and nobody had asked it to."
        case "abandoned":
            return f"The job {id} began{where} and nobody runs it any more."
    why = _WHY.get(str(record.summary.get("stopped_by", "")))
    untold = _UNTOLD if record.summary.get("told") in ("owed", "held") else ""
    return f"The job {id} stopped early{where}{f': {why}' if why else ''}.{untold}"


def _todo(kind: Kind, record: JobRecord) -> str:
    id = record.job.id
    if kind == "breaker":
        return f"look at what it wrote before it goes on: robotfabrik jobs show {id}"
    again = f"robotfabrik jobs restart {id}"
    if _takes_back(record):
        again = f"robotfabrik retract --job {record.job.takes_back or 'JOB'}"
    return f"robotfabrik jobs show {id}; when its reason is gone: {again}"


def _end(record: JobRecord) -> float:
    return record.started_at if record.ended_at is None else record.ended_at


def _not_started(watched: Watched, jobs: dict[str, Sequence[JobRecord]], now: datetime) -> Iterator[Cause]:
    if watched.due is None:
        return
    for due in watched.due(now - watched.settings.limits.late):
        if due.bot not in jobs or any(_is_run_of(watched, due, job) for job in jobs[due.bot]):
            continue
        at = due.at.timestamp()
        yield Cause(
            "not_started", due.trigger,
            f"The trigger {due.trigger} was due at {_moment(at)}, and no job of {due.bot} has run since.",
            f"see that the schedule is at work; start it now with: robotfabrik run {due.bot}",
            at, at, due.bot,
        )  # fmt: skip


def _is_run_of(watched: Watched, due: Due, record: JobRecord) -> bool:
    """Did the bot work when the trigger was due, or later?"""
    if _takes_back(record) or (REHEARSAL in record.job.arguments and not due.rehearse):
        return False
    if record.status == "running" and not watched.gone(record):
        return True
    return record.status in _RAN and _end(record) >= due.at.timestamp() - EARLY


# --- items, alerts of robots, reviews, credentials


def _held(watched: Watched, store: Store) -> Iterator[Cause]:
    items: dict[str, list[QueueItem]] = defaultdict(list)
    for item in store.find_items(ItemFilter(in_doubt=True)):
        items[item.bot].append(item)
    for bot in watched.bots:
        if not (held := items[bot]):
            continue
        times = [item.settled_at or item.claimed_at or item.added_at for item in held]
        many = "1 item is" if len(held) == 1 else f"{len(held)} items are"
        yield Cause(
            "held", "", f"{many} in doubt: a person decides whether it happened.",
            f"robotfabrik held --bot {bot}", min(times), max(times), bot, count=len(held), severity="warning",
        )  # fmt: skip


def _raised(
    watched: Watched, jobs: dict[str, Sequence[JobRecord]], before: Sequence[Alert]
) -> Iterator[Cause]:
    """What robots told stands until a later job of theirs is successful and does not tell it again."""
    for alert in before:
        cause = alert.cause
        if cause.kind == "raised" and cause.bot in jobs:
            since = (job for job in _told(jobs[cause.bot]) if job.started_at > cause.latest)
            if not any(job.status == "successful" and not _takes_back(job) for job in since):
                yield cause


def _review(store: Store, bot: str, now: datetime) -> Iterator[Cause]:
    taken = in_force(store.decisions(bot))
    if taken is not None and overdue(taken, now.date()) is not None:
        yield Cause(
            "review", "", f"The review of {bot} was due by {taken.review_by}.",
            f"when it is done: robotfabrik deploy {bot} --step driftsatt … --review-by DATE",
            now.timestamp(), now.timestamp(), bot, severity="warning",
        )  # fmt: skip


def _expiring(watched: Watched, now: datetime) -> Iterator[Cause]:
    if watched.expiring is None:
        return
    for name, day in watched.expiring((now + watched.settings.limits.expires).date()):
        past = day < now.date()
        yield Cause(
            "credential", name, f"The credential {name} {'expired' if past else 'expires'} on {day}.",
            "have its password changed, and set the new one", now.timestamp(), now.timestamp(),
            severity="error" if past else "warning",
        )  # fmt: skip


# --- this machine


def _disk(watched: Watched, before: Sequence[Alert], now: datetime) -> Iterator[Cause]:
    low = {alert.cause.subject for alert in before if alert.cause.kind == "disk"}
    seen = set()
    for folder in watched.folders:
        place = next(path for path in (folder, *folder.resolve().parents) if path.exists())
        device = os.stat(place).st_dev
        # Over only when there is clearly more: else it would be told to and fro.
        limit = watched.settings.limits.disk * (1.1 if str(folder) in low else 1.0)
        if device in seen or (free := _free(place)) >= limit:
            continue
        seen.add(device)
        yield Cause(
            "disk", str(folder),
            f"{free / GIGABYTE:.1f} GB are free on {watched.machine} where {folder} lies.",
            "make room; robotfabrik retain deletes what has been kept long enough",
            now.timestamp(), now.timestamp(), machine=watched.machine,
        )  # fmt: skip


def _free(place: Path) -> int:
    """Bytes that are free."""
    return shutil.disk_usage(place).free


def _head(watched: Watched, jobs: dict[str, Sequence[JobRecord]], now: datetime) -> Iterator[Cause]:
    if watched.head_kept is None:
        return
    here = [job for records in jobs.values() for job in records if job.job.machine == watched.machine]
    ended = [job.ended_at for job in here if job.ended_at and job.ended_at < now.timestamp() - SETTLED]
    if not ended:
        return
    kept, last = watched.head_kept(), datetime.fromtimestamp(max(ended), now.tzinfo)
    if kept is None or kept < last.date():
        since = f"since {kept}" if kept else "yet"
        yield Cause(
            "audit", "", f"The audit's head has not been kept on {watched.machine} {since}.",
            "see that the file of ROBOTFABRIK_AUDIT_HEADS can be written to; then:"
            " robotfabrik audit head --export FILE",
            last.timestamp(), last.timestamp(), machine=watched.machine,
        )  # fmt: skip


def _moment(at: float) -> str:
    return f"{datetime.fromtimestamp(at):%Y-%m-%d %H:%M}"
