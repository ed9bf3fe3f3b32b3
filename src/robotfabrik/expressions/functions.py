"""The catalogue's functions and filters over texts, numbers, lists and records.

Each is one typed Python function: its annotations are the parameter types and its docstring the reference.
"""

from __future__ import annotations

import hashlib
import math
import re
from datetime import date
from decimal import Decimal
from typing import Any

from robotfabrik.expressions.dates import MONTHS, WEEKDAYS, written_date
from robotfabrik.expressions.kinds import kind_of
from robotfabrik.expressions.runtime import CONTEXT, OPERATIONS, equal, key, less, more, within_size
from robotfabrik.expressions.text import grouped, listed, plain, rounded, to_text
from robotfabrik.model.errors import EvaluationError
from robotfabrik.model.reading import parse
from robotfabrik.model.suggest import did_you_mean
from robotfabrik.model.types import IDENTITY, INTEGER, NUMBER, Type
from robotfabrik.model.values import UNKNOWN, Month, Record

Number = int | Decimal

# --- lists ---------------------------------------------------------------------------------------


def len_(values: list[Any] | str) -> int:
    """How many elements a list has, or characters a text."""
    return len(values)


def any_(conditions: list[bool]) -> bool:
    """Is at least one condition true? `any(m.protected for m in members)`"""
    return any(conditions)


def all_(conditions: list[bool]) -> bool:
    """Is every condition true? (Yes, when there is none.)"""
    return all(conditions)


def sum_(numbers: list[Number]) -> Number:
    """The numbers added; 0 when there are none."""
    total: Number = 0
    for number in numbers:
        total = OPERATIONS["+"](total, number)
    return total


def min_(values: object, *others: object) -> Any:
    """The smallest element of a list, or of several values."""
    return _extreme([values, *others] if others else values, less)


def max_(values: object, *others: object) -> Any:
    """The largest element of a list, or of several values."""
    return _extreme([values, *others] if others else values, more)


def _extreme(values: Any, better: Any) -> Any:
    if kind_of(values) != "list" or not values:
        raise EvaluationError("min and max take a list with at least one element, or several values")
    best = values[0]
    better(best, best)
    for value in values[1:]:
        best = value if better(value, best) else best
    return best


def count(values: list[Any], value: object) -> int:
    """How many elements of the list equal `value`."""
    return sum(equal(value, other) for other in values)


def first(values: list[Any]) -> Any:
    """The first element, or none when the list is empty."""
    return values[0] if values else None


def last(values: list[Any]) -> Any:
    """The last element, or none when the list is empty."""
    return values[-1] if values else None


def distinct(values: list[Any]) -> list[Any]:
    """Each element once, in order of first appearance, without `none`."""
    found: dict[object, object] = {}
    for value in values:
        if value is not None:
            found.setdefault(key(value), value)
    return list(found.values())


def flatten(lists: list[list[Any] | None]) -> list[Any]:
    """The elements of the lists in one list, without `none` (a skipped list or an empty element)."""
    within_size(sum(len(inner) for inner in lists if inner is not None))
    return [value for inner in lists if inner is not None for value in inner if value is not None]


def pairs(first: list[Any], second: list[Any]) -> list[Any]:
    """Every element of the first list with every element of the second: [a, b]."""
    within_size(len(first) * len(second))
    return [[a, b] for a in first for b in second]


def sorted_by(records: list[Record], field: str, descending: bool = False) -> list[Any]:
    """The records by a field of numbers, dates, months or texts (Swedish order), stable."""
    kinds = {kind_of(record.get(field)) for record in records}
    for record in records:
        if field not in record:
            raise EvaluationError(f"a record has no field '{field}'. {did_you_mean(field, record)}".rstrip())
    if kinds <= {"text"}:
        return sorted(records, key=lambda record: _swedish(record[field]), reverse=descending)
    if kinds <= {"integer", "number"} or kinds in ({"date"}, {"month"}):
        return sorted(records, key=lambda record: record[field], reverse=descending)
    raise EvaluationError(f"records are not sorted by {' and '.join(sorted(kinds))}")


def _swedish(text: str) -> str:
    return text.casefold().translate({ord("å"): "{", ord("ä"): "|", ord("ö"): "}"})


# --- records and missing values ------------------------------------------------------------------


def record(base: Record | None = None, /, **fields: object) -> Record:
    """A record with these fields; with a base, its fields first: `record(note, kind='Kontroll')`."""
    return Record({**(base or {}), **fields})


def unknown(value: object) -> bool:
    """Did the register not answer? The only question that may be asked of an unknown value."""
    return value is UNKNOWN


def default(value: object, instead: object) -> Any:
    """The value, or `instead` when it is none."""
    if value is UNKNOWN:
        raise EvaluationError("default is for none; the value is unknown: the register did not answer")
    return instead if value is None else value


def last_completed(key: object) -> date | None:
    """The date of this process's last completed item with that lock or reference, or none."""
    raise NotImplementedError


# --- numbers -------------------------------------------------------------------------------------


def abs_(number: Number) -> Number:
    """The number without its sign."""
    return abs(number) if isinstance(number, int) else number.copy_abs()


def round_(number: Number, decimals: int = 0) -> Number:
    """Rounded as in school: half goes away from zero. Without decimals the result is an integer."""
    if not 0 <= decimals <= 10:
        raise EvaluationError("a number is rounded to 0 to 10 decimals")
    result = rounded(number, decimals)
    return result if decimals else int(result)


