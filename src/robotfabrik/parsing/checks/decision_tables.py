"""Decision tables: overlaps under `unique`, rows that are never reached, gaps without `otherwise`.

Every column is cut where its cells change their mind: at each limit, between two limits, and beyond the
outermost. One value stands for each stretch, so that nothing is missed, and values for which all cells say
the same count once. A `when` column asks of more than one input: of its rows it is only known that they may
fit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from robotfabrik.expressions import Constant
from robotfabrik.model.cells import passes
from robotfabrik.model.process import Between, CellTest, Compared, Excluded, IsUnknown, OneOf, Rule, RuleRow
from robotfabrik.model.types import Type
from robotfabrik.model.values import UNKNOWN, Month
from robotfabrik.parsing.checks.check import Check
from robotfabrik.parsing.checks.place import Report

OVERLAP = Check("overlap", "error", "Two rows of a `unique` table fit the same values.")
UNREACHABLE = Check("unreachable-row", "error", "A row of a decision table is never reached.")
GAP = Check("gap", "error", "No row of a decision table fits certain values, and there is no `otherwise:`.")
_STEPS: Mapping[type, Any] = {
    int: 1, Decimal: Decimal(1), date: timedelta(days=1), timedelta: timedelta(seconds=1),
}  # fmt: skip
MAX_CASES = 20_000
_OTHER_TEXT = "\N{BLACK QUESTION MARK ORNAMENT}"


@dataclass(frozen=True, slots=True)
class Case:
    """One value for each column, and the rows that fit them: a bit for each row."""

    values: tuple[Any, ...]
    rows: int


def check(rule: Rule, report: Report) -> None:
    """A table of which some cell could not be read, or that is too large to try, is not judged."""
    conditions = [cell.condition for row in rule.rows for cell in row.conditions]
    if not rule.rows or any(isinstance(condition, Constant) for condition in conditions):
        return
    cases = _cases(rule)
    if cases is None:
        return
    sure = _bits(all(cell.condition is None for cell in row.conditions) for row in rule.rows)
    if rule.hit_policy == "unique":
        _overlaps(rule, cases, sure, report)
    if rule.hit_policy != "latest":
        _unreachable(rule, cases, sure, report)
    if rule.otherwise is None and rule.hit_policy in ("unique", "first"):
        _gap(rule, cases, sure, report)


def _overlaps(rule: Rule, cases: list[Case], sure: int, report: Report) -> None:
    """The second row of each pair, once."""
    found: dict[str, str] = {}
    for case in cases:
        both = [row for number, row in enumerate(rule.rows) if case.rows & sure & 1 << number][:2]
        if len(both) == 2:
            found.setdefault(both[1].id, both[0].id)
    for row in rule.rows:
        if row.id in found:
            report(OVERLAP.at(row.span, f"row {row.id} overlaps {found[row.id]} (hit_policy: unique)"))


def _unreachable(rule: Rule, cases: list[Case], sure: int, report: Report) -> None:
    """Rows that fit nothing; under `first` also those that only come after one that fits for certain."""
    fits = reached = 0
    for case in cases:
        fits |= case.rows
        first_sure = case.rows & sure & -(case.rows & sure)
        reached |= case.rows & (first_sure << 1) - 1 if first_sure else case.rows
    for number, row in enumerate(rule.rows):
        if not fits & 1 << number:
            message = f"row {row.id} is never reached: its cells fit no value"
            report(UNREACHABLE.at(row.span, message, "a range goes from the lower to the higher value"))
        elif rule.hit_policy == "first" and not reached & 1 << number:
            message = f"row {row.id} is never reached: the rows above catch everything"
            report(UNREACHABLE.at(row.span, message))


def _gap(rule: Rule, cases: list[Case], sure: int, report: Report) -> None:
    """The first values that no row fits; of a `when` row it is not known when it does."""
    uncaught = next((case for case in cases if not case.rows), None)
    if uncaught is not None:
        named = [(name, value) for name, value in zip(rule.columns, uncaught.values, strict=True) if name]
        shown = ", ".join(f"{name} = {_shown(value)}" for name, value in named)
        message = f"no row of {rule.id} fits {shown}"
        report(GAP.at(rule.span, message, "add a row, or 'otherwise:'"))
    elif rule.hit_policy == "first" and any(not case.rows & sure for case in cases):
        message = f"{rule.id} has no last row for everything else"
        report(GAP.at(rule.span, message, "add '| - |', or 'otherwise:'"))


# --- the values that are tried


def _cases(rule: Rule) -> list[Case] | None:
    """Each combination of what the columns tell apart; None: too many, or a column that cannot be tried."""
    every = (1 << len(rule.rows)) - 1
    cases = [Case((), every)]
    for number, name in enumerate(rule.columns):
        told_apart: dict[int, Any] = {every: None}
        if name is not None:
            values = _values(rule, number, rule.inputs.get(name))
            if values is None:
                return None
            told_apart = {}
            for value in values:
                told_apart.setdefault(_bits(_passes(row, number, value) for row in rule.rows), value)
        cases = [
            Case((*case.values, value), case.rows & bits)
            for case in cases
            for bits, value in told_apart.items()
        ]
        if len(cases) > MAX_CASES:
            return None
    return cases


def _passes(row: RuleRow, number: int, value: Any) -> bool:
    test = row.conditions[number].test
    return test is None or passes(test, value)


def _bits(flags: Iterable[bool]) -> int:
    return sum(1 << number for number, flag in enumerate(flags) if flag)


def _values(rule: Rule, number: int, type_: Type | None) -> list[Any] | None:
    """A value of each stretch that the column's cells tell apart."""
    if type_ is None:
        return None
    tests = [row.conditions[number].test for row in rule.rows]
    limits = {limit for test in tests for limit in _limits(test)}
    if type_.name == "enumeration":
        found: list[Any] | None = list(type_.values)
    elif type_.name in ("boolean", "exists"):
        found = [True, False]
    elif type_.name in ("integer", "number", "money", "percent", "date", "month", "duration"):
        found = _stretches(sorted(limits)) if limits else [None]
    elif type_.name in ("list", "table", "record") or any(_is_order(test) for test in tests):
        return None
    else:
        found = [*sorted(limits, key=str), _OTHER_TEXT]
    if found is not None and None not in found and (type_.optional or any(map(_asks_none, tests))):
        found.append(None)
    if found is not None and any(_asks_unknown(test) for test in tests):
        found.append(UNKNOWN)
    return found


