"""Tables in a block of text: cells, borders, positions, and the conditions of input cells."""

from __future__ import annotations

from typing import Any

import pytest

from robotfabrik.model.errors import Diagnostic
from robotfabrik.model.source import Source, inline
from robotfabrik.parsing import nodes, tables
from robotfabrik.parsing.tables import (
    AnyValue,
    Cell,
    Compare,
    Not,
    OneOf,
    Range,
    Table,
    UnknownCell,
    Value,
    literal,
    parse_condition_cell,
    parse_table,
)


def table(text: str) -> tuple[Table | None, list[Diagnostic]]:
    problems: list[Diagnostic] = []
    return parse_table(inline(text), problems.append), problems


def good(text: str) -> Table:
    found, problems = table(text)
    assert found is not None
    assert not problems
    return found


def texts(found: Table) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in found.rows]


def problem(text: str) -> tuple[str, int, str | None]:
    """The message, column and suggestion of the only problem in a table."""
    _, problems = table(text)
    assert len(problems) == 1, problems
    return problems[0].message, problems[0].span.column, problems[0].suggestion


def test_a_decision_table() -> None:
    found = good("| typ       | från       || tak  |\n|---|---||---|\n| Läkemedel | 2020-01-01 || 2350 |\n")
    assert [cell.text for cell in found.header] == ["typ", "från", "tak"]
    assert found.split == 2
    assert texts(found) == [["Läkemedel", "2020-01-01", "2350"]]


def test_a_table_without_outputs_and_with_empty_cells() -> None:
    found = good("| a | b |\n\n| | x |\n")
    assert found.split is None
    assert texts(found) == [["", "x"]]


def test_a_header_alone_is_an_empty_table() -> None:
    assert good("| a | b |").rows == ()


def test_a_row_of_dashes_is_a_row() -> None:
    assert texts(good("| a || b |\n| - || - |")) == [["-", "-"]]


@pytest.mark.parametrize(
    "cell",
    [
        "'a | b'",
        '"a | b"',
        "${{ g | kr }} kr",
        "(x | kr) > 3",
        "['a|b', 'c']",
        "klient's",
        "1) först",
        "'it''s | here'",
        "any(b.from_ <= item.month for b in [x | y])",
    ],
)
def test_pipes_that_are_text(cell: str) -> None:
    assert texts(good(f"| a || b |\n| {cell} || x |")) == [[cell, "x"]]


def test_every_cell_knows_where_it_stands() -> None:
    raw = "rules:\n  table: |\n    | när  | å😀 || c |\n    | 'a|b'|  ||  ut  |\n"
    root = nodes.read(Source("t.yaml", raw), lambda found: pytest.fail(str(found)))
    assert isinstance(root, nodes.MapNode)
    rules = root.get("rules")
    assert isinstance(rules, nodes.MapNode)
    scalar = rules.get("table")
    assert isinstance(scalar, nodes.ScalarNode)
    found = parse_table(scalar.located, lambda found: pytest.fail(str(found)))
    assert found is not None
    assert [(cell.span.line, cell.span.column, cell.span.length) for cell in found.header] == [
        (3, 7, 3),
        (3, 14, 2),
        (3, 20, 1),
    ]
    assert [(cell.span.line, cell.span.column) for cell in found.rows[0].cells] == [(4, 7), (4, 13), (4, 19)]
    assert (found.rows[0].span.column, found.rows[0].span.length) == (5, 19)


@pytest.mark.parametrize(
    ("text", "message", "column"),
    [
        ("", "the table is empty", 1),
        ("a | b |", "a line of a table starts with `|`", 1),
        ("# x", "a comment cannot stand inside a table", 1),
        ("| a | b", "a `|` is missing at the end of this line", 7),
        ("|", "this line has no cells", 1),
        ("| a | |", "this column has no name", 6),
        ("| a | a |", "column 1 is already called `a`", 7),
        ("| a ||", "no output column stands after `||`", 5),
        ("| a || b || c |", "a second `||` on one line; it stands once, between inputs and outputs", 10),
        ("| a | b |\n| x |", "this row has 1 cell, the header 2", 11),
        ("| a |\n| x | kr > 3 |", "this row has 2 cells, the header 1", 7),
        ("| a || b |\n| x | y |", "a `||` is missing after cell 1, as in the header", 12),
        (
            "| a | b |\n| x || y |",
            "a `||` stands after cell 1, but none in the header; an empty cell is `| |`",
            11,
        ),
        ("| a | b || c |\n| x || y | z |", "the `||` stands after cell 1, in the header after cell 2", 16),
        ("| a |\n| 'x |", "this ' is never closed, so it hides the pipes after it", 9),
        ("| a |\n| (x |", "this ( is never closed, so it hides the pipes after it", 9),
        ("| a |\n| x |\n|----|", "a line of dashes stands below the header only", 13),
    ],
)
def test_problems(text: str, message: str, column: int) -> None:
    assert problem(text)[:2] == (message, column)


