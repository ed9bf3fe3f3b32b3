"""What goes into a job besides its process, who watches it, and what comes out."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, Protocol

from robotfabrik.engine.worker import Worker
from robotfabrik.model.process import Step
from robotfabrik.model.result import ItemResult, Summary
from robotfabrik.model.work import Item, NewItem

Told = Literal["", "told", "owed", "held"]


class Observer(Protocol):
    """Who watches a job: the terminal, the logs, the run's folder. Never told personal data but in `item`."""

    def started(self, total: int) -> None: ...
    def item(self, result: ItemResult) -> None: ...
    def step(self, item: Item | None, step: Step, status: str, seconds: float) -> None: ...
    def log(self, level: str, message: str) -> None: ...
    async def evidence(self, item: Item | None, worker: Worker, error: BaseException) -> None: ...


@dataclass(frozen=True, slots=True)
class Options:
    """How much of a job to run."""

    only: frozenset[str] = frozenset({"dispatch", "process", "finish"})
    limit: int | None = None
    reference: str | None = None
    max_consecutive_failures: int = 10
    retries: bool = True  # whether what has failed is run again by itself
    flagged_share: Decimal | None = None  # a live job stops when more of its items are noted or listed …
    flagged_after: int = 30  # … of at least so many
    given: tuple[NewItem, ...] = ()  # items to handle instead of those that a dispatch finds


@dataclass(slots=True)
class Outcome:
    """What a job gave. `status`: successful, faulted (stopped early) or interrupted.

    `told`: whether the unit was told that it stopped early; owed: the next job tells it; held: nobody knows.
    `unhandled`: references of the job's own items that were not reached. `left`: those that earlier runs
    left open and that were not this job's: of another period, or not added again by the dispatch.
    """

    status: str = "successful"
    reason: str = ""
    summary: Summary = field(default_factory=Summary)
    items: list[ItemResult] = field(default_factory=list)
    unhandled: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    stopped_by: str = ""  # the bot's limit that stopped it early
    told: Told = ""
