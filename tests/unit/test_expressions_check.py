"""Static types: what is found before anything runs."""

from __future__ import annotations

import pytest

from robotfabrik.expressions import Environment, parse_expression
from robotfabrik.model.errors import Diagnostic
from robotfabrik.model.source import inline
from robotfabrik.model.types import (
    ANY,
    BOOLEAN,
    DATE,
    IDENTITY,
    INTEGER,
    MONEY,
    MONTH,
    NUMBER,
    PERIOD,
    TEXT,
    Type,
    enumeration,
    list_of,
    record_of,
    table_of,
)

MEMBER = {"personnummer": IDENTITY, "name": TEXT.or_none(), "protected": Type("exists"), "amount": MONEY}
VARIABLES = {
    "job": record_of({"date": DATE, "period": MONTH}),
    "config": record_of({"first_check": DATE}),
    "members": table_of(MEMBER),
    "jämförelse": enumeration("färre", "lika", "fler"),
    "ämnen": list_of(TEXT),
    "antal": INTEGER,
    "belopp": MONEY,
    "apartment": TEXT.or_none(),
    "period": PERIOD.or_none(),
    "namn": TEXT,
    "credential": Type("credential"),
    "vad": ANY,
    "rader": Type("table"),
    "anything": Type("record"),
    "b": record_of({"from": DATE}),
}


def check(text: str, boolean: bool = False) -> tuple[Type, list[Diagnostic]]:
    parsed = parse_expression(inline(text), lambda problem: pytest.fail(problem.message))
    assert parsed
    found: list[Diagnostic] = []
    env = Environment(VARIABLES, found.append)
    if boolean:
        env.condition(parsed.span, parsed.check(env))
        return BOOLEAN, found
    return parsed.check(env), found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("antal + 1", "integer"),
        ("antal / 2", "number"),
        ("belopp * 2 + 0.5", "money"),
        ("belopp / belopp", "number"),
        ("job.date - config.first_check", "integer"),
        ("job.date.year", "integer"),
        ("job.period.first_day", "date"),
        ("b.from_", "date"),
        ("credential.password", "secret"),
        ("members[0].name", "text or none"),
        ("[m.amount for m in members]", "list of money"),
        ("sum(m.amount for m in members)", "money"),
        ("first(ämnen)", "text or none"),
        ("default(first(ämnen), 'x')", "text"),
        ("[typ for m, typ in pairs(members, ['x', 'y'])][0]", "x | y"),
        ("[m.protected for m, typ in pairs(members, ['x', 'y'])]", "list of exists"),
        ("record(members[0], kind='x').kind == 'x'", "boolean"),
        ("record(members[0], kind='x').amount", "money"),
        ("'a' if antal > 1 else none", "a or none"),
        ("belopp if antal > 1 else 0", "money"),
        ("['a'] if antal > 1 else []", "list of (a)"),
        ("[] if antal > 1 else [belopp]", "list of money"),
        ("round(belopp)", "integer"),
        ("round(belopp, 2)", "money"),
        ("belopp | kr", "text"),
        ("sorted_by(members, 'amount')[0].amount", "money"),
        ("flatten([ämnen, none])", "list of text"),
        ("last_completed('x')", "date or none"),
        ("max([job.date, config.first_check])", "date"),
        ("rader[0].Kundnummer", "any"),
        ("vad.x[3].y + 1", "any"),
        ("anything.x", "any"),
        ("ämnen + ['x']", "list of text"),
        ("members[0]['amount']", "money"),
        ("period.first", "date"),
        ("namn[0]", "text"),
        ("apartment == namn and period is none", "boolean"),
        ("jämförelse != 'lika' and jämförelse in ['färre', 'fler']", "boolean"),
        ("namn not in [m.personnummer for m in members]", "boolean"),
        ("config.first_check <= job.date < job.period.last_day", "boolean"),
        ("job.date in period and job.date in job.period", "boolean"),
        ("running_period([record(date=job.date)], on=job.date)", "period or none"),
        ("any(m.protected for m in members)", "boolean"),
        ("vad and vad < 3 and vad in vad", "boolean"),
        ("column(members, 'amount')", "list of money"),
        ("average(column(members, 'amount'))", "money or none"),
        ("group(members, 'name')[0].rows[0].amount", "money"),
        ("take(reverse(members), 2)[0].amount", "money"),
        ("parse_date(namn, 'd månad åååå')", "date"),
        ("find(namn, '[0-9]+')", "text or none"),
    ],
)
def test_types(text: str, expected: str) -> None:
    found, problems = check(text)
    assert [p.message for p in problems] == []
    assert str(found) == expected


