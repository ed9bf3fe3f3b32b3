"""What expressions compute, and how they fail."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from robotfabrik.expressions import parse_expression
from robotfabrik.model.errors import EvaluationError, SystemException
from robotfabrik.model.source import inline
from robotfabrik.model.values import UNKNOWN, Credential, Month, Period, Record, Secret

SCOPE: dict[str, Any] = {
    "config": Record(first_check=date(2022, 5, 1), limit=Decimal("300")),
    "h": Record(date=date(2022, 9, 14)),
    "job": Record(date=date(2022, 11, 1), period=Month(2022, 11)),
    "item": Record({"items": "the field", "keys": 1, "from": 2, "get": 3}),
    "members": [Record(name="Åsa", age=40), Record(name="Bo", age=17)],
    "period": Period(date(2022, 1, 1), date(2022, 12, 31)),
    "credential": Credential("robot", Secret("s3cret")),
    "month": timedelta(days=30),
    "hour": timedelta(hours=1),
    "silent": UNKNOWN,
    "nothing": None,
    "d": {"a": 1, "keys": 2},
    "xs": [3, 1, 2],
    "text": "hej",
    "yes": True,
}


def value(text: str, **more: Any) -> object:
    parsed = parse_expression(inline(text), lambda problem: pytest.fail(problem.message))
    assert parsed
    return parsed.evaluate({**SCOPE, **more})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("config.first_check <= h.date < job.date", True),
        ("1 + 2 * 3", 7),
        ("0.1 + 0.2 == 0.3", True),
        ("10 / 4", Decimal("2.5")),
        ("10 / 5 == 2", True),
        ("-7 // 2", -4),
        ("-7.0 // 2", Decimal(-4)),
        ("-7 % 3", 2),
        ("-7.0 % 3", Decimal(2)),
        ("- 0.0", Decimal(0)),
        ("'19' + '12'", "1912"),
        ("[1] + [2]", [1, 2]),
        ("job.date - h.date", 48),
        ("h.date + month", date(2022, 10, 14)),
        ("job.date - month", date(2022, 10, 2)),
        ("hour + hour > hour", True),
        ("job.date in job.period", True),
        ("h.date in period and h.date not in job.period", True),
        ("period.first", date(2022, 1, 1)),
        ("job.period.last_day.day", 30),
        ("job.period.year", 2022),
        ("credential.username", "robot"),
        ("item.items", "the field"),
        ("item.keys + item.get", 4),
        ("item.from_ + item['from']", 4),
        ("d.a + d.keys", 3),
        ("members[0].name", "Åsa"),
        ("members[-1].name[0]", "B"),
        ("[m.name for m in members if m.age >= 18]", ["Åsa"]),
        ("[a * b for a in xs for b in xs if a != b]", [3, 6, 3, 2, 6, 2]),
        ("[t for m, t in pairs(members, ['x', 'y']) if m.age > 18]", ["x", "y"]),
        ("[x for x in [x for x in xs if x > 1]]", [3, 2]),
        ("[[x + y for y in xs if y < x] for x in xs]", [[4, 5], [], [3]]),
        ("2 in xs and 'ej' in text and 9 not in xs", True),
        ("none in [none]", True),
        ("nothing is none and text is not none", True),
        ("nothing == none and nothing != text", True),
        ("not yes or yes", True),
        ("'a' if yes else missing", "a"),
        ("yes or missing", True),
        ("any(m.age < 18 for m in members)", True),
        ("unknown(silent) and not unknown(nothing)", True),
        ("[silent][0] is none or true", None),
        ("default(nothing, 5)", 5),
        ("record(members[0], age=41).age", 41),
        ("1 < 2 < 3 < 3", False),
        ("[1, 2] == [1, 2.0] and members == members", True),
        ("'\\n' in 'a\\nb'", True),
    ],
)
def test_values(text: str, expected: object) -> None:
    if expected is None:
        with pytest.raises(EvaluationError, match="did not answer"):
            value(text)
        return
    found = value(text)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("missing", 1, "'missing' is not defined here"),
        ("1 + missing", 5, "'missing' is not defined"),
        ("members[0].nmae", 12, "no field 'nmae'. Did you mean 'name'?"),
        ("nothing.name", 9, "is none"),
        ("silent.name", 8, "did not answer"),
        ("text.upper", 6, "text has no field 'upper'"),
        ("xs.append", 4, "list has no field 'append'"),
        ("d.values", 3, "no field 'values'"),
        ("xs[3]", 1, "the list has 3 element(s)"),
        ("xs['a']", 1, "list has no element by text"),
        ("1 + 'a'", 1, "'+' does not take integer and text"),
        ("true + 1", 1, "'+' does not take boolean and integer"),
        ("1 == '1'", 1, "write number(…)"),
        ("'2' < '10'", 1, "text has no order"),
        ("1 < 2 < text", 1, "does not take integer and text"),
        ("nothing < 1", 1, "the left side of '<' is none"),
        ("silent == 1", 1, "did not answer"),
        ("silent == none", 1, "did not answer"),
        ("nothing == silent", 1, "did not answer"),
        ("silent is none", 1, "did not answer"),
        ("distinct([silent])", 1, "did not answer"),
        ("silent in [1]", 1, "did not answer"),
        ("default(silent, 1)", 1, "did not answer"),
        ("1 / 0", 1, "division by zero"),
        ("1.5 % 0", 1, "out of range"),
        ("xs and yes", 1, "a condition must be true or false, not list"),
        ("yes and text", 9, "a condition must be true or false, not text"),
        ("1 if text else 2", 6, "must be true or false"),
        ("[x for x in xs if x]", 19, "must be true or false"),
        ("[x for x in text]", 13, "a list must stand after 'in', not text"),
        ("[x for x, y in ['ab']]", 16, "a list of 2"),
        ("-text", 1, "'-' takes a number"),
        ("job.date + hour", 1, "whole days"),
        ("job.date + 1", 1, "does not take date and integer"),
        ("credential.password == credential.password", 1, "never compared"),
        ("nosuch(1)", 1, "'nosuch' is not defined here"),
        ("len(1)", 1, "'values' of len must be text or list, not integer"),
        ("len(nothing)", 1, "'values' of len is none"),
        ("sum(['a'])", 1, "but holds text"),
        ("len()", 1, "missing a required argument"),
        ("max([])", 1, "at least one element"),
        ("days(99999999999)", 1, "out of range"),
        ("1000000000000000 * 10000000000000", 1, "too large"),
        ("[1 for a in big for b in big for c in big]", 39, "more than 1000000 steps"),
        ("pairs(big, pairs(big, big))", 1, "larger than"),
        ("[x + x for x in [replace(replace(long, 'a', long), 'a', long)]]", 26, "larger than"),
    ],
)
def test_failures(text: str, column: int, message: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        value(text, big=list(range(200)), long="a" * 5000)
    assert message in str(caught.value)
    assert caught.value.span is not None
    assert caught.value.span.column == column


def test_messages_hold_no_values() -> None:
    for text in ("integer(secret)", "secret < 1", "number(secret)", "birth_date(secret)", "[secret][3]"):
        with pytest.raises(EvaluationError) as caught:
            value(text, secret="198001022386x")
        assert "1980" not in str(caught.value)
        assert caught.value.__cause__ is None


def test_context_functions_come_from_the_scope() -> None:
    assert value("last_completed('A1')", last_completed=lambda key: date(2022, 10, len(key))) == date(
        2022, 10, 2
    )

    def broken(key: object) -> object:
        raise SystemException("the store does not answer")

    with pytest.raises(SystemException):
        value("last_completed('A1')", last_completed=broken)


def test_floats_are_no_values_of_the_language() -> None:
    with pytest.raises(EvaluationError, match="does not take float and integer"):
        value("x + 1", x=0.5)


def test_an_expression_is_evaluated_again_and_again() -> None:
    parsed = parse_expression(inline("x + 1"), lambda problem: None)
    assert parsed
    assert [parsed.evaluate({"x": n}) for n in range(3)] == [1, 2, 3]
    assert parsed.span.length == 5
