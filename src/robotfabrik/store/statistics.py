"""Figures of what robots did, reckoned in the database from what retention leaves: states, days, rules, jobs.

A case belongs to the day of the job that ended it, or of the one that added it while it is open. Items that
were tried again count once, as their newest try.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from robotfabrik.model.measures import MeasureFigures, Share, tallied
from robotfabrik.model.statistics import (
    Cases,
    Deployed,
    ExceptionFigures,
    JobTable,
    LeadTime,
    MonthFigures,
    OutcomeFigures,
    ReleaseFigures,
    RobotFigures,
    RuleFigures,
    StatisticsFilter,
    Subject,
    Work,
)
from robotfabrik.model.values import Month
from robotfabrik.store.tables import decisions, efforts, is_run, items, jobs, now, outcomes

_DAY: Final = 86_400.0
_SILENT: Final = 3600.0  # seconds: a job that lives says so every few
_bind = sa.bindparam

_SUBJECT: Final = (jobs.c.bot, jobs.c.environment, jobs.c.dataset)
_range: Final = (_bind("first", type_=sa.Date), _bind("last", type_=sa.Date))


def _month(day: Any) -> sa.ColumnElement[int]:
    """The month of a day, numbered without gaps."""
    year, month = (sa.cast(sa.extract(part, day), sa.Integer) for part in ("year", "month"))
    return (year * 12 + month - 1).label("month")


_theirs: Final = items.join(jobs, jobs.c.id == sa.func.coalesce(items.c.settled_by, items.c.added_by))
_day: Final = sa.func.coalesce(items.c.completed_on, jobs.c.date)
_queue: Final = jobs.c.environment + "/" + jobs.c.dataset + "/" + jobs.c.process + "/" + jobs.c.rehearsal
_is_run: Final = is_run()  # what a person had taken back says nothing of how the robot works
_counts: Final = sa.and_(
    jobs.c.rehearsal == "",
    items.c.space == _queue,  # what a job owes, or takes back, stands in a queue beside: it is no case
    _is_run,
    items.c.status.not_in(["retried", "deleted"]),
    sa.or_(
        items.c.completed_on.between(*_range),
        sa.and_(items.c.completed_on.is_(None), jobs.c.date.between(*_range)),
    ),
)
_live: Final = sa.and_(_is_run, jobs.c.rehearsal == "", jobs.c.date.between(*_range))


def _number(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)


# --- the questions: each gives the subject first, with the month when it is asked for by month

_is_checked: Final = sa.and_(items.c.status.in_(["successful", "business"]), items.c.found != "listed")
_CASES: Final = (
    _number(sa.and_(_is_checked, items.c.found == "")).label("clear"),
    _number(sa.and_(_is_checked, items.c.found == "noted")).label("noted"),
    _number(sa.and_(items.c.status == "business", items.c.found == "listed")).label("listed"),
    _number(items.c.status.in_(["failed", "abandoned"])).label("failed"),
    _number(items.c.status == "held").label("held"),
    _number(items.c.status.in_(["new", "in_progress"])).label("open"),
)

_ended: Final = sa.func.coalesce(jobs.c.ended_at, jobs.c.seen_at, jobs.c.started_at)
_is_silent: Final = now() - sa.func.coalesce(jobs.c.seen_at, jobs.c.started_at) > _SILENT
_is_lost: Final = sa.or_(jobs.c.status == "abandoned", sa.and_(jobs.c.status == "running", _is_silent))
_is_live: Final = jobs.c.rehearsal == ""
_has_begun: Final = jobs.c.robot != ""  # one that waits, or could not be started, has no robot yet
_WORK: Final = (
    _number(sa.and_(_is_live, jobs.c.status == "successful")).label("successful"),
    _number(sa.and_(_is_live, jobs.c.status == "faulted")).label("faulted"),
    _number(sa.and_(_is_live, _is_lost)).label("lost"),
    _number(sa.and_(_is_live, jobs.c.status == "interrupted")).label("interrupted"),
    _number(sa.and_(_is_live, jobs.c.status == "running", ~_is_silent)).label("running"),
    sa.func.sum(sa.case((sa.and_(_is_live, _has_begun), _ended - jobs.c.started_at), else_=0.0)).label(
        "seconds"
    ),
    _number(sa.and_(~_is_live, _has_begun)).label("rehearsals"),
)


def _cases(*by: Any) -> sa.Select[Any]:
    return sa.select(*_SUBJECT, *by, *_CASES).select_from(_theirs).where(_counts).group_by(*_SUBJECT, *by)


def _work(*by: Any) -> sa.Select[Any]:
    where = sa.and_(_is_run, jobs.c.date.between(*_range))
    return sa.select(*_SUBJECT, *by, *_WORK).where(where).group_by(*_SUBJECT, *by)


def _lead(*by: Any) -> sa.Select[Any]:
    """Median and the like by rank, since SQLite knows none: the smallest time that so many do not exceed."""
    keys = (*_SUBJECT, *by)
    seconds = items.c.settled_at - items.c.added_at
    ranked = (
        sa.select(
            *keys, seconds.label("seconds"),
            sa.func.row_number().over(partition_by=keys, order_by=seconds).label("place"),
            sa.func.count().over(partition_by=keys).label("number"),
        )
        .select_from(_theirs)
        .where(_counts, items.c.status.in_(["successful", "business"]))
        .subquery()
    )  # fmt: skip
    at, number = ranked.c, ranked.c.number
    named = [at[key.name] for key in keys]
    return sa.select(
        *named, number,
        sa.func.max(sa.case((at.place == (number + 1) // 2, at.seconds))).label("median"),
        sa.func.max(sa.case((at.place == (number * 9 + 9) // 10, at.seconds))).label("most"),
        sa.func.max(at.seconds).label("longest"),
        _number(at.seconds <= _DAY).label("within_a_day"),
    ).group_by(*named, number)  # fmt: skip


def _rules(each: Any) -> sa.Select[Any]:
    rule = each.c.value.label("rule")
    of_items = (
        sa.select(*_SUBJECT, items.c.id, items.c.found, rule)
        .distinct()  # a row may apply several times in one case
        .select_from(_theirs.join(each, sa.true()))
        .where(_counts)
        .subquery()
    )
    keys = (of_items.c.bot, of_items.c.environment, of_items.c.dataset, of_items.c.rule)
    figures = (sa.func.count().label("cases"), _number(of_items.c.found == "noted").label("noted"))
    return sa.select(*keys, *figures).group_by(*keys).order_by(*keys)


_RULES: Final = {
    "sqlite": _rules(sa.func.json_each(items.c.rules).table_valued("value")),
    "postgresql": _rules(sa.func.json_array_elements_text(items.c.rules).table_valued("value")),
}

def _measures(each: Any, *by: Any, show: str = "") -> sa.Select[Any]:
    """What items showed of each measure, and how many of them: few different things, of whatever many."""
    name, observed = each.c.key.label("name"), sa.cast(each.c.value, sa.Text).label("observed")
    keys = (*_SUBJECT, *by, name, observed)
    return (
        sa.select(*keys, sa.func.count().label("times"))
        .select_from(_theirs.join(each, sa.true()))
        .where(_counts, observed.like(f'{{"show"%{show}%'))
        .group_by(*keys)
    )


def _each(of: Any) -> sa.TableValuedAlias:
    alias: sa.TableValuedAlias = of.table_valued("key", "value")
    return alias


_OBSERVED: Final = {
    "sqlite": _each(sa.func.json_each(items.c.analytics)),
    "postgresql": _each(sa.func.json_each_text(items.c.analytics)),
}
_PRIVATE: Final = {
    "sqlite": _each(sa.func.json_each(items.c.output, "$.private")),
    "postgresql": _each(sa.func.json_each_text(items.c.output.op("->")("private"))),
}

_by_exception: Final = (*_SUBJECT, items.c.exception, items.c.status)
_exceptions: Final = (
    sa.select(
        *_by_exception, sa.func.count().label("cases"), _number(items.c.found == "listed").label("listed")
    )
    .select_from(_theirs)
    .where(_counts, items.c.exception.is_not(None), items.c.status.in_(["business", "failed"]))
    .group_by(*_by_exception)
    .order_by(*_by_exception)
)

_version: Final = (
    sa.select(sa.func.max(decisions.c.version)).where(decisions.c.release == jobs.c.release).scalar_subquery()
)
_by_release: Final = (*_SUBJECT, jobs.c.release)
_first: Final = sa.func.min(jobs.c.date).label("first")
_releases: Final = (
    sa.select(
        *_by_release, sa.func.coalesce(_version, "").label("version"), _first,
        sa.func.max(jobs.c.date).label("last"), sa.func.count().label("jobs"),
        _number(sa.or_(jobs.c.status == "faulted", _is_lost)).label("faults"),
        sa.func.sum(_ended - jobs.c.started_at).label("seconds"),
    )
    .where(_live, _has_begun)
    .group_by(*_by_release)
    .order_by(*_SUBJECT, _first, jobs.c.release)
)  # fmt: skip

_shown: Final = (
    sa.select(
        *_SUBJECT, jobs.c.date, jobs.c.summary,
        sa.func.row_number()
        .over(partition_by=_SUBJECT, order_by=(jobs.c.date.desc(), jobs.c.started_at.desc()))
        .label("place"),
    )
    .where(_live, sa.cast(jobs.c.summary, sa.Text).like('%"tables": {"%'))
    .subquery()
)  # fmt: skip
_tables: Final = sa.select(_shown).where(_shown.c.place == 1)

_newest = jobs.alias("newest")
_names: Final = (
    sa.select(*_SUBJECT, jobs.c.robot)
    .where(
        jobs.c.started_at
        == sa.select(sa.func.max(_newest.c.started_at))
        .where(_newest.c.robot != "", *(_newest.c[column.name] == column for column in _SUBJECT))
        .correlate(jobs)
        .scalar_subquery()
    )
)  # fmt: skip

_deployed: Final = (
    sa.select(
        decisions.c.bot,
        decisions.c.decided_on,
        decisions.c.version,
        decisions.c.release,
        decisions.c.rollback,
    )
    .where(decisions.c.step == "driftsatt", decisions.c.decided_on.between(*_range))
    .order_by(decisions.c.number)
)
_of_effort: Final = (efforts.c.bot, efforts.c.environment, efforts.c.dataset)
_hours: Final = (
    sa.select(*_of_effort, sa.func.sum(efforts.c.hours).label("hours"))
    .where(efforts.c.day.between(*_range))
    .group_by(*_of_effort)
)
_of_outcome: Final = (
    outcomes.c.bot, outcomes.c.environment, outcomes.c.dataset, outcomes.c.rule, outcomes.c.outcome,
)  # fmt: skip
_outcomes: Final = (
    sa.select(*_of_outcome, sa.func.sum(outcomes.c.number).label("number"))
    .where(outcomes.c.month.between(_bind("first_month"), _bind("last_month")))
    .group_by(*_of_outcome)
    .order_by(*_of_outcome)
)
_last_day: Final = sa.select(sa.func.max(jobs.c.date)).where(_is_run, _is_live, _has_begun)


def last_day(connection: Connection, bot: str | None) -> date | None:
    """The last day on which a live job ran; of a bot, or of any."""
    statement = _last_day if bot is None else _last_day.where(jobs.c.bot == bot)
    found: date | None = connection.execute(statement).scalar()
    return found


# --- the answers


def figures(connection: Connection, wanted: StatisticsFilter) -> Sequence[RobotFigures]:
    """The figures of every robot that ran, or that people worked on, in the period or its trend."""
    asked = _Asked(connection, wanted)
    cases = asked.by_subject(_cases(), _as_cases)
    work = asked.by_subject(_work(), _as_work)
    lead = asked.by_subject(_lead(), _as_lead)
    months = _months(_Asked(connection, wanted, trend=True))
    rules = asked.lists(_RULES[connection.dialect.name], lambda r: RuleFigures(r.rule, r.cases, r.noted))
    exceptions = asked.lists(
        _exceptions, lambda r: ExceptionFigures(r.exception, r.status, r.listed, r.cases)
    )
    releases = asked.lists(
        _releases,
        lambda r: ReleaseFigures(r.release, r.version, r.first, r.last, r.jobs, r.faults, float(r.seconds)),
    )
    told = asked.lists(_outcomes, lambda r: (r.rule, r.outcome, int(r.number)))
    hours = asked.by_subject(_hours, lambda r: float(r.hours))
    observed = _OBSERVED[connection.dialect.name]
    measures = asked.lists(_measures(observed), lambda r: (r.name, json.loads(r.observed), r.times))
    shares = _shares(_Asked(connection, wanted, trend=True), observed)
    tables = asked.by_subject(_tables, _as_tables)
    names = asked.by_subject(_names, lambda r: str(r.robot))
    deployed: dict[str, list[Deployed]] = defaultdict(list)
    for row in asked.rows(_deployed):
        deployed[row.bot].append(Deployed(row.decided_on, row.version, row.release or "", row.rollback))
    return [
        RobotFigures(
            subject, names.get(subject, subject.bot), cases.get(subject, Cases()), work.get(subject, Work()),
            lead.get(subject), tuple(months.get(subject, ())), tuple(rules[subject]),
            tuple(exceptions[subject]), tuple(releases[subject]),
            tuple(deployed[subject.bot] if subject.environment == "production" else ()),
            tuple(_as_outcomes(told[subject])), hours.get(subject, 0.0),
            tuple(
                replace(one, months=tuple(sorted(shares[subject].get(one.name, {}).items())))
                for one in tallied(measures[subject])
            ),
            tables.get(subject, ()),
        )
        for subject in sorted({*cases, *work, *months, *told, *hours})
    ]  # fmt: skip


def private(connection: Connection, wanted: StatisticsFilter) -> dict[Subject, list[MeasureFigures]]:
    """What people wrote, counted: of class case, and gone when the items' personal data are."""
    statement = _measures(_PRIVATE[connection.dialect.name])
    asked = _Asked(connection, wanted)
    found = asked.lists(statement, lambda r: (r.name, json.loads(r.observed), r.times))
    return {subject: tallied(observed) for subject, observed in found.items()}


