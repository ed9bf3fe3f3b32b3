"""Decision tables and texts at run time."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from robotfabrik.engine.decisions import compose, decide
from robotfabrik.model.errors import SystemException
from robotfabrik.model.process import Rule
from robotfabrik.model.values import UNKNOWN, Record
from tests.support.engine import define


def rule(folder: Path, table: str, *, policy: str, inputs: str = "{n: number}", more: str = "") -> Rule:
    lines = "\n".join(f"    {line.strip()}" for line in table.strip().splitlines())
    rules = (
        f"BR1:\n  name: Regel\n  hit_policy: {policy}\n  inputs: {inputs}\n  outputs: {{ut: text}}\n"
        f"{more}  table: |\n{lines}\n"
    )
    return define(folder, "- log_message: hej", rules=rules).rules["BR1"]


def out(rule: Rule, **scope: Any) -> Any:
    return decide(rule, scope).outputs["ut"]


SIZES = """
    | n       || ut     |
    | < 0     || minus  |
    | 0..9    || litet  |
    | 10, 11  || mellan |
    | > 11    || stort  |
    """


@pytest.mark.parametrize(
    ("n", "ut"), [(-1, "minus"), (0, "litet"), (9, "litet"), (11, "mellan"), (12, "stort")]
)
def test_unique(tmp_path: Path, n: int, ut: str) -> None:
    assert out(rule(tmp_path, SIZES, policy="unique", more="  otherwise: none\n"), n=n) == ut


def test_unique_without_a_fitting_row_is_what_otherwise_says(tmp_path: Path) -> None:
    found = decide(rule(tmp_path, SIZES, policy="unique", more="  otherwise: none\n"), {"n": 9.5})
    assert (found.outputs["ut"], found.fired) == (None, ())


def test_otherwise_with_values(tmp_path: Path) -> None:
    table = "| n || ut |\n| 1 || ett |"
    assert out(rule(tmp_path, table, policy="first", more="  otherwise: {ut: annat}\n"), n=2) == "annat"


WHEN = """
    | when   || ut |
    | n > 1  || a  |
    | n > 2  || b  |
    | n < 0  || c  |
    """


def test_unique_with_two_fitting_rows_is_an_error_that_names_them(tmp_path: Path) -> None:
    with pytest.raises(SystemException, match=r"BR1\.1, BR1\.2"):
        decide(rule(tmp_path, WHEN, policy="unique", more="  otherwise: none\n"), {"n": 3})


def test_no_row_and_no_otherwise_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SystemException, match="no row fits"):
        decide(rule(tmp_path, WHEN, policy="unique"), {"n": 1})


def test_first_takes_the_first_and_says_which(tmp_path: Path) -> None:
    found = decide(rule(tmp_path, WHEN, policy="first", more="  otherwise: none\n"), {"n": 3})
    assert (found.outputs["ut"], found.fired) == ("a", ("BR1.1",))


def test_collect_takes_all_in_order(tmp_path: Path) -> None:
    found = decide(rule(tmp_path, WHEN, policy="collect"), {"n": 3})
    assert (found.outputs["ut"], found.fired) == (("a", "b"), ("BR1.1", "BR1.2"))
    assert decide(rule(tmp_path, WHEN, policy="collect"), {"n": 1}).outputs["ut"] == ()


FIGURES = """
    | från       || ut   |
    | 2021-01-01 || 3150 |
    | 2022-01-01 || 3210 |
    | 2023-01-01 || 3490 |
    """


@pytest.mark.parametrize(("day", "ut"), [
    (date(2021, 1, 1), "3150"), (date(2022, 12, 31), "3210"), (date(2024, 5, 1), "3490"),
])  # fmt: skip
@pytest.mark.parametrize("newest_first", [False, True])
def test_latest_gives_the_figure_of_the_day_in_whatever_order(
    tmp_path: Path, day: date, ut: str, newest_first: bool
) -> None:
    head, *rows = FIGURES.strip().splitlines()
    table = "\n".join([head, *(reversed(rows) if newest_first else rows)])
    assert out(rule(tmp_path, table, policy="latest", inputs="{från: date}"), från=day) == ut


@pytest.mark.parametrize("day", [date(2020, 12, 31), None, UNKNOWN])
def test_latest_before_the_first_day_or_without_a_day_fits_nothing(tmp_path: Path, day: Any) -> None:
    with pytest.raises(SystemException, match="no row fits"):
        out(rule(tmp_path, FIGURES, policy="latest", inputs="{från: date}"), från=day)


KNOWN = """
    | n       || ut    |
    | unknown || okänt |
    | not 1   || annat |
    | 1       || ett   |
    """


@pytest.mark.parametrize(("n", "ut"), [(UNKNOWN, "okänt"), (1, "ett"), (2, "annat")])
def test_unknown_fits_only_unknown(tmp_path: Path, n: Any, ut: str) -> None:
    assert out(rule(tmp_path, KNOWN, policy="unique", more="  otherwise: none\n"), n=n) == ut


def test_conditions_are_evaluated_only_when_they_are_needed(tmp_path: Path) -> None:
    table = """
        | n  | when                || ut |
        | 0  | -                   || a  |
        | -  | p.day is not none   || b  |
        """
    first = rule(tmp_path, table, policy="first", inputs="{n: number, p: any}", more="  otherwise: none\n")
    assert out(first, n=0) == "a"  # p is not even there
    assert out(first, n=1, p=Record(day=date(2022, 1, 1))) == "b"


def test_booleans_in_swedish_and_english(tmp_path: Path) -> None:
    table = "| b   || ut |\n| ja  || a  |\n| no  || b  |"
    decision = rule(tmp_path, table, policy="unique", inputs="{b: boolean}")
    assert (out(decision, b=True), out(decision, b=False)) == ("a", "b")


def test_outputs_may_be_expressions(tmp_path: Path) -> None:
    table = "| n  || ut |\n| >0 || ${{ text(n + 1) }} |\n| -  || - |"
    decision = rule(tmp_path, table, policy="first")
    assert (out(decision, n=1), out(decision, n=0)) == ("2", None)


def text_of(folder: Path, texts: str, **scope: Any) -> str:
    found = define(folder, "- log_message: hej", texts=texts).texts["brev"]
    written: str = compose(found, scope)["text"]
    return written


LINES = """\
brev:
  inputs: {rader: list of text, sist: boolean}
  text:
    - lines:
        - Det gäller ${{ len(rader) }} saker.
        - ${{ rader }}
        - {when: sist, text: Det var allt.}
    - - Ett.
      - Två.
"""


@pytest.mark.parametrize(
    ("rows", "sist", "first"),
    [
        (("Den ena.", "Den andra."), True, "Det gäller 2 saker.\nDen ena.\nDen andra.\nDet var allt."),
        ((), False, "Det gäller 0 saker."),
    ],
)
def test_lines_of_a_paragraph(tmp_path: Path, rows: tuple[str, ...], sist: bool, first: str) -> None:
    assert text_of(tmp_path, LINES, rader=rows, sist=sist) == f"{first}\n\nEtt. Två."


def test_a_paragraph_of_no_lines_vanishes(tmp_path: Path) -> None:
    texts = "brev:\n  inputs: {rader: list of text}\n  text:\n    - lines: ['${{ rader }}']\n    - Slut.\n"
    assert text_of(tmp_path, texts, rader=()) == "Slut."
