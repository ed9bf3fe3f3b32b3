"""Decision tables: which rows fit, and what they say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from robotfabrik.model.errors import EvaluationError, SystemException
from robotfabrik.model.process import (
    Between, CellTest, Compared, Excluded, IsUnknown, OneOf, Rule, RuleRow, Text,
)  # fmt: skip
from robotfabrik.model.values import UNKNOWN, Record


@dataclass(frozen=True, slots=True)
class Decision:
    """The outputs by name, and the ids of the rows that fitted."""

    outputs: Mapping[str, Any]
    fired: tuple[str, ...]


def decide(rule: Rule, scope: Mapping[str, Any]) -> Decision:
    """Evaluate a rule. `scope` holds its inputs and what every expression sees (config, job).

    Rows are tried top down and cells left to right, each only when it is needed.
    """
    if rule.hit_policy == "latest":
        fitting = [row for row in rule.rows if _fits(rule, row, scope)][-1:]
    elif rule.hit_policy == "first":
        fitting = next(([row] for row in rule.rows if _fits(rule, row, scope)), [])
    else:
        fitting = [row for row in rule.rows if _fits(rule, row, scope)]
    if rule.hit_policy == "unique" and len(fitting) > 1:
        raise SystemException(f"rule {rule.id}: more than one row fits: {', '.join(row.id for row in fitting)}")
    if rule.hit_policy == "collect":
        outputs = {name: tuple(row.outputs[name].evaluate(scope) for row in fitting) for name in rule.outputs}
        return Decision(outputs, tuple(row.id for row in fitting))
    if fitting:
        row = fitting[0]
        return Decision({name: row.outputs[name].evaluate(scope) for name in rule.outputs}, (row.id,))
    return Decision(_otherwise(rule, scope), ())


def _otherwise(rule: Rule, scope: Mapping[str, Any]) -> Mapping[str, Any]:
    if rule.otherwise is None:
        raise SystemException(f"rule {rule.id}: no row fits, and the rule has no `otherwise`")
    if rule.otherwise == "none":
        return dict.fromkeys(rule.outputs)
    return {name: value.evaluate(scope) for name, value in rule.otherwise.items()}


def _fits(rule: Rule, row: RuleRow, scope: Mapping[str, Any]) -> bool:
    for column, cell in zip(rule.columns, row.conditions, strict=True):
        if cell.condition is not None:
            if not is_true(cell.condition.evaluate(scope), cell.condition):
                return False
        elif cell.test is not None and column is not None:
            value = scope[column]
            latest = rule.hit_policy == "latest" and rule.inputs[column].name in ("date", "month")
            if not (_not_after(cell.test, value) if latest else passes(cell.test, value)):
                return False
    return True


def _not_after(test: CellTest, value: Any) -> bool:
    """Under `latest` a plain date says from when its row holds."""
    return all(start <= value for start in test.values) if isinstance(test, OneOf) else passes(test, value)


def passes(test: CellTest, value: Any) -> bool:
    """Does a value pass a cell's test? An unknown value passes none but `unknown`."""
    if isinstance(test, IsUnknown):
        return value is UNKNOWN
    if value is UNKNOWN:
        return False
    match test:
        case OneOf(values):
            return value in values
        case Excluded(inner):
            return not passes(inner, value)
        case Between(low, high):
            return value is not None and bool(low <= value <= high)
        case Compared(operator, limit):
            return value is not None and _ORDERS[operator](value, limit)


_ORDERS = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def is_true(value: Any, where: Any) -> bool:
    """A condition's value; anything but true or false is an error."""
    if value is True or value is False:
        return bool(value)
    raise EvaluationError("a condition must be true or false", where.span)


def compose(text: Text, scope: Mapping[str, Any]) -> Record:
    """A text as it is written: sentences joined with a space, paragraphs with a blank line."""
    paragraphs = []
    for sentences in text.paragraphs:
        chosen = [
            str(sentence.text.evaluate(scope))
            for sentence in sentences
            if sentence.when is None or is_true(sentence.when.evaluate(scope), sentence.when)
        ]
        if chosen:
            paragraphs.append(" ".join(chosen))
    rubrik = None if text.rubrik is None else str(text.rubrik.evaluate(scope))
    return Record(rubrik=rubrik, text="\n\n".join(paragraphs))
