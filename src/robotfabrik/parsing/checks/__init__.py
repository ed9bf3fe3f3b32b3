"""What is checked beyond a file's shape. One rule a file; every rule says what it is in a `Check`.

`RULES` ride one walk over the steps: each looks at one step, with the types of the variables around it and
the place where it stands, and reports. The others look at a whole PDD or repository, and `Usage` tells them
what is used. `catalogue.py` lists every rule; docs/reference/checks.md is made from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from robotfabrik.expressions import names_of
from robotfabrik.model.errors import Diagnostic
from robotfabrik.model.process import Bot, PeriodKind, Process, Repository
from robotfabrik.model.schedule import Schedule
from robotfabrik.parsing.checks import (
    arguments,
    bounds,
    decision_tables,
    duplicates,
    effects,
    empty_tests,
    examples,
    exceptions,
    fragile,
    grants,
    keys,
    lists,
    loops,
    moved_period,
    never_fires,
    overwritten,
    periods,
    queue_columns,
    recursion,
    retries,
    row_names,
    row_positions,
    same_elements,
    same_keys,
    secrets,
    sections,
    selectors,
    trigger_cycles,
    unreachable,
    untested,
    unthrown,
    unused,
    variables,
    watched_folders,
    wording,
    writes,
)
from robotfabrik.parsing.checks.doubt import Doubt
from robotfabrik.parsing.checks.flow import Flow, Report
from robotfabrik.parsing.checks.place import Rule
from robotfabrik.parsing.checks.usage import Usage
from robotfabrik.parsing.names import Returns

RULES: tuple[Rule, ...] = (
    arguments.check,
    writes.check,
    exceptions.check,
    keys.check,
    retries.check,
    loops.check,
    unreachable.check,
    bounds.check,
    same_keys.check,
    secrets.check,
    variables.check,
    row_positions.check,
    wording.check_step,
    queue_columns.check,
)
Found = Callable[[], Iterable[Diagnostic]]
"""Everything that has been reported so far, also what was ignored."""


def check_repository(repository: Repository, report: Report, found: Found) -> tuple[Returns, Usage]:
    """Everything that can be said of a repository without the PDDs that use it.

    What its workflows return, and what it uses itself.
    """
    selectors.check(repository, report)
    fragile.check(repository, report)
    same_elements.check(repository, report)
    duplicates.check_repository(repository, report)
    recursion.check(repository.workflows.values(), report)
    flow = Flow(report, RULES)
    flow.definitions(repository.workflows.values(), repository.effects.values())
    flow.texts(repository.texts.values())
    for effect in repository.effects.values():
        effects.check(effect, report)
    for workflow in repository.workflows.values():
        overwritten.check(workflow.steps, report)
    for text in repository.texts.values():
        wording.check(text, report)
        unused.check_inputs(text, Doubt(found()), report)
    wording.check_exceptions(repository.exceptions.values(), report)
    variables.check_scopes(flow.scopes, Doubt(found()), report)
    usage = Usage(fields=flow.whole).repository(repository)
    return flow.returns, usage


def check_process(process: Process, returns: Returns, report: Report, found: Found) -> Usage:
    """Everything that can be said of a PDD and of how it uses its repositories; what it uses."""
    flow = Flow(report, RULES, process, returns)
    flow.definitions(process.workflows.values(), ())
    flow.process()
    recursion.check(process.workflows.values(), report)
    for rule in process.rules.values():
        decision_tables.check(rule, report)
        row_names.check(rule, report)
    for text in process.texts.values():
        if process.declares(text):
            wording.check(text, report)
    for effect in flow.own_effects:
        effects.check(effect, report)
    exceptions.check_reachable(process, report)
    grants.check_services(process, report)
    duplicates.check(process, report)
    examples.check(process, report)
    untested.check(process, report)
    empty_tests.check(process, report)
    lists.check(process, report)
    wording.check_process(process, report)
    sections.check(process, report)
    periods.check(process, report)
    cells = process.report.expressions
    shown = {name for value in cells for name in names_of(value)}
    workflows = (workflow.steps for workflow in process.workflows.values())
    for steps in (*process.sections, *workflows):
        same_keys.check_steps(steps, report)
        overwritten.check(steps, report, shown)
    return _unused(process, flow, Doubt(found()), report)


def _unused(process: Process, flow: Flow, doubt: Doubt, report: Report) -> Usage:
    usage = Usage(fields=flow.whole).process(process)
    variables.check_scopes(flow.scopes, doubt, report)
    unused.check(process, usage, doubt, report)
    unthrown.check(process, usage, doubt, report)
    return usage


def check_shared(repository: Repository, usages: Iterable[Usage], report: Report, found: Found) -> None:
    """What a repository holds that neither it nor any PDD uses. `usages`: its own, and all PDDs'."""
    every = Usage()
    for usage in usages:
        every.add(usage)
    unused.check_repository(repository, every, Doubt(found()), report)


def check_bot(bot: Bot, process: Process, report: Report) -> None:
    """Everything that can be said of a bot and the PDD that it runs."""
    sections.check_bot(bot, process, report)
    grants.check(bot, process, report)


def check_schedule(
    schedule: Schedule, bots: Mapping[str, tuple[Bot, Process]], today: date, report: Report
) -> None:
    """Everything that can be said of triggers beyond their shape. `bots`: those that could be read."""
    periods: dict[str, PeriodKind | None] = {name: process.period for name, (_, process) in bots.items()}
    trigger_cycles.check(schedule, report)
    never_fires.check(schedule, today, report)
    moved_period.check(schedule, periods, today, report)
    watched_folders.check(schedule, {name: bot.folders for name, (bot, _) in bots.items()}, report)
