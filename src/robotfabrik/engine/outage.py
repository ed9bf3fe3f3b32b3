"""What a job tells when it stops early: `outage`, once for each job, by itself or by a later one.

What is to be told waits as an item in a queue of its own beside the process's, so a message is sent, seen,
held and settled like any other effect. Its content is fixed when it is first tried.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from robotfabrik.engine import retry
from robotfabrik.engine.execution import Execution
from robotfabrik.engine.items import from_store
from robotfabrik.engine.outcome import Told
from robotfabrik.engine.periods import period_of_items, period_start
from robotfabrik.engine.queue import JobQueue, Stored
from robotfabrik.engine.results import as_settled, describe
from robotfabrik.engine.signals import PostponeSignal
from robotfabrik.engine.worker import Worker
from robotfabrik.model.errors import LeaseLost, SystemException, UsageError
from robotfabrik.model.process import Process, Steps
from robotfabrik.model.records import JobRecord
from robotfabrik.model.result import ItemResult
from robotfabrik.model.values import Record
from robotfabrik.model.work import Item, Job, NewItem, Settlement, StoredItem

OPEN: Final = ("new", "in_progress", "abandoned")
PATIENCE: Final = 12.0  # seconds that a job takes for it which a person ends; `jobs kill` waits longer

Held = Callable[[Worker, Item, Callable[[Worker, Item], Awaitable[None]]], Awaitable[None]]
Executions = Callable[[Worker, Item | None, Mapping[str, Any] | None, Job | None], Execution]


@dataclass(frozen=True, slots=True)
class Stopped:
    """How a job stopped early. `started` in seconds since 1970; `killed`: a person wants its end at once."""

    dispatched: bool
    started: float
    killed: bool


class Outages:
    """Tells what jobs of a process owe to those who wait for their work."""

    def __init__(
        self, job: Job, process: Process, stored: Stored, log: Callable[[str, str], None],
        execution: Executions, run: Callable[[Execution, Steps], Awaitable[Any]], hold: Held,
    ) -> None:  # fmt: skip
        self._job, self._process, self._stored, self._log = job, process, stored, log
        self._execution, self._run, self._hold = execution, run, hold
        self._in_doubt = False
        self._space = job.space.beside("outage")
        self._queue = JobQueue(stored, replace(job, space=self._space), "", None)

    async def at_start(self, worker: Worker, owing: Sequence[JobRecord]) -> None:
        """What earlier jobs could not tell comes first; when it cannot be told now, the job goes on."""
        for record in owing:
            stopped = record.ended_at or record.seen_at
            await self._note(record.job, record.dispatched, record.started_at, stopped)
        await self._deliver(worker)

    async def at_end(self, worker: Worker, stopped: Stopped | None) -> Told:
        """Tell what this job (`stopped` early, or none) and earlier ones did not check; whether it was."""
        try:
            if stopped is not None:
                await self._note(self._job, stopped.dispatched, stopped.started, time.time())
            if not await self._owes():
                return ""
            if stopped is not None and stopped.killed:
                done = await asyncio.wait_for(self._deliver(worker), PATIENCE)
            else:  # what earlier jobs owe keeps nobody waiting
                done = await self._deliver(worker, retry.RETRY_DELAYS if stopped is not None else ())
        except (Exception, asyncio.CancelledError) as error:
            done = False
            self._log("warning", f"what stopped could not be told: {worker.masker.mask(describe(error))}")
        finally:
            await worker.close()
        if not done:
            self._log(
                "error",
                "the unit has not been told which items were not checked: give it the report's manual list;"
                " the next job of this bot tells it first",
            )
            return "owed"
        if self._in_doubt:
            self._log("error", "nobody knows whether the unit has been told: robotfabrik held shows it")
        return "held" if self._in_doubt else "told"

    # --- what is to be told

    async def _note(self, job: Job, dispatched: bool, started: float, stopped: float) -> None:
        """Note what a job did not check; nothing when it had come to the end. Times in seconds since 1970."""
        waiting = {item.reference: item for item in await self._stored("items", self._space)}
        there = waiting.get(job.id)
        if there is not None and (there.attempts or there.status not in OPEN):
            return  # it may have been sent: what is told stays as it is
        unhandled = await self._unhandled(job, dispatched)
        if dispatched and not unhandled and there is None:
            await self._stored("has_told", job.id)
            return
        on, at = _day_and_time(job.date, started, stopped)
        when = {"stopped_on": on.isoformat(), "stopped_at": at}
        if there is not None:  # it has known best when it stopped
            when = {name: there.fields[name] for name in when}
        later = job.id != self._job.id
        fields = {**when, "dispatched": dispatched, "unhandled": unhandled, "told_later": later}
        await self._stored("add_items", self._space, [NewItem(job.id, "", fields)], self._job.id)

    async def _unhandled(self, job: Job, dispatched: bool) -> list[dict[str, Any]]:
        """What waits of the job's period, and what it could not finish, in the order of adding."""
        period = period_of_items(self._process.period, job.date)
        waiting = [o for o in await self._stored("open_items", job.space, job.id) if o.period == period]
        added = {item.reference for item in waiting if item.seen}
        # What it did not add again it may not have wanted any more; without a dispatch, all was there before.
        mine = added if dispatched and added else {item.reference for item in waiting}
        found: list[dict[str, Any]] = []
        item: StoredItem
        for item in await self._stored("items", job.space):
            ended = item.job == job.id and item.status in ("failed", "held")
            if ended or item.reference in mine:
                state = item.status if ended else "waiting"
                found.append({"reference": item.reference, "state": state})
        return found

    # --- telling it

    async def _owes(self) -> bool:
        """Is there something that nobody has been told?"""
        return await self._queue.next_due() is not None

    async def _deliver(self, worker: Worker, delays: Sequence[float] = ()) -> bool:
        """Tell everything; try again after `delays` seconds. False when something is still owed."""
        for wait in (*delays, None):
            if not await self._owes():
                return True
            if worker.refused:  # applications lock accounts after a few attempts
                return False
            try:
                if not worker.ready:
                    await worker.sign_in(
                        lambda: self._execution(worker, None, None, None), asyncio.sleep, delays=()
                    )
                while (item := await self._queue.claim(f"{self._job.owner}/{worker.name}", 60.0)) is not None:
                    await self._hold(worker, item, self._tell)
            except (SystemException, UsageError) as error:
                await worker.close()
                self._log("warning", f"what stopped could not be told yet: {worker.masker.mask(str(error))}")
            if wait is not None and await self._owes():
                await asyncio.sleep(wait)
        return not await self._owes()

    async def _tell(self, worker: Worker, item: Item) -> None:
        record: JobRecord | None = await self._stored("job", item.reference)
        if record is None:
            return await self._settle(item, Settlement("failed", None, "the job is not known any more"))
        stopped = record.job
        fields = from_store({}, item.fields)
        unhandled = await self._read(stopped, fields["unhandled"])
        if fields["dispatched"] and not unhandled:
            return await self._settle(item, Settlement("successful", reason="nothing was left"))
        told = {
            "id": stopped.id, "date": stopped.date, "period": stopped.period, "robot": stopped.robot,
            "period_start": period_start(self._process.period, stopped.date),
            "stopped_on": date.fromisoformat(fields["stopped_on"]), "stopped_at": fields["stopped_at"],
            "dispatched": fields["dispatched"], "unhandled": unhandled, "told_later": fields["told_later"],
        }  # fmt: skip
        run = self._execution(worker, item, told, stopped)
        try:
            if worker.ready:
                await worker.start_over()
            await self._run(run, self._process.outage)
        except LeaseLost:
            raise
        except (PostponeSignal, Exception) as error:
            await self._failed(run, worker, item, error)
        else:
            await self._settle(item, Settlement("successful"), run)

    async def _read(self, stopped: Job, noted: Sequence[Mapping[str, str]]) -> tuple[Record, ...]:
        """What was not handled, as it is now; what the message waits with is no second copy of it."""
        declared = self._process.queue.item if self._process.queue else {}
        stored = {item.reference: item.fields for item in await self._stored("items", stopped.space)}
        found = []
        for one in noted:
            if (kept := stored.get(one["reference"])) is not None:  # none: retention has deleted it meanwhile
                item = Record({**from_store(declared, kept), "reference": one["reference"]})
                found.append(Record(item=item, state=one["state"]))
        return tuple(found)

    async def _failed(self, run: Execution, worker: Worker, item: Item, error: BaseException) -> None:
        """What is in doubt is a person's; all else is tried again, now or by the next job."""
        decision = retry.decide(self._process, item, error)
        message = run.masker.mask(describe(error))
        self._log("warning", f"what stopped could not be told: {message}")
        await worker.close()
        if decision.action == "held":
            self._in_doubt = True
            await self._settle(item, Settlement("held", None, message), run)
        elif decision.action == "postpone":
            await self._stored("postpone", item, decision.exception, decision.delay)
        else:
            await self._stored("retry", item, retry.delay(item.attempt), message)

    async def _settle(self, item: Item, settlement: Settlement, run: Execution | None = None) -> None:
        effects = tuple(run.effects.values()) if run else ()
        result = ItemResult(item.reference, settlement.status, reason=settlement.reason, effects=effects)
        doubt = run.doubt if run else None
        await self._stored("settle", item, as_settled(settlement, result, doubt), self._job.date)
        await self._stored("has_told", item.reference)


def _day_and_time(begun: date, started: float, stopped: float) -> tuple[date, str]:
    """When a job stopped: its own day, or as many days later as the clock says, and the machine's time."""
    was, is_ = datetime.fromtimestamp(started), datetime.fromtimestamp(stopped)
    return begun + timedelta(days=(is_.date() - was.date()).days), f"{is_:%H:%M}"
