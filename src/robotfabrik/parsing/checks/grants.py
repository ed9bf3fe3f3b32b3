"""A bot grants what the steps of its process get: accounts by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from robotfabrik.expressions import Constant
from robotfabrik.model.errors import Diagnostic
from robotfabrik.model.process import Bot, Call, InvokeWorkflow, Once, Process, Step, inner_steps
from robotfabrik.model.source import place_of
from robotfabrik.model.suggest import did_you_mean, nearest
from robotfabrik.parsing.checks.place import Report


def check(bot: Bot, process: Process, report: Report) -> None:
    """Each credential that a step names is listed by the bot; said where the bot's slip is, if it is one."""
    named: dict[str, Constant] = {}
    for step in reached(process):
        given = step.arguments.get("credential") if isinstance(step, Call) else None
        if isinstance(given, Constant) and isinstance(given.value, str) and given.value not in named:
            named[given.value] = given
    for name, given in named.items():
        if name in bot.credentials:
            continue
        slip = next(iter(nearest(name, [c for c in bot.credentials if c not in named])), None)
        span = bot.span if slip is None else place_of(_own(bot, slip), bot.span)
        message = f"the bot does not list the credential '{name}' that a step gets ({given.span})"
        hint = f"write credentials: [{name}]" if slip is None else did_you_mean(slip, [name])
        report(Diagnostic(span, message, "unknown-credential", hint))


def _own(bot: Bot, name: str) -> str:
    return next(known for known in bot.credentials if known == name)


def reached(process: Process) -> Iterator[Step]:
    """Every step of a process, with those of the workflows and effects that it uses."""
    seen: set[int] = set()
    waiting: list[Iterable[Step]] = [process.dispatch, process.process, process.finish]
    while waiting:
        for step in waiting.pop():
            yield step
            waiting.append(inner_steps(step))
            used = getattr(step, "workflow", None) if isinstance(step, InvokeWorkflow) else None
            if isinstance(step, Once) and not step.inline:
                used = step.effect
            if used is not None and id(used) not in seen:
                seen.add(id(used))
                parts = ("steps",) if isinstance(step, InvokeWorkflow) else ("verify", "do", "repair")
                waiting.extend(getattr(used, part) for part in parts)
