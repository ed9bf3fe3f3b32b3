"""What holds for every expression: no crash, no escape, exact arithmetic, sound types."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from robotfabrik.expressions import Environment, Expression, parse_expression, parse_value
from robotfabrik.expressions.functions import och, paragraphs, sentences
from robotfabrik.expressions.kinds import kind, kind_of
from robotfabrik.model.errors import Diagnostic, EvaluationError
from robotfabrik.model.source import inline
from robotfabrik.model.types import (
    ANY,
    BOOLEAN,
    DATE,
    INTEGER,
    MONEY,
    MONTH,
    NUMBER,
    TEXT,
    Type,
    enumeration,
    list_of,
    record_of,
    table_of,
)
from robotfabrik.model.values import UNKNOWN, Month, Record

untimed = settings(deadline=None)  # a busy machine is no failure

ITEM = record_of({"n": INTEGER, "t": TEXT, "d": DATE.or_none()})
VARIABLES: dict[str, Type] = {
    "n": INTEGER, "x": NUMBER, "m": MONEY, "t": TEXT, "d": DATE, "p": MONTH, "b": BOOLEAN,
    "e": enumeration("a", "b"),
    "o": INTEGER.or_none(), "ns": list_of(INTEGER), "ts": list_of(TEXT), "rs": table_of({"n": INTEGER,
    "t": TEXT}),
    "r": ITEM, "v": ANY, "u": ANY,
}  # fmt: skip
SCOPE: dict[str, Any] = {
    "n": 3, "x": Decimal("2.50"), "m": Decimal(-7), "t": "text", "d": date(2022, 11, 1), "p": Month(2022,
    11), "b": True,
    "e": "a", "o": None, "ns": [3, 1, 2], "ts": ["b", "a"], "rs": [Record(n=1, t="a"), Record(n=2, t="b")],
    "r": Record(n=1, t="x", d=None), "v": {"keys": 1}, "u": UNKNOWN,
}  # fmt: skip

TOKENS = (
    *SCOPE, "1", "0.5", "'a'", "\"å\"", "none", "true", "and", "or", "not", "in", "is", "if", "else",
    "for", "+", "-",
    "*", "/", "//", "%", "**", "|", "<", "<=", "==", "!=", "(", ")", "[", "]", "{", "}", ",", ".", ":=",
    ":", "=", "n",
    "len", "any", "sum", "kr", "och", "record", "default", "pairs", "lambda", "__class__", "keys", "é",
    "\n", "${{", "}}",
    "#", "\\", "0x1", "1e9", "'", "yield", "await", "\ud800", "\0", "\u2028",
)  # fmt: skip
JUNK = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(TOKENS), max_size=25).map(" ".join))


def parsed(text: str) -> Expression:
    problems: list[Diagnostic] = []
    found = parse_expression(inline(text), problems.append)
    assert found is not None, (text, problems)
    return found


def outcome(expression: Any) -> object:
    """The value, or the EvaluationError; anything else fails the test."""
    try:
        return expression.evaluate(SCOPE)
    except EvaluationError as error:
        failure = error
    assert failure.span is not None
    return failure


@given(JUNK)
@example("(" * 300)
@example("-" * 3999 + "1")
@example("[" * 90 + "]" * 90)
@example("'\\N{x}'")
@example("a if b")
@example("1if 2else 3")
@untimed
def test_any_text_gives_diagnostics_or_an_expression_and_never_a_crash(text: str) -> None:
    problems: list[Diagnostic] = []
    for parse in (parse_expression, parse_value):
        problems.clear()
        found = parse(inline(text), problems.append)
        assert (found is None) == any(p.severity == "error" for p in problems)
        for problem in problems:
            assert 1 <= problem.span.column <= max(1, len(text))
        if found is not None:
            found.check(Environment(VARIABLES, lambda problem: None))
            found.names()
            outcome(found)


@given(JUNK)
@untimed
def test_every_scalar_is_read(text: str) -> None:
    if "${{" not in text:
        found = parse_value(inline(text), lambda problem: None)
        assert found is not None
        assert found.evaluate({}) == text


# --- well-typed expressions ----------------------------------------------------------------------


def binary(
    operators: str, left: st.SearchStrategy[str], right: st.SearchStrategy[str]
) -> st.SearchStrategy[str]:
    return st.builds("({} {} {})".format, left, st.sampled_from(operators.split()), right)


@st.composite
def typed(draw: st.DrawFn, wanted: str, depth: int = 3) -> str:
    """An expression of the wanted type."""

    def some(type_: str) -> str:
        return draw(typed(type_, depth - 1))

    leaves = {
        "integer": ["n", "1", "r.n", "-2", "d.year", "len(t)", "p.number"],
        "number": ["x", "m", "0.25", "n", "(x / 3)"],
        "text": ["t", "'å'", "e", "r.t", "ts[0]", "(d | datum)"],
        "boolean": ["b", "true", "o is none", "e == 'a'", "d in p"],
        "date": ["d", "p.first_day"],
        "list": ["ns", "[1, 2]", "[q.n for q in rs]"],
    }
    if depth == 0:
        return draw(st.sampled_from(leaves[wanted]))
    shapes = {
        "integer": [
            lambda: f"({some('integer')} + {some('integer')})", lambda: f"({some('date')} - {some('date')})",
            lambda: f"sum({some('list')})", lambda: f"round({some('number')})", lambda: f"-{some('integer')}",
        ],
        "number": [
            lambda: f"({some('number')} * {some('number')})",
            lambda: f"({some('number')} // {some('integer')})",
            lambda: f"max({some('number')}, {some('integer')})", lambda: f"abs({some('number')})",
        ],
        "text": [
            lambda: f"({some('text')} + {some('text')})", lambda: f"({some('number')} | kr)",
            lambda: f"({some('list')} | och)", lambda: f"default({some('text')}, 'x')",
            lambda: f"text({some('date')})",
        ],
        "boolean": [
            lambda: f"({some('number')} < {some('integer')} <= {some('number')})",
            lambda: f"({some('boolean')} and not {some('boolean')})",
            lambda: f"({some('text')} in {some('text')})",
            lambda: f"({some('integer')} in {some('list')})",
            lambda: f"any(q > {some('integer')} for q in {some('list')})",
        ],
        "date": [lambda: f"({some('date')} + days(3))", lambda: f"add_months({some('date')}, 1)"],
        "list": [
            lambda: f"[{some('integer')} + q for q in {some('list')} if {some('boolean')}]",
            lambda: f"({some('list')} + {some('list')})", lambda: f"distinct({some('list')})",
        ],
    }  # fmt: skip
    either = [lambda: f"({some(wanted)} if {some('boolean')} else {some(wanted)})"]
    return draw(st.sampled_from([*shapes[wanted], *either]))()


KINDS = ("integer", "number", "text", "boolean", "date", "list")


@given(st.sampled_from(KINDS).flatmap(lambda wanted: typed(wanted).map(lambda text: (wanted, text))))
@untimed
def test_the_checker_is_sound(case: tuple[str, str]) -> None:
    """What the checker accepts evaluates to a value of the type that it gave (or divides by zero)."""
    wanted, text = case
    problems: list[Diagnostic] = []
    found = parse_expression(inline(text), problems.append)
    if found is None:
        assert len(text) > 250, (text, problems)  # a limit
        return
    static = kind(found.check(Environment(VARIABLES, problems.append)))
    assert not problems, (text, problems)
    value = outcome(found)
    if isinstance(value, EvaluationError):
        assert "division by zero" in str(value) or "out of range" in str(value), (text, str(value))
        return
    allowed = {"number": {"integer", "number"}, "any": {kind_of(value)}}
    assert kind_of(value) in allowed.get(static, {static}), text
    assert static in ("any", wanted, "integer"), text


# --- arithmetic ----------------------------------------------------------------------------------

NUMBERS = st.one_of(
    st.integers(-(10**9), 10**9),
    st.decimals(-(10**6), 10**6, allow_nan=False, allow_infinity=False, places=4),
)


@given(NUMBERS, NUMBERS)
@untimed
def test_arithmetic_is_that_of_decimal(a: int | Decimal, b: int | Decimal) -> None:
    scope = {"a": a, "b": b}
    one, other = Decimal(a), Decimal(b)
    assert parsed("a + b").evaluate(scope) == one + other
    assert parsed("a - b").evaluate(scope) == one - other
    assert parsed("a * b").evaluate(scope) == one * other
    assert parsed("a < b").evaluate(scope) == (one < other)
    assert parsed("a == b").evaluate(scope) == (one == other)
    if b:
        assert parsed("a / b").evaluate(scope) == one / other
        assert parsed("(a // b) * b + a % b == a").evaluate(scope) is True
        rest = parsed("a % b").evaluate(scope)
        assert isinstance(rest, int | Decimal)
        assert rest == 0 or (rest > 0) == (b > 0)
        assert abs(rest) < abs(other)


@given(NUMBERS)
@untimed
def test_a_number_in_a_text_can_be_read_back(number: int | Decimal) -> None:
    assert parsed("number(text(x))").evaluate({"x": number}) == number
    written = parsed("x | kr").evaluate({"x": number})
    assert isinstance(written, str)
    assert written.endswith(" kr")
    back = parsed("number(replace(k, ' kr', ''))").evaluate({"k": written})
    assert isinstance(back, int | Decimal)
    assert abs(back - number) <= Decimal("0.005")


# --- texts ---------------------------------------------------------------------------------------

WORDS = st.lists(st.text("abcåäö", min_size=1, max_size=5), max_size=6)


@given(WORDS)
@untimed
def test_och(words: list[str]) -> None:
    text = och(words)
    assert text.count(" och ") == (len(words) > 1)
    assert text.count(", ") == max(0, len(words) - 2)
    assert text.replace(" och ", ", ").split(", ") == (words or [""])


@given(st.text())
@untimed
def test_sentences_join_to_the_text(text: str) -> None:
    assert " ".join(sentences(text)) == text


@given(st.lists(WORDS.filter(bool).map(" ".join), min_size=1))
@untimed
def test_paragraphs_join_to_the_text(parts: list[str]) -> None:
    assert paragraphs("\n\n".join(parts)) == parts


# --- no way out ----------------------------------------------------------------------------------

ATTRIBUTES = sorted(
    {name for value in SCOPE.values() for name in dir(value) if not name.startswith("__")} - {"n", "t", "d"}
)


@given(st.sampled_from(sorted(SCOPE)), st.sampled_from(ATTRIBUTES))
@untimed
def test_no_python_attribute_is_reached(name: str, attribute: str) -> None:
    value = outcome(parsed(f"{name}.{attribute}"))
    if not isinstance(value, EvaluationError):
        assert (name, attribute) in {
            ("v", "keys"), ("d", "year"), ("d", "month"), ("d", "day"),
            ("p", "year"), ("p", "number"), ("p", "first_day"), ("p", "last_day"),
        }  # fmt: skip
        assert not callable(value)
