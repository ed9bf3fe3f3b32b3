"""What the chain tells of each table, and what of the table does not agree with it.

Each class hears the rows of the chain while they pass, and then compares one table with what it heard.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from robotfabrik.model.audit import AuditRow, Finding
from robotfabrik.model.deployment import content_hash
from robotfabrik.model.records import BY_HAND
from robotfabrik.store import audit, chain, digests, retention
from robotfabrik.store.audit import CONFIRMED, STREAM, SUBMITTED, WITHDRAWN
from robotfabrik.store.tables import contents, decisions, effects, interventions, items, jobs, meta, releases

Detail = Mapping[str, Any]
_STATUS: Final = {SUBMITTED: "submitting", CONFIRMED: "confirmed", WITHDRAWN: "withdrawn"}


def _number(subject: Any) -> int:
    """Of `item 7`; 0 when it names none."""
    name, _, number = str(subject).partition(" ")
    return int(number) if name == "item" and number.isascii() and number.isdecimal() else 0


def _is_older(at: Any, began: float | None) -> bool:
    """Was it before the chain began? What is damaged, and no time any more, counts as later."""
    return began is not None and isinstance(at, int | float) and at < began


class Contents:
    """What is kept apart from the chain, and read here by the others: by the number of its row."""

    def __init__(self) -> None:
        self._sealed: dict[Any, tuple[Any, str, Any]] = {}  # row → the hash of its content, bot, time
        self._before: dict[str, float] = {}  # bot → before when retention has deleted its contents
        self.found: dict[int, Detail] = {}

    def hear(self, row: AuditRow, detail: Detail) -> None:
        if row.content is not None:
            self._sealed[row.seq] = (row.content, row.bot, row.at)
        elif row.action == "retention.applied" and (before := retention.told_before(row.at, detail)):
            self._before[row.bot] = max(before, self._before.get(row.bot, before))

    def compare(self, connection: Connection) -> Iterator[Finding]:
        """Content that retention has deleted is no finding: that is what it stands apart for."""
        statement = sa.select(contents).order_by(contents.c.seq)
        for row in connection.execute(statement, execution_options=STREAM):
            sealed, *_ = self._sealed.pop(row.seq, (None,))
            if sealed is None:
                yield Finding(row.seq, f"row {row.seq} has content that nobody recorded")
            elif chain.seal(row.content, row.key) != sealed:
                yield Finding(row.seq, f"the content of row {row.seq} was changed")
            else:
                told = json.loads(row.content)
                self.found[row.seq] = {
                    name: told[name] for name in ("candidate", "digest", "note") if name in told
                }
        for seq, (_, bot, at) in self._sealed.items():
            if not _is_older(at, self._before.get(bot)):
                yield Finding(seq, f"the content of row {seq} is gone, and no retention deleted it")

    def of(self, seq: int) -> Detail:
        return self.found.get(seq, {})


class Pepper:
    """The key of the effects' hashes: with another one the robots would know none of them."""

    def __init__(self) -> None:
        self._told: tuple[int, str] | None = None

    def hear(self, row: AuditRow, detail: Detail) -> None:
        if row.subject == "store" and "key" in detail:
            self._told = (row.seq, str(detail["key"]))

    def compare(self, connection: Connection) -> Iterator[Finding]:
        if self._told is None:
            return
        key = connection.execute(sa.select(meta.c.value).where(meta.c.key == "pepper")).scalar()
        if digests.of([key]) != self._told[1]:
            yield Finding(
                self._told[0], f"row {self._told[0]} tells of another key of the store: it was changed"
            )


