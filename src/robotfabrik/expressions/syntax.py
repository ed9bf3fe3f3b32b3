"""Text to a tree: a whitelisted subset of Python's expressions, every problem at its own column.

What comes out is plain: pipes have become calls (`x | kr` calls the name `|kr`), `none true false` and
numbers are constants, a generator in a call is a list comprehension. The checker and the compiler know
only these nodes: Constant Name Attribute Subscript List ListComp BoolOp UnaryOp BinOp Compare IfExp Call.
"""

from __future__ import annotations

import ast
import re
import unicodedata
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from keyword import iskeyword

from robotfabrik.expressions.catalogue import CATALOGUE
from robotfabrik.model.errors import Diagnostic
from robotfabrik.model.source import Located, Span
from robotfabrik.model.suggest import suggest

MAX_TEXT, MAX_NODES, MAX_DEPTH, MAX_DIGITS = 4_000, 500, 50, 28

Report = Callable[[Diagnostic], None]

STRING = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
_ONE_STRING = re.compile(STRING)
_COMMENT = re.compile(rf"{STRING}|(#)")
_NUMBER = re.compile(r"\d+(\.\d+)?")
_BLANKS = str.maketrans("\n\r\t\f", "    ")
_WORDS: dict[str, object] = {"none": None, "true": True, "false": False}
_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod)
_CHAINED = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
_ALLOWED = (
    ast.Constant, ast.Name, ast.Attribute, ast.Subscript, ast.List, ast.ListComp, ast.comprehension,
    ast.BoolOp, ast.UnaryOp, ast.BinOp, ast.Compare, ast.IfExp, ast.Call, ast.keyword, ast.expr_context,
    ast.boolop, ast.cmpop, ast.unaryop, ast.operator,
)  # fmt: skip
_REASONS: dict[type[ast.AST], str] = {
    ast.Tuple: "a list is written [a, b]",
    ast.Dict: "a record is written record(name=value)",
    ast.Set: "a list is written [a, b]",
    ast.GeneratorExp: "a list is written [x for …]",
    ast.DictComp: "write a list of records: [record(name=…) for …]",
    ast.SetComp: "write distinct([x for …])",
    ast.JoinedStr: "there are no f-strings; write text with ${{ x }}, or add texts with +",
    ast.Slice: "there are no slices; take one element a[0], or write a comprehension",
    ast.NamedExpr: "nothing is assigned inside an expression; use assign",
    ast.Starred: "* is only multiplication",
}
_SLIPS = (
    (re.compile(r"&&"), "write 'and', not '&&'"),
    (re.compile(r"\|\|"), "write 'or', not '||'"),
    (re.compile(r"!(?!=)"), "write 'not', not '!'"),
    (re.compile(r"<>"), "write '!=', not '<>'"),
    (re.compile(r"(?<![=!<>])=(?!=)"), "compare with '=='"),
)

_METHODS = {
    "now": "job.date", "today": "job.date", "utcnow": "job.date", "isnullorempty": "is_empty(x)",
    "isnullorwhitespace": "is_empty(x)", "isnothing": "x is none", "tostring": "text(x)", "cstr": "text(x)",
    "toupper": "upper(x)", "tolower": "lower(x)", "strip": "trim(x)", "substring": "middle(x, start, length)",
    "length": "len(x)", "count": "len(x)", "adddays": "x + days(n)", "format": "text with ${{ x }} in it",
    "strftime": "x | datum", "append": "a + [b]", "items": "pairs(x)", "isnumeric": "is_number(x)",
    "isdigit": "is_number(x)", "toint32": "integer(x)", "todecimal": "number(x)", "todouble": "number(x)",
    "find": "index_of(x, text)",
}  # fmt: skip
"""A method, in small letters without _, and what is written instead of it."""
_BETWEEN = re.compile(r"(?<=[\w)\]])\s+([^\W\d]+)(?=\s+[\w(\[-])")  # a word between two values
_BETWEEN_WORDS = ("and", "or", "in", "not", "is", "if", "else", "for")
_SWEDISH = {"och": "and", "eller": "or", "i": "in", "inte": "not", "är": "==", "om": "if", "annars": "else"}


