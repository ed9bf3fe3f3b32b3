"""What a queue says of its items."""

from __future__ import annotations

from robotfabrik.expressions import Environment, static_type
from robotfabrik.model.errors import Diagnostic
from robotfabrik.model.process import Queue
from robotfabrik.model.types import DATE, DURATION, TEXT, accepts


def check(queue: Queue, env: Environment) -> None:
    """A priority is a word, a time a date or a duration; each may be none."""
    for named in (*queue.reference, *filter(None, (queue.lock,))):
        static_type(named, env)
    for name, part, wanted, words in (
        ("priority", queue.priority, (TEXT,), "'high', 'normal' or 'low'"),
        ("deadline", queue.deadline, (DATE, DURATION), "a date or a duration"),
        ("postpone", queue.postpone, (DATE, DURATION), "a date or a duration"),
    ):
        if part is None:
            continue
        given = static_type(part, env)
        if not any(accepts(type_.or_none(), given) for type_ in wanted):
            env.report(Diagnostic(part.span, f"{name} must be {words}, not {given}", "wrong-type"))