class _Asked:
    """Questions about one period, and their answers by subject."""

    def __init__(self, connection: Connection, wanted: StatisticsFilter, *, trend: bool = False) -> None:
        self._connection, self._wanted = connection, wanted
        self.last_month = wanted.last.year * 12 + wanted.last.month - 1
        self._values = {"first": wanted.trend if trend else wanted.first, "last": wanted.last}
        self._months = {
            "first_month": f"{wanted.first:%Y-%m}", "last_month": f"{wanted.last:%Y-%m}"
        }  # fmt: skip

    def rows(self, statement: sa.Select[Any]) -> Iterable[Row[Any]]:
        """The rows of the subjects that are asked for."""
        there = {column.name: column for column in statement.selected_columns}
        for name in ("bot", "environment", "dataset"):
            value = getattr(self._wanted, name)
            if value is not None and name in there:
                # Of what is grouped already, a condition on the group is one on its rows.
                narrow = statement.having if statement._group_by_clauses else statement.where
                statement = narrow(there[name] == value)
        return self._connection.execute(statement, {**self._values, **self._months})

    def by_subject(self, statement: sa.Select[Any], made: Any) -> dict[Subject, Any]:
        return {_subject(row): made(row) for row in self.rows(statement)}

    def lists(self, statement: sa.Select[Any], made: Any) -> dict[Subject, list[Any]]:
        found: dict[Subject, list[Any]] = defaultdict(list)
        for row in self.rows(statement):
            found[_subject(row)].append(made(row))
        return found


