"""Expressions in plain words. What cannot be said plainly is not said at all: it stays code.

Nothing is guessed: a function without a phrase, or a list made inside a list, has no words here.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from robotfabrik.documents.pdd.labels import Labels
from robotfabrik.documents.pdd.language import Words
from robotfabrik.documents.pdd.model import Part, Rich, joined, rich

LONGEST = 70  # nodes of an expression that is still said in words

_COMPARED: Mapping[type[ast.cmpop], tuple[str, str]] = {
    ast.Eq: ("is", "is"),
    ast.NotEq: ("is_not", "is_not"),
    ast.Lt: ("less", "day_before"),
    ast.LtE: ("at_most", "day_at_most"),
    ast.Gt: ("more", "day_after"),
    ast.GtE: ("at_least", "day_at_least"),
    ast.In: ("in", "in"),
    ast.NotIn: ("not_in", "not_in"),
}
"""How a comparison is said, and how between days."""
_COUNTED: Mapping[tuple[type[ast.cmpop], object], str] = {
    (ast.Gt, 0): "not_empty", (ast.NotEq, 0): "not_empty", (ast.GtE, 1): "not_empty", (ast.Eq, 0): "empty",
}  # fmt: skip
_SIGNS: Mapping[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "−", ast.Mult: "×", ast.Div: "/"}
_DAYS = frozenset({"add_months", "make_date", "first_working_day", "birth_date", "last_completed"})
_DAY_NAMES = frozenset({"job.date", "job.period_start"})


class _Unsayable(Exception):
    """This part of an expression has no plain words."""


class Phrases:
    """Says expressions in one language; `constant` says a value."""

    def __init__(self, words: Words, labels: Labels, constant: Callable[[Any], str]) -> None:
        self.words, self.labels, self._constant = words, labels, constant

    def value(self, root: ast.expr) -> Rich:
        """What an expression gives; empty when it has no plain words."""
        return self._tried(root, self._words)

    def condition(self, root: ast.expr) -> Rich:
        """What a condition asks; empty when it has no plain words."""
        return self._tried(root, self._question)

    def gap(self, root: ast.expr) -> Rich:
        """A name that stands in a text, without the filter that says how it is written; else empty."""
        while isinstance(root, ast.Call) and isinstance(root.func, ast.Name) and root.func.id[:1] == "|":
            root = root.args[0]
        return self._tried(root, self._words) if isinstance(root, ast.Name | ast.Attribute) else ()

    def _tried(self, root: ast.expr, say: Callable[[ast.expr], Rich]) -> Rich:
        if sum(1 for _ in ast.walk(root)) > LONGEST:
            return ()
        try:
            return say(root)
        except _Unsayable:
            return ()

    # --- conditions

    def _question(self, node: ast.expr, deny: bool = False) -> Rich:
        words = self.words
        match node:
            case ast.UnaryOp(op=ast.Not(), operand=inner):
                return self._question(inner, not deny)
            case ast.BoolOp(op=op, values=values) if not deny:
                parts = [self._inner(value) for value in values]
                return joined(parts, f" {words('and' if isinstance(op, ast.And) else 'or')} ")
            case ast.Compare(left=left, ops=ops, comparators=rights) if len(ops) == 1 or not deny:
                lefts = [left, *rights]
                parts = [
                    self._comparison(a, op, b, deny) for a, op, b in zip(lefts, ops, rights, strict=False)
                ]
                return joined(parts, f" {words('and')} ")
            case ast.Call(func=ast.Name(id="any" | "all" as which), args=[ast.ListComp() as each]):
                found = self._each(which, each)
                return rich(words("not_so"), " ", found) if deny else found
            case ast.Name() | ast.Attribute():
                there = self.labels.type(node) == "exists"
                yes, no = ("is_there", "is_missing") if there else ("is_true", "is_false")
                return rich(self._words(node), " ", words(no if deny else yes))
            case ast.Constant(value=bool() as fixed):
                return rich(words("always" if fixed is not deny else "never"))
            case ast.Call(func=ast.Name(id=called), args=args) if phrase := words.get(f"ask_{called}"):
                found = self._called(phrase, args)
                return rich(words("not_so"), " ", found) if deny else found
        raise _Unsayable

    def _inner(self, node: ast.expr) -> Rich:
        """A part of `and` or `or`; one with the other word inside stands in parentheses."""
        found = self._question(node)
        return rich("(", found, ")") if isinstance(node, ast.BoolOp) else found

    def _comparison(self, left: ast.expr, op: ast.cmpop, right: ast.expr, deny: bool) -> Rich:
        words = self.words
        if isinstance(op, ast.Is | ast.IsNot):
            missing = isinstance(op, ast.Is) is not deny
            return rich(self._words(left), " ", words("is_missing" if missing else "is_there"))
        if deny:
            raise _Unsayable
        inside = isinstance(op, ast.In)
        match left, right:
            case ast.Call(func=ast.Name(id="len"), args=[what]), ast.Constant(value=limit):
                if phrase := _COUNTED.get((type(op), _number(limit))):
                    return rich(self._words(what), " ", words(phrase))
            case _, ast.List(elts=choices) if isinstance(op, ast.In | ast.NotIn) and choices:
                said = joined([self._words(choice) for choice in choices], ", ", f" {words('or')} ")
                return rich(self._words(left), f" {words('is' if inside else 'is_not')} ", said)
        days = self._is_day(left) or self._is_day(right)
        return rich(self._words(left), f" {words(_COMPARED[type(op)][days])} ", self._words(right))

    def _is_day(self, node: ast.expr) -> bool:
        match node:
            case ast.Call(func=ast.Name(id="max" | "min" | "default"), args=args):
                return any(self._is_day(arg) for arg in args)
            case ast.Call(func=ast.Name(id=name)):
                return name in _DAYS
            case ast.Attribute(value=ast.Name(id=name), attr=field) if f"{name}.{field}" in _DAY_NAMES:
                return True
        return self.labels.type(node) in ("date", "month")

    def _each(self, which: str, each: ast.ListComp) -> Rich:
        match each:
            case ast.ListComp(generators=[ast.comprehension(target=ast.Name(id=name), iter=of, ifs=[])]) if (
                not _lists(each.elt)
            ):
                with self.labels.over(name, of):
                    so = self._question(each.elt)
                one = rich(Part(readable(name), "term"))
                return fill(self.words(f"{which}_of"), {"one": one, "list": self._words(of), "so": so})
        raise _Unsayable

    # --- values

    def _words(self, node: ast.expr) -> Rich:
        words = self.words
        match node:
            case ast.Name() | ast.Attribute():
                return self._reference(node)
            case ast.Constant(value=str() as text):
                return rich(words.quoted(text) if text else words("empty_text"))
            case ast.Constant(value=value):
                return rich(self._constant(value))
            case ast.List(elts=[]):
                return rich(words("empty_list"))
            case ast.List(elts=parts):
                return joined([self._words(part) for part in parts], ", ", f" {words('and')} ")
            case ast.ListComp():
                return self._list(node)
            case ast.Subscript(value=of, slice=ast.Constant(value=index)) if _number(index) == 0:
                return rich(words("first_of"), " ", self._words(of))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _SIGNS:
                return self._calculation(left, op, right)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return rich("−", self._words(operand))
            case ast.IfExp(test=test, body=body, orelse=orelse):
                values = {"a": self._words(body), "if": self._question(test), "b": self._words(orelse)}
                return fill(words("if_else"), values)
            case ast.Call():
                return self._call(node)
            case ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
                return fill(words("whether"), {"if": self._question(node)})
        raise _Unsayable

    def _calculation(self, left: ast.expr, op: ast.operator, right: ast.expr) -> Rich:
        """Sums are said as they stand; whatever would need parentheses is not."""
        plus = isinstance(op, ast.Add | ast.Sub)
        chained = plus and isinstance(left, ast.BinOp) and isinstance(left.op, ast.Add | ast.Sub)
        if isinstance(right, ast.BinOp) or (isinstance(left, ast.BinOp) and not chained):
            raise _Unsayable
        return rich(self._operand(left), f" {_SIGNS[type(op)]} ", self._operand(right))

    def _operand(self, node: ast.expr) -> Rich:
        said = self._words(node)
        return rich("(", said, ")") if isinstance(node, ast.List | ast.ListComp | ast.IfExp) else said

    def _call(self, node: ast.Call) -> Rich:
        words = self.words
        match node:
            case ast.Call(
                func=ast.Name(id="add_months"), args=[day, ast.UnaryOp(op=ast.USub(), operand=number)]
            ):
                return self._called(words("say_months_before"), [day, number])
            case ast.Call(func=ast.Name(id="max" | "min" as which), args=[_, _, *_] as args):
                named = joined([self._words(arg) for arg in args], ", ", f" {words('and')} ")
                return fill(words(f"say_{which}_day" if self._is_day(node) else f"say_{which}"), {"a": named})
            case ast.Call(func=ast.Name(id="any" | "all")):
                return fill(words("whether"), {"if": self._question(node)})
            case ast.Call(func=ast.Name(id="record"), args=args, keywords=keywords) if args:
                return rich(self._words(args[0]), f" {words('together_with')} ", self._fields(keywords))
            case ast.Call(func=ast.Name(id=called), args=args, keywords=[]):
                if phrase := words.get(f"say_{called.lstrip('|')}"):
                    return self._called(phrase, args)
                if words.get(f"ask_{called}"):
                    return fill(words("whether"), {"if": self._question(node)})
        raise _Unsayable

    def _called(self, phrase: str, args: list[ast.expr]) -> Rich:
        if phrase.count("{") != len(args):
            raise _Unsayable
        return fill(phrase, dict(zip("abcd", map(self._words, args), strict=False)))

    def _fields(self, keywords: list[ast.keyword]) -> Rich:
        told = []
        for keyword in keywords:
            name = rich(Part(readable(keyword.arg or ""), "term"))
            value = self._words(keyword.value)
            told.append(name if value == name else rich(name, " = ", value))
        return joined(told, ", ", f" {self.words('and')} ")

    def _list(self, node: ast.ListComp) -> Rich:
        """[k for k in members if …] as "alla k i members där …"."""
        inner = [node.elt, *(n for part in node.generators for n in (part.iter, *part.ifs))]
        if len(node.generators) > 2 or any(map(_lists, inner)):
            raise _Unsayable
        return self._over(node, 0, [], [])

    def _over(self, node: ast.ListComp, at: int, each: list[Rich], where: list[Rich]) -> Rich:
        words = self.words
        if at == len(node.generators):
            said = joined(where, f" {words('and')} ")
            last = node.generators[-1].target
            what = rich(words("all"), " ", each[0]) if len(each) == 1 and _same(node.elt, last) else None
            if what is None:
                every = joined([rich(words("each"), " ", one) for one in each], f" {words('and')} ")
                what = fill(words("for_every"), {"what": self._words(node.elt), "every": every})
            return rich(what, " ", words("where_so"), " ", said) if where else what
        part = node.generators[at]
        if not isinstance(part.target, ast.Name):
            raise _Unsayable
        one = rich(Part(readable(part.target.id), "term"), f" {words('of_list')} ", self._words(part.iter))
        with self.labels.over(part.target.id, part.iter):
            tests = [self._inner(test) for test in part.ifs]
            return self._over(node, at + 1, [*each, one], [*where, *tests])

    def _reference(self, node: ast.Name | ast.Attribute) -> Rich:
        """`household.members` as "Medlemmar för household": by its label where that is known."""
        words = self.words
        if isinstance(node, ast.Name):
            return rich(words.get(f"name_{node.id}") or Part(readable(node.id), "term"))
        field = rich(Part(self.labels.field(node.value, node.attr) or readable(node.attr), "term"))
        if isinstance(node.value, ast.Name):
            if known := words.get(f"name_{node.value.id}.{node.attr}"):
                return rich(known)
            if known := words.get(f"name_{node.value.id}.*"):
                return fill(known, {"field": field})
        return fill(words("field_of"), {"field": field, "of": self._words(node.value)})


def readable(name: str) -> str:
    """A name as words: lägenhetsnummer_på_adressen → lägenhetsnummer på adressen."""
    return name.replace("_", " ").strip() or name


def fill(template: str, values: Mapping[str, Rich | str]) -> Rich:
    """A phrase with rich texts in its {gaps}."""
    parts: list[str | Rich] = []
    for at, piece in enumerate(template.replace("}", "{").split("{")):
        parts.append(piece if at % 2 == 0 else values[piece])
    return rich(*parts)


def _lists(node: ast.expr) -> bool:
    """Is a list made in it?"""
    return any(isinstance(part, ast.ListComp) for part in ast.walk(node))


def _same(node: ast.expr, target: ast.expr) -> bool:
    return isinstance(node, ast.Name) and isinstance(target, ast.Name) and node.id == target.id


def _number(value: object) -> object:
    return int(value) if isinstance(value, Decimal) and value == int(value) else value
