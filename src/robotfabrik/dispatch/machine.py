"""A machine that runs jobs: what it offers, the processes that it launched, and what becomes of them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from robotfabrik.dispatch.launch import LAUNCH_PATIENCE, Child, launch
from robotfabrik.model.errors import RobotError
from robotfabrik.model.records import GivenUp, JobRecord
from robotfabrik.model.work import DEFAULT_POOL

DESKTOP: Final = "desktop"
"""A requirement that a machine can meet for one job at a time: there is one screen, one mouse."""

MOST_LAUNCHES: Final = 3  # of a job that never gets so far as to start
Say = Callable[[str, str], None]
"""Tells who watches the machine: a level (info, warning, error) and a line without personal data."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a machine can run: jobs of these pools that require no more than it has, so many at once."""

    pools: tuple[str, ...] = (DEFAULT_POOL,)
    has: tuple[str, ...] = ()
    jobs: int = 1


class Store(Protocol):
    """What a machine needs of the store (SqlStore)."""

    def job(self, job_id: str) -> JobRecord | None: ...
    def refuse_job(self, job_id: str) -> None: ...
    def give_up(
        self, silence: float, job_id: str | None = None, owner: str = ""
    ) -> Sequence[GivenUp]: ...
    def take_job(self, job_id: str, patience: float) -> bool: ...
    def take_pending(self, pools: Sequence[str], has: Sequence[str], patience: float) -> JobRecord | None: ...


class Machine:
    """Launches jobs and looks after them. `folder` gives the folder of a job; safe to use from threads."""

    def __init__(
        self, store: Store, offer: Offer, root: Path, folder: Callable[[str], Path], say: Say
    ) -> None:
        self.store, self.offer, self.say = store, offer, say
        # Who tells of jobs counts too, but may have begun anew while these still run.
        self._places = threading.Semaphore(offer.jobs)
        self._desktop = threading.Lock()
        self._root, self._folder = root, folder
        self._children: set[Child] = set()
        self._launches: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._stopping = False

    @property
    def busy(self) -> int:
        """How many jobs it runs."""
        return len(self._children)

    def run(self, job_id: str, taken: bool = False) -> None:
        """Launch a pending job and wait for its end; nothing when it does not wait any more.

        `taken`: it was given to this machine (`take_pending`). Otherwise nothing too when somebody else
        launches it.
        """
        try:
            record = self.store.job(job_id)
            if record is not None and record.status == "pending":
                with self._places, self._desktop if DESKTOP in record.requires else nullcontext():
                    if taken or self.store.take_job(job_id, LAUNCH_PATIENCE):
                        self._run(record.job.bot, job_id)
        except (RobotError, OSError) as error:  # whoever looks for silent and forgotten jobs finds it
            self.say("error", f"{job_id} was not looked after: {error}")

    def _run(self, bot: str, job_id: str) -> None:
        with self._lock:  # a child is either launched before `stop`, and stopped, or not launched
            if self._stopping:
                return
            child = launch(bot, job_id, self._root, self._folder(job_id))
            self._children.add(child)
        self.say("info", f"{job_id} is launched")
        try:
            child.process.wait()
        finally:
            with self._lock:
                self._children.discard(child)
        self._look_after(child)

    def stop(self) -> None:
        """Launch nothing more, and ask every job to end after the items under way."""
        with self._lock:
            self._stopping = True
            for child in self._children:
                child.stop()

    def _look_after(self, child: Child) -> None:
        """What the end of a job's process leaves to be done: usually nothing, its row has ended too."""
        record = self.store.job(child.job_id)
        if record is None:
            return
        if record.status == "running":  # it was killed, and nobody knows as soon as we do
            # Or another machine was faster, and the job is well: only what ran in our process is given up.
            self.tell(self.store.give_up(0.0, child.job_id, child.owner))
        elif record.status != "pending":
            self.say("info", f"{child.job_id}: {record.status}")
        elif not self._stopping:
            self._launches[child.job_id] += 1
            self.say("warning", f"{child.job_id} did not start (exit {child.exit_code})")
            if self._launches[child.job_id] >= MOST_LAUNCHES:
                self.store.refuse_job(child.job_id)
                self.say("error", f"{child.job_id} cannot be started and has faulted")

    def tell(self, given_up: Sequence[GivenUp]) -> None:
        """Say which jobs were given up; loudly when nobody takes one up."""
        for told in given_up:
            if told.successor:
                self.say("warning", f"{told.job} was abandoned; {told.successor} takes it up")
            elif told.exhausted:
                self.say("error", f"{told.job} was abandoned, again: nobody takes it up. Look at {told.bot}")
            else:
                self.say("warning", f"{told.job} was abandoned")
