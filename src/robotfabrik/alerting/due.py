"""When each trigger of the schedule should last have started its bot."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from robotfabrik.alerting.ports import Due
from robotfabrik.model.schedule import Schedule
from robotfabrik.timing.fires import fires_of

WITHIN: Final = (2, 40)
"""Days: most triggers fired lately; of the others a month and some days is looked through."""


def last_fires(schedule: Schedule, since: datetime, before: datetime) -> Iterator[Due]:
    """The last fire of each trigger that is due after `since` and starts its bot before a moment."""
    zone = ZoneInfo(schedule.time_zone)
    for trigger in schedule.triggers:
        for days in WITHIN:
            start = max(since, before - timedelta(days=days))
            starts = [
                fire.starts for fire in fires_of(trigger, zone, start, before) if fire.starts is not None
            ]
            last = max((moment for moment in starts if moment < before), default=None)
            if last is not None:
                yield Due(trigger.name, trigger.bot, last, trigger.arguments.rehearse)
                break