def _subject(row: Row[Any]) -> Subject:
    return Subject(row.bot, row.environment, row.dataset)


def _months(asked: _Asked) -> dict[Subject, list[MonthFigures]]:
    """Each month from the first one in which there was something, in order."""
    parts: list[dict[tuple[Subject, int], Any]] = []
    for statement, made in (
        (_cases(_month(_day)), _as_cases), (_work(_month(jobs.c.date)), _as_work),
        (_lead(_month(_day)), _as_lead),
    ):  # fmt: skip
        parts.append({(_subject(row), row.month): made(row) for row in asked.rows(statement)})
    cases, work, lead = parts
    begun: dict[Subject, int] = {}
    for subject, number in sorted({*cases, *work}, reverse=True):
        begun[subject] = number
    return {
        subject: [
            MonthFigures(
                Month(number // 12, number % 12 + 1), cases.get((subject, number), Cases()),
                work.get((subject, number), Work()), lead.get((subject, number)),
            )
            for number in range(first, asked.last_month + 1)
        ]
        for subject, first in begun.items()
    }  # fmt: skip


def _shares(asked: _Asked, each: Any) -> dict[Subject, dict[str, dict[Month, Share]]]:
    """Of each share what it was in each month, all groups together."""
    found: dict[Subject, dict[str, dict[Month, Share]]] = defaultdict(lambda: defaultdict(dict))
    for row in asked.rows(_measures(each, _month(_day), show="share")):
        observed = json.loads(row.observed)
        if observed["show"] == "share":  # the word may stand elsewhere too
            months = found[_subject(row)][row.name]
            month = Month(row.month // 12, row.month % 12 + 1)
            before = months.get(month, Share(0, 0))
            months[month] = Share(before.part + row.times * observed["of"], before.whole + row.times)
    return found


def _as_cases(row: Row[Any]) -> Cases:
    return Cases(row.clear, row.noted, row.listed, row.failed, row.held, row.open)


def _as_work(row: Row[Any]) -> Work:
    return Work(
        row.successful, row.faulted, row.lost, row.interrupted, row.running, float(row.seconds),
        row.rehearsals,
    )  # fmt: skip


def _as_lead(row: Row[Any]) -> LeadTime:
    return LeadTime(row.number, float(row.median), float(row.most), float(row.longest), int(row.within_a_day))


def _as_tables(row: Row[Any]) -> tuple[JobTable, ...]:
    return tuple(JobTable(title, row.date, tuple(rows)) for title, rows in row.summary["tables"].items())


def _as_outcomes(told: Iterable[tuple[str, str, int]]) -> Iterable[OutcomeFigures]:
    by_rule: dict[str, dict[str, int]] = defaultdict(dict)
    for rule, outcome, number in told:
        by_rule[rule][outcome] = number
    return [OutcomeFigures(rule, numbers) for rule, numbers in by_rule.items()]
