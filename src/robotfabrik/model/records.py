"""What people see of queues and jobs, and what they ask for. Times in seconds since 1970."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Literal

from robotfabrik.model.work import (
    DEFAULT_POOL,
    EffectKey,
    EffectStatus,
    ItemStatus,
    Job,
    PendingJob,
    Space,
)

Verdict = Literal["done", "redo", "by-hand"]
Wish = Literal["stop", "kill"]

STOPPED: Final = "stopped"
"""The status of a job that a person stopped while it waited."""

BY_HAND: Final = "by-hand"
"""The exception of an item that a person has done, or will do, instead of the robot."""


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """Which items to show; what is not said is not looked at. Without rehearsals, newest first."""

    bot: str | None = None  # those of the queues that this bot works on
    environment: str | None = None
    dataset: str | None = None
    process: str | None = None
    period: str | None = None
    status: str | None = None
    exception: str | None = None
    reference: str | None = None  # exactly this one
    contains: str | None = None  # part of the reference
    since: float | None = None  # added, claimed or settled since then
    late: bool = False  # only those whose deadline was missed
    in_doubt: bool = False  # only those that a person has to settle
    every_try: bool = False  # also those that were tried again
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class QueueItem:
    """Everything that the store knows of an item."""

    id: int
    space: Space
    bot: str  # whose job added it
    reference: str
    lock: str
    fields: Mapping[str, Any]
    period: str
    priority: int
    deadline: float | None
    late: bool  # its deadline was over when it ended, or is over and it has not ended
    status: ItemStatus
    in_doubt: bool  # held, or ended otherwise with an effect that was sent and never seen
    exception: str | None
    reason: str
    attempts: int
    postponed: Mapping[str, int]
    available_at: float
    owner: str
    lease_until: float | None
    completed_on: date | None
    rules: tuple[str, ...]
    output: Mapping[str, Any]
    analytics: Mapping[str, Any]
    progress: str
    added_by: str
    claimed_by: str
    settled_by: str
    added_at: float
    claimed_at: float | None
    settled_at: float | None
    successor: int | None
    thinned_at: float | None

    @property
    def doubt(self) -> Doubt | None:
        """What the robot was in doubt about, as it told when it gave up; none when it told nothing."""
        told = self.output.get("doubt")
        if not told:
            return None
        key = EffectKey(told["scope"], told["hash"])
        return Doubt(told["effect"], key, told["content"], tuple(told["candidates"]))


@dataclass(slots=True)
class Doubt:
    """An effect that nobody knows of whether it happened. Its content is case data."""

    effect: str
    key: EffectKey
    content: Mapping[str, Any]  # what the robot wanted to write
    candidates: tuple[Mapping[str, Any], ...] = ()  # what it saw and could not tell apart, each with its `id`


@dataclass(frozen=True, slots=True)
class ItemEffect:
    """An effect of an item: `scope` is environment/dataset/application/effect."""

    key: EffectKey
    status: EffectStatus
    candidate: str | None
    submitted_at: float
    confirmed_at: float | None
    job: str


@dataclass(frozen=True, slots=True)
class WrittenEffect:
    """An effect of a job. `name` is that of the effect; `content`, case data, is none when it was deleted.

    `sent`: a job wrote it; else it was there already.
    """

    name: str
    effect: ItemEffect
    sent: bool
    item: QueueItem | None
    content: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Intervention:
    """What a person did to an item; the note is case data."""

    item: int
    at: float
    by: str
    what: str
    note: str


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs to show, newest first."""

    bot: str | None = None
    environment: str | None = None
    status: str | None = None
    since: float | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class JobRecord:
    """A job and what became of it. `silent`: seconds since it was last heard of, by the store's clock.

    A pending job has not started: its `started_at` is when it was queued, its release is not known yet.
    """

    job: Job
    status: str
    started_at: float
    ended_at: float | None
    silent: float
    wanted: str = ""
    wanted_by: str = ""
    summary: Mapping[str, Any] = field(default_factory=dict)
    queued_at: float | None = None  # since when it waited for a machine; none: a person ran it at once
    pool: str = DEFAULT_POOL
    requires: tuple[str, ...] = ()
    restarts: int = 0
    dispatched: bool = False  # it knew all that there was to do
    seen_at: float = 0.0  # when it was last heard of

    @property
    def pending(self) -> PendingJob:
        """The job as it waits, or waited."""
        job = self.job
        return PendingJob(
            job.id, job.bot, job.space, job.date, job.period, job.arguments, job.started_by, job.trigger,
            self.pool, self.requires, job.restart_of, self.restarts,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A running job that nobody runs any more, and the pending one that takes it up; none is empty.

    `exhausted`: it was queued and would have been taken up again, but was already too often.
    """

    job: str
    bot: str
    successor: str = ""
    exhausted: bool = False