def test_bad_rows_are_left_out_and_the_others_kept() -> None:
    found, problems = table("| a | b |\n| 1 | 2 |\n| 3 |\n| 4 | 5 |")
    assert found is not None
    assert texts(found) == [["1", "2"], ["4", "5"]]
    assert len(problems) == 1


def cell(text: str) -> Cell:
    return Cell(text, inline(text))


def plain(condition: Any) -> Any:
    """A condition without positions; quoted text is a tuple."""
    match condition:
        case Value():
            return (condition.text,) if condition.quoted else condition.text
        case OneOf(literals=literals):
            return [plain(value) for value in literals]
        case Compare(op=op, literal=value):
            return f"{op} {plain(value)}"
        case Range(low=low, high=high):
            return {"from": plain(low), "to": plain(high)}
        case Not(inner=inner):
            return {"not": plain(inner)}
    return condition


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-", AnyValue()),
        ("okänd", UnknownCell()),
        ("Unknown", UnknownCell()),
        ("'okänd'", [("okänd",)]),
        ("'-'", [("-",)]),
        ("ja", ["ja"]),
        ("0", ["0"]),
        ("-1", ["-1"]),
        ("2020-01-01", ["2020-01-01"]),
        ("Avliden, Utvandrad", ["Avliden", "Utvandrad"]),
        ("'a, b', c", [("a, b",), "c"]),
        ("'it''s'", [("it's",)]),
        ('"a..b"', [("a..b",)]),
        ("''", [("",)]),
        ("klient's", ["klient's"]),
        ("1 234 kr", ["1 234 kr"]),
        ("< 0", "< 0"),
        (">=10 %", ">= 10 %"),
        ("<= 2022-01-01", "<= 2022-01-01"),
        ("> 'a, b'", "> ('a, b',)"),
        ("1..3", {"from": "1", "to": "3"}),
        ("-1 .. 3", {"from": "-1", "to": "3"}),
        ("0.5..1.5", {"from": "0.5", "to": "1.5"}),
        ("'0,5'..'1,5'", {"from": ("0,5",), "to": ("1,5",)}),
        ("not x", {"not": ["x"]}),
        ("not a, b", {"not": ["a", "b"]}),
        ("not 1..3", {"not": {"from": "1", "to": "3"}}),
        ("not okänd", {"not": UnknownCell()}),
        ("'not x'", [("not x",)]),
        ("notera", ["notera"]),
    ],
)
def test_conditions(text: str, expected: Any) -> None:
    assert plain(parse_condition_cell(cell(text), lambda found: pytest.fail(found.message))) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "this cell is empty"),
        ("not", "nothing stands after `not`"),
        ("not -", "`not -` is never true: a dash is any value"),
        ("not not x", "`not` stands twice"),
        ("= 3", "`=` is not used in cells"),
        ("!= 3", "`!=` is not used in cells"),
        ("≤ 3", "`≤` is not used in cells"),
        ("<", "nothing stands after `<`"),
        ("> 0, < 5", "`>` compares with one value"),
        ("a, < 5", "a comparison cannot stand in a list"),
        ("1 - 5", "a range is written with two dots"),
        ("1\u20135", "a range is written with two dots"),
        ("1..", "one end of the range is missing"),
        ("..3", "one end of the range is missing"),
        ("1..2..3", "a range has two ends"),
        ("1..3, 7", "a range cannot stand in a list"),
        ("a, ", "a value is missing beside a comma"),
        (", a", "a value is missing beside a comma"),
        ("a, -", "a dash is any value, so it cannot stand in a list"),
        ("a, okänd", "`okänd` stands alone in its cell"),
        ("0,5", "`0,5` may be one number or two values"),
        ("> 12,50", "`12,50` may be one number or two values"),
        ("'a", "this ' is never closed"),
        ("'a' b", "text follows the closing quotation mark"),
        ("${{ x }}", "an input cell holds no expression"),
    ],
)
def test_wrong_conditions(text: str, message: str) -> None:
    problems: list[Diagnostic] = []
    assert parse_condition_cell(cell(text), problems.append) is None
    assert [found.message for found in problems] == [message]
    assert problems[0].rule == tables.RULE


def test_literals_know_where_they_stand() -> None:
    found = parse_condition_cell(cell("not 'it''s',  b"), lambda found: pytest.fail(found.message))
    assert isinstance(found, Not)
    assert isinstance(found.inner, OneOf)
    first, second = found.inner.literals
    assert [first.located.locate(offset)[1] for offset in range(5)] == [6, 7, 8, 10, 11]
    assert second.span().column == 15


@pytest.mark.parametrize(
    ("text", "expected", "quoted"),
    [
        ("a, b", "a, b", False),
        ("'a'", "a", True),
        ('"a|b"', "a|b", True),
        ("'a' och 'b'", "'a' och 'b'", False),
        ("'", "'", False),
        ("", "", False),
    ],
)
def test_a_whole_cell_as_a_literal(text: str, expected: str, quoted: bool) -> None:
    value = literal(inline(text))
    assert (value.text, value.quoted) == (expected, quoted)
