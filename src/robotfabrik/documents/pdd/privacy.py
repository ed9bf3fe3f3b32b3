"""What no document may hold: identity numbers; in the public one also addresses and what is secret."""

from __future__ import annotations

import re
from calendar import month_name
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from robotfabrik.documents.pdd.wording import Wording
from robotfabrik.expressions.dates import MONTHS
from robotfabrik.model.masking import MASK
from robotfabrik.model.process import Process, Setting

SHORTEST = (
    4  # letters or digits of a secret value that is looked for in other texts: shorter ones are everywhere
)

_IDENTITY = re.compile(
    r"(?<![\w-])(?:18|19|20)?\d{2}(?:0\d|1[0-2])(?:[0-2]\d|3[01]|[6-8]\d|9[01])"
    r"[-+ ]?(?:\d{4}|[A-Z]\d{3})(?![\w-])"
)
_ADDRESS = re.compile(
    r"[\w.%+-]+@[\w-]+(?:\.[\w-]+)+"  # e-mail
    r"|(?<![\w+])(?:\+|00)\d{1,3}(?:[\s()-]*\d){7,12}(?!\d)"  # telephone, international
    r"|(?<![\w.,:/-])0\d{1,3}\s?[-/\s]\s?\d{2,3}(?:[\s-]?\d{2,3}){1,3}(?!\d)"  # telephone, 070-123 45 67
    r"|https?://\S+"
)


def without_identities(text: str) -> str:
    """The text without personnummer, samordningsnummer and temporary numbers."""
    return _IDENTITY.sub(MASK, text)


def is_secret(setting: Setting) -> bool:
    """May its value not be shown outside?"""
    return setting.secrecy or setting.type.name in ("secret", "credential")


def for_the_public(process: Process, wording: Wording) -> Callable[[str], str]:
    """A change of texts that leaves out identity numbers, addresses, and the values of secret settings."""
    hidden = sorted(
        {form for s in process.config.values() if is_secret(s) for form in _forms(s, wording)},
        key=len,
        reverse=True,
    )
    forms = "|".join(rf"(?<!\w){re.escape(form)}(?!\w)" for form in hidden)
    secret = re.compile(forms, re.IGNORECASE) if hidden else None

    def change(text: str) -> str:
        text = _ADDRESS.sub(MASK, without_identities(text))
        return secret.sub(MASK, text) if secret else text

    return change


def _forms(setting: Setting, wording: Wording) -> set[str]:
    """How a value may be written."""
    values = setting.value if isinstance(setting.value, tuple) else (setting.value,)
    forms = {form for value in values for form in _written(value, setting, wording)}
    return {form for form in forms if sum(c.isalnum() for c in form) >= SHORTEST}


def _written(value: Any, setting: Setting, wording: Wording) -> set[str]:
    if value is None or isinstance(value, bool):
        return set()
    shown = {wording.constant(value), wording.constant(value, setting.type), str(value)}
    if setting.type.name == "percent":
        shown |= {form.replace("%", "procent") for form in shown if "%" in form}
        shown |= {form.replace("%", "percent") for form in shown if "%" in form}
    if isinstance(value, Decimal | int):
        shown |= {f"{value:,f}".replace(",", separator) for separator in ("", " ", "\u00a0", ".")}
    if isinstance(value, date):
        for name in (MONTHS[value.month - 1], month_name[value.month]):
            shown |= {f"{value.day} {name} {value.year}", f"{value.day} {name[:3]} {value.year}"}
        shown |= {value.isoformat(), value.strftime("%Y%m%d"), f"{value.day}/{value.month} {value.year}"}
    return shown | {form.removesuffix(" kr") for form in shown}
