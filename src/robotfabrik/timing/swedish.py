"""Swedish days: the red days by law, the eves on which banks are closed, and the bank days between them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache

YEARS = range(1953, 2101)
"""Of these years the red days are known."""
EVES = ("Påskafton", "Midsommarafton", "Julafton", "Nyårsafton")


@cache
def red_days(year: int) -> Mapping[date, str]:
    """The holidays by law (SFS 1989:253 and what held before), with their names. Plain Sundays are none."""
    return _named(year, "public")


@cache
def eves(year: int) -> Mapping[date, str]:
    """The whole eves on which banks are closed. Half days, such as skärtorsdagen, are working days."""
    # The package's own category of bank holidays holds the half days too.
    found = _named(year, "de_facto", "optional")
    return {day: name for day, name in found.items() if name in EVES}


def is_bank_day(day: date) -> bool:
    """Monday to Friday, no red day and no eve. The year is one of YEARS."""
    return day.weekday() < 5 and day not in red_days(day.year) and day not in eves(day.year)


def _named(year: int, *categories: str) -> Mapping[date, str]:
    if year not in YEARS:
        raise ValueError(f"the Swedish holidays of {year} are not known")
    from holidays import country_holidays  # a large package: who asks for no holiday does without

    return dict(sorted(country_holidays("SE", years=year, categories=categories, language="sv").items()))
