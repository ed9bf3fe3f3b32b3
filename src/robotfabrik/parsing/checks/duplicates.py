"""What is found by its id has an id of its own: steps, rows of rules, tests, effects written in place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from robotfabrik.model.cases import ProcessTest
from robotfabrik.model.process import Once, Process, Repository, Step, all_steps
from robotfabrik.model.source import Span, place_of
from robotfabrik.parsing.checks.check import Check
from robotfabrik.parsing.checks.place import Report

CHECK = Check(
    "duplicate-id", "error", "Two steps, rows, tests, effects, PDDs, bots or triggers have the same id."
)


def check(process: Process, report: Report) -> None:
    """Everything of a PDD that has an id."""
    steps = list(all_steps(step for steps in process.sections for step in steps))
    for workflow in process.workflows.values():
        steps += all_steps(workflow.steps)
    twice("step", _ids(steps), report)
    twice("effect", ((s.effect.id, s.span) for s in steps if isinstance(s, Once) and s.inline), report)
    twice("row", ((row.id, row.span) for rule in process.rules.values() for row in rule.rows), report)
    named = (test.name for test in process.tests if isinstance(test, ProcessTest))
    twice("test", ((name, place_of(name, process.span)) for name in named), report)


def check_repository(repository: Repository, report: Report) -> None:
    """The steps of a repository's workflows and effects."""
    steps = [step for workflow in repository.workflows.values() for step in all_steps(workflow.steps)]
    for effect in repository.effects.values():
        steps += all_steps([*effect.verify, *effect.repair, *effect.do])
    twice("step", _ids(steps), report)


def twice(what: str, ids: Iterable[tuple[str, Span]], report: Report) -> None:
    """Report each id that stands in the list before."""
    known: dict[str, Span] = {}
    for id, span in ids:
        if id in known:
            earlier = known[id]
            where = f"line {earlier.line}" if earlier.source is span.source else str(earlier)
            report(
                CHECK.at(span, f"the {what} '{id}' already stands on {where}", "give it a name of its own")
            )
        known.setdefault(id, span)


def _ids(steps: Iterable[Step]) -> Iterator[tuple[str, Span]]:
    return ((step.id, place_of(step.id, step.span)) for step in steps if step.id is not None)
