"""A round: look, keep what is so, tell who is to be told, mail the summaries that are due.

Any machine may do it at any time, several at once: the store lets one of them have each message.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Final

from robotfabrik.alerting import summaries, words
from robotfabrik.alerting.ports import Book, Log, Send, Store, Watched
from robotfabrik.alerting.watch import judged, look
from robotfabrik.model.alerts import Alert, AlertSettings, Cause, Kind, Mailing, Order, Recipient

APART: Final = 3
"""Up to so many alerts of a kind are told one by one; more at once are one message."""

Post = Callable[[summaries.Letter, str], str | None]
"""Mails a letter to an address; what went wrong, or none."""


def make_round(watched: Watched, store: Store, now: datetime, send: Send, post: Post, log: Log) -> int:
    """One round; how many messages could not be sent. They are tried again in a later one."""
    store.alerts.record(look(watched, store, now), partial(judged, watched))
    failed = tell(watched.settings, store.alerts, send, log)
    return failed + mail(watched, store, now, post, log)


def tell(settings: AlertSettings, book: Book, send: Send, log: Log) -> int:
    """Tell everything that is due; how many messages did not reach everybody."""
    together: dict[tuple[Kind, Order, tuple[str, ...]], list[Alert]] = defaultdict(list)
    for alert in iter(book.take, None):
        wanting = dict.fromkeys(one.name for one in settings.recipients if wants(one, alert.cause))
        if wanting:
            left = tuple(name for name in wanting if name not in alert.told_to)
            together[alert.cause.kind, alert.order, left].append(alert)
        else:
            book.nobody(alert)
    failed = 0
    for (_, _, names), alerts in together.items():
        # What befalls many at once, such as a machine that stood still, is one message.
        messages = [alerts] if len(alerts) > APART else [[alert] for alert in alerts]
        for message in messages:
            reached = [name for name in names if _sent(message, name, send, log)]
            for alert in message:
                if len(reached) == len(names):
                    book.told(alert, settings.limits.remind.total_seconds())
                else:
                    book.reached(alert, reached)
            failed += len(reached) < len(names)
    return failed


def _sent(alerts: Sequence[Alert], name: str, send: Send, log: Log) -> bool:
    first = alerts[0]
    severity = "over" if first.order == "over" else first.cause.severity
    problem = send(name, words.title(alerts), words.body(alerts), severity)
    if problem is not None:
        log("warning", f"an alert could not be told, and is told later: {problem}")
    return problem is None


def wants(recipient: Recipient, cause: Cause) -> bool:
    """Is this for them?"""
    mine = recipient.bots is None or not cause.bot or cause.bot in recipient.bots
    return mine and cause.kind in recipient.causes


def mail(watched: Watched, store: Store, now: datetime, post: Post, log: Log) -> int:
    """Mail the summaries that are due; how many were not taken."""
    failed = 0
    for order in watched.settings.summaries:
        if order.bot not in watched.bots:
            continue
        for period, jobs in summaries.due(store, order, now):
            for recipient in order.to:
                mailing = Mailing(order.bot, order.every, period, recipient)
                if not store.alerts.take_mailing(mailing):
                    continue
                problem = post(summaries.letter(store, order, period, jobs), recipient)
                if problem is None:
                    store.alerts.mailed(mailing)
                else:
                    log("warning", f"a summary of {order.bot} was not mailed, and is mailed later: {problem}")
                    failed += 1
    return failed
