"""Work: a job, its queue items, and the effects that must happen at most once."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Final, Literal

from robotfabrik.model.result import Found

ItemStatus = Literal[
    "new", "in_progress", "successful", "business", "failed", "held", "abandoned", "retried", "deleted"
]
"""`abandoned`: its robot is long gone and nobody took it; `retried`: another item tries it again."""

Added = Literal["added", "pending", "done", "held", "reopened"]
EffectStatus = Literal["submitting", "confirmed", "withdrawn"]
"""`withdrawn`: it was meant to be done, a person says that it was not, and it may be done again."""

RETRACT: Final = "retract"
"""The queue beside a process's own with what is taken back."""

DEFAULT_POOL: Final = "default"
_OF: Final = "--job="
_LONGEST_QUEUE: Final = 40  # PostgreSQL tells of a queue by a name that is not much longer
PRIORITIES: Final = {"high": 1, "normal": 2, "low": 3}


@dataclass(frozen=True, slots=True)
class Space:
    """What keeps one robot's items, effects and memory apart from another's.

    Two municipalities (`dataset`) or environments in one store never mix, and a rehearsal
    (`rehearsal` = its job id) never counts as done.
    """

    environment: Literal["test", "production"]
    dataset: str
    process: str
    rehearsal: str = ""

    @property
    def key(self) -> str:
        """The space as one text; items and memory are stored under it."""
        return "/".join((self.environment, self.dataset, self.process, self.rehearsal))

    @property
    def queue(self) -> str:
        """Which queue beside the process's own it is, such as `retract`; empty: its own."""
        return self.process.partition("/")[2]

    def beside(self, queue: str) -> Space:
        """The space of another queue of the same process: what it owes, or takes back."""
        return replace(self, process=f"{self.process}/{queue}")

    @property
    def case_space(self) -> str:
        """The space of locks: shared by all processes, so that two robots never work in one case."""
        return "/".join((self.environment, self.dataset, self.rehearsal))


@dataclass(frozen=True, slots=True)
class Job:
    """One run of a bot."""

    id: str
    bot: str
    space: Space
    date: date
    period: str
    release: str
    robot: str
    started_by: str
    owner: str
    mode: Literal["rehearsal", "live"]
    configuration: Mapping[str, Any] = field(default_factory=dict)  # the config that it runs with, as JSON
    arguments: tuple[str, ...] = ()  # what `run BOT`, or `retract`, was called with
    machine: str = ""
    trigger: str = ""  # the name of the trigger that wanted it; empty: a person did
    restart_of: str = ""  # the job that it follows
    tells: bool = False  # the unit is told when it stops early: by itself, or by the next job
    first: str = ""  # the job whose work it goes on with, when a machine left that; empty: it begins

    @property
    def takes_back(self) -> str:
        """The job whose effects it takes back; empty when it is an ordinary one, or nobody knows any more."""
        if self.space.queue != RETRACT:
            return ""
        return next((word.removeprefix(_OF) for word in self.arguments if word.startswith(_OF)), "")


@dataclass(frozen=True, slots=True)
class PendingJob:
    """A job that waits for a machine. `arguments`: the words of `robotfabrik run` after BOT."""

    id: str
    bot: str
    space: Space
    date: date
    period: str
    arguments: tuple[str, ...] = ()
    started_by: str = ""
    trigger: str = ""  # as in Job
    pool: str = DEFAULT_POOL  # machines that say they serve it may run it
    requires: tuple[str, ...] = ()  # what such a machine must have, such as a desktop
    restart_of: str = ""
    restarts: int = 0  # how often the work was taken up again after a machine that fell silent

    @property
    def queue(self) -> str:
        """What carries its id to the machines that may run it."""
        return queue_of(self.pool, self.requires)


def queue_of(pool: str, requires: Iterable[str]) -> str:
    """One queue for each pool and set of requirements: a machine listens to those that it can serve."""
    name = "+".join((pool, *sorted(requires)))
    return name if len(name) <= _LONGEST_QUEUE else sha256(name.encode()).hexdigest()[:_LONGEST_QUEUE]


def remaining(arguments: Iterable[str], handled: int) -> tuple[str, ...] | None:
    """The words of `run` for who goes on after so many items were handled; none: `--limit` was reached."""
    left = []
    for word in arguments:
        name, _, value = word.partition("=")
        if name == "--limit":
            if int(value) <= handled:
                return None
            word = f"--limit={int(value) - handled}"
        left.append(word)
    return tuple(left)


def new_job_id(bot: str, day: date) -> str:
    """A job's id: of which bot, as which day, and letters of its own."""
    return f"{bot}-{day}-{secrets.token_hex(4)}"


@dataclass(frozen=True, slots=True)
class NewItem:
    """An item to be added: `reference` is unique in its space, for ever. Times in seconds since 1970."""

    reference: str
    lock: str
    fields: Mapping[str, Any]
    period: str = ""  # the only one in which it may be handled; empty: any
    priority: int = PRIORITIES["normal"]
    deadline: float | None = None
    not_before: float | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """Which open items of a space a job takes: those of its period, and of them perhaps not all."""

    period: str = ""
    reference: str | None = None  # this one only
    seen_by: str | None = None  # only those added, or added again, since this job began


WITHOUT_PERIOD: Final = Selection()


@dataclass(frozen=True, slots=True)
class OpenItem:
    """An item that waits, is in progress or was abandoned.

    `seen`: added, or added again, since a job began. `late`: its deadline is over.
    """

    reference: str
    period: str
    seen: bool
    abandoned: bool = False
    late: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """A claimed item. Every later write names (`id`, `owner`, `epoch`) and fails when it is stale."""

    id: int
    reference: str
    lock: str
    fields: Mapping[str, Any]
    attempt: int  # this is execution number `attempt`, from 1
    postponed: Mapping[str, int]  # exception id → how often it has postponed this item
    owner: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Settlement:
    """How an item's execution ended, with everything that the reports need."""

    status: Literal["successful", "business", "failed", "held"]
    exception: str | None = None  # exception id of the PDD, or SE… of the engine
    reason: str = ""
    rules: tuple[str, ...] = ()
    output: Mapping[str, Any] = field(default_factory=dict)  # JSON: report columns, effects, readings, doubt
    analytics: Mapping[str, Any] = field(default_factory=dict)  # JSON without personal data
    found: Found = ""


@dataclass(frozen=True, slots=True)
class StoredItem:
    """An item as the reports read it."""

    reference: str
    lock: str
    fields: Mapping[str, Any]
    status: ItemStatus
    exception: str | None
    reason: str
    attempts: int
    rules: tuple[str, ...]
    output: Mapping[str, Any]
    job: str  # the job that settled it last
    period: str = ""
    progress: str = ""  # what the robot last said of its work on it
    day: date | None = None  # of the job that settled it last


@dataclass(frozen=True, slots=True)
class EffectKey:
    """An effect: `scope` is environment/dataset/application/effect, `hash` that of the whole key."""

    scope: str
    hash: str


@dataclass(frozen=True, slots=True)
class EffectRecord:
    """What the store knows of an effect. `age` in seconds since `submitting`, by the database's clock.

    `item` is the id of the item that sent it, or that found it first; `day` the date of the job that did,
    none when that job is not kept any more.
    """

    status: EffectStatus
    candidate: str | None
    submitted_at: datetime
    age: float
    item: int
    day: date | None
