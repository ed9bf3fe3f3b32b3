"""A checked tree becomes a Python function of the scope.

Every operation is a call of a helper under a name that no expression can write (`+`, `field`…), in a
namespace that holds those helpers only. The nodes keep the columns of the text, so that a traceback
tells where an evaluation failed, at no cost while it runs.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from robotfabrik.expressions.catalogue import CATALOGUE
from robotfabrik.expressions.runtime import OPERATIONS, Budget
from robotfabrik.expressions.syntax import Tree, field_offsets, targets
from robotfabrik.model.errors import EvaluationError

FILENAME = "<expression>"
"""What a traceback calls our code."""

Compiled = Callable[[Mapping[str, object], Budget], object]

_SCOPE, _BUDGET = "$scope", "$budget"
_SYMBOLS: Mapping[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%",
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
    ast.In: "in", ast.NotIn: "in", ast.Is: "none?", ast.IsNot: "none?",
}  # fmt: skip


def symbol(op: ast.operator | ast.cmpop) -> str:
    """An operator as it is written (`in` for `not in`, too)."""
    return _SYMBOLS[type(op)]


def is_boolean(node: ast.expr) -> bool:
    """Does this node always give true or false?"""
    negated = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
    return negated or isinstance(node, ast.BoolOp | ast.Compare)


def compile_tree(tree: Tree) -> Compiled:
    """The function `(scope, budget) → value` of an expression."""
    compiler = _Compiler(tree)
    parameters = ast.arguments(
        posonlyargs=[ast.arg(_SCOPE), ast.arg(_BUDGET)], args=[], kwonlyargs=[], kw_defaults=[], defaults=[]
    )
    function = ast.copy_location(ast.Lambda(parameters, compiler.made(tree.root)), tree.root)
    code = compile(ast.fix_missing_locations(ast.Expression(function)), FILENAME, "eval")
    compiled: Compiled = eval(code, compiler.namespace)
    return compiled


class _Compiler:
    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.namespace: dict[str, Any] = {"__builtins__": {}}
        self.bound: frozenset[str] = frozenset()

    def made(self, node: ast.expr) -> ast.expr:
        """The Python node that computes an expression node."""
        made = self._made(node)
        return made if isinstance(node, ast.Attribute) else self._at(node, made)

    def _made(self, node: ast.expr) -> ast.expr:
        match node:
            case ast.Constant(value=Decimal() as value):
                return self._global(f"#{value}", value)
            case ast.Constant(value=value):
                return ast.Constant(value)
            case ast.Name(id=name) if name in self.bound:
                return ast.Name(name, ast.Load())
            case ast.Name(id=name):
                return self._of_scope(name)
            case ast.Attribute(value=value, attr=name):
                call = self._call("field", self.made(value), ast.Constant(name))
                call.lineno = call.end_lineno = node.lineno
                call.col_offset, call.end_col_offset = field_offsets(node)
                return call
            case ast.Subscript(value=value, slice=index):
                return self._call("element", self.made(value), self.made(index))
            case ast.List(elts=elements):
                return ast.List([self.made(element) for element in elements], ast.Load())
            case ast.ListComp():
                return self._comprehension(node)
            case ast.BoolOp(op=op, values=values):
                return ast.BoolOp(op, [self._condition(value) for value in values])
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return ast.UnaryOp(ast.Not(), self._condition(operand))
            case ast.UnaryOp(operand=operand):
                return self._call("negative", self.made(operand))
            case ast.BinOp(left=left, op=op, right=right):
                return self._call(symbol(op), self.made(left), self.made(right))
            case ast.Compare():
                return self._comparison(node)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return ast.IfExp(self._condition(test), self.made(body), self.made(orelse))
            case ast.Call():
                return self._catalogue(node)
        raise AssertionError(f"{type(node).__name__} is not in the language")

    def _comparison(self, node: ast.Compare) -> ast.expr:
        operands = [self.made(operand) for operand in (node.left, *node.comparators)]
        names = [symbol(op) for op in node.ops]
        if len(names) > 1:
            rest = [
                part
                for name, right in zip(names, operands[1:], strict=True)
                for part in (self._helper(name), right)
            ]
            return self._call("chain", operands[0], *rest)
        if names[0] == "in":
            call = self._call("in", ast.Name(_BUDGET, ast.Load()), *operands)
        else:
            call = self._call(names[0], *(operands[:1] if names[0] == "none?" else operands))
        inverted = isinstance(node.ops[0], ast.NotIn | ast.IsNot)
        return ast.UnaryOp(ast.Not(), self._at(node, call)) if inverted else call

    def _condition(self, node: ast.expr) -> ast.expr:
        made = self.made(node)
        return made if is_boolean(node) else self._at(node, self._call("condition", made))

    def _comprehension(self, node: ast.ListComp) -> ast.expr:
        outside, parts = self.bound, []
        for part in node.generators:
            names = targets(part)
            several = [ast.Constant(len(names))] if isinstance(part.target, ast.Tuple) else []
            walked = self._call("each", ast.Name(_BUDGET, ast.Load()), self.made(part.iter), *several)
            self.bound = self.bound.union(names)
            conditions = [self._condition(condition) for condition in part.ifs]
            parts.append(ast.comprehension(part.target, self._at(part.iter, walked), conditions, 0))
        made = ast.ListComp(self.made(node.elt), parts)
        self.bound = outside
        return made

    def _catalogue(self, node: ast.Call) -> ast.expr:
        assert isinstance(node.func, ast.Name)
        name = node.func.id
        arguments = [self.made(argument) for argument in node.args]
        keywords = [ast.keyword(k.arg, self.made(k.value)) for k in node.keywords]
        function = CATALOGUE.get(name)
        if function is None or function.context:
            return ast.Call(self._at(node.func, self._of_scope(name)), arguments, keywords)
        try:
            function.bind(node.args, {k.arg or "": k.value for k in node.keywords})
        except ValueError as error:
            raise EvaluationError(
                f"{function.name}: {error}; it is {function}", self.tree.span(node)
            ) from None
        budget = ast.Name(_BUDGET, ast.Load())
        return ast.Call(self._global(f"{name}()", function.run), [budget, *arguments], keywords)

    def _of_scope(self, name: str) -> ast.expr:
        return ast.Subscript(ast.Name(_SCOPE, ast.Load()), ast.Constant(name), ast.Load())

    def _call(self, name: str, *arguments: ast.expr) -> ast.Call:
        return ast.Call(self._helper(name), list(arguments), [])

    def _helper(self, name: str) -> ast.Name:
        return self._global(f"{name}!", OPERATIONS[name])

    def _global(self, name: str, value: object) -> ast.Name:
        self.namespace[name] = value
        return ast.Name(name, ast.Load())

    def _at(self, place: ast.expr, made: ast.expr) -> ast.expr:
        return ast.copy_location(made, place)
