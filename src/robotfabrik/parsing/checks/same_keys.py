"""`once` with a key that has been used just before: the second one never happens."""

from __future__ import annotations

from collections.abc import Mapping

from robotfabrik.expressions import Expression, names_of
from robotfabrik.model.process import ForEach, Once, Step, Steps, While, all_steps, blocks
from robotfabrik.model.types import Type
from robotfabrik.parsing.checks.check import Check
from robotfabrik.parsing.checks.place import Place, Report
from robotfabrik.parsing.checks.unreachable import leaves_always

CHECK = Check("same-key", "warning", "An effect has the same key twice, so it happens the first time only.")
Known = dict[tuple[str, ...], Once]


def check(step: Step, types: Mapping[str, Type], place: Place, report: Report) -> None:
    """In a loop: nothing of the key changes from turn to turn."""
    if not isinstance(step, ForEach | While):
        return
    own = {name for inner in all_steps(step.steps) for name in inner.sets}
    if isinstance(step, ForEach):
        own |= {*step.variables, *filter(None, (step.index_variable,))}
        for inner in all_steps(step.steps):
            own |= {*inner.variables} if isinstance(inner, ForEach) else set()
    for inner in all_steps(step.steps):
        if isinstance(inner, Once) and not any(names_of(part) & own for part in inner.key):
            message = f"the key of {inner.effect.id} is the same in every turn: only the first one happens"
            report(CHECK.at(inner.span, message, "name in the key what tells the turns apart"))


def check_steps(steps: Steps, report: Report) -> None:
    """One after the other: the same effect with a key that reads the same."""
    _follow(steps, {}, report)


def _follow(steps: Steps, known: Known, report: Report) -> Known | None:
    """The effects that may have happened after the steps; None when nothing goes on after them."""
    for step in steps:
        if isinstance(step, Once) and (key := _key(step)) is not None:
            if key in known and (step.when is None or known[key].when is None):  # else: either, or
                message = f"{step.effect.id} has this key on line {known[key].span.line} already"
                report(CHECK.at(step.span, message, "only the first one happens: give each its own key"))
            known[key] = step
        ends = [_follow(inner, dict(known), report) for inner in blocks(step) if not isinstance(step, Once)]
        for end in ends:
            known.update(end or {})
        if leaves_always(step):
            return None
    return known


def _key(step: Once) -> tuple[str, ...] | None:
    parts = [part.located.text for part in step.key if isinstance(part, Expression)]
    return (step.effect.id, *parts) if parts and len(parts) == len(step.key) else None
