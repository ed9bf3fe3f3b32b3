"""Runs a job as REFramework does: initialise → take an item → process it → … → finish.

N workers take items from the queue, each with its own sessions. A system exception resets the worker's
sessions before it takes another item; too many in a row stop the job.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from robotfabrik.activities.api import Activity
from robotfabrik.engine import retry
from robotfabrik.engine.controls import HANDLERS
from robotfabrik.engine.execution import Execution
from robotfabrik.engine.finishing import Finishing
from robotfabrik.engine.interpreter import Interpreter
from robotfabrik.engine.items import from_store
from robotfabrik.engine.once import Memory
from robotfabrik.engine.outage import Outages, Stopped
from robotfabrik.engine.outcome import Observer, Options, Outcome
from robotfabrik.engine.periods import period_of_items, period_start
from robotfabrik.engine.ports import Files, Grants, Store
from robotfabrik.engine.queue import JobQueue, new_item
from robotfabrik.engine.results import as_record, as_settled, describe, item_result, without_content
from robotfabrik.engine.retraction import TAKEN_BACK, private, scope_of
from robotfabrik.engine.signals import POSTPONED, PostponeSignal
from robotfabrik.engine.stepping import Stepper
from robotfabrik.engine.worker import Worker
from robotfabrik.model.errors import (
    BusinessRuleException,
    InDoubt,
    JobTaken,
    LeaseLost,
    SystemException,
    UsageError,
)
from robotfabrik.model.masking import Masker
from robotfabrik.model.process import Process, Steps, ids_of
from robotfabrik.model.records import Doubt, JobRecord
from robotfabrik.model.result import ItemResult
from robotfabrik.model.values import Record
from robotfabrik.model.work import Item, Job, NewItem, Settlement

__all__ = ["Observer", "Options", "Outcome", "Performer"]

LEASE = 60.0
BEAT = 5.0  # seconds between two signs of life of a job
IDLE_LOOK = 0.25  # seconds between looks for an item that another worker may give back


class Performer:
    """Runs one job of one process."""

    def __init__(
        self,
        job: Job,
        process: Process,
        settings: Mapping[str, Any],
        activities: Mapping[str, Activity],
        store: Store,
        workers: Sequence[Worker],
        observer: Observer,
        options: Options,
        stepper: Stepper | None = None,
        files: Files | None = None,
        grants: Grants | None = None,
        owing: Sequence[JobRecord] = (),
    ) -> None:
        self.job, self.process, self.settings = job, process, settings
        self.store, self.workers, self.observer, self.options = store, workers, observer, options
        self.outcome = Outcome()
        self._ids = ids_of(process.applications.values())
        self._files, self._grants = files, grants or Grants()
        self._activities = activities
        self._stepper = stepper
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._memory = Memory(self._stored, store.pepper)
        self._live = replace(job.space, rehearsal="")
        period = period_of_items(process.period, job.date)
        self._queue = JobQueue(self._stored, job, period, options.reference)
        self._owing = owing  # jobs that stopped before this one, and could not tell it
        self._outages = Outages(
            job, process, self._stored, observer.log, self._execution, self._run_steps, self._hold
        )
        self._finishes = bool(process.finish) and "finish" in options.only
        self._finishing = Finishing(job, process, self._stored)
        self._dispatched = False
        self._killed = False
        self._stopping = asyncio.Event()
        self._misuse: UsageError | None = None
        self._under_way = 0
        self._failures = 0
        self._handed_over = self._lost = False

    # --- the job

    async def run(self) -> Outcome:
        """Run the job to its end; never raises for what an item, an application or the store does.

        UsageError, when the job is over, for what only the person who started it can change; JobTaken, before
        anything was done, when the job does not wait for its start any more.
        """
        started, clock = time.monotonic(), time.time()
        heard = asyncio.ensure_future(self._listen(asyncio.current_task()))
        try:
            await self._stored("start_job", self.job)
            if self.job.tells:
                await self._outages.at_start(self.workers[0], self._owing)
            await self._phases()
        except JobTaken:
            self._writer.shutdown()
            raise
        except Exception as error:
            self._fault(error)
        except asyncio.CancelledError:
            self.outcome.status = "interrupted"
            self._killed = True
        finally:
            for worker in self.workers:
                with suppress(Exception):
                    await worker.close()
        summary = self.outcome.summary
        summary.seconds = round(time.monotonic() - started, 3)
        try:
            if "process" in self.options.only and self._misuse is None:
                await self._look_at_the_rest()
            await self._tell(clock)
            figures = {**without_content(summary), "told": self.outcome.told}
            if self.outcome.stopped_by:
                figures["stopped_by"] = self.outcome.stopped_by
            await self._end(figures)
        except Exception as error:
            self._fault(error)
        finally:
            heard.cancel()
            self._writer.shutdown()
        if self._misuse is not None:
            raise self._misuse
        return self.outcome

    async def _tell(self, started: float) -> None:
        """Tell what this job did not check, when it has stopped early; else leave it to the next one.

        A job that another one takes up has not stopped: that one tells.
        """
        if self.job.tells and self._misuse is None and not (self._handed_over or self._lost):
            stopped = Stopped(self._dispatched, started, self._killed)
            early = self.outcome.status != "successful"
            told = await self._outages.at_end(self.workers[0], stopped if early else None)
            self.outcome.told = told if early else ""

    async def _run_steps(self, run: Execution, steps: Steps) -> None:
        await Interpreter(run, self._activities, HANDLERS).body(steps, run.new_frame({}))

    def stop(self) -> None:
        """End after the items that are under way."""
        self.outcome.status = "interrupted"
        self._stopping.set()

    def hand_over(self) -> None:
        """End as `stop` does, and let another machine go on: this one stops, nobody wants the job to."""
        self._handed_over = True
        self.stop()

    async def _end(self, summary: dict[str, Any]) -> None:
        if self._lost:
            return  # the row is somebody else's
        if self._handed_over and self.outcome.status == "interrupted":
            await self._stored("hand_over", self.job.id, self.job.owner, summary)
        else:
            await self._stored("end_job", self.job.id, self.outcome.status, summary)

    async def _listen(self, job: asyncio.Task[Any] | None) -> None:
        """Say now and then that the job lives, and hear whether it is to end.

        A job that cannot be heard of for as long as its lease is given to others: it ends before they meet.
        """
        heard = time.monotonic()
        while True:
            await asyncio.sleep(BEAT)
            try:
                wish = await asyncio.wait_for(self._stored("beat", self.job.id, self.job.owner), LEASE - BEAT)
            except Exception:  # a store that fails is told by those who need it
                if time.monotonic() - heard < LEASE - BEAT:
                    continue
                wish = "lost"
            heard = time.monotonic()
            match wish:
                case "stop" if self.outcome.status != "interrupted" or self._handed_over:
                    self.observer.log("warning", "stopped by a person: ending after the items under way")
                    self._handed_over = False
                    self.stop()
                case "kill" | "lost":
                    self._handed_over, self._lost = False, wish == "lost"
                    why = "ended by a person" if wish == "kill" else "the job's lease was lost"
                    self.observer.log("warning", f"{why}: what is under way is given back")
                    if job is not None:
                        job.cancel()
                    return

    def _fault(self, error: BaseException, masker: Masker | None = None) -> None:
        if self.outcome.status != "interrupted":
            self.outcome.status = "faulted"
        self._stopping.set()
        if isinstance(error, UsageError):  # answers whoever started the job; it may name a case
            self._misuse = error
            return
        self.outcome.reason = (masker or self.workers[0].masker).mask(describe(error))
        self.observer.log("error", f"the job stopped: {self.outcome.reason}")

    async def _phases(self) -> None:
        if self._finishes:
            await self._finishing.begin()
        if "dispatch" in self.options.only:
            await self._dispatch()
        elif "process" in self.options.only:
            self.observer.started(await self._queue.waiting())
        if not self._stopping.is_set():
            self._dispatched = True
            if self.job.tells:
                await self._stored("dispatched", self.job.id)
        if "process" in self.options.only:
            if self.options.reference is not None and not self._stopping.is_set():
                await self._queue.must_have(self.options.reference)
            async with asyncio.TaskGroup() as group:
                for worker in self.workers:
                    group.create_task(self._work(worker))
        if self._finishes and self.outcome.status == "successful":
            worker = self.workers[0]
            end = await self._finishing.take(f"{self.job.owner}/{worker.name}")
            await self._hold(worker, end, self._finish)

    async def _dispatch(self) -> None:
        added: list[str] = []
        if self.options.given:
            added += await self._queue.add(self.options.given)
            self._queue.dispatched()
        elif self.process.queue is None:
            only = self.job.first or self.job.id  # who goes on does not do it all again
            added += await self._queue.add([NewItem(only, "", {})])
            self._queue.only(only)
        elif self.process.dispatch:
            await self._alone(self.process.dispatch, added)
            if not self._stopping.is_set():
                self._queue.dispatched()
        summary = self.outcome.summary
        summary.already_done += added.count("done")
        summary.held += added.count("held")
        self.observer.started(len(added) - added.count("done") - added.count("held"))

    async def _look_at_the_rest(self) -> None:
        """Note what is still open: nobody should believe that it was checked."""
        whole = self.process.queue is not None and self.options.reference is None
        self.outcome.unhandled, self.outcome.left, late = await self._queue.rest(earlier=whole)
        if self.outcome.left:
            self.observer.log(
                "warning",
                f"{len(self.outcome.left)} items that earlier runs left open were not taken: "
                "they stand on the report's manual list",
            )

        if late:
            self.observer.log("warning", f"{late} items that are still open have missed their deadline")

    async def _alone(
        self, steps: Steps, added: list[str] | None = None, execution: Callable[[], Execution] | None = None
    ) -> None:
        """Run dispatch or finish: once, in the first worker; after a failure from its beginning."""
        worker = self.workers[0]
        for attempt in range(1, len(retry.RETRY_DELAYS) + 2):
            if added is not None:
                added.clear()
                self.outcome.summary.excluded = 0
            await self._ready(worker)  # outside: it has tried again for long enough itself
            try:
                run = execution() if execution else self._execution(worker, None)
                run.add, run.exclude = self._adder(added), self._exclude
                run.show = self.outcome.summary.tables.__setitem__
                await Interpreter(run, self._activities, HANDLERS).body(steps, run.new_frame({}))
                return
            except SystemException as error:
                await self.observer.evidence(None, worker, error)
                await worker.close()
                if attempt > len(retry.RETRY_DELAYS) or not self.options.retries:
                    raise
                wait = retry.delay(attempt)
                self.observer.log("warning", worker.masker.mask(f"{describe(error)}; again in {wait:g} s"))
                await self._sleep(wait)
                if self._stopping.is_set():
                    return

    async def _finish(self, worker: Worker, item: Item) -> None:
        """Run finish. What is in doubt is a person's; for all else the next job takes it up."""
        told = await self._finishing.sees(item, self.outcome.items)
        runs: list[Execution] = []

        def execution() -> Execution:
            runs.append(self._execution(worker, item, told))
            return runs[-1]

        try:
            await self._alone(self.process.finish, execution=execution)
        except InDoubt as error:
            settlement = Settlement("held", None, runs[-1].masker.mask(describe(error)))
            await self._stored("settle", item, self._ended(item, settlement, runs[-1]), self.job.date)
            raise
        except Exception:
            await self._stored("release", item)
            raise
        if runs and not self._stopping.is_set():
            settled = self._ended(item, Settlement("successful"), runs[-1])
            await self._stored("settle", item, settled, self.job.date)
        else:
            await self._stored("release", item)

    def _ended(self, item: Item, settlement: Settlement, run: Execution) -> Settlement:
        effects = tuple(run.effects.values())
        result = ItemResult(item.reference, settlement.status, reason=settlement.reason, effects=effects)
        return as_settled(settlement, result, run.doubt)

    def _exclude(self, exception: str) -> None:
        self.outcome.summary.excluded += 1

    def _adder(
        self, added: list[str] | None
    ) -> Callable[[Sequence[Mapping[str, Any]]], Awaitable[list[str]]]:
        async def add(rows: Sequence[Mapping[str, Any]]) -> list[str]:
            queue = self.process.queue
            if queue is None:
                raise SystemException("the process has no queue to add an item to")
            scope, now = self._builtins(self.workers[0], None), datetime.now().astimezone()
            states = await self._queue.add([new_item(queue, row, scope, now) for row in rows])
            if added is not None:
                added.extend(states)
            return states

        return add

    # --- the workers

    async def _work(self, worker: Worker) -> None:
        """Take items until none is open. Idle workers stay while another's item may come back."""
        owner = f"{self.job.owner}/{worker.name}"
        try:
            while not self._stopping.is_set() and not self._limit_reached():
                self._under_way += 1  # before the claim: workers asking at once must not pass the limit
                try:
                    item = await self._queue.claim(owner, LEASE)
                    if item is not None:
                        await self._hold(worker, item)
                finally:
                    self._under_way -= 1
                if item is not None:
                    continue
                if (due := await self._queue.next_due()) is None:
                    return
                await self._sleep(min(max(due, 0.02), IDLE_LOOK))
        except Exception as error:
            self._fault(error, worker.masker)

    def _limit_reached(self) -> bool:
        limit = self.options.limit
        return limit is not None and len(self.outcome.items) + self._under_way >= limit

    async def _sleep(self, seconds: float) -> None:
        """Wait, but not when the job is to end."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    async def _hold(
        self, worker: Worker, item: Item, work: Callable[[Worker, Item], Awaitable[None]] | None = None
    ) -> None:
        """Process an item, or do some other work on it, while its lease is renewed.

        When the lease is lost, nothing more is done with it here; when the job is ended from outside, or by
        who goes through it step by step, it is given back. In both cases the windows are closed first.
        """
        processing = asyncio.ensure_future((work or self._process)(worker, item))
        heartbeat = asyncio.ensure_future(self._heartbeat(item))
        try:
            await asyncio.wait((processing, heartbeat), return_when=asyncio.FIRST_COMPLETED)
            if not processing.done():
                raise LeaseLost(f"the lease of item {item.id} ran out")
            processing.result()
        except LeaseLost:
            await _cancelled(processing)
            self.observer.log(
                "warning", f"item {item.id}: the lease was lost, nothing more is done with it here"
            )
            await worker.close()
        except asyncio.CancelledError:
            self.stop()
            await _cancelled(processing)
            with suppress(Exception):
                await worker.close()
            with suppress(LeaseLost):
                await self._stored("release", item)
            raise
        finally:
            heartbeat.cancel()

    async def _heartbeat(self, item: Item) -> None:
        """Renew the lease until it is lost. A store that fails may come back before the lease ends."""
        while True:
            await asyncio.sleep(LEASE / 3)
            try:
                await self._stored("renew", item, LEASE)
            except LeaseLost:
                return
            except Exception as error:
                self.observer.log(
                    "warning", f"item {item.id}: the lease could not be renewed ({describe(error)})"
                )

    async def _process(self, worker: Worker, item: Item) -> None:
        try:
            await self._ready(worker)
        except (SystemException, UsageError):
            await self._stored("release", item)
            raise
        declared = self.process.queue.item if self.process.queue else {}
        try:
            item = replace(item, fields=from_store(declared, item.fields))
        except SystemException as error:
            return await self._failed(worker, self._execution(worker, item), {}, error)
        run = self._execution(worker, item)
        frame = run.new_frame({})
        try:
            reason = await Interpreter(run, self._activities, HANDLERS).body(self.process.process, frame)
        except LeaseLost:
            raise
        except PostponeSignal as signal:
            self.observer.log("info", f"item {item.id}: given back for {signal.seconds:g} s")
            await self._stored("postpone", item, POSTPONED, signal.seconds)
        except Exception as error:
            await self._failed(worker, run, frame.variables, error)
        else:
            self._failures = 0
            await self._settle(run, frame.variables, Settlement("successful", reason=reason or ""))

    async def _failed(
        self, worker: Worker, run: Execution, variables: Mapping[str, Any], error: Exception
    ) -> None:
        item = run.item
        assert item is not None
        decision = retry.decide(self.process, item, error)
        business = isinstance(error, BusinessRuleException)
        message = run.masker.mask(str(error) if business else describe(error))
        if decision.action == "business":
            known = self.process.exceptions.get(decision.exception or "")
            why = decision.exception if known and not known.details else run.masker.mask(describe(error))
            self.observer.log("info", f"item {item.id}: {why}")
            self._failures = 0
            await self._settle(run, variables, Settlement("business", decision.exception, message))
            return
        self.observer.log(
            "info" if decision.action == "postpone" else "warning", f"item {item.id}: {message}"
        )
        if not isinstance(error, BusinessRuleException):
            await self.observer.evidence(item, worker, error)
            await worker.close()
        if decision.action == "postpone":
            await self._stored("postpone", item, decision.exception, decision.delay)
        elif decision.action == "held":
            await self._settle(run, variables, Settlement("held", None, message), run.doubt)
        else:
            self._failures += 1
            if self._failures >= self.options.max_consecutive_failures:
                self.outcome.stopped_by = "max_consecutive_failures"
                many = f"{self._failures} system exceptions in a row, the last: {message}"
                self._fault(SystemException(many), run.masker)
            if decision.action == "retry" and self.options.retries:
                await self._stored("retry", item, decision.delay, message)
            else:
                await self._settle(run, variables, Settlement("failed", decision.exception, message))

    async def _settle(
        self, run: Execution, variables: Mapping[str, Any], settlement: Settlement, doubt: Doubt | None = None
    ) -> None:
        item = run.item
        assert item is not None
        result = item_result(run, item, variables, settlement)
        await self._stored("settle", item, as_settled(settlement, result, doubt), self.job.date)
        self.outcome.items.append(result)
        self.outcome.summary.count(result)
        self.observer.item(result)
        if self._flags_too_many():
            self.outcome.stopped_by = "flagged_share"
            flagged, share = self.outcome.summary.flagged, self.options.flagged_share
            many = f"{flagged} of {len(self.outcome.items)} items were noted or listed, more than {share:.0%}"
            self._fault(SystemException(f"{many}: look at them before the robot goes on"))

    def _flags_too_many(self) -> bool:
        """A robot that finds something nearly everywhere has probably misread something."""
        share, handled = self.options.flagged_share, len(self.outcome.items)
        if share is None or self.job.mode != "live" or handled < self.options.flagged_after:
            return False
        return self.outcome.summary.flagged > share * handled

    # --- executions

    async def _ready(self, worker: Worker) -> None:
        if worker.ready:
            await worker.start_over()
        else:
            await worker.sign_in(lambda: self._execution(worker, None), self._sleep)

    def _execution(
        self, worker: Worker, item: Item | None, told: Mapping[str, Any] | None = None, job: Job | None = None
    ) -> Execution:
        """`told` is what `job.…` says instead, when it is about another job, or one that has stopped."""
        masker = worker.masker = Masker(self._ids)
        fields = private(item.fields) if item else []
        masker.add([one["item"] for one in told.get("unhandled", ())] if told else fields)
        builtins = self._builtins(worker, None if told is not None else item)
        if told is not None:
            builtins["job"] = Record({**builtins["job"], **told})
        return Execution(
            job=job or self.job,
            process=self.process,
            sessions=worker.open,
            builtins=builtins,
            masker=masker,
            log=self.observer.log,
            step_done=lambda step, status, seconds: self.observer.step(item, step, status, seconds),
            item=item,
            files=self._files,
            grants=self._grants,
            confirm=self._memory,
            stepper=self._stepper,
        )

    def _builtins(self, worker: Worker, item: Item | None) -> dict[str, Any]:
        job = Record(
            id=self.job.id, date=self.job.date, period=self.job.period, robot=self.job.robot,
            period_start=period_start(self.process.period, self.job.date),
            user=next(iter(worker.users.values()), None), rehearsal=self.job.mode == "rehearsal",
            items=() if item else tuple(as_record(self.process, one) for one in self.outcome.items),
        )  # fmt: skip
        builtins: dict[str, Any] = {
            "job": job,
            "config": Record(self.settings),
            "last_completed": self._last_completed,
        }
        if item is not None:
            fields = dict(item.fields)
            if (taken_back := fields.pop(TAKEN_BACK, None)) is not None:
                builtins |= scope_of(taken_back)
            builtins["item"] = Record({**fields, "reference": item.reference})
        return builtins

    def _last_completed(self, key: Any) -> Any:
        return self.store.last_completed(self._live, str(key), self.job.date)

    async def _stored(self, call: str, *arguments: Any) -> Any:
        """A call of the store, on its one writer thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._writer, getattr(self.store, call), *arguments)


async def _cancelled(task: asyncio.Future[Any]) -> None:
    """Cancel a task and wait for its end, whatever that is."""
    task.cancel()
    await asyncio.wait((task,))
    if not task.cancelled():
        task.exception()
