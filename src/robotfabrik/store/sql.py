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

from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError, StatementError

from robotfabrik.model.alerts import Cause
from robotfabrik.model.assets import ANYBODY, Asset, AssetFilter, AssetKey, AssetReader
from robotfabrik.model.audit import EVERY_ROW, AuditFilter, AuditRow, Entry, Finding, Head
from robotfabrik.model.deployment import Decision, Release
from robotfabrik.model.errors import JobTaken, LeaseLost
from robotfabrik.model.measures import MeasureFigures
from robotfabrik.model.process import Retention
from robotfabrik.model.records import (
    Intervention,
    ItemEffect,
    ItemFilter,
    JobFilter,
    JobRecord,
    QueueItem,
    Verdict,
    Wish,
    WrittenEffect,
)
from robotfabrik.model.statistics import Counted, RobotFigures, StatisticsFilter, Subject, Told
from robotfabrik.model.survey import Survey
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
from robotfabrik.store import (
    adding,
    alerts,
    assets,
    audit,
    deployments,
    effects,
    items,
    jobs,
    lookup,
    outcomes,
    people,
    reading,
    retention,
    statistics,
    surveys,
    thinning,
    verifying,
    written,
)
from robotfabrik.store.connection import READ_ONLY, connect, one_state, plainly, shorten
from robotfabrik.store.firing import FireStore
from robotfabrik.store.sql_pending import PendingInSql

_RACES: Final = 100  # claims lost to others in a row; every loss means that another robot got one


def open_store(url_or_path: str | os.PathLike[str]) -> SqlStore:
    """Open a store, made if it is not there: a path or sqlite:/// URL, or postgresql://…"""
    return SqlStore(*connect(url_or_path))


