"""What people do with queue items. Each is one transaction, refused when the item is no longer as it was."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from robotfabrik.model.audit import Entry
from robotfabrik.model.errors import InDoubt, UsageError
from robotfabrik.model.records import BY_HAND, QueueItem, Verdict
from robotfabrik.model.work import EffectKey, Job, Space
from robotfabrik.store import adding, audit, effects, jobs, lookup, retracted
from robotfabrik.store.tables import ABANDONED, IN_PROGRESS, RETRIED, interventions, is_open, items, now

ABANDONED_AFTER: Final = 86_400.0
"""Seconds after the end of its lease until an item that nobody took counts as abandoned."""
MAY_BE_RETRIED: Final = ("failed", "business", "abandoned", "deleted")
MAY_BE_DELETED: Final = ("new", "failed", "abandoned")

_bind = sa.bindparam
_gone = sa.and_(is_open(), items.c.status == IN_PROGRESS, items.c.lease_until < now() - ABANDONED_AFTER)
_abandon = (
    sa.update(items)
    .where(_gone)
    .values(status=ABANDONED, owner=None, lease_until=None, settled_at=now())
    .returning(items.c.id, items.c.claimed_by)
)


def abandon(connection: Connection, space: Space | None = None) -> int:
    """Give up what its robot left long ago and nobody took since; how many items."""
    statement = _abandon if space is None else _abandon.where(items.c.space == space.key)
    given_up = sorted(connection.execute(statement).all())
    for row in given_up:
        record = jobs.one(connection, row.claimed_by)
        assert record is not None, "items name jobs that there are"
        if not record.job.space.rehearsal:
            audit.append(connection, audit.abandoned(row.id, record.job.id, record.job.bot))
    return len(given_up)


def retry(connection: Connection, item_id: int, by: str, note: str) -> int:
    """A new item that tries again what an ended one was for; its id."""
    item = _locked(connection, item_id)
    if item.status not in MAY_BE_RETRIED:
        raise refused(item, "retried", MAY_BE_RETRIED)
    if item.thinned_at is not None:
        raise UsageError(f"'{item.reference}' is thinned: what it was about is gone")
    new = _again(connection, item)
    _note(connection, item, by, "retried", note)
    _tell(connection, audit.intervention("retried", item, _job(connection, item).bot, by, note, next=new))
    return new


def postpone(connection: Connection, item_id: int, until: float, by: str, note: str) -> None:
    """A waiting item is not taken before a time."""
    item = _locked(connection, item_id)
    if item.status != "new":
        raise refused(item, "postponed", ("new",))
    _set(connection, item, available_at=until)
    _note(connection, item, by, "postponed", note)
    bot = _job(connection, item).bot
    _tell(connection, audit.intervention("postponed", item, bot, by, note, until=until))


def delete(connection: Connection, item_id: int, by: str, note: str) -> None:
    """Nobody shall handle it. Its reference stays used: adding it again changes nothing."""
    item = _locked(connection, item_id)
    if item.status not in MAY_BE_DELETED:
        raise refused(item, "deleted", MAY_BE_DELETED)
    if any(effect.status == "submitting" for effect in lookup.effects_of(connection, item.id)):
        raise unseen(item.reference)
    _set(connection, item, status="deleted", settled_at=now())
    _note(connection, item, by, "deleted", note)
    _tell(connection, audit.intervention("deleted", item, _job(connection, item).bot, by, note))


def settle(
    connection: Connection, item_id: int, verdict: Verdict, by: str, note: str, candidate: str | None
) -> int:
    """A person says what became of an effect in doubt; the id of the item that goes on, or ends.

    `candidate`: which of those that were seen is the effect; the only one when not said.
    """
    item = _locked(connection, item_id)
    if not item.in_doubt:
        raise UsageError(f"'{item.reference}' is not in doubt: it is {item.status}")
    job = _job(connection, item)
    told: list[Entry] = []
    try:
        for key in _doubtful(connection, item):
            if verdict == "redo":
                if _withdraw(connection, item, key):
                    told.append(audit.effect(audit.WITHDRAWN, key, item, job, by, {}))
                continue
            bound = (chosen(item, candidate) if verdict == "done" else None) or f"{BY_HAND}:{key.hash}"
            # What is confirmed already stays bound as it is.
            if effects.happened(connection, key, item.id, job.id, bound):
                retracted.mark(connection, item.space.key, item.reference)
                told.append(audit.effect(audit.CONFIRMED, key, item, job, by, {"candidate": bound}))
    except InDoubt as error:
        raise UsageError(str(error)) from None
    if verdict == "by-hand":
        _set(connection, item, status="business", exception=BY_HAND, found="listed", settled_at=now())
        next = item.id
    else:
        next = _again(connection, item)
    _note(connection, item, by, f"settled: {verdict}", note)
    _tell(connection, *told, audit.settled(verdict, item, next, job.bot, by, note))
    return next


def _doubtful(connection: Connection, item: QueueItem) -> Sequence[EffectKey]:
    """What the robot told, else what it sent and never saw. None when it doubts something else."""
    if item.doubt is not None:
        return [item.doubt.key]
    return [e.key for e in lookup.effects_of(connection, item.id) if e.status == "submitting"]


def chosen(item: QueueItem, candidate: str | None) -> str | None:
    """What stands in the application as the effect; none when the robot saw nothing, or too much."""
    seen = [str(one["id"]) for one in item.doubt.candidates] if item.doubt else []
    if candidate is not None and candidate not in seen:
        raise UsageError(f"the robot saw no '{candidate}'; it saw {', '.join(seen) or 'nothing'}")
    return candidate or (seen[0] if len(seen) == 1 else None)


def _withdraw(connection: Connection, item: QueueItem, key: EffectKey) -> bool:
    withdrawn = effects.withdraw(connection, key, item.id)
    record = effects.find(connection, key)
    if record is not None and record.status == "confirmed":
        raise UsageError(f"'{item.reference}': the effect is confirmed since; settle it as done")
    return withdrawn


def _again(connection: Connection, item: QueueItem) -> int:
    _set(connection, item, status=RETRIED)
    return adding.again(connection, item.id)


_lock = sa.select(items.c.id).where(items.c.id == _bind("of")).with_for_update()


def _locked(connection: Connection, item_id: int) -> QueueItem:
    """An item that does not change until the transaction ends."""
    connection.execute(_lock, {"of": item_id})
    item = lookup.one(connection, item_id)
    if item is None:
        raise UsageError(f"there is no item {item_id}")
    if item.space.rehearsal:
        raise UsageError(f"item {item_id} is a rehearsal's: it has no effects and is not run again")
    return item


def _set(connection: Connection, item: QueueItem, **values: Any) -> None:
    connection.execute(sa.update(items).where(items.c.id == item.id).values(values))


def _note(connection: Connection, item: QueueItem, by: str, what: str, note: str) -> None:
    connection.execute(interventions.insert().values(item=item.id, at=now(), by=by, what=what, note=note))


def _tell(connection: Connection, *entries: Entry) -> None:
    """In the audit, and last: others who tell something wait from here until the transaction ends."""
    for entry in entries:
        audit.append(connection, entry)


def _job(connection: Connection, item: QueueItem) -> Job:
    """The job that had the item last, or brought it when none has had it."""
    record = jobs.one(connection, item.claimed_by or item.added_by)
    assert record is not None, "items name jobs that there are"
    return record.job


def unseen(reference: str) -> UsageError:
    return UsageError(f"'{reference}' has an effect that may have happened: retry it, or settle it")


def refused(item: QueueItem, what: str, allowed: Sequence[str]) -> UsageError:
    """To whoever asked: it may name the case."""
    words = " or ".join(allowed)
    return UsageError(f"'{item.reference}' is {item.status}; only {words} items can be {what}")
