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
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from robotfabrik.activities.api import Activity
from robotfabrik.engine import retry
from robotfabrik.engine.controls import HANDLERS
from robotfabrik.engine.execution import Execution
from robotfabrik.engine.interpreter import Interpreter
from robotfabrik.engine.items import from_store, plain, to_store
from robotfabrik.engine.once import Memory
from robotfabrik.engine.periods import period_start
from robotfabrik.engine.ports import Files, Store
from robotfabrik.engine.worker import Worker
from robotfabrik.model.errors import (
    BusinessRuleException,
    EvaluationError,
    InDoubt,
    LeaseLost,
    SystemException,
)
from robotfabrik.model.masking import Masker
from robotfabrik.model.process import Process, Step, Steps
from robotfabrik.model.result import ItemResult, Summary
from robotfabrik.model.values import Record
from robotfabrik.model.work import Item, Job, NewItem, Settlement

LEASE = 60.0
IDLE_LOOK = 0.25  # seconds between looks for an item that another worker may give back


class Observer(Protocol):
    """Who watches a job: the terminal, the logs, the run's folder. Never told personal data but in `item`."""

    def started(self, total: int) -> None: ...
    def item(self, result: ItemResult) -> None: ...
    def step(self, item: Item | None, step: Step, status: str, seconds: float) -> None: ...
    def log(self, level: str, message: str) -> None: ...
    async def evidence(self, item: Item | None, worker: Worker, error: BaseException) -> None: ...


@dataclass(frozen=True, slots=True)
class Options:
    """How much of a job to run."""

    only: frozenset[str] = frozenset({"dispatch", "process", "finish"})
    limit: int | None = None
    reference: str | None = None
    max_consecutive_failures: int = 10


