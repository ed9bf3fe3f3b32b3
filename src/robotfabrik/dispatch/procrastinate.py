"""Runs pending jobs that Procrastinate tells of, on PostgreSQL.

Only ids travel, and the job's row decides: whoever is told twice, or too late, launches nothing. So
Procrastinate may lose or double what it carries, and `_reconcile` may run on every machine at once.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import chain, combinations
from threading import Thread
from typing import Any, Final, Protocol

from procrastinate import App, PsycopgConnector, exceptions
from procrastinate.jobs import Job as Carried
from procrastinate.jobs import Status
from procrastinate.schema import SchemaManager

from robotfabrik.dispatch.launch import LAUNCH_PATIENCE
from robotfabrik.dispatch.machine import DESKTOP, Machine, Offer
from robotfabrik.dispatch.machine import Store as JobStore
from robotfabrik.model.errors import RobotError
from robotfabrik.model.records import JobFilter, JobRecord
from robotfabrik.model.work import queue_of

RECONCILE: Final = 10.0  # seconds between two looks for jobs that fell silent or that nobody was told of
AGAIN: Final = 2.0  # seconds before a server that went away is asked again
STALLED: Final = 30.0  # seconds without a sign of a worker, after which what it was told is told to others

TAKING: Final = "no job can be taken"
LOOKING: Final = "jobs that nobody runs cannot be looked for"


class Store(JobStore, Protocol):
    """What is needed besides of the store (SqlStore)."""

    def jobs(self, wanted: JobFilter) -> Iterable[JobRecord]: ...
    def install_carrier(self, schema: str) -> None: ...


class Carrier:
    """Takes jobs for a machine until it is stopped. `silence` and `grace` as in dispatch/local.py."""

    def __init__(
        self, machine: Machine, store: Store, server: str, task: str, silence: float, grace: float
    ) -> None:
        self.machine, self.offer = machine, machine.offer
        self._store, self._server, self._task = store, server, task
        self._silence, self._grace = silence, grace
        self._stopping = asyncio.Event()
        self._troubles: set[str] = set()  # what does not work now

    async def run(self) -> None:
        """Run jobs until SIGTERM or SIGINT, and then wait for the end of those under way."""
        loop = asyncio.get_running_loop()
        for name in ("SIGINT", "SIGTERM"):
            with suppress(NotImplementedError):  # Windows: KeyboardInterrupt ends it
                loop.add_signal_handler(getattr(signal, name), self._stopping.set)
        for name in ("psycopg.pool", "procrastinate"):  # an outage is told here, once and in words
            logging.getLogger(name).setLevel(logging.CRITICAL)
        while not self._stopping.is_set():
            try:
                await self._carried()
            except Exception as error:  # whatever it is: who ends here runs nothing more
                self._fails(TAKING, error)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), AGAIN)
        await asyncio.to_thread(self.machine.stop)
        until = loop.time() + self._grace
        while self.machine.busy and loop.time() < until:  # noqa: ASYNC110  # its threads tell of no event
            await asyncio.sleep(0.2)

    async def _carried(self) -> None:
        """Take jobs until it is stopped or the server goes away."""
        await asyncio.to_thread(self._store.install_carrier, SchemaManager.get_schema())
        connector = PsycopgConnector(conninfo=self._server, min_size=1, max_size=6, timeout=10.0)
        app = App(connector=connector)
        app.task(name=self._task)(self._run)
        async with app.open_async(), connector.pool.connection() as kept:
            await kept.set_autocommit(True)
            self._works(TAKING, "jobs can be taken again")
            tasks = [asyncio.ensure_future(self._reconciling(app, kept))]
            for queues, number in shares(self.offer):
                worker = app.run_worker_async(
                    queues=queues, concurrency=number, install_signal_handlers=False, delete_jobs="always",
                    # Who watches a job's process goes on when Procrastinate's worker does not.
                    shutdown_graceful_timeout=0.0, stalled_worker_timeout=STALLED,
                )  # fmt: skip
                tasks.append(asyncio.ensure_future(worker))
            stopped = asyncio.ensure_future(self._stopping.wait())
            try:
                await asyncio.wait([*tasks, stopped], return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (*tasks, stopped):
                    task.cancel()
                ended = await asyncio.gather(*tasks, stopped, return_exceptions=True)
        for error in ended:
            if isinstance(error, Exception):
                raise error

    async def _run(self, job: str) -> None:
        """Procrastinate's task: launch the job and wait for its end."""
        await in_thread(lambda: self.machine.run(job))

    # --- what was not carried

    async def _reconciling(self, app: App, kept: Any) -> None:
        """`kept`: a connection that is lost when the server has been away.

        Then Procrastinate's workers have lost what they listen with too, some of them for good: begin anew.
        """
        while True:
            await kept.execute("SELECT 1")
            try:
                await self._reconcile(app)
                self._works(LOOKING, "jobs that nobody runs can be looked for again")
            except (exceptions.ProcrastinateException, RobotError) as error:
                self._fails(LOOKING, error)
            await asyncio.sleep(RECONCILE)

    def _fails(self, trouble: str, error: Exception) -> None:
        """Say it once, not at every try."""
        if trouble not in self._troubles:
            self._troubles.add(trouble)
            why = str(error) if isinstance(error, RobotError) else type(error).__name__
            self.machine.say("warning", f"{trouble}: {why}; trying again")

    def _works(self, trouble: str, words: str) -> None:
        if trouble in self._troubles:
            self._troubles.remove(trouble)
            self.machine.say("info", words)

    async def _reconcile(self, app: App) -> None:
        self.machine.tell(await asyncio.to_thread(self._store.give_up, self._silence))
        for record in await asyncio.to_thread(self._store.jobs, JobFilter(status="pending")):
            if not _is_launched(record):
                await self._deliver(app, record)
        for carried in await app.job_manager.get_stalled_jobs(
            task_name=self._task, seconds_since_heartbeat=STALLED
        ):
            await self._free(app, carried)

    async def _deliver(self, app: App, record: JobRecord) -> None:
        """Tell of a pending job that nobody is told of."""
        job = record.pending
        told = await app.job_manager.list_jobs_async(task=self._task, queueing_lock=job.id)
        if any(one.status in (Status.TODO.value, Status.DOING.value) for one in told):
            return
        task = app.configure_task(self._task, queue=job.queue, queueing_lock=job.id)
        with suppress(exceptions.AlreadyEnqueued):  # another machine was faster
            await task.defer_async(job=job.id)
            self.machine.say("warning", f"{job.id} was not carried; it is told of again")

    async def _free(self, app: App, carried: Carried) -> None:
        """Take what was told to a worker that is gone back from it."""
        record = await asyncio.to_thread(self._store.job, str(carried.task_kwargs["job"]))
        # Another machine may do the same, or the worker may be back: then there is nothing to be done.
        with suppress(exceptions.ConnectorException):
            await app.job_manager.finish_job(carried, Status.FAILED, delete_job=True)
            if record is not None and record.status == "pending":
                await self._deliver(app, record)


