"""The tests that stand beside a PDD, with what they expect."""

from __future__ import annotations

from robotfabrik.documents.pdd.model import Block, Paragraph, Rich, Section, Table, rich
from robotfabrik.documents.pdd.phrases import readable
from robotfabrik.documents.pdd.wording import Wording
from robotfabrik.model.cases import ProcessTest, RuleTest, TextTest
from robotfabrik.model.process import Process


def test_section(process: Process, wording: Wording) -> Section:
    """The tests of the PDD with their expected results: examples of each rule, then texts and whole items."""
    words = wording.words
    inner = [
        Section(f"test-{at}", "", f"{test.rule.id} {test.rule.name}", (_examples(test, wording),))
        for at, test in enumerate(process.tests)
        if isinstance(test, RuleTest)
    ]
    others = [test for test in process.tests if isinstance(test, TextTest | ProcessTest)]
    if others:
        rows = tuple(_case(test, process, wording) for test in others)
        headings = (words("test"), words("given"), words("expected"))
        table = Table(words("tests_items"), headings, rows, (4, 5, 7))
        inner.append(Section("test-items", "", words("tests_items"), (table,)))
    blocks: tuple[Block, ...] = () if inner else (Paragraph(rich(words("no_tests")), "note"),)
    return Section("tests", "", words("tests"), blocks, tuple(inner))


def _examples(test: RuleTest, wording: Wording) -> Table:
    words, rule = wording.words, test.rule
    inputs = [name for name in rule.inputs if any(name in e.inputs for e in test.examples)]
    headings = [readable(name) for name in inputs]
    headings += [f"{words('expected')}: {readable(name)}" for name in rule.outputs]
    rows = tuple(
        tuple(
            rich(wording.constant(given[name], type_.get(name)) if name in given else "–")
            for given, type_, names in (
                (e.inputs, rule.inputs, inputs),
                (e.outputs, rule.outputs, rule.outputs),
            )
            for name in names
        )
        for e in test.examples
    )
    return Table(f"{rule.id} {rule.name}", tuple(headings), rows)


def _case(test: TextTest | ProcessTest, process: Process, wording: Wording) -> tuple[Rich, Rich, Rich]:
    words = wording.words
    if isinstance(test, TextTest):
        given = "; ".join(
            f"{readable(n)}: {wording.constant(v, test.text.inputs.get(n))}" for n, v in test.given.items()
        )
        expected = [test.whole] if test.whole is not None else []
        expected += [words("contains", text=words.quoted(part)) for part in test.contains]
        name = words("case_text", text=words.quoted(readable(test.text.id)))
        return rich(name), rich(given or "–"), rich("; ".join(expected) or "–")
    said = [f"{readable(name)}: {wording.constant(value)}" for name, value in test.config.items()]
    if test.day is not None:
        said.insert(0, words("on_day", day=test.day))
    return (
        rich(test.name),
        rich("; ".join(said) or "–"),
        rich("; ".join(_expected(test, process, wording)) or "–"),
    )


def _expected(test: ProcessTest, process: Process, wording: Wording) -> list[str]:
    words, expect, said = wording.words, test.expect, []
    if expect.status:
        said.append(words.get(f"status_{expect.status}", expect.status))
    if expect.throws:
        known = process.exceptions.get(expect.throws)
        said.append(f"{expect.throws} {known.name}" if known else expect.throws)
    if expect.rules is not None:
        said.append(
            words("expect_rules", rules=", ".join(expect.rules)) if expect.rules else words("expect_no_rules")
        )
    if expect.once is not None:
        for effect, inputs in expect.once.items():
            shown = "; ".join(
                f"{readable(n)}: {words.quoted(' '.join(str(v).split()))}" for n, v in inputs.items()
            )
            said.append(words("expect_write", effect=readable(effect.rpartition(".")[2]), text=shown))
        if not expect.once:
            said.append(words("expect_nothing"))
    return said
