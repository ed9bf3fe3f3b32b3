"""The schedule's part of the store: one transaction a call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime

from sqlalchemy.engine import Connection

from robotfabrik.model.firing import (
    Decision,
    Due,
    FireRow,
    Heartbeat,
    Pause,
    QueueState,
    Standing,
)
from robotfabrik.model.work import PendingJob, Space
from robotfabrik.store import causes, fires, schedulers

Transaction = Callable[[], AbstractContextManager[Connection]]


class FireStore:
    """Triggers, their fires, and who looks. `now` is what the clock of the schedule's service shows."""

    def __init__(self, write: Transaction, read: Transaction) -> None:
        self._write, self._read = write, read

    # --- what the service does

    def standings(self) -> Mapping[str, Standing]:
        """How it stands with each known trigger."""
        with self._read() as connection:
            return fires.standings(connection)

    def introduce(self, trigger: str, bot: str, now: datetime, by: str, before: Sequence[Due] = ()) -> bool:
        """Note a new trigger: its fires count from now on, and those `before` are left out. False: known."""
        with self._write() as connection:
            new = fires.introduce(connection, trigger, now)
            if new:
                fires.leave_out(connection, trigger, bot, before, now, by)
            return new

    def retire(self, trigger: str, now: datetime, by: str) -> None:
        """A trigger was taken out of the schedule: what waits is left out; if it comes back it is new."""
        with self._write() as connection:
            fires.retire(connection, trigger, now, by)

    def decide(
        self, trigger: str, bot: str, dues: Sequence[Due], now: datetime, by: str,
        choose: Callable[[Sequence[Due], Standing], Sequence[Decision]],
        make: Callable[[Decision], PendingJob],
    ) -> Sequence[FireRow]:  # fmt: skip
        """Decide on what is due and has no row yet, and on what has waited: the rows that changed.

        `choose` says what becomes of them, `make` the job of a fire that starts one. Rows and jobs are
        one transaction, during which nobody else decides on the trigger.
        """
        with self._write() as connection:
            return fires.decide(connection, trigger, bot, dues, now, by, choose, make)

    def undecided(self, trigger: str, dues: Sequence[Due]) -> Sequence[Due]:
        """Those of the fires that have no row yet."""
        with self._read() as connection:
            return fires.undecided(connection, trigger, dues)

    def looked(self, triggers: Sequence[str], until: datetime) -> None:
        """Nothing of these triggers was due before that which is not decided."""
        with self._write() as connection:
            fires.looked(connection, triggers, until)

    def look_again_from(self, trigger: str, now: datetime) -> None:
        """The clock was wrong: the trigger was looked at in what is the future now."""
        with self._write() as connection:
            fires.look_again_from(connection, trigger, now)

    def note_problem(self, trigger: str, problem: str) -> None:
        """Why a trigger cannot be looked at; empty when it can again."""
        with self._write() as connection:
            fires.note_problem(connection, trigger, problem)

    def ended_jobs(
        self, trigger: str, bot: str, statuses: Iterable[str], rehearsals: bool, days: float
    ) -> Sequence[tuple[str, datetime]]:
        """The bot's jobs that ended so and that the trigger has not decided on: id and end."""
        with self._read() as connection:
            return causes.ended_jobs(connection, trigger, bot, sorted(statuses), rehearsals, days)

    def queue(self, bot: str, space: Space, period: str) -> QueueState:
        """What the bot could take now, as of that period."""
        with self._read() as connection:
            return causes.queue(connection, bot, space, period)

    # --- who looks

    def beat(self, owner: str, machine: str, pid: int) -> None:
        with self._write() as connection:
            schedulers.beat(connection, owner, machine, pid)

    def leave(self, owner: str) -> None:
        with self._write() as connection:
            schedulers.leave(connection, owner)

    def services(self) -> Sequence[Heartbeat]:
        """Those that look at the schedule, the one that looked last first."""
        with self._read() as connection:
            return schedulers.all_of(connection)

    def probe(self) -> None:
        """Write something; SystemException when nothing can be written."""
        with self._write() as connection:
            schedulers.probe(connection)

    # --- what people do and see

    def pause(self, trigger: str, by: str, note: str, now: datetime) -> bool:
        """Let a trigger, or EVERY one, start nothing; false when it is paused already."""
        with self._write() as connection:
            return fires.pause(connection, trigger, by, note, now.timestamp())

    def resume(self, trigger: str, by: str, note: str, now: datetime) -> bool:
        """Let it start its bot again; false when it is not paused. What waited then is left out."""
        with self._write() as connection:
            return fires.resume(connection, trigger, by, note, now.timestamp())

    def pauses(self) -> Mapping[str, Pause]:
        """What is paused."""
        with self._read() as connection:
            return fires.pauses(connection)

    def fire(self, trigger: str, due: Due, job: PendingJob, by: str) -> FireRow:
        """Start a trigger's bot now, as a person wants."""
        with self._write() as connection:
            return fires.fire(connection, trigger, due, job, by)

    def rows(
        self, trigger: str | None = None, since: float | None = None, limit: int | None = None
    ) -> Sequence[FireRow]:
        """What became of fires, the newest first."""
        with self._read() as connection:
            return fires.rows(connection, trigger, since, limit)

    def newest(self) -> Mapping[str, FireRow]:
        """The newest row of each trigger."""
        with self._read() as connection:
            return fires.newest(connection)
