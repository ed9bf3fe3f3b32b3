"""What the chain tells of what people told the store, and what of that does not agree: hours, outcomes,
surveys, and the alerts that somebody has acknowledged.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from robotfabrik.model.audit import AuditRow, Finding
from robotfabrik.store import digests
from robotfabrik.store.audit import STREAM
from robotfabrik.store.tables import alerts, efforts, outcomes, surveys

_OF: Final = ("bot", "environment", "dataset")


class Efforts:
    """The hours that somebody spent on a robot; not what for."""

    def __init__(self) -> None:
        self._told: dict[Any, tuple[int, tuple[Any, ...]]] = {}  # number → row, what it tells

    def hear(self, row: AuditRow, detail: Mapping[str, Any]) -> None:
        if row.action == "hours.recorded" and type(number := detail.get("number")) is int:
            named = (detail.get(name) for name in ("environment", "dataset", "day", "hours"))
            self._told[number] = (row.seq, (row.bot, *named, row.by))

    def compare(self, connection: Connection) -> Iterator[Finding]:
        columns = digests.held(efforts.c[name] for name in (*_OF, "day", "hours", "by"))
        statement = sa.select(efforts.c.id, *columns).order_by(efforts.c.id)
        for number, *held in connection.execute(statement, execution_options=STREAM):
            seq, told = self._told.pop(number, (0, ()))
            if not seq:
                yield Finding(0, f"hours {number} are in the store, and no row tells of them")
            elif tuple(held) != told:
                yield Finding(seq, f"row {seq} tells otherwise of hours {number}: they were changed")
        for number, (seq, _) in sorted(self._told.items()):
            message = f"row {seq} tells of hours {number}, which are not in the store: they were removed"
            yield Finding(seq, message)


class Outcomes:
    """What became of the activities of a month, as it was counted last."""

    def __init__(self) -> None:
        self._told: dict[tuple[Any, ...], tuple[int, Any]] = {}  # bot, where and month → row, digest

    def hear(self, row: AuditRow, detail: Mapping[str, Any]) -> None:
        months = detail.get("months")
        if row.action == "outcomes.imported" and isinstance(months, dict):
            for month, digest in months.items():
                subject = (row.bot, detail.get("environment"), detail.get("dataset"), month)
                self._told[subject] = (row.seq, digest)

    def compare(self, connection: Connection) -> Iterator[Finding]:
        key = [outcomes.c[name] for name in (*_OF, "month")]
        numbers = sa.select(*key, outcomes.c.rule, outcomes.c.outcome, outcomes.c.number).order_by(*key)
        found = connection.execute(numbers, execution_options=STREAM)
        for subject, some in itertools.groupby(found, lambda row: tuple(row[: len(key)])):
            bot, *_, month = subject
            seq, told = self._told.pop(subject, (0, None))
            if not seq:
                yield Finding(0, f"outcomes of {bot} in {month} are in the store, and no row tells of them")
            elif digest(tuple(row[len(key) :]) for row in some) != told:
                yield Finding(seq, f"row {seq} tells of the outcomes of {bot} in {month}: they were changed")
        for (bot, *_, month), (seq, _) in self._told.items():
            message = f"row {seq} tells of outcomes of {bot} in {month} that are not in the store"
            yield Finding(seq, f"{message}: they were removed")


class Surveys:
    """What people answered in a survey, as it was told last."""

    def __init__(self) -> None:
        self._told: dict[tuple[Any, ...], tuple[int, Any]] = {}  # period and data set → row, digest

    def hear(self, row: AuditRow, detail: Mapping[str, Any]) -> None:
        if row.action == "survey.imported":
            self._told[row.subject, detail.get("dataset")] = (row.seq, detail.get("answers"))

    def compare(self, connection: Connection) -> Iterator[Finding]:
        key = (surveys.c.period, surveys.c.dataset)
        numbers = sa.select(*key, surveys.c.question, surveys.c.answer, surveys.c.number).order_by(*key)
        found = connection.execute(numbers, execution_options=STREAM)
        for subject, some in itertools.groupby(found, lambda row: tuple(row[: len(key)])):
            seq, told = self._told.pop(subject, (0, None))
            if not seq:
                yield Finding(0, f"a survey of {subject[0]} is in the store, and no row tells of it")
            elif digest(tuple(row[len(key) :]) for row in some) != told:
                yield Finding(seq, f"row {seq} tells of the survey of {subject[0]}: it was changed")
        for (period, _), (seq, _) in self._told.items():
            message = f"row {seq} tells of a survey of {period} that is not in the store: it was removed"
            yield Finding(seq, message)


def digest(numbers: Iterable[tuple[Any, ...]]) -> str:
    """The digest of counts, each with what it is of, in any order."""
    return digests.of(sorted(map(repr, numbers)))


class Acknowledged:
    """Who has said that they know of an alert. Of other alerts no row tells."""

    def __init__(self) -> None:
        self._told: dict[str, tuple[int, tuple[Any, ...]]] = {}  # alert → row, who and what kind

    def hear(self, row: AuditRow, detail: Mapping[str, Any]) -> None:
        if row.action == "alert.acknowledged":
            self._told[row.subject] = (row.seq, (row.by, detail.get("kind"), row.bot))

    def compare(self, connection: Connection) -> Iterator[Finding]:
        statement = sa.select(alerts.c.id, alerts.c.acknowledged_by, alerts.c.kind, alerts.c.bot)
        for number, *held in connection.execute(statement, execution_options=STREAM):
            seq, told = self._told.pop(str(number), (0, ()))
            if not seq and held[0] != "":
                yield Finding(0, f"alert {number} was acknowledged, and no row tells of it")
            elif seq and tuple(held) != told:
                yield Finding(seq, f"row {seq} tells otherwise of alert {number}: it was changed")
        for number, (seq, _) in self._told.items():
            message = f"row {seq} tells of alert {number}, which is not in the store: it was removed"
            yield Finding(seq, message)
