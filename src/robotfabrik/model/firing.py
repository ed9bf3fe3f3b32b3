"""What becomes of the fires of triggers: each is decided once, and the decision is a row of the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

Decided = Literal["started", "joined", "waiting", "skipped"]
"""`joined`: the job of another fire stands for it. `waiting` is the only one that becomes another."""

Why = Literal["", "blackout", "missed", "max_parallel", "paused", "before", "removed"]
"""What kept a fire from starting its bot when it was due.

`missed`: no service looked at that time. `before`: a file that lay there when its trigger was new. `removed`:
its trigger was taken out of the schedule while the fire waited.
"""

EVERY: Final = "*"
"""Pausing this pauses every trigger, those to come too. No trigger can have such a name."""

BY_HAND: Final = "by hand "
"""So begins the key of a fire that a person has asked for."""


@dataclass(frozen=True, slots=True)
class Due:
    """A fire to be decided on. `key` is unique among its trigger's; `due` is a moment in UTC.

    `planned`: the day that it was planned for. `closed`: it is due in a blackout.
    """

    key: str
    due: datetime
    planned: date
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a fire, and what kept it from starting its bot when it was due."""

    due: Due
    outcome: Decided
    why: Why = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands with a trigger. `active`: its jobs that wait or run. `waiting`: its fires that wait.

    `looked`: until when its fires are decided. `problem`: why it cannot be looked at, for people. `pauses`:
    those that have ended, each from when until when.
    """

    looked: datetime
    paused: bool = False
    active: int = 0
    waiting: tuple[Due, ...] = ()
    problem: str = ""
    pauses: tuple[tuple[datetime, datetime], ...] = ()

    def paused_at(self, moment: datetime) -> bool:
        """Is it paused, or was it then?"""
        return self.paused or any(began <= moment < ended for began, ended in self.pauses)


@dataclass(frozen=True, slots=True)
class FireRow:
    """A decision as it is kept. Times in seconds since 1970; `by` is the machine or the person."""

    trigger: str
    key: str
    bot: str
    due: float
    outcome: Decided
    why: Why
    job: str
    decided_at: float
    by: str


@dataclass(frozen=True, slots=True)
class Pause:
    """A trigger that a person has paused, or EVERY one."""

    trigger: str
    by: str
    at: float
    note: str


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A service that looks at the schedule. `silent`: seconds since its last look, by the store's clock."""

    owner: str
    machine: str
    pid: int
    started_at: float
    silent: float


@dataclass(frozen=True, slots=True)
class QueueState:
    """What a bot could take now. `age`: seconds that the oldest item has waited. `busy`: it has a job."""

    items: int
    newest: int  # the id of the item added last
    age: float
    busy: bool

    @property
    def key(self) -> str:
        """Alike as long as nobody adds or takes anything."""
        return f"{self.items} items, {self.newest}"
