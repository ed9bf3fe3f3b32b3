"""An item's fields on their way through the store, which keeps JSON: they come back as they were."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from robotfabrik.model.errors import EvaluationError, SystemException
from robotfabrik.model.reading import parse
from robotfabrik.model.types import NUMERIC, Type
from robotfabrik.model.values import UNKNOWN, Record


def plain(value: Any) -> Any:
    """A value as JSON: none, booleans, integers and texts as they are, everything else as text."""
    match value:
        case None | bool() | int() | str():
            return value
        case timedelta():
            return f"{value.total_seconds():f}s"
        case Mapping():
            return {str(name): plain(part) for name, part in value.items()}
        case tuple() | list():
            return [plain(part) for part in value]
    return str(value)


def to_store(declared: Mapping[str, Type], given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a new item; those not given are none."""
    unknown = [name for name, value in given.items() if value is UNKNOWN]
    if unknown:
        raise EvaluationError(f"the item's field '{unknown[0]}' is unknown: the register did not answer")
    return {name: plain(given.get(name)) for name in {**declared, **given}}


def from_store(declared: Mapping[str, Type], stored: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a stored item, of their declared types again."""
    fields = dict.fromkeys(declared) | dict(stored)
    try:
        return {name: typed(declared[name], v) if name in declared else v for name, v in fields.items()}
    except (ValueError, ArithmeticError):
        raise SystemException(
            "the item was added by another version: its fields are of other types now"
        ) from None


def typed(type_: Type, value: Any) -> Any:
    """A stored value as its type again."""
    match value:
        case list():
            return tuple(typed(type_.of, part) if type_.of is not None else part for part in value)
        case Mapping():
            fields = dict(type_.fields)
            return Record({n: typed(fields[n], part) if n in fields else part for n, part in value.items()})
        case str() if type_.name == "integer":
            return int(Decimal(value))
        case str() if type_.name in NUMERIC:
            return Decimal(value)
        case str() if type_.name in ("date", "month", "duration"):
            return parse(type_, value)
    return value
