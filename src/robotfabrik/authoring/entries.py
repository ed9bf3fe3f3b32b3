"""Everything that an author may look up, each as one entry: activities, functions, types, steps, sections."""

from __future__ import annotations

import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from inspect import Parameter as Python
from typing import Any

from robotfabrik.activities.api import Activity, Parameter
from robotfabrik.activities.catalogue import CATALOGUE
from robotfabrik.authoring.blocks import BLOCKS
from robotfabrik.authoring.docs import Doc, parse_doc
from robotfabrik.authoring.examples import of_activity, of_function
from robotfabrik.authoring.sections import KEYS, KINDS, PARTS, REQUIRED, SECTIONS
from robotfabrik.authoring.tags import TAGS, is_a, plain
from robotfabrik.authoring.words_types import TYPES
from robotfabrik.expressions import FILTERS, FUNCTIONS
from robotfabrik.expressions.catalogue import Function
from robotfabrik.model.values import Credential, Secret
from robotfabrik.parsing.checks.catalogue import CHECKS
from robotfabrik.parsing.steps import BLOCK_KEYS, parameter_type

EFFECTS = {
    "none": "touches nothing",
    "read": "only reads, or prepares what is not saved yet",
    "local": "changes files or the queue of the job's own",
    "send": "sends something: only inside `once`",
    "write": "writes in an application: only inside `once`",
}
STARS: Mapping[Any, str] = {Python.VAR_POSITIONAL: "*", Python.VAR_KEYWORD: "**"}
CLASSES: Mapping[Any, str] = {Secret: "secret", Credential: "credential"}


@dataclass(frozen=True, slots=True)
class Argument:
    """A parameter or key: its type (or ''), its default (or ''), and what it means."""

    name: str
    type: str
    default: str
    meaning: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """What stands in the reference. `group` is its page's part, `facts` are lines such as the result."""

    kind: str
    name: str
    title: str
    group: str
    doc: Doc
    arguments: tuple[Argument, ...] = ()
    facts: tuple[str, ...] = ()
    example: str = ""


# --- activities


def activities() -> list[Entry]:
    """By module, in the catalogue's order."""
    return [_activity(activity) for activity in CATALOGUE.values()]


def _activity(activity: Activity) -> Entry:
    doc = parse_doc(activity.doc, activity.parameters)
    arguments = tuple(
        Argument(
            p.name,
            type_of(p),
            "" if p.required else _default(p.default),
            doc.meanings.get(p.name, ""),
            p.required,
        )
        for p in activity.parameters.values()
    )
    facts = [f"Result: {_result(activity)}.", f"Effect: {activity.effect} ({EFFECTS[activity.effect]})."]
    if activity.block:
        facts.insert(0, f"Inside `{activity.block}` its `{activity.first}` may be left out.")
    group, example = activity.run.__module__.rpartition(".")[2], of_activity(activity, doc)
    return Entry("activity", activity.name, activity.name, group, doc, arguments, tuple(facts), example)


def type_of(parameter: Parameter) -> str:
    """A parameter's type, as authors say it."""
    if tag := parameter.tag:
        return TAGS[tag].type if tag in TAGS else tag
    return _type(parameter.annotation)


def _type(annotation: Any) -> str:
    known = plain(annotation)
    if known in CLASSES:
        return CLASSES[known]
    if typing.get_origin(known) is typing.Literal:
        return " | ".join(map(str, typing.get_args(known)))
    if is_a(known, Mapping):
        return "record"
    if known is not str and is_a(known, Sequence):
        return "list"
    return str(parameter_type(Parameter("", known, False, None))).replace("any", "any value")


def _default(value: Any) -> str:
    if value in (None, "", ()):
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def _result(activity: Activity) -> str:
    if activity.result_type is not None or activity.result_from is not None:
        return "typed by what is read or given"
    if activity.returns in (None, type(None)):
        return "none"
    return _type(activity.returns)


# --- functions and filters


def functions() -> list[Entry]:
    """The functions, then the filters."""
    found = [_function(function, "functions") for function in FUNCTIONS.values()]
    return found + [_function(function, "filters") for function in FILTERS.values()]


def _function(function: Function, group: str) -> Entry:
    arguments = tuple(
        Argument(
            STARS.get(one.kind, "") + name,
            str(function.parameters[name]),
            "" if one.default is Python.empty else _default(one.default),
            "",
            one.default is Python.empty,
        )
        for name, one in function.signature.parameters.items()
    )  # fmt: skip
    doc = parse_doc(function.doc, ())
    kind = "filter" if group == "filters" else "function"
    return Entry(kind, function.name, str(function), group, doc, arguments, (), of_function(function))


# --- control steps and sections


def blocks() -> list[Entry]:
    """The control steps, and before them what every step may have."""
    found = [_described("step", "keys of every step", "", SECTIONS["step"], KEYS["step"])]
    for name, keys in BLOCK_KEYS.items():
        found.append(_described("control step", name, "", BLOCKS.get(name, ""), (name, *keys)))
    return found


def sections() -> list[Entry]:
    """The sections of every kind of file."""
    return [
        _described("section", name, _kind(name), text, KEYS[name])
        for name, text in SECTIONS.items()
        if name != "step"
    ]


def _kind(section: str) -> str:
    """The kind of file that a section stands in: the last that was named before it."""
    order = list(SECTIONS)
    before = order[: order.index(section) + 1]
    return [name for name in before if name in KINDS][-1]


def _described(kind: str, name: str, group: str, text: str, keys: tuple[str, ...]) -> Entry:
    doc = parse_doc(text, keys)
    needed = REQUIRED.get(name, ())
    arguments = tuple(
        Argument(key, "", "", doc.meanings.get(key, "") + _parts(name, key), key in needed) for key in keys
    )
    return Entry(kind, name, name, group, doc, arguments, (), doc.example)


def _parts(section: str, key: str) -> str:
    """The parts of an entry under a key of the document."""
    parts = [part for part in PARTS.get(section, {}).get(key, ()) if part != "*"]
    return f" Parts: {', '.join(parts)}." if parts else ""


def types() -> list[Entry]:
    """The types of values."""
    return [Entry("type", name, name, "", parse_doc(text, ())) for name, text in TYPES.items()]


def rules() -> list[Entry]:
    """The rules of the checker; their page is its own (docs/reference/checks.md)."""
    return [Entry(check.severity, check.id, check.id, "", Doc(check.finds)) for check in CHECKS.values()]


def everything() -> Iterator[Entry]:
    """Every entry, in the order in which a name is looked up."""
    yield from activities()
    yield from blocks()
    yield from functions()
    yield from types()
    yield from sections()
    yield from rules()


def called(name: str) -> list[Entry]:
    """The entries of a name; of a key those that it belongs to, such as `if` for then."""
    found = [entry for entry in everything() if entry.name == name]
    described = [*blocks(), *sections()]
    return found or [entry for entry in described if any(name == key.name for key in entry.arguments)]