class Effects:
    """The last word on each effect: whether it happened, as what, and by which job and item."""

    def __init__(self, kept: Contents) -> None:
        self._contents = kept
        self._last: dict[tuple[str, str], tuple[int, str]] = {}  # effect → row, status
        self._sent: dict[tuple[str, str], tuple[Any, Any]] = {}  # effect → job and item that sent or found it
        self._began: float | None = None

    def hear(self, row: AuditRow, detail: Detail) -> None:
        if self._began is None:
            self._began = row.at
        status = _STATUS.get(row.action)
        if status is None or "effect" not in detail:
            return
        key = (row.subject, str(detail["effect"]))
        if row.action == SUBMITTED or key not in self._last:
            self._sent[key] = (detail.get("job"), detail.get("item"))
        self._last[key] = (row.seq, status)

    def compare(self, connection: Connection) -> Iterator[Finding]:
        following = _successors(connection)
        statement = sa.select(effects).order_by(effects.c.submitted_at)
        for row in connection.execute(statement, execution_options=STREAM):
            key = (row.scope, row.hash)
            seq, status = self._last.pop(key, (0, ""))
            if not seq:
                if not self._is_older(row):
                    yield Finding(0, f"an effect of {row.scope} is in the store that no row tells of")
                continue
            job, item = self._sent[key]
            if row.status != status:
                message = f"row {seq} says that an effect is {status}; the store says {row.status}"
                yield Finding(seq, f"{message}: the effect was changed")
            elif row.candidate != self._candidate(seq, row):
                message = f"row {seq} tells of another candidate than the store: the effect was changed"
                yield Finding(seq, message)
            elif not self._is_older(row) and (row.job != job or row.item not in _line(item, following)):
                yield Finding(seq, f"row {seq} tells of another job or item: the effect was changed")
        for seq, _ in sorted(self._last.values()):
            yield Finding(seq, f"row {seq} tells of an effect that is not in the store: it was removed")

    def _is_older(self, row: Any) -> bool:
        """Was it sent before the chain began?"""
        return _is_older(row.submitted_at, self._began)

    def _candidate(self, seq: int, row: Any) -> str | None:
        """As what it was seen; while that is told."""
        if row.status != "confirmed":
            return None
        told: str | None = self._contents.of(seq).get("candidate", row.candidate)
        return told


def _successors(connection: Connection) -> dict[int, int]:
    statement = sa.select(items.c.id, items.c.successor).where(items.c.successor.is_not(None))
    return {row.id: row.successor for row in connection.execute(statement)}


def _line(item: Any, following: Mapping[int, int]) -> set[Any]:
    """An item and those that tried it again: what it has done is theirs."""
    line: set[Any] = set()
    while item is not None and item not in line:
        line.add(item)
        item = following.get(item)
    return line


_AGAIN: Final = ("failed", "abandoned")
"""What is tried again when it is added again, without a word of anybody."""


class Items:
    """How the work on each item ended, and what a person made of that."""

    def __init__(self, kept: Contents) -> None:
        self._contents = kept
        self._last: dict[int, tuple[int, str]] = {}  # item → row, status
        self._digests: dict[int, int] = {}  # item → the row with its digest
        self._next: dict[int, Any] = {}  # item → the one that tries it again, when somebody said so
        self._exceptions: dict[int, Any] = {}  # item → the exception that it ended with
        self._began: float | None = None

    def hear(self, row: AuditRow, detail: Detail) -> None:
        if self._began is None and row.subject == "store" and "key" in detail:  # made by who tells of items
            self._began = row.at
        status = _status_after(row.action, detail)
        if status and (number := _number(row.subject)):
            self._last[number] = (row.seq, status)
            self._next[number] = detail.get("next") if status == "retried" else None
            if row.action == "item.ended":
                self._digests[number] = row.seq
                self._exceptions[number] = detail.get("exception")
            elif status == "business":
                self._exceptions[number] = BY_HAND

    def compare(self, connection: Connection) -> Iterator[Finding]:
        columns = (items.c.id, items.c.status, items.c.exception, items.c.successor, items.c.thinned_at)
        statement = sa.select(*columns, items.c.settled_at, jobs.c.rehearsal, *digests.ITEM)
        joined = statement.select_from(items.outerjoin(jobs, items.c.added_by == jobs.c.id)).order_by(
            items.c.id
        )
        for row in connection.execute(joined, execution_options=STREAM):
            seq, status = self._last.pop(row.id, (0, ""))
            if not seq:
                if self._put_in(row):
                    yield Finding(0, f"item {row.id} has ended in the store, and no row tells of it")
            elif (wrong := self._wrong(row, status)) is not None:
                yield Finding(seq, f"row {seq} tells of item {row.id}, and the store {wrong}")
            elif row.thinned_at is None and (told := self._digests.get(row.id)):
                digest = digests.of(row._mapping[column.name] for column in digests.ITEM)
                if self._contents.of(told).get("digest", digest) != digest:
                    message = f"row {told} tells of item {row.id} as it ended: it was changed since"
                    yield Finding(told, message)
        for number, (seq, _) in sorted(self._last.items()):
            yield Finding(seq, f"row {seq} tells of item {number}, which is not in the store: it was removed")

    def _wrong(self, row: Any, status: str) -> str | None:
        """What an item's row says otherwise than the chain."""
        if row.status != status and not _may_follow(status, row):
            return f"says {row.status} instead of {status}: it was changed"
        if row.status == status and row.successor != self._next[row.id]:
            return "names another successor: it was changed"
        if row.exception != self._exceptions.get(row.id, row.exception):
            return "names another exception: it was changed"
        left = (str(row.reference)[:1], row.fields, row.output)
        if row.thinned_at is not None and left != ("#", "{}", "{}"):
            return "says that retention has deleted it, which is not so: it was changed"
        return None

    def _put_in(self, row: Any) -> bool:
        ended = row.status in ("successful", "business", "failed", "held", "deleted", "abandoned")
        since = self._began is not None and row.settled_at and not _is_older(row.settled_at, self._began)
        return bool(ended and since and not row.rehearsal)


