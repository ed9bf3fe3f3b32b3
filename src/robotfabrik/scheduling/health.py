"""Is the schedule looked after? One answer for the command, and for who asks over HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from robotfabrik.model.firing import Heartbeat, Standing
from robotfabrik.model.schedule import Schedule
from robotfabrik.scheduling.deciding import GRACE
from robotfabrik.scheduling.looking import REACH
from robotfabrik.timing.fires import fires_of

SILENCE: Final = 60.0
"""Seconds without a look after which a service does not count as alive."""
PENDING: Final = timedelta(minutes=15)
"""A job that waits for longer has no machine."""
LEAST_FREE: Final = 500_000_000
"""Bytes that must be free where runs leave their folders."""


@dataclass(frozen=True, slots=True)
class Health:
    """What was found. `problems`: in words, empty when all is well; no personal data in any of it."""

    problems: tuple[str, ...]
    services: tuple[Mapping[str, Any], ...] = ()
    silent: float | None = None  # seconds since the last look of any service
    overdue: int = 0  # fires that are due and that nobody has decided on
    waiting: int = 0  # fires that wait until they may start
    pending: int = 0  # jobs that have waited for a machine for too long
    free: int = 0  # bytes on the disk

    @property
    def ok(self) -> bool:
        return not self.problems

    def as_data(self) -> dict[str, Any]:
        """For JSON."""
        return {"ok": self.ok, **asdict(self)}


def judge(
    schedule: Schedule, standings: Mapping[str, Standing], services: Sequence[Heartbeat],
    pending: Sequence[float], free: int, now: datetime,
) -> Health:  # fmt: skip
    """The health of a schedule. `pending`: since when each job waits, in seconds since 1970."""
    late = overdue(schedule, standings, now)
    long = sum(since < (now - PENDING).timestamp() for since in pending)
    silent = min((one.silent for one in services), default=None)
    known = {t.name: standings[t.name] for t in schedule.triggers if t.name in standings}
    problems = []
    if silent is None:
        problems.append("no service looks at the schedule: start robotfabrik schedule")
    elif silent > SILENCE:
        problems.append(f"no service has looked at the schedule for {silent:.0f} s")
    if late:
        problems.append(f"{late} fires are overdue")
    if long:
        problems.append(f"{long} jobs wait for a machine since more than {PENDING.seconds // 60} min")
    if free < LEAST_FREE:
        problems.append(f"only {free // 1_000_000} MB are free on the disk")
    problems += [f"trigger {name}: {one.problem}" for name, one in known.items() if one.problem]
    told = tuple({"machine": s.machine, "pid": s.pid, "silent": round(s.silent, 1)} for s in services)
    return Health(
        tuple(problems), told, None if silent is None else round(silent, 1), late,
        sum(len(one.waiting) for one in known.values()), long, free,
    )  # fmt: skip


def overdue(schedule: Schedule, standings: Mapping[str, Standing], now: datetime) -> int:
    """How many fires of known triggers are due for so long that a service must have seen them."""
    zone = ZoneInfo(schedule.time_zone)
    number = 0
    for trigger in schedule.triggers:
        standing = standings.get(trigger.name)
        if standing is not None and not standing.paused:
            start = max(standing.looked, now - REACH)
            number += sum(1 for _ in fires_of(trigger, zone, start, now - GRACE))
    return number
