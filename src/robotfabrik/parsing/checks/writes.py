"""Writing belongs inside `once`, and no higher than the PDD's authority."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from robotfabrik.activities.catalogue import CATALOGUE
from robotfabrik.model.process import AUTHORITIES, Authority, Call, Element, Once, Step, TargetRef
from robotfabrik.model.source import Span
from robotfabrik.model.types import Type
from robotfabrik.parsing.checks.check import Check
from robotfabrik.parsing.checks.place import Place, Report

OUTSIDE = Check("write-outside-once", "error", "Something is written outside `once`.")
AUTHORITY = Check("authority", "error", "An effect or element writes more than is allowed there.")


def check(step: Step, types: Mapping[str, Type], place: Place, report: Report) -> None:
    """A writing element or activity outside `do`, or above what is allowed."""
    if isinstance(step, Once) and place.process is not None:
        _authority(
            step.span, f"the effect {step.effect.id}", step.effect.writes, place.process.authority, report
        )
    if not isinstance(step, Call):
        return
    if CATALOGUE[step.activity].effect_of(step.arguments) in ("send", "write") and place.writing is None:
        report(OUTSIDE.at(step.span, f"{step.activity} writes: it must stand inside 'once'"))
    for target in _targets(step):
        element = target.element
        if not isinstance(element, Element) or element.writes is None:
            continue
        if place.writing is None:
            message = f"{element.id} writes ({element.writes}): it must stand in the 'do' of an effect"
            suggestion = "put the step in the do: of an effect, which once: looks for first"
            report(OUTSIDE.at(target.span, message, suggestion))
        else:
            _authority(target.span, element.id, element.writes, place.writing.writes, report)


def _authority(span: Span, what: str, writes: Authority, allowed: Authority, report: Report) -> None:
    if AUTHORITIES.index(writes) > AUTHORITIES.index(allowed):
        message = f"{what} writes '{writes}', but only '{allowed}' is allowed here"
        report(AUTHORITY.at(span, message))


def _targets(step: Call) -> Iterator[TargetRef]:
    for argument in step.arguments.values():
        if isinstance(argument, TargetRef):
            yield argument
        elif isinstance(argument, tuple):
            yield from (target for target, _ in argument)
