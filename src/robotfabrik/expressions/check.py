"""The static type of an expression: every problem is reported at its own column, none stops the rest."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from robotfabrik.expressions.catalogue import CATALOGUE, Function, literal_problem
from robotfabrik.expressions.compile import symbol
from robotfabrik.expressions.kinds import FIELDS, element_type, group, join_types, kind, shown
from robotfabrik.expressions.runtime import CONTAINED, OPERATORS, ORDERED, advice, field_name
from robotfabrik.expressions.syntax import Report, Tree, targets
from robotfabrik.model.errors import Diagnostic, unknown
from robotfabrik.model.source import Span
from robotfabrik.model.suggest import did_you_mean
from robotfabrik.model.types import (
    ANY,
    BOOLEAN,
    INTEGER,
    MONEY,
    NONE,
    NUMBER,
    Type,
    enumeration,
    list_of,
)

_OTHER_WORDS = {"ja": "true", "nej": "false", "null": "none", "inget": "none", "okänd": "unknown(x)"}


UNDEFINED = Type("any")
"""The type of a variable that is not defined, once that has been said."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What an expression is checked against: the variables around it, and who hears of problems."""

    variables: Mapping[str, Type]
    report: Report
    functions: Mapping[str, Function] = field(default_factory=lambda: CATALOGUE)

    def problem(self, span: Span, message: str, rule: str, suggestion: str = "") -> Type:
        """Report; the type of what is wrong is any, so that it is reported once."""
        self.report(Diagnostic(span, message, rule, suggestion or None))
        return ANY

    def unknown(self, span: Span, message: str, rule: str, name: str, known: Iterable[str]) -> Type:
        """Report a name that is not known."""
        self.report(unknown(span, message, rule, name, known))
        return ANY

    def condition(self, span: Span, type_: Type) -> None:
        """Report unless the type is boolean."""
        if kind(type_) not in ("any", "boolean"):
            self.problem(
                span, f"a condition must be true or false, not {shown(type_)}", "condition", _question(type_)
            )


def _question(type_: Type) -> str:
    """The question that was probably meant where a value stands as a condition."""
    if type_.optional:
        return "Write 'x is not none'."
    if kind(type_) == "list":
        boolean = kind(element_type(type_)) in ("any", "boolean")
        return "Write 'len(x) > 0'" + (", or any(x)." if boolean else ".")
    return {"text": "Write \"x != ''\".", "number": "Write 'x != 0'."}.get(group(kind(type_)), "")


def check_tree(tree: Tree, env: Environment) -> Type:
    """The type of an expression."""
    return _Checker(tree, env).type(tree.root)