@pytest.mark.parametrize(
    ("text", "column", "rule", "words"),
    [
        ("antla + 1", 1, "undefined", "Did you mean 'antal'?"),
        ("ja", 1, "undefined", "Write true."),
        ("len", 1, "undefined", "It is a function: len("),
        ("config.first_chek", 8, "unknown-field", "Did you mean 'first_check'?"),
        ("members.name", 9, "unknown-field", "Take one element"),
        ("namn.upper", 6, "unknown-field", "text has no fields"),
        ("job.date.weekday", 10, "unknown-field", "Known: year, month, day."),
        ("members[0]['nam']", 12, "unknown-field", "Did you mean 'name'?"),
        ("namn + 1", 1, "type", "'+' does not take text and integer"),
        ("job.date + 1", 1, "type", "does not take date and integer"),
        ("vad - namn", 1, "type", "'-' does not take any and text"),
        ("-namn", 2, "type", "takes a number"),
        ("namn < 'b'", 1, "type", "text has no order"),
        ("antal == '2'", 1, "type", "write number(…)"),
        ("period == none", 11, "type", "Write 'x is none'"),
        ("antal < none", 9, "type", "does not take none"),
        ("credential == credential", 1, "type", "never compared"),
        ("jämförelse == 'farre'", 15, "enumeration", "Did you mean 'färre'?"),
        ("jämförelse in ['lika', 'flre']", 24, "enumeration", "Did you mean 'fler'?"),
        ("'x' if ämnen else 'y'", 8, "condition", "len(x) > 0"),
        ("not namn", 5, "condition", "x != ''"),
        ("antal > 1 and period", 15, "condition", "is not none"),
        ("[x for x in ämnen if x]", 22, "condition", "not text"),
        ("[x for x in namn]", 13, "type", "a list must stand after 'in'"),
        ("[a for a, b in ämnen]", 8, "type", "no lists of 2"),
        ("[a for a, b, c in pairs(ämnen, ämnen)]", 8, "type", "no lists of 3"),
        ("any(ämnen)", 5, "type", "must be list of boolean, not list of text"),
        ("age(namn)", 1, "call", "missing a required argument: 'on'"),
        ("age(namn, job.date, 1)", 1, "call", "too many positional"),
        ("age(namn, at=job.date)", 11, "call", "no parameter 'at' Known: identity, on."),
        ("sorted_by(members, 'x', descedning=true)", 25, "call", "Did you mean 'descending'?"),
        ("age(namn, antal)", 11, "type", "'on' of age must be date, not integer"),
        ("lne(ämnen)", 1, "call", "Did you mean 'len'?"),
        ("kr(belopp)", 1, "call", "Write x | kr."),
        ("belopp | abs", 10, "call", "Write abs(x)."),
        ("belopp | krr", 10, "call", "no filter 'krr'"),
        ("namn(1)", 1, "call", "there are no methods"),
        ("antal[0]", 1, "type", "no element by"),
        ("antal in namn", 1, "type", "'in' does not take integer and text"),
        ("antal in job.period", 1, "type", "'in' does not take"),
        ("[m.x for m in members]", 4, "unknown-field", "no field 'x'"),
    ],
)
def test_problems(text: str, column: int, rule: str, words: str) -> None:
    _, problems = check(text)
    assert len(problems) == 1, problems
    assert (problems[0].span.column, problems[0].rule) == (column, rule)
    assert words in f"{problems[0].message} {problems[0].suggestion}"


def test_every_problem_is_reported_once() -> None:
    _, problems = check("antla.x + 1 > 2 and ämnen[0].foo and nosuch(bar)")
    assert [(p.span.column, p.rule) for p in problems] == [
        (1, "undefined"), (30, "unknown-field"), (45, "undefined"), (38, "call"),
    ]  # fmt: skip


def test_a_comprehension_keeps_its_names_to_itself() -> None:
    _, problems = check("[m.name for m in members] == [m]")
    assert [(p.span.column, p.rule) for p in problems] == [(31, "undefined")]


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("ämnen", "Write 'len(x) > 0'."),
        ("[m.protected for m in members]", "Write 'len(x) > 0', or any(x)."),
        ("namn", "Write \"x != ''\"."),
        ("antal", "Write 'x != 0'."),
        ("period", "Write 'x is not none'."),
        ("job", None),
    ],
)
def test_a_condition_is_boolean(text: str, suggestion: str | None) -> None:
    _, problems = check(text, boolean=True)
    assert [p.rule for p in problems] == ["condition"]
    assert problems[0].suggestion == suggestion


@pytest.mark.parametrize("text", ["members[0].protected", "vad", "antal > 1", "not vad"])
def test_conditions(text: str) -> None:
    assert check(text, boolean=True)[1] == []
    assert NUMBER.name == "number"


@pytest.mark.parametrize(
    ("text", "message", "column"),
    [
        ("is_match(namn, '[0-9')", "no regular expression", 16),
        ("parse_date(namn, 'yyyy-mm-dd')", "a form of a date is made of", 18),
        ("job.date | datum('tt')", "a form of a date is made of", 18),
    ],
)
def test_texts_with_a_grammar_of_their_own_are_checked(text: str, message: str, column: int) -> None:
    _, (problem,) = check(text)
    assert message in problem.message
    assert problem.span.column == column
