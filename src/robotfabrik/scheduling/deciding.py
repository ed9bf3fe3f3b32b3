"""What becomes of the fires of a trigger that are due. Pure: asks no clock and no store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from robotfabrik.model.firing import Decision, Due, Standing, Why
from robotfabrik.model.schedule import Files, NewItems, Trigger

GRACE: Final = timedelta(seconds=60)
"""A fire that is seen so much later than it was due still counts as on time."""


def decide(
    trigger: Trigger, dues: Sequence[Due], standing: Standing, now: datetime, closed: bool
) -> list[Decision]:
    """A decision for each fire that is due, in their order, then those for what has waited.

    `closed`: a blackout lasts now. What file and queue triggers cannot start now is not decided on: it is
    still there at the next look. At most one job stands for all that has waited, and one for all files:
    it goes through the folder.
    """
    free = places(trigger) - standing.active
    found: list[Decision] = []
    held = [Decision(due, "waiting") for due in standing.waiting]
    waited = len(held)
    for due in dues:
        if found and isinstance(trigger.start, Files):
            found.append(Decision(due, "joined"))
            continue
        why = _hindrance(trigger, due, standing, now, closed, free)
        if not why:
            found.append(Decision(due, "started"))
            free -= 1
        elif is_patient(trigger):
            continue
        elif why == "paused" or trigger.misfire == "skip":
            found.append(Decision(due, "skipped", why))
        else:
            held.append(Decision(due, "waiting", why))
    started = any(one.outcome == "started" for one in found)
    if standing.paused:
        found += [Decision(one.due, "skipped", "paused") for one in held]
    elif trigger.misfire == "skip":  # the schedule was changed while they waited
        found += [Decision(one.due, "skipped") for one in held]
    elif held and (started or (free > 0 and not closed)):
        *others, newest = sorted(held, key=lambda one: one.due.due)
        found += [Decision(one.due, "joined", one.why) for one in others]
        found.append(Decision(newest.due, "joined" if started else "started", newest.why))
    else:
        found += held[waited:]
    return found


def places(trigger: Trigger) -> int:
    """So many jobs of the trigger may be at work. New items start one, which takes what comes meanwhile."""
    return 1 if isinstance(trigger.start, NewItems) else trigger.max_parallel


def is_patient(trigger: Trigger) -> bool:
    """Does what starts it stay there until it is seen?"""
    return isinstance(trigger.start, Files | NewItems)


def _hindrance(trigger: Trigger, due: Due, standing: Standing, now: datetime, closed: bool, free: int) -> Why:
    """What keeps a fire from starting its bot now; empty when nothing does."""
    if standing.paused_at(due.due):
        return "paused"
    if due.closed or closed:
        return "blackout"
    if now - due.due > GRACE and not is_patient(trigger):
        return "missed"
    return "max_parallel" if free < 1 else ""
