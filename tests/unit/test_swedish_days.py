"""Red days, eves, klämdagar and bank days against the real calendars of 2022 to 2027."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from holidays import country_holidays

from robotfabrik.expressions import dates
from robotfabrik.model.schedule import BANK_DAYS, Calendar
from robotfabrik.timing import swedish
from robotfabrik.timing.calendars import is_free, why_free

OFFICE = Calendar("office", frozenset({"saturdays", "sundays", "red_days", "eves", "klämdagar"}))
MOVING = {
    "Långfredagen": ("2022-04-15", "2023-04-07", "2024-03-29", "2025-04-18", "2026-04-03", "2027-03-26"),
    "Annandag påsk": ("2022-04-18", "2023-04-10", "2024-04-01", "2025-04-21", "2026-04-06", "2027-03-29"),
    "Kristi himmelsfärdsdag": (
        "2022-05-26", "2023-05-18", "2024-05-09", "2025-05-29", "2026-05-14", "2027-05-06",
    ),
    "Midsommardagen": ("2022-06-25", "2023-06-24", "2024-06-22", "2025-06-21", "2026-06-20", "2027-06-26"),
    "Alla helgons dag": ("2022-11-05", "2023-11-04", "2024-11-02", "2025-11-01", "2026-10-31", "2027-11-06"),
}  # fmt: skip
SQUEEZED = [
    "2022-01-07", "2022-05-27",
    "2023-05-19", "2023-06-05",
    "2024-05-10", "2024-06-07", "2024-12-23", "2024-12-27", "2024-12-30",
    "2025-05-02", "2025-05-30",
    "2026-01-02", "2026-01-05", "2026-05-15",
    "2027-05-07",
]  # fmt: skip
"""A single working day between two on which the banks are closed."""


def days(first: int, last: int) -> list[date]:
    start = date(first, 1, 1)
    return [start + timedelta(days=n) for n in range((date(last + 1, 1, 1) - start).days)]


@pytest.mark.parametrize("name", MOVING)
def test_the_days_that_move(name: str) -> None:
    found = [str(day) for year in range(2022, 2028) for day, n in swedish.red_days(year).items() if n == name]
    assert found == list(MOVING[name])


def test_the_days_that_stay() -> None:
    for year in range(2022, 2028):
        found = {f"{day:%m-%d}" for day in swedish.red_days(year)}
        assert {"01-01", "01-06", "05-01", "06-06", "12-25", "12-26"} <= found
        assert len(found) == 13


def test_there_are_four_eves_a_year() -> None:
    expected = {
        "Påskafton": ("04-16", "04-08", "03-30", "04-19", "04-04", "03-27"),
        "Midsommarafton": ("06-24", "06-23", "06-21", "06-20", "06-19", "06-25"),
        "Julafton": ("12-24",) * 6,
        "Nyårsafton": ("12-31",) * 6,
    }
    for number, year in enumerate(range(2022, 2028)):
        found = {name: f"{day:%m-%d}" for day, name in swedish.eves(year).items()}
        assert found == {name: all_of_them[number] for name, all_of_them in expected.items()}


@pytest.mark.parametrize(
    "half",
    [
        "2022-01-05", "2023-04-06", "2024-04-30", "2025-10-31", "2026-10-30", "2026-12-23", "2027-12-30",
    ],
)  # fmt: skip
def test_banks_are_open_on_half_days(half: str) -> None:
    assert swedish.is_bank_day(date.fromisoformat(half))


def test_klamdagar() -> None:
    assert [str(day) for day in days(2022, 2027) if why_free(OFFICE, day) == "klämdag"] == SQUEEZED


def test_two_working_days_between_free_ones_are_none() -> None:
    assert not is_free(OFFICE, date(2025, 1, 2))
    assert not is_free(OFFICE, date(2025, 1, 3))


def test_a_calendar_without_saturdays_has_its_klamdagar_too() -> None:
    calendar = Calendar("home care", frozenset({"red_days", "klämdagar"}))
    assert why_free(calendar, date(2026, 5, 15)) == "klämdag"
    assert not is_free(calendar, date(2026, 5, 16))


def test_own_dates_make_klamdagar_and_unmake_them() -> None:
    kinds = OFFICE.kinds
    closed = Calendar("c", kinds, free=frozenset({date(2026, 12, 29)}))
    assert why_free(closed, date(2026, 12, 29)) == "a date of the calendar"
    assert why_free(closed, date(2026, 12, 28)) == "klämdag"
    opened = Calendar("o", kinds, working=frozenset({date(2026, 5, 15), date(2026, 1, 6)}))
    assert not is_free(opened, date(2026, 5, 15))
    assert not is_free(opened, date(2026, 1, 6))
    assert not is_free(opened, date(2026, 1, 5)), "no longer squeezed in"


def test_red_days_with_and_without_sundays() -> None:
    without = Calendar("w", frozenset({"red_days"}))
    including = Calendar("i", frozenset({"red_days", "sundays"}))
    assert not is_free(without, date(2026, 11, 1))
    assert why_free(including, date(2026, 11, 1)) == "Sunday"
    assert why_free(without, date(2026, 10, 31)) == "Alla helgons dag"
    assert why_free(without, date(2026, 5, 24)) == "Pingstdagen"


def test_bank_days_are_the_working_days_of_expressions() -> None:
    for day in days(2022, 2027):
        assert dates.is_working_day(day) is swedish.is_bank_day(day) is not is_free(BANK_DAYS, day)


def test_the_national_day_was_no_red_day_before_2005() -> None:
    assert swedish.is_bank_day(date(2003, 6, 6))
    assert not swedish.is_bank_day(date(2004, 5, 31)), "annandag pingst, for the last time"
    assert not swedish.is_bank_day(date(2005, 6, 6))


def test_the_years_are_those_of_the_package() -> None:
    package = country_holidays("SE")
    assert range(package.start_year, package.end_year + 1) == swedish.YEARS
