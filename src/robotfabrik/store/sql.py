"""The store over SQLAlchemy: one transaction a call, on SQLite or PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict
from datetime import date
from threading import Lock
from types import TracebackType
from typing import Any, Final, Self

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError, StatementError

from robotfabrik.model.audit import EVERY_ROW, AuditFilter, AuditRow, Entry, Finding, Head
from robotfabrik.model.process import Retention
from robotfabrik.model.work import (
    WITHOUT_PERIOD,
    Added,
    EffectKey,
    EffectRecord,
    Item,
    Job,
    NewItem,
    OpenItem,
    Selection,
    Settlement,
    Space,
    StoredItem,
)
from robotfabrik.store import assets, audit, effects, items, retention
from robotfabrik.store.connection import READ_ONLY, connect, one_state, plainly, shorten
from robotfabrik.store.tables import jobs, now

_RACES: Final = 100  # claims lost to others in a row; every loss means that another robot got one


def open_store(url_or_path: str | os.PathLike[str]) -> SqlStore:
    """Open a store, made if it is not there: a path or sqlite:/// URL, or postgresql://…"""
    return SqlStore(*connect(url_or_path))


class SqlStore:
    """Jobs, items, effects and memory in a database. Safe to use from any thread."""

    def __init__(self, engine: Engine, pepper: bytes) -> None:
        self._engine = engine
        self._reader = engine.execution_options(**{READ_ONLY: True})
        self._pepper = pepper
        # SQLite writes one at a time. Waiting here is prompt; its own waiting sleeps for up to 0.1 s a turn.
        self._turn: AbstractContextManager[Any] = Lock() if engine.dialect.name == "sqlite" else nullcontext()

    @property
    def pepper(self) -> bytes:
        return self._pepper

    def close(self) -> None:
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        try:
            with plainly(), self._turn, self._engine.begin() as connection:
                yield connection
        except StatementError as error:
            # A value that is no JSON is the caller's mistake; say so in its own words, without the statement.
            if isinstance(error.orig, (TypeError, ValueError)):
                raise error.orig from None
            raise

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        with plainly(), self._reader.begin() as connection:
            yield connection

    # --- jobs

    def start_job(self, job: Job) -> None:
        space = job.space
        row: dict[str, Any] = {
            "id": job.id, "bot": job.bot, "environment": space.environment, "dataset": space.dataset,
            "process": space.process, "rehearsal": space.rehearsal, "date": job.date, "period": job.period,
            "release": job.release, "robot": job.robot, "started_by": job.started_by, "owner": job.owner,
            "mode": job.mode, "status": "running", "summary": {}, "started_at": now(),
        }  # fmt: skip
        try:
            with self._write() as connection:
                connection.execute(jobs.insert().values(row))
                audit.append(connection, audit.job_started(job))
        except IntegrityError:
            raise ValueError(f"job {job.id} was started before") from None

    def end_job(self, job_id: str, status: str, summary: dict[str, Any]) -> None:
        ended = sa.update(jobs).where(jobs.c.id == job_id).returning(jobs.c.bot, jobs.c.release, jobs.c.robot)
        with self._write() as connection:
            job = connection.execute(ended.values(status=status, summary=summary, ended_at=now())).first()
            if job is None:
                raise _unknown(job_id)
            audit.append(connection, audit.job_ended(job_id, job, status, summary))

    def _know(self, job_id: str) -> None:
        with self._read() as connection:
            if connection.execute(sa.select(jobs.c.id).where(jobs.c.id == job_id)).first() is None:
                raise _unknown(job_id) from None

    # --- items

    def add_item(self, space: Space, item: NewItem, job_id: str) -> Added:
        try:
            with self._write() as connection:
                return items.add(connection, space, item, job_id)
        except IntegrityError:
            self._know(job_id)
            raise

    def claim(
        self, space: Space, owner: str, job_id: str, lease: float, selection: Selection = WITHOUT_PERIOD
    ) -> Item | None:
        for _ in range(_RACES):
            try:
                with self._write() as connection:
                    return items.claim(connection, space, owner, job_id, lease, selection)
            except IntegrityError:  # another robot took an item with the same lock at the same moment
                self._know(job_id)
        return None

    def next_due(self, space: Space, selection: Selection = WITHOUT_PERIOD) -> float | None:
        with self._read() as connection:
            return items.next_due(connection, space, selection)

    def renew(self, item: Item, lease: float) -> None:
        with self._write() as connection:
            items.renew(connection, item, lease)

    def settle(self, item: Item, settlement: Settlement, completed_on: date) -> None:
        with self._write() as connection:
            items.settle(connection, item, settlement, completed_on)

    def retry(self, item: Item, delay: float, reason: str) -> None:
        with self._write() as connection:
            items.retry(connection, item, delay, reason)

    def postpone(self, item: Item, exception: str, delay: float | None) -> None:
        with self._write() as connection:
            items.postpone(connection, item, exception, delay)

    def release(self, item: Item) -> None:
        with self._write() as connection:
            items.release(connection, item)

    def owners(self, space: Space) -> Sequence[str]:
        with self._read() as connection:
            return items.owners(connection, space)

    def release_owner(self, space: Space, owner: str) -> int:
        with self._write() as connection:
            return items.release_owner(connection, space, owner)

    def open_items(self, space: Space, job_id: str) -> Sequence[OpenItem]:
        with self._read() as connection:
            return items.open_of(connection, space, job_id)

    def items(self, space: Space, job_id: str | None = None) -> Sequence[StoredItem]:
        with self._read() as connection:
            return items.all_of(connection, space, job_id)

    def last_completed(self, space: Space, key: str, on: date) -> date | None:
        with self._read() as connection:
            return items.last_completed(connection, space, key, on)

    def progress(self, item: Item, text: str) -> None:
        with self._write() as connection:
            items.progress(connection, item, text)

    # --- assets

    def asset(self, space: Space, name: str) -> str | None:
        with self._read() as connection:
            return assets.find(connection, space, name)

    def set_asset(self, space: Space, name: str, value: str, job_id: str) -> None:
        with self._write() as connection:
            assets.put(connection, space, name, items.plain(value), job_id)

    # --- effects

    def effect(self, key: EffectKey) -> EffectRecord | None:
        with self._read() as connection:
            return effects.find(connection, key)

    def submit_effect(self, key: EffectKey, item: Item, content: Mapping[str, Any] | None = None) -> None:
        with self._write() as connection:
            effects.submit(connection, key, item, content)

    def confirm_effect(self, key: EffectKey, item: Item, candidate: str) -> None:
        with self._write() as connection:
            effects.confirm(connection, key, item, candidate)

    def bound_candidates(self, scope: str, candidates: Sequence[str], besides: EffectKey) -> frozenset[str]:
        with self._read() as connection:
            return effects.bound(connection, scope, candidates, besides)

    # --- the audit

    def audit(self, entry: Entry) -> int:
        with self._write() as connection:
            return audit.append(connection, entry)

    def audit_rows(self, wanted: AuditFilter = EVERY_ROW) -> Iterator[AuditRow]:
        """The rows that are asked for, in their order."""
        with self._read() as connection:
            yield from audit.rows(connection, wanted)

    def open_audit_content(
        self, seq: int, by: str
    ) -> tuple[AuditRow | None, dict[str, Any] | None]:
        """A row, and its content if that is still there; that it was opened is a row of its own."""
        with self._write() as connection:
            return audit.open_content(connection, seq, by)

    def audit_head(self) -> Head:
        """The last row's number and hash."""
        with self._read() as connection:
            return audit.head(connection)

    def last_row(self) -> AuditRow:
        """The last row; every store has one, from when it was made or upgraded."""
        with self._read() as connection:
            return audit.last(connection)

    def audit_hashes(self, seqs: Sequence[int]) -> Mapping[int, str]:
        """The hashes of those rows that are there."""
        with self._read() as connection:
            return audit.hashes(connection, seqs)

    def forget(self, bot: str, kept: Retention, by: str, beside: Mapping[str, int]) -> tuple[int, int]:
        """Empty what is older than the bot's retention: how many items, how many contents of the audit.

        `beside`: what was deleted elsewhere, to be told in the same row.
        """
        with self._write() as connection:
            thinned = 0 if kept.items is None else retention.thin_items(connection, bot, kept.items)
            gone = 0 if kept.audit is None else retention.delete_contents(connection, bot, kept.audit)
            deleted = {**beside, "items": thinned, "audit": gone}
            detail = {"days": asdict(kept), "deleted": deleted}
            audit.append(connection, Entry("retention.applied", bot, by, bot, detail=detail))
        shorten(self._engine)
        return thinned, gone

    def would_forget(self, bot: str, kept: Retention) -> tuple[int, int]:
        """What `forget` would do now."""
        with self._read() as connection:
            thinned = 0 if kept.items is None else retention.old_items(connection, bot, kept.items)
            gone = 0 if kept.audit is None else retention.old_contents(connection, bot, kept.audit)
        return thinned, gone

    def unsettled(self, bot: str, days: int) -> int:
        """How many items of that age are open or held, and keep what they hold."""
        with self._read() as connection:
            return retention.unsettled(connection, bot, days)

    def verify_audit(self) -> Iterator[Finding]:
        """Everything in the store that does not agree with the chain, while the store is used or not."""
        with plainly(), one_state(self._engine) as connection:
            yield from audit.verify(connection)


def _unknown(job_id: str) -> LookupError:
    return LookupError(f"there is no job {job_id}: start_job comes first")
