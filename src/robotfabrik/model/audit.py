"""The audit: what a person, a trigger or a robot did, as it is told and as it is found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that was done.

    `action` is a noun and what happened to it: `job.started`, `effect.confirmed`, `retention.applied`.
    Only `content` may be personal: it is kept apart from the chain and can be deleted without breaking it.
    """

    action: str
    subject: str  # what it was done to, by a name or number that is not personal
    by: str  # the person, trigger or robot
    bot: str = ""
    release: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)  # JSON
    content: Mapping[str, Any] | None = None  # JSON


@dataclass(frozen=True, slots=True)
class AuditRow:
    """A row of the chain. `detail` is JSON as text; `content` the keyed hash of what is kept apart."""

    seq: int  # from 1, without gaps
    at: float  # seconds since 1970, by the database's clock
    action: str
    subject: str
    by: str
    bot: str
    release: str
    detail: str
    content: str | None
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which rows are asked for. `action` also means all that begin with it and a dot: `job`, `effect`."""

    since: float | None = None
    action: str | None = None
    bot: str | None = None
    by: str | None = None


EVERY_ROW: Final = AuditFilter()


@dataclass(frozen=True, slots=True)
class Head:
    """The last row of the chain at some time. Kept elsewhere, it shows what was cut or written anew."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with the chain: the row, and in words what happened to it."""

    seq: int
    message: str