def floor(number: Number) -> int:
    """The whole number that is not larger."""
    return math.floor(number)


def ceiling(number: Number) -> int:
    """The whole number that is not smaller."""
    return math.ceil(number)


def average(numbers: list[Number]) -> Number | None:
    """The mean of the numbers, or none when there are none."""
    return CONTEXT.divide(sum_(numbers), len(numbers)) if numbers else None


def lot(text: str) -> Decimal:
    """The number from 0 up to 1 that a text always draws, for a share by chance: `lot(number) < 0.1`."""
    drawn = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4])
    return Decimal(drawn) / 2**32


def is_number(text: str) -> bool:
    """Is the text a number, such as 1 234,5?"""
    try:
        parse(NUMBER, text)
    except ValueError:
        return False
    return True


def number(value: Number | str) -> Number:
    """The number that a text holds, as on a screen: 1 234,5."""
    if not isinstance(value, str):
        return value
    parsed: Decimal = _parsed(value, NUMBER)
    return parsed


def integer(value: Number | str) -> int:
    """The whole number that a text holds, or that a number is."""
    found = _parsed(value, INTEGER) if isinstance(value, str) else value
    if CONTEXT.remainder(found, 1):
        raise EvaluationError("the number has decimals; use round(…)")
    return int(found)


def identity(text: str | None) -> str | None:
    """The identity number that a text holds, in twelve characters; none when it holds none."""
    try:
        return None if text is None else parse(IDENTITY, text)
    except ValueError:
        return None


def _parsed(text: str, type_: Type) -> Any:
    try:
        return parse(type_, text)
    except ValueError as error:
        raise EvaluationError(f"the text is not {error}") from None


# --- texts ---------------------------------------------------------------------------------------


def text(value: object) -> str:
    """The value as it would stand in a text."""
    return to_text(value)


def lower(text: str) -> str:
    """In small letters."""
    return text.lower()


def upper(text: str) -> str:
    """In capital letters."""
    return text.upper()


def trim(text: str) -> str:
    """Without blanks at its ends."""
    return text.strip()


def replace(text: str, old: str, new: str) -> str:
    """Every `old` in the text replaced by `new`."""
    if not old:
        raise EvaluationError("an empty text is not replaced")
    within_size(len(text) + text.count(old) * len(new))
    return text.replace(old, new)


def split(text: str, separator: str) -> list[str]:
    """The parts of a text between separators."""
    if not separator:
        raise EvaluationError("a text is not split at an empty text")
    return text.split(separator)


def join(values: list[Any], separator: str = ", ") -> str:
    """The elements as one text with the separator between them."""
    parts = [to_text(value) for value in values]
    within_size(sum(map(len, parts)) + len(separator) * len(parts))
    return separator.join(parts)


def starts_with(text: str, beginning: str) -> bool:
    """Does the text begin so?"""
    return text.startswith(beginning)


def ends_with(text: str, ending: str) -> bool:
    """Does the text end so?"""
    return text.endswith(ending)


def contains(text: str, part: str) -> bool:
    """Is the part in the text?"""
    return part in text


def sentences(text: str) -> list[str]:
    """The sentences of a paragraph: it is cut at the blank after . ! ? when a capital letter follows."""
    cuts = [m.start() for m in re.finditer(r"(?<=[.!?]) (?=\w)", text) if text[m.end()].isupper()]
    starts = [0, *(cut + 1 for cut in cuts)]
    return [text[start:end] for start, end in zip(starts, [*cuts, len(text)], strict=True)]


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text: what stands between blank lines."""
    return [part for part in re.split(r"\n[ \t]*\n\s*", text.strip()) if part]


# --- filters -------------------------------------------------------------------------------------


def kr(amount: Number) -> str:
    """An amount in kronor: 1 234 kr, with öre 1 234,50 kr."""
    return f"{grouped(amount)} kr"


def tal(number: Number, decimals: int = 0) -> str:
    """A number with thousands apart and so many decimals: 1234.5 | tal(2) becomes 1 234,50."""
    if not 0 <= decimals <= 10:
        raise EvaluationError("a number is shown with 0 to 10 decimals")
    found = rounded(number, decimals)
    text = f"{found.copy_abs():,.{decimals}f}".replace(",", " ").replace(".", ",")
    return f"-{text}" if found < 0 else text


def procent(share: Number) -> str:
    """A share in percent, at most two decimals: 0.125 becomes 12,5 %."""
    return f"{plain(rounded(CONTEXT.multiply(share, 100), 2))} %"


def datum(day: date, form: str = "åååå-mm-dd") -> str:
    """A date: 2022-11-01, or in a form of its own: datum('d månad åååå') gives 1 november 2022."""
    return written_date(day, form)


def veckodag(day: date) -> str:
    """The name of a day of the week: tisdag."""
    return WEEKDAYS[day.weekday()]


def månad(month: Month | date) -> str:
    """A month in words: november 2022."""
    number = month.number if isinstance(month, Month) else month.month
    return f"{MONTHS[number - 1]} {month.year}"


def och(values: list[Any]) -> str:
    """A list in words: a, b och c. Empty when the list is."""
    parts = [to_text(value) for value in values]
    within_size(sum(map(len, parts)) + 5 * len(parts))
    return listed(parts)


def stor_bokstav(text: str) -> str:
    """With a capital first letter."""
    return text[:1].upper() + text[1:]


def sidor(number: int) -> str:
    """A number of pages: 1 sida, 2 sidor."""
    return f"{number} {'sida' if number == 1 else 'sidor'}"
