"""The types of the language, as the checker and the readers share them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

SCALARS = (
    "text", "integer", "number", "money", "percent", "date", "month", "boolean", "exists", "duration",
    "personnummer", "identity", "file", "path", "folder", "credential", "secret", "period",
)  # fmt: skip
NUMERIC = frozenset({"integer", "number", "money", "percent"})
TEXTUAL = frozenset({"text", "enumeration", "personnummer", "identity", "path", "folder"})


@dataclass(frozen=True, slots=True)
class Type:
    """A type of the language.

    `name` is one of SCALARS, or `any`, `none`, `list`, `table`, `record`, `enumeration`.
    `of` is the element type of a list (a table is a list of records), `fields` those of a record,
    `values` those of an enumeration. `optional`: none is possible too.
    """

    name: str
    of: Type | None = None
    fields: tuple[tuple[str, Type], ...] = ()
    values: tuple[str, ...] = ()
    optional: bool = False

    def field(self, name: str) -> Type | None:
        """The type of a record's field, or None when it has none of that name."""
        return next((type_ for field, type_ in self.fields if field == name), None)

    def or_none(self) -> Type:
        """The same type, and none is possible."""
        return self if self.optional else replace(self, optional=True)

    def required(self) -> Type:
        """The same type without none."""
        return replace(self, optional=False) if self.optional else self

    def __str__(self) -> str:
        if self.name == "enumeration":
            shown = " | ".join(self.values)
        elif self.name == "list" and self.of is not None and self.of.name != "any":
            shown = f"list of ({self.of})" if self.of.name == "enumeration" else f"list of {self.of}"
        else:
            shown = self.name
        return f"{shown} or none" if self.optional else shown


ANY = Type("any")
NONE = Type("none", optional=True)
TEXT = Type("text")
INTEGER = Type("integer")
NUMBER = Type("number")
MONEY = Type("money")
PERCENT = Type("percent")
DATE = Type("date")
MONTH = Type("month")
BOOLEAN = Type("boolean")
DURATION = Type("duration")
IDENTITY = Type("identity")
PERIOD = Type("period")


def list_of(element: Type) -> Type:
    """A list of `element`."""
    return Type("list", of=element)


def table_of(fields: Mapping[str, Type]) -> Type:
    """A table: a list of records with these fields."""
    return Type("table", of=record_of(fields))


def record_of(fields: Mapping[str, Type]) -> Type:
    """A record with these fields."""
    return Type("record", fields=tuple(fields.items()))


def enumeration(*values: str) -> Type:
    """One of these texts."""
    return Type("enumeration", values=tuple(values))


def accepts(wanted: Type, given: Type) -> bool:
    """May a value of type `given` stand where `wanted` is asked for? (`any` always may.)"""
    if "any" in (wanted.name, given.name):
        return True
    if given.optional and not wanted.optional:
        return False
    if given.name == "none":
        return wanted.optional
    if wanted.name == given.name:
        return _same(wanted, given)
    if wanted.name in ("number", "money", "percent") and given.name in NUMERIC:
        return True
    if wanted.name in ("text", "path", "folder") and given.name in TEXTUAL:
        return True
    if wanted.name == "identity" and given.name == "personnummer":
        return True
    if {wanted.name, given.name} <= {"boolean", "exists"}:
        return True
    return (wanted.name == "list" and given.name == "table") or (
        wanted.name == "table" and given.name == "list"
    )


def lacking(wanted: Type, given: Type) -> str | None:
    """The first field that `wanted` needs and `given` lacks, or has of another type."""
    for name, type_ in wanted.fields:
        found = given.field(name)
        if found is None or not accepts(type_.or_none(), found):
            return name
    return None


def foreign(wanted: Type, given: Type) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words of an enumeration (or of a list's) that `wanted` does not have, and those that it has.

    Nothing when the two differ in more than some words.
    """
    if wanted.name == given.name == "list" and wanted.of is not None and given.of is not None:
        return foreign(wanted.of, given.of)
    if not wanted.name == given.name == "enumeration":
        return (), ()
    words = tuple(word for word in given.values if word not in wanted.values)
    return (words if len(words) < max(2, len(given.values)) else ()), wanted.values


def _same(wanted: Type, given: Type) -> bool:
    if wanted.name == "enumeration":
        return set(given.values) <= set(wanted.values)
    if wanted.name == "list" and wanted.of is not None and given.of is not None:
        return accepts(wanted.of, given.of)
    return wanted.name != "record" or not given.fields or lacking(wanted, given) is None
