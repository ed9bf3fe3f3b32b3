"""What is in the language, and what is said about what is not, at which column."""

from __future__ import annotations

import pytest

from robotfabrik.expressions import parse_expression
from robotfabrik.model.errors import Diagnostic
from robotfabrik.model.source import Located, Source, inline


def problems(text: str) -> list[Diagnostic]:
    found: list[Diagnostic] = []
    parsed = parse_expression(inline(text), found.append)
    assert (parsed is None) == bool(found)
    return found


@pytest.mark.parametrize(
    "text",
    [
        "a.b.c",
        "config.last_check <= h.date < job.date",
        "any(is_samordningsnummer(m.personnummer) for m in household.members)",
        "[p for p in hem.people if (p.flat == hem.flat if hem.flat is not none else p.house == hem.house)]",
        "sum(r.amount for r in köp if r.date in period)",
        "[a.x for a, b in pairs(xs, ys) if b not in [1, 2] for c in a.cs]",
        "running_period(köp, date='date', months=config.months, on=job.date)",
        "(g + s - tak) | kr",
        "xs | join(', ') | upper",
        "'a' if x else \"b\"",
        "x\n  and\ty",
        "skillnad == -1",
        "not x and a['b'][0] is none",
        "'# no comment'",
    ],
)
def test_in_the_language(text: str) -> None:
    assert not problems(text)


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("", 1, "missing"),
        ("   ", 1, "missing"),
        ("a +", 3, "cannot be understood"),
        ("(a", 1, "was never closed"),
        ("a = 1", 3, "compare with '=='"),
        ("a && b", 3, "write 'and'"),
        ("a || b", 3, "write 'or'"),
        ("!a", 1, "write 'not'"),
        ("b.from > 1", 3, "write the field as 'from_'"),
        ("x.lower()", 1, "no methods"),
        ("a and x.items()", 7, "no methods"),
        ("lambda: 1", 1, "lambda"),
        ("().__class__", 1, "__class__"),
        ("item.__class__", 1, "__class__"),
        ("__import__('os')", 1, "__import__"),
        ("[__x for __x in y]", 10, "__x"),
        ("(x := 1)", 2, "assign"),
        ("f'{x}'", 1, "no f-strings"),
        ("'a' 'b'", 1, "written once"),
        ("r'a'", 1, "written once"),
        ("b'a'", 1, "digits"),
        ("'''a'''", 1, "written once"),
        (r"'\d'", 1, "invalid escape"),
        ("1_000", 1, "digits and a decimal point"),
        ("0x10", 1, "digits and a decimal point"),
        ("1e5", 1, "digits and a decimal point"),
        ("1j", 1, "digits and a decimal point"),
        (".5", 1, "digits and a decimal point"),
        ("007", 1, "leading zeros"),
        ("1" * 29, 1, "28 digits"),
        ("True", 1, "write 'true'"),
        ("x is None", 6, "write 'none'"),
        ("x is 3", 6, "only for none"),
        ("a ** b", 1, "operators are"),
        ("a & b", 1, "operators are"),
        ("~a", 1, "only 'not' and '-'"),
        ("a[1:2]", 3, "no slices"),
        ("a, b", 1, "a list is written"),
        ("{'a': 1}", 1, "record(name=value)"),
        ("{1, 2}", 1, "a list is written"),
        ("(x for x in y)", 1, "a list is written"),
        ("f(*x)", 3, "multiplication"),
        ("f(**x)", 3, "one by one"),
        ("f(a=1, a=2)", 8, "given twice"),
        ("[x for x.y in z]", 8, "comes a name"),
        ("[x for none in z]", 8, "comes a name"),
        ("[x async for x in z]", 1, "async"),
        ("a < b in c", 1, "stand alone"),
        ("a + b | kr", 1, "put parentheses"),
        ("a | kr == 'x'", 1, "put parentheses"),
        ("'x' == a | kr", 8, "put parentheses"),
        ("a | kr + 'x'", 5, "put parentheses"),
        ("x if c else y | kr", 13, "put parentheses"),
        ("a | b.c", 5, "comes a filter"),
        ("a # b", 3, "no comments"),
        ("a; b", 2, "cannot be understood"),
        ("a\0", 2, "nobody can read"),
        ("a\ud800", 1, "nobody can read"),
        ("ö + é.__x__", 5, "__x__"),
        ("1 + " * 1200 + "1", 1, "4000 characters"),
        ("-" * 60 + "1", 1, "nested 50 deep"),
        ("[" + "1, " * 600 + "1]", 1, "500 parts"),
        ("(" * 1000 + "1" + ")" * 1000, 1, ""),
        ("not " * 900 + "x", 1, "nested"),
        ("${{ x }}", 1, "without ${{ }}"),
    ],
)
def test_not_in_the_language(text: str, column: int, message: str) -> None:
    first = problems(text)[0]
    assert message in first.message
    if message:
        assert first.span.column == column


def test_every_problem_is_reported() -> None:
    assert [p.span.column for p in problems("True and x.y() and 1_0")] == [1, 10, 20]


def test_columns_lead_into_the_file() -> None:
    """Folded over two lines of a file: the position is the file's, not the text's."""
    source = Source("a.yaml", "when: ö and\n  1_0")
    located = Located("ö and 1_0", source, lambda i: (1, 7 + i) if i < 5 else (2, i - 3))
    found: list[Diagnostic] = []
    parse_expression(located, found.append)
    assert [(d.span.line, d.span.column, d.span.length) for d in found] == [(2, 3, 3)]


def test_names() -> None:
    def names(text: str) -> set[str]:
        parsed = parse_expression(inline(text), lambda problem: None)
        assert parsed
        return set(parsed.names())

    assert names("[x.a + y for x in xs for z in x.zs if z > w] + [x]") == {"xs", "y", "w", "x"}
    assert names("len(a) | kr") == {"a"}
    assert names("[x for x in x]") == {"x"}
    assert names("last_completed(k) is none") == {"k"}
    assert names("'x' if true else none") == set()
