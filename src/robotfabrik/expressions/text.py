"""How values become text, in Swedish form: in templates, in filters and in text(x)."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from robotfabrik.expressions.kinds import kind_of
from robotfabrik.expressions.runtime import CONTEXT
from robotfabrik.model.errors import EvaluationError

NO_TEXT = {
    "none": "none has no text; use default(…)",
    "unknown": "unknown has no text: the register did not answer",
    "list": "a list has no text of its own; use | och, or | join(', ')",
    "record": "a record has no text; name one of its fields",
    "period": "a period has no text; use .first and .last",
    "duration": "a duration has no text",
    "secret": "a secret is never shown",
    "credential": "a credential is never shown",
    "file": "a file has no text; use .name or .path",
}
"""The kinds that do not become text, and what to write instead. The checker says the same."""


def to_text(value: Any) -> str:
    """The text of a value: numbers with decimal comma, dates ISO, booleans ja and nej."""
    match kind_of(value):
        case "text":
            return str(value)
        case "integer" | "number":
            return plain(value)
        case "date" | "month":
            return str(value)
        case "boolean":
            return "ja" if value else "nej"
        case kind:
            raise EvaluationError(NO_TEXT.get(kind, f"{kind} has no text"))


def plain(number: Decimal | int) -> str:
    """1234.50 → 1234,5: no grouping, no trailing zeros."""
    whole, _, decimals = f"{Decimal(number):f}".partition(".")
    decimals = decimals.rstrip("0")
    text = f"{whole},{decimals}" if decimals else whole
    return "0" if text == "-0" else text


def rounded(number: Decimal | int, decimals: int = 0) -> Decimal:
    """Rounded as in school: half goes away from zero."""
    return Decimal(number).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP, context=CONTEXT)


def grouped(number: Decimal | int) -> str:
    """1234.5 → 1 234,50: thousands apart, öre only when there are any."""
    amount = rounded(number, 2)
    decimals = 2 if CONTEXT.remainder(amount, 1) else 0
    text = f"{amount.copy_abs():,.{decimals}f}".replace(",", " ").replace(".", ",")
    return f"-{text}" if amount < 0 else text


def listed(parts: list[str]) -> str:
    """a, b och c."""
    return " och ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
