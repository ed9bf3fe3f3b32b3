"""What the store in memory keeps of an item, an effect and a job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from robotfabrik.model.work import DEFAULT_POOL, EffectKey, EffectStatus, ItemStatus, Job, NewItem, Space


@dataclass(slots=True)
class ItemRow:
    """An item; `lock` is empty when there is nothing to keep others out of."""

    id: int
    space: Space
    reference: str
    lock: str
    fields: Mapping[str, Any]
    position: int
    available_at: float
    period: str
    added_by: str
    added_at: float
    priority: int
    deadline: float | None
    behind: int = 0
    status: ItemStatus = "new"
    exception: str | None = None
    reason: str = ""
    attempts: int = 0
    postponed: Mapping[str, int] = field(default_factory=dict)
    owner: str | None = None
    epoch: int = 0
    lease_until: float = 0.0
    completed_on: date | None = None
    rules: tuple[str, ...] = ()
    output: Mapping[str, Any] = field(default_factory=dict)
    analytics: Mapping[str, Any] = field(default_factory=dict)
    claimed_by: str = ""
    claimed_at: float | None = None
    settled_by: str = ""
    settled_at: float | None = None
    progress: str = ""
    successor: int | None = None
    thinned_at: float | None = None
    retracted: bool = False

    @property
    def is_open(self) -> bool:
        return self.status in ("new", "in_progress")

    @property
    def urgency(self) -> tuple[Any, ...]:
        """What is claimed before the position is looked at."""
        return (self.behind, self.priority, self.deadline or float("inf"))

    def take(self, item: NewItem, fields: Mapping[str, Any]) -> None:
        """Bring a waiting item up to date."""
        self.lock, self.fields, self.period = item.lock, fields, item.period
        self.priority, self.deadline = item.priority, item.deadline
        self.available_at = max(self.available_at, item.not_before or 0.0)

    def open_again(self) -> None:
        self.status, self.owner = "new", None


@dataclass(slots=True)
class EffectRow:
    key: EffectKey
    status: EffectStatus
    candidate: str | None
    submitted_at: float
    item: int
    job: str
    confirmed_at: float | None = None


@dataclass(slots=True)
class JobRow:
    job: Job
    started_at: float
    seen_at: float | None
    status: str = "running"
    summary: Mapping[str, Any] = field(default_factory=dict)
    ended_at: float | None = None
    wanted: str = ""
    wanted_by: str = ""
    queued_at: float | None = None
    pool: str = DEFAULT_POOL
    requires: tuple[str, ...] = ()
    restarts: int = 0
    dispatched: bool = False
