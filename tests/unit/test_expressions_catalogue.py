"""The functions and filters."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from robotfabrik.expressions import CATALOGUE, FILTERS, FUNCTIONS, catalogue_help, parse_expression
from robotfabrik.model.errors import EvaluationError
from robotfabrik.model.source import inline
from robotfabrik.model.values import Month, Period, Record

JOB = Record(date=date(2022, 11, 1))


def value(text: str, **scope: Any) -> object:
    parsed = parse_expression(inline(text), lambda problem: pytest.fail(problem.message))
    assert parsed
    return parsed.evaluate({"job": JOB, **scope})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("len([1, 2]) + len('abc')", 5),
        ("any([false, true]) and not any([]) and all([])", True),
        ("sum([])", 0),
        ("sum([1, 0.5])", Decimal("1.5")),
        ("min([3, 1, 2]) + max(1, 2.5)", Decimal("3.5")),
        ("max([date(2022, 1, 1), job.date])", date(2022, 11, 1)),
        ("count(['a', 'b', 'a'], 'a')", 2),
        ("first([]) is none and last([1, 2]) == 2", True),
        ("distinct(['b', 'a', none, 'b', 'c'])", ["b", "a", "c"]),
        ("distinct([1, 1.0, true, [1], [1.0]])", [1, True, [1]]),
        ("flatten([['a', none], none, ['b']])", ["a", "b"]),
        ("pairs([1, 2], ['a'])", [[1, "a"], [2, "a"]]),
        ("[r.a for r in sorted_by([record(a=2), record(a=1.5)], 'a')]", [Decimal("1.5"), 2]),
        ("[r.a for r in sorted_by([record(a='öl'), record(a='ål'), record(a='Zoë'), record(a='är')], 'a')]",
         ["Zoë", "ål", "är", "öl"]),
        ("[r.a for r in sorted_by([record(a=1), record(a=2)], 'a', descending=true)]", [2, 1]),
        ("default(none, 'x') + default('y', 'x')", "xy"),
        ("abs(-2) + abs(-0.5)", Decimal("2.5")),
        ("round(2.5) + round(-2.5)", 0),
        ("round(1.005, 2)", Decimal("1.01")),
        ("number('1 234,5')", Decimal("1234.5")),
        ("integer('1 234') + integer(2.0)", 1236),
        ("text(1234.50) + ' ' + text(job.date) + ' ' + text(true)", "1234,5 2022-11-01 ja"),
        ("upper('å') + lower('Ä') + trim(' x ')", "Åäx"),
        ("replace('a.b', '.', ', ')", "a, b"),
        ("split('a;b', ';')", ["a", "b"]),
        ("join(['a', 1, none is none], '-')", "a-1-ja"),
        ("starts_with('abc', 'a') and ends_with('abc', 'c') and contains('abc', 'b')", True),
        ("sentences('Antalet är 2. Se 4 kap. 1 § här! Åter 2022-05-01.')",
         ["Antalet är 2.", "Se 4 kap. 1 § här!", "Åter 2022-05-01."]),
        ("paragraphs('a\\n\\nb\\nc')", ["a", "b\nc"]),
        ("date(2022, 2, 28) + days(1)", date(2022, 3, 1)),
        ("month(job.date)", Month(2022, 11)),
        ("left('Åsa', 2) + right('Åsa', 2) + left('a', 5) + right('a', 5)", "Åssaaa"),
        ("middle('abcd', 1, 2)", "bc"),
        ("index_of('abc', 'c') == 2 and index_of('abc', 'x') is none", True),
        ("[before('a: b: c', ': '), after('a: b: c', ': '), between('x(1)', '(', ')')]", ["a", "b: c", "1"]),
        ("before('a', 'x') is none and after('a', 'x') is none and between('(1', '(', ')') is none", True),
        ("lines('a\\nb') + words(' a  b ')", ["a", "b", "a", "b"]),
        ("pad_left('12', 4) + pad_right('a', 3) + pad_left('12345', 4)", "0012a  12345"),
        ("title_case('ÅSA  bERG-ek')", "Åsa  Berg-Ek"),
        ("single_spaced(' a \n b ') + digits('19 80-01') + without_accents('Åsé')", "a b198001Ase"),
        ("same_text('Norra  Kullen', 'norra kullen ') and not same_text('a', 'b')", True),
        ("is_match('EB-2018', '[A-Z]{2}-\\\\d{4}') and not is_match('xEB-2018', '[A-Z]{2}-\\\\d{4}')", True),
        ("find('Ärende EB-2018, EB-2019', 'EB-\\\\d+') + find('dnr: 7', 'dnr: (\\\\d+)')", "EB-20187"),
        ("find_all('1 och 22', '\\\\d+')", ["1", "22"]),
        ("find('a', 'b') is none", True),
        ("replace_matches('a1b22', '[0-9]+', '$1')", "a$1b$1"),
        ("floor(-1.5) + ceiling(1.2) + floor(3)", 3),
        ("average([1, 2]) == 1.5 and average([]) is none", True),
        ("[lot('A1') == lot('A1'), all(0 <= lot(text(n)) < 1 for n in numbers(1, 99))]", [True, True]),
        ("count([lot(text(n)) < 0.1 for n in numbers(1, 1000)], true)", 106),
        ("is_number('1 234,5') and not is_number('1_000')", True),
        ("column([record(a=1), record(a=2)], 'a') + columns([record(a=1, b=2)])", [1, 2, "a", "b"]),
        ("[r.b for r in to_table([[1, 'x']], ['a', 'b'])]", ["x"]),
        ("[[g.value, len(g.rows)] for g in group([record(a=1), record(a=1.0), record(a=2)], 'a')]",
         [[1, 2], [2, 1]]),
        ("[place_of(['a', 'b'], 'b'), default(place_of([], 1), -1)]", [1, -1]),
        ("reverse([1, 2]) + take([1, 2], 1) + skip([1, 2], 1) + take([1], 5)", [2, 1, 1, 2, 1]),
        ("without([1, 2, 2], [2]) + in_both([1, 2, 2], [2]) + numbers(1, 3) + numbers(2, 1)",
         [1, 2, 2, 1, 2, 3]),
        ("[is_empty(x) for x in [none, ' ', [], 'a', 0]]", [True, True, True, False, False]),
        ("last_working_day(month(date(2022, 12, 1)))", date(2022, 12, 30)),
        ("add_working_days(date(2022, 4, 14), 1)", date(2022, 4, 19)),  # over Easter
        ("add_working_days(date(2022, 4, 19), -1)", date(2022, 4, 14)),
        ("add_working_days(date(2022, 4, 16), 0)", date(2022, 4, 19)),
        ("working_days_between(date(2022, 4, 14), date(2022, 4, 20))", 2),
        ("working_days_between(date(2022, 4, 20), date(2022, 4, 14))", -2),
        ("[week_number(date(2022, 1, 1)), weekday(date(2022, 11, 1)), quarter(date(2022, 11, 1))]",
         [52, 2, 4]),
        ("parse_date('1 november 2022', 'd månad åååå')", date(2022, 11, 1)),
        ("parse_date('Tisdag 1/11 -22', 'veckodag d/m -åå')", date(2022, 11, 1)),
        ("parse_date('01 Nov. 2022', 'dd mån åååå')", date(2022, 11, 1)),
        ("(job.date | datum('veckodag d månad')) + (job.date | datum) + (job.date | veckodag)",
         "tisdag 1 november2022-11-01tisdag"),
        ("(1234.5 | tal(2)) + (-1234.5 | tal) + (7 | tal)", "1 234,50-1 2357"),
        ("add_months(date(2022, 1, 31), 1)", date(2022, 2, 28)),
        ("add_months(date(2022, 1, 31), -2)", date(2021, 11, 30)),
        ("add_months(month(job.date), 2)", Month(2023, 1)),
        ("months_between(date(2022, 1, 31), date(2022, 2, 28))", 1),
        ("months_between(date(2022, 1, 15), date(2022, 2, 14))", 0),
        ("months_between(date(2022, 3, 1), date(2022, 1, 1))", -2),
        ("days_between(date(2022, 1, 1), date(2021, 12, 31))", -1),
        ("age('198001022386', job.date)", 42),
        ("age('200411012386', on=date(2022, 10, 31)) + age('200411012386', on=job.date)", 35),
        ("age('200402292386', date(2022, 2, 27)) + age('200402292386', date(2022, 2, 28))", 35),
        ("birth_date('197010632391')", date(1970, 10, 3)),
        ("is_samordningsnummer('197010632391') and not is_samordningsnummer('198001022386')", True),
        ("1234 | kr", "1 234 kr"),
        ("1234567.5 | kr", "1 234 567,50 kr"),
        ("-1234.00 | kr", "-1 234 kr"),
        ("-0.001 | kr", "0 kr"),
        ("0.125 | procent", "12,5 %"),
        ("0.1 | procent", "10 %"),
        ("job.date | datum", "2022-11-01"),
        ("job.date | månad", "november 2022"),
        ("month(job.date) | månad", "november 2022"),
        ("['a', 'b', 'c'] | och", "a, b och c"),
        ("['a', 'b'] | och", "a och b"),
        ("['a'] | och", "a"),
        ("[] | och", ""),
        ("'åsa' | stor_bokstav", "Åsa"),
        ("(1 | sidor) + ' ' + (2 | sidor)", "1 sida 2 sidor"),
        ("none | default('–') | upper", "–"),
    ],
)  # fmt: skip
def test_values(text: str, expected: object) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("integer('x')", "the text is not a number"),
        ("integer(1.5)", "use round"),
        ("age('abc', job.date)", "no personnummer"),
        ("date(2022, 2, 30)", "no such day"),
        ("flatten([1])", "must be list of list, but holds integer"),
        ("[none] | och", "none has no text"),
        ("sorted_by([record(a=1)], 'b')", "no field 'b'"),
        ("sorted_by([record(a=1), record(a='x')], 'a')", "not sorted by integer and text"),
        ("min(['b', 'a'])", "text has no order"),
        ("split('a', '')", "empty text"),
        ("round(1, 11)", "0 to 10 decimals"),
        ("running_period([record(date='x')], on=job.date)", "must have a date"),
        ("count(['a'], 1)", "does not take"),
    ],
)
def test_failures(text: str, message: str) -> None:
    with pytest.raises(EvaluationError, match=message):
        value(text)


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2021-03-04", None),
        ("2021-03-05", ("2021-03-05", "2022-03-04")),
        ("2022-03-04", ("2021-03-05", "2022-03-04")),
        ("2022-03-05", None),
        ("2022-06-01", ("2022-06-01", "2023-05-31")),
        ("2023-06-01", None),
    ],
)
def test_a_running_period_starts_again_with_the_first_purchase_after_it(
    on: str, expected: tuple[str, str] | None
) -> None:
    days = ["2022-06-01", "2021-03-05", "2022-01-10", "2022-07-01"]
    bought = [Record(day=date.fromisoformat(day)) for day in days]
    found = value(
        "running_period(bought, date='day', months=12, on=on)", bought=bought, on=date.fromisoformat(on)
    )
    assert found == (Period(*map(date.fromisoformat, expected)) if expected else None)


@pytest.mark.parametrize(
    "closed",
    [
        "2022-01-01", "2022-01-06", "2022-04-15", "2022-04-18", "2022-05-26", "2022-06-06", "2022-06-24",
        "2022-12-26", "2023-12-25", "2021-12-24", "2021-12-31", "2024-03-29", "2024-04-01", "2025-05-29",
        "2022-11-05",
    ],
)  # fmt: skip
def test_closed_days(closed: str) -> None:
    assert value("is_working_day(day)", day=date.fromisoformat(closed)) is False


def test_working_days() -> None:
    year = [date.fromordinal(n) for n in range(date(2022, 1, 1).toordinal(), date(2023, 1, 1).toordinal())]
    assert sum(value("is_working_day(day)", day=day) is True for day in year) == 253
    assert value("first_working_day(month(day))", day=date(2022, 1, 30)) == date(2022, 1, 3)
    assert value("first_working_day(day)", day=date(2022, 5, 30)) == date(2022, 5, 2)


def test_every_entry_is_documented_and_typed() -> None:
    assert len(catalogue_help()) == len(FUNCTIONS) + len(FILTERS) == len(CATALOGUE)
    for signature, doc in catalogue_help():
        assert doc.endswith((".", "?", ")", "`", "]", "5"))
        assert signature
    assert str(FUNCTIONS["age"]) == "age(identity: text, on: date) → integer"
    assert str(FILTERS["join"]) == "values: list | join(separator: text = ', ') → text"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("find('a', '(')", "no regular expression"),
        (f"find('{'a' * 60}b', '(a|aa)+$')", "takes too long"),
        ("find('a', 'b' + '?' + join(numbers(1, 900), ''))", "at most 1000 characters"),
        ("find(pad_left('', 200000), 'a')", "at most 100000 characters"),
        ("left('a', -1)", "0 or more"),
        ("pad_left('a', 3, 'xy')", "one character"),
        ("pad_left('a', 2000000)", "larger than"),
        ("column([record(a=1)], 'b')", "no column 'b'"),
        ("to_table([[1]], ['a', 'b'])", "2 values"),
        ("to_table([], ['a', 'a'])", "the same name"),
        ("numbers(1, 2000000)", "larger than"),
        ("take([], -1)", "0 or more"),
        ("parse_date('2022-13-01')", "no such day"),
        ("parse_date('1 nov', 'd mån')", "a year, a month and a day"),
        ("parse_date('igår', 'd månad åååå')", "no date of the form d månad åååå"),
        ("parse_date('1', 'd d åååå')", "each at most once"),
        ("parse_date('1', 'yyyy')", "a form of a date is made of"),
        ("add_working_days(job.date, 20000)", "at most 10000"),
        ("is_working_day(date(1952, 12, 31))", "known from 1953 to 2100"),
        ("first_working_day(date(2101, 1, 1))", "known from 1953 to 2100"),
        ("1 | tal(99)", "0 to 10 decimals"),
    ],
)
def test_what_text_and_date_functions_refuse(text: str, reason: str) -> None:
    with pytest.raises(EvaluationError, match=re.escape(reason)):
        value(text)