class _Checker:
    def __init__(self, tree: Tree, env: Environment) -> None:
        self.tree, self.env = tree, env
        self.variables = dict(env.variables)

    def problem(self, node: ast.expr, message: str, rule: str, suggestion: str = "") -> Type:
        return self.env.problem(self.tree.span(node), message, rule, suggestion)

    def condition(self, node: ast.expr) -> Type:
        self.env.condition(self.tree.span(node), self.type(node))
        return BOOLEAN

    def type(self, node: ast.expr) -> Type:
        match node:
            case ast.Constant(value=value):
                return _constant(value)
            case ast.Name(id=name):
                return self.variables.get(name) or self._undefined(node, name)
            case ast.Attribute(value=value, attr=name):
                return self._field(node, self.type(value), name, self.tree.field_span(node))
            case ast.Subscript(value=value, slice=index):
                return self._element(node, self.type(value), index)
            case ast.List(elts=elements):
                return list_of(_all([self.type(element) for element in elements]))
            case ast.ListComp():
                return self._comprehension(node)
            case ast.BoolOp(values=values):
                for value in values:
                    self.condition(value)
                return BOOLEAN
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return self.condition(operand)
            case ast.UnaryOp(operand=operand):
                return self._negative(operand)
            case ast.BinOp(left=left, op=op, right=right):
                return self._operation(node, symbol(op), self.type(left), self.type(right))
            case ast.Compare():
                return self._comparison(node)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self.condition(test)
                return self._either(body, orelse)
            case ast.Call():
                return self._call(node)
        raise AssertionError(f"{type(node).__name__} is not in the language")

    def _undefined(self, node: ast.expr, name: str) -> Type:
        if name in self.env.functions:
            suggestion = f"It is a function: {self.env.functions[name]}."
        elif name in _OTHER_WORDS:
            suggestion = f"Write {_OTHER_WORDS[name]}."
        else:
            known = [other for other, type_ in self.variables.items() if type_ is not UNDEFINED]
            self.variables[name] = UNDEFINED
            message = f"'{name}' is not defined"
            return self.env.unknown(self.tree.span(node), message, "undefined", name, known)
        self.variables[name] = UNDEFINED
        return self.problem(node, f"'{name}' is not defined", "undefined", suggestion)

    def _field(self, node: ast.expr, owner: Type, name: str, span: Span) -> Type:
        fields = dict(owner.fields) if owner.name == "record" else FIELDS.get(kind(owner), {})
        if owner.name == "any" or (owner.name == "record" and not fields):
            return ANY
        if found := field_name(name, fields):
            return fields[found]
        if fields:
            message = f"{shown(owner)} has no field '{name}'"
            return self.env.unknown(span, message, "unknown-field", name, fields)
        many = "Take one element, a[0], or write a comprehension." if kind(owner) == "list" else ""
        return self.env.problem(span, f"{shown(owner)} has no fields", "unknown-field", many)

    def _element(self, node: ast.expr, owner: Type, index: ast.expr) -> Type:
        by = self.type(index)
        pair = kind(owner), kind(by)
        if owner.name == "record" and isinstance(index, ast.Constant) and isinstance(index.value, str):
            return self._field(node, owner, index.value, self.tree.span(index))
        if "any" in pair or pair == ("record", "text"):
            return ANY
        if pair in (("list", "integer"), ("text", "integer")):
            position = index.value if isinstance(index, ast.Constant) else None
            return (
                owner.field(str(position)) or element_type(owner)
                if owner.name == "list"
                else element_type(owner)
            )
        return self.problem(node, f"{shown(owner)} has no element by {shown(by)}", "type")

    def _either(self, *nodes: ast.expr) -> Type:
        """The type of one node or the other; an empty list says nothing of what a list holds."""
        types = [self.type(node) for node in nodes]
        saying = [type_ for node, type_ in zip(nodes, types, strict=True) if not _is_empty_list(node)]
        if len(saying) == 1 and kind(saying[0]) == "list":
            return saying[0]
        return join_types(*types)

    def _comprehension(self, node: ast.ListComp) -> Type:
        outside = self.variables
        for part in node.generators:
            walked = self.type(part.iter)
            if kind(walked) not in ("list", "any"):
                self.problem(part.iter, f"a list must stand after 'in', not {shown(walked)}", "type")
            element, names = element_type(walked), targets(part)
            self.variables = dict(self.variables)
            if isinstance(part.target, ast.Name):
                self.variables[names[0]] = element
            else:
                if kind(element) not in ("list", "any") or (
                    element.fields and len(element.fields) != len(names)
                ):
                    self.problem(part.target, f"the elements are no lists of {len(names)}", "type")
                for place, name in enumerate(names):
                    self.variables[name] = element.field(str(place)) or element_type(element)
            for condition in part.ifs:
                self.condition(condition)
        found = list_of(self.type(node.elt))
        self.variables = outside
        return found

    def _negative(self, operand: ast.expr) -> Type:
        found = self.type(operand)
        if group(kind(found)) in ("number", "any"):
            return found.required()
        return self.problem(operand, f"'-' takes a number, not {shown(found)}", "type")

    def _operation(self, node: ast.expr, sign: str, left: Type, right: Type) -> Type:
        a, b = kind(left), kind(right)
        table = OPERATORS[sign]
        if "any" in (a, b):
            results = {
                found
                for (one, other), (found, _) in table.items()
                if a in ("any", one) and b in ("any", other)
            }
            if not results:
                self._mismatch(node, sign, left, right)
            return results.pop() if len(results) == 1 and not {"integer", "number"} & {a, b} else ANY
        if (a, b) not in table:
            return self._mismatch(node, sign, left, right)
        result = table[a, b][0]
        if result.name == "list":
            return list_of(join_types(element_type(left), element_type(right)))
        return _money(sign, left.name, right.name) if result in (NUMBER, INTEGER) and a != "date" else result

    def _comparison(self, node: ast.Compare) -> Type:
        left, left_type = node.left, self.type(node.left)
        for op, right in zip(node.ops, node.comparators, strict=True):
            right_type, sign = self.type(right), symbol(op)
            if sign == "in":
                self._membership(node, left, left_type, right, right_type)
            elif sign != "none?":
                self._comparable(node, sign, (left, left_type), (right, right_type))
            left, left_type = right, right_type
        return BOOLEAN

    def _comparable(
        self, node: ast.expr, sign: str, left: tuple[ast.expr, Type], right: tuple[ast.expr, Type]
    ) -> None:
        kinds = [group(kind(type_)) for _, type_ in (left, right)]
        for (place, type_), kind_ in zip((left, right), kinds, strict=True):
            if kind_ == "none":
                self.problem(
                    place, f"'{sign}' does not take none", "type", "Write 'x is none' or 'x is not none'."
                )
                return
            if kind_ in ("secret", "credential"):
                self.problem(place, f"{shown(type_)} is never compared", "type")
                return
        ordered = sign in ("==", "!=") or all(kind_ in ORDERED or kind_ == "any" for kind_ in kinds)
        if not ordered or ("any" not in kinds and kinds[0] != kinds[1]):
            self._mismatch(node, sign, left[1], right[1])
        elif left[1].name == right[1].name == "enumeration":
            self._possible(left, right)

    def _possible(self, left: tuple[ast.expr, Type], right: tuple[ast.expr, Type]) -> None:
        """A text that an enumeration never is."""
        if set(left[1].values) & set(right[1].values):
            return
        (literal, text), (_, other) = (left, right) if len(left[1].values) == 1 else (right, left)
        word = text.values[0]
        span = self.tree.span(literal)
        self.env.unknown(span, f"this is never '{word}'", "enumeration", word, other.values)

    def _membership(self, node: ast.expr, left: ast.expr, value: Type, right: ast.expr, whole: Type) -> None:
        if isinstance(right, ast.List):
            for element in right.elts:
                if not (isinstance(element, ast.Constant) and element.value is None):
                    self._comparable(node, "==", (left, value), (element, self._quiet(element)))
        elif kind(whole) == "list":
            if kind(value) != "none":
                self._comparable(node, "==", (left, value), (right, element_type(whole)))
        elif "any" in (kind(value), kind(whole)):
            if kind(whole) not in ("any", *(holder for _, holder in CONTAINED)):
                self._mismatch(node, "in", value, whole)
        elif (kind(value), kind(whole)) not in CONTAINED:
            self._mismatch(node, "in", value, whole)

    def _quiet(self, node: ast.expr) -> Type:
        """A type whose problems have been reported."""
        return _Checker(
            self.tree, Environment(self.variables, lambda problem: None, self.env.functions)
        ).type(node)

    def _mismatch(self, node: ast.expr, sign: str, left: Type, right: Type) -> Type:
        hint = advice(sign, kind(left), kind(right))
        return self.problem(node, f"'{sign}' does not take {shown(left)} and {shown(right)}{hint}", "type")

    def _call(self, node: ast.Call) -> Type:
        assert isinstance(node.func, ast.Name)
        types = {id(a): self.type(a) for a in (*node.args, *(k.value for k in node.keywords))}
        function = self.env.functions.get(node.func.id)
        if function is None:
            return self._unknown_function(node.func, node.func.id)
        try:
            bound = function.bind(node.args, {k.arg or "": k.value for k in node.keywords})
        except ValueError as error:
            for given in node.keywords:
                if given.arg is not None and given.arg not in function.parameters:
                    span = self.tree.span_of(given.col_offset, given.col_offset + len(given.arg.encode()))
                    message = f"{function.name} has no parameter '{given.arg}'"
                    return self.env.unknown(span, message, "call", given.arg, function.parameters)
            return self.problem(node, f"{function.name}: {error}", "call", f"It is {function}.")
        wrong = False
        for name, given in bound.items():
            parameter = function.parameters[name]
            for argument in _each(given):
                if not parameter.accepts(types[id(argument)]):
                    found = shown(types[id(argument)])
                    message = f"'{name}' of {function.name} must be {parameter}, not {found}"
                    self.problem(argument, message, "type", f"It is {function}.")
                    wrong = True
                elif isinstance(argument, ast.Constant) and (said := literal_problem(name, argument.value)):
                    self.problem(argument, said, "call")
                    wrong = True
        return (
            ANY
            if wrong
            else function.result({name: _map(lambda a: types[id(a)], given) for name, given in bound.items()})
        )

    def _unknown_function(self, node: ast.expr, name: str) -> Type:
        functions, plain = self.env.functions, name.removeprefix("|")
        other = plain if name != plain else f"|{name}"
        kind_ = "filter" if name != plain else "function"
        if other in functions:
            form = f"x | {plain}" if name == plain else f"{plain}(x)"
            return self.problem(node, f"'{plain}' is no {kind_}", "call", f"Write {form}.")
        if name in self.variables:
            return self.problem(
                node, f"'{name}' is a value: it is not called, and there are no methods", "call"
            )
        known = [f.name for key, f in functions.items() if key.startswith("|") == (kind_ == "filter")]
        return self.problem(node, f"there is no {kind_} '{plain}'", "call", did_you_mean(plain, known))


