"""What watching needs from outside. The store gives what it knows, channels.py carries messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from robotfabrik.model.alerts import Alert, AlertSettings, Cause, Mailing
from robotfabrik.model.deployment import Decision
from robotfabrik.model.records import ItemFilter, JobFilter, JobRecord, QueueItem


class Book(Protocol):
    """The alerts of a store (store.alerts.Alerts)."""

    def record(self, causes: Sequence[Cause], judged: Callable[[Cause], bool]) -> None: ...
    def open(self) -> Sequence[Alert]: ...
    def take(self) -> Alert | None: ...
    def reached(self, alert: Alert, names: Sequence[str]) -> None: ...
    def told(self, alert: Alert, remind: float) -> None: ...
    def nobody(self, alert: Alert) -> None: ...
    def take_mailing(self, mailing: Mailing) -> bool: ...
    def mailed(self, mailing: Mailing) -> None: ...


class Store(Protocol):
    """What is looked at in a store."""

    def jobs(self, wanted: JobFilter) -> Sequence[JobRecord]: ...
    def find_items(self, wanted: ItemFilter) -> Sequence[QueueItem]: ...
    def decisions(self, bot: str | None = None) -> Sequence[Decision]: ...

    @property
    def alerts(self) -> Book: ...


@dataclass(frozen=True, slots=True)
class Due:
    """A trigger's last fire that should have started its bot by now; `at` is when (UTC)."""

    trigger: str
    bot: str
    at: datetime
    rehearse: bool = False


@dataclass(frozen=True, slots=True)
class Watched:
    """What is looked at, and how. What is None, or not named, is not looked at and stays as it was."""

    settings: AlertSettings
    bots: tuple[str, ...]
    machine: str
    folders: tuple[Path, ...]  # that need space
    gone: Callable[[JobRecord], bool]
    """Does a job say that it runs, though nobody runs it?"""
    due: Callable[[datetime], Iterable[Due]] | None = None
    """The last fire of each trigger before a moment."""
    head_kept: Callable[[], date | None] | None = None
    """The day on which the audit's head was last kept elsewhere."""
    expiring: Callable[[date], Iterable[tuple[str, date]]] | None = None
    """The credentials that expire by a day, each with its own."""


Send = Callable[[str, str, str, str], str | None]
"""Tells (name, title, body, severity); what went wrong, or none."""
Log = Callable[[str, str], None]
"""A line of the log: its level and text."""
