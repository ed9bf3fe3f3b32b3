"""How values are written on the screens, and read from what was typed."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

MONEY_GROUP = re.compile(r"(?<=\d)(?=(\d{3})+$)")
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def personnummer(number: str | None) -> str:
    """`198001022386` is shown as `19800102-2386`."""
    if not number:
        return ""
    return f"{number[:8]}-{number[8:]}" if len(number) == 12 else number


def typed_personnummer(text: str) -> str:
    """The digits (and letters of temporary numbers) of what was typed, without dash and spaces."""
    return re.sub(r"[^0-9A-Za-z]", "", text).upper()


def kronor(amount: str | None) -> str:
    """`7200` is shown as `7 200 kr`."""
    if not amount:
        return ""
    return f"{MONEY_GROUP.sub(' ', amount)} kr" if amount.isdigit() else f"{amount} kr"


def address(street: str | None, postal_code: str | None, city: str | None) -> str:
    """One line: `Storgatan 1, 123 45 Orten`."""
    code = postal_code or ""
    if len(code) == 5 and code.isdigit():
        code = f"{code[:3]} {code[3:]}"
    place = " ".join(part for part in (code, city or "") if part)
    return ", ".join(part for part in (street or "", place) if part)


def person_name(given: str | None, surname: str | None) -> str:
    """Given name and surname as they are stored; either may be missing."""
    return " ".join(part for part in (given, surname) if part)


def shortened(text: str, length: int = 40) -> str:
    """Cut as the journal's list cuts a rubrik."""
    return text if len(text) <= length else text[:length].rstrip() + "…"


def search_key(text: str) -> str:
    """For comparing names: composed, without case and surplus spaces."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def iso_date(text: str) -> date | None:
    """The date of `yyyy-mm-dd`, or None when it is no such date."""
    if not ISO_DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def is_clock(text: str) -> bool:
    """Whether the text is a time of day, `hh:mm`."""
    return CLOCK.fullmatch(text) is not None


def newlines(text: str) -> str:
    """Browsers send CR LF; the journal stores LF."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
