"""Text with expressions in it, type annotations, and suggestions."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from robotfabrik.expressions import (
    Constant,
    Environment,
    Expression,
    Template,
    Value,
    parse_type,
    parse_value,
)
from robotfabrik.model.errors import Diagnostic, EvaluationError
from robotfabrik.model.source import inline
from robotfabrik.model.suggest import did_you_mean, suggest
from robotfabrik.model.types import DATE, MONEY, TEXT, Type, list_of, record_of
from robotfabrik.model.values import UNKNOWN, Credential, Month, Period, Record, Secret

SCOPE: dict[str, Any] = {
    "ämnen": ["civilstånd", "barn"], "d": date(2022, 5, 1), "m": Month(2022, 11), "n": 1234567,
    "x": Decimal("-1234.50"),
    "ja": True, "inget": None, "tyst": UNKNOWN, "p": Period(date(2022, 1, 1), date(2022, 1, 2)),
    "r": Record(a=1),
    "c": Credential("u", Secret("p")), "tid": 1, "t": "text", "noll": Decimal("0.00"),
}  # fmt: skip


def parse(text: str) -> tuple[Value | None, list[Diagnostic]]:
    found: list[Diagnostic] = []
    return parse_value(inline(text), found.append), found


def value(text: str) -> object:
    parsed, problems = parse(text)
    assert parsed is not None
    assert not problems
    return parsed.evaluate(SCOPE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sedan ${{ d }} gällande ${{ ämnen | och }}.", "Sedan 2022-05-01 gällande civilstånd och barn."),
        ("${{ n }} ${{ x }} ${{ noll }} ${{ m }} ${{ ja }} ${{ t }}", "1234567 -1234,5 0 2022-11 ja text"),
        ("a${{ '}}' + \"'\" }}b", "a}}'b"),
        ("${{ '${{' }} x", "${{ x"),
        ("${{ x | kr }}/mån", "-1 234,50 kr/mån"),
        ("50 $ {a} ${b}", "50 $ {a} ${b}"),
    ],
)
def test_templates(text: str, expected: str) -> None:
    assert value(text) == expected


def test_one_whole_expression_keeps_its_type() -> None:
    parsed, _ = parse(" ${{ ämnen }}\n")
    assert isinstance(parsed, Expression)
    assert parsed.evaluate(SCOPE) == ["civilstånd", "barn"]
    assert parsed.names() == {"ämnen"}
    assert isinstance(parse("${{ n }}${{ n }}")[0], Template)
    constant, _ = parse("0012")
    assert isinstance(constant, Constant)
    assert (constant.value, constant.type, constant.names()) == ("0012", TEXT, frozenset())


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("inget", "use default"),
        ("tyst", "did not answer"),
        ("ämnen", "| och"),
        ("r", "one of its fields"),
        ("p", ".first"),
        ("c", "never shown"),
        ("c.password", "never shown"),
        ("saknas", "not defined"),
    ],
)
def test_what_has_no_text(name: str, message: str) -> None:
    parsed, _ = parse(f"x: ${{{{ {name} }}}}")
    assert parsed is not None
    with pytest.raises(EvaluationError) as caught:
        parsed.evaluate(SCOPE)
    assert message in str(caught.value)
    assert caught.value.span is not None
    assert caught.value.span.column == 8


def test_what_has_no_text_is_seen_before() -> None:
    variables = {
        "xs": list_of(TEXT),
        "r": record_of({}),
        "s": Type("secret"),
        "d": DATE.or_none(),
        "b": MONEY,
    }
    parsed, _ = parse("${{ xs }} ${{ r }} ${{ s }} ${{ none }} ${{ d }} ${{ b }} ${{ q }}")
    assert parsed is not None
    found: list[Diagnostic] = []
    assert parsed.check(Environment(variables, found.append)) == TEXT
    assert [(p.span.column, p.rule) for p in found] == [
        (5, "template"), (15, "template"), (24, "secret"), (33, "template"), (63, "undefined"),
    ]  # fmt: skip
    assert parsed.names() == {"xs", "r", "s", "d", "b", "q"}


def test_problems_of_scalars() -> None:
    parsed, problems = parse("a ${{ x")
    assert parsed is None
    assert [(p.span.column, p.severity) for p in problems] == [(3, "error")]
    parsed, problems = parse("Hej {{ namn }}!")
    assert isinstance(parsed, Constant)
    assert [(p.span.column, p.severity, p.suggestion) for p in problems] == [
        (5, "warning", "Write ${{ namn }}")
    ]
    parsed, problems = parse("a ${{ }} ${{ 1_0 }} b")
    assert parsed is None
    assert [p.span.column for p in problems] == [6, 14]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("text", "text"),
        ("date?", "date or none"),
        ("färre | lika | fler", "färre | lika | fler"),
        ("a | b?", "a | b or none"),
        ("list of text", "list of text"),
        ("list of BR2.jämförelse", "list of (x | y)"),
        ("list of (a | b)", "list of (a | b)"),
        ("delvis (a) | nej (b)", "delvis (a) | nej (b)"),
        ("list of a | b?", "list of (a | b) or none"),
        ("list", "list"),
        ("table of person", "table"),
        ("person", "record"),
    ],
)
def test_annotations(text: str, expected: str) -> None:
    known = {"person": record_of({"name": TEXT}), "BR2.jämförelse": parse_type("x | y", {})}
    assert str(parse_type(inline(text), known)) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("txet", "no type 'txet'"),
        ("list of txet", "no type 'txet'"),
        ("lits of (a | b)", "no type 'lits of'"),
        ("", "missing"),
        ("a | a", "different"),
        ("a |", "different"),
    ],
)
def test_wrong_annotations(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_type(text, {})


def test_suggestions() -> None:
    assert suggest("first_chek", ["last_check", "first_check"]) == "first_check"
    assert suggest("FARRE", ["färre", "lika"]) == "färre"
    assert suggest("ab", ["ac"]) is None
    assert did_you_mean("zzz", ["a", "b"]) == "Known: a, b."
    assert did_you_mean("zzz", []) == ""
    many = [f"name{n}" for n in range(20)]
    assert did_you_mean("zzz", many) == ""
    assert did_you_mean("read_page", [*many, "read_text"]) == "Known: read_text."