class SqlStore(PendingInSql):
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

    @property
    def fires(self) -> FireStore:
        """The schedule's part."""
        return FireStore(self._write, self._read)

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
        try:
            with self._write() as connection:
                jobs.start(connection, job)
                audit.append(connection, audit.job_started(job))
        except IntegrityError:
            raise JobTaken(job.id) from None

    def end_job(self, job_id: str, status: str, summary: dict[str, Any]) -> None:
        with self._write() as connection:
            job = jobs.end(connection, job_id, status, summary)
            if job is not None:
                audit.append(connection, audit.job_ended(job, status, summary))
        if job is None:
            self._know(job_id)
            raise LeaseLost(f"the job {job_id} runs no more: it ended before, or was given up")

    def beat(self, job_id: str, owner: str) -> str:
        with self._write() as connection:
            return jobs.beat(connection, job_id, owner)

    def dispatched(self, job_id: str) -> None:
        with self._write() as connection:
            jobs.dispatched(connection, job_id)

    def has_told(self, job_id: str) -> None:
        with self._write() as connection:
            jobs.has_told(connection, job_id)

    def owing(self, space: Space) -> Sequence[JobRecord]:
        with self._read() as connection:
            return jobs.owing(connection, space)

    def jobs(self, wanted: JobFilter) -> Sequence[JobRecord]:
        """The jobs that fit, newest first."""
        with self._read() as connection:
            return jobs.found(connection, wanted)

    def job(self, job_id: str) -> JobRecord | None:
        with self._read() as connection:
            return jobs.one(connection, job_id)

    def want(self, job_id: str, wish: Wish, by: str) -> None:
        """Ask a running job to end, stop one that waits; UsageError when it does neither."""
        with self._write() as connection:
            jobs.want(connection, job_id, wish, by)

    def _know(self, job_id: str) -> None:
        if self.job(job_id) is None:
            raise _unknown(job_id) from None

    # --- items

    def add_item(self, space: Space, item: NewItem, job_id: str) -> Added:
        return self.add_items(space, (item,), job_id)[0]

    def add_items(self, space: Space, new: Sequence[NewItem], job_id: str) -> Sequence[Added]:
        try:
            with self._write() as connection:
                return [adding.add(connection, self._pepper, space, item, job_id) for item in new]
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

    def let_go(self, item: Item) -> bool:
        """Has the item ended, or been opened again, and nobody taken it since it was claimed as this one?"""
        with self._read() as connection:
            return items.let_go(connection, item)

    def owners(self, space: Space) -> Sequence[str]:
        with self._read() as connection:
            return items.owners(connection, space)

    def release_owner(self, space: Space, owner: str) -> int:
        with self._write() as connection:
            return items.release_owner(connection, space, owner)

    def abandon(self, space: Space | None = None) -> int:
        with self._write() as connection:
            return people.abandon(connection, space)

    def open_items(self, space: Space, job_id: str) -> Sequence[OpenItem]:
        with self._read() as connection:
            return reading.open_of(connection, space, job_id)

    def items(self, space: Space, job_id: str | None = None) -> Sequence[StoredItem]:
        with self._read() as connection:
            return reading.all_of(connection, space, job_id)

    def last_completed(self, space: Space, key: str, on: date) -> date | None:
        with self._read() as connection:
            return reading.last_completed(connection, self._pepper, space, key, on)

    def progress(self, item: Item, text: str) -> None:
        with self._write() as connection:
            items.progress(connection, item, text)

    # --- assets

    def asset(self, space: Space, name: str, reader: AssetReader = ANYBODY) -> Asset | None:
        with self._read() as connection:
            return assets.find(connection, space, name, reader)

    def set_asset(
        self, space: Space, name: str, value: str, job_id: str, reader: AssetReader = ANYBODY
    ) -> None:
        with self._write() as connection:
            assets.put(connection, space, name, items.plain(value), job_id, reader)

    def find_assets(self, wanted: AssetFilter) -> Sequence[Asset]:
        """The assets that fit, by name; rehearsals' own ones never do."""
        with self._read() as connection:
            return assets.found(connection, wanted)

    def keep_asset(self, asset: Asset) -> None:
        """Set an asset, as the person whom it names, over the one that was there."""
        with self._write() as connection:
            assets.keep(connection, asset)

    def delete_asset(self, key: AssetKey, by: str) -> None:
        """Remove an asset; UsageError when there is none."""
        with self._write() as connection:
            assets.delete(connection, key, by)

    def rotate_assets(self, again: assets.Again, by: str) -> int:
        """Give every encrypted asset the token that `again` makes of it; how many.

        When `again` fails for one, none is changed.
        """
        with self._write() as connection:
            return assets.rotate(connection, again, by)

    def expiring_assets(self, before: date) -> Sequence[tuple[AssetKey, date]]:
        """Which assets expire before a day, or have expired: their names and days, the first one first."""
        with self._read() as connection:
            return assets.expiring(connection, before)

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

    # --- deployment

    def record_decision(self, decision: Decision, release: Release | None) -> Decision:
        try:
            with self._write() as connection:
                return deployments.record(connection, decision, release)
        except IntegrityError:
            raise LookupError(f"the release {decision.release} is not kept") from None

    def decisions(self, bot: str | None = None) -> Sequence[Decision]:
        with self._read() as connection:
            return deployments.decided(connection, bot)

    def kept_release(self, hash: str) -> Release | None:
        with self._read() as connection:
            return deployments.find(connection, hash)

    # --- what people see and do

    def find_items(self, wanted: ItemFilter) -> Sequence[QueueItem]:
        """The items that fit, newest first."""
        with self._read() as connection:
            return lookup.found(connection, wanted)

    def item(self, item_id: int) -> QueueItem | None:
        with self._read() as connection:
            return lookup.one(connection, item_id)

    def earlier_tries(self, item_id: int) -> Sequence[QueueItem]:
        """The tries before an item, the first one first."""
        with self._read() as connection:
            return lookup.earlier(connection, item_id)

    def effects_of(self, item_id: int) -> Sequence[ItemEffect]:
        """The effects of an item and of its earlier tries."""
        with self._read() as connection:
            return lookup.effects_of(connection, item_id)

    def written_by(self, job_id: str) -> Sequence[WrittenEffect]:
        """The effects that a job sent or was the first to see, in the order of writing."""
        with self._read() as connection:
            return written.by_job(connection, job_id)

    def interventions_of(self, item_ids: Sequence[int]) -> Sequence[Intervention]:
        """What people did to these items, in the order of doing."""
        with self._read() as connection:
            return lookup.interventions_of(connection, item_ids)

    def retry_item(self, item_id: int, by: str, note: str = "") -> int:
        """Try again what failed, was abandoned or deleted, or was left to a person; the new item's id.

        UsageError when it is none of these; so with the calls below.
        """
        with self._write() as connection:
            return people.retry(connection, item_id, by, items.plain(note))

    def postpone_item(self, item_id: int, until: float, by: str, note: str = "") -> None:
        """Let a waiting item be taken only from a time on (seconds since 1970)."""
        with self._write() as connection:
            people.postpone(connection, item_id, until, by, items.plain(note))

    def delete_item(self, item_id: int, by: str, note: str) -> None:
        """Let nobody handle an item that waits, failed or was abandoned. Its reference stays used."""
        with self._write() as connection:
            people.delete(connection, item_id, by, items.plain(note))

    def settle_held(
        self, item_id: int, verdict: Verdict, by: str, note: str, candidate: str | None = None
    ) -> int:
        """Settle what is in doubt; the id of the item that goes on, or that ends by hand.

        done: it happened, as `candidate` or the only one that was seen. redo: it did not; it may be done
        again. by-hand: a person does it; the robot never does.
        """
        with self._write() as connection:
            return people.settle(connection, item_id, verdict, by, items.plain(note), candidate)

    # --- alerts

    def raise_alert(self, cause: Cause) -> None:
        with self._write() as connection:
            alerts.raise_alert(connection, cause)

    @property
    def alerts(self) -> alerts.Alerts:
        """What people are told of, and what they were mailed."""
        return alerts.Alerts(self._write, self._read)

    # --- statistics

    def statistics(self, wanted: StatisticsFilter) -> Sequence[RobotFigures]:
        """Figures without cases or persons; each robot, environment and data set apart."""
        with self._read() as connection:
            return statistics.figures(connection, wanted)

    def frequencies(self, wanted: StatisticsFilter) -> Mapping[Subject, Sequence[MeasureFigures]]:
        """What people wrote, counted by the PDDs' private measures: case data."""
        with self._read() as connection:
            return statistics.private(connection, wanted)

    def last_worked(self, bot: str | None = None) -> date | None:
        """The day of the last live job; of a bot, or of any."""
        with self._read() as connection:
            return statistics.last_day(connection, bot)

    def count_outcomes(self, subject: Subject, told: Sequence[Told], by: str) -> Counted:
        """Count what the case system tells of activities; of each month the newest telling holds."""
        with self._write() as connection:
            return outcomes.count(connection, self._pepper, subject, told, by)

    def keep_survey(self, survey: Survey, by: str) -> None:
        """Keep what people answered; the newest telling of a period and data set holds."""
        with self._write() as connection:
            surveys.replace(connection, survey, by)

    def surveys(self, wanted: StatisticsFilter) -> Sequence[Survey]:
        """The surveys about a month of the period, or about one of its years."""
        with self._read() as connection:
            return surveys.about(connection, wanted)

    def spend_hours(self, subject: Subject, day: date, hours: float, what: str, by: str) -> None:
        """Note hours that people spent on a robot."""
        with self._write() as connection:
            outcomes.spend(connection, subject, day, hours, items.plain(what), by)

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
        """Thin what is older than the bot's retention: how many items, how many contents of the audit.

        Items lose fields, output, reason, progress and notes of people; reference and lock stay as keyed
        hashes, so that adding still answers done and last_completed still knows the date. `beside`: what was
        deleted elsewhere, to be told in the same row.
        """
        with self._write() as connection:
            items_before, contents_before = _limits(connection, kept)
            thinned = thinning.thin(connection, self._pepper, bot, items_before)
            gone = retention.delete_contents(connection, bot, contents_before)
            deleted = {**beside, "items": thinned, "audit": gone}
            detail = {"days": asdict(kept), "deleted": deleted}
            audit.append(connection, Entry("retention.applied", bot, by, bot, detail=detail))
        shorten(self._engine)
        return thinned, gone

    def would_forget(self, bot: str, kept: Retention) -> tuple[int, int]:
        """What `forget` would do now."""
        with self._read() as connection:
            items_before, contents_before = _limits(connection, kept)
            return (
                thinning.old(connection, bot, items_before),
                retention.old_contents(connection, bot, contents_before),
            )

    def unsettled(self, bot: str, days: int) -> int:
        """How many items of that age are open or in doubt, and keep what they hold."""
        with self._read() as connection:
            return thinning.unsettled(connection, bot, retention.days_ago(connection, days))

    def verify_audit(self) -> Iterator[Finding]:
        """Everything in the store that does not agree with the chain, while the store is used or not."""
        with plainly(), one_state(self._engine) as connection:
            yield from verifying.verify(connection)


def _limits(connection: Connection, kept: Retention) -> tuple[float, float]:
    """Before when items and contents are old, in seconds since 1970; 0 for what is kept."""
    days = (kept.items, kept.audit)
    items, contents = (0.0 if one is None else retention.days_ago(connection, one) for one in days)
    return items, contents


def _unknown(job_id: str) -> LookupError:
    return LookupError(f"there is no job {job_id}: start_job comes first")
