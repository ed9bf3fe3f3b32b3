"""Decision tables: overlaps under `unique`, rows never reached under `first`, gaps without `otherwise`."""

from __future__ import annotations

from itertools import product
from typing import Any

from robotfabrik.expressions import Constant
from robotfabrik.model.cells import passes
from robotfabrik.model.errors import Diagnostic
from robotfabrik.model.process import Between, CellTest, Compared, Excluded, OneOf, Rule, RuleRow
from robotfabrik.model.types import Type
from robotfabrik.parsing.checks.place import Report

MAX_SAMPLES = 20_000


def check(rule: Rule, report: Report) -> None:
    """By sampling: every combination of the values that the cells distinguish. `when` is not judged."""
    conditions = [cell.condition for row in rule.rows for cell in row.conditions]
    if any(isinstance(condition, Constant) for condition in conditions):  # a cell that could not be read
        return
    if any(condition is not None for condition in conditions):
        _unreachable_when(rule, report)
        return
    columns = [_samples(rule, number) for number in range(len(rule.columns))]
    samples = [values for values in columns if values is not None]
    if not rule.rows or len(samples) < len(columns) or _size(samples) > MAX_SAMPLES:
        return
    overlaps: set[tuple[str, str]] = set()
    reached: set[str] = set()
    gap = None
    for values in product(*samples):
        fitting = [row for row in rule.rows if _fits(rule, row, values)]
        reached.update(row.id for row in fitting[:1])
        if len(fitting) > 1 and rule.hit_policy == "unique":
            overlaps.add((fitting[0].id, fitting[1].id))
        if not fitting and gap is None:
            gap = values
    for first, second in sorted(overlaps):
        row = next(row for row in rule.rows if row.id == second)
        report(Diagnostic(row.span, f"row {second} overlaps {first} (hit_policy: unique)", "overlap"))
    if rule.hit_policy == "first":
        for row in rule.rows:
            if row.id not in reached:
                report(
                    Diagnostic(
                        row.span,
                        f"row {row.id} is never reached: the rows above catch everything",
                        "unreachable",
                    )
                )
    if gap is not None and rule.otherwise is None and rule.hit_policy in ("unique", "first"):
        shown = ", ".join(f"{name} = {_shown(value)}" for name, value in zip(rule.columns, gap, strict=True))
        report(
            Diagnostic(rule.span, f"no row of {rule.id} fits {shown}", "gap", "add a row, or 'otherwise:'")
        )


def _unreachable_when(rule: Rule, report: Report) -> None:
    """Under `first`, nothing is reached after a row of dashes alone."""
    if rule.hit_policy != "first":
        return
    for number, row in enumerate(rule.rows[:-1]):
        if all(cell.condition is None and cell.test is None for cell in row.conditions):
            after = rule.rows[number + 1]
            report(
                Diagnostic(
                    after.span, f"row {after.id} is never reached: {row.id} catches everything", "unreachable"
                )
            )
            return
    last = rule.rows[-1] if rule.rows else None
    if last is not None and rule.otherwise is None and any(c.condition or c.test for c in last.conditions):
        report(
            Diagnostic(
                rule.span,
                f"{rule.id} has no last row for everything else",
                "gap",
                "add '| - |', or 'otherwise:'",
            )
        )


def _fits(rule: Rule, row: RuleRow, values: tuple[Any, ...]) -> bool:
    return all(
        cell.test is None or passes(cell.test, value)
        for cell, value in zip(row.conditions, values, strict=True)
    )


def _size(samples: list[list[Any]]) -> int:
    size = 1
    for values in samples:
        size *= len(values)
    return size


def _samples(rule: Rule, number: int) -> list[Any] | None:
    """Values that tell the column's cells apart, with one beside every limit. None: cannot be sampled."""
    name = rule.columns[number]
    type_ = rule.inputs.get(name) if name else None
    if type_ is None:
        return None
    if type_.name == "enumeration":
        return list(type_.values)
    if type_.name in ("boolean", "exists"):
        return [True, False]
    limits = {limit for row in rule.rows for limit in _limits(row.conditions[number].test)}
    return _around(type_, limits)


def _around(type_: Type, limits: set[Any]) -> list[Any] | None:
    if type_.name in ("integer", "number", "money", "percent"):
        values = {v for limit in limits for v in (limit - 1, limit, limit + 1)}
        return sorted(values) or [0]
    if type_.name in ("text", "any"):
        return [*sorted(limits, key=str), "\N{BLACK QUESTION MARK ORNAMENT}"]
    return sorted(limits) if limits else None


def _limits(test: CellTest | None) -> list[Any]:
    match test:
        case OneOf(values):
            return [v for v in values if v is not None]
        case Compared(_, limit):
            return [limit]
        case Between(low, high):
            return [low, high]
        case Excluded(inner):
            return _limits(inner)
    return []


def _shown(value: Any) -> str:
    if value is True or value is False:
        return "ja" if value else "nej"
    return "any other text" if value == "\N{BLACK QUESTION MARK ORNAMENT}" else str(value)