def _status_after(action: str, detail: Detail) -> str:
    match action:
        case "item.ended":
            return str(detail.get("status"))
        case "item.retried":
            return "retried"
        case "item.deleted" | "item.abandoned":
            return action.removeprefix("item.")
        case "item.postponed":
            return "new"
        case "held.settled":
            return "business" if detail.get("as") == "by-hand" else "retried"
    return ""


def _may_follow(status: str, row: Any) -> bool:
    """What becomes of an item without a word of anybody."""
    if status == "new":
        return bool(row.status in ("new", "in_progress"))
    return status in _AGAIN and row.status == "retried" and row.successor is not None


class Acts:
    """What people did with items: each act, in its order for each item."""

    def __init__(self, kept: Contents) -> None:
        self._contents = kept
        self._told: dict[int, list[tuple[int, str, str]]] = {}  # item → row, who, what
        self._began: float | None = None

    def hear(self, row: AuditRow, detail: Detail) -> None:
        if self._began is None:
            self._began = row.at
        if row.action in ("item.retried", "item.postponed", "item.deleted"):
            what = row.action.removeprefix("item.")
        elif row.action == "held.settled":
            what = f"settled: {detail.get('as')}"
        else:
            return
        self._told.setdefault(_number(row.subject), []).append((row.seq, row.by, what))

    def compare(self, connection: Connection) -> Iterator[Finding]:
        thinned = set(
            connection.execute(sa.select(items.c.id).where(items.c.thinned_at.is_not(None))).scalars()
        )
        statement = sa.select(interventions).order_by(interventions.c.id)
        for row in connection.execute(statement, execution_options=STREAM):
            theirs = self._told.get(row.item)
            if not theirs:
                if not _is_older(row.at, self._began):
                    yield Finding(0, f"an act with item {row.item} is in the store that no row tells of")
                continue
            seq, by, what = theirs.pop(0)
            note = "" if row.item in thinned else self._contents.of(seq).get("note", row.note)
            if (row.by, row.what, row.note) != (by, what, note):
                yield Finding(
                    seq, f"row {seq} tells otherwise of an act with item {row.item}: it was changed"
                )
        for number, theirs in sorted(self._told.items()):
            for seq, _, _ in theirs:
                message = (
                    f"row {seq} tells of an act with item {number} that is not in the store: it was removed"
                )
                yield Finding(seq, message)