def _stretches(limits: list[Any]) -> list[Any] | None:
    """Below, at, between and beyond the limits."""
    step = _STEPS.get(type(limits[0]))
    if isinstance(limits[0], Month):
        return [_month(limits[0], -1), *(m for limit in limits for m in (limit, _month(limit, 1)))]
    if step is None:
        return None
    try:
        beyond = [limits[0] - step, *limits, limits[-1] + step]
        return sorted({*beyond, *(_between(low, high) for low, high in pairwise(limits))})
    except (OverflowError, ArithmeticError):
        return None


def _month(start: Month, later: int) -> Month:
    months = start.year * 12 + start.number - 1 + later
    return Month(months // 12, months % 12 + 1)


def _between(low: Any, high: Any) -> Any:
    """A value between two, or the lower one when there is none."""
    if isinstance(low, int):
        return (low + high) // 2
    return low + (high - low) / 2  # of dates the whole days: the lower one when they are neighbours


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


def _asks_unknown(test: CellTest | None) -> bool:
    return isinstance(test, IsUnknown) or (isinstance(test, Excluded) and _asks_unknown(test.test))


def _asks_none(test: CellTest | None) -> bool:
    return isinstance(test, OneOf) and None in test.values


def _is_order(test: CellTest | None) -> bool:
    """Texts are not put in order here."""
    inner = test.test if isinstance(test, Excluded) else test
    return isinstance(inner, Compared | Between)


def _shown(value: Any) -> str:
    if value is True or value is False:
        return "ja" if value else "nej"
    if value is None or value is UNKNOWN:
        return "none" if value is None else "okänd"
    return "any other text" if value == _OTHER_TEXT else str(value)