@dataclass(frozen=True, slots=True)
class Tree:
    """A parsed expression: its root, and where its bytes (Python counts bytes) stand in the file."""

    root: ast.expr
    located: Located
    body: str
    start: int

    def span(self, node: ast.expr | ast.keyword) -> Span:
        """Where a node stands."""
        return self.span_of(node.col_offset, node.end_col_offset or node.col_offset)

    def span_of(self, first: int, last: int) -> Span:
        """Where the bytes from `first` to `last` of the expression stand."""
        return self.located.span(self.start + self.characters(first), self.start + self.characters(last))

    def field_span(self, node: ast.Attribute) -> Span:
        """Where the field's name stands in `a.b`."""
        return self.span_of(*field_offsets(node))

    def characters(self, offset: int) -> int:
        """A byte offset in characters."""
        return offset if self.body.isascii() else len(self.body.encode()[:offset].decode(errors="ignore"))


def field_offsets(node: ast.Attribute) -> tuple[int, int]:
    """The byte offsets of the field's name in `a.b`."""
    end, value_end = node.end_col_offset or 0, node.value.end_col_offset or 0
    return max(value_end, end - len(node.attr.encode())), end


def parse(located: Located, report: Report) -> Tree | None:
    """The tree of an expression, or None when something was reported."""
    text = located.text.translate(_BLANKS)
    start = len(text) - len(text.lstrip())
    body = text.strip()

    def fail(offset: int, message: str, end: int | None = None) -> None:
        at = min(start + offset, max(0, len(text) - 1))
        report(Diagnostic(located.span(at, start + end if end else at + 1), message, "expression"))

    if not body:
        fail(-start, "an expression is missing here")
    elif len(body) > MAX_TEXT:
        fail(0, f"an expression has at most {MAX_TEXT} characters; use assign for its parts")
    elif comment := next((m for m in _COMMENT.finditer(body) if m[1]), None):
        fail(comment.start(), "there are no comments inside an expression")
    else:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                root = ast.parse(body, mode="eval").body
        except SyntaxError as error:
            offset = min(error.offset - 1, len(body)) if error.offset else len(body) - 1
            at, message = _explain(body, offset, error.msg)
            fail(at, message)
        except (RecursionError, MemoryError):
            fail(0, f"an expression is nested at most {MAX_DEPTH} deep; use assign for its parts")
        except ValueError:
            fail(0, "an expression holds a character that nobody can read")
        else:
            return _clean(Tree(root, located, body, start), report)
    return None


def _explain(body: str, offset: int, message: str) -> tuple[int, str]:
    """Where the slip is, and what to write instead: Python's words only where they help."""
    plain = _ONE_STRING.sub(lambda m: "_" * len(m[0]), body)
    for found in re.finditer(r"\.\s*([a-z]+)\b(?!_)", plain):
        if iskeyword(found[1]):
            return found.start(1), f"'{found[1]}' is a word of the language; write the field as '{found[1]}_'"
    if "invalid syntax" in message or "cannot assign" in message or "invalid character" in message:
        for slip, advice in _SLIPS:
            if (hit := slip.search(plain)) and not (slip is _SLIPS[-1][0] and "(" in plain[: hit.start()]):
                return hit.start(), advice
        for found in _BETWEEN.finditer(plain):
            meant = _SWEDISH.get(found[1]) or suggest(found[1], _BETWEEN_WORDS)
            if meant and found[1] not in _BETWEEN_WORDS:
                return found.start(1), f"'{found[1]}' joins nothing; did you mean '{meant}'?"
        message = "the expression cannot be understood here"
    if "null bytes" in message:
        message = "an expression holds a character that nobody can read"
    if "leading zeros" in message:
        message = "a number has no leading zeros; a text is written in quotes"
    return offset, re.sub(r" \(detected at.*|\. Maybe you meant.*", "", message)


