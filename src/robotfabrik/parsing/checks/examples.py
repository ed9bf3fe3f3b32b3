"""A rule that has examples has one for every row, and no row says what no example expects.

A row without an example is a warning; a word that is nearly one of the examples' is an error.

That finds what types cannot: a misspelt word in a cell of texts. `robotfabrik test` runs the examples.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any

from robotfabrik.expressions import Constant
from robotfabrik.model.cases import Example, RuleTest
from robotfabrik.model.cells import passes
from robotfabrik.model.errors import Diagnostic
from robotfabrik.model.process import CellTest, Excluded, OneOf, Process, Rule, RuleRow
from robotfabrik.model.suggest import did_you_mean, nearest
from robotfabrik.parsing.checks.check import Check
from robotfabrik.parsing.checks.place import Report
from robotfabrik.parsing.checks.untested import rows_of_tests

EXAMPLE = Check(
    "example", "error", "A row of a rule says what none of its examples expects: misspelt?", judgement=True
)
ROW = Check("untested-row", "warning", "No example of a rule reaches one of its rows.")


def check(process: Process, report: Report) -> None:
    """Every rule with examples whose rows ask of single inputs only (a `when` may ask of more)."""
    for rule in process.rules.values():
        tests = [test for test in process.tests if isinstance(test, RuleTest) and test.rule is rule]
        examples = [example for test in tests for example in test.examples]
        simple = all(cell.condition is None for row in rule.rows for cell in row.conditions)
        whole = all(name in example.inputs for example in examples for name in filter(None, rule.columns))
        if examples and simple and whole:
            _check(rule, examples, rows_of_tests(process), report)


def _check(rule: Rule, examples: list[Example], elsewhere: Set[str], report: Report) -> None:
    reached: dict[str, list[Example]] = {row.id: [] for row in rule.rows}
    for example in examples:
        for row in _fitting(rule, example):
            reached[row.id].append(example)
    for row in rule.rows:
        if not reached[row.id]:
            found = _unreached(rule, row, examples)
            if found.rule == EXAMPLE.id or row.id not in elsewhere:
                report(found)
        for name, value in row.outputs.items():
            expected = [e.outputs[name] for e in reached[row.id] if name in e.outputs]
            if isinstance(value, Constant) and expected and not any(_says(value.value, e) for e in expected):
                message = f"no example of {rule.id} expects this"
                report(EXAMPLE.at(value.span, message, _instead(value.value, _texts(expected))))


def _fitting(rule: Rule, example: Example) -> Iterator[RuleRow]:
    """The rows that decide an example; under `latest` any that fits may be the one."""
    for row in rule.rows:
        if all(_passes(rule, row, number, example.inputs) for number in range(len(rule.columns))):
            yield row
            if rule.hit_policy == "first":
                return


def _passes(rule: Rule, row: RuleRow, number: int, inputs: Mapping[str, Any]) -> bool:
    test, name = row.conditions[number].test, rule.columns[number]
    if test is None or name is None:
        return True
    if (
        rule.hit_policy == "latest"
        and isinstance(test, OneOf)
        and rule.inputs[name].name in ("date", "month")
    ):
        return all(start <= inputs[name] for start in test.values)
    return passes(test, inputs[name])


def _unreached(rule: Rule, row: RuleRow, examples: list[Example]) -> Diagnostic:
    """At the cell that no example passes, if there is one."""
    for number, cell in enumerate(row.conditions):
        if not any(_passes(rule, row, number, example.inputs) for example in examples):
            given = _texts(example.inputs[rule.columns[number] or ""] for example in examples)
            words = list(_words(cell.test))
            near = [near for word in words for near in nearest(word, given)]
            message = f"no example of {rule.id} has this"
            if near:
                return EXAMPLE.at(cell.span, message, did_you_mean(words[0], near))
            return ROW.at(cell.span, message, "add an example")
    return ROW.at(row.span, f"no example of {rule.id} reaches row {row.id}", "add an example")


def _says(value: object, expected: object) -> bool:
    return value == expected or (isinstance(expected, tuple | list) and value in expected)


def _instead(value: object, expected: list[str]) -> str:
    return (did_you_mean(value, expected) if isinstance(value, str) else "") or "see its examples"


def _texts(values: Iterable[Any]) -> list[str]:
    """The texts among values, and in lists among them."""
    several = [list(value) if isinstance(value, tuple | list) else [value] for value in values]
    return [value for values in several for value in values if isinstance(value, str)]


def _words(test: CellTest | None) -> Iterator[str]:
    if isinstance(test, OneOf):
        yield from (value for value in test.values if isinstance(value, str))
    elif isinstance(test, Excluded):
        yield from _words(test.test)
