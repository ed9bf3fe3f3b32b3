"""A JSON Schema beside a robot: what it finds in a value, and the shape that it gives to XML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import SchemaError, ValidationError
from jsonschema.validators import extend
from referencing import Registry
from referencing.exceptions import Unresolvable

from robotfabrik.activities.xmltree import Node
from robotfabrik.model.errors import SystemException
from robotfabrik.model.values import Record

_ROOT = "the whole"
_TYPES = {"object": "a record", "array": "a list", "string": "a text", "integer": "a whole number",
          "number": "a number", "boolean": "true or false", "null": "nothing"}  # fmt: skip
_MESSAGES = {
    "pattern": "does not have the form that it must have",
    "enum": "is none of the values that may stand here",
    "format": "is no day or time that there is",
    "const": "is not the value that must stand here",
    "minLength": "is too short", "maxLength": "is too long",
    "minItems": "has too few entries", "maxItems": "has too many entries",
    "minimum": "is too small", "maximum": "is too large",
}  # fmt: skip

_types = Draft202012Validator.TYPE_CHECKER.redefine_many(
    {
        "object": lambda _, value: isinstance(value, Mapping),
        "array": lambda _, value: isinstance(value, tuple | list),
    }
)
_Validator: Any = extend(Draft202012Validator, type_checker=_types)  # type: ignore[no-untyped-call]
_FORMATS = FormatChecker(formats=())
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")  # Python reads other ways of writing one too
_TIME = re.compile(rf"{_DAY.pattern}[Tt ][0-9]{{2}}:")


@_FORMATS.checks("date", ValueError)
def _is_date(value: object) -> bool:
    return not isinstance(value, str) or bool(_DAY.fullmatch(value) and date.fromisoformat(value))


@_FORMATS.checks("date-time", ValueError)
def _is_time(value: object) -> bool:
    """With or without the offset of a time zone."""
    return not isinstance(value, str) or bool(_TIME.match(value) and datetime.fromisoformat(value))


class Schema:
    """A schema; `$ref` leads to other parts of it, and nowhere else."""

    def __init__(self, name: str, content: Any) -> None:
        try:
            _Validator.check_schema(content)
        except SchemaError as error:
            raise SystemException(f"{name} is no JSON Schema: {error.message}") from None
        self._name, self._whole = name, content
        self._validator = _Validator(content, registry=Registry(), format_checker=_FORMATS)

    def problems(self, value: Any) -> tuple[Record, ...]:
        """What is missing, wrong or not known to the schema, in the order of the places; no value is told."""
        try:
            found = [problem for error in self._validator.iter_errors(value) for problem in _told(error)]
        except Unresolvable as error:
            raise SystemException(f"{self._name}: there is no {error.ref}") from None
        return tuple(dict.fromkeys(sorted(found, key=lambda problem: problem["place"])))

    def completed(self, value: Any) -> Any:
        """The value with what the schema knows and the value lacks as none."""
        return self._completed(value, self._whole)

    def shaped(self, node: Node) -> tuple[Any, tuple[Record, ...]]:
        """XML as the value that the schema describes, and what of it has no place in such a value."""
        problems: list[Record] = []
        value = self._shaped(node, self._whole, (), problems)
        return value, tuple(problems)

    def _completed(self, value: Any, schema: Any) -> Any:
        schema = self._resolved(schema)
        if isinstance(value, Mapping):
            known = schema.get("properties", {})
            fields = {name: self._completed(part, known.get(name, {})) for name, part in value.items()}
            return Record({**dict.fromkeys(known), **fields})
        if isinstance(value, tuple | list):
            return tuple(self._completed(part, schema.get("items", {})) for part in value)
        return value

    def _shaped(self, node: Node, schema: Any, path: tuple[str | int, ...], problems: list[Record]) -> Any:
        schema = self._resolved(schema)
        for name in node.attributes:
            if not name.startswith(("xmlns", "xsi:")):
                problems.append(_problem((*path, name), "unknown", "is not known here"))
        kind = schema.get("type")
        if not node.children and kind not in ("array", "object"):
            return _scalar(node.text, kind)
        if node.text.strip():
            problems.append(_problem(path, "wrong", "has text beside its parts"))
        if kind == "array":
            items = schema.get("items", {})
            return tuple(
                self._shaped(child, items, (*path, at), problems) for at, child in enumerate(node.children)
            )
        known, fields = schema.get("properties", {}), dict[str, Any]()
        for child in node.children:
            if child.name in fields:
                problems.append(_problem((*path, child.name), "wrong", "stands twice"))
            fields[child.name] = self._shaped(
                child, known.get(child.name, {}), (*path, child.name), problems
            )
        return Record(fields)

    def _resolved(self, schema: Any) -> Mapping[str, Any]:
        for _ in range(20):
            if not isinstance(schema, Mapping):
                return {}
            reference = schema.get("$ref")
            if reference is None:
                return schema
            schema = self._referred(str(reference))
        raise SystemException(f"{self._name}: a $ref leads in a circle")

    def _referred(self, reference: str) -> Any:
        found = self._whole
        for part in reference.removeprefix("#").strip("/").split("/"):
            if part:
                found = found.get(part, {}) if isinstance(found, Mapping) else {}
        return found


def _scalar(text: str, kind: Any) -> Any:
    """The text of an element as its type; one that does not fit stays text, and the schema says so."""
    if kind == "integer" and re.fullmatch(r"\s*[+-]?[0-9]{1,18}\s*", text):
        return int(text)
    if kind == "number" and re.fullmatch(r"\s*[+-]?[0-9]{1,18}(\.[0-9]{1,18})?\s*", text):
        return Decimal(text.strip())
    if kind == "boolean" and text.strip() in ("true", "false"):
        return text.strip() == "true"
    return text


def _told(error: ValidationError) -> Iterator[Record]:
    path = tuple(error.absolute_path)
    wanted: Any = error.validator_value
    rule, there = error.validator, error.instance
    if rule == "required" and isinstance(there, Mapping):
        yield from (_problem((*path, name), "missing", "is missing") for name in wanted if name not in there)
    elif rule == "additionalProperties" and isinstance(there, Mapping):
        known = error.schema.get("properties", {}) if isinstance(error.schema, Mapping) else {}
        others = [str(name) for name in there if name not in known]
        yield from (_problem((*path, name), "unknown", "is not known here") for name in others)
    elif rule == "type":
        kinds = [wanted] if isinstance(wanted, str) else list(wanted)
        yield _problem(path, "wrong", f"is not {' or '.join(_TYPES.get(k, k) for k in kinds)}")
    else:
        yield _problem(path, "wrong", _MESSAGES.get(str(rule), f"breaks the schema's rule '{rule}'"))


def _problem(path: Sequence[str | int], kind: str, message: str) -> Record:
    """A finding at a place: `poster 2 belopp` is what the second entry of poster says of belopp."""
    place = " ".join(str(part + 1) if isinstance(part, int) else str(part) for part in path) or _ROOT
    return Record(place=place, kind=kind, message=f"{place} {message}")
