"""Decision tables: which rows fit, and what they say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from robotfabrik.model.cells import passes
from robotfabrik.model.errors import EvaluationError, SystemException
from robotfabrik.model.process import OneOf, Rule, RuleCell, RuleRow, Text
from robotfabrik.model.values import UNKNOWN, Record


@dataclass(frozen=True, slots=True)
class Decision:
    """The outputs by name, and the ids of the rows that fitted."""

    outputs: Mapping[str, Any]
    fired: tuple[str, ...]

    def rows(self) -> tuple[Record, ...]:
        """Under `collect`: a record for each row that fitted."""
        names, columns = tuple(self.outputs), zip(*self.outputs.values(), strict=True)
        return tuple(Record(dict(zip(names, row, strict=True))) for row in columns)


def decide(rule: Rule, scope: Mapping[str, Any]) -> Decision:
    """Evaluate a rule. `scope` holds its inputs and what every expression sees (config, job).

    Rows are tried top down and cells left to right, each only when it is needed.
    """
    if rule.hit_policy == "latest":
        found = [row for row in rule.rows if _fits(rule, row, scope)]
        fitting = [max(reversed(found), key=lambda row: _start(rule, row))] if found else []
    elif rule.hit_policy == "first":
        fitting = next(([row] for row in rule.rows if _fits(rule, row, scope)), [])
    else:
        fitting = [row for row in rule.rows if _fits(rule, row, scope)]
    if rule.hit_policy == "unique" and len(fitting) > 1:
        raise SystemException(
            f"rule {rule.id}: more than one row fits: {', '.join(row.id for row in fitting)}"
        )
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
            starts = _starts(rule, column, cell)
            if not (_begun(starts, value) if starts else passes(cell.test, value)):
                return False
    return True


def _starts(rule: Rule, column: str | None, cell: RuleCell) -> tuple[Any, ...]:
    """Under `latest` a plain date says from when its row holds."""
    latest = rule.hit_policy == "latest" and column and rule.inputs[column].name in ("date", "month")
    return cell.test.values if latest and isinstance(cell.test, OneOf) else ()


def _begun(starts: tuple[Any, ...], value: Any) -> bool:
    return value is not None and value is not UNKNOWN and all(start <= value for start in starts)


def _start(rule: Rule, row: RuleRow) -> list[tuple[Any, ...]]:
    """From when a row holds, column by column; a row without a date has held for ever."""
    return [_starts(rule, *cell) for cell in zip(rule.columns, row.conditions, strict=True)]


def is_true(value: Any, where: Any) -> bool:
    """A condition's value; anything but true or false is an error."""
    if value is True or value is False:
        return bool(value)
    raise EvaluationError("a condition must be true or false", where.span)


def compose(text: Text, scope: Mapping[str, Any]) -> Record:
    """A text as it is written: sentences joined with a space or as lines, paragraphs with a blank line."""
    paragraphs = []
    for paragraph in text.paragraphs:
        chosen: list[str] = []
        for sentence in paragraph:
            if sentence.when is None or is_true(sentence.when.evaluate(scope), sentence.when):
                said = sentence.text.evaluate(scope)
                chosen.extend(map(str, said if isinstance(said, tuple | list) else (said,)))
        if chosen:
            paragraphs.append(("\n" if paragraph.lines else " ").join(chosen))
    rubrik = None if text.rubrik is None else str(text.rubrik.evaluate(scope))
    return Record(rubrik=rubrik, text="\n\n".join(paragraphs))
