"""Expressions, values and elements in words. What cannot be said plainly stays as it is written.

Nothing is guessed: a comparison is said in words, a function that has no phrase is shown as code.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from robotfabrik.documents.pdd.inventory import title
from robotfabrik.documents.pdd.labels import Labels
from robotfabrik.documents.pdd.language import Words
from robotfabrik.documents.pdd.model import Part, Rich, joined, rich
from robotfabrik.documents.pdd.model import plain as said
from robotfabrik.expressions import Constant, Expression, Template
from robotfabrik.expressions.text import grouped, plain, rounded
from robotfabrik.model.process import Element, Process, Screen, Selector, Table, TargetRef
from robotfabrik.model.types import Type
from robotfabrik.model.values import UNKNOWN, Credential, Month, Period, Secret

LONGEST = 45  # nodes of an expression that is still said in words

_COMPARED: Mapping[type[ast.cmpop], str] = {
    ast.Eq: "is", ast.NotEq: "is_not", ast.Lt: "less", ast.LtE: "at_most", ast.Gt: "more",
    ast.GtE: "at_least", ast.In: "in", ast.NotIn: "not_in",
}  # fmt: skip
_COUNTED: Mapping[tuple[type[ast.cmpop], object], str] = {
    (ast.Gt, 0): "not_empty", (ast.NotEq, 0): "not_empty", (ast.GtE, 1): "not_empty", (ast.Eq, 0): "empty",
}  # fmt: skip
_CALCULATED: Mapping[type[ast.operator], str] = {ast.Add: " + ", ast.Sub: " − ", ast.Mult: " × ", ast.Div: " / "}


class _Unsayable(Exception):
    """This part of an expression has no plain words."""


class Wording:
    """Says what stands in a PDD in one language."""

    def __init__(self, words: Words, process: Process) -> None:
        self.words = words
        self.process = process
        self.labels = Labels(process)

    # --- values

    def value(self, value: Any) -> Rich:
        """What a step is given: a constant in its form, an expression in words, a text with its gaps."""
        match value:
            case Constant(value=constant):
                return rich(self.words.quoted(constant) if isinstance(constant, str) else self.constant(constant))
            case Expression():
                return self.expression(value)
            case Template(parts=(Expression() as only,)):
                return self.expression(only)
            case Template():
                opened, closed = self.words("quotes").split()
                return rich(opened, self.sentence(value), closed)
            case TargetRef():
                return self.target(value)
            case Mapping():
                return joined([rich(readable(str(k)), ": ", self.value(v)) for k, v in value.items()], ", ")
            case str():
                return rich(self.words.quoted(value))
            case tuple() | list():
                return joined([self.value(part) for part in value], ", ")
            case _:
                return rich(self.constant(value))

    def sentence(self, value: Any) -> Rich:
        """A text of the PDD with its gaps in words, without quotes around it."""
        if isinstance(value, Template):
            return rich(*(part if isinstance(part, str) else self._gap(part) for part in value.parts))
        if isinstance(value, Expression):
            return self._gap(value)
        return rich(str(value.value) if isinstance(value, Constant) else str(value))

    def _gap(self, value: Any) -> Rich:
        if isinstance(value, Constant):
            return rich(self.constant(value.value))
        root = value.tree.root
        while isinstance(root, ast.Call) and isinstance(root.func, ast.Name) and root.func.id[:1] == "|":
            root = root.args[0]  # a filter says only how it is written
        try:
            name = self._words(root) if isinstance(root, ast.Name | ast.Attribute) else ()
        except _Unsayable:
            name = ()
        return rich(Part(f"‹{said(name)}›", "term")) if name else rich(Part(f"‹{_code(value)}›", "code"))

    def constant(self, value: Any, type_: Type | None = None) -> str:
        """A value in the form that people write it."""
        name = type_.name if type_ else ""
        match value:
            case None:
                return self.words("none")
            case bool():
                return self.words("yes" if value else "no")
            case Decimal() | int() if name == "money":
                return f"{grouped(value)} kr"
            case Decimal() | int() if name == "percent":
                return f"{plain(rounded(value * 100, 2))} %"
            case Decimal() | int():
                return plain(value)
            case timedelta():
                return self.duration(value.total_seconds())
            case Secret() | Credential():
                return self.words("hidden")
            case Period():
                return f"{value.first}–{value.last}"
            case date() | Month():
                return str(value)
            case Mapping():
                return ", ".join(f"{readable(str(k))}: {self.constant(v)}" for k, v in value.items())
            case str():
                return value
            case tuple() | list() | set() | frozenset():
                return ", ".join(self.constant(part, type_.of if type_ else None) for part in value) or "–"
            case _:
                return self.words("unknown") if value is UNKNOWN else str(value)

    def duration(self, seconds: float) -> str:
        """5 sekunder, 2 minuter, 1 timme."""
        for size, one, many in ((86400, "day", "days"), (3600, "hour", "hours"), (60, "minute", "minutes")):
            if seconds >= size and seconds % size == 0:
                return f"{int(seconds // size)} {self.words(one if seconds == size else many)}"
        shown = plain(Decimal(str(seconds)))
        return f"{shown} {self.words('second' if seconds == 1 else 'seconds')}"

    def type(self, type_: Type) -> str:
        """A type as people call it."""
        if type_.name == "enumeration":
            shown = self.words.listed([self.words.quoted(v) for v in type_.values], "or")
        elif type_.name == "record":
            shown = self.words.get("type_record", "record")
        else:
            shown = self.words.get(f"type_{type_.name}", type_.name)
        return f"{shown} ({self.words('may_be_missing')})" if type_.optional else shown

    # --- expressions

    def expression(self, value: Any) -> Rich:
        """An expression in words where that is possible, else as code."""
        if not isinstance(value, Expression):
            return self.value(value)
        return self._said(value, self._words)

    def condition(self, value: Any) -> Rich:
        """A condition in words: "status är ”Öppet”"."""
        if not isinstance(value, Expression):
            return self.value(value)
        return self._said(value, self._question)

    def _said(self, value: Expression, say: Any) -> Rich:
        root = value.tree.root
        if sum(1 for _ in ast.walk(root)) > LONGEST:
            return rich(Part(_code(value), "code"))
        try:
            found: Rich = say(root)
            return found
        except _Unsayable:
            return rich(Part(_code(value), "code"))

    def _question(self, node: ast.expr, deny: bool = False) -> Rich:
        words = self.words
        match node:
            case ast.UnaryOp(op=ast.Not(), operand=inner):
                return self._question(inner, not deny)
            case ast.BoolOp(op=op, values=values) if not deny:
                both = isinstance(op, ast.And)
                mixed = any(isinstance(v, ast.BoolOp) for v in values)
                parts = [self._question(value) for value in values]
                if mixed:
                    parts = [
                        rich("(", part, ")") if isinstance(value, ast.BoolOp) else part
                        for part, value in zip(parts, values, strict=True)
                    ]
                return joined(parts, f" {words('and' if both else 'or')} ")
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return self._comparison(left, op, right, deny)
            case ast.Call(func=ast.Name(id="any" | "all" as which), args=[ast.ListComp() as each]) if not deny:
                return self._each(which, each)
            case ast.Name() | ast.Attribute():
                name = self._words(node)
                return rich(name, " ", words("is_false" if deny else "is_true"))
            case ast.Constant(value=bool() as fixed):
                return rich(words("always" if fixed is not deny else "never"))
            case ast.Call(func=ast.Name(id=called), args=args) if phrase := words.get(f"ask_{called}"):
                found = fill(phrase, dict(zip("abcd", map(self._words, args), strict=False)))
                return rich(words("not_so"), " ", found) if deny else found
        raise _Unsayable

    def _comparison(self, left: ast.expr, op: ast.cmpop, right: ast.expr, deny: bool) -> Rich:
        words = self.words
        if isinstance(op, ast.Is | ast.IsNot):
            missing = isinstance(op, ast.Is) is not deny
            return rich(self._words(left), " ", words("is_missing" if missing else "is_there"))
        if deny:
            raise _Unsayable
        match left, right:
            case ast.Call(func=ast.Name(id="len"), args=[what]), ast.Constant(value=limit):
                if phrase := _COUNTED.get((type(op), _number(limit))):
                    return rich(self._words(what), " ", words(phrase))
            case _, ast.List(elts=[only]) if isinstance(op, ast.In | ast.NotIn):
                return rich(self._words(left), f" {words('is' if isinstance(op, ast.In) else 'is_not')} ", self._words(only))
        if isinstance(op, ast.In | ast.NotIn) and isinstance(right, ast.List):
            choices = joined([self._words(v) for v in right.elts], ", ", f" {words('or')} ")
            return rich(self._words(left), f" {words('is' if isinstance(op, ast.In) else 'is_none_of')} ", choices)
        return rich(self._words(left), f" {words(_COMPARED[type(op)])} ", self._words(right))

    def _each(self, which: str, each: ast.ListComp) -> Rich:
        match each:
            case ast.ListComp(elt=elt, generators=[ast.comprehension(target=ast.Name(id=name), iter=of, ifs=[])]):
                with self.labels.over(name, of):
                    so = self._question(elt)
                one = rich(Part(readable(name), "term"))
                return fill(self.words(f"{which}_of"), {"one": one, "list": self._words(of), "so": so})
        raise _Unsayable

    def _words(self, node: ast.expr) -> Rich:
        words = self.words
        match node:
            case ast.Name() | ast.Attribute():
                return self._reference(node)
            case ast.Constant(value=str() as text):
                return rich(words.quoted(text) if text else words("empty_text"))
            case ast.Constant(value=value):
                return rich(self.constant(value))
            case ast.List(elts=[]):
                return rich(words("empty_list"))
            case ast.List(elts=parts):
                return joined([self._words(part) for part in parts], ", ", f" {words('and')} ")
            case ast.Subscript(value=of, slice=ast.Constant(value=index)) if _number(index) == 0:
                return rich(words("first_of"), " ", self._words(of))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _CALCULATED:
                if isinstance(left, ast.BinOp) or isinstance(right, ast.BinOp):
                    raise _Unsayable
                return rich(self._words(left), _CALCULATED[type(op)], self._words(right))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return rich("−", self._words(operand))
            case ast.Call(func=ast.Name(id=called), args=args, keywords=[]) if phrase := words.get(f"say_{called}"):
                return fill(phrase, dict(zip("abcd", map(self._words, args), strict=False)))
            case ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
                return fill(words("whether"), {"if": self._question(node)})
            case ast.IfExp(test=test, body=body, orelse=orelse):
                values = {"a": self._words(body), "if": self._question(test), "b": self._words(orelse)}
                return fill(words("if_else"), values)
        raise _Unsayable

    def _reference(self, node: ast.Name | ast.Attribute) -> Rich:
        """`household.members` as "Medlemmar för household": by the label on its screen where that is known."""
        words = self.words
        if isinstance(node, ast.Name):
            return rich(words.get(f"name_{node.id}") or Part(readable(node.id), "term"))
        if isinstance(node.value, ast.Name):
            if known := words.get(f"name_{node.value.id}.{node.attr}"):
                return rich(known)
            if known := words.get(f"name_{node.value.id}.*"):
                return fill(known, {"field": rich(Part(readable(node.attr), "term"))})
        field = self.labels.field(node.value, node.attr) or readable(node.attr)
        return fill(words("field_of"), {"field": rich(Part(field, "term")), "of": self._words(node.value)})

    # --- elements

    def target(self, target: TargetRef) -> Rich:
        """An element, table or screen as a person finds it: knappen ”Spara”."""
        said = self.element(target.element, target.parameters)
        if target.row is None:
            return said
        if isinstance(target.row.by, str):
            return rich(said, " ", self.words(f"row_{target.row.by}"))
        found = [rich(self._header(target.element, n), " ", self.words("is"), " ", self.value(v)) for n, v in target.row.by.items()]
        return rich(said, " ", self.words("row_where"), " ", joined(found, f" {self.words('and')} "))

    def _header(self, element: Element | Table | Screen, name: str) -> str:
        table = element.table if isinstance(element, Element) else element
        columns = table.columns if isinstance(table, Table) else ()
        return next((column.header for column in columns if column.name == name), readable(name))

    def element(self, element: Element | Table | Screen, parameters: Mapping[str, Any] | None = None) -> Rich:
        """What an element is called: by its role and name, its label, else by its id."""
        if isinstance(element, Screen):
            return rich(self.words("screen"), " ", self.words.quoted(title(element)))
        selector = element.selector
        kind, name = self._named(selector)
        if isinstance(name, str) and name:
            return rich(kind, " ", self.words.quoted(name))
        if name is not None and not isinstance(name, str):
            given = list((parameters or {}).values())
            if len(given) == 1:
                return rich(kind, " ", self.value(given[0]))
            return rich(kind, " ", self.value(name))
        return rich(self.words("element"), " ", Part(readable(element.id.split(".", 2)[-1]), "term"))

    def _named(self, selector: Selector) -> tuple[str, Any]:
        words = self.words
        match selector.kind:
            case "role":
                role = selector.value if isinstance(selector.value, str) else ""
                return words.get(f"role_{role}", words("element")), selector.name
            case "label":
                return words("field"), selector.value
            case "text":
                return words("shown_text"), selector.value
            case _:
                return words("element"), None

    def screen_of(self, element: Element | Table | Screen) -> tuple[str, str]:
        """The application's name and the screen's title."""
        application, _, rest = element.id.partition(".")
        repository = self.process.applications.get(application)
        if repository is None:
            return application, rest
        screen = repository.screens.get(rest.split(".", 1)[0])
        return repository.name, title(screen) if screen else rest


def readable(name: str) -> str:
    """A name as words: lägenhetsnummer_på_adressen → lägenhetsnummer på adressen."""
    return name.replace("_", " ").strip() or name


def fill(template: str, values: Mapping[str, Rich | str]) -> Rich:
    """A phrase with rich texts in its {gaps}."""
    parts: list[str | Rich] = []
    for at, piece in enumerate(template.replace("}", "{").split("{")):
        parts.append(piece if at % 2 == 0 else values[piece])
    return rich(*parts)


def _code(value: Expression) -> str:
    return " ".join(value.tree.body.split())


def _number(value: object) -> object:
    return int(value) if isinstance(value, Decimal) and value == int(value) else value


def texts(value: Any) -> list[str]:
    """A section that people wrote, as a list of its texts."""
    match value:
        case None:
            return []
        case str():
            return [value.strip()] if value.strip() else []
        case Mapping():
            return [text for part in value.values() for text in texts(part)]
        case Sequence():
            return [text for part in value for text in texts(part)]
        case _:
            return [str(value)]


def records(value: Any) -> list[Mapping[str, Any]]:
    """A section with named parts, as a list of its entries."""
    match value:
        case Mapping():
            return [value]
        case str() | None:
            return []
        case Sequence():
            return [record for part in value for record in records(part)]
        case _:
            return []
