"""Kinds: what a value is, by its Python class, and what a type becomes at run time.

`money` is a type of the checker; at run time it is a `number`. The checker and the operations compare
kinds, so that both always agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from types import NoneType

from robotfabrik.model.errors import EvaluationError
from robotfabrik.model.types import (
    ANY,
    BOOLEAN,
    DATE,
    INTEGER,
    MONEY,
    NUMBER,
    TEXT,
    Type,
    enumeration,
    list_of,
    record_of,
)
from robotfabrik.model.values import Credential, Month, Period, Record, Secret, UnknownValue

KINDS: Mapping[type, str] = {
    NoneType: "none",
    bool: "boolean",
    int: "integer",
    Decimal: "number",
    str: "text",
    date: "date",
    Month: "month",
    Period: "period",
    timedelta: "duration",
    list: "list",
    tuple: "list",
    Record: "record",
    Secret: "secret",
    Credential: "credential",
    UnknownValue: "unknown",
    Mapping: "record",
}

FIELDS: Mapping[str, Mapping[str, Type]] = {
    "month": {"year": INTEGER, "number": INTEGER, "first_day": DATE, "last_day": DATE},
    "date": {"year": INTEGER, "month": INTEGER, "day": INTEGER},
    "period": {"first": DATE, "last": DATE},
    "credential": {"username": TEXT, "password": Type("secret")},
    "file": {"name": TEXT, "path": Type("path")},
}

_OF_TYPE = {
    "money": "number",
    "percent": "number",
    "exists": "boolean",
    "enumeration": "text",
    "personnummer": "text",
    "identity": "text",
    "path": "text",
    "folder": "text",
    "table": "list",
}


def kind_of(value: object) -> str:
    """The kind of a value; the class name of something that is no value of the language."""
    found = KINDS.get(type(value))
    if found is None:
        found = next((kind for class_, kind in KINDS.items() if isinstance(value, class_)), None)
    return found or type(value).__name__


def kind(type_: Type) -> str:
    """The kind that values of a static type have (`any` for any)."""
    return _OF_TYPE.get(type_.name, type_.name)


def group(kind: str) -> str:
    """The kinds that compare with each other: integers are numbers."""
    return "number" if kind == "integer" else kind


def no_value(kind: str, where: str) -> EvaluationError | None:
    """Why `none` and `unknown` cannot be used at `where`; None when the kind is an ordinary one."""
    if kind == "none":
        return EvaluationError(f"{where} is none; ask 'is not none' first, or use default(…)")
    if kind == "unknown":
        return EvaluationError(f"{where} is unknown: the register did not answer; only unknown(x) may ask")
    return None


def element_type(type_: Type) -> Type:
    """The type of one element."""
    if type_.name == "text":
        return TEXT
    return type_.of or ANY if kind(type_) == "list" else ANY


def join_types(first: Type, second: Type) -> Type:
    """The type of a value that is of one type or the other."""
    if first.name == "none" or second.name == "none":
        return (second if first.name == "none" else first).or_none()
    joined = _join(first.required(), second.required())
    return joined.or_none() if first.optional or second.optional else joined


def _join(a: Type, b: Type) -> Type:
    if a == b:
        return a
    if a.name == b.name == "enumeration":
        return enumeration(*dict.fromkeys((*a.values, *b.values)))
    if a.name == b.name == "record":
        return record_of(
            {name: join_types(type_, b.field(name) or ANY) for name, type_ in a.fields if b.field(name)}
        )
    kinds = group(kind(a)), group(kind(b))
    if kinds == ("list", "list"):
        return list_of(join_types(element_type(a), element_type(b)))
    if kinds == ("number", "number"):
        return MONEY if MONEY in (a, b) else NUMBER
    return {"text": TEXT, "boolean": BOOLEAN}.get(kinds[0], ANY) if kinds[0] == kinds[1] else ANY


def shown(type_: Type) -> str:
    """A type in a message; the type of a text literal is the enumeration of that one text."""
    return str(TEXT if type_.name == "enumeration" and len(type_.values) == 1 else type_)
