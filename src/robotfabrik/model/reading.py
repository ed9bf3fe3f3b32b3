"""Strict parsers: the text of a screen, a cell or a YAML scalar becomes a value of its type.

Never YAML's guesses and never Python's: `0` is no date, `f` no boolean, `1_000` and `inf` no numbers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from robotfabrik.model.types import Type
from robotfabrik.model.values import Month, Secret

_SPACES = re.compile(r"\s+")
_NUMBER = re.compile(r"[-−]?(\d{1,3}(?:[ \u00a0\u202f]\d{3})+|\d+)(?:[.,](\d+))?")
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|min|h|d)")
_UNITS = {"ms": 0.001, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}
_UNITS_MEANT = (("s", "s"), (("mi", "m"), "m"), (("h", "tim"), "h"), ("d", "d"))
BOOLEANS = ("true", "false", "ja", "nej", "yes", "no")
_TRUE, _FALSE = frozenset({"ja", "yes", "true"}), frozenset({"nej", "no", "false"})


def clean(text: str) -> str:
    """NFC, trimmed; runs of blanks inside a line are kept as they are (a note's text is exact)."""
    return unicodedata.normalize("NFC", text).strip()


def readable(type_: Type) -> bool:
    """Is there a text for values of this type?"""
    return type_.name == "enumeration" or type_.name in _PARSERS


def parse(type_: Type, text: str) -> Any:
    """The value of `text` read as `type_`; ValueError with what was expected when it is not one."""
    if type_.name == "enumeration":
        return _enumeration(type_, clean(text))
    try:
        return _PARSERS[type_.name](clean(text))
    except KeyError:
        raise ValueError(f"nothing is read as {type_}") from None


def gives_value(type_: Type, text: str | None, optional: bool) -> bool:
    """Does what was read give a value, or may it be missing?"""
    if type_.name == "exists":
        return True
    if text is None or not clean(text):
        return optional
    try:
        parse(type_, text)
    except ValueError:
        return False
    return True


def says(text: str, value: Any) -> bool:
    """Is `value` what a literal says, read as what the value is? (The case of a switch.)"""
    if value is None or isinstance(value, str):
        return text == ("none" if value is None else value)
    name = next((name for class_, name in _CLASSES if isinstance(value, class_)), None)
    try:
        return name is not None and bool(parse(Type(name), text) == value)
    except ValueError:
        return False


def _enumeration(type_: Type, text: str) -> str:
    if text not in type_.values:
        raise ValueError(f"one of {', '.join(type_.values)}")
    return text


def _integer(text: str) -> int:
    number = _number(text)
    if number != number.to_integral_value():
        raise ValueError("a whole number, such as 3")
    return int(number)


def _number(text: str) -> Decimal:
    if not (found := _NUMBER.fullmatch(text)):
        raise ValueError("a number, such as 1 234 or 0,5")
    whole = re.sub(r"\D", "", found[1])
    sign = "-" if text[0] in "-−" else ""
    return Decimal(f"{sign}{whole}.{found[2]}" if found[2] else f"{sign}{whole}")


def _money(text: str) -> Decimal:
    return _number(re.sub(r"\s*(kr|SEK|:-)$", "", text))


def _percent(text: str) -> Decimal:
    if not text.endswith("%"):
        raise ValueError("a share with its sign, such as 12 %")
    return _number(text[:-1].rstrip()) / 100


def _date(text: str) -> date:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        raise ValueError("a date, such as 2022-11-01")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("a day that exists in the calendar") from None


def _month(text: str) -> Month:
    try:
        return Month.parse(text)
    except ValueError:
        raise ValueError("a month, such as 2022-11") from None


def _boolean(text: str) -> bool:
    if text.casefold() in _TRUE:
        return True
    if text.casefold() in _FALSE:
        return False
    raise ValueError("ja or nej")


def _duration(text: str) -> timedelta:
    if not (found := _DURATION.fullmatch(text)):
        raise ValueError("a time with its unit, such as 5s, 30m or 2h")
    try:
        return timedelta(seconds=float(found[1]) * _UNITS[found[2]])
    except OverflowError:
        raise ValueError("a shorter time, such as 5s, 30m or 2h") from None


def duration_meant(text: str) -> str | None:
    """The time that was probably meant: `5`, `5 sec` and `00:00:05` are `5s`."""
    if clock := re.fullmatch(r"(\d+):([0-5]\d)(?::([0-5]\d))?", text.strip()):
        seconds = int(clock[1]) * 3600 + int(clock[2]) * 60 + int(clock[3] or 0)
        known = next((one for one in ("h", "m") if seconds and seconds % _UNITS[one] == 0), "s")
        return f"{seconds // int(_UNITS[known])}{known}"
    found = re.fullmatch(r"(\d+(?:[.,]\d+)?)\s*([a-zåäö]*)\.?", text.strip().casefold())
    if not found:
        return None
    unit = next((unit for words, unit in _UNITS_MEANT if not found[2] or found[2].startswith(words)), None)
    return f"{found[1].replace(',', '.')}{unit}" if unit else None


def _identity(text: str) -> str:
    """12 digits, with or without dash; a samordningsnummer has 60 added to its day.

    Temporary numbers may hold letters (19880209T050): an identity is text, never a number.
    """
    compact = text.replace("-", "").replace(" ", "")
    if not re.fullmatch(r"(18|19|20)\d{6}([0-9]{4}|[A-Z]\d{3})", compact):
        raise ValueError("a personnummer with century, such as 19800102-2386")
    if compact.isdigit() and not luhn(compact):
        raise ValueError("a personnummer whose check digit is right")
    return compact


def _personnummer(text: str) -> str:
    found = _identity(text)
    if is_samordningsnummer(found):
        raise ValueError("a personnummer, not a samordningsnummer")
    return found


_CLASSES: tuple[tuple[type, str], ...] = (
    (bool, "boolean"), (int, "money"), (Decimal, "money"), (date, "date"), (Month, "month"),
    (timedelta, "duration"),
)  # fmt: skip
"""What a value is read as; a boolean is an int to Python, so it stands first."""


def luhn(identity: str) -> bool:
    """Is the check digit of a twelve-digit number right? (Luhn over the last ten digits.)"""
    digits = [int(c) for c in identity[-10:]]
    doubled = [d * 2 if i % 2 == 0 else d for i, d in enumerate(digits)]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def is_samordningsnummer(identity: str) -> bool:
    """A samordningsnummer's day is 61–91 (Skatteverket)."""
    return len(identity) == 12 and identity[6:8].isdigit() and int(identity[6:8]) > 60


_PARSERS: dict[str, Callable[[str], Any]] = {
    "any": str,
    "text": str,
    "path": str,
    "folder": str,
    "file": str,
    "secret": Secret,
    "exists": bool,
    "integer": _integer,
    "number": _number,
    "money": _money,
    "percent": _percent,
    "date": _date,
    "month": _month,
    "boolean": _boolean,
    "duration": _duration,
    "identity": _identity,
    "personnummer": _personnummer,
}
