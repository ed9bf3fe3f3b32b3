"""An effect looks before it writes, and something in its `do` writes."""

from __future__ import annotations

from robotfabrik.activities.catalogue import CATALOGUE
from robotfabrik.model.errors import Diagnostic
from robotfabrik.model.process import Call, Effect, Element, InvokeWorkflow, Step, TargetRef, inner_steps
from robotfabrik.parsing.checks.place import Report


def check(effect: Effect, report: Report) -> None:
    """`do` without a writing step is no effect: nothing would guard it."""
    if not any(_writes(step) for step in effect.do):
        message = f"nothing in the 'do' of {effect.id} writes"
        report(Diagnostic(effect.span, message, "effect", "say 'writes:' on the element that saves"))
    for name in effect.unverified - effect.inputs.keys():
        report(Diagnostic(effect.span, f"{effect.id} has no input '{name}' to leave unverified", "unknown-input"))


def _writes(step: Step) -> bool:
    if isinstance(step, Call):
        targets = [a for a in step.arguments.values() if isinstance(a, TargetRef)]
        if CATALOGUE[step.activity].effect in ("send", "write"):
            return True
        return any(isinstance(t.element, Element) and t.element.writes is not None for t in targets)
    if isinstance(step, InvokeWorkflow):
        return any(_writes(inner) for inner in step.workflow.steps)
    return any(_writes(inner) for inner in inner_steps(step))