def _constant(value: object) -> Type:
    """The type of a literal; a text's is the enumeration of that one text."""
    if isinstance(value, str):
        return enumeration(value)
    return {bool: BOOLEAN, int: INTEGER, Decimal: NUMBER}.get(type(value), NONE)


def _is_empty_list(node: ast.expr) -> bool:
    return isinstance(node, ast.List) and not node.elts


def _all(types: list[Type]) -> Type:
    if not types:
        return ANY
    found = types[0]
    for type_ in types[1:]:
        found = join_types(found, type_)
    return found


def _money(sign: str, left: str, right: str) -> Type:
    """The type of computed numbers: amounts stay amounts."""
    if left == right == "integer":
        return NUMBER if sign == "/" else INTEGER
    if sign in ("+", "-", "%"):
        return MONEY if "money" in (left, right) else NUMBER
    one = (left == "money") != (right == "money")
    return MONEY if one and (sign == "*" or (sign == "/" and left == "money")) else NUMBER


def _each(given: Any) -> list[ast.expr]:
    """The arguments bound to one parameter."""
    if isinstance(given, dict):
        return list(given.values())
    return list(given) if isinstance(given, tuple) else [given]


def _map(change: Callable[[ast.expr], Type], given: Any) -> Any:
    if isinstance(given, dict):
        return {name: change(argument) for name, argument in given.items()}
    return tuple(map(change, given)) if isinstance(given, tuple) else change(given)
