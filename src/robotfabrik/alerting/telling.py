"""A round: look, keep what is so, tell who is to be told, mail the summaries that are due.

Any machine may do it at any time, several at once: the store lets one of them have each message.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from robotfabrik.alerting import summaries, words
from robotfabrik.alerting.ports import Book, Log, Send, Store, Watched
from robotfabrik.alerting.watch import judged, look
from robotfabrik.model.alerts import Alert, AlertSettings, Cause, Mailing, Recipient

Post = Callable[[summaries.Letter, str], str | None]
"""Mails a letter to an address; what went wrong, or none."""


def make_round(watched: Watched, store: Store, now: datetime, send: Send, post: Post, log: Log) -> int:
    """One round; how many messages could not be sent. They are tried again in a later one."""
    store.alerts.record(look(watched, store, now), partial(judged, watched))
    failed = tell(watched.settings, store.alerts, send, log)
    return failed + mail(watched, store, now, post, log)


def tell(settings: AlertSettings, book: Book, send: Send, log: Log) -> int:
    """Tell everything that is due; how many alerts did not reach everybody."""
    failed = 0
    while (alert := book.take()) is not None:
        names = dict.fromkeys(one.name for one in settings.recipients if wants(one, alert.cause))
        if not names:
            book.nobody(alert)
            continue
        missing = _missing(alert, names, send, log)
        if missing:
            book.reached(alert, [name for name in names if name not in (*missing, *alert.told_to)])
            failed += 1
        else:
            book.told(alert, settings.limits.remind.total_seconds())
    return failed


def _missing(alert: Alert, names: dict[str, None], send: Send, log: Log) -> list[str]:
    """Who was not reached, of those who have not had the message yet."""
    severity = "over" if alert.order == "over" else alert.cause.severity
    missing = []
    for name in names:
        if name in alert.told_to:
            continue
        problem = send(name, words.title(alert), words.body(alert), severity)
        if problem is not None:
            log("warning", f"an alert could not be told, and is told later: {problem}")
            missing.append(name)
    return missing


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
