"""A row that is called nearly, but not quite, as one of its outcomes: a slip in the `#` column."""

from __future__ import annotations

from robotfabrik.expressions import Constant
from robotfabrik.model.errors import unknown
from robotfabrik.model.process import Rule, RuleRow
from robotfabrik.model.source import place_of
from robotfabrik.parsing.checks.check import Check
from robotfabrik.parsing.checks.place import Report

CHECK = Check(
    "row-name", "error", "A row's name is nearly, but not quite, what the row gives.", judgement=True
)


def check(rule: Rule, report: Report) -> None:
    """Where other rows of the rule are called as what they give."""
    if not any(row.id in _outcomes(row) for row in rule.rows):
        return
    for row in rule.rows:
        found = unknown(
            place_of(row.id, row.span), f"the row '{row.id}' is not called as it gives", CHECK.id,
            row.id, _outcomes(row),
        )  # fmt: skip
        if row.id not in _outcomes(row) and found.near:
            report(found)


def _outcomes(row: RuleRow) -> list[str]:
    values = [value.value for value in row.outputs.values() if isinstance(value, Constant)]
    return [value for value in values if isinstance(value, str)]
