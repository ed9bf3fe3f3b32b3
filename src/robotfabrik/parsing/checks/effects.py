"""An effect looks before it writes, and something in its `do` writes."""

from __future__ import annotations

from collections.abc import Iterable

from robotfabrik.activities.catalogue import CATALOGUE
from robotfabrik.model.process import (
    AUTHORITIES,
    Call,
    Effect,
    Element,
    InvokeWorkflow,
    Step,
    TargetRef,
    Workflow,
    inner_steps,
)  # fmt: skip
from robotfabrik.model.source import place_of
from robotfabrik.model.suggest import did_you_mean
from robotfabrik.parsing.checks.check import Check
from robotfabrik.parsing.checks.place import Report
from robotfabrik.parsing.checks.reading import READING

CHECK = Check("effect", "error", "Nothing in the `do` of an effect writes, or it is taken back by more.")
UNKNOWN = READING["unknown-input"]


def check(effect: Effect, report: Report) -> None:
    """`do` without a writing step is no effect: nothing would guard it."""
    if not _writes(effect.do, set()):
        message = f"nothing in the 'do' of {effect.id} writes"
        report(CHECK.at(effect.span, message, "say 'writes:' on the element that saves"))
    retraction = effect.retract
    order = AUTHORITIES.index
    if retraction is not None and order(retraction.effect.writes) > order(effect.writes):
        message = f"{effect.id} ({effect.writes}) is taken back by what is more ({retraction.effect.writes})"
        report(CHECK.at(retraction.span, message, f"use an effect whose writes is {effect.writes} at most"))
    for name in sorted(effect.unverified - effect.inputs.keys()):
        message = f"{effect.id} has no input '{name}' to leave unverified"
        near = did_you_mean(name, effect.inputs)
        report(UNKNOWN.at(place_of(name, effect.span), message, near))


def _writes(steps: Iterable[Step], entered: set[Workflow]) -> bool:
    """Does any step write? `entered` are the workflows that have been looked into: one may call itself."""
    for step in steps:
        if isinstance(step, Call):
            targets = [a for a in step.arguments.values() if isinstance(a, TargetRef)]
            if CATALOGUE[step.activity].effect_of(step.arguments) in ("send", "write"):
                return True
            if any(isinstance(t.element, Element) and t.element.writes is not None for t in targets):
                return True
        elif isinstance(step, InvokeWorkflow):
            if step.workflow not in entered:
                entered.add(step.workflow)
                if _writes(step.workflow.steps, entered):
                    return True
        elif _writes(inner_steps(step), entered):
            return True
    return False
