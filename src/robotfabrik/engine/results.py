"""From an execution to what is kept of it: an item's result, its stored form, and what `finish` sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from robotfabrik.engine.execution import Execution
from robotfabrik.engine.figures import cell, counted, measured
from robotfabrik.engine.items import plain
from robotfabrik.expressions import names_of
from robotfabrik.model.errors import (
    BusinessRuleException,
    EvaluationError,
    InDoubt,
    SystemException,
    plainly,
)
from robotfabrik.model.process import Process, Rule, Step
from robotfabrik.model.records import Doubt, QueueItem
from robotfabrik.model.result import EffectResult, ItemResult, Summary
from robotfabrik.model.values import Record
from robotfabrik.model.work import Item, Settlement, StoredItem


def item_result(
    run: Execution, item: Item, variables: Mapping[str, Any], settlement: Settlement
) -> ItemResult:
    """The result of an item, with its report columns; of a case without details only the outcome."""
    known = run.process.exceptions.get(settlement.exception or "")
    result = ItemResult(
        item.reference, settlement.status, settlement.exception,
        known.name if known else "", settlement.reason, known.list if known else None,
        known.details if known else True, tuple(run.rules), tuple(run.effects.values()),
        readings=tuple(run.readings.items()),
    )  # fmt: skip
    report = run.process.report
    scope = {**variables, "result": Record(outcome=settlement.status, rules=tuple(run.rules))}
    result = replace(
        result, counted=counted(report, scope), analytics=measured(report, scope, private=False)
    )
    if not result.details:  # what is counted says nothing of the case
        return replace(result, readings=(), rules=(), reason="")
    return replace(
        result,
        columns={name: cell(value, scope) for name, value in report.columns.items()},
        findings=_findings(run.process, scope),
        analytics={n: cell(value, scope) for n, value in report.analytics.items()} | dict(result.analytics),
        private=measured(report, scope, private=True),
    )


def as_settled(settlement: Settlement, result: ItemResult, doubt: Doubt | None) -> Settlement:
    """A settlement with all that the store keeps of a result; `doubt`: what a held item waits for."""
    output: dict[str, Any] = {
        "columns": plain(result.columns),
        "effects": [[e.effect, e.outcome, plain(e.content)] for e in result.effects],
        "readings": list(result.readings),
        "findings": plain(result.findings),
    }
    if result.private:
        output["private"] = result.private
    if doubt is not None:
        output["doubt"] = plain(
            {
                "effect": doubt.effect, "scope": doubt.key.scope, "hash": doubt.key.hash,
                "content": doubt.content, "candidates": doubt.candidates,
            }
        )  # fmt: skip
    return replace(
        settlement, reason=result.reason, rules=result.rules, output=output,
        analytics=plain(result.analytics), found=result.found,
    )  # fmt: skip


def as_record(process: Process, result: ItemResult) -> Record:
    """An item as `finish` sees it in `job.items`; without details its columns are empty."""
    known = process.exceptions.get(result.exception or "")
    return Record(
        reference=result.reference, outcome=result.status, exception=result.exception, list=result.list,
        name=result.exception_name, action=known.action if known else "", rules=result.rules,
        noted=result.noted, columns=Record({**dict.fromkeys(process.report.columns), **result.columns}),
    )  # fmt: skip


def from_stored(process: Process, item: StoredItem | QueueItem) -> ItemResult | None:
    """The result of an item that the store has kept; none when it has not ended, or was deleted."""
    if item.status not in ("successful", "business", "failed", "held"):
        return None
    known = process.exceptions.get(item.exception or "")
    return ItemResult(
        item.reference, item.status, item.exception, known.name if known else "", item.reason,
        known.list if known else None, known.details if known else True, item.rules,
        tuple(EffectResult(*effect) for effect in item.output.get("effects", ())),
        item.output.get("columns", {}), tuple((name, day) for name, day in item.output.get("readings", ())),
        findings=tuple(item.output.get("findings", ())),
    )  # fmt: skip


def without_content(summary: Summary) -> dict[str, Any]:
    """The summary for files of class operations: effects only as a count."""
    figures = {name: getattr(summary, name) for name in Summary.__slots__}
    return {**figures, "effects": len(summary.effects), "tables": tables_of(summary, figures_only=True)}


def tables_of(summary: Summary, *, figures_only: bool) -> dict[str, Any]:
    """The report's tables as JSON; with `figures_only` those that hold nothing of a case."""
    return {
        title: plain(table.rows)
        for title, table in summary.tables.items()
        if table.figures_only or not figures_only
    }


def describe(error: BaseException) -> str:
    """What went wrong, with the step it happened in: what people and logs read."""
    step: Step | None = getattr(error, "step", None)
    if isinstance(error, BusinessRuleException):
        text = f"{error.id} was thrown: {error}" if str(error) != error.id else f"{error.id} was thrown"
    elif isinstance(error, SystemException | InDoubt):
        text = str(error)
    else:
        text = _unexpected(error)
    return f"{text} (step at {step.span})" if step is not None else text


def _unexpected(error: BaseException) -> str:
    if isinstance(error, OSError):
        return plainly(error)
    text = str(error)
    return text if isinstance(error, EvaluationError) or not text else f"{type(error).__name__}: {text}"


def _findings(process: Process, scope: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """What the report says of each finding; a variable that was never set is none.

    The rule is kept with the name that it has today: the PDD may say something else when somebody asks.
    """
    found = process.report.findings
    if found is None:
        return ()
    given = cell(found, {**dict.fromkeys(names_of(found)), **scope}) or ()
    rules = {row.id: _named(rule, row.id) for rule in process.rules.values() for row in rule.rows}
    rules |= {id: f"{id} {rule.name}" for id, rule in process.rules.items()}
    rules |= {id: f"{id} {known.name}" for id, known in process.exceptions.items()}
    return tuple({**one, "rule": rules.get(one["rule"], one["rule"])} for one in given)


def _named(rule: Rule, row: str) -> str:
    """`BR4 Vad som uppmärksammas: FLER`; a row without a name of its own has its number."""
    number = row.removeprefix(f"{rule.id}.")
    return f"{rule.id} {rule.name}: {row if number == row else f'rad {number}'}"
