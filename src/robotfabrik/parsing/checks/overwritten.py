"""A variable that is set, and set again before anything reads it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from robotfabrik.expressions import names_of
from robotfabrik.model.process import Assign, Effect, Step, Steps, Try, blocks
from robotfabrik.model.source import Word
from robotfabrik.parsing.checks.check import Check
from robotfabrik.parsing.checks.parts import parts, values
from robotfabrik.parsing.checks.place import Report

CHECK = Check("overwritten-value", "warning", "A variable is set again before anything reads it.")


def check(steps: Steps, report: Report, elsewhere: Collection[str] = ()) -> None:
    """From step to step of one list; inside `try` a value may be read where an error is caught.

    `elsewhere` are the variables that are read whenever the steps end, such as by the report.
    """
    set_before: dict[str, Word] = {}
    for step in steps:
        read = set(_read(step))
        for name in (*read, *(step.sets if blocks(step) else ())):
            set_before.pop(name, None)
        for name in () if blocks(step) else _names(step):
            earlier = set_before.get(name)
            if earlier is not None and step.when is None:
                message = f"'{name}' is set again on line {name.span.line} before anything reads it"
                report(CHECK.at(earlier.span, message, "remove it, or give the two names of their own"))
            if not name.startswith("_") and name not in elsewhere:
                set_before[name] = name
        if not isinstance(step, Try):
            for inner in blocks(step):
                check(inner, report, elsewhere)


def _names(step: Step) -> Iterator[Word]:
    """The variables that a step sets itself, where they are written."""
    written = [step.save_as] if isinstance(step.save_as, str) else [*(step.save_as or ())]
    if isinstance(step, Assign):
        written += step.values
    return (name for name in written if isinstance(name, Word))


def _read(step: Step) -> Iterator[str]:
    """The variables that a step or anything inside it asks for. In `assign` each value sees those above."""
    for value in values(step):
        yield from names_of(value)
    for part in parts(step):
        if isinstance(part, Step):
            yield from _read(part)
        elif isinstance(part, Effect):
            for inner in (*part.verify, *part.repair, *part.do):
                yield from _read(inner)
