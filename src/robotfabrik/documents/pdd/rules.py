"""Rules, texts, settings and exceptions as blocks: the parts of a PDD that specialists own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from robotfabrik.documents.pdd.model import Block, Items, Paragraph, Part, Rich, Section, Table, joined, plain, rich
from robotfabrik.documents.pdd.steps import Mentions, Place
from robotfabrik.documents.pdd.wording import Wording, fill, readable, texts
from robotfabrik.model.cases import RuleTest
from robotfabrik.model.process import (
    Between,
    CellTest,
    Compared,
    Excluded,
    ExceptionType,
    IsUnknown,
    OneOf,
    Process,
    Rule,
    RuleCell,
    Setting,
    Text,
)  # fmt: skip
from robotfabrik.model.types import Type

RULE_WORDS: Mapping[str, tuple[str, str]] = {
    "hit_unique": ("Högst en rad gäller.", "At most one row applies."),
    "hit_first": ("Den första raden uppifrån som stämmer gäller.", "The first row from the top that fits applies."),
    "hit_collect": ("Alla rader som stämmer gäller.", "Every row that fits applies."),
    "hit_latest": (
        "Den sista raden gäller vars datum inte har passerats framåt i tiden.",
        "The last row applies whose date is not later than the day in question.",
    ),
    "otherwise_none": ("Stämmer ingen rad blir det inget resultat.", "When no row fits there is no result."),
    "otherwise_is": ("Stämmer ingen rad blir resultatet {values}.", "When no row fits the result is {values}."),
    "rule_asks": ("Regeln ser på {inputs} och ger {outputs}.", "The rule looks at {inputs} and gives {outputs}."),
    "rule_used": ("Används i: {places}.", "Used in: {places}."),
    "rule_tests": ("{n} exempel prövar regeln.", "{n} examples test the rule."),
    "rule_untested": ("Inga exempel prövar regeln.", "No example tests the rule."),
    "row": ("Rad", "Row"),
    "when_column": ("När", "When"),
    "result": ("Resultat", "Result"),
    "any_value": ("–", "–"),
    "cell_not": ("inte {test}", "not {test}"),
    "cell_unknown": ("svar saknas", "no answer"),
    "cell_between": ("{low} till {high}", "{low} to {high}"),
    "<": ("mindre än {limit}", "less than {limit}"),
    "<=": ("högst {limit}", "at most {limit}"),
    ">": ("mer än {limit}", "more than {limit}"),
    ">=": ("minst {limit}", "at least {limit}"),
    "before": ("före {limit}", "before {limit}"),
    "until": ("till och med {limit}", "until {limit}"),
    "after": ("efter {limit}", "after {limit}"),
    "from": ("från och med {limit}", "from {limit}"),
    "rubrik": ("Rubrik: ", "Heading: "),
    "always_said": ("Alltid", "Always"),
    "said_when": ("Om {condition}", "If {condition}"),
    "sentence": ("Mening", "Sentence"),
    "condition": ("När den står med", "When it is included"),
    "gaps": (
        "Ord mellan ‹ och › ersätts med ärendets uppgifter.",
        "Words between ‹ and › are replaced by the details of the case.",
    ),
    "paragraph": ("Stycke {n}", "Paragraph {n}"),
    "setting": ("Inställning", "Setting"),
    "value": ("Värde", "Value"),
    "meaning": ("Betydelse", "Meaning"),
    "change": ("Kan ändras", "May be changed"),
    "locked": ("nej", "no"),
    "changeable": ("ja, för en robot eller en körning", "yes, for a bot or a run"),
    "secrecy": ("sekretess", "secrecy"),
    "source": ("Källa: {source}", "Source: {source}"),
    "left_out_one": (
        "En inställning är utelämnad eftersom den omfattas av sekretess.",
        "One setting is left out, since it is subject to secrecy.",
    ),
    "left_out_many": (
        "{n} inställningar är utelämnade eftersom de omfattas av sekretess.",
        "{n} settings are left out, since they are subject to secrecy.",
    ),
    "exception": ("Undantag", "Exception"),
    "where": ("Steg", "Step"),
    "action": ("Vad som görs", "What is done"),
    "list": ("Lista", "List"),
    "no_list": ("ingen: utfallet är en uppgift, inte något att hantera", "none: the outcome is a finding, nothing to handle"),
    "no_details": ("Bara antalet redovisas.", "Only the number is reported."),
    "postponed_last": ("Försöks igen sist i kön, högst {n} gånger.", "Tried again at the end of the queue, at most {n} times."),
    "postponed": ("Försöks igen efter {time}, högst {n} gånger.", "Tried again after {time}, at most {n} times."),
    "reading_missing": ("när en uppgift saknas på skärmen", "when a value is missing on the screen"),
    "reading_unreadable": ("när en uppgift inte kan läsas", "when a value cannot be read"),
    "reading_unknown": ("när ett register inte svarar", "when a register does not answer"),
}


# --- rules


def rule_section(rule: Rule, process: Process, wording: Wording, mentions: Mentions | None) -> Section:
    """A rule: what it asks, its table, where it is used and tested. `mentions`: none leaves the last two out."""
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
        number = sum(len(t.examples) for t in process.tests if isinstance(t, RuleTest) and t.rule.id == rule.id)
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
        values = "; ".join(f"{readable(n)} {_output(v, rule.outputs.get(n), wording)}" for n, v in rule.otherwise.items())
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
        outputs = [rich(Part(_output(row.outputs.get(n), type_, wording), "strong")) for n, type_ in rule.outputs.items()]
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
    blocks.append(Table(readable(text.id), headings, tuple(rows), (1, 6, 4)))
    return Section(f"text-{text.id}", "", readable(text.id).capitalize(), tuple(blocks))


# --- settings


def settings_table(settings: Sequence[Setting], wording: Wording, title: str, *, internal: bool) -> Table:
    """The settings with their values; secrets are never shown."""
    words = wording.words
    rows = []
    for setting in settings:
        value = words("hidden") if setting.type.name in ("secret", "credential") else wording.constant(setting.value, setting.type)
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
    exceptions: Sequence[ExceptionType], process: Process, wording: Wording, title: str, mentions: Mentions | None
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
            row.append(rich(exception.list or words("no_list")))
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
        said.append(words("postponed", time=wording.duration(float(exception.postpone)), n=exception.attempts))
    if not exception.details:
        said.append(words("no_details"))
    return " ".join(said) or "–"


def follow_up(process: Process) -> tuple[Block, ...]:
    """What caseworkers do with what the robot wrote."""
    steps = texts(process.document.get("follow_up"))
    return (Items(tuple(rich(step) for step in steps), ordered=True),) if steps else ()
