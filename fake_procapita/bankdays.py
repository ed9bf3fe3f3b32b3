"""Bank days: Monday to Friday, but no holiday and none of the eves on which the banks are closed."""

from __future__ import annotations

from datetime import date
from functools import cache

from holidays import country_holidays

EVES = ("Påskafton", "Midsommarafton", "Julafton", "Nyårsafton")


def is_bank_day(day: date) -> bool:
    """Whether money is moved on the day."""
    return day.weekday() < 5 and day not in _closed(day.year)


@cache
def _closed(year: int) -> frozenset[date]:
    holidays = country_holidays("SE", years=year, language="sv")
    others = country_holidays("SE", years=year, categories=("de_facto", "optional"), language="sv")
    return frozenset(holidays) | {day for day, name in others.items() if name in EVES}
