"""A rule that has examples has one for every row, and no row says what no example expects.

A row without an example is a warning; a word that is nearly one of the examples' is an error.

That finds what types cannot: a misspelt word in a cell of texts. `robotfabrik test` runs the examples.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any

from robotfabrik.expressions import Constant
from robotfabrik.model.cases import Example, RuleTest
from robotfabrik.model.cells import passes
from robotfabrik.model.process import CellTest, Excluded, OneOf, Process, Rule, RuleRow
from robotfabrik.model.source import Span
from robotfabrik.model.suggest import did_you_mean, nearest
from robotfabrik.model.types import ANY
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
        sound = all(example.sound for example in examples)
        if examples and simple and whole and sound:
            _check(rule, examples, rows_of_tests(process), report)


def _check(rule: Rule, examples: list[Example], elsewhere: Set[str], report: Report) -> None:
    reached: dict[str, list[Example]] = {row.id: [] for row in rule.rows}
    for example in examples:
        for row in _fitting(rule, example):
            reached[row.id].append(example)
    for row in rule.rows:
        if not reached[row.id]:
            _unreached(rule, row, examples, row.id in elsewhere, report)
        for name, value in row.outputs.items():
            if isinstance(value, Constant) and value.type != ANY:
                _unexpected(rule, name, value, [e for e in reached[row.id] if name in e.outputs], report)


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


def _unexpected(rule: Rule, name: str, value: Constant, reached: list[Example], report: Report) -> None:
    """An outcome that no example of its row expects."""
    if not reached or any(_says(value.value, example.outputs[name]) for example in reached):
        return
    message = f"no example of {rule.id} expects this"
    for example in reached:
        for word in nearest(str(value.value), _texts([example.outputs[name]])):
            other = example.output_spans[name], f"no row of {rule.id} gives this", word
            _blame((value.span, message, str(value.value)), other, report)
            return
    words = _texts(example.outputs[name] for example in reached)
    known = did_you_mean(value.value, words) if isinstance(value.value, str) else ""
    report(EXAMPLE.at(value.span, message, known or "see its examples"))


def _unreached(
    rule: Rule, row: RuleRow, examples: list[Example], elsewhere: bool, report: Report
) -> None:
    """At the cell that no example passes, if there is one. A test `elsewhere` will do, but for a slip."""
    for number, cell in enumerate(row.conditions):
        if any(_passes(rule, row, number, example.inputs) for example in examples):
            continue
        name, message = rule.columns[number] or "", f"no example of {rule.id} has this"
        for word in _words(cell.test):
            for near in nearest(word, _texts(example.inputs[name] for example in examples)):
                example = next(e for e in examples if e.inputs[name] == near)
                other = example.input_spans[name], f"no row of {rule.id} has this", near
                _blame((cell.span, message, word), other, report)
                return
        if not elsewhere:
            report(ROW.at(cell.span, message, "add an example"))
        return
    if not elsewhere:
        report(ROW.at(row.span, f"no example of {rule.id} reaches row {row.id}", "add an example"))


Said = tuple[Span, str, str]
"""Where a word stands, what is wrong with it if it is the slip, and the word."""


def _blame(ours: Said, theirs: Said, report: Report) -> None:
    """Of two nearly equal words one is a slip: the one that the file says more rarely, else either."""
    count, other = (_count(said[0].source.text, said[2]) for said in (ours, theirs))
    for (span, message, word), right, slip in (
        (ours, theirs[2], count <= other),
        (theirs, ours[2], other <= count),
    ):
        if slip:
            report(EXAMPLE.at(span, message, did_you_mean(word, [right])))


def _count(text: str, word: str) -> int:
    return len(re.findall(rf"(?<!\w){re.escape(word)}(?!\w)", text))


def _says(value: object, expected: object) -> bool:
    return value == expected or (isinstance(expected, tuple | list) and value in expected)


def _texts(values: Iterable[Any]) -> list[str]:
    """The texts among values, and in lists among them."""
    several = [list(value) if isinstance(value, tuple | list) else [value] for value in values]
    return [value for values in several for value in values if isinstance(value, str)]


def _words(test: CellTest | None) -> Iterator[str]:
    if isinstance(test, OneOf):
        yield from (value for value in test.values if isinstance(value, str))
    elif isinstance(test, Excluded):
        yield from _words(test.test)
