"""What is checked beyond a file's shape: all rules ride one walk over the steps. One rule a file.

`RULES` is the explicit list. A rule looks at one step, with the types of the variables around it and the
place where it stands, and reports.
"""

from __future__ import annotations

from robotfabrik.model.process import Process, Repository
from robotfabrik.parsing.checks import (
    decision_tables,
    effects,
    examples,
    exceptions,
    grants,
    keys,
    lists,
    loops,
    queue_columns,
    recursion,
    retries,
    selectors,
    wording,
    writes,
)
from robotfabrik.parsing.checks.flow import Flow, Report
from robotfabrik.parsing.checks.place import Rule
from robotfabrik.parsing.names import Returns

RULES: tuple[Rule, ...] = (
    writes.check, exceptions.check, keys.check, retries.check, loops.check,
    queue_columns.check,
)  # fmt: skip


def check_repository(repository: Repository, report: Report) -> Returns:
    """Everything that can be said of a repository without the PDDs that use it; what its workflows return."""
    selectors.check(repository, report)
    recursion.check(repository.workflows.values(), report)
    flow = Flow(report, RULES)
    flow.definitions(repository.workflows.values(), repository.effects.values())
    for effect in repository.effects.values():
        effects.check(effect, report)
    return flow.returns


def check_process(process: Process, returns: Returns, report: Report) -> None:
    """Everything that can be said of a PDD and of how it uses its repositories."""
    flow = Flow(report, RULES, process, returns)
    flow.definitions(process.workflows.values(), ())
    flow.process()
    recursion.check(process.workflows.values(), report)
    for rule in process.rules.values():
        decision_tables.check(rule, report)
    for text in process.texts.values():
        wording.check(text, report)
    for effect in flow.own_effects:
        effects.check(effect, report)
    exceptions.check_reachable(process, report)
    grants.check_services(process, report)
    examples.check(process, report)
    lists.check(process, report)
