"""What the checker says of a decision table is what trying very many values shows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from robotfabrik.expressions import Constant
from robotfabrik.model.cells import passes
from robotfabrik.model.errors import Diagnostic
from robotfabrik.model.process import Between, CellTest, Compared, Excluded, OneOf, Rule, RuleCell, RuleRow
from robotfabrik.model.source import Source, Span
from robotfabrik.model.types import BOOLEAN, DATE, INTEGER, MONEY, TEXT, Type, enumeration
from robotfabrik.parsing.checks import decision_tables

SPAN = Span(Source("a.yaml", ""), 1, 1)
DAY = date(2022, 1, 1)
GRIDS: Mapping[Type, list[Any]] = {
    INTEGER: list(range(-3, 10)),
    MONEY: [Decimal(n) / 4 for n in range(-12, 40)],
    DATE: [DAY + timedelta(days=n) for n in range(-3, 10)],
    BOOLEAN: [True, False],
    enumeration("a", "b", "c"): ["a", "b", "c"],
    TEXT: ["a", "b", "c", "something else"],
}
ORDERED = (INTEGER, MONEY, DATE)


def limits(type_: Type) -> list[Any]:
    """What cells may hold: of ordered types, well inside the values that are tried."""
    if type_ in ORDERED:
        return [
            v for v in GRIDS[type_] if v in (GRIDS[INTEGER][3:10] if type_ != DATE else GRIDS[DATE][3:10])
        ]
    return [v for v in GRIDS[type_] if v != "something else"]


def cells(type_: Type) -> st.SearchStrategy[CellTest | None]:
    value = st.sampled_from(limits(type_))
    one_of = st.lists(value, min_size=1, max_size=2).map(lambda found: OneOf(tuple(found)))
    kinds: list[st.SearchStrategy[Any]] = [st.none(), one_of, one_of.map(Excluded)]
    if type_ in ORDERED:
        kinds.append(st.builds(Compared, st.sampled_from(["<", "<=", ">", ">="]), value))
        kinds.append(st.builds(Between, value, value))
    return st.one_of(kinds)


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    types = draw(st.lists(st.sampled_from(list(GRIDS)), min_size=1, max_size=2))
    columns = [f"c{number}" for number in range(len(types))]
    tables = draw(st.lists(st.tuples(*map(cells, types)), min_size=1, max_size=5))
    output = {"out": Constant("x", TEXT, SPAN)}
    rows = tuple(
        RuleRow(f"R.{number}", SPAN, tuple(RuleCell(SPAN, test) for test in row), output)
        for number, row in enumerate(tables, 1)
    )
    policy = draw(st.sampled_from(["unique", "first", "collect"]))
    inputs = dict(zip(columns, types, strict=True))
    return Rule("R", SPAN, "R", policy, inputs, {"out": TEXT}, tuple(columns), rows)


def tried(rule: Rule) -> set[str]:
    """The same judgement by trying every value of the grids."""
    found: set[str] = set()
    fitted: set[str] = set()
    first: set[str] = set()
    for values in product(*(GRIDS[type_] for type_ in rule.inputs.values())):
        fitting = [
            row.id
            for row in rule.rows
            if all(c.test is None or passes(c.test, v) for c, v in zip(row.conditions, values, strict=True))
        ]
        fitted.update(fitting)
        first.update(fitting[:1])
        if rule.hit_policy == "unique" and len(fitting) > 1:
            found.add("overlap")
        if rule.hit_policy != "collect" and not fitting:
            found.add("gap")
    reached = first if rule.hit_policy == "first" else fitted
    return found | {f"unreachable-row {row.id}" for row in rule.rows if row.id not in reached}


@settings(max_examples=200, deadline=None)
@given(rule=rules())
def test_the_checker_agrees_with_trying_everything(rule: Rule) -> None:
    found: list[Diagnostic] = []
    decision_tables.check(rule, found.append)
    said = {f"{d.rule} {d.message.split()[1]}" if d.rule == "unreachable-row" else d.rule for d in found}
    assert said == tried(rule)
