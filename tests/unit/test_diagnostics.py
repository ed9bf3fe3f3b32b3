"""Diagnostics are put in order, shown with a caret in display columns, and counted."""

from __future__ import annotations

import pytest
from wcwidth import wcswidth

from robotfabrik.model.errors import Diagnostic
from robotfabrik.model.source import Source, Span
from robotfabrik.parsing.diagnostics import WINDOW, Collector, as_json, render, snippet, summary

SOURCE = Source("pdd/a.yaml", "pdd: 1\nnamn: Åsa\n")
OTHER = Source("pdd/b.yaml", "id: x\n")


def found(source: Source = SOURCE, line: int = 2, column: int = 7, length: int = 3) -> Diagnostic:
    return Diagnostic(Span(source, line, column, length), "no such person", "person", "write: Eva")


def test_line_caret_and_help() -> None:
    assert render([found()]) == (
        "pdd/a.yaml:2:7: error: no such person [person]\n"
        "   2 | namn: Åsa\n"
        "     |       ^~~\n"
        "     = help: write: Eva\n"
        "1 error in 1 file\n"
    )


def test_nothing_found() -> None:
    assert render([]) == ""
    assert summary([]) == "no problems"


def test_order_and_the_same_finding_once() -> None:
    shown = render([found(OTHER, 1, 1), found(), found(line=1), found()])
    heads = [line for line in shown.splitlines() if "error:" in line]
    assert [head.split(": ")[0] for head in heads] == ["pdd/a.yaml:1:7", "pdd/a.yaml:2:7", "pdd/b.yaml:1:1"]


def test_summary_counts() -> None:
    collector = Collector()
    for line in (1, 2):
        collector.error(Span(SOURCE, line, 1), "m", "r")
    collector.error(Span(OTHER, 1, 1), "m", "r")
    assert not Collector().has_errors
    assert collector.has_errors
    collector.warning(Span(OTHER, 1, 1), "m", "r")
    assert summary(collector.diagnostics) == "3 errors, 1 warning in 2 files"


def test_warnings_are_no_errors() -> None:
    collector = Collector()
    collector.warning(Span(SOURCE, 1, 1), "m", "r")
    assert not collector.has_errors
    assert summary(collector.diagnostics) == "1 warning in 1 file"


def test_json() -> None:
    assert as_json([found(), found()]) == [
        {
            "file": "pdd/a.yaml",
            "line": 2,
            "column": 7,
            "length": 3,
            "severity": "error",
            "rule": "person",
            "message": "no such person",
            "suggestion": "write: Eva",
        }
    ]


@pytest.mark.parametrize(
    ("line", "column", "length", "caret"),
    [
        ("abc", 2, 2, " ^~"),
        ("å字b", 3, 1, "   ^"),
        ("字字", 2, 1, "  ^~"),
        ("a\u0301b", 3, 1, " ^"),
        ("\tab", 2, 1, "    ^"),
        ("a\tb", 3, 1, "    ^"),
        ("abc", 4, 1, "   ^"),
        ("abc", 2, 50, " ^~"),
        ("👩\u200d🌾x", 4, 1, "  ^"),
    ],
)
def test_carets_stand_in_display_columns(line: str, column: int, length: int, caret: str) -> None:
    assert snippet(line, column, length)[1] == caret


@pytest.mark.parametrize("column", [1, 5, 60, 119, 120, 121, 300, 580, 600])
@pytest.mark.parametrize("letter", ["x", "字"])
def test_long_lines_are_cut_around_the_caret(column: int, letter: str) -> None:
    line = letter * (column - 1) + "!" + letter * (600 - column)
    text, caret = snippet(line, column, 1)
    width = len(caret) - 1
    assert wcswidth(text) <= WINDOW
    before = text[: text.index("!")]
    assert wcswidth(before) == width
    assert text.startswith("…") == (not line.startswith(before + "!"))


def test_a_long_mark_is_cut_too() -> None:
    text, caret = snippet("x" * 600, 3, 500)
    assert len(text) <= WINDOW
    assert len(caret) <= WINDOW


def test_a_terminal_obeys_nothing_from_a_file() -> None:
    source = Source("a.yaml", "a: \x1b[31m\u202ex\n")
    shown = render([Diagnostic(Span(source, 1, 4), "key \x1b[2J\n", "r", "\x07")])
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "\x07" not in shown


def test_colour_changes_only_colour() -> None:
    import re

    plain, coloured = render([found()]), render([found()], colour=True)
    assert coloured != plain
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain


def test_a_file_that_starts_with_a_byte_order_mark() -> None:
    source = Source("a.yaml", "\ufeffab: 1\n")
    assert "   1 | ab: 1\n     | ^~\n" in render([Diagnostic(Span(source, 1, 1, 2), "m", "r")])


def test_a_place_without_text() -> None:
    assert render([Diagnostic(Span(Source("a.yaml", ""), 1, 1), "the file is empty", "r")]) == (
        "a.yaml:1:1: error: the file is empty [r]\n1 error in 1 file\n"
    )
