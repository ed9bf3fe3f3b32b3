"""When an execution failed: what happens to the item. A decision is a value, never a sleep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from robotfabrik.engine.signals import Unsettled
from robotfabrik.model.errors import BusinessRuleException, InDoubt, system_id
from robotfabrik.model.process import Process
from robotfabrik.model.work import Item

RETRY_DELAYS = (5.0, 15.0, 45.0)  # so that a short outage does not use the attempts up
UNSETTLED = "@unsettled"  # under which name an item counts the looks for an unconfirmed effect
LOOKS = 2  # for each attempt: one soon after it was sent, one when nothing can come any more


@dataclass(frozen=True, slots=True)
class Decision:
    """`action` with its exception id; `delay` None means behind every open item."""

    action: Literal["business", "postpone", "retry", "failed", "held"]
    exception: str | None = None
    delay: float | None = 0.0


def decide(process: Process, item: Item, error: BaseException) -> Decision:
    """Business is never retried, doubt is held, everything unknown counts as system and is retried."""
    if isinstance(error, InDoubt):
        return Decision("held")
    attempts = process.queue.attempts if process.queue else 1
    if isinstance(error, Unsettled):
        if item.postponed.get(UNSETTLED, 0) >= LOOKS * attempts:
            return Decision("held")
        return Decision("postpone", UNSETTLED, error.delay)
    id = getattr(error, "id", None)
    known = process.exceptions.get(id) if id else None
    if isinstance(error, BusinessRuleException):
        if known and known.postpone is not None and item.postponed.get(id or "", 0) + 1 < known.attempts:
            return Decision("postpone", id, None if known.postpone == "end_of_queue" else known.postpone)
        return Decision("business", id)
    if item.attempt < attempts:
        return Decision("retry", system_id(error), delay(item.attempt))
    return Decision("failed", system_id(error))


def delay(attempt: int) -> float:
    """Seconds to wait after execution number `attempt`."""
    return RETRY_DELAYS[min(attempt, len(RETRY_DELAYS)) - 1]
