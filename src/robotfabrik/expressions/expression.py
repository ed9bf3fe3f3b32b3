"""What a definition holds where a value is asked for: a constant, an expression, or a text with both."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import TracebackType

from robotfabrik.expressions.check import Environment, check_tree
from robotfabrik.expressions.compile import FILENAME, Compiled, compile_tree
from robotfabrik.expressions.kinds import kind
from robotfabrik.expressions.runtime import MAX_WORK, within_size
from robotfabrik.expressions.syntax import Tree, free_names
from robotfabrik.expressions.text import NO_TEXT, to_text
from robotfabrik.model.errors import EvaluationError, RobotError
from robotfabrik.model.process import Evaluable
from robotfabrik.model.source import Located, Span
from robotfabrik.model.types import TEXT, Type


class Expression:
    """One expression. Immutable; compiled when it is first evaluated."""

    __slots__ = ("_compiled", "_names", "located", "tree")

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.located = tree.located
        self._compiled: Compiled | None = None
        self._names = frozenset(free_names(tree.root))

    @property
    def span(self) -> Span:
        """Where it stands."""
        return self.tree.span(self.tree.root)

    def names(self) -> frozenset[str]:
        """The variables that it needs."""
        return self._names

    def texts(self) -> Iterator[tuple[str, Span]]:
        """The texts that stand in it, and where."""
        for node in ast.walk(self.tree.root):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value, self.tree.span(node)

    def check(self, env: Environment) -> Type:
        """Its type; every problem is reported to `env`."""
        return check_tree(self.tree, env)

    def evaluate(self, scope: Mapping[str, object]) -> object:
        """Its value. Raises EvaluationError, or what a function of the scope raised (a RobotError)."""
        try:
            if self._compiled is None:
                self._compiled = compile_tree(self.tree)
            return self._compiled(scope, [MAX_WORK])
        except RobotError as error:
            if isinstance(error, EvaluationError) and error.span is None:
                error.span = self._place(error.__traceback__)
            raise
        except Exception as error:
            raise EvaluationError(self._reason(error), self._place(error.__traceback__)) from None

    def _reason(self, error: Exception) -> str:
        """What went wrong, without values: Python's own messages often hold them."""
        match error:
            case KeyError(args=(str(name),)) if name in self._identifiers():
                return f"'{name}' is not defined here"
            case ZeroDivisionError():
                return "division by zero"
            case ArithmeticError() | ValueError():
                return "a number or date is out of range"
            case _:
                return f"the expression failed ({type(error).__name__})"

    def _identifiers(self) -> set[str]:
        return {node.id for node in ast.walk(self.tree.root) if isinstance(node, ast.Name)}

    def _place(self, traceback: TracebackType | None) -> Span:
        """The part of the expression that the traceback ends in."""
        place = None
        while traceback is not None:
            code = traceback.tb_frame.f_code
            if code.co_filename == FILENAME:
                place = next(itertools.islice(code.co_positions(), traceback.tb_lasti // 2, None), None)
            traceback = traceback.tb_next
        if place is None or place[2] is None or place[3] is None:
            return self.span
        return self.tree.span_of(place[2], place[3])

    def __repr__(self) -> str:
        return f"Expression({self.tree.body!r})"


class Template:
    """Text with expressions in it. Its value is always text."""

    __slots__ = ("located", "parts")

    def __init__(self, located: Located, parts: tuple[str | Constant | Expression, ...]) -> None:
        self.located, self.parts = located, parts

    @property
    def span(self) -> Span:
        """Where it stands."""
        only = self.parts[0] if len(self.parts) == 1 else ""
        return self.located.span() if isinstance(only, str) else only.span

    def names(self) -> frozenset[str]:
        """The variables that its expressions need."""
        return frozenset().union(*(part.names() for part in self.parts if not isinstance(part, str)))

    def check(self, env: Environment) -> Type:
        """Text; every problem is reported to `env`."""
        for part in self.parts:
            if not isinstance(part, str):
                found = part.check(env)
                if problem := NO_TEXT.get(kind(found)):
                    rule = "secret" if kind(found) in ("secret", "credential") else "template"
                    env.problem(part.span, problem, rule)
        return TEXT

    def evaluate(self, scope: Mapping[str, object]) -> str:
        """The text. Raises as Expression does, and when a value has no text."""
        parts = [part if isinstance(part, str) else self._text(part, scope) for part in self.parts]
        within_size(sum(map(len, parts)))
        return "".join(parts)

    def _text(self, part: Constant | Expression, scope: Mapping[str, object]) -> str:
        value = part.evaluate(scope)
        try:
            return to_text(value)
        except EvaluationError as error:
            raise EvaluationError(str(error), part.span) from None

    def __repr__(self) -> str:
        return f"Template({self.located.text!r})"


@dataclass(frozen=True, slots=True)
class Constant:
    """A value that needs no evaluation."""

    value: object
    type: Type
    span: Span

    def names(self) -> frozenset[str]:
        """None."""
        return frozenset()

    def check(self, env: Environment) -> Type:
        """Its type."""
        return self.type

    def evaluate(self, scope: Mapping[str, object]) -> object:
        """The value."""
        return self.value


@dataclass(frozen=True, slots=True)
class Bound:
    """What a block around has worked out from `value`, and keeps under a name of its own."""

    name: str
    value: Constant | Expression | Template
    type: Type

    @property
    def span(self) -> Span:
        """Where the block says it."""
        return self.value.span

    def names(self) -> frozenset[str]:
        """None: the block needs them."""
        return frozenset()

    def check(self, env: Environment) -> Type:
        """Its type; the problems are the block's."""
        return self.type

    def evaluate(self, scope: Mapping[str, object]) -> object:
        """What the block keeps."""
        return scope[self.name]


Value = Constant | Expression | Template
"""What stands where a definition asks for a value."""


def rendered(value: Value) -> Constant | Template:
    """The same value as text, as a template shows it."""
    if isinstance(value, Template) or (isinstance(value, Constant) and isinstance(value.value, str)):
        return value
    if isinstance(value, Expression):
        return Template(value.located, (value,))
    span = value.span
    return Template(Located("", span.source, lambda _: (span.line, span.column)), (value,))


def static_type(value: Evaluable, env: Environment) -> Type:
    """The type of what a definition holds; every problem is reported to `env`.

    The model knows a value only by what the engine needs of it; that it can be checked is known here.
    """
    return _value(value).check(env)


def check_condition(value: Evaluable, env: Environment) -> None:
    """Check what a definition holds as a condition: it must be true or false."""
    env.condition(value.span, static_type(value, env))


def names_of(value: Evaluable) -> frozenset[str]:
    """The variables that what a definition holds needs."""
    return _value(value).names()


def texts_of(value: Evaluable) -> Iterator[tuple[str, Span]]:
    """The texts that stand in a definition's value as such, and where."""
    found = _value(value)
    if isinstance(found, Expression):
        yield from found.texts()
    elif isinstance(found, Constant) and isinstance(found.value, str):
        yield found.value, found.span


def fields_of(value: Evaluable) -> frozenset[str]:
    """The fields that what a definition holds asks for: `a.b` of a variable, `.c` of anything else.

    A text that is the name of something counts as a field too: `row["c"]`, `sort(rows, 'c')`.
    """
    return frozenset(name for tree in _trees(value) for name in _fields(tree))


def named_in(value: Evaluable, env: Environment) -> Iterator[tuple[Span, Type]]:
    """Each variable or field that what a definition holds asks for, with its place and type.

    Of `a.b.c` only the whole; not what stands by itself inside a text, which `check` judges.
    """
    found = _value(value)
    if isinstance(found, Expression):
        for node in _paths(found.tree.root):
            yield found.tree.span(node), check_tree(replace(found.tree, root=node), env)
    elif isinstance(found, Template):
        inner = (part for part in found.parts if isinstance(part, Expression))
        for part in inner:
            if not isinstance(part.tree.root, ast.Name | ast.Attribute):
                yield from named_in(part, env)


def _paths(node: ast.AST) -> Iterator[ast.expr]:
    """The longest chains of names: `a.b.c` in `len(a.b.c) + d`, and `d`."""
    if isinstance(node, ast.Name) or (isinstance(node, ast.Attribute) and _is_path(node)):
        yield node
        return
    for child in ast.iter_child_nodes(node):
        if not (isinstance(node, ast.Call) and child is node.func):
            yield from _paths(child)


def _is_path(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def truth_of(value: Evaluable) -> bool | None:
    """What a condition always is; None when that depends."""
    root = value.tree.root if isinstance(value, Expression) else None
    return root.value if isinstance(root, ast.Constant) and isinstance(root.value, bool) else None


def _trees(value: Evaluable) -> Iterator[Tree]:
    found = _value(value)
    parts = found.parts if isinstance(found, Template) else (found,)
    return (part.tree for part in parts if isinstance(part, Expression))


def _fields(tree: Tree) -> Iterator[str]:
    for node in ast.walk(tree.root):
        if isinstance(node, ast.Attribute):
            owner = node.value.id if isinstance(node.value, ast.Name) else ""
            yield f"{owner}.{node.attr.rstrip('_')}"
            yield f"{owner}.{node.attr}"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
            yield f".{node.value}"


def _value(value: Evaluable) -> Value | Bound:
    if not isinstance(value, Constant | Expression | Template | Bound):
        raise TypeError(f"{type(value).__name__} is no value of a definition")
    return value
