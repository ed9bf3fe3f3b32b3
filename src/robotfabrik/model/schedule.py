"""A schedule as it is written: which bot starts when. Frozen data; what follows from it is in `timing`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal, TypeAlias

from robotfabrik.model.source import Span

DayKind = Literal["saturdays", "sundays", "red_days", "eves", "klämdagar"]
DAY_KINDS: tuple[DayKind, ...] = ("saturdays", "sundays", "red_days", "eves", "klämdagar")
OnHoliday = Literal["skip", "previous_bank_day", "next"]
ON_HOLIDAY: tuple[OnHoliday, ...] = ("skip", "previous_bank_day", "next")
Misfire = Literal["skip", "run_once"]
MISFIRES: tuple[Misfire, ...] = ("skip", "run_once")
JobStatus = Literal["successful", "faulted", "interrupted"]
JOB_STATUSES: tuple[JobStatus, ...] = ("successful", "faulted", "interrupted")
JobDate = Literal["started", "planned"]
JOB_DATES: tuple[JobDate, ...] = ("started", "planned")
Phase = Literal["dispatch", "process", "finish"]
PHASES: tuple[Phase, ...] = ("dispatch", "process", "finish")


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are free: those of some kinds, and dates of its own. `working` wins over everything."""

    name: str
    kinds: frozenset[DayKind] = frozenset({"saturdays", "sundays", "red_days", "eves"})
    free: frozenset[date] = frozenset()
    working: frozenset[date] = frozenset()


BANK_DAYS = Calendar("bank_days")
"""The banks' own: closed on Saturdays, Sundays, red days, and on four eves. Always there."""


# --- what starts a bot


@dataclass(frozen=True, slots=True)
class MonthDays:
    """Days of the month, 1 to 31; `last`: the month's last day too."""

    numbers: frozenset[int]
    last: bool = False


@dataclass(frozen=True, slots=True)
class Weekdays:
    """Days of the week by ISO number, 1 Monday to 7 Sunday, each with its number in the month.

    The number is 1 to 5, or -1 for the last of the month; None is every one.
    """

    days: frozenset[tuple[int, int | None]]


@dataclass(frozen=True, slots=True)
class WorkingDay:
    """A working day of the month by the trigger's calendar: 1 is the first, -1 the last."""

    number: int


@dataclass(frozen=True, slots=True)
class Cron:
    """Times of the wall clock on some days of some months. `days` None: every day."""

    minutes: tuple[int, ...]  # in order
    hours: tuple[int, ...]  # in order
    months: frozenset[int]
    days: MonthDays | Weekdays | WorkingDay | None = None


@dataclass(frozen=True, slots=True)
class Interval:
    """Equal stretches of real time. `anchor` is the first fire, by the wall clock."""

    every: timedelta
    anchor: datetime


@dataclass(frozen=True, slots=True)
class Files:
    """Complete files in a folder: those that have kept size and time for as long as `quiet`."""

    folder: str  # whole, from ~, or from the schedule's file
    pattern: str
    quiet: timedelta


@dataclass(frozen=True, slots=True)
class NewItems:
    """The bot's own queue: so many new items, or one that is older than this. One of the two is not None."""

    items: int | None
    older_than: timedelta | None


@dataclass(frozen=True, slots=True)
class After:
    """The end of another bot's job, with one of these statuses, and so much later."""

    bot: str
    statuses: frozenset[JobStatus]
    delay: timedelta


Start: TypeAlias = Cron | Interval | Files | NewItems | After


# --- when not


@dataclass(frozen=True, slots=True)
class DailyBlackout:
    """From one time of the wall clock to another, in minutes after midnight (`end` up to 1440).

    On the ISO days of the week on which it begins; it ends on the next day when `end` is not after `start`.
    """

    days: frozenset[int]
    start: int
    end: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DatedBlackout:
    """From one wall-clock time to another, once."""

    start: datetime
    end: datetime
    reason: str = ""


Blackout: TypeAlias = DailyBlackout | DatedBlackout


# --- triggers


@dataclass(frozen=True, slots=True)
class Arguments:
    """How the bot is run, as `robotfabrik run` takes it. None: as the bot says.

    `config`: the values that it gives for the PDD's configuration. `written`: the same, as they are written.
    """

    rehearse: bool = False
    date: JobDate = "started"
    workers: int | None = None
    limit: int | None = None
    only: Phase | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    written: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Trigger:
    """What starts a bot, and how.

    `calendar` says which days `on_holiday` is about; without one all days are alike. `misfire`: what becomes
    of a fire that could not start its bot when it was due (a blackout, a service that stood still, as many
    jobs as `max_parallel` at work): nothing, or one job for all of them, as soon as it may start.
    """

    name: str
    span: Span
    bot: str
    start: Start
    at: Span  # where `start` stands
    calendar: Calendar | None = None
    on_holiday: OnHoliday = "skip"
    misfire: Misfire = "skip"
    max_parallel: int = 1
    blackouts: tuple[Blackout, ...] = ()  # the schedule's, then its own
    arguments: Arguments = field(default_factory=Arguments)


@dataclass(frozen=True, slots=True, eq=False)
class Schedule:
    """Triggers and what they share. Every local time is of `time_zone`, an IANA name."""

    span: Span
    time_zone: str
    calendars: Mapping[str, Calendar]
    blackouts: tuple[Blackout, ...]
    triggers: tuple[Trigger, ...]