@dataclass(slots=True)
class Outcome:
    """What a job gave. `status`: successful, faulted (stopped early) or interrupted."""

    status: str = "successful"
    reason: str = ""
    summary: Summary = field(default_factory=Summary)
    items: list[ItemResult] = field(default_factory=list)


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
        files: Files | None = None,
    ) -> None:
        self.job, self.process, self.settings = job, process, settings
        self.store, self.workers, self.observer, self.options = store, workers, observer, options
        self.outcome = Outcome()
        self._files = files
        self._activities = activities
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._memory = Memory(self._stored, store.pepper)
        self._live = replace(job.space, rehearsal="")
        self._stopping = asyncio.Event()
        self._under_way = 0
        self._failures = 0

    # --- the job

    async def run(self) -> Outcome:
        """Run the job to its end; never raises for what an item, an application or the store does."""
        started = time.monotonic()
        try:
            await self._stored("start_job", self.job)
            await self._phases()
        except Exception as error:
            self._fault(error)
        except asyncio.CancelledError:
            self.outcome.status = "interrupted"
        finally:
            for worker in self.workers:
                with suppress(Exception):
                    await worker.close()
        summary = self.outcome.summary
        summary.seconds = round(time.monotonic() - started, 3)
        try:
            await self._stored("end_job", self.job.id, self.outcome.status, _without_content(summary))
        except Exception as error:
            self._fault(error)
        finally:
            self._writer.shutdown()
        return self.outcome

    def stop(self) -> None:
        """End after the items that are under way."""
        self.outcome.status = "interrupted"
        self._stopping.set()

    def _fault(self, error: BaseException, masker: Masker | None = None) -> None:
        reason = (masker or Masker()).mask(describe(error))
        if self.outcome.status != "interrupted":
            self.outcome.status = "faulted"
        self.outcome.reason = reason
        self.observer.log("error", f"the job stopped: {reason}")
        self._stopping.set()

    async def _phases(self) -> None:
        if "dispatch" in self.options.only:
            await self._dispatch()
        elif "process" in self.options.only:
            stored = await self._stored("items", self.job.space)
            self.observer.started(sum(item.status in ("new", "in_progress") for item in stored))
        if "process" in self.options.only:
            async with asyncio.TaskGroup() as group:
                for worker in self.workers:
                    group.create_task(self._work(worker))
        if "finish" in self.options.only and self.process.finish and self.outcome.status == "successful":
            await self._alone(self.process.finish)

    async def _dispatch(self) -> None:
        added: list[str] = []
        if self.process.queue is None:
            added.append(
                await self._stored("add_item", self.job.space, NewItem(self.job.id, "", {}), self.job.id)
            )
        elif self.process.dispatch:
            await self._alone(self.process.dispatch, added)
        summary = self.outcome.summary
        summary.already_done += added.count("done")
        summary.held += added.count("held")
        self.observer.started(len(added) - added.count("done") - added.count("held"))

    async def _alone(self, steps: Steps, added: list[str] | None = None) -> None:
        """Run dispatch or finish: once, in the first worker; after a failure from its beginning."""
        worker = self.workers[0]
        for attempt in range(1, len(retry.RETRY_DELAYS) + 2):
            if added is not None:
                added.clear()
                self.outcome.summary.excluded = 0
            await self._ready(worker)  # outside: it has tried again for long enough itself
            try:
                run = self._execution(worker, None)
                run.add, run.exclude = self._adder(added), self._exclude
                await Interpreter(run, self._activities, HANDLERS).body(steps, run.new_frame({}))
                return
            except SystemException as error:
                await self.observer.evidence(None, worker, error)
                await worker.close()
                if attempt > len(retry.RETRY_DELAYS):
                    raise
                wait = retry.delay(attempt)
                self.observer.log("warning", worker.masker.mask(f"{describe(error)}; again in {wait:g} s"))
                await self._sleep(wait)
                if self._stopping.is_set():
                    return

    def _exclude(self, exception: str) -> None:
        self.outcome.summary.excluded += 1

    def _adder(self, added: list[str] | None) -> Callable[[Mapping[str, Any]], Awaitable[str]]:
        async def add(fields: Mapping[str, Any]) -> str:
            queue = self.process.queue
            if queue is None:
                raise SystemException("the process has no queue to add an item to")
            stored = to_store(queue.item, fields)
            item = {**dict.fromkeys(queue.item), **fields}
            scope = {**self._builtins(self.workers[0], None), "item": Record(item)}
            reference = "/".join(str(part.evaluate(scope)) for part in queue.reference)
            lock = "" if queue.lock is None else str(queue.lock.evaluate(scope))
            new = NewItem(reference, lock, stored)
            state = str(await self._stored("add_item", self.job.space, new, self.job.id))
            if added is not None:
                added.append(state)
            return state

        return add

    # --- the workers

    async def _work(self, worker: Worker) -> None:
        """Take items until none is open. Idle workers stay while another's item may come back."""
        owner = f"{self.job.owner}/{worker.name}"
        try:
            while not self._stopping.is_set() and not self._limit_reached():
                reference = self.options.reference
                self._under_way += 1  # before the claim: workers asking at once must not pass the limit
                try:
                    item = await self._stored("claim", self.job.space, owner, self.job.id, LEASE, reference)
                    if item is not None:
                        await self._hold(worker, item)
                finally:
                    self._under_way -= 1
                if item is not None:
                    continue
                if (due := await self._stored("next_due", self.job.space, reference)) is None:
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

    async def _hold(self, worker: Worker, item: Item) -> None:
        """Process an item while its lease is renewed.

        When the lease is lost, nothing more is done with it here; when the job is ended from outside, it is
        given back. In both cases the windows are closed first.
        """
        processing = asyncio.ensure_future(self._process(worker, item))
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
        except SystemException:
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
            await self._settle(run, variables, Settlement("held", None, message))
        else:
            self._failures += 1
            if self._failures >= self.options.max_consecutive_failures:
                many = f"{self._failures} system exceptions in a row, the last: {message}"
                self._fault(SystemException(many), run.masker)
            if decision.action == "retry":
                await self._stored("retry", item, decision.delay, message)
            else:
                await self._settle(run, variables, Settlement("failed", decision.exception, message))

    async def _settle(self, run: Execution, variables: Mapping[str, Any], settlement: Settlement) -> None:
        item = run.item
        assert item is not None
        result = self._result(run, item, variables, settlement)
        output = {
            "columns": plain(result.columns),
            "effects": [[e.effect, e.outcome, plain(e.content)] for e in result.effects],
            "readings": list(result.readings),
        }
        stored = replace(settlement, reason=result.reason, rules=result.rules, output=output)
        await self._stored("settle", item, stored, self.job.date)
        self.outcome.items.append(result)
        self.outcome.summary.count(result)
        self.observer.item(result)

    def _result(
        self, run: Execution, item: Item, variables: Mapping[str, Any], settlement: Settlement
    ) -> ItemResult:
        known = self.process.exceptions.get(settlement.exception or "")
        result = ItemResult(
            item.reference, settlement.status, settlement.exception,
            known.name if known else "", settlement.reason, known.list if known else None,
            known.details if known else True, tuple(run.rules), tuple(run.effects.values()),
            readings=tuple(run.readings.items()),
        )  # fmt: skip
        if not result.details:
            return replace(result, readings=(), rules=(), reason="")
        scope = {**variables, "result": Record(outcome=settlement.status, rules=tuple(run.rules))}
        return replace(
            result, columns={name: _cell(v, scope) for name, v in self.process.report.columns.items()}
        )

    # --- executions

    async def _ready(self, worker: Worker) -> None:
        if not worker.ready:
            await worker.sign_in(lambda: self._execution(worker, None), self._sleep)

    def _execution(self, worker: Worker, item: Item | None) -> Execution:
        masker = worker.masker = Masker()
        for value in (item.fields if item else {}).values():
            masker.add(value)
        return Execution(
            job=self.job,
            process=self.process,
            sessions=worker.open,
            builtins=self._builtins(worker, item),
            masker=masker,
            log=self.observer.log,
            step_done=lambda step, status, seconds: self.observer.step(item, step, status, seconds),
            item=item,
            files=self._files,
            confirm=self._memory,
        )

    def _builtins(self, worker: Worker, item: Item | None) -> dict[str, Any]:
        job = Record(
            id=self.job.id, date=self.job.date, period=self.job.period, robot=self.job.robot,
            period_start=period_start(self.process.period, self.job.date),
            user=next(iter(worker.users.values()), None), items=(),
        )  # fmt: skip
        builtins: dict[str, Any] = {
            "job": job,
            "config": Record(self.settings),
            "last_completed": self._last_completed,
        }
        if item is not None:
            builtins["item"] = Record({**item.fields, "reference": item.reference})
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


def describe(error: BaseException) -> str:
    """What went wrong, with the step it happened in: what people and logs read."""
    step: Step | None = getattr(error, "step", None)
    text = (
        str(error)
        if isinstance(error, SystemException | BusinessRuleException | InDoubt)
        else _unexpected(error)
    )
    return f"{text} (step at {step.span})" if step is not None else text


def _unexpected(error: BaseException) -> str:
    text = str(error)
    return text if isinstance(error, EvaluationError) or not text else f"{type(error).__name__}: {text}"


def _cell(value: Any, scope: Mapping[str, Any]) -> Any:
    """A report column; empty when a variable it uses was never set."""
    try:
        return value.evaluate(scope)
    except EvaluationError:
        return None


def _without_content(summary: Summary) -> dict[str, Any]:
    """The summary for files of class operations: effects only as a count."""
    figures = {name: getattr(summary, name) for name in Summary.__slots__}
    return {**figures, "effects": len(summary.effects)}
