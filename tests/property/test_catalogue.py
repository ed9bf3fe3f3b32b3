"""What holds for the catalogue's functions over texts, dates and tables, whatever they are given."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from robotfabrik.expressions import dates, strings, tables
from robotfabrik.model.errors import EvaluationError

DAYS = st.dates(date(1900, 1, 1), date(2200, 12, 31))
FORMS = st.sampled_from(
    ["åååå-mm-dd", "d månad åååå", "dd/mm åååå", "åååå.m.d", "veckodag d mån åååå", "mmddåååå", "åååådmm"]
)
TEXTS = st.text(max_size=40)


@given(DAYS, FORMS)
def test_a_written_date_is_read_again(day: date, form: str) -> None:
    assert dates.parse_date(dates.written_date(day, form), form) == day


@given(TEXTS, TEXTS)
def test_a_form_or_a_text_that_is_wrong_is_said(text: str, form: str) -> None:
    with suppress(EvaluationError):
        assert isinstance(dates.parse_date(text, form), date)


@given(st.dates(date(1954, 1, 1), date(2099, 12, 31)), st.integers(-60, 60).filter(bool))
def test_working_days_are_counted_as_they_are_added(day: date, number: int) -> None:
    there = dates.add_working_days(day, number)
    assert dates.is_working_day(there)
    if dates.is_working_day(day):
        assert dates.working_days_between(day, there) == number


@given(TEXTS, st.integers(0, 50))
def test_a_text_is_its_two_parts(text: str, length: int) -> None:
    rest = max(0, len(text) - length)
    assert strings.left(text, length) + strings.right(text, rest) == text
    assert strings.middle(text, 0, length) == strings.left(text, length)
    assert (
        len(strings.pad_left(text, length)) == len(strings.pad_right(text, length)) == max(len(text), length)
    )


@given(TEXTS, st.text(max_size=12))
def test_no_pattern_is_too_odd(text: str, pattern: str) -> None:
    try:
        found = strings.find_all(text, pattern)
    except EvaluationError:
        return
    assert all(part in text for part in found)


@given(st.lists(st.integers(0, 5)), st.lists(st.integers(0, 5)), st.integers(0, 8))
def test_a_list_is_its_parts(values: list[int], others: list[int], number: int) -> None:
    assert tables.take(values, number) + tables.skip(values, number) == values
    assert sorted(tables.without(values, others) + tables.in_both(values, others)) == sorted(values)