def _clean(tree: Tree, report: Report) -> Tree | None:
    problems: list[Diagnostic] = []

    def fail(node: ast.AST, message: str, suggestion: str | None = None) -> None:
        place = node if isinstance(node, ast.expr | ast.keyword) else tree.root
        problems.append(Diagnostic(tree.span(place), message, "expression", suggestion))

    nodes, deepest = _measure(tree.root)
    if nodes > MAX_NODES or deepest > MAX_DEPTH:
        fail(
            tree.root,
            f"an expression has at most {MAX_NODES} parts, nested {MAX_DEPTH} deep; use assign for its parts",
        )
        root = tree.root
    else:
        root = _Cleaner(tree, fail).cleaned(tree.root)
    for problem in problems:
        report(problem)
    return None if problems else Tree(root, tree.located, tree.body, tree.start)


def _measure(root: ast.expr) -> tuple[int, int]:
    nodes, deepest, waiting = 0, 0, [(root, 1)]
    while waiting:
        node, depth = waiting.pop()
        nodes, deepest = nodes + 1, max(deepest, depth)
        below = (
            c for c in ast.iter_child_nodes(node) if isinstance(c, ast.expr | ast.comprehension | ast.keyword)
        )
        waiting.extend((child, depth + 1) for child in below)  # type: ignore[misc]
    return nodes, deepest


class _Cleaner(ast.NodeTransformer):
    """Rejects what is not in the language; makes pipes into calls and words into constants."""

    def __init__(self, tree: Tree, fail: Callable[..., None]) -> None:
        self.tree, self.fail = tree, fail

    def cleaned(self, node: ast.expr) -> ast.expr:
        """The node in its plain form."""
        found = self.visit(node)
        assert isinstance(found, ast.expr)
        return found

    def visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, _ALLOWED):
            found: ast.AST = super().visit(node)
            return found
        name = type(node).__name__.lower()
        self.fail(node, _REASONS.get(type(node), f"'{name}' is not part of the language"))
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        written = self._text(node)
        if isinstance(node.value, str):
            if not _ONE_STRING.fullmatch(written):
                self.fail(node, "a text is written once, between ' and ' or \" and \", without a prefix")
            return self._constant(node, unicodedata.normalize("NFC", node.value))
        if isinstance(node.value, bool | None):
            self.fail(node, f"write '{written.lower()}'", written.lower())
        elif not _NUMBER.fullmatch(written):
            self.fail(node, "a number is written with digits and a decimal point, such as 1000 or 0.5")
        elif len(written) > MAX_DIGITS:
            self.fail(node, f"a number has at most {MAX_DIGITS} digits")
        else:
            return self._constant(node, Decimal(written) if "." in written else int(written))
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        self._plain(node, node.id)
        return self._constant(node, _WORDS[node.id]) if node.id in _WORDS else node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self._plain(node, node.attr)
        return self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        if node.arg is None:
            self.fail(node, "arguments are written one by one: name=value")
        else:
            self._plain(node, node.arg)
        return self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        if not isinstance(node.op, ast.Not | ast.USub):
            self.fail(node, "only 'not' and '-' stand before a value")
        return self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        if isinstance(node.op, ast.BitOr):
            return self._pipe(node)
        if not isinstance(node.op, _OPERATORS):
            self.fail(node, "the operators are + - * / // %")
        return self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        for operand in (node.left, *node.comparators):
            self._parentheses(operand)
        for op, right in zip(node.ops, node.comparators, strict=True):
            if isinstance(op, ast.Is | ast.IsNot) and self._text(right) not in ("none", "None"):
                near = suggest(self._text(right), ["none"])
                hint = "Did you mean 'none'?" if near else None
                self.fail(right, "'is' asks only for none; compare with ==", hint)
            if len(node.ops) > 1 and not isinstance(op, _CHAINED):
                self.fail(node, "'in' and 'is' stand alone; put parentheses around each comparison")
        return self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        self._parentheses(node.orelse)
        return self.generic_visit(node)

    def visit_ListComp(self, node: ast.ListComp) -> ast.AST:
        for part in node.generators:
            if part.is_async:
                self.fail(node, "'async' is not part of the language")
            for target in _targets(part.target):
                if not isinstance(target, ast.Name) or target.id in _WORDS:
                    self.fail(target, "after 'for' comes a name, or names: for a, b in …")
                else:
                    self._plain(target, target.id)
            part.iter = self.cleaned(part.iter)
            part.ifs = [self.cleaned(condition) for condition in part.ifs]
        node.elt = self.cleaned(node.elt)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if isinstance(node.func, ast.Attribute):
            self.fail(node.func, "there are no methods", _instead_of(node.func.attr))
        elif not isinstance(node.func, ast.Name):
            self.fail(node.func, "only a function of the catalogue can be called")
        else:
            self._plain(node.func, node.func.id)
        names = [k.arg for k in node.keywords]
        for repeated in (k for place, k in enumerate(node.keywords) if k.arg in names[:place]):
            self.fail(repeated, f"'{repeated.arg}' is given twice")
        node.args = [self.cleaned(_listed(argument)) for argument in node.args]
        node.keywords = [self.visit(k) for k in node.keywords]  # type: ignore[misc]
        return node

    def _pipe(self, node: ast.BinOp) -> ast.AST:
        call = node.right if isinstance(node.right, ast.Call) else ast.Call(node.right, [], [])
        if isinstance(node.left, ast.BinOp) and not isinstance(node.left.op, ast.BitOr):
            self._parentheses(node.left)
        if not isinstance(call.func, ast.Name):
            advice = "put parentheses around the part with the filter: (x | kr) + y"
            self.fail(
                node.right, advice if isinstance(node.right, ast.BinOp) else "after | comes a filter: x | kr"
            )
            return node
        name = ast.copy_location(ast.Name(f"|{call.func.id}", ast.Load()), call.func)
        piped = ast.Call(name, [node.left, *call.args], call.keywords)
        return self.visit_Call(ast.copy_location(piped, node))

    def _parentheses(self, node: ast.expr) -> None:
        """A pipe beside comparison or arithmetic says with parentheses what it formats."""
        if isinstance(node, ast.BinOp):
            tree, first = self.tree, self.tree.characters(node.col_offset)
            last = tree.characters(node.end_col_offset or 0)
            closed = tree.body[:first].rstrip()[-1:] == "(" and tree.body[last:].lstrip()[:1] == ")"
            piped = isinstance(node.op, ast.BitOr) or tree.body[last:].lstrip()[:1] == "|"
            if piped and not closed:
                self.fail(node, "put parentheses around what belongs to the filter: (a + b) | kr")

    def _plain(self, node: ast.AST, name: str) -> None:
        if "__" in name:
            self.fail(node, f"'{name}': names with __ are not part of the language")

    def _constant(self, node: ast.expr, value: object) -> ast.Constant:
        return ast.copy_location(ast.Constant(value), node)  # type: ignore[arg-type]

    def _text(self, node: ast.expr) -> str:
        first, last = (self.tree.characters(offset or 0) for offset in (node.col_offset, node.end_col_offset))
        return self.tree.body[first:last]


