"""What a queue says of its items, and the figures that stay of them."""

from __future__ import annotations

from collections.abc import Mapping

from robotfabrik.expressions import Environment, static_type
from robotfabrik.model.errors import Diagnostic
from robotfabrik.model.process import Evaluable, Queue
from robotfabrik.model.types import DATE, DURATION, NUMERIC, TEXT, accepts
from robotfabrik.parsing.checks.check import Check

CHECK = Check("personal-analytics", "error", "A figure for statistics could hold personal data.")
IMPERSONAL = (*NUMERIC, "boolean", "exists", "month", "duration", "enumeration", "any")


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


def check_analytics(analytics: Mapping[str, Evaluable], env: Environment) -> None:
    """They stay when everything personal is gone: nothing in them may name or describe a person."""
    for name, value in analytics.items():
        given = static_type(value, env)
        if given.name not in IMPERSONAL:
            env.report(
                CHECK.at(
                    value.span, f"analytics '{name}' is {given}, which could hold personal data",
                    "use a number, a yes or no, a month or one of named choices",
                )
            )  # fmt: skip
