"""Rules, texts, settings and exceptions as blocks: the parts of a PDD that specialists own."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from robotfabrik.documents.pdd.model import (
    Block,
    Items,
    Paragraph,
    Part,
    Rich,
    Section,
    Table,
    joined,
    plain,
    rich,
)
from robotfabrik.documents.pdd.phrases import fill, readable
from robotfabrik.documents.pdd.steps import Mentions, Place
from robotfabrik.documents.pdd.wording import Wording, texts
from robotfabrik.model.cases import RuleTest
from robotfabrik.model.process import (
    Between,
    CellTest,
    Compared,
    ExceptionType,
    Excluded,
    IsUnknown,
    OneOf,
    Process,
    Rule,
    RuleCell,
    Setting,
    Text,
)  # fmt: skip
from robotfabrik.model.types import Type

# --- rules


def rule_section(rule: Rule, process: Process, wording: Wording, mentions: Mentions | None) -> Section:
    """A rule: what it asks, its table, where it is used and tested (the last two only with `mentions`)."""
    words = wording.words
    blocks: list[Block] = []
    if rule.inputs or rule.outputs:
        text = words("rule_asks", inputs="{inputs}", outputs="{outputs}")
        named = {"inputs": _names(rule.inputs, wording), "outputs": _names(rule.outputs, wording)}
        blocks.append(Paragraph(fill(text, named)))
    blocks.append(Paragraph(rich(_hits(rule, wording))))
    blocks.append(_rule_table(rule, wording))
    if mentions is not None:
        places = grouped(mentions.rules.get(rule.id, []))
        used = f"{words('rule_used', places=places)} " if places else ""
        number = sum(
            len(t.examples) for t in process.tests if isinstance(t, RuleTest) and t.rule.id == rule.id
        )
        tested = words("rule_tests", n=number) if number else words("rule_untested")
        blocks.append(Paragraph(rich(used, tested), "note"))
    return Section(f"rule-{rule.id}", "", f"{rule.id} {rule.name}", tuple(blocks))


def _names(types: Mapping[str, Type], wording: Wording) -> Rich:
    parts: list[Rich] = [rich(Part(readable(name), "term")) for name in types]
    return joined(parts, ", ", f" {wording.words('and')} ")


def _hits(rule: Rule, wording: Wording) -> str:
    words = wording.words
    said = words(f"hit_{rule.hit_policy}")
    if rule.otherwise == "none":
        return f"{said} {words('otherwise_none')}"
    if isinstance(rule.otherwise, Mapping):
        values = "; ".join(
            f"{readable(n)} {_output(v, rule.outputs.get(n), wording)}" for n, v in rule.otherwise.items()
        )
        return f"{said} {words('otherwise_is', values=values)}"
    return said


def _rule_table(rule: Rule, wording: Wording) -> Table:
    words = wording.words
    headings = [words("when_column") if name is None else readable(name) for name in rule.columns]
    results = [readable(name) for name in rule.outputs]
    rows = []
    for row in rule.rows:
        cells = [
            rule_cell(cell, rule.inputs.get(name or ""), wording)
            for name, cell in zip(rule.columns, row.conditions, strict=False)
        ]
        outputs = [
            rich(Part(_output(row.outputs.get(n), type_, wording), "strong"))
            for n, type_ in rule.outputs.items()
        ]
        rows.append((rich(row.id), *cells, *outputs))
    marked = [f"{words('result')}: {name}" for name in results]
    return Table(f"{rule.id} {rule.name}", (words("row"), *headings, *marked), tuple(rows))


def rule_cell(cell: RuleCell, type_: Type | None, wording: Wording) -> Rich:
    """A cell of a decision table in words."""
    if cell.condition is not None:
        return wording.condition(cell.condition)
    return rich(wording.words("any_value") if cell.test is None else _test(cell.test, type_, wording))


def _test(test: CellTest, type_: Type | None, wording: Wording) -> str:
    words = wording.words

    def value(of: Any) -> str:
        return wording.constant(of, type_)

    match test:
        case OneOf(values):
            return words.listed([value(v) for v in values], "or")
        case Compared(operator, limit):
            days = {"<": "before", "<=": "until", ">": "after", ">=": "from"}
            key = days[operator] if type_ is not None and type_.name in ("date", "month") else operator
            return words(key, limit=value(limit))
        case Between(low, high):
            return words("cell_between", low=value(low), high=value(high))
        case Excluded(inner):
            return words("cell_not", test=_test(inner, type_, wording))
        case IsUnknown():
            return words("cell_unknown")


def _output(value: Any, type_: Type | None, wording: Wording) -> str:
    if value is None:
        return "–"
    constant = getattr(value, "value", None)
    if hasattr(value, "value"):
        return "–" if constant is None else wording.constant(constant, type_)
    return plain(wording.sentence(value))


# --- texts


def text_section(text: Text, wording: Wording) -> Section:
    """A text's rubrik and its sentences, each with the condition under which it stands there."""
    words = wording.words
    blocks: list[Block] = []
    if text.rubrik is not None:
        blocks.append(Paragraph(rich(Part(words("rubrik"), "strong"), wording.sentence(text.rubrik))))
    rows = []
    for number, paragraph in enumerate(text.paragraphs, 1):
        for sentence in paragraph:
            when = (
                rich(words("always_said"))
                if sentence.when is None
                else fill(words("said_when"), {"condition": wording.condition(sentence.when)})
            )
            rows.append((rich(str(number)), wording.sentence(sentence.text), when))
    headings = (words("paragraph", n="").strip(), words("sentence"), words("condition"))
    blocks.append(Table(text_name(text), headings, tuple(rows), (1, 6, 4)))
    return Section(f"text-{text.id}", "", text_name(text).capitalize(), tuple(blocks))