class Decisions:
    """What people decided about deployments, and the releases that they decided about."""

    def __init__(self) -> None:
        self._told: dict[int, tuple[int, Any]] = {}  # decision → row, digest
        self._releases: dict[str, int] = {}
        self._began: float | None = None

    def hear(self, row: AuditRow, detail: Detail) -> None:
        if self._began is None:
            self._began = row.at
        if row.action.startswith("deployment.") and type(number := detail.get("number")) is int:
            self._told[number] = (row.seq, detail.get("digest"))
            if row.release:
                self._releases[row.release] = row.seq

    def compare(self, connection: Connection) -> Iterator[Finding]:
        statement = sa.select(decisions.c.number, decisions.c.recorded_at, *digests.DECISION)
        for row in connection.execute(statement.order_by(decisions.c.number), execution_options=STREAM):
            seq, digest = self._told.pop(row.number, (0, None))
            if not seq:
                if not _is_older(row.recorded_at, self._began):
                    yield Finding(0, f"decision {row.number} is in the store, and no row tells of it")
            elif digest and digest != digests.of(row._mapping[column.name] for column in digests.DECISION):
                yield Finding(seq, f"row {seq} tells of decision {row.number}, which was changed")
        for number, (seq, _) in sorted(self._told.items()):
            yield Finding(
                seq, f"row {seq} tells of decision {number}, which is not in the store: it was removed"
            )
        yield from self._kept(connection)

    def _kept(self, connection: Connection) -> Iterator[Finding]:
        held = digests.held(releases.c)
        for row in connection.execute(sa.select(*held), execution_options=STREAM):
            seq = self._releases.pop(row.hash, 0)
            if not seq and not _is_older(row.kept_at, self._began):
                yield Finding(0, f"release {str(row.hash)[:12]} is in the store, and no row tells of it")
            elif _hash(row.files) != row.hash:
                message = f"the texts of release {str(row.hash)[:12]} are not what was decided about"
                yield Finding(seq, message)
        for hash, seq in sorted(self._releases.items()):
            yield Finding(
                seq, f"row {seq} tells of release {hash[:12]}, which is not in the store: it was removed"
            )


def _hash(files: str) -> str | None:
    """The hash of a release's texts; none when they are damaged."""
    try:
        found = json.loads(files)
        return content_hash(found)
    except (ValueError, TypeError, AttributeError):
        return None


class Jobs:
    """What was run, with which release, and how it ended."""

    def __init__(self) -> None:
        self._started: dict[str, tuple[int, str, str, Detail]] = {}  # job → row, bot, release, detail
        self._ended: dict[str, tuple[int, Detail]] = {}

    def hear(self, row: AuditRow, detail: Detail) -> None:
        if row.action == "job.started":
            self._started[row.subject] = (row.seq, row.bot, row.release, detail)
            self._ended.pop(row.subject, None)
        elif row.action == "job.ended":
            self._ended[row.subject] = (row.seq, detail)

    def compare(self, connection: Connection) -> Iterator[Finding]:
        names = ("id", "bot", "release", "mode", "environment", "dataset", "date", "status", "summary")
        statement = sa.select(*digests.held(jobs.c[name] for name in names)).order_by(jobs.c.started_at)
        for row in connection.execute(statement, execution_options=STREAM):
            seq, bot, release, began = self._started.pop(row.id, (0, "", "", {}))
            same = ("mode", "environment", "dataset", "date")
            if seq and (
                (row.bot, row.release) != (bot, release)
                or any(row._mapping[name] != began.get(name) for name in same)
            ):
                yield Finding(seq, f"row {seq} tells otherwise of the job {row.id}: it was changed")
            if row.id in self._ended:
                seq, ended = self._ended[row.id]
                if row.status != ended.get("status") or _figures(row.summary) != _without_status(ended):
                    yield Finding(
                        seq, f"row {seq} tells otherwise of the end of the job {row.id}: it was changed"
                    )
        for name, (seq, *_) in sorted(self._started.items(), key=lambda one: one[1][0]):
            yield Finding(
                seq, f"row {seq} tells of the job {name}, which is not in the store: it was removed"
            )


def _figures(summary: str) -> Detail | None:
    """What the chain tells of a summary; none when it is damaged."""
    try:
        found = json.loads(summary)
        return audit.figures(found)
    except (ValueError, TypeError, AttributeError):
        return None


def _without_status(ended: Detail) -> Detail:
    return {name: value for name, value in ended.items() if name != "status"}