def _instead_of(method: str) -> str | None:
    """What stands here for a method of Python's or UiPath's."""
    plain = method.replace("_", "").casefold()
    names = (name for name in CATALOGUE if name.replace("_", "") == plain)
    found = _METHODS.get(plain) or next((f"{name}(…)" for name in names), None)
    return f"Write {found}." if found else None


def _listed(node: ast.expr) -> ast.expr:
    if isinstance(node, ast.GeneratorExp):
        return ast.copy_location(ast.ListComp(node.elt, node.generators), node)
    return node


def _targets(target: ast.expr) -> list[ast.expr]:
    return target.elts if isinstance(target, ast.Tuple) else [target]


def targets(part: ast.comprehension) -> list[str]:
    """The names that a `for … in` of a comprehension binds."""
    return [target.id for target in _targets(part.target) if isinstance(target, ast.Name)]


def free_names(node: ast.AST, bound: frozenset[str] = frozenset()) -> Iterator[str]:
    """The variables that an expression needs from outside."""
    if isinstance(node, ast.Name):
        if node.id not in bound:
            yield node.id
    elif isinstance(node, ast.ListComp):
        for part in node.generators:
            yield from free_names(part.iter, bound)
            bound = bound.union(targets(part))
            for condition in part.ifs:
                yield from free_names(condition, bound)
        yield from free_names(node.elt, bound)
    else:
        below = [*node.args, *node.keywords] if isinstance(node, ast.Call) else ast.iter_child_nodes(node)
        for child in below:
            yield from free_names(child, bound)
