"""Values of the language as JSON text, and back: numbers exact, nothing guessed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from robotfabrik.model.errors import SystemException
from robotfabrik.model.values import Month, Record

LARGEST = 100  # places before or after the point: written out, one of a billion would fill the memory


def dump(value: Any) -> str:
    """JSON of a value; numbers keep every digit."""
    match value:
        case Decimal():
            return f"{value:f}"
        case Mapping():
            return "{" + ",".join(f"{json.dumps(str(n))}:{dump(part)}" for n, part in value.items()) + "}"
        case tuple() | list():
            return "[" + ",".join(map(dump, value)) + "]"
        case None | bool() | int() | str():
            return json.dumps(value)
        case date() | Month():
            return json.dumps(str(value))
    raise SystemException("a value of the JSON is no text, number, date or boolean")


def load(text: str) -> Any:
    """Values of the language: objects are records, arrays lists. ValueError when it is no JSON.

    A name that stands twice in an object is none either: nobody knows which of them holds.
    """
    try:
        found = json.loads(text, parse_float=_number, parse_constant=_refuse, object_pairs_hook=_record)
        return _listed(found)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def _record(pairs: Sequence[tuple[str, Any]]) -> Record:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a name stands twice in an object")
    return Record({name: _listed(part) for name, part in fields.items()})


def _listed(part: Any) -> Any:
    return tuple(map(_listed, part)) if isinstance(part, list) else part


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError("a number's exponent is larger than any") from None
    if abs(number.adjusted()) > LARGEST:
        raise ValueError(f"a number has more than {LARGEST} places")
    return number


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no number of JSON")