def _is_launched(record: JobRecord) -> bool:
    """Has somebody just launched the pending job?"""
    return record.started_at < record.seen_at and record.silent <= LAUNCH_PATIENCE


def shares(offer: Offer) -> list[tuple[list[str], int]]:
    """The queues that a machine listens to, and how many jobs of them it takes at once.

    Those that need the desktop have a place of their own, so that none waits here that could run elsewhere.
    """
    everything = sorted(set(offer.has))
    sets = chain.from_iterable(combinations(everything, n) for n in range(len(everything) + 1))
    kinds: dict[bool, list[str]] = {False: [], True: []}
    for needed in sets:
        kinds[DESKTOP in needed] += [queue_of(pool, needed) for pool in offer.pools]
    if not kinds[True] or offer.jobs == 1:
        return [([*kinds[False], *kinds[True]], offer.jobs)]
    return [(kinds[False], offer.jobs - 1), (kinds[True], 1)]


async def in_thread(work: Callable[[], Any]) -> None:
    """Wait for work in a thread of its own. Who stops waiting lets it go on; it does not keep us alive."""
    loop, done = asyncio.get_running_loop(), asyncio.Event()

    def run() -> None:
        try:
            work()
        finally:
            with suppress(RuntimeError):  # the loop is over: nobody waits
                loop.call_soon_threadsafe(done.set)

    Thread(target=run, daemon=True).start()
    await done.wait()
