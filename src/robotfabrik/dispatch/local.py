"""Runs pending jobs on this machine by looking into the store now and then."""

from __future__ import annotations

import time
from threading import Thread
from typing import Final

from robotfabrik.dispatch.launch import LAUNCH_PATIENCE
from robotfabrik.dispatch.machine import DESKTOP, Machine
from robotfabrik.model.errors import RobotError, unforeseen

LOOK: Final = 1.0  # seconds between two looks for a job
RECONCILE: Final = 10.0  # seconds between two looks for jobs that fell silent


class Local:
    """Takes jobs for a machine until it is stopped.

    `silence`: after so many seconds a running job counts as dead. `grace`: so many seconds the jobs get to
    end when the machine stops; what has not ended then notices that it is alone (dispatch/launch.py).
    """

    def __init__(self, machine: Machine, silence: float, grace: float) -> None:
        self.machine, self.offer = machine, machine.offer
        self._silence, self._grace = silence, grace
        self._stopping = False
        self._running: dict[Thread, bool] = {}  # does it need the desktop?
        self._reconciled = float("-inf")
        self._troubled = False

    def run(self) -> None:
        """Run jobs until `stop`, and then wait for the end of those under way."""
        while not self._stopping:
            self._turn()
            time.sleep(LOOK)
        self.machine.stop()
        until = time.monotonic() + self._grace
        while self._free() < self.offer.jobs and time.monotonic() < until:
            time.sleep(LOOK / 5)

    def stop(self) -> None:
        """Take no more jobs and ask those under way to end after their items. Also from a signal."""
        self._stopping = True

    def _turn(self) -> None:
        try:
            if time.monotonic() - self._reconciled >= RECONCILE:
                self.machine.tell(self.machine.store.give_up(self._silence))
                self._reconciled = time.monotonic()
            while self._free() and self._take():
                pass
            if self._troubled:
                self.machine.say("info", "jobs can be taken again")
            self._troubled = False
        except Exception as error:  # whatever it is: a thread that dies says nothing
            if not self._troubled:  # once, not every second
                why = str(error) if isinstance(error, RobotError) else unforeseen(error)
                self.machine.say("warning", f"no job can be taken: {why}")
            self._troubled = True

    def _free(self) -> int:
        self._running = {job: desktop for job, desktop in self._running.items() if job.is_alive()}
        return self.offer.jobs - len(self._running)

    def _take(self) -> bool:
        """Launch one job, if there is one for us."""
        busy = any(self._running.values())
        has = [one for one in self.offer.has if one != DESKTOP or not busy]
        record = self.machine.store.take_pending(self.offer.pools, has, LAUNCH_PATIENCE)
        if record is None:
            return False
        job = Thread(target=self.machine.run, args=(record.job.id, True), daemon=True)
        job.start()
        self._running[job] = DESKTOP in record.requires
        return True
