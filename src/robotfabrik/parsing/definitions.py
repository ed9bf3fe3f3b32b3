"""A misspelt definition is told once, where it is, and not at everything that uses the right name.

It is known by what stands nowhere else: a name that is defined and never used, beside a name nearly like it
that is used and not defined. Where the latter stands once, either may be the slip: the error stays there, and
the definition gets a warning.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from robotfabrik.model.errors import Diagnostic
from robotfabrik.model.source import Span
from robotfabrik.model.suggest import did_you_mean, nearest
from robotfabrik.model.types import SCALARS
from robotfabrik.parsing.checks.check import Check
from robotfabrik.parsing.checks.reading import READING
from robotfabrik.parsing.nodes import ListNode, MapNode, Node, ScalarNode

SURE, DOUBTFUL = READING["definition"], READING["unused-definition"]
_NAMED = {
    "rules", "texts", "workflows", "config", "exceptions", "screens", "inputs", "outputs", "columns", "item",
    "row", "assign", "collect", "content", "parameters", "save_as", "calendars",
}  # fmt: skip
"""Whose keys are names of the authors' own."""
_VARIABLES = {"save_as", "as", "index"}
_TYPED = {"inputs", "outputs", "item", "parameters", "columns"}
_READ = {"name", "description", "action", "return", "rubrik"}
_DOCUMENTS = {"document", "data_protection"}
"""What people read."""
_GIVEN = {*SCALARS, "list", "table", "record", "any", "job", "item", "config", "result", "error", "matches"}
"""What the language itself defines."""
_EXPRESSION = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)
_WORD = re.compile(r"\w+")
_FIELD = re.compile(r"\s*=(?!=)")
_ROW_NAME = re.compile(r"^[ \t]*\|[ \t]*([^|\n]*?)[ \t]*\|", re.MULTILINE)


def settled(found: Sequence[Diagnostic], trees: Iterable[Node | None]) -> list[Diagnostic]:
    """What was found in definitions, with what follows from a misspelt one told at that one."""
    words = _Words(trees)
    unknown: dict[tuple[str, str], list[Diagnostic]] = {}
    for diagnostic in (diagnostic for diagnostic in found if diagnostic.name is not None):
        for near in diagnostic.near or words.fields_like(diagnostic.name or ""):
            unknown.setdefault(_differing(diagnostic.name or "", near), []).append(diagnostic)
    told: list[Diagnostic] = []
    over: set[int] = set()  # what has been told at the definition
    names: set[str | None] = set()
    for (name, defined), its in unknown.items():
        rivals = {one for one, other in unknown if other == defined}
        if len(rivals) > 1 or (at := words.definition(defined)) is None:
            continue
        spans = {str(one.span): one.span for one in its}
        sure = max(len(words.places(name)), len(spans)) > 1
        told.append(_told(name, defined, at, [*spans.values()], SURE if sure else DOUBTFUL))
        if sure:
            over |= {id(one) for one in its}
            names.add(defined)
    definitions = {str(one.span) for one in told}
    rest = (one for one in found if one.severity == "error" or str(one.span) not in definitions)
    return [*(one for one in rest if id(one) not in over and one.name not in names), *told]


def uses(tree: Node, application: str) -> bool:
    """Does anything in a file name a part of an application?"""
    part = re.compile(rf"(?<![\w.]){re.escape(application)}\.\w")
    return any(part.search(scalar.node.text) for scalar in _scalars(tree, ()))


def _told(name: str, defined: str, at: Span, uses: list[Span], check: Check) -> Diagnostic:
    first = min(uses, key=lambda span: (span.source.path, span.line, span.column))
    where = f"{first.line}:{first.column}" if first.source is at.source else str(first)
    how = f"is used {len(uses)} times (first at {where})" if len(uses) > 1 else f"is used (at {where})"
    message = f"nothing uses '{defined}'; '{name}' {how}"
    return replace(check.at(at, message, did_you_mean(defined, [name])), name=defined)


