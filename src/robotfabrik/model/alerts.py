"""Who is told what goes wrong, and what was told. Class operations: no case, no person, no reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, Literal

from robotfabrik.model.source import Span

Kind = Literal[
    "faulted", "interrupted", "abandoned", "breaker", "held", "not_started", "raised", "review", "credential",
    "disk", "audit",
]  # fmt: skip
KINDS: tuple[Kind, ...] = (
    "faulted", "interrupted", "abandoned", "breaker", "held", "not_started", "raised", "review", "credential",
    "disk", "audit",
)  # fmt: skip
Severity = Literal["info", "warning", "error"]
Every = Literal["job", "day", "month"]
EVERY: tuple[Every, ...] = ("job", "day", "month")
Order = Literal["first", "again", "over"]
"""Which message about a cause: the first one, a reminder, or that it is over."""

GIGABYTE: Final = 1_000_000_000


# --- what is set


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who is told of which causes, of all or of some bots. Where `name` is reached is no part of a file."""

    name: str
    causes: frozenset[Kind] = frozenset(KINDS)
    bots: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class AlertLimits:
    """From when something is a cause, and after how long people are reminded of one that lasts."""

    late: timedelta = timedelta(hours=1)
    expires: timedelta = timedelta(days=14)
    disk: int = 2 * GIGABYTE  # bytes
    remind: timedelta = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mails are sent through: smtp://… or smtps://…, the credential's name, and the sender."""

    server: str
    sender: str
    credential: str | None = None


@dataclass(frozen=True, slots=True)
class SummaryOrder:
    """To whom a bot's figures go after each job, day or month. `link` holds {job} and {bot}, or is empty."""

    bot: str
    to: tuple[str, ...]
    every: Every = "job"
    link: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class AlertSettings:
    """alerts.yaml."""

    span: Span
    recipients: tuple[Recipient, ...] = ()
    limits: AlertLimits = field(default_factory=AlertLimits)
    mail: MailServer | None = None
    summaries: tuple[SummaryOrder, ...] = ()


# --- what is so, and what was told


@dataclass(frozen=True, slots=True)
class Cause:
    """Something that people should know. Times in seconds since 1970.

    (kind, machine, bot, subject) is what makes it the same cause when it is seen again.
    """

    kind: Kind
    subject: str  # what it is about, when the bot or the machine does not say it: a trigger, a credential
    what: str
    todo: str
    since: float = 0.0
    latest: float = 0.0
    bot: str = ""
    machine: str = ""  # of what only one machine can see
    count: int = 1
    severity: Severity = "error"

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.kind, self.machine, self.bot, self.subject


@dataclass(frozen=True, slots=True)
class Alert:
    """A cause as it is kept. `told_to`: who has had the message that is on its way."""

    id: int
    cause: Cause
    told_at: float | None
    told_to: tuple[str, ...]
    over_at: float | None
    acknowledged_by: str = ""

    @property
    def order(self) -> Order:
        """What the next message says."""
        if self.over_at is not None:
            return "over"
        return "first" if self.told_at is None else "again"


@dataclass(frozen=True, slots=True)
class Mailing:
    """One summary to one address; `period` is a job's id, a day or a month."""

    bot: str
    every: Every
    period: str
    recipient: str

    def row(self) -> Mapping[str, Any]:
        return {"bot": self.bot, "every": self.every, "period": self.period, "recipient": self.recipient}
