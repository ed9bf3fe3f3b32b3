"""What an alert says: in English, for administrators; what, since when, and what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from robotfabrik.model.alerts import Alert, Kind, Order

WORDS: Final[Mapping[Kind, str]] = {
    "faulted": "a job stopped early",
    "interrupted": "a job was ended",
    "abandoned": "a job is gone",
    "breaker": "the breaker stopped a job",
    "held": "items are in doubt",
    "not_started": "no run when one was due",
    "raised": "the robot tells something",
    "review": "the review is overdue",
    "credential": "a credential expires",
    "disk": "little space is left",
    "audit": "the audit's head is not kept",
}
_BEFORE: Final[Mapping[Order, str]] = {"first": "", "again": "Still: ", "over": "Over: "}


def title(alerts: Sequence[Alert]) -> str:
    """One line. The alerts are of one kind and order."""
    first = alerts[0]
    of = whose(first) if len(alerts) == 1 else f"{len(alerts)} times"
    return f"{_BEFORE[first.order]}robotfabrik, {of}: {WORDS[first.cause.kind]}"


def body(alerts: Sequence[Alert]) -> str:
    """Some lines of plain text for each."""
    if len(alerts) == 1:
        return _one(alerts[0])
    return "\n\n".join(f"{whose(alert)}\n{_one(alert)}" for alert in alerts)


def whose(alert: Alert) -> str:
    """The bot, the machine or the thing that it is about."""
    return alert.cause.bot or alert.cause.machine or alert.cause.subject


def _one(alert: Alert) -> str:
    cause = alert.cause
    since = f"since {moment(cause.since)}"
    if alert.over_at is not None:
        return f"It is over at {moment(alert.over_at)}. It was so {since}:\n{cause.what}"
    times = f", {cause.count} times" if cause.count > 1 and cause.kind != "held" else ""
    lines = [cause.what, f"It is so {since}{times}.", f"To do: {cause.todo}"]
    return "\n".join([*lines, f"Who takes care of it says so: robotfabrik alerts ack {alert.id}"])


def moment(at: float) -> str:
    """A time as the clock on the wall shows it."""
    return f"{datetime.fromtimestamp(at):%Y-%m-%d %H:%M}"
