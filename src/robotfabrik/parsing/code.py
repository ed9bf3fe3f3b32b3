"""Python functions that a definition names: read as text, never imported, typed by their annotations.

    invoke_code: kalkyl.py:premie        # the function `premie` of kalkyl.py, in the folder of the definition
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, Final

from robotfabrik.model.errors import Diagnostic
from robotfabrik.model.process import Function
from robotfabrik.model.source import Source, Span, Word
from robotfabrik.model.suggest import did_you_mean
from robotfabrik.model.types import (
    BOOLEAN,
    DATE,
    DURATION,
    INTEGER,
    MONTH,
    NONE,
    NUMBER,
    PERIOD,
    TEXT,
    Type,
    enumeration,
    list_of,
)  # fmt: skip
from robotfabrik.parsing.nodes import Report, ScalarNode, load

EFFECTS: Final = ("read", "local", "write")
TYPES: Final = {
    "str": TEXT, "int": INTEGER, "Decimal": NUMBER, "bool": BOOLEAN, "date": DATE, "timedelta": DURATION,
    "Month": MONTH, "Period": PERIOD, "Record": Type("record"), "None": NONE,
}  # fmt: skip
INSTEAD: Final = {
    "float": "Decimal: numbers are exact",
    "list": "tuple[…, ...]: values never change",
    "List": "tuple[…, ...]: values never change",
    "dict": "Record, of robotfabrik.code",
    "Dict": "Record, of robotfabrik.code",
    "Mapping": "Record, of robotfabrik.code",
    "datetime": "date",
    "Optional": "X | None",
    "tuple": "tuple[str, ...], with the type of its values",
}
Definition = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(slots=True)
class _File:
    source: Source
    functions: dict[str, Definition]


@dataclass(slots=True)
class Codebase:
    """The Python files that definitions name, each read once. `sources` hears of every file that was read."""

    sources: dict[Path, Source] = field(default_factory=dict)
    _files: dict[Path, _File | None] = field(default_factory=dict)
    _functions: dict[tuple[Path, str], Function | None] = field(default_factory=dict)

    def function(self, written: ScalarNode, report: Report) -> Function | None:
        """The function that FILE.py:NAME means; what is wrong is reported."""
        name, colon, called = written.text.rpartition(":")
        if not (colon and name.endswith(".py") and called):
            message = f"'{written.text}' names no function of a file"
            report(Diagnostic(written.span, message, "code", "write FILE.py:FUNCTION"))
            return None
        if any(kind(name).is_absolute() for kind in (PurePosixPath, PureWindowsPath)):
            message = "the file lies in the project: name it from the folder of this definition"
            report(Diagnostic(written.located.span(0, len(name)), message, "code"))
            return None
        path = (Path(written.span.source.path).parent / name).resolve()
        file = self._file(path, name, written, report)
        if file is None:
            return None
        if called not in file.functions:
            span = written.located.span(len(name) + 1)
            near = did_you_mean(called, file.functions) or None
            report(Diagnostic(span, f"{name} has no function '{called}'", "unknown-function", near))
            return None
        if (path, called) not in self._functions:
            self._functions[path, called] = _Signature(file.source, report).read(file.functions[called])
        return self._functions[path, called]

    def _file(self, path: Path, name: str, written: ScalarNode, report: Report) -> _File | None:
        if path in self._files:
            return self._files[path]
        try:
            source = load(path, report, str(Path(written.span.source.path).parent / name))
        except (OSError, ValueError):
            near = did_you_mean(path.name, _python_files(path.parent)) or None
            message = f"there is no file {name}"
            report(Diagnostic(written.located.span(0, len(name)), message, "file", near))
            return None
        self._files[path] = found = None if source is None else _parsed(source, report)
        if source is not None:
            self.sources[path] = source
        return found


def _python_files(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.glob("*.py"))
    except OSError:
        return []


def _parsed(source: Source, report: Report) -> _File | None:
    try:
        tree = ast.parse(source.text, source.path)
    except SyntaxError as wrong:
        span = Span(source, wrong.lineno or 1, max(1, wrong.offset or 1))
        report(Diagnostic(span, f"this is no Python: {wrong.msg}", "code"))
        return None
    except (ValueError, RecursionError):  # a NUL, or nested too deeply
        report(Diagnostic(Span(source, 1, 1), "this is no Python", "code"))
        return None
    return _File(source, {node.name: node for node in tree.body if isinstance(node, Definition)})


class _Signature:
    """Reads one function's annotations."""

    def __init__(self, source: Source, report: Report) -> None:
        self._source, self._report = source, report
        self._sound = True

    def read(self, node: Definition) -> Function | None:
        """The function; None when its types cannot be told."""
        for other in (node.args.vararg, node.args.kwarg, *node.args.posonlyargs):
            if other is not None:
                self._error(other, "every argument has a name: no *, ** or /", "list them")
        parameters = {}
        for argument in (*node.args.args, *node.args.kwonlyargs):
            if argument.annotation is None:
                message = f"the argument '{argument.arg}' of {node.name} has no type"
                self._error(argument, message, f"write {argument.arg}: str")
            else:
                parameters[argument.arg] = self._type(argument.annotation)
        if node.returns is None:
            message = f"{node.name} does not say what it gives"
            self._error(node, message, f"write def {node.name}(…) -> str:, or -> None:")
        returns = NONE if node.returns is None else self._type(node.returns)
        kind = self._effect(node)
        with_default = node.args.args[len(node.args.args) - len(node.args.defaults) :]
        defaults = [a.arg for a in with_default]
        pairs = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
        defaults += [a.arg for a, default in pairs if default is not None]
        if not self._sound:
            return None
        return Function(
            node.name, self._source, parameters, frozenset(defaults), returns, kind,
            tuple(self._thrown(node)),
        )  # fmt: skip

    def _type(self, node: ast.expr) -> Type:
        match node:
            case ast.Constant(value=None):
                return NONE
            case ast.Constant(value=str(text)):  # an annotation in quotes
                return self._quoted(node, text)
            case ast.Name(id=name) if name in TYPES:
                return TYPES[name]
            case ast.Attribute(attr=name) if name in TYPES:
                return TYPES[name]
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return self._either(node, self._type(left), self._type(right))
            case ast.Subscript(value=ast.Name(id="tuple"), slice=ast.Tuple(elts=[of, end])) if (
                isinstance(end, ast.Constant) and end.value is ...
            ):
                return list_of(self._type(of))
            case ast.Subscript(value=ast.Name(id="Literal"), slice=values):
                return self._literal(node, values.elts if isinstance(values, ast.Tuple) else [values])
        self._wrong(node)
        return NONE

    def _quoted(self, node: ast.expr, text: str) -> Type:
        try:
            inner = ast.parse(text, mode="eval").body
        except (SyntaxError, ValueError):
            self._wrong(node)
            return NONE
        return self._type(ast.copy_location(inner, node))

    def _either(self, node: ast.expr, left: Type, right: Type) -> Type:
        if right == NONE:
            return left.or_none()
        if left == NONE:
            return right.or_none()
        self._error(node, "a value has one type", "write X, or X | None")
        return NONE

    def _literal(self, node: ast.expr, values: list[ast.expr]) -> Type:
        texts = [value.value for value in values if isinstance(value, ast.Constant)]
        if len(texts) < len(values) or not all(isinstance(text, str) for text in texts):
            self._error(node, "Literal holds texts", 'write Literal["a", "b"]')
        return enumeration(*(text for text in texts if isinstance(text, str)))

    def _wrong(self, node: ast.expr) -> None:
        shown = ast.unparse(node)
        name = node.value if isinstance(node, ast.Subscript) else node
        word = getattr(name, "id", getattr(name, "attr", ""))
        if word in INSTEAD:
            self._error(node, f"'{shown}' is no type of the language", f"write {INSTEAD[word]}")
        else:
            self._error(node, f"'{shown}' is no type of the language", did_you_mean(word or shown, TYPES))

    def _effect(self, node: Definition) -> Any:
        for decorator in node.decorator_list:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            if getattr(called, "id", getattr(called, "attr", "")) != "effect":
                continue
            arguments = decorator.args if isinstance(decorator, ast.Call) else []
            kind = arguments[0] if len(arguments) == 1 else None
            if isinstance(kind, ast.Constant) and kind.value in EFFECTS:
                return kind.value
            written = str(kind.value) if isinstance(kind, ast.Constant) else ""
            self._error(kind or decorator, "effect is read, local or write", did_you_mean(written, EFFECTS))
        return "read"

    def _thrown(self, node: Definition) -> Iterator[Word]:
        """The exceptions of the PDD that the function names."""
        for call in ast.walk(node):
            if not (isinstance(call, ast.Call) and call.args and isinstance(call.args[0], ast.Constant)):
                continue
            if getattr(call.func, "id", getattr(call.func, "attr", "")) == "Throw":
                yield Word(str(call.args[0].value), self._span(call.args[0]))

    def _error(self, node: ast.expr | ast.arg | Definition, message: str, suggestion: str) -> None:
        self._sound = False
        self._report(Diagnostic(self._span(node), message, "code", suggestion or None))

    def _span(self, node: ast.expr | ast.arg | Definition) -> Span:
        """Where it stands; Python counts columns in bytes."""
        line = self._source.line(node.lineno).encode()
        start = len(line[: node.col_offset].decode(errors="replace"))
        same_line = not isinstance(node, Definition) and node.end_lineno == node.lineno
        end = (node.end_col_offset or 0) if same_line else node.col_offset + 1
        length = len(line[node.col_offset : end].decode(errors="replace"))
        return Span(self._source, node.lineno, start + 1, max(1, length))
