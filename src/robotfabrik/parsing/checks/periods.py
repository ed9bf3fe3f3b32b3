"""`job.period` is what `period:` says: a day, a week or a month."""

from __future__ import annotations

from collections.abc import Iterator

from robotfabrik.expressions import fields_of
from robotfabrik.model.process import Evaluable, Once, Process, all_steps
from robotfabrik.parsing.checks.check import Check
from robotfabrik.parsing.checks.place import Report

CHECK = Check(
    "missing-period",
    "warning",
    "A reference, text or effect holds `job.period`, and no `period:` says what that is.",
)
_PERIOD = frozenset({"job.period", "job.period_start"})


def check(process: Process, report: Report) -> None:
    """Tell where it is first a part of what is remembered, written or reported."""
    if process.period is None and (value := next(_uses(process), None)) is not None:
        message = "nothing says what the period is: it is the day"
        report(CHECK.at(value.span, message, "write period: month, week or day at the top"))


def _uses(process: Process) -> Iterator[Evaluable]:
    return (value for value in _values(process) if fields_of(value) & _PERIOD)


def _values(process: Process) -> Iterator[Evaluable]:
    if process.queue is not None:
        yield from process.queue.reference
    for rule in process.rules.values():
        for row in rule.rows:
            yield from (cell.condition for cell in row.conditions if cell.condition is not None)
            yield from row.outputs.values()
    for text in process.texts.values():
        for sentence in (s for paragraph in text.paragraphs for s in paragraph):
            yield from (value for value in (sentence.text, sentence.when) if value is not None)
    workflows = (workflow.steps for workflow in process.workflows.values())
    for steps in (*process.sections, *workflows):
        for step in all_steps(steps):
            if isinstance(step, Once):
                yield from (*step.key, *step.inputs.values())
    yield from process.report.columns.values()
