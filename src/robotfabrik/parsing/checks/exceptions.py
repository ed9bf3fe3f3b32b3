"""Every exception that is thrown, caught or named by a step is declared in `exceptions:`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from robotfabrik.expressions import Constant
from robotfabrik.model.errors import unknown
from robotfabrik.model.process import (
    Call,
    Effect,
    Function,
    InvokeWorkflow,
    Once,
    Process,
    Step,
    Throw,
    Try,
    Workflow,
    inner_steps,
)
from robotfabrik.model.source import Span, place_of
from robotfabrik.model.types import Type
from robotfabrik.parsing.checks.place import Place, Report
from robotfabrik.parsing.checks.reading import READING

CHECK = READING["unknown-exception"]
KINDS = ("business", "system")


def check(step: Step, types: Mapping[str, Type], place: Place, report: Report) -> None:
    """The ids in a PDD's own steps."""
    if place.process is not None:
        _check(step, place.process, report)


def check_reachable(process: Process, report: Report) -> None:
    """The ids in the repositories' workflows and effects that the PDD reaches."""
    seen: set[str] = set()
    waiting = [step for steps in process.sections for step in steps]
    for workflow in process.workflows.values():
        waiting.extend(workflow.steps)
    while waiting:
        step = waiting.pop()
        waiting.extend(inner_steps(step))
        used = (
            step.workflow
            if isinstance(step, InvokeWorkflow)
            else step.effect
            if isinstance(step, Once)
            else None
        )
        if used is None or used.id in seen or used.application is None:
            continue
        seen.add(used.id)
        for inner in _all(used):
            _check(inner, process, report)
            waiting.append(inner)


def _all(used: Workflow | Effect) -> Iterator[Step]:
    waiting = list(used.steps) if isinstance(used, Workflow) else [*used.verify, *used.do, *used.repair]
    while waiting:
        step = waiting.pop()
        waiting.extend(inner_steps(step))
        yield step


def _check(step: Step, process: Process, report: Report) -> None:
    for id, span, kinds in _named(step):
        if id and id not in process.exceptions and id not in kinds:
            shared = [other for one in process.applications.values() for other in one.exceptions]
            known = [*dict.fromkeys((*process.exceptions, *shared)), *kinds]
            message = f"unknown exception: '{id}'"
            if span.source is not process.span.source and not shared:
                message += f" (the PDD {process.id} does not declare it)"
            report(unknown(span, message, CHECK.id, id, known))


def _named(step: Step) -> Iterator[tuple[str, Span, tuple[str, ...]]]:
    """Each id that a step names, where it stands, and what else may stand there."""
    for id in (step.if_missing, step.if_unreadable, step.if_present if isinstance(step, Once) else None):
        if id is not None:
            yield id, place_of(id, step.span), ()
    match step:
        case Throw():
            yield step.exception, place_of(step.exception, step.span), ()
        case Try():
            for id, _ in step.catches:
                yield id, place_of(id, step.span), KINDS
        case Call(
            activity="exclude_queue_item", arguments={"exception": Constant(value=str() as id, span=span)}
        ):
            yield id, span, ()
        case Call(arguments={"function": Constant(value=Function() as function)}):
            yield from ((id, id.span, ()) for id in function.throws)
