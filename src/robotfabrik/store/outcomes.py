"""What people tell for the statistics: outcomes of activities, as counts, and hours spent on a robot."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from robotfabrik.model.audit import Entry
from robotfabrik.model.errors import UsageError
from robotfabrik.model.statistics import Counted, Subject, Told
from robotfabrik.store import audit
from robotfabrik.store.comparing_told import digest
from robotfabrik.store.tables import efforts, items, jobs, now, outcomes
from robotfabrik.store.thinning import hashed

EVERY: Final = ""
"""The rule under which an activity counts once, whatever rules its note had."""

_of_subject = sa.and_(
    jobs.c.bot == sa.bindparam("bot"), jobs.c.environment == sa.bindparam("environment"),
    jobs.c.dataset == sa.bindparam("dataset"), jobs.c.rehearsal == "",
)  # fmt: skip
_noted = (
    sa.select(
        items.c.space, items.c.reference, items.c.lock, items.c.completed_on, items.c.rules,
        items.c.exception,
    )
    .join_from(items, jobs, items.c.settled_by == jobs.c.id)
    .where(
        _of_subject, items.c.found == "noted", items.c.status != "retried",
        items.c.completed_on.between(sa.bindparam("first"), sa.bindparam("last")),
    )
)  # fmt: skip
_NIGHT: Final = timedelta(days=1)  # a job that runs past midnight writes on the day after its own


def count(connection: Connection, pepper: bytes, subject: Subject, told: Sequence[Told], by: str) -> Counted:
    """Count what is told under the rules of the robot's own notes.

    What was counted before for the same months gives way, so that one file may be read twice.
    """
    if not told:
        return Counted(0, 0, ())
    found = _Noted(connection, pepper, subject, told)
    numbers: Counter[tuple[str, str, str]] = Counter()
    others = 0
    for one in told:
        rules = found.rules(one)
        if rules is None:
            others += one.number
            continue
        for rule in (EVERY, *rules):
            numbers[f"{one.day:%Y-%m}", rule, one.outcome] += one.number
    months = sorted({month for month, _, _ in numbers})
    if months:
        _replace(connection, subject, months, numbers)
        counted = sum(number for (_, rule, _), number in numbers.items() if rule == EVERY)
        where = {"environment": subject.environment, "dataset": subject.dataset}
        digests = {
            month: digest((*key, number) for (of, *key), number in numbers.items() if of == month)
            for month in months
        }
        detail = {**where, "months": digests, "counted": counted, "others": others}
        audit.append(connection, Entry("outcomes.imported", subject.bot, by, subject.bot, detail=detail))
        return Counted(counted, others, tuple(months))
    return Counted(0, others, ())


def _replace(
    connection: Connection, subject: Subject, months: Iterable[str], numbers: Counter[tuple[str, str, str]]
) -> None:
    key = {"bot": subject.bot, "environment": subject.environment, "dataset": subject.dataset}
    same = [outcomes.c[name] == value for name, value in key.items()]
    connection.execute(sa.delete(outcomes).where(*same, outcomes.c.month.in_(list(months))))
    rows = [
        {**key, "month": month, "rule": rule, "outcome": outcome, "number": number}
        for (month, rule, outcome), number in numbers.items()
    ]
    connection.execute(outcomes.insert().values(told_at=now()), rows)


class _Noted:
    """The robot's noted cases around some days, by the names that a case system may know them by."""

    def __init__(self, connection: Connection, pepper: bytes, subject: Subject, told: Sequence[Told]) -> None:
        days = [one.day for one in told]
        values = {
            "bot": subject.bot, "environment": subject.environment, "dataset": subject.dataset,
            "first": min(days).replace(day=1) - _NIGHT, "last": max(days),
        }  # fmt: skip
        self._pepper = pepper
        self._spaces: set[str] = set()
        self._by_name: dict[tuple[str, date], tuple[str, ...]] = {}
        self._rules: dict[str, set[str]] = defaultdict(set)
        for row in connection.execute(_noted, values):
            self._spaces.add(row.space)
            # A finding may be an exception instead of a row of a rule.
            rules = tuple(dict.fromkeys([*row.rules, *([row.exception] if row.exception else [])]))
            self._rules[f"{row.completed_on:%Y-%m}"].update(rules)
            for name in {row.reference, row.lock} - {None}:
                self._by_name[name, row.completed_on] = rules

    def rules(self, told: Told) -> tuple[str, ...] | None:
        """The rules behind the note of an activity; None when the robot has no such note."""
        if told.rule:
            # Only what the robot has: a name or number that stands there by mistake is not kept.
            return (told.rule,) if told.rule in self._rules[f"{told.day:%Y-%m}"] else None
        names = [told.case, *(hashed(self._pepper, space, told.case) for space in self._spaces)]
        for day in (told.day, told.day - _NIGHT):
            for name in names:
                if (name, day) in self._by_name:
                    return self._by_name[name, day]
        return None


def spend(connection: Connection, subject: Subject, day: date, hours: float, what: str, by: str) -> None:
    """Note that somebody worked on a robot. Below 0: a correction of what was noted before."""
    if not 0 < abs(hours) <= 1000:
        raise UsageError("--hours is a number such as 2.5; below 0 it corrects what was recorded before")
    values: dict[str, Any] = {
        "bot": subject.bot, "environment": subject.environment, "dataset": subject.dataset, "day": day,
        "hours": hours, "what": what, "by": by, "recorded_at": now(),
    }  # fmt: skip
    number = connection.execute(efforts.insert().values(values).returning(efforts.c.id)).scalar_one()
    where = {"environment": subject.environment, "dataset": subject.dataset}
    detail = {**where, "number": number, "day": day.isoformat(), "hours": hours}
    audit.append(connection, Entry("hours.recorded", subject.bot, by, subject.bot, detail=detail))