def text_name(text: Text) -> str:
    """A text's own name; one that robots share is called as the others."""
    return readable(text.id.rpartition(".")[2])


# --- settings


def settings_table(settings: Sequence[Setting], wording: Wording, title: str, *, internal: bool) -> Table:
    """The settings with their values; secrets are never shown."""
    words = wording.words
    rows = []
    for setting in settings:
        value = (
            words("hidden")
            if setting.type.name in ("secret", "credential")
            else wording.constant(setting.value, setting.type)
        )
        meaning = setting.description
        if setting.source:
            meaning = f"{meaning.rstrip('.')}. {words('source', source=setting.source)}".lstrip(". ")
        row = [rich(readable(setting.name)), rich(Part(value, "strong")), rich(meaning)]
        if internal:
            change = words("locked" if setting.locked else "changeable")
            row.append(rich(f"{change} ({words('secrecy')})" if setting.secrecy else change))
        rows.append(tuple(row))
    headings = (words("setting"), words("value"), words("meaning"), *((words("change"),) if internal else ()))
    return Table(title, headings, tuple(rows), (3, 2, 6, 3) if internal else (3, 2, 6))


# --- exceptions


def exceptions_table(
    exceptions: Sequence[ExceptionType],
    process: Process,
    wording: Wording,
    title: str,
    mentions: Mentions | None,
    excluded: Collection[str] = (),
) -> Table:
    """Exceptions with where they come from (`mentions`: none leaves that out) and what is done."""
    words = wording.words
    rows = []
    for exception in exceptions:
        row = [rich(Part(exception.id, "strong")), rich(exception.name)]
        if mentions is not None:
            found = grouped(mentions.exceptions.get(exception.id, []))
            places = [found] if found else []
            places += [words(f"reading_{how}") for how, id in process.reading.items() if id == exception.id]
            row.append(rich("; ".join(places) or "–"))
        row.append(rich(action(exception, wording)))
        if any(e.kind == "business" for e in exceptions):
            row.append(
                rich(
                    words("counted_only") if exception.id in excluded else exception.list or words("no_list")
                )
            )
        rows.append(tuple(row))
    business = any(e.kind == "business" for e in exceptions)
    headings = [words("id"), words("exception")]
    headings += [words("where")] if mentions is not None else []
    headings += [words("action"), *((words("list"),) if business else ())]
    widths = (2, 5, *((6,) if mentions is not None else ()), 6, *((5,) if business else ()))
    return Table(title, tuple(headings), tuple(rows), widths)


def grouped(places: Sequence[Place]) -> str:
    """Varje ärende 1, 4; open person 6."""
    sections: dict[str, dict[str, None]] = {}
    for section, number in places:
        sections.setdefault(section, {})[number] = None
    return "; ".join(f"{section} {', '.join(numbers)}" for section, numbers in sections.items())


def action(exception: ExceptionType, wording: Wording) -> str:
    """What is done about an exception."""
    words, said = wording.words, []
    if exception.action:
        said.append(exception.action if exception.action[-1] in ".!?" else f"{exception.action}.")
    if exception.postpone == "end_of_queue":
        said.append(words("postponed_last", n=exception.attempts))
    elif exception.postpone is not None:
        said.append(
            words("postponed", time=wording.duration(float(exception.postpone)), n=exception.attempts)
        )
    if not exception.details:
        said.append(words("no_details"))
    return " ".join(said) or "–"


def follow_up(process: Process) -> tuple[Block, ...]:
    """What caseworkers do with what the robot wrote."""
    steps = texts(process.document.get("follow_up"))
    return (Items(tuple(rich(step) for step in steps), ordered=True),) if steps else ()