def _differing(name: str, near: str) -> tuple[str, str]:
    """The two names; of two that have parts (BR1.2), the one part that differs."""
    pairs = list(zip(name.split("."), near.split("."), strict=False))
    others = [pair for pair in pairs if pair[0] != pair[1]]
    return others[0] if len(others) == 1 and name.count(".") == near.count(".") else (name, near)


@dataclass(frozen=True, slots=True)
class _Scalar:
    """A piece of text; `path` are the keys above it, `-` for an item of a list."""

    node: ScalarNode
    path: tuple[str, ...]
    key: bool

    def said(self) -> Iterator[tuple[int, int]]:
        """The parts in which names are used: of what people read, the expressions."""
        last = next((key for key in reversed(self.path) if key != "-"), "")
        section = self.path[0] if self.path else ""
        wording = last == "text" and self.path[:-1] != ("tests", "-")
        if not self.key and (last in _READ or section in _DOCUMENTS or wording):
            yield from (found.span() for found in _EXPRESSION.finditer(self.node.text))
        else:
            yield 0, len(self.node.text)


class _Words:
    """Where each word of the definitions stands."""

    def __init__(self, trees: Iterable[Node | None]) -> None:
        self._trees = [tree for tree in trees if tree is not None]

    @cached_property
    def _index(self) -> dict[str, list[tuple[_Scalar, int]]]:
        index: dict[str, list[tuple[_Scalar, int]]] = {}
        seen: set[int] = set()
        for scalar in (scalar for tree in self._trees for scalar in _scalars(tree, ())):
            if id(scalar.node) not in seen:  # a YAML alias is where it was written
                seen.add(id(scalar.node))
                for start, end in scalar.said():
                    for word in _WORD.finditer(scalar.node.text, start, end):
                        index.setdefault(word[0], []).append((scalar, word.start()))
        return index

    def places(self, name: str) -> list[tuple[_Scalar, int]]:
        """Every place where a name stands as a whole; it may be of several words."""
        first = _WORD.match(name)
        whole = re.compile(rf"{re.escape(name)}(?!\w)")
        found = self._index.get(first[0], []) if first else []
        return [(scalar, at) for scalar, at in found if whole.match(scalar.node.text, at)]

    def fields_like(self, name: str) -> list[str]:
        """Fields that `record(…)` makes in one place alone; that of a list of records may have lost them."""
        once = (word for word, places in self._index.items() if len(places) == 1)
        return [near for near in nearest(name, once) if self.definition(near) and self._is_field(near)]

    def _is_field(self, name: str) -> bool:
        scalar, at = self.places(name)[0]
        return _FIELD.match(scalar.node.text, at + len(name)) is not None

    def definition(self, name: str) -> Span | None:
        """The place of a name that stands nowhere but where it is defined."""
        places = self.places(name)
        if len(places) != 1 or name in _GIVEN or not _defines(*places[0], name):
            return None
        scalar, at = places[0]
        return scalar.node.located.span(at, at + len(name))


def _scalars(node: Node, path: tuple[str, ...]) -> Iterator[_Scalar]:
    if isinstance(node, MapNode):
        for entry in node.entries:
            yield _Scalar(entry.key, path, True)
            yield from _scalars(entry.value, (*path, entry.key.text))
    elif isinstance(node, ListNode):
        for item in node.items:
            yield from _scalars(item, (*path, "-"))
    else:
        yield _Scalar(node, path, False)


def _defines(scalar: _Scalar, at: int, name: str) -> bool:
    """Is this where a name is made: a key, a variable, a word of an enumeration, a row, a record's field,
    what a comprehension goes through?
    """
    text, path = scalar.node.text, scalar.path
    above = [key for key in path if key != "-"]
    last, before = (*reversed(above[-2:]), "", "")[:2]
    if scalar.key:
        return text == name and (last in _NAMED or before == "screens")
    if text == name and last in _VARIABLES:
        return True
    if "|" in text and (before in _TYPED or last in ("type", "as")):
        return True
    if last == "table" and text.lstrip("| ").startswith("#"):
        return any(found.start(1) == at for found in _ROW_NAME.finditer(text))
    turn = re.compile(r"\bfor\s+(?:\w+\s*,\s*)*$").search(text, 0, at)
    return turn is not None or _FIELD.match(text, at + len(name)) is not None
